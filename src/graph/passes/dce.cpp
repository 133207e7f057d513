// One walk backwards marks what is needed, one forwards keeps it.
#include "graph/passes/dce.h"

#include "graph/passes/rewrite.h"

namespace cermet::graph {

Graph dce(const Graph& graph) {
  std::vector<bool> needed(graph.nodes.size(), false);
  for (Value v : graph.outputs) needed[static_cast<std::size_t>(v)] = true;
  for (Value v : graph.inputs) needed[static_cast<std::size_t>(v)] = true;
  for (std::size_t v = graph.nodes.size(); v-- > 0;) {
    ++nodes_visited();
    if (!needed[v]) continue;
    for (Value input : graph.nodes[v].inputs) needed[static_cast<std::size_t>(input)] = true;
  }
  Graph result;
  result.dims = graph.dims;
  result.sources = graph.sources;
  result.name = graph.name;
  result.input_layouts = graph.input_layouts;
  std::vector<Value> mapped(graph.nodes.size(), -1);
  for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
    if (!needed[v]) continue;
    mapped[v] = static_cast<Value>(result.nodes.size());
    Node node = graph.nodes[v];
    for (Value& input : node.inputs) input = mapped[static_cast<std::size_t>(input)];
    result.nodes.push_back(std::move(node));
  }
  for (Value v : graph.inputs) result.inputs.push_back(mapped[static_cast<std::size_t>(v)]);
  for (Value v : graph.outputs) result.outputs.push_back(mapped[static_cast<std::size_t>(v)]);
  return result;
}

}  // namespace cermet::graph
