// Rewrites nodes to cheaper equal ones: views of views, identities, conversions that undo each other.
// Requires: a verified graph.
// Ensures: results have the same bits: x + 0 goes only where no -0.0 can tell, x / c becomes x * (1/c) only for powers
// of two.
#pragma once

#include "graph/graph.h"

namespace cermet::graph {

Graph simplify(const Graph& graph);

}  // namespace cermet::graph
