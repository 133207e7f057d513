// Appends nodes to a graph. Two nodes with equal primitives and inputs are one node; inputs are never merged.
#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "graph/graph.h"

namespace cermet::graph {
namespace {

std::uint64_t cons_hash(const Primitive& primitive, std::span<const Value> inputs) {
  std::uint64_t h = primitive.hash();
  for (Value v : inputs) h = hash_combine(h, static_cast<std::uint64_t>(v));
  return h;
}

Primitive primitive_of(PrimitiveKind kind) {
  Primitive p;
  p.kind = kind;
  return p;
}

}  // namespace

std::optional<std::pair<SymbolId, std::int64_t>> multiple_of_symbol(const IntExprTable& dims, Dim d) {
  if (d.is_constant()) return std::nullopt;
  const std::vector<IntTerm> terms = dims.terms(d);
  if (terms.size() != 1 || terms[0].factors.size() != 1 || terms[0].coefficient < 1) return std::nullopt;
  const IntExpr factor = terms[0].factors[0];
  if (dims.kind(factor) != IntExprTable::Kind::symbol) return std::nullopt;
  return std::pair{dims.symbol_id(factor), terms[0].coefficient};
}

Builder::Builder(Graph& graph) : graph_(graph) {
  for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
    const Node& node = graph.nodes[v];
    if (node.primitive.kind == PrimitiveKind::input) continue;
    cons_.insert(cons_hash(node.primitive, {node.inputs.data(), node.inputs.size()}), static_cast<Value>(v));
  }
}

Value Builder::input(ArrayType type, InputLayout layout) {
  const auto v = static_cast<Value>(graph_.nodes.size());
  graph_.nodes.push_back({primitive_of(PrimitiveKind::input), {}, std::move(type), source_});
  graph_.inputs.push_back(v);
  graph_.input_layouts.push_back(std::move(layout));
  return v;
}

Value Builder::constant(Literal value) {
  Primitive p = primitive_of(PrimitiveKind::constant);
  p.literal = value;
  return add(std::move(p), {});
}

Value Builder::add(Primitive primitive, std::span<const Value> inputs) {
  const std::uint64_t hash = cons_hash(primitive, inputs);
  const Value known = cons_.find(hash, [&](Value v) {
    const Node& node = graph_.nodes[static_cast<std::size_t>(v)];
    return node.primitive == primitive &&
           std::equal(node.inputs.begin(), node.inputs.end(), inputs.begin(), inputs.end());
  });
  if (known >= 0) return known;
  SmallVector<ArrayType, 3> types;
  for (Value v : inputs) types.push_back(type(v));
  ArrayType result = infer(primitive, {types.data(), types.size()}, graph_.dims);
  const auto v = static_cast<Value>(graph_.nodes.size());
  graph_.nodes.push_back({std::move(primitive), {inputs.begin(), inputs.end()}, std::move(result), source_});
  cons_.insert(hash, v);
  return v;
}

Value Builder::elementwise(Op op, std::span<const Value> inputs) {
  const Row& r = row(op);
  if (inputs.size() != r.arity) {
    fail<ValueError>("[{}] Takes {} array{}, got {}.", r.name, r.arity, r.arity == 1 ? "" : "s", inputs.size());
  }
  const std::size_t first = r.types == Types::select ? 1 : 0;  // the condition is not promoted
  Dtype promoted = type(inputs[first]).dtype;
  Shape shape = type(inputs[0]).shape;
  for (std::size_t i = first + 1; i < inputs.size(); ++i) promoted = promote_types(promoted, type(inputs[i]).dtype);
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    shape = broadcast_shapes(shape, type(inputs[i]).shape, r.name, graph_.dims);
  }
  const Dtype taken = operand_dtype(op, promoted);
  SmallVector<Value, 3> operands;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    operands.push_back(broadcast(convert(inputs[i], i < first ? bool_ : taken), shape));
  }
  Primitive p = primitive_of(PrimitiveKind::elementwise);
  p.op = op;
  return add(std::move(p), {operands.data(), operands.size()});
}

Value Builder::convert(Value x, Dtype dtype) {
  if (type(x).dtype == dtype) return x;
  Primitive p = primitive_of(PrimitiveKind::convert);
  p.dtype = dtype;
  return add(std::move(p), {&x, 1});
}

Value Builder::reduce(Reduction reduction, Value x, std::span<const std::int64_t> axes, bool keepdims) {
  const Shape shape = type(x).shape;
  Primitive p = primitive_of(PrimitiveKind::reduce);
  p.reduction = reduction;
  for (std::int64_t axis : axes) {
    constexpr std::int64_t bound = 1 << 20;
    const auto narrow = static_cast<int>(std::clamp(axis, -bound, bound));
    p.axes.push_back(normalize_axis(name(reduction), narrow, static_cast<int>(shape.size())));
  }
  std::sort(p.axes.begin(), p.axes.end());
  Value result = add(p, {&x, 1});
  if (!keepdims) return result;
  Shape kept = shape;
  for (std::int64_t axis : p.axes) kept[static_cast<std::size_t>(axis)] = 1;
  return reshape(result, kept);
}

Value Builder::reshape(Value x, Shape shape) {
  if (type(x).shape == shape) return x;
  const Shape resolved = resolve_reshape(type(x).shape, shape, graph_.dims);
  if (type(x).shape == resolved) return x;
  Primitive p = primitive_of(PrimitiveKind::reshape);
  p.dims.assign(resolved.begin(), resolved.end());
  return add(std::move(p), {&x, 1});
}

Value Builder::broadcast(Value x, Shape shape) {
  if (type(x).shape == shape) return x;
  Primitive p = primitive_of(PrimitiveKind::broadcast);
  p.dims.assign(shape.begin(), shape.end());
  return add(std::move(p), {&x, 1});
}

}  // namespace cermet::graph
