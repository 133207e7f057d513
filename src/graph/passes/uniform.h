// Values that hold one known constant in every element.
#pragma once

#include <optional>

#include "graph/graph.h"

namespace cermet::graph {

/// The constant, if `v` is one or a broadcast of one.
inline std::optional<Literal> uniform_value(const Builder& builder, Value v) {
  const Node* node = &builder.node(v);
  if (node->primitive.kind == PrimitiveKind::broadcast) node = &builder.node(node->inputs[0]);
  if (node->primitive.kind != PrimitiveKind::constant) return std::nullopt;
  return node->primitive.literal;
}

}  // namespace cermet::graph
