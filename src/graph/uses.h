// How often the values of a graph are read.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace cermet::graph {

/// For each value: how many operands it is, and how many outputs of the graph.
inline std::vector<int> count_uses(const Graph& graph) {
  std::vector<int> uses(graph.nodes.size(), 0);
  for (const Node& node : graph.nodes) {
    for (Value v : node.inputs) ++uses[static_cast<std::size_t>(v)];
  }
  for (Value v : graph.outputs) ++uses[static_cast<std::size_t>(v)];
  return uses;
}

}  // namespace cermet::graph
