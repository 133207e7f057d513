// Readers of a matmul are looked at in order: bias first, then relu on top of either.
#include "graph/passes/fuse_epilogue.h"

#include <optional>

#include "graph/passes/dce.h"
#include "graph/passes/rewrite.h"
#include "graph/passes/uniform.h"

namespace cermet::graph {
namespace {

bool is_matmul(const Builder& builder, Value v) { return builder.node(v).primitive.kind == PrimitiveKind::matmul; }

/// The vector over the last axis of `type` that `v` spreads, if it is one.
std::optional<Value> bias_vector(Builder& builder, Value v, const ArrayType& type) {
  const Node& node = builder.node(v);
  if (node.primitive.kind != PrimitiveKind::broadcast || type.shape.empty()) return std::nullopt;
  const Value x = node.inputs[0];
  const Shape shape = builder.type(x).shape;
  if (shape.empty() || shape.back() != type.shape.back()) return std::nullopt;
  for (std::size_t k = 0; k + 1 < shape.size(); ++k) {
    if (shape[k] != Dim(1)) return std::nullopt;
  }
  Shape vector;
  vector.push_back(shape.back());
  return builder.reshape(x, vector);
}

std::optional<Value> take_bias(Builder& builder, Value product, Value other, const ArrayType& type) {
  const Node node = builder.node(product);
  if (!node.primitive.text.empty()) return std::nullopt;
  const std::optional<Value> bias = bias_vector(builder, other, type);
  if (!bias) return std::nullopt;
  Primitive p = node.primitive;
  p.text = "bias";
  const Value inputs[] = {node.inputs[0], node.inputs[1], *bias};
  return builder.add(std::move(p), inputs);
}

std::optional<Value> take_relu(Builder& builder, Value product, Value other) {
  const Node node = builder.node(product);
  const std::optional<Literal> zero = uniform_value(builder, other);
  if (node.primitive.text.ends_with("relu") || !zero || *zero != Literal::of(zero->dtype, 0)) {
    return std::nullopt;
  }
  Primitive p = node.primitive;
  p.text += p.text.empty() ? "relu" : "+relu";
  return builder.add(std::move(p), {node.inputs.data(), node.inputs.size()});
}

}  // namespace

Graph fuse_epilogue(const Graph& graph) {
  std::vector<int> uses(graph.nodes.size(), 0);
  for (const Node& node : graph.nodes) {
    for (Value v : node.inputs) ++uses[static_cast<std::size_t>(v)];
  }
  for (Value v : graph.outputs) ++uses[static_cast<std::size_t>(v)];
  bool any = false;
  Graph result = rewrite(graph, [&](Builder& builder, const Node& node, std::span<const Value> inputs) {
    const Primitive& p = node.primitive;
    const bool fits = p.kind == PrimitiveKind::elementwise && (p.op == Op::add || p.op == Op::maximum);
    for (std::size_t k = 0; fits && k < 2; ++k) {
      const bool only_reader = uses[static_cast<std::size_t>(node.inputs[k])] == 1;
      if (!only_reader || !is_matmul(builder, inputs[k])) continue;
      const std::optional<Value> taken = p.op == Op::add ? take_bias(builder, inputs[k], inputs[1 - k], node.type)
                                                         : take_relu(builder, inputs[k], inputs[1 - k]);
      if (!taken) continue;
      any = true;
      return *taken;
    }
    return builder.add(p, inputs);
  });
  return any ? dce(result) : result;
}

}  // namespace cermet::graph
