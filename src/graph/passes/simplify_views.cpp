// Chains of views of one kind are composed; views that move nothing are dropped.
#include "graph/passes/simplify_views.h"

#include "graph/passes/uniform.h"

namespace cermet::graph {
namespace {

bool is(const Node& node, PrimitiveKind kind) { return node.primitive.kind == kind; }

std::optional<Value> simplify_reshape(Builder& builder, Value x, const ArrayType& type) {
  const Node& node = builder.node(x);
  if (!is(node, PrimitiveKind::reshape)) return std::nullopt;
  return builder.reshape(node.inputs[0], type.shape);
}

std::optional<Value> simplify_transpose(Builder& builder, const Primitive& view, Value x, const ArrayType& type) {
  const Node& node = builder.node(x);
  if (is(node, PrimitiveKind::transpose)) {
    Primitive composed = view;
    for (std::int64_t& axis : composed.axes) axis = node.primitive.axes[static_cast<std::size_t>(axis)];
    const Value below = node.inputs[0];
    const auto simpler = simplify_view(builder, composed, {&below, 1}, type);
    return simpler ? *simpler : builder.add(composed, {&below, 1});
  }
  std::int64_t last = -1;
  for (std::int64_t axis : view.axes) {
    if (node.type.shape[static_cast<std::size_t>(axis)] == Dim(1)) continue;
    if (axis < last) return std::nullopt;
    last = axis;
  }
  const auto simpler = simplify_reshape(builder, x, type);  // only axes of extent 1 move
  return simpler ? *simpler : builder.reshape(x, type.shape);
}

std::optional<Value> simplify_broadcast(Builder& builder, Value x, const ArrayType& type) {
  const Node& node = builder.node(x);
  if (is(node, PrimitiveKind::broadcast)) return builder.broadcast(node.inputs[0], type.shape);
  if (!is(node, PrimitiveKind::reshape)) return std::nullopt;
  // A reshape that only puts ones in front is what broadcasting does anyway.
  const Shape& below = builder.type(node.inputs[0]).shape;
  const Shape& shape = node.type.shape;
  if (below.size() > shape.size()) return std::nullopt;
  const std::size_t lead = shape.size() - below.size();
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (shape[k] != (k < lead ? Dim(1) : below[k - lead])) return std::nullopt;
  }
  return builder.broadcast(node.inputs[0], type.shape);
}

bool takes_all(const Primitive& slice, const Shape& from, const Shape& to) {
  for (std::size_t k = 0; k < from.size(); ++k) {
    if (slice.dims[k] != Dim(0) || slice.axes[k] != 1) return false;
  }
  return from == to;
}

std::optional<Value> slice_of_concatenate(Builder& builder, const Primitive& slice, const Node& concatenate,
                                          const ArrayType& type) {
  const auto axis = static_cast<std::size_t>(concatenate.primitive.axes[0]);
  const Dim start = slice.dims[axis];
  const Dim extent = type.shape[axis];
  if (!start.is_constant() || !extent.is_constant() || extent.value() == 0) return std::nullopt;
  const std::int64_t last = start.value() + (extent.value() - 1) * slice.axes[axis];
  std::int64_t begin = 0;
  for (Value part : concatenate.inputs) {
    const Dim size = builder.type(part).shape[axis];
    if (!size.is_constant()) return std::nullopt;
    const std::int64_t end = begin + size.value();
    if (start.value() >= begin && start.value() < end && last >= begin && last < end) {
      Primitive moved = slice;
      moved.dims[axis] = start.value() - begin;
      const auto simpler = simplify_view(builder, moved, {&part, 1}, type);
      return simpler ? *simpler : builder.add(moved, {&part, 1});
    }
    begin = end;
  }
  return std::nullopt;
}

std::optional<Value> simplify_slice(Builder& builder, const Primitive& view, Value x, const ArrayType& type) {
  const Node node = builder.node(x);
  if (is(node, PrimitiveKind::concatenate)) return slice_of_concatenate(builder, view, node, type);
  if (!is(node, PrimitiveKind::slice)) return std::nullopt;
  IntExprTable& table = builder.graph().dims;
  Primitive composed = view;
  for (std::size_t k = 0; k < view.axes.size(); ++k) {
    const std::int64_t step = node.primitive.axes[k];
    composed.dims[k] = table.add(node.primitive.dims[k], table.multiply(view.dims[k], step));
    composed.axes[k] = view.axes[k] * step;
  }
  const Value below = node.inputs[0];
  const auto simpler = simplify_view(builder, composed, {&below, 1}, type);
  return simpler ? *simpler : builder.add(composed, {&below, 1});
}

std::optional<Value> simplify_concatenate(Builder& builder, const Primitive& view, std::span<const Value> inputs) {
  const auto axis = static_cast<std::size_t>(view.axes[0]);
  SmallVector<Value, 8> parts;
  for (Value v : inputs) {
    if (builder.type(v).shape[axis] != Dim(0)) parts.push_back(v);
  }
  if (parts.empty()) return inputs[0];
  if (parts.size() == 1) return parts[0];
  if (parts.size() == inputs.size()) return std::nullopt;
  return builder.add(view, {parts.data(), parts.size()});
}

}  // namespace

std::optional<Value> simplify_view(Builder& builder, const Primitive& view, std::span<const Value> inputs,
                                   const ArrayType& type) {
  if (view.kind == PrimitiveKind::concatenate) return simplify_concatenate(builder, view, inputs);
  const Value x = inputs[0];
  if (const auto constant = uniform_value(builder, x); constant && type.shape != builder.type(x).shape) {
    return builder.broadcast(builder.constant(*constant), type.shape);
  }
  switch (view.kind) {
    case PrimitiveKind::reshape:
      return type.shape == builder.type(x).shape ? x : simplify_reshape(builder, x, type);
    case PrimitiveKind::transpose:
      return simplify_transpose(builder, view, x, type);
    case PrimitiveKind::broadcast:
      return type.shape == builder.type(x).shape ? x : simplify_broadcast(builder, x, type);
    case PrimitiveKind::slice:
      return takes_all(view, builder.type(x).shape, type.shape) ? x : simplify_slice(builder, view, x, type);
    default:
      return std::nullopt;
  }
}

}  // namespace cermet::graph
