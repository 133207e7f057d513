// The builder's consing does the work: a graph that was changed by hand, or parsed, is built anew.
#include "graph/passes/cse.h"

#include "graph/passes/rewrite.h"

namespace cermet::graph {

Graph cse(const Graph& graph) {
  return rewrite(graph, [](Builder& builder, const Node& node, std::span<const Value> inputs) {
    return builder.add(node.primitive, inputs);
  });
}

}  // namespace cermet::graph
