// The inner loops of writes: a block of positions, at each of which a row (or one element) meets its update.
#pragma once

#include <cstdint>

#include "library/scatter/writes.h"

namespace cermet::library {

/// Positions of rows in the array and in the updates, in elements. In the updates they are first + i * step, or listed.
struct Block {
  static constexpr std::int64_t capacity = 256;
  std::int64_t count = 0;
  std::int64_t to[capacity];
  std::int64_t first = 0, step = 0;
  bool listed = false;
  std::int64_t from[capacity];  ///< If listed.

  /// Drops the positions in the array outside of [low, high).
  void keep_between(std::int64_t low, std::int64_t high) {
    std::int64_t kept = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t t = to[i];
      to[kept] = t;
      from[kept] = first + i * step;
      kept += t >= low && t < high ? 1 : 0;
    }
    count = kept;
    listed = true;
  }
};

/// Applies the rows (Writes::inner) of a block in its order.
using Combine = void (*)(const Writes& writes, const Block& block);
Combine find_combine(graph::Combiner combiner, Dtype dtype);

}  // namespace cermet::library
