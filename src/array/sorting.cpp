// Sorting calls, one library node each; median on top of them.
#include <cermet/ops.h>
#include <cermet/sorting.h>

#include <algorithm>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet {
namespace {

Primitive sorting_call(std::string_view op, const array& a, int axis) {
  Primitive call;
  call.kind = PrimitiveKind::library;
  call.text = op;
  call.axes.push_back(normalize_axis(op, axis, a.ndim()));
  return call;
}

array sorted(std::string_view op, const array& a, int axis, const StreamOrDevice& s) {
  return make_array(sorting_call(op, a, axis), a, s);
}

array partitioned(std::string_view op, const array& a, int kth, int axis, const StreamOrDevice& s) {
  Primitive call = sorting_call(op, a, axis);
  const Dim extent = a.shape()[static_cast<std::size_t>(call.axes[0])];
  const Dim position = kth < 0 ? dim_add(extent, kth) : Dim(kth);
  if (dim_less(position, 0) || !dim_less(position, extent)) {
    fail<ValueError>("[{}] kth={} is out of range for axis {} of shape {}: it must lie in [{}, {}).", op, kth, axis,
                     to_string(a.shape()), -dim_hint(extent), dim_hint(extent));
  }
  call.dims.push_back(position);
  return make_array(std::move(call), a, s);
}

std::vector<int> all_axes(const array& a) {
  std::vector<int> axes(static_cast<std::size_t>(a.ndim()));
  for (int axis = 0; axis < a.ndim(); ++axis) axes[static_cast<std::size_t>(axis)] = axis;
  return axes;
}

// The axes as one axis at the end.
array joined_at_end(const array& a, const std::vector<int>& axes, const StreamOrDevice& s) {
  std::vector<int> order;
  Shape shape;
  Dim joined = 1;
  for (int axis = 0; axis < a.ndim(); ++axis) {
    if (std::binary_search(axes.begin(), axes.end(), axis)) continue;
    order.push_back(axis);
    shape.push_back(a.shape()[static_cast<std::size_t>(axis)]);
  }
  for (int axis : axes) {
    order.push_back(axis);
    joined = dim_multiply(joined, a.shape()[static_cast<std::size_t>(axis)]);
  }
  shape.push_back(joined);
  return reshape(transpose(a, order, s), shape, s);
}

// x[..., begin:begin + 1], without the axis.
array element_at(const array& x, Dim index, const StreamOrDevice& s) {
  Shape start(static_cast<std::size_t>(x.ndim()), Dim(0)), stop = x.shape();
  start.back() = index;
  stop.back() = dim_add(index, 1);
  return squeeze(slice(x, start, stop, s), -1, s);
}

}  // namespace

array sort(const array& a, int axis, StreamOrDevice s) { return sorted("sort", a, axis, s); }
array sort(const array& a, StreamOrDevice s) { return sort(flatten(a, s), 0, s); }
array argsort(const array& a, int axis, StreamOrDevice s) { return sorted("argsort", a, axis, s); }
array argsort(const array& a, StreamOrDevice s) { return argsort(flatten(a, s), 0, s); }

array partition(const array& a, int kth, int axis, StreamOrDevice s) {
  return partitioned("partition", a, kth, axis, s);
}
array partition(const array& a, int kth, StreamOrDevice s) { return partition(flatten(a, s), kth, 0, s); }
array argpartition(const array& a, int kth, int axis, StreamOrDevice s) {
  return partitioned("argpartition", a, kth, axis, s);
}
array argpartition(const array& a, int kth, StreamOrDevice s) { return argpartition(flatten(a, s), kth, 0, s); }

array topk(const array& a, int k, int axis, StreamOrDevice s) {
  Primitive call = sorting_call("topk", a, axis);
  const Dim extent = a.shape()[static_cast<std::size_t>(call.axes[0])];
  if (k < 0 || dim_less(extent, k)) {
    fail<ValueError>("[topk] k={} is out of range for axis {} of shape {}: it must lie in [0, {}].", k, axis,
                     to_string(a.shape()), dim_hint(extent));
  }
  call.dims.push_back(k);
  return make_array(std::move(call), a, s);
}
array topk(const array& a, int k, StreamOrDevice s) { return topk(flatten(a, s), k, 0, s); }

array searchsorted(const array& sorted_sequence, const array& values, std::string_view side, StreamOrDevice s) {
  if (side != "left" && side != "right") {
    fail<ValueError>("[searchsorted] side must be 'left' or 'right', got '{}'.", side);
  }
  if (sorted_sequence.ndim() != 1) {
    fail<ValueError>("[searchsorted] The sorted sequence must have one dimension, got shape {}.",
                     to_string(sorted_sequence.shape()));
  }
  const Dtype dtype = promote_types(sorted_sequence.dtype(), values.dtype());
  Primitive call;
  call.kind = PrimitiveKind::library;
  call.text = "searchsorted";
  call.axes.push_back(side == "right" ? 1 : 0);
  const array sequence = astype(sorted_sequence, dtype, s), wanted = astype(values, dtype, s);
  const exec::NodeRef inputs[] = {sequence.node(), wanted.node()};
  return make_array(std::move(call), inputs, s);
}

array median(const array& a, const std::vector<int>& axes, bool keepdims, StreamOrDevice s) {
  std::vector<int> reduced;
  for (int axis : axes) reduced.push_back(normalize_axis("median", axis, a.ndim()));
  std::sort(reduced.begin(), reduced.end());
  if (const auto twice = std::adjacent_find(reduced.begin(), reduced.end()); twice != reduced.end()) {
    fail<ValueError>("[median] Axis {} is given twice for an array of {} dimensions.", *twice, a.ndim());
  }
  const array lines = joined_at_end(astype(a, at_least_float(a.dtype()), s), reduced, s);
  const Dim n = lines.shape().back();
  if (dim_equal(n, 0))
    fail<ValueError>("[median] The axes of shape {} are empty: there is no median.", to_string(a.shape()));
  const array ordered = sort(lines, -1, s);
  const Dim half = dim_floordiv(n, 2);
  array middle = element_at(ordered, half, s);
  if (dim_equal(dim_mod(n, 2), 0)) {
    middle = multiply(add(element_at(ordered, dim_subtract(half, 1), s), middle, s), 0.5F, s);
  }
  const array last = element_at(ordered, dim_subtract(n, 1), s);  // NaN, if there is one
  const array result = where(not_equal(last, last, s), last, middle, s);
  if (!keepdims) return result;
  Shape shape = a.shape();
  for (int axis : reduced) shape[static_cast<std::size_t>(axis)] = 1;
  return reshape(result, shape, s);
}

array median(const array& a, int axis, bool keepdims, StreamOrDevice s) {
  return median(a, std::vector<int>{axis}, keepdims, s);
}
array median(const array& a, bool keepdims, StreamOrDevice s) { return median(a, all_axes(a), keepdims, s); }
array median(const array& a, StreamOrDevice s) { return median(a, all_axes(a), false, s); }

}  // namespace cermet
