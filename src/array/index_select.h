// What reading and writing by index arrays share: views of windows, masks as positions, index arrays laid out over the
// axes of the result.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "array/index_plan.h"
#include "array/node_building.h"

namespace cermet {

/// Integer arrays that pick along axes of `shape`, laid out over `result`.
struct Selection {
  Shape shape;                        ///< Of the array to pick from: each mask's axes are merged into one.
  SmallVector<std::int64_t, 4> axes;  ///< As Primitive::axes of a gather: what each axis of `shape` is in the result.
  std::vector<array> positions;       ///< Of shape `result`.
  Shape result;
};

/// How x is picked from: `read` takes the window of x, whose integer axes are gone; `write` takes x itself, and
/// integers and slices that don't begin at 0 become positions.
enum class SelectFrom : std::uint8_t { window, whole };
/// Evaluates masks; TraceError for those that are traced, IndexError for index arrays that do not broadcast.
Selection select(const array& x, const IndexPlan& plan, SelectFrom from, const StreamOrDevice& s);

/// The window of x as a view.
array window_of(const array& x, const IndexPlan& plan, const StreamOrDevice& s);
/// `x` in another shape of as many elements; x itself if the shape is its own.
array with_shape(const array& x, const Shape& shape, const StreamOrDevice& s);

/// The row-major positions at which a mask is true, as int64 of shape (n,); nothing for a traced mask.
std::optional<array> positions_of(const array& mask);

}  // namespace cermet
