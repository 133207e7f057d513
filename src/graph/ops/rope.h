// Rotary position encoding: pairs of the last axis are turned by an angle that grows with the position along the axis
// before it. Type and body; the table is in composite.cpp.
#pragma once

#include "graph/graph.h"

namespace cermet::graph {

/// The arguments of the call, kept in `axes`: bit patterns for the numbers, so that equality is exact.
struct RopeArguments {
  std::int64_t dims = 0;     ///< How much of the last axis is turned: even, the first part.
  bool traditional = false;  ///< Neighbours are pairs; else element i and element i + dims / 2.
  double scale = 1;          ///< Of positions.
  double base = 10000;       ///< Pair i turns by position * base^(-2 i / dims); not used where frequencies are given.

  SmallVector<std::int64_t, 4> encoded() const;
  static RopeArguments decode(const Primitive& call);
};

/// Inputs x (B, ..., T, D) floating, the offset of positions (integers, () or (B, 1) or (1, 1)), and the divisors of
/// the angles (dims / 2) if there is no base. The result is like x.
ArrayType infer_rope(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
/// Angles and products are computed in float32 (float64 for float64) and rounded once.
Value build_rope(Builder& builder, std::span<const Value> inputs, const Primitive& call);

}  // namespace cermet::graph
