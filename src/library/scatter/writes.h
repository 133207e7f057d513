// Many small writes into one array: rows and single elements at computed positions, each replacing or combined with
// what is there. Equal bits with any number of threads: two threads never write the same element, and what meets in
// one element is applied in the order of the updates.
#pragma once

#include <cstdint>

#include "graph/ops/updates.h"
#include "library/library.h"

namespace cermet::library {

/// An axis of the updates: how far one step moves in the array and in the updates, in elements.
struct WriteAxis {
  std::int64_t extent = 1;
  std::int64_t to = 0;
  std::int64_t from = 0;
};

/// Positions along one axis of the array, read from memory.
struct WriteIndex {
  const char* data = nullptr;
  Dtype dtype;
  SmallVector<std::int64_t, 6> strides;  ///< In elements, one for each of Writes::outer.
  std::int64_t extent = 1;               ///< Of the axis: negative positions count from it, then all are clamped.
  std::int64_t to = 0;                   ///< Elements of the array from one position to the next.
};

/// For all indices u of `outer`, in row-major order, and all v of `inner`: the element of the array at
/// u . outer.to + v . inner.to + (the positions that `indices` hold at u) . to meets the update at
/// u . outer.from + v . inner.from. No two v meet in one element. An outer axis has `to` 0 unless any two indices along
/// it meet different elements, whatever the other indices are.
struct Writes {
  graph::Combiner combiner = graph::Combiner::set;
  Dtype dtype;
  char* to = nullptr;
  const char* from = nullptr;
  SmallVector<WriteAxis, 6> outer, inner;
  SmallVector<WriteIndex, 3> indices;
  std::int64_t elements = 0;  ///< Of the array, which begins at `to` if there are indices.
};

/// The updates do not overlap the array.
void write(Writes writes);

}  // namespace cermet::library
