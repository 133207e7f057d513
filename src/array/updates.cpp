// Writing into arrays: every function is one library call (graph/ops/updates.h) on operands that are converted and
// broadcast here.
#include "graph/ops/updates.h"

#include <cermet/indexing.h>
#include <cermet/ops.h>
#include <cermet/scans.h>

#include <algorithm>

#include "array/dims.h"
#include "array/node_building.h"
#include "array/slice_starts.h"

namespace cermet {

namespace {

using graph::Combiner;

void require_integer(std::string_view op, std::string_view what, const array& indices) {
  if (is_integer(indices.dtype())) return;
  fail<TypeError>("[{}] {} must have an integer dtype, got {}", op, what, name(indices.dtype()));
}

array library_call(std::string text, SmallVector<Dim, 6> dims, SmallVector<std::int64_t, 4> axes,
                   std::span<const array> operands, const StreamOrDevice& s) {
  Primitive call;
  call.kind = PrimitiveKind::library;
  call.text = std::move(text);
  call.dims = std::move(dims);
  call.axes = std::move(axes);
  SmallVector<exec::NodeRef, 4> inputs;
  for (const array& x : operands) inputs.push_back(x.node());
  return make_array(std::move(call), {inputs.data(), inputs.size()}, s);
}

/// `x` with `after` axes of extent 1 behind its own.
array with_trailing_axes(const array& x, std::size_t after, const StreamOrDevice& s) {
  if (after == 0) return x;
  Shape shape = x.shape();
  for (std::size_t k = 0; k < after; ++k) shape.push_back(1);
  return reshape(x, shape, s);
}

array update_window(Combiner combiner, const array& src, const array& update, const Shape& start, const Shape& stop,
                    const Shape& strides, const StreamOrDevice& s) {
  const std::string op = graph::update_name("slice_update", combiner);
  const auto rank = static_cast<std::size_t>(src.ndim());
  if (start.size() != rank || stop.size() != rank || strides.size() != rank) {
    fail<ValueError>("[{}] an array of {} dimensions takes {} starts, stops and strides, got {}, {} and {}", op, rank,
                     rank, start.size(), stop.size(), strides.size());
  }
  Shape window;
  SmallVector<Dim, 6> starts;
  SmallVector<std::int64_t, 4> steps;
  for (std::size_t k = 0; k < rank; ++k) {
    const std::int64_t step = strides[k].value();
    if (step == 0) fail<ValueError>("[{}] the stride of axis {} is 0", op, k);
    const auto [first, count] = slice_bounds(start[k], stop[k], step, src.shape()[k]);
    starts.push_back(first);
    steps.push_back(count == Dim(0) || count == Dim(1) ? 1 : step);
    window.push_back(count);
  }
  if (!shapes_equal(broadcast_dims(update.shape(), window, op), window)) {
    fail<ValueError>("[{}] an update of shape {} does not broadcast to the slice's shape {}", op,
                     to_string(update.shape()), to_string(window));
  }
  const array value = broadcast_node(astype(update, src.dtype(), s), window, s);
  if (combiner == Combiner::set && same(window, src.shape()) &&
      std::all_of(steps.begin(), steps.end(), [](std::int64_t step) { return step == 1; })) {
    return value;  // nothing of the array is left
  }
  return library_call(op, std::move(starts), std::move(steps), std::array{src, value}, s);
}

/// Checks the start indices and axes of a slice whose start is read at run time; the axes from 0 on.
SmallVector<std::int64_t, 4> start_axes(std::string_view op, const array& a, const array& start,
                                        const std::vector<int>& axes) {
  require_integer(op, "start indices", start);
  if (start.ndim() > 1) {
    fail<ValueError>("[{}] start indices must have at most one dimension, got shape {}", op, to_string(start.shape()));
  }
  const Dim count = dim_product(start.shape());
  if (!dim_equal(count, static_cast<std::int64_t>(axes.size()))) {
    fail<ValueError>("[{}] {} start indices are given for {} axes", op, dim_hint(count), axes.size());
  }
  SmallVector<std::int64_t, 4> out;
  for (int axis : axes) {
    const int at = normalize_axis(op, axis, a.ndim());
    if (std::find(out.begin(), out.end(), at) != out.end()) fail<ValueError>("[{}] axis {} is given twice", op, axis);
    out.push_back(at);
  }
  return out;
}

/// For each axis of `a`: the number of the index array that starts its slices, or -1.
SmallVector<int, 6> indexed_axes(std::string_view op, const array& a, const std::vector<array>& indices,
                                 const std::vector<int>& axes) {
  if (indices.size() != axes.size()) {
    fail<ValueError>("[{}] {} index arrays are given for {} axes", op, indices.size(), axes.size());
  }
  SmallVector<int, 6> index_of(static_cast<std::size_t>(a.ndim()), -1);
  for (std::size_t j = 0; j < axes.size(); ++j) {
    int& index = index_of[static_cast<std::size_t>(normalize_axis(op, axes[j], a.ndim()))];
    if (index >= 0) fail<ValueError>("[{}] axis {} is given twice", op, axes[j]);
    index = static_cast<int>(j);
    require_integer(op, "indices", indices[j]);
  }
  return index_of;
}

array scatter_slices(Combiner combiner, const array& a, const std::vector<array>& indices, const array& updates,
                     const std::vector<int>& axes, const StreamOrDevice& s) {
  const std::string op = graph::update_name("scatter", combiner);
  const SmallVector<int, 6> index_of = indexed_axes(op, a, indices, axes);
  Shape lead;
  for (const array& index : indices) lead = broadcast_dims(lead, index.shape(), op);
  const std::size_t rank = index_of.size(), before = lead.size();
  const Shape& given = updates.shape();
  if (given.size() != before + rank || !shapes_equal(lead, Shape(given.begin(), given.begin() + before))) {
    fail<ValueError>("[{}] updates of shape {} must have the indices' shape {} and then a slice of the {} dimensions",
                     op, to_string(given), to_string(lead), rank);
  }
  Shape shape = lead;  // without the slice's axes of extent 1 that an index array replaces
  SmallVector<std::int64_t, 4> from;
  std::vector<array> placed;
  std::vector<std::size_t> position;  // of an index array with slices longer than 1: their axis in `shape`
  for (std::size_t k = 0; k < rank; ++k) {
    const Dim size = given[before + k];
    if (dim_less(a.shape()[k], size)) {
      fail<ValueError>("[{}] slices of shape {} do not fit into an array of shape {}", op,
                       to_string(Shape(given.begin() + before, given.end())), to_string(a.shape()));
    }
    if (index_of[k] < 0) {
      from.push_back(static_cast<std::int64_t>(shape.size()));
      shape.push_back(size);
      continue;
    }
    const array& index = indices[static_cast<std::size_t>(index_of[k])];
    const bool single = dim_equal(size, 1);
    placed.push_back(single ? index : slice_starts(index, a.shape()[k], size, s));
    position.push_back(single ? 0 : shape.size() + 1);
    from.push_back(-static_cast<std::int64_t>(placed.size()));
    if (!single) shape.push_back(size);
  }
  std::vector<array> operands{a};
  for (std::size_t j = 0; j < placed.size(); ++j) {
    array index = with_trailing_axes(placed[j], shape.size() - before, s);
    if (position[j] > 0) {
      const std::size_t axis = position[j] - 1;
      const array places = dim_range(shape[axis], int64, s);
      index = add(index, with_trailing_axes(places, shape.size() - 1 - axis, s), s);
    }
    operands.push_back(broadcast_node(index, shape, s));
  }
  operands.push_back(reshape(astype(updates, a.dtype(), s), shape, s));
  return library_call(op, {}, std::move(from), operands, s);
}

array scatter_along(std::string_view name, Combiner combiner, const array& a, const array& indices, const array& values,
                    int axis, const StreamOrDevice& s) {
  const auto at = static_cast<std::size_t>(normalize_axis(name, axis, a.ndim()));
  require_integer(name, "indices", indices);
  if (indices.ndim() != a.ndim()) {
    fail<ValueError>("[{}] indices of {} dimensions do not match an array of {} dimensions", name, indices.ndim(),
                     a.ndim());
  }
  Shape shape = a.shape();
  shape[at] = indices.shape()[at];
  const auto require = [&](std::string_view what, const array& x) {
    if (shapes_equal(broadcast_dims(x.shape(), shape, name), shape)) return;
    fail<ValueError>("[{}] {} of shape {} do not broadcast to {}", name, what, to_string(x.shape()), to_string(shape));
  };
  require("indices", indices);
  require("values", values);
  if (dim_equal(a.shape()[at], 0) && !is_empty(shape)) {
    fail<IndexError>("[{}] axis {} of the array of shape {} is empty: it has no element to write", name, axis,
                     to_string(a.shape()));
  }
  SmallVector<std::int64_t, 4> from;
  for (std::size_t k = 0; k < shape.size(); ++k) from.push_back(k == at ? -1 : static_cast<std::int64_t>(k));
  const array value = broadcast_node(astype(values, a.dtype(), s), shape, s);
  return library_call(graph::update_name("scatter", combiner), {}, std::move(from),
                      std::array{a, broadcast_node(indices, shape, s), value}, s);
}

}  // namespace

array dynamic_slice(const array& a, const array& start, const std::vector<int>& axes, const Shape& slice_size,
                    StreamOrDevice s) {
  const SmallVector<std::int64_t, 4> at = start_axes("slice", a, start, axes);
  bool fits = slice_size.size() == a.shape().size();
  for (std::size_t k = 0; fits && k < slice_size.size(); ++k) {
    fits = !dim_less(slice_size[k], 0) && !dim_less(a.shape()[k], slice_size[k]);
  }
  if (!fits) {
    fail<ValueError>("[slice] slices of shape {} do not lie in an array of shape {}", to_string(slice_size),
                     to_string(a.shape()));
  }
  const array starts = flatten(start, s);
  std::vector<array> indices;
  std::vector<int> named;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    indices.push_back(reshape(slice(starts, {place}, {place + 1}, s), {}, s));
    named.push_back(static_cast<int>(at[i]));
  }
  return gather(a, indices, named, slice_size, s);
}

array dynamic_slice_update(const array& src, const array& update, const array& start, const std::vector<int>& axes,
                           StreamOrDevice s) {
  const SmallVector<std::int64_t, 4> at = start_axes("slice_update", src, start, axes);
  Shape shape = update.shape();
  while (shape.size() < src.shape().size()) shape.insert(shape.begin(), 1);
  bool fits = shape.size() == src.shape().size();
  for (std::size_t k = 0; fits && k < shape.size(); ++k) fits = !dim_less(src.shape()[k], shape[k]);
  if (!fits) {
    fail<ValueError>("[slice_update] an update of shape {} does not fit into an array of shape {}",
                     to_string(update.shape()), to_string(src.shape()));
  }
  const array value = reshape(astype(update, src.dtype(), s), shape, s);
  return library_call("slice_update", {}, at, std::array{src, value, start}, s);
}

#define CERMET_SLICE_UPDATE(function, combiner)                                                                      \
  array function(const array& src, const array& update, const Shape& start, const Shape& stop, const Shape& strides, \
                 StreamOrDevice s) {                                                                                 \
    return update_window(Combiner::combiner, src, update, start, stop, strides, s);                                  \
  }                                                                                                                  \
  array function(const array& src, const array& update, const Shape& start, const Shape& stop, StreamOrDevice s) {   \
    return update_window(Combiner::combiner, src, update, start, stop, Shape(start.size(), 1), s);                   \
  }
CERMET_SLICE_UPDATE(slice_update, set)
CERMET_SLICE_UPDATE(slice_update_add, add)
CERMET_SLICE_UPDATE(slice_update_prod, prod)
CERMET_SLICE_UPDATE(slice_update_max, max)
CERMET_SLICE_UPDATE(slice_update_min, min)
#undef CERMET_SLICE_UPDATE

#define CERMET_SCATTER(function, combiner)                                                \
  array function(const array& a, const std::vector<array>& indices, const array& updates, \
                 const std::vector<int>& axes, StreamOrDevice s) {                        \
    return scatter_slices(Combiner::combiner, a, indices, updates, axes, s);              \
  }
CERMET_SCATTER(scatter, set)
CERMET_SCATTER(scatter_add, add)
CERMET_SCATTER(scatter_prod, prod)
CERMET_SCATTER(scatter_max, max)
CERMET_SCATTER(scatter_min, min)
#undef CERMET_SCATTER

array put_along_axis(const array& a, const array& indices, const array& values, int axis, StreamOrDevice s) {
  return scatter_along("put_along_axis", Combiner::set, a, indices, values, axis, s);
}

array put_along_axis(const array& a, const array& indices, const array& values, StreamOrDevice s) {
  const array flat = flatten(a, s);
  const array at = indices.ndim() == 1 ? indices : flatten(indices, s);
  const array value = values.ndim() <= 1 ? values : flatten(values, s);
  return reshape(scatter_along("put_along_axis", Combiner::set, flat, at, value, 0, s), a.shape(), s);
}

array scatter_add_axis(const array& a, const array& indices, const array& values, int axis, StreamOrDevice s) {
  return scatter_along("scatter_add_axis", Combiner::add, a, indices, values, axis, s);
}

array masked_scatter(const array& a, const array& mask, const array& src, StreamOrDevice s) {
  if (!is_bool(mask.dtype())) fail<TypeError>("[masked_scatter] the mask has dtype {}, not bool", name(mask.dtype()));
  const bool fits =
      mask.ndim() <= a.ndim() && shapes_equal(mask.shape(), Shape(a.shape().begin(), a.shape().begin() + mask.ndim()));
  if (!fits) {
    fail<ValueError>("[masked_scatter] a mask of shape {} does not cover the first dimensions of shape {}",
                     to_string(mask.shape()), to_string(a.shape()));
  }
  if (is_empty(a.shape())) return a;
  if (is_empty(src.shape())) fail<ValueError>("[masked_scatter] there are no elements to write");
  const array whole =
      broadcast_node(with_trailing_axes(mask, static_cast<std::size_t>(a.ndim() - mask.ndim()), s), a.shape(), s);
  const array rank = cumsum(astype(flatten(whole, s), int64, s), 0, false, true, s);
  const array values = reshape(take(flatten(src, s), subtract(rank, 1, s), 0, s), a.shape(), s);
  return where(whole, astype(values, a.dtype(), s), a, s);
}

}  // namespace cermet
