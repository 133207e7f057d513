// Fewer axes for the same elements: axes of extent 1 go, neighbours that every operand walks alike become one.
#pragma once

#include <cstdint>
#include <span>

#include "exec/data.h"

namespace cermet::exec {

using Extents = SmallVector<std::int64_t, 6>;

struct CollapsedAxes {
  Extents extents;
  SmallVector<Strides, 4> strides;      ///< One list an operand.
  SmallVector<std::int64_t, 4> groups;  ///< The group of each axis that is left.
};

/// `groups[axis]`: axes of different groups stay apart (reduced and kept ones); empty: all alike. Row-major output axes
/// merge wherever the operands do, so the output needs no list.
CollapsedAxes collapse(std::span<const std::int64_t> shape, std::span<const Strides> strides,
                       std::span<const std::int64_t> groups = {});

/// True if `strides` are row-major for `extents` (axes of extent 1 may have any).
bool is_row_major(std::span<const std::int64_t> extents, std::span<const std::int64_t> strides);

}  // namespace cermet::exec
