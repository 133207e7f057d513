// Composite bodies are built in place of their calls.
#include "graph/passes/inline_composites.h"

#include "graph/ops/composite.h"
#include "graph/passes/rewrite.h"

namespace cermet::graph {

Graph inline_composites(const Graph& graph) {
  return rewrite(graph, [](Builder& builder, const Node& node, std::span<const Value> inputs) {
    if (node.primitive.kind != PrimitiveKind::composite) return builder.add(node.primitive, inputs);
    return find_composite(node.primitive.text).build(builder, inputs, node.primitive);
  });
}

}  // namespace cermet::graph
