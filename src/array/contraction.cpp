// Contractions by axis numbers, as labelled products.
#include <cermet/contraction.h>
#include <cermet/manipulation.h>
#include <cermet/ops.h>

#include <algorithm>
#include <numeric>

#include "array/dims.h"
#include "array/node_building.h"
#include "array/pair_product.h"

namespace cermet {

namespace {

std::pair<array, array> promoted(const array& a, const array& b, const StreamOrDevice& s) {
  const Dtype dtype = promote_types(a.dtype(), b.dtype());
  return {astype(a, dtype, s), astype(b, dtype, s)};
}

/// The axes of one operand, checked: each in range and none twice.
std::vector<int> contracted_axes(const array& x, const std::vector<int>& axes) {
  std::vector<int> out;
  for (int axis : axes) {
    const int at = normalize_axis("tensordot", axis, x.ndim());
    if (std::find(out.begin(), out.end(), at) != out.end()) {
      fail<ValueError>("[tensordot] Axis {} is given twice for shape {}.", axis, to_string(x.shape()));
    }
    out.push_back(at);
  }
  return out;
}

}  // namespace

array tensordot(const array& a, const array& b, const std::vector<int>& axes_a, const std::vector<int>& axes_b,
                StreamOrDevice s) {
  if (axes_a.size() != axes_b.size()) {
    fail<ValueError>("[tensordot] {} axes of the first operand do not pair with {} of the second.", axes_a.size(),
                     axes_b.size());
  }
  const std::vector<int> from_a = contracted_axes(a, axes_a), from_b = contracted_axes(b, axes_b);
  const auto [x, y] = promoted(a, b, s);
  Labelled left{x, std::vector<int>(a.shape().size())}, right{y, std::vector<int>(b.shape().size())};
  std::iota(left.labels.begin(), left.labels.end(), 0);
  std::iota(right.labels.begin(), right.labels.end(), a.ndim());
  for (std::size_t k = 0; k < from_a.size(); ++k) {
    const auto i = static_cast<std::size_t>(from_a[k]), j = static_cast<std::size_t>(from_b[k]);
    if (!dim_equal(a.shape()[i], b.shape()[j])) {
      fail<ValueError>("[tensordot] Axis {} of shape {} and axis {} of shape {} have different extents.", i,
                       to_string(a.shape()), j, to_string(b.shape()));
    }
    right.labels[j] = left.labels[i];
  }
  std::vector<int> kept;
  for (int label : left.labels) {
    if (std::find(from_a.begin(), from_a.end(), label) == from_a.end()) kept.push_back(label);
  }
  for (int label : right.labels) {
    if (label >= a.ndim()) kept.push_back(label);
  }
  return pair_product(left, right, kept, s);
}

array tensordot(const array& a, const array& b, int axes, StreamOrDevice s) {
  if (axes < 0 || axes > std::min(a.ndim(), b.ndim())) {
    fail<ValueError>("[tensordot] Cannot sum over {} axes of shapes {} and {}.", axes, to_string(a.shape()),
                     to_string(b.shape()));
  }
  std::vector<int> last(static_cast<std::size_t>(axes)), first(static_cast<std::size_t>(axes));
  std::iota(last.begin(), last.end(), a.ndim() - axes);
  std::iota(first.begin(), first.end(), 0);
  return tensordot(a, b, last, first, s);
}

array inner(const array& a, const array& b, StreamOrDevice s) {
  if (a.ndim() == 0 || b.ndim() == 0) return multiply(a, b, s);
  if (!dim_equal(a.shape().back(), b.shape().back())) {
    fail<ValueError>("[inner] The last axes of shapes {} and {} differ.", to_string(a.shape()), to_string(b.shape()));
  }
  return tensordot(a, b, std::vector<int>{-1}, std::vector<int>{-1}, s);
}

array outer(const array& a, const array& b, StreamOrDevice s) {
  return multiply(expand_dims(flatten(a, s), 1, s), expand_dims(flatten(b, s), 0, s), s);
}

array vecdot(const array& a, const array& b, int axis, StreamOrDevice s) {
  const std::vector<array> both = broadcast_arrays({a, b}, s);
  const int along = normalize_axis("vecdot", axis, both[0].ndim());
  const auto [x, y] = promoted(both[0], both[1], s);
  Labelled left{is_complex(x.dtype()) ? conjugate(x, s) : x, std::vector<int>(x.shape().size())};
  std::iota(left.labels.begin(), left.labels.end(), 0);
  std::vector<int> kept = left.labels;
  kept.erase(kept.begin() + along);
  return pair_product(left, {y, left.labels}, kept, s);
}

array kron(const array& a, const array& b, StreamOrDevice s) {
  const std::size_t rank = std::max(a.shape().size(), b.shape().size());
  Shape left, right, out;
  for (std::size_t k = 0; k < rank; ++k) {
    const auto extent = [&](const array& x) {
      const std::size_t missing = rank - x.shape().size();
      return k < missing ? Dim(1) : x.shape()[k - missing];
    };
    left.push_back(extent(a));
    left.push_back(1);
    right.push_back(1);
    right.push_back(extent(b));
    out.push_back(dim_multiply(extent(a), extent(b)));
  }
  checked_elements(out, "kron");
  return reshape(multiply(reshape(a, left, s), reshape(b, right, s), s), out, s);
}

array trace(const array& a, int offset, int axis1, int axis2, std::optional<Dtype> dtype, StreamOrDevice s) {
  if (a.ndim() < 2) fail<ValueError>("[trace] Needs at least two dimensions, got shape {}.", to_string(a.shape()));
  const array on_diagonal = diagonal(a, offset, axis1, axis2, s);
  if (!dtype) return sum(on_diagonal, -1, false, s);
  return astype(sum(astype(on_diagonal, *dtype, s), -1, false, s), *dtype, s);
}

array trace(const array& a, StreamOrDevice s) { return trace(a, 0, 0, 1, std::nullopt, s); }

}  // namespace cermet
