// Products of chosen, cut and masked matrices, and the Hadamard transform: compositions around matmul.
#include <cermet/contraction.h>
#include <cermet/indexing.h>
#include <cermet/manipulation.h>
#include <cermet/ops.h>

#include <cmath>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet {
namespace {

void expect_matrices(std::string_view op, const array& a, const array& b) {
  if (a.ndim() < 2 || b.ndim() < 2) {
    fail<ValueError>("[{}] Takes matrices: arrays of 2 dimensions or more, got shapes {} and {}.", op,
                     to_string(a.shape()), to_string(b.shape()));
  }
}

// The matrices of x that are chosen.
array chosen(const array& x, const std::optional<array>& indices, std::string_view what, const StreamOrDevice& s) {
  if (!indices) return x;
  if (!is_integer(indices->dtype())) {
    fail<TypeError>("[gather_mm] `{}` must be integers, got {}.", what, name(indices->dtype()));
  }
  const Shape& shape = x.shape();
  Shape rows{-1};
  rows.insert(rows.end(), shape.end() - 2, shape.end());
  return take(reshape(x, rows, s), *indices, 0, s);
}

// An element a block, as an element a place: each mask element covers block x block places of (..., m, n).
array spread_mask(const array& mask, int block, Dim m, Dim n, const StreamOrDevice& s) {
  const array all = repeat(repeat(mask, block, -1, s), block, -2, s);
  Shape start(all.shape().size(), Dim(0)), stop = all.shape();
  stop[stop.size() - 2] = m;
  stop.back() = n;
  return slice(all, start, stop, s);
}

array masked(const array& x, const std::optional<array>& mask, int block, std::string_view what,
             const StreamOrDevice& s) {
  if (!mask) return x;
  const Dim m = x.shape()[x.shape().size() - 2], n = x.shape().back();
  const auto fits = [&](std::size_t behind, Dim extent) {
    return dim_equal(mask->shape()[mask->shape().size() - behind], dim_ceildiv(extent, block));
  };
  if (mask->ndim() < 2 || !fits(2, m) || !fits(1, n)) {
    fail<ValueError>("[block_masked_mm] `{}` of shape {} must have an element for each block of {} x {} of shape {}.",
                     what, to_string(mask->shape()), block, block, to_string(x.shape()));
  }
  const array places = spread_mask(*mask, block, m, n, s);
  if (is_bool(mask->dtype())) return where(places, x, zeros({}, x.dtype(), s), s);
  return multiply(x, astype(places, x.dtype(), s), s);
}

}  // namespace

array gather_mm(const array& a, const array& b, const std::optional<array>& lhs_indices,
                const std::optional<array>& rhs_indices, bool, StreamOrDevice s) {
  expect_matrices("gather_mm", a, b);
  return matmul(chosen(a, lhs_indices, "lhs_indices", s), chosen(b, rhs_indices, "rhs_indices", s), s);
}

array segmented_mm(const array& a, const array& b, const array& segments, StreamOrDevice s) {
  if (a.ndim() != 2 || b.ndim() != 2) {
    fail<ValueError>("[segmented_mm] Takes two matrices, got shapes {} and {}.", to_string(a.shape()),
                     to_string(b.shape()));
  }
  if (segments.ndim() < 1 || !dim_equal(segments.shape().back(), 2)) {
    fail<ValueError>("[segmented_mm] `segments` must have shape (..., 2), got {}.", to_string(segments.shape()));
  }
  if (!is_integer(segments.dtype())) {
    fail<TypeError>("[segmented_mm] `segments` must be integers, got {}.", name(segments.dtype()));
  }
  const Dim depth = a.shape().back();
  Primitive index;
  index.kind = PrimitiveKind::iota;
  index.axes.push_back(0);
  index.dims.push_back(depth);
  index.dtype = int64;
  const array place = make_array(std::move(index), std::span<const exec::NodeRef>(), s);
  const array bounds = expand_dims(astype(segments, int64, s), -2, s);  // (..., 1, 2)
  const array begin = take(bounds, 0, -1, s), end = take(bounds, 1, -1, s);
  const array inside = logical_and(greater_equal(place, begin, s), less(place, end, s), s);  // (..., k)
  return matmul(where(expand_dims(inside, -2, s), a, zeros({}, a.dtype(), s), s), b, s);
}

array block_masked_mm(const array& a, const array& b, int block_size, const std::optional<array>& mask_out,
                      const std::optional<array>& mask_lhs, const std::optional<array>& mask_rhs, StreamOrDevice s) {
  expect_matrices("block_masked_mm", a, b);
  if (block_size < 1) fail<ValueError>("[block_masked_mm] `block_size` must be positive, got {}.", block_size);
  const array product =
      matmul(masked(a, mask_lhs, block_size, "mask_lhs", s), masked(b, mask_rhs, block_size, "mask_rhs", s), s);
  return masked(product, mask_out, block_size, "mask_out", s);
}

array hadamard_transform(const array& a, std::optional<float> scale, StreamOrDevice s) {
  const std::int64_t n = a.ndim() == 0 ? 1 : a.shape().back().value();
  if (n < 1 || (n & (n - 1)) != 0) {
    fail<ValueError>("[hadamard_transform] The last axis must be a power of two, got shape {}.", to_string(a.shape()));
  }
  const Dtype dtype = at_least_float(a.dtype());
  array x = astype(a, compute_dtype(dtype), s);
  const Shape shape = x.shape();
  // One axis of two elements after the other: the sum and the difference of both halves.
  for (std::int64_t step = 1; step < n; step *= 2) {
    Shape halves(shape.begin(), shape.end() - 1);
    for (std::int64_t extent : {n / (2 * step), std::int64_t{2}, step}) halves.push_back(extent);
    const array pair = reshape(x, halves, s);
    const array first = take(pair, 0, -2, s), second = take(pair, 1, -2, s);
    x = reshape(stack({add(first, second, s), subtract(first, second, s)}, -2, s), shape, s);
  }
  const double factor = scale ? static_cast<double>(*scale) : 1 / std::sqrt(static_cast<double>(n));
  return astype(multiply(x, array(factor, x.dtype()), s), dtype, s);
}

}  // namespace cermet
