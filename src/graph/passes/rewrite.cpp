// The shared walk of the passes.
#include "graph/passes/rewrite.h"

#include "base/error.h"

namespace cermet::graph {

std::uint64_t& nodes_visited() {
  thread_local std::uint64_t count = 0;
  return count;
}

Graph rewrite(const Graph& graph, const RewriteNode& rewrite) {
  Graph result;
  result.dims = graph.dims;
  result.sources = graph.sources;
  result.name = graph.name;
  Builder builder(result);
  builder.reserve(graph.nodes.size());
  std::vector<Value> mapped(graph.nodes.size());
  SmallVector<Value, 3> inputs;
  std::size_t next_input = 0;
  for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
    ++nodes_visited();
    const Node& node = graph.nodes[v];
    builder.set_source(node.source);
    if (node.primitive.kind == PrimitiveKind::input) {
      mapped[v] = builder.input(node.type, graph.input_layouts[next_input++]);
      continue;
    }
    inputs.clear();
    for (Value input : node.inputs) inputs.push_back(mapped[static_cast<std::size_t>(input)]);
    mapped[v] = rewrite(builder, node, {inputs.data(), inputs.size()});
    check(builder.type(mapped[v]) == node.type, "a pass changed the type of %{}, a {}", v, name(node.primitive.kind));
  }
  for (Value v : graph.outputs) result.outputs.push_back(mapped[static_cast<std::size_t>(v)]);
  return result;
}

}  // namespace cermet::graph
