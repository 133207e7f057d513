// Computes what is known: ops on constants, and element-wise ops on one constant spread over a shape.
// Requires: a verified graph.
// Ensures: results have the same bits as uncompiled ones: an op whose row has no exact rounding (.ulp above 0) is left
// to the kernel, which computes it as it would any other element.
#pragma once

#include "graph/graph.h"

namespace cermet::graph {

Graph fold(const Graph& graph);

}  // namespace cermet::graph
