// Derivatives of views, gathers, concatenation and products.
#include <cermet/cermet.h>

#include <algorithm>

#include "array/dims.h"
#include "array/node_building.h"
#include "transforms/derivative_rules.h"

namespace cermet {

namespace {

array pull_back_transpose(const Application& of, const array& cotangent) {
  std::vector<int> inverse(of.primitive.axes.size());
  for (std::size_t k = 0; k < inverse.size(); ++k) {
    inverse[static_cast<std::size_t>(of.primitive.axes[k])] = static_cast<int>(k);
  }
  return transpose(cotangent, inverse);
}

array pull_back_broadcast(const Application& of, const array& cotangent) {
  const Shape& from = of.inputs[0].shape();
  const Shape& to = of.output.shape();
  std::vector<int> summed;
  const std::size_t added = to.size() - from.size();
  for (std::size_t k = 0; k < to.size(); ++k) {
    if (k < added || (from[k - added] == Dim(1) && to[k] != Dim(1))) summed.push_back(static_cast<int>(k));
  }
  return summed.empty() ? cotangent : reshape(sum(cotangent, summed, false), from);
}

/// The cotangent in a zero array, where the slice was taken.
array pull_back_slice(const Application& of, const array& cotangent) {
  const array& x = of.inputs[0];
  const std::size_t rank = x.shape().size();
  const bool dense =
      std::all_of(of.primitive.axes.begin(), of.primitive.axes.end(), [](auto step) { return step == 1; });
  const auto flips = [&] {  // a slice of everything, some axes back to front: its own inverse
    for (std::size_t k = 0; k < rank; ++k) {
      const std::int64_t step = of.primitive.axes[k];
      if ((step != 1 && step != -1) || !same(of.primitive.dims[rank + k], x.shape()[k])) return false;
    }
    return true;
  };
  if (!dense && flips()) return apply_primitive(of.primitive, std::span(&cotangent, 1));
  if (!dense) {
    Primitive update;
    update.kind = PrimitiveKind::library;
    update.text = "slice_update";
    for (std::size_t k = 0; k < rank; ++k) update.dims.push_back(of.primitive.dims[k]);
    update.axes = of.primitive.axes;
    return apply_primitive(update, std::array{zeros_like(x), cotangent});
  }
  // Zeros around it, an axis at a time: concatenations fuse.
  array result = cotangent;
  for (std::size_t k = 0; k < rank; ++k) {
    const Dim begin = of.primitive.dims[k], extent = of.primitive.dims[rank + k];
    const Dim left = dim_subtract(dim_subtract(x.shape()[k], begin), extent);
    std::vector<array> parts;
    const auto add_zeros = [&](Dim n) {
      if (same(n, 0)) return;
      Shape shape = result.shape();
      shape[k] = n;
      parts.push_back(zeros(shape, x.dtype()));
    };
    add_zeros(begin);
    parts.push_back(result);
    add_zeros(left);
    if (parts.size() > 1) result = concatenate(parts, static_cast<int>(k));
  }
  return result;
}

/// Every element gets the cotangents of all places where it appears.
array pull_back_strided(const Application& of, const array& cotangent) {
  const Primitive& p = of.primitive;
  array index = array(Literal::of_integer(int64, p.dims[0].value()));
  for (std::size_t k = 0; k < p.axes.size(); ++k) {
    Primitive place;
    place.kind = PrimitiveKind::iota;
    place.dtype = int64;
    place.dims = cotangent.shape();
    place.axes = {static_cast<std::int64_t>(k)};
    const array step = make_array(std::move(place), std::span<const exec::NodeRef>(), {});
    index = add(index, multiply(step, array(Literal::of_integer(int64, p.axes[k]))));
  }
  Primitive scatter;
  scatter.kind = PrimitiveKind::library;
  scatter.text = "scatter_add";
  scatter.axes = {-1};
  return apply_primitive(scatter,
                         std::array{zeros_like(of.inputs[0]), broadcast_to(index, cotangent.shape()), cotangent});
}

array swapped(const array& x) { return swapaxes(x, -1, -2); }

array conjugated(const array& x) { return is_complex(x.dtype()) ? conjugate(x) : x; }

}  // namespace

Cotangents pull_back_view(const Application& of, const array& cotangent) {
  switch (of.primitive.kind) {
    case PrimitiveKind::reshape:
      if (of.primitive.text == "stop_gradient") return {std::nullopt};
      return {reshape(cotangent, of.inputs[0].shape())};
    case PrimitiveKind::depends: {
      Cotangents results(of.inputs.size());
      results[0] = cotangent;
      return results;
    }
    case PrimitiveKind::transpose:
      return {pull_back_transpose(of, cotangent)};
    case PrimitiveKind::broadcast:
      return {pull_back_broadcast(of, cotangent)};
    case PrimitiveKind::strided:
      return {pull_back_strided(of, cotangent)};
    default:
      return {pull_back_slice(of, cotangent)};
  }
}

Cotangents pull_back_concatenate(const Application& of, const array& cotangent, std::span<const bool> wanted) {
  const auto axis = static_cast<std::size_t>(of.primitive.axes[0]);
  Cotangents results(of.inputs.size());
  Shape start(cotangent.shape().size(), 0), stop = cotangent.shape();
  Dim begin = 0;
  for (std::size_t i = 0; i < of.inputs.size(); ++i) {
    const Dim end = dim_add(begin, of.inputs[i].shape()[axis]);
    start[axis] = begin;
    stop[axis] = end;
    begin = end;
    if (wanted[i]) results[i] = slice(cotangent, start, stop);
  }
  return results;
}

namespace {

/// The axis along which a gather takes one element a row (take_along_axis with one index): every other axis of x is an
/// axis of the result, which has no further ones but of extent 1. -1 if it is none.
int axis_of_one_each(const Application& of) {
  const Primitive& p = of.primitive;
  int axis = -1;
  std::vector<bool> of_row(p.dims.size(), false);
  for (std::size_t k = 0; k < p.axes.size(); ++k) {
    if (p.axes[k] < 0) {
      if (axis >= 0) return -1;
      axis = static_cast<int>(k);
      continue;
    }
    const auto source = static_cast<std::size_t>(p.axes[k]);
    if (of_row[source] || !(of.inputs[0].shape()[k] == p.dims[source])) return -1;
    of_row[source] = true;
  }
  for (std::size_t m = 0; m < of_row.size(); ++m) {
    if (!of_row[m] && !(p.dims[m] == Dim(1))) return -1;
  }
  return axis;
}

array extent_array(Dim extent, Dtype dtype) {
  Primitive p;
  p.kind = PrimitiveKind::dim_value;
  p.dtype = dtype;
  p.dims = {extent};
  return make_array(std::move(p), std::span<const exec::NodeRef>(), {});
}

/// Indices as a gather takes them: negative ones from the end, all clamped, in an integer type for positions.
array places_in(const array& index, Dim extent, Dtype position) {
  const Dtype dtype = index.dtype();
  if (is_bool(dtype) || (dtype.size() < 4 && extent.is_constant()))
    return places_in(astype(index, int32), extent, position);
  if (!is_signed_integer(dtype)) {
    return astype(minimum(index, subtract(extent_array(extent, dtype), array(Literal::of_integer(dtype, 1)))),
                  position);
  }
  const array whole = extent_array(extent, dtype), zero = array(Literal::of_integer(dtype, 0));
  const array wrapped = where(less(index, zero), add(index, whole), index);
  const array last = subtract(whole, array(Literal::of_integer(dtype, 1)));
  return astype(minimum(maximum(wrapped, zero), last), position);
}

/// One index a row: the cotangent stands where the position is the index, which fuses with what comes before and after.
array pull_back_one_each(const Application& of, const array& cotangent, int axis) {
  const Primitive& p = of.primitive;
  const Shape& shape = of.inputs[0].shape();
  Shape rows = shape;
  rows[static_cast<std::size_t>(axis)] = 1;
  std::vector<int> order;
  for (std::int64_t source : p.axes) {
    if (source >= 0) order.push_back(static_cast<int>(source));
  }
  for (int m = 0; m < static_cast<int>(p.dims.size()); ++m) {
    if (std::find(order.begin(), order.end(), m) == order.end()) order.push_back(m);
  }
  const auto as_rows = [&](const array& x) { return reshape(transpose(x, order), rows); };
  const Dim extent = shape[static_cast<std::size_t>(axis)];
  const bool small = extent.is_constant() && extent.value() < (std::int64_t{1} << 31);
  Primitive iota;
  iota.kind = PrimitiveKind::iota;
  iota.dtype = small ? int32 : int64;
  iota.dims = shape;
  iota.axes = {axis};
  const array position = make_array(std::move(iota), std::span<const exec::NodeRef>(), {});
  const array taken = places_in(as_rows(of.inputs[static_cast<std::size_t>(-p.axes[static_cast<std::size_t>(axis)])]),
                                extent, position.dtype());
  const array none = array(Literal::of_integer(int32, 0).converted(cotangent.dtype()));
  return where(equal(position, taken), as_rows(cotangent), none);
}

}  // namespace

Cotangents pull_back_gather(const Application& of, const array& cotangent) {
  if (const int axis = axis_of_one_each(of); axis >= 0) {
    Cotangents one(of.inputs.size());
    one[0] = pull_back_one_each(of, cotangent, axis);
    return one;
  }
  Cotangents results(of.inputs.size());
  Primitive scatter;
  scatter.kind = PrimitiveKind::library;
  scatter.text = "scatter_add";
  scatter.axes = of.primitive.axes;
  SmallVector<exec::NodeRef, 4> nodes;
  nodes.push_back(zeros_like(of.inputs[0]).node());
  for (const array& index : of.inputs.subspan(1)) nodes.push_back(index.node());
  nodes.push_back(cotangent.node());
  results[0] = make_array(std::move(scatter), std::span<const exec::NodeRef>(nodes.data(), nodes.size()), {});
  return results;
}

Cotangents pull_back_matmul(const Application& of, const array& cotangent, std::span<const bool> wanted) {
  check(of.primitive.text.empty(), "a matmul with an epilogue has no derivative rule");
  Cotangents results(2);
  if (wanted[0]) results[0] = matmul(cotangent, conjugated(swapped(of.inputs[1])));
  if (wanted[1]) results[1] = matmul(conjugated(swapped(of.inputs[0])), cotangent);
  return results;
}

}  // namespace cermet
