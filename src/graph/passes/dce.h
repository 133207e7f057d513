// Drops nodes that no output depends on. Inputs stay: they are the signature.
// Requires: a verified graph.
// Ensures: every node but inputs leads to an output; results have the same bits.
#pragma once

#include "graph/graph.h"

namespace cermet::graph {

Graph dce(const Graph& graph);

}  // namespace cermet::graph
