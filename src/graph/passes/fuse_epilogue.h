// Matrix products take the bias and the relu that follow them into the library call (Primitive::text).
// Requires: a verified graph, after simplify.
// Ensures: a matmul whose only reader adds a vector over the last axis, or takes maximum(x, 0), does so itself (the sum
// is rounded once); the nodes that did so before are gone. The library must keep maximum's rule: NaN stays NaN.
#pragma once

#include "graph/graph.h"

namespace cermet::graph {

Graph fuse_epilogue(const Graph& graph);

}  // namespace cermet::graph
