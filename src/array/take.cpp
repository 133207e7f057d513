// Reading at indices that are arrays: every function is one gather node on broadcast indices.
#include <cermet/indexing.h>
#include <cermet/ops.h>

#include <algorithm>

#include "array/dims.h"
#include "array/node_building.h"
#include "array/slice_starts.h"

namespace cermet {

namespace {

void require_integer(std::string_view op, const array& indices) {
  if (is_integer(indices.dtype())) return;
  fail<TypeError>("[{}] indices must have an integer dtype, got {}", op, name(indices.dtype()));
}

/// IndexError where something is to be read from an axis that has nothing.
void require_elements(std::string_view op, const array& a, int axis, const Shape& result) {
  if (!dim_equal(a.shape()[static_cast<std::size_t>(axis)], 0) || is_empty(result)) return;
  fail<IndexError>("[{}] axis {} of the array of shape {} is empty: it has no element to take", op, axis,
                   to_string(a.shape()));
}

/// A gather whose index arrays are broadcast to `shape` here.
array gather_node(const array& a, std::span<const array> indices, SmallVector<std::int64_t, 4> axes, const Shape& shape,
                  const StreamOrDevice& s) {
  Primitive gather;
  gather.kind = PrimitiveKind::gather;
  gather.axes = std::move(axes);
  gather.dims = shape;
  SmallVector<exec::NodeRef, 4> inputs{a.node()};
  for (const array& index : indices) inputs.push_back(broadcast_node(index, shape, s).node());
  return make_array(std::move(gather), {inputs.data(), inputs.size()}, s);
}

/// `x` with `after` axes of extent 1 behind its own.
array with_trailing_axes(const array& x, int after, const StreamOrDevice& s) {
  if (after == 0) return x;
  Shape shape = x.shape();
  for (int k = 0; k < after; ++k) shape.push_back(1);
  return reshape(x, shape, s);
}

}  // namespace

array take(const array& a, const array& indices, int axis, StreamOrDevice s) {
  const int at = normalize_axis("take", axis, a.ndim());
  require_integer("take", indices);
  Shape shape;
  SmallVector<std::int64_t, 4> axes;
  for (int k = 0; k < a.ndim(); ++k) {
    if (k == at) {
      axes.push_back(-1);
      shape.insert(shape.end(), indices.shape().begin(), indices.shape().end());
    } else {
      axes.push_back(static_cast<std::int64_t>(shape.size()));
      shape.push_back(a.shape()[static_cast<std::size_t>(k)]);
    }
  }
  checked_elements(shape, "take");
  require_elements("take", a, at, shape);
  const array index = with_trailing_axes(indices, a.ndim() - 1 - at, s);
  return gather_node(a, std::span(&index, 1), std::move(axes), shape, s);
}

array take(const array& a, const array& indices, StreamOrDevice s) { return take(flatten(a, s), indices, 0, s); }

array take(const array& a, int index, int axis, StreamOrDevice s) {
  const int at = normalize_axis("take", axis, a.ndim());
  const Dim extent = a.shape()[static_cast<std::size_t>(at)];
  const Dim place = index < 0 ? dim_add(extent, index) : Dim(index);
  if (dim_less(place, 0) || !dim_less(place, extent)) {
    fail<IndexError>("[take] index {} is out of bounds for axis {} of extent {}", index, axis, dim_hint(extent));
  }
  Shape start(a.shape().size(), 0), stop = a.shape();
  start[static_cast<std::size_t>(at)] = place;
  stop[static_cast<std::size_t>(at)] = dim_add(place, 1);
  return squeeze(slice(a, start, stop, s), at, s);
}

array take(const array& a, int index, StreamOrDevice s) { return take(flatten(a, s), index, 0, s); }

array take_along_axis(const array& a, const array& indices, int axis, StreamOrDevice s) {
  const int at = normalize_axis("take_along_axis", axis, a.ndim());
  require_integer("take_along_axis", indices);
  if (indices.ndim() != a.ndim()) {
    fail<ValueError>("[take_along_axis] indices of {} dimensions do not match an array of {} dimensions",
                     indices.ndim(), a.ndim());
  }
  // Only what is not indexed broadcasts.
  const auto k = static_cast<std::size_t>(at);
  Shape from = a.shape(), to = indices.shape();
  from[k] = to[k] = 1;
  Shape shape = broadcast_dims(from, to, "take_along_axis");
  from = shape;
  from[k] = a.shape()[k];
  shape[k] = indices.shape()[k];
  require_elements("take_along_axis", a, at, shape);
  SmallVector<std::int64_t, 4> axes;
  for (int i = 0; i < a.ndim(); ++i) axes.push_back(i == at ? -1 : i);
  return gather_node(broadcast_node(a, from, s), std::span(&indices, 1), std::move(axes), shape, s);
}

array slice_starts(const array& index, Dim extent, Dim size, const StreamOrDevice& s) {
  array start = astype(index, int64, s);
  start = where(less(start, 0, s), add(start, Operand::weak(extent), s), start, s);
  return maximum(minimum(start, Operand::weak(dim_subtract(extent, size)), s), 0, s);
}

namespace {

/// For each axis of `a`: the number of the index array that starts its slices, or -1.
SmallVector<int, 6> indexed_axes(const array& a, const std::vector<array>& indices, const std::vector<int>& axes) {
  if (indices.size() != axes.size()) {
    fail<ValueError>("[gather] {} index arrays are given for {} axes", indices.size(), axes.size());
  }
  SmallVector<int, 6> index_of(static_cast<std::size_t>(a.ndim()), -1);
  for (std::size_t j = 0; j < axes.size(); ++j) {
    int& index = index_of[static_cast<std::size_t>(normalize_axis("gather", axes[j], a.ndim()))];
    if (index >= 0) fail<ValueError>("[gather] axis {} is given twice", axes[j]);
    index = static_cast<int>(j);
    require_integer("gather", indices[j]);
  }
  return index_of;
}

}  // namespace

array gather(const array& a, const std::vector<array>& indices, const std::vector<int>& axes, const Shape& slice_sizes,
             StreamOrDevice s) {
  const SmallVector<int, 6> index_of = indexed_axes(a, indices, axes);
  if (slice_sizes.size() != index_of.size()) {
    fail<ValueError>("[gather] slice_sizes has {} entries for an array of {} dimensions", slice_sizes.size(), a.ndim());
  }
  Shape shape;
  for (const array& index : indices) shape = broadcast_dims(shape, index.shape(), "gather");
  const auto lead = static_cast<std::int64_t>(shape.size());
  shape.insert(shape.end(), slice_sizes.begin(), slice_sizes.end());
  checked_elements(shape, "gather");
  Shape cut = a.shape();
  std::vector<array> placed;
  SmallVector<std::int64_t, 4> from;
  for (std::size_t k = 0; k < index_of.size(); ++k) {
    const Dim extent = a.shape()[k], size = slice_sizes[k];
    if (dim_less(extent, size)) {
      fail<ValueError>("[gather] slice_sizes {} reach over the array of shape {}", to_string(slice_sizes),
                       to_string(a.shape()));
    }
    if (index_of[k] < 0) {
      cut[k] = size;
      from.push_back(lead + static_cast<std::int64_t>(k));
      continue;
    }
    const auto behind = static_cast<int>(index_of.size() - k);
    const array& index = indices[static_cast<std::size_t>(index_of[k])];
    if (dim_equal(size, 1)) {
      placed.push_back(with_trailing_axes(index, a.ndim(), s));
    } else {
      const array start = with_trailing_axes(slice_starts(index, extent, size, s), a.ndim(), s);
      placed.push_back(add(start, with_trailing_axes(dim_range(size, int64, s), behind - 1, s), s));
    }
    from.push_back(-static_cast<std::int64_t>(placed.size()));
  }
  const array window = same(cut, a.shape()) ? a : slice(a, Shape(cut.size(), 0), cut, s);
  return gather_node(window, placed, std::move(from), shape, s);
}

}  // namespace cermet
