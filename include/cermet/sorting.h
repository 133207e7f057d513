// Sorting, partitioning and searching.
//
// The order is NumPy's: NaN comes last, -0 equals 0, complex numbers compare by real part, then imaginary part.
// Everything is stable: equal elements keep their order. Overloads without an axis take the flattened array. All
// functions throw IndexError (axes) or ValueError (positions, shapes) with the op's name.
#pragma once

#include <cermet/array.h>

#include <optional>
#include <string_view>
#include <vector>

namespace cermet {

/// The elements along the axis in ascending order.
array sort(const array& a, int axis, StreamOrDevice s = {});
array sort(const array& a, StreamOrDevice s = {});
/// The uint32 indices that sort: take_along_axis(a, argsort(a, axis), axis) is sort(a, axis).
array argsort(const array& a, int axis, StreamOrDevice s = {});
array argsort(const array& a, StreamOrDevice s = {});

/// The element at position `kth` is where sorting puts it; none before it is greater and none behind it less. A
/// negative position counts from the end.
array partition(const array& a, int kth, int axis, StreamOrDevice s = {});
array partition(const array& a, int kth, StreamOrDevice s = {});
/// The uint32 indices that partition.
array argpartition(const array& a, int kth, int axis, StreamOrDevice s = {});
array argpartition(const array& a, int kth, StreamOrDevice s = {});
/// The `k` greatest elements along the axis, in no particular order: the axis gets extent k.
array topk(const array& a, int k, int axis, StreamOrDevice s = {});
array topk(const array& a, int k, StreamOrDevice s = {});

/// Where to insert each of `values` into the ascending 1-D sequence: uint32 in the shape of `values`. Side "left": the
/// number of elements less than the value; "right": less or equal.
array searchsorted(const array& sorted_sequence, const array& values, std::string_view side = "left",
                   StreamOrDevice s = {});

/// The middle element, or the mean of the two middle ones; NaN if there is a NaN. float32 for integers.
array median(const array& a, const std::vector<int>& axes, bool keepdims = false, StreamOrDevice s = {});
array median(const array& a, int axis, bool keepdims = false, StreamOrDevice s = {});
array median(const array& a, bool keepdims, StreamOrDevice s = {});
array median(const array& a, StreamOrDevice s = {});

/// The distinct elements of the flattened array in ascending order, cut or filled up to `size`, so that the shape does
/// not depend on values.
struct Unique {
  array values;   ///< Behind the last one `fill_value`, by default the least element.
  array index;    ///< uint32: where each first occurs in the flattened array.
  array inverse;  ///< uint32 in a's shape: which of the values each element is, the last one at most.
  array counts;   ///< int32: how often each occurs, 0 behind the last one.
};
Unique unique(const array& a, int size, const std::optional<array>& fill_value = std::nullopt, StreamOrDevice s = {});

}  // namespace cermet
