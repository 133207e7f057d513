// Replaces composite calls by their bodies.
// Requires: a verified graph.
// Ensures: no node of kind composite; results as before.
#pragma once

#include "graph/graph.h"

namespace cermet::graph {

Graph inline_composites(const Graph& graph);

}  // namespace cermet::graph
