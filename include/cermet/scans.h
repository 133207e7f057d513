// Running reductions along an axis.
//
// out[i] combines a[0], ..., a[i] in that order, one after the other (reverse: a[n - 1], ..., a[i]); inclusive=false
// leaves out a[i] itself, so that the first result is the identity (0, 1, the lowest or highest value). Halves
// accumulate in float32 and round once. All functions throw IndexError for an axis out of range, naming the op.
#pragma once

#include <cermet/array.h>

#include "ops/row.h"

namespace cermet {

/// A scan by reduction (bindings loop over these). Reductions of several components are a ValueError.
array scan(Reduction reduction, const array& a, int axis, bool reverse = false, bool inclusive = true,
           StreamOrDevice s = {});

/// Running sum, of the dtype of `a` (bool: int32). Integers wrap.
///
///     cumsum(array({1, 2, 3}), 0);  // {1, 3, 6}
array cumsum(const array& a, int axis, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});
/// Running product.
array cumprod(const array& a, int axis, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});
/// Running maximum; NaN from the first NaN on.
array cummax(const array& a, int axis, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});
/// Running minimum; NaN from the first NaN on.
array cummin(const array& a, int axis, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});
/// log(cumsum(exp(a))) without overflow; integers become float32.
array logcumsumexp(const array& a, int axis, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});

// Without an axis: over the flattened array (1-d).
array cumsum(const array& a, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});
array cumprod(const array& a, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});
array cummax(const array& a, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});
array cummin(const array& a, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});
array logcumsumexp(const array& a, bool reverse = false, bool inclusive = true, StreamOrDevice s = {});

}  // namespace cermet
