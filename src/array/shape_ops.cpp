// Operations that move elements without changing them: reshape, transpose, broadcast, slice, concatenate.
#include <cermet/ops.h>

#include <algorithm>
#include <numeric>

#include "array/dims.h"
#include "array/node_building.h"
#include "array/slice_starts.h"
#include "array/symbols.h"

namespace cermet {

namespace {

using Steps = SmallVector<std::int64_t, 6>;

array slice_node(const array& a, const Shape& starts, const Shape& extents, const Steps& steps,
                 const StreamOrDevice& s) {
  bool whole = true;
  for (std::size_t axis = 0; axis < starts.size(); ++axis) {
    whole &= same(starts[axis], 0) && steps[axis] == 1 && same(a.shape()[axis], extents[axis]);
  }
  if (whole) return a;
  Primitive slice;
  slice.kind = PrimitiveKind::slice;
  slice.dims.insert(slice.dims.end(), starts.begin(), starts.end());
  slice.dims.insert(slice.dims.end(), extents.begin(), extents.end());
  slice.axes.assign(steps.begin(), steps.end());
  return make_array(std::move(slice), a, s);
}

std::vector<int> unique_axes(std::string_view op, const std::vector<int>& axes, int rank) {
  std::vector<int> result;
  for (int axis : axes) result.push_back(normalize_axis(op, axis, rank));
  std::sort(result.begin(), result.end());
  const auto duplicate = std::adjacent_find(result.begin(), result.end());
  if (duplicate != result.end()) {
    fail<ValueError>("[{}] axis {} is given twice for an array of {} dimensions", op, *duplicate, rank);
  }
  return result;
}

}  // namespace

std::pair<std::int64_t, std::int64_t> slice_bounds(std::int64_t start, std::int64_t stop, std::int64_t step,
                                                   std::int64_t extent) {
  const std::int64_t lowest = step < 0 ? -1 : 0;
  const std::int64_t highest = step < 0 ? extent - 1 : extent;
  const auto position = [&](std::int64_t i) {
    return std::clamp(i < 0 ? std::max(i, -extent - 1) + extent : i, lowest, highest);
  };
  start = position(start);
  stop = position(stop);
  const std::int64_t distance = step < 0 ? start - stop : stop - start;
  const auto stride = step < 0 ? 0 - static_cast<std::uint64_t>(step) : static_cast<std::uint64_t>(step);
  const std::int64_t count =
      distance <= 0 ? 0 : static_cast<std::int64_t>((static_cast<std::uint64_t>(distance) - 1) / stride) + 1;
  return {count == 0 ? 0 : start, count};
}

std::pair<Dim, Dim> slice_bounds(Dim start, Dim stop, std::int64_t step, Dim extent) {
  if (start.is_constant() && stop.is_constant() && extent.is_constant()) {
    return slice_bounds(start.value(), stop.value(), step, extent.value());
  }
  const Dim lowest = step < 0 ? -1 : 0;
  const Dim highest = step < 0 ? dim_subtract(extent, 1) : extent;
  // One that counts from the end is below the highest, one that doesn't is above the lowest.
  const auto position = [&](Dim i) {
    if (!dim_less(i, 0)) return dim_min(i, highest);
    constexpr std::int64_t first = -TraceSymbols::highest - 1;
    return dim_max(dim_add(i.is_constant() ? Dim(std::max(i.value(), first)) : i, extent), lowest);
  };
  start = position(start);
  stop = position(stop);
  const Dim low = step < 0 ? stop : start, high = step < 0 ? start : stop;
  if (current_dims().known_less_equal(high, low)) return {0, 0};
  Dim distance = dim_subtract(high, low);
  if (!current_dims().known_less_equal(low, high)) distance = dim_max(distance, 0);
  return {start, step == 1 || step == -1 ? distance : dim_ceildiv(distance, std::abs(step))};
}

array reshape(const array& a, Shape shape, StreamOrDevice s) {
  const Dim elements = dim_product(a.shape());
  int unknown = -1;
  const Shape asked = shape;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == Dim(-1)) {
      if (unknown >= 0) fail<ValueError>("[reshape] only one dimension may be -1, got {}", to_string(asked));
      unknown = static_cast<int>(axis);
      shape[axis] = 1;
    }
  }
  const Dim known = checked_elements(shape, "reshape");
  bool fits = true;
  if (unknown >= 0) {
    const std::optional<Dim> rest = exact_quotient(elements, known);
    fits = rest.has_value();
    if (fits) shape[static_cast<std::size_t>(unknown)] = *rest;
  } else if (!same(known, elements)) {
    // The shape of another array: equal axes say more than equal products do.
    const auto is_like = [](Dim x, Dim y) { return dim_hint(x) == dim_hint(y); };
    const bool is_alike = std::equal(a.shape().begin(), a.shape().end(), shape.begin(), shape.end(), is_like);
    fits = is_alike ? shapes_equal(a.shape(), shape) : dim_equal(known, elements);
  }
  if (!fits) {
    fail<ValueError>("[reshape] an array of shape {} ({} elements) does not fit into shape {}", to_string(a.shape()),
                     dim_hint(elements), to_string(asked));
  }
  if (same(a.shape(), shape)) return a;
  Primitive reshape;
  reshape.kind = PrimitiveKind::reshape;
  reshape.dims = shape;
  return make_array(std::move(reshape), a, s);
}

array flatten(const array& a, int start_axis, int end_axis, StreamOrDevice s) {
  if (a.ndim() == 0) return reshape(a, {1}, s);
  const int rank = a.ndim();
  const int start = std::max(0, start_axis < 0 ? start_axis + rank : start_axis);
  const int end = std::min(rank - 1, end_axis < 0 ? end_axis + rank : end_axis);
  if (start >= rank || end < 0) {
    fail<IndexError>("[flatten] axes {} to {} are out of range for an array of {} dimensions", start_axis, end_axis,
                     rank);
  }
  if (start > end) {
    fail<ValueError>("[flatten] start_axis {} must not be behind end_axis {}", start_axis, end_axis);
  }
  Shape shape;
  Dim merged = 1;
  for (int axis = 0; axis < rank; ++axis) {
    const Dim extent = a.shape()[static_cast<std::size_t>(axis)];
    if (axis < start || axis > end)
      shape.push_back(extent);
    else
      merged = dim_multiply(merged, extent);
    if (axis == end) shape.push_back(merged);
  }
  return reshape(a, shape, s);
}

array flatten(const array& a, StreamOrDevice s) { return flatten(a, 0, -1, s); }

array unflatten(const array& a, int axis, Shape shape, StreamOrDevice s) {
  const auto at = static_cast<std::size_t>(normalize_axis("unflatten", axis, a.ndim()));
  if (shape.empty()) fail<ValueError>("[unflatten] the shape to unflatten to must not be empty");
  const Dim extent = a.shape()[at];
  const auto does_not_fit = [&] {
    fail<ValueError>("[unflatten] axis {} of extent {} does not unflatten to {}", axis, dim_hint(extent),
                     to_string(shape));
  };
  Dim known = 1;
  for (Dim dim : shape) known = dim == Dim(-1) ? known : dim_multiply(known, dim);
  for (Dim& dim : shape) {
    if (!(dim == Dim(-1))) continue;
    const std::optional<Dim> rest = exact_quotient(extent, known);
    if (!rest) does_not_fit();
    dim = *rest;
    known = dim_multiply(known, dim);
  }
  Shape result(a.shape().begin(), a.shape().begin() + at);
  result.insert(result.end(), shape.begin(), shape.end());
  result.insert(result.end(), a.shape().begin() + at + 1, a.shape().end());
  checked_elements(result, "unflatten");
  if (!dim_equal(dim_product(shape), extent)) does_not_fit();
  return reshape(a, result, s);
}

array squeeze(const array& a, const std::vector<int>& axes, StreamOrDevice s) {
  Shape shape;
  std::size_t next = 0;
  const std::vector<int> removed = unique_axes("squeeze", axes, a.ndim());
  for (int axis = 0; axis < a.ndim(); ++axis) {
    const Dim extent = a.shape()[static_cast<std::size_t>(axis)];
    if (next == removed.size() || removed[next] != axis) {
      shape.push_back(extent);
      continue;
    }
    if (!dim_equal(extent, 1)) {
      fail<ValueError>("[squeeze] axis {} of shape {} has extent {}, only 1 can be squeezed", axis,
                       to_string(a.shape()), dim_hint(extent));
    }
    ++next;
  }
  return reshape(a, shape, s);
}

array squeeze(const array& a, int axis, StreamOrDevice s) { return squeeze(a, std::vector<int>{axis}, s); }

array squeeze(const array& a, StreamOrDevice s) {
  std::vector<int> axes;
  for (int axis = 0; axis < a.ndim(); ++axis) {
    if (dim_equal(a.shape()[static_cast<std::size_t>(axis)], 1)) axes.push_back(axis);
  }
  return squeeze(a, axes, s);
}

array expand_dims(const array& a, const std::vector<int>& axes, StreamOrDevice s) {
  const int rank = a.ndim() + static_cast<int>(axes.size());
  const std::vector<int> added = unique_axes("expand_dims", axes, rank);
  Shape shape;
  std::size_t next = 0, from = 0;
  for (int axis = 0; axis < rank; ++axis) {
    if (next < added.size() && added[next] == axis) {
      shape.push_back(1);
      ++next;
    } else {
      shape.push_back(a.shape()[from++]);
    }
  }
  return reshape(a, shape, s);
}

array expand_dims(const array& a, int axis, StreamOrDevice s) { return expand_dims(a, std::vector<int>{axis}, s); }

array transpose(const array& a, const std::vector<int>& axes, StreamOrDevice s) {
  if (static_cast<int>(axes.size()) != a.ndim()) {
    fail<ValueError>("[transpose] received {} axes for an array of {} dimensions", axes.size(), a.ndim());
  }
  Primitive transpose;
  transpose.kind = PrimitiveKind::transpose;
  bool moves = false;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const int axis = normalize_axis("transpose", axes[k], a.ndim());
    moves |= axis != static_cast<int>(k);
    transpose.axes.push_back(axis);
  }
  unique_axes("transpose", axes, a.ndim());
  return moves ? make_array(std::move(transpose), a, s) : a;
}

array transpose(const array& a, StreamOrDevice s) {
  std::vector<int> axes(static_cast<std::size_t>(a.ndim()));
  std::iota(axes.rbegin(), axes.rend(), 0);
  return transpose(a, axes, s);
}

array swapaxes(const array& a, int axis1, int axis2, StreamOrDevice s) {
  std::vector<int> axes(static_cast<std::size_t>(a.ndim()));
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[static_cast<std::size_t>(normalize_axis("swapaxes", axis1, a.ndim()))],
            axes[static_cast<std::size_t>(normalize_axis("swapaxes", axis2, a.ndim()))]);
  return transpose(a, axes, s);
}

array moveaxis(const array& a, int source, int destination, StreamOrDevice s) {
  const int from = normalize_axis("moveaxis", source, a.ndim());
  const int to = normalize_axis("moveaxis", destination, a.ndim());
  std::vector<int> axes;
  for (int axis = 0; axis < a.ndim(); ++axis) {
    if (axis != from) axes.push_back(axis);
  }
  axes.insert(axes.begin() + to, from);
  return transpose(a, axes, s);
}

array flip(const array& a, const std::vector<int>& axes, StreamOrDevice s) {
  Shape starts(a.shape().size(), 0);
  Steps steps(a.shape().size(), 1);
  for (int axis : unique_axes("flip", axes, a.ndim())) {
    const auto at = static_cast<std::size_t>(axis);
    if (dim_less(a.shape()[at], 2)) continue;
    starts[at] = dim_subtract(a.shape()[at], 1);
    steps[at] = -1;
  }
  return slice_node(a, starts, a.shape(), steps, s);
}

array broadcast_to(const array& a, const Shape& shape, StreamOrDevice s) {
  checked_elements(shape, "broadcast_to");
  const Shape joined = broadcast_dims(a.shape(), shape, "broadcast_to");
  if (!shapes_equal(joined, shape)) {
    fail<ValueError>("[broadcast_to] shape {} does not broadcast to {}", to_string(a.shape()), to_string(shape));
  }
  return broadcast_node(a, shape, s);
}

std::vector<array> broadcast_arrays(const std::vector<array>& inputs, StreamOrDevice s) {
  Shape shape;
  for (const array& x : inputs) shape = broadcast_dims(shape, x.shape(), "broadcast_arrays");
  std::vector<array> result;
  for (const array& x : inputs) result.push_back(broadcast_node(x, shape, s));
  return result;
}

array slice(const array& a, Shape start, Shape stop, Shape strides, StreamOrDevice s) {
  const auto rank = static_cast<std::size_t>(a.ndim());
  if (start.size() != rank || stop.size() != rank || strides.size() != rank) {
    fail<ValueError>("[slice] an array of {} dimensions takes {} starts, stops and strides, got {}, {} and {}", rank,
                     rank, start.size(), stop.size(), strides.size());
  }
  Shape starts, extents;
  Steps steps;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t step = strides[axis].value();
    if (step == 0) fail<ValueError>("[slice] the stride of axis {} is 0", axis);
    const auto [first, count] = slice_bounds(start[axis], stop[axis], step, a.shape()[axis]);
    starts.push_back(first);
    extents.push_back(count);
    steps.push_back(count == Dim(0) || count == Dim(1) ? 1 : step);
  }
  return slice_node(a, starts, extents, steps, s);
}

array slice(const array& a, Shape start, Shape stop, StreamOrDevice s) {
  Shape ones;
  for (int axis = 0; axis < a.ndim(); ++axis) ones.push_back(1);
  return slice(a, std::move(start), std::move(stop), ones, s);
}

array concatenate(const std::vector<array>& arrays, int axis, StreamOrDevice s) {
  if (arrays.empty()) fail<ValueError>("[concatenate] no arrays to concatenate");
  const array& first = arrays[0];
  const auto along = static_cast<std::size_t>(normalize_axis("concatenate", axis, first.ndim()));
  Dtype dtype = first.dtype();
  for (const array& x : arrays) {
    bool matches = x.ndim() == first.ndim();
    for (std::size_t k = 0; matches && k < first.shape().size(); ++k) {
      matches = k == along || dim_equal(x.shape()[k], first.shape()[k]);
    }
    if (!matches) {
      fail<ValueError>("[concatenate] shapes {} and {} differ in more than axis {}", to_string(first.shape()),
                       to_string(x.shape()), axis);
    }
    dtype = promote_types(dtype, x.dtype());
  }
  SmallVector<exec::NodeRef, 3> inputs;
  for (const array& x : arrays) {
    if (!dim_equal(x.shape()[along], 0)) inputs.push_back(astype(x, dtype, s).node());
  }
  if (inputs.empty()) return astype(first, dtype, s);
  if (inputs.size() == 1) return array(inputs[0]);
  Primitive concatenate;
  concatenate.kind = PrimitiveKind::concatenate;
  concatenate.axes.push_back(static_cast<std::int64_t>(along));
  return make_array(std::move(concatenate), std::span<const exec::NodeRef>(inputs.data(), inputs.size()), s);
}

array concatenate(const std::vector<array>& arrays, StreamOrDevice s) { return concatenate(arrays, 0, s); }

array stack(const std::vector<array>& arrays, int axis, StreamOrDevice s) {
  if (arrays.empty()) fail<ValueError>("[stack] no arrays to stack");
  std::vector<array> expanded;
  for (const array& x : arrays) {
    if (!shapes_equal(x.shape(), arrays[0].shape())) {
      fail<ValueError>("[stack] all arrays must have one shape, got {} and {}", to_string(arrays[0].shape()),
                       to_string(x.shape()));
    }
    expanded.push_back(expand_dims(x, normalize_axis("stack", axis, x.ndim() + 1), s));
  }
  return concatenate(expanded, normalize_axis("stack", axis, arrays[0].ndim() + 1), s);
}

array stack(const std::vector<array>& arrays, StreamOrDevice s) { return stack(arrays, 0, s); }

std::vector<array> split(const array& a, const Shape& indices, int axis, StreamOrDevice s) {
  const auto along = static_cast<std::size_t>(normalize_axis("split", axis, a.ndim()));
  std::vector<array> parts;
  for (std::size_t i = 0; i <= indices.size(); ++i) {
    Shape start, stop = a.shape();
    for (int k = 0; k < a.ndim(); ++k) start.push_back(0);
    if (i > 0) start[along] = indices[i - 1];
    if (i < indices.size()) stop[along] = indices[i];
    parts.push_back(slice(a, start, stop, s));
  }
  return parts;
}

std::vector<array> split(const array& a, int num_splits, int axis, StreamOrDevice s) {
  const Dim extent = a.shape()[static_cast<std::size_t>(normalize_axis("split", axis, a.ndim()))];
  const std::optional<Dim> part = num_splits <= 0 ? std::nullopt : exact_quotient(extent, num_splits);
  if (!part) {
    fail<ValueError>("[split] axis {} of extent {} does not split into {} equal parts", axis, dim_hint(extent),
                     num_splits);
  }
  Shape indices;
  for (int i = 1; i < num_splits; ++i) indices.push_back(dim_multiply(*part, i));
  return split(a, indices, axis, s);
}

}  // namespace cermet
