// An index resolved against the shape of an array: everything that can be said and refused before a node is made.
#pragma once

#include <cermet/index.h>

#include <cstdint>
#include <span>

#include "base/small_vector.h"

namespace cermet {

/// x[items] in three steps: a strided window on x of the same rank; then integers drop their axes and index arrays pick
/// along theirs; then result axes are put in order.
struct IndexPlan {
  /// What becomes of an axis of x.
  enum class Role : std::uint8_t { kept, dropped, picked };
  struct Axis {
    Dim start, extent;
    std::int64_t step;
    Role role;
  };
  /// An index array over window axes [axis, axis + rank): rank is 1 for integers, that of the mask for booleans.
  struct Picker {
    const Index* item;
    std::size_t axis, rank;
    const array& indices() const { return item->indices(); }
  };
  static constexpr int new_axis = -1;

  IndexPlan(const Shape& shape, std::span<const Index> items);

  /// The result's shape where there are no pickers; what they pick is left out otherwise.
  Shape kept_shape() const;
  /// "x[2, :, <array>]"-like text is not kept; errors name shapes.
  bool has_masks() const { return masks != 0; }

  SmallVector<Axis, 6> window;
  bool whole = true;      ///< The window is all of x.
  bool reshapes = false;  ///< The result has other axes than the window: integers or new axes.
  /// The result's axes without those of the pickers: a window axis, or new_axis.
  SmallVector<int, 8> result;
  SmallVector<Picker, 2> pickers;
  std::size_t picked_at = 0;  ///< The position in `result` at which the pickers' axes stand.
  std::size_t masks = 0;      ///< Pickers that are masks.

 private:
  friend class IndexResolver;
};

}  // namespace cermet
