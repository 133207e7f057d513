// Where slices of a given size begin, as gather, scatter and their kin understand start indices.
#pragma once

#include <cermet/array.h>

namespace cermet {

/// Starts (int64) of slices of `size` elements that lie inside of an axis: negative ones count from the end, then all
/// are clamped.
array slice_starts(const array& index, Dim extent, Dim size, const StreamOrDevice& s);

/// Python's rules for one axis: the first index and the number of elements of start:stop:step.
std::pair<std::int64_t, std::int64_t> slice_bounds(std::int64_t start, std::int64_t stop, std::int64_t step,
                                                   std::int64_t extent);
/// The same over symbols; the count may be an expression that is 0 in some call, the start is inside or at the end
/// then.
std::pair<Dim, Dim> slice_bounds(Dim start, Dim stop, std::int64_t step, Dim extent);

}  // namespace cermet
