// One visit a node, in order: inputs are already simple when their reader is looked at.
#include "graph/passes/simplify.h"

#include <array>
#include <cmath>
#include <optional>

#include "graph/passes/rewrite.h"
#include "graph/passes/simplify_views.h"
#include "graph/passes/uniform.h"

namespace cermet::graph {
namespace {

bool is_elementwise(const Node& node, Op op) {
  return node.primitive.kind == PrimitiveKind::elementwise && node.primitive.op == op;
}

/// `shape` by value: it may belong to a node, and nodes move when one is added.
Value spread(Builder& builder, Literal value, Shape shape) {
  return builder.broadcast(builder.constant(value), std::move(shape));
}

int mantissa_bits(Dtype t) { return t == float16 ? 11 : t == bfloat16 ? 8 : t == float64 ? 53 : 24; }
int exponent_bits(Dtype t) { return t == float16 ? 5 : t == float64 ? 11 : 8; }
int integer_bits(Dtype t) { return is_bool(t) ? 1 : 8 * t.size() - (is_signed_integer(t) ? 1 : 0); }

/// Is every value of `from` a value of `to`?
bool holds(Dtype to, Dtype from) {
  if (to == from || is_bool(from)) return true;
  if (is_bool(to)) return false;
  if (is_complex(to)) return !is_complex(from) && holds(float32, from);
  if (is_complex(from)) return false;
  if (is_integer(from) && is_integer(to)) {
    return integer_bits(to) >= integer_bits(from) && (is_signed_integer(to) || !is_signed_integer(from));
  }
  if (is_integer(from)) return mantissa_bits(to) >= integer_bits(from) && (to != float16 || integer_bits(from) <= 15);
  return is_floating(to) && mantissa_bits(to) >= mantissa_bits(from) && exponent_bits(to) >= exponent_bits(from);
}

std::optional<Value> simplify_convert(Builder& builder, const Primitive& p, Value x) {
  const Node& node = builder.node(x);
  if (node.type.dtype == p.dtype) return x;
  if (node.primitive.kind != PrimitiveKind::convert) return std::nullopt;
  const Dtype from = builder.type(node.inputs[0]).dtype;
  if (!holds(node.type.dtype, from)) return std::nullopt;
  // Integers wrap and floats saturate: int32 -> float64 -> int8 is not int32 -> int8.
  const bool changes_rule = is_integer(from) && is_inexact(node.type.dtype) && is_integer(p.dtype);
  if (changes_rule && !holds(p.dtype, from)) return std::nullopt;
  return builder.convert(node.inputs[0], p.dtype);
}

bool is_number(const std::optional<Literal>& value, double number) {
  return value && !is_complex(value->dtype) && value->as_double() == number;
}

/// 1 / c if that is exact: then x / c and x * (1 / c) round the same real number.
std::optional<Literal> exact_reciprocal(const std::optional<Literal>& value) {
  if (!value || !is_floating(value->dtype)) return std::nullopt;
  const double c = value->as_double();
  int exponent = 0;
  if (c == 0 || !std::isfinite(c) || std::abs(std::frexp(c, &exponent)) != 0.5) return std::nullopt;
  const Literal reciprocal = Literal::of(value->dtype, 1 / c);
  return reciprocal.as_double() * c == 1 ? std::optional(reciprocal) : std::nullopt;
}

/// Adding -0.0 changes no float; adding +0.0 would turn -0.0 into +0.0.
bool adds_nothing(const std::optional<Literal>& value, bool subtracted) {
  if (!is_number(value, 0)) return false;
  if (is_integer(value->dtype)) return true;
  return is_floating(value->dtype) && std::signbit(value->as_double()) != subtracted;
}

std::optional<Value> simplify_arithmetic(Builder& builder, Op op, Value a, Value b) {
  const std::optional<Literal> left = uniform_value(builder, a);
  const std::optional<Literal> right = uniform_value(builder, b);
  switch (op) {
    case Op::multiply:
      if (is_number(right, 1)) return a;
      if (is_number(left, 1)) return b;
      return std::nullopt;
    case Op::add:
      if (adds_nothing(right, false)) return a;
      if (adds_nothing(left, false)) return b;
      return std::nullopt;
    case Op::subtract:
      return adds_nothing(right, true) ? std::optional(a) : std::nullopt;
    case Op::divide:
      if (is_floating(builder.type(a).dtype) && is_number(right, 1)) return a;
      if (const auto factor = exact_reciprocal(right)) {
        return builder.elementwise(Op::multiply, std::array{a, spread(builder, *factor, builder.type(a).shape)});
      }
      return std::nullopt;
    case Op::maximum:
    case Op::minimum:
      return a == b ? std::optional(a) : std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<Value> simplify_unary(Builder& builder, Op op, Value x, const ArrayType& type) {
  const Node& node = builder.node(x);
  const bool same_type = node.type == type;
  switch (op) {
    case Op::negative:
    case Op::logical_not:
    case Op::bitwise_invert:
      if (!is_elementwise(node, op) || builder.type(node.inputs[0]) != type) return std::nullopt;
      return node.inputs[0];
    case Op::abs:
      return is_elementwise(node, Op::abs) && same_type ? std::optional(x) : std::nullopt;
    case Op::real:
    case Op::conjugate:
      return same_type && !is_complex(type.dtype) ? std::optional(x) : std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<Value> simplify_where(Builder& builder, std::span<const Value> inputs) {
  if (inputs[1] == inputs[2]) return inputs[1];
  const std::optional<Literal> condition = uniform_value(builder, inputs[0]);
  return condition ? std::optional(condition->as_bool() ? inputs[1] : inputs[2]) : std::nullopt;
}

/// Operands that are spread from one smaller shape are combined before they are spread.
std::optional<Value> compute_before_broadcast(Builder& builder, const Primitive& p, std::span<const Value> inputs,
                                              const ArrayType& type) {
  std::optional<Shape> small;
  for (Value v : inputs) {
    const Node& node = builder.node(v);
    if (node.primitive.kind != PrimitiveKind::broadcast) return std::nullopt;
    if (uniform_value(builder, v)) continue;
    const Shape& shape = builder.type(node.inputs[0]).shape;
    if (small && *small != shape) return std::nullopt;
    small = shape;
  }
  if (!small) small = Shape();
  SmallVector<Value, 3> operands;
  for (Value v : inputs) operands.push_back(builder.broadcast(builder.node(v).inputs[0], *small));
  return builder.broadcast(builder.add(p, {operands.data(), operands.size()}), type.shape);
}

std::optional<Value> simplify_elementwise(Builder& builder, const Primitive& p, std::span<const Value> inputs,
                                          const ArrayType& type) {
  std::optional<Value> simpler;
  if (p.op == Op::where) {
    simpler = simplify_where(builder, inputs);
  } else if (inputs.size() == 2) {
    simpler = simplify_arithmetic(builder, p.op, inputs[0], inputs[1]);
  } else if (inputs.size() == 1) {
    simpler = simplify_unary(builder, p.op, inputs[0], type);
  }
  return simpler ? simpler : compute_before_broadcast(builder, p, inputs, type);
}

/// A reduction of one element is that element, combined once with the identity.
std::optional<Value> simplify_reduce(Builder& builder, const Primitive& p, Value x, const ArrayType& type) {
  const ArrayType& from = builder.type(x);
  for (std::int64_t axis : p.axes) {
    if (from.shape[static_cast<std::size_t>(axis)] != Dim(1)) return std::nullopt;
  }
  if (is_complex(from.dtype)) return std::nullopt;
  const Dtype accumulator = row(p.reduction).accumulator(from.dtype);
  Value value = builder.convert(x, accumulator);
  switch (p.reduction) {
    case Reduction::sum:
      // 0.0 + x: -0.0 becomes 0.0.
      value = builder.elementwise(Op::add, std::array{value, builder.constant(Literal::of(accumulator, 0))});
      break;
    case Reduction::argmax:
    case Reduction::argmin:
      return spread(builder, Literal::of(type.dtype, 0), type.shape);
    default:
      break;
  }
  return builder.reshape(builder.convert(value, type.dtype), type.shape);
}

/// A copy exists to lay out a view; what is computed anyway is laid out row-major as it is.
std::optional<Value> simplify_copy(const Builder& builder, Value x) {
  const PrimitiveKind kind = builder.node(x).primitive.kind;
  return kind == PrimitiveKind::input || is_view(kind) ? std::nullopt : std::optional(x);
}

std::optional<Value> simplify_node(Builder& builder, const Node& node, std::span<const Value> inputs) {
  const Primitive& p = node.primitive;
  switch (p.kind) {
    case PrimitiveKind::reshape:
    case PrimitiveKind::transpose:
    case PrimitiveKind::broadcast:
    case PrimitiveKind::slice:
    case PrimitiveKind::strided:
    case PrimitiveKind::concatenate:
      return simplify_view(builder, p, inputs, node.type);
    case PrimitiveKind::convert:
      return simplify_convert(builder, p, inputs[0]);
    case PrimitiveKind::bitcast:
      return node.type == builder.type(inputs[0]) ? std::optional(inputs[0]) : std::nullopt;
    case PrimitiveKind::elementwise:
      return simplify_elementwise(builder, p, inputs, node.type);
    case PrimitiveKind::reduce:
      return simplify_reduce(builder, p, inputs[0], node.type);
    case PrimitiveKind::copy:
      return simplify_copy(builder, inputs[0]);
    default:
      return std::nullopt;
  }
}

}  // namespace

Graph simplify(const Graph& graph) {
  return rewrite(graph, [](Builder& builder, const Node& node, std::span<const Value> inputs) {
    const std::optional<Value> simpler = simplify_node(builder, node, inputs);
    return simpler ? *simpler : builder.add(node.primitive, inputs);
  });
}

}  // namespace cermet::graph
