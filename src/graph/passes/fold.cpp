// One value spread over a shape is the only constant array there is; folding keeps it in the form broadcast(constant).
#include "graph/passes/fold.h"

#include <array>
#include <optional>

#include "graph/passes/rewrite.h"
#include "graph/passes/uniform.h"

namespace cermet::graph {
namespace {

/// Does `evaluate` give the bits that a kernel would? Rows with a rounding error have expansions of their own.
bool folds_exactly(Op op, Dtype dtype) { return !is_complex(dtype) && (!is_floating(dtype) || row(op).ulp == 0); }

std::optional<Literal> fold_elementwise(const Builder& builder, const Node& node, std::span<const Value> inputs) {
  if (!folds_exactly(node.primitive.op, builder.type(inputs.back()).dtype)) return std::nullopt;
  std::array<Literal, 3> args;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const std::optional<Literal> value = uniform_value(builder, inputs[k]);
    if (!value) return std::nullopt;
    args[k] = *value;
  }
  return evaluate(node.primitive.op, {args.data(), inputs.size()});
}

std::optional<Literal> fold_node(const Builder& builder, const Node& node, std::span<const Value> inputs) {
  const Primitive& p = node.primitive;
  switch (p.kind) {
    case PrimitiveKind::dim_value:
      return p.dims[0].is_constant() ? std::optional(Literal::of_integer(p.dtype, p.dims[0].value())) : std::nullopt;
    case PrimitiveKind::elementwise:
      return fold_elementwise(builder, node, inputs);
    case PrimitiveKind::reshape:
    case PrimitiveKind::transpose:
    case PrimitiveKind::broadcast:
    case PrimitiveKind::slice:
    case PrimitiveKind::strided:
    case PrimitiveKind::copy:
    case PrimitiveKind::gather:
      return uniform_value(builder, inputs[0]);
    case PrimitiveKind::convert:
      if (const auto value = uniform_value(builder, inputs[0])) return value->converted(p.dtype);
      return std::nullopt;
    case PrimitiveKind::bitcast:
      if (const auto value = uniform_value(builder, inputs[0])) return Literal{p.dtype, value->bits};
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

Graph fold(const Graph& graph) {
  return rewrite(graph, [](Builder& builder, const Node& node, std::span<const Value> inputs) {
    const std::optional<Literal> value = fold_node(builder, node, inputs);
    if (!value) return builder.add(node.primitive, inputs);
    return builder.broadcast(builder.constant(*value), node.type.shape);
  });
}

}  // namespace cermet::graph
