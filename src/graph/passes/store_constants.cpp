// See store_constants.h. Folding leaves constants in the form broadcast(constant).
#include "graph/passes/store_constants.h"

#include "graph/passes/rewrite.h"
#include "graph/passes/uniform.h"

namespace cermet::graph {

Graph store_constants(const Graph& graph) {
  return rewrite(graph, [](Builder& builder, const Node& node, std::span<const Value> inputs) {
    if (node.primitive.kind != PrimitiveKind::library) return builder.add(node.primitive, inputs);
    SmallVector<Value, 4> operands(inputs.begin(), inputs.end());
    for (Value& v : operands) {
      const std::optional<Literal> value = uniform_value(builder, v);
      if (!value) continue;
      Primitive copy;
      copy.kind = PrimitiveKind::copy;
      const Value constant = builder.constant(*value);
      v = builder.broadcast(builder.add(std::move(copy), std::span(&constant, 1)), builder.type(v).shape);
    }
    return builder.add(node.primitive, {operands.data(), operands.size()});
  });
}

}  // namespace cermet::graph
