// Merges equal nodes (same primitive, same inputs), keeping the first.
// Requires: a verified graph.
// Ensures: no two nodes but inputs are equal; results have the same bits.
#pragma once

#include "graph/graph.h"

namespace cermet::graph {

Graph cse(const Graph& graph);

}  // namespace cermet::graph
