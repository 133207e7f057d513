// Readers of a matmul are looked at in order: bias first, then relu on top of either. A reshape between that keeps the
// last axis (a batch times one matrix) goes below them.
#include "graph/passes/fuse_epilogue.h"

#include <optional>

#include "graph/passes/dce.h"
#include "graph/passes/rewrite.h"
#include "graph/passes/uniform.h"
#include "graph/uses.h"

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

/// The matmul that `v` is, or is a reshape of with the same last axis.
std::optional<Value> product_below(const Builder& builder, Value v) {
  if (is_matmul(builder, v)) return v;
  const Node& node = builder.node(v);
  if (node.primitive.kind != PrimitiveKind::reshape || node.type.shape.empty()) return std::nullopt;
  const Value below = node.inputs[0];
  if (!is_matmul(builder, below) || builder.type(below).shape.back() != node.type.shape.back()) return std::nullopt;
  return below;
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
  const std::vector<int> uses = count_uses(graph);
  // Reshapes are looked through if nobody else reads what is below.
  const auto only_reader = [&](Value v) {
    while (graph.nodes[static_cast<std::size_t>(v)].primitive.kind == PrimitiveKind::reshape) {
      if (uses[static_cast<std::size_t>(v)] != 1) return false;
      v = graph.nodes[static_cast<std::size_t>(v)].inputs[0];
    }
    return uses[static_cast<std::size_t>(v)] == 1;
  };
  bool any = false;
  Graph result = rewrite(graph, [&](Builder& builder, const Node& node, std::span<const Value> inputs) {
    const Primitive& p = node.primitive;
    const bool fits = p.kind == PrimitiveKind::elementwise && (p.op == Op::add || p.op == Op::maximum);
    for (std::size_t k = 0; fits && k < 2; ++k) {
      if (!only_reader(node.inputs[k])) continue;
      const std::optional<Value> product = product_below(builder, inputs[k]);
      if (!product) continue;
      const std::optional<Value> taken = p.op == Op::add ? take_bias(builder, *product, inputs[1 - k], node.type)
                                                         : take_relu(builder, *product, inputs[1 - k]);
      if (!taken) continue;
      any = true;
      return builder.reshape(*taken, node.type.shape);
    }
    return builder.add(p, inputs);
  });
  return any ? dce(result) : result;
}

}  // namespace cermet::graph
