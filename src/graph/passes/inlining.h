// What fusion computes once and what it repeats: every value has a home in one region or is inlined into its readers.
// Requires: a verified graph without composites. Ensures: an inlined value depends on at most one home or input (its
// root), is bounded in cost and depth, and is neither an output nor an operand of a library call.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace cermet::graph {

/// How the row-major position in a value relates to that in its root.
enum class PathKind : std::uint8_t {
  linear,     ///< the same position: only element-wise nodes and reshapes between
  broadcast,  ///< one broadcast node between, otherwise linear
  other
};

/// From a value down to the one home or input that it is made of.
struct Path {
  Value root = -1;  ///< -1: constants and indices only
  PathKind kind = PathKind::linear;
  Value broadcast = -1;
  friend bool operator==(const Path&, const Path&) = default;
};

struct Inlining {
  std::vector<bool> home;      ///< Computed by a region of its own or with others; inputs are no homes.
  std::vector<Path> path;      ///< A home's or input's own path is {itself}.
  std::vector<int> cost;       ///< Of the inlined values above the root (0 for homes and inputs).
  std::vector<int> home_cost;  ///< Of a home with all that is inlined into it.
  std::vector<Value> base;     ///< The value below the views on top of a value (itself if it is no view).

  /// The path from node `v`, a home, through its operand `operand`, a view's own map included.
  Path operand_path(const Graph& graph, Value v, Value operand) const;
};

Inlining choose_inlining(const Graph& graph, IntExprTable& table);

}  // namespace cermet::graph
