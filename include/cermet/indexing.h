// Reading and writing elements at indices that are arrays.
//
// Indices have any integer dtype (TypeError otherwise). Negative ones count from the end of their axis; then all are
// clamped into it: an index out of bounds reads the nearest element and never foreign memory. All functions throw
// ValueError (shapes), TypeError (dtypes) or IndexError (axes, and elements of an empty axis) with the op's name.
#pragma once

#include <cermet/array.h>

#include <concepts>
#include <vector>

namespace cermet {

// ---- Reading ----------------------------------------------------------------------------------------------------

/// Slices of `a` at `indices` along an axis, of shape a.shape[:axis] + indices.shape + a.shape[axis + 1:]:
///
///     array rows = take(table, tokens, 0);  // (vocabulary, d), (batch, length) -> (batch, length, d)
array take(const array& a, const array& indices, int axis, StreamOrDevice s = {});
/// Elements of the flattened `a`, in the shape of `indices`.
array take(const array& a, const array& indices, StreamOrDevice s = {});
/// One slice; the axis goes. The index is known now: out of bounds is an IndexError.
array take(const array& a, int index, int axis, StreamOrDevice s = {});
/// One element of the flattened `a`, 0-d.
array take(const array& a, int index, StreamOrDevice s = {});

/// out[i, ..., j, ...] = a[i, ..., indices[i, ..., j, ...], ...]: one index for every element. `indices` has as many
/// axes as `a`; all but `axis` broadcast.
array take_along_axis(const array& a, const array& indices, int axis, StreamOrDevice s = {});

/// Slices of `a` of shape `slice_sizes` that start at `indices` along `axes` (elsewhere at 0). The indices, one array
/// an axis, broadcast to one shape; the result has that shape + slice_sizes. A slice that would reach over the end is
/// moved back inside.
array gather(const array& a, const std::vector<array>& indices, const std::vector<int>& axes, const Shape& slice_sizes,
             StreamOrDevice s = {});
inline array gather(const array& a, const array& indices, int axis, const Shape& slice_sizes, StreamOrDevice s = {}) {
  return gather(a, std::vector<array>{indices}, std::vector<int>{axis}, slice_sizes, s);
}

/// The slice of shape `slice_size` that starts at start[i] along axes[i], elsewhere at 0. `start` is 0-d or a vector of
/// integers, read when the slice is evaluated: negative ones count from the end, and a slice that would reach over the
/// end is moved back inside.
array dynamic_slice(const array& a, const array& start, const std::vector<int>& axes, const Shape& slice_size,
                    StreamOrDevice s = {});
/// MLX's name for it; a template, so that braces mean the shapes of the other slice().
template <std::same_as<array> Start>
array slice(const array& a, const Start& start, const std::vector<int>& axes, const Shape& slice_size,
            StreamOrDevice s = {}) {
  return dynamic_slice(a, start, axes, slice_size, s);
}

// ---- Writing ----------------------------------------------------------------------------------------------------
//
// All return a new array; where nobody else holds the old one it is changed in its own memory. Updates are converted to
// its dtype. An index that is written twice takes the updates in row-major order (the last one wins, sums add up in
// that order), whatever the number of threads.

/// src with src[start:stop:strides] (Python's rules, see slice) replaced by `update`, which broadcasts to it:
///
///     cache = slice_update(cache, keys, {0, 0, offset, 0}, {b, h, offset + n, d});
array slice_update(const array& src, const array& update, const Shape& start, const Shape& stop, const Shape& strides,
                   StreamOrDevice s = {});
array slice_update(const array& src, const array& update, const Shape& start, const Shape& stop, StreamOrDevice s = {});
/// The window of update's shape that starts at start[i] along axes[i], elsewhere at 0; `start` as in slice.
array dynamic_slice_update(const array& src, const array& update, const array& start, const std::vector<int>& axes,
                           StreamOrDevice s = {});
template <std::same_as<array> Start>
array slice_update(const array& src, const array& update, const Start& start, const std::vector<int>& axes,
                   StreamOrDevice s = {}) {
  return dynamic_slice_update(src, update, start, axes, s);
}

// The same with the elements that are there combined with the update: their sum, product, maximum or minimum.
#define CERMET_SLICE_UPDATE(function)                                                                                \
  array function(const array& src, const array& update, const Shape& start, const Shape& stop, const Shape& strides, \
                 StreamOrDevice s = {});                                                                             \
  array function(const array& src, const array& update, const Shape& start, const Shape& stop, StreamOrDevice s = {});
CERMET_SLICE_UPDATE(slice_update_add)
CERMET_SLICE_UPDATE(slice_update_prod)
CERMET_SLICE_UPDATE(slice_update_max)
CERMET_SLICE_UPDATE(slice_update_min)
#undef CERMET_SLICE_UPDATE

// Writes slices of `updates` into `a` at `indices` along `axes` (elsewhere from 0 on). The indices, one array an axis,
// broadcast to one shape; updates have that shape and then that of a slice, an extent for each axis of `a`. A slice
// that would reach over the end is moved back inside.
//
//     array counts = scatter_add(zeros({10}), array({1, 1, 7}), ones({3, 1}), 0);
#define CERMET_SCATTER(function)                                                                                       \
  array function(const array& a, const std::vector<array>& indices, const array& updates,                              \
                 const std::vector<int>& axes, StreamOrDevice s = {});                                                 \
  inline array function(const array& a, const array& indices, const array& updates, int axis, StreamOrDevice s = {}) { \
    return function(a, std::vector<array>{indices}, updates, std::vector<int>{axis}, s);                               \
  }
CERMET_SCATTER(scatter)
CERMET_SCATTER(scatter_add)
CERMET_SCATTER(scatter_prod)
CERMET_SCATTER(scatter_max)
CERMET_SCATTER(scatter_min)
#undef CERMET_SCATTER

/// out[i, ..., indices[i, ..., j, ...], ...] = values[i, ..., j, ...]: take_along_axis backwards. `indices` has as many
/// axes as `a` and broadcasts to its shape except along `axis`; values broadcast to the indices.
array put_along_axis(const array& a, const array& indices, const array& values, int axis, StreamOrDevice s = {});
/// Into the flattened array; the result has a's shape.
array put_along_axis(const array& a, const array& indices, const array& values, StreamOrDevice s = {});
/// put_along_axis that adds.
array scatter_add_axis(const array& a, const array& indices, const array& values, int axis, StreamOrDevice s = {});

/// `a` with the elements where the mask is true (it covers the first dimensions) replaced by those of `src`, in
/// row-major order of both. If there are too few, the last one is repeated.
array masked_scatter(const array& a, const array& mask, const array& src, StreamOrDevice s = {});

}  // namespace cermet
