// Reading and writing elements at indices that are arrays.
//
// Indices have any integer dtype (TypeError otherwise). Negative ones count from the end of their axis; then all are
// clamped into it: an index out of bounds reads the nearest element and never foreign memory. All functions throw
// ValueError (shapes), TypeError (dtypes) or IndexError (axes, and elements of an empty axis) with the op's name.
#pragma once

#include <cermet/array.h>

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

}  // namespace cermet
