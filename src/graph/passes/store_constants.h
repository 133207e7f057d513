// Gives the constants that library calls read a place in memory.
// Requires: a verified graph, after simplify.
// Ensures: no operand of a node of kind library is a constant or a broadcast of one: it is the same window on a copy of
// the constant, one element in memory, which other readers of the constant do not share (they keep the literal).
#pragma once

#include "graph/graph.h"

namespace cermet::graph {

Graph store_constants(const Graph& graph);

}  // namespace cermet::graph
