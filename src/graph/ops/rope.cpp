// The body of rope.
#include "graph/ops/rope.h"

#include <array>
#include <bit>
#include <cmath>

#include "base/error.h"

namespace cermet::graph {

SmallVector<std::int64_t, 4> RopeArguments::encoded() const {
  return {dims, traditional ? 1 : 0, std::bit_cast<std::int64_t>(scale), std::bit_cast<std::int64_t>(base)};
}

RopeArguments RopeArguments::decode(const Primitive& call) {
  check(call.axes.size() == 4, "rope has {} arguments, not 4", call.axes.size());
  return {call.axes[0], call.axes[1] != 0, std::bit_cast<double>(call.axes[2]), std::bit_cast<double>(call.axes[3])};
}

ArrayType infer_rope(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  const RopeArguments given = RopeArguments::decode(call);
  if (inputs.size() < 2 || inputs.size() > 3) fail<ValueError>("[rope] Got {} arrays.", inputs.size());
  const Shape& shape = inputs[0].shape;
  if (shape.size() < 3) {
    fail<ValueError>("[rope] Takes arrays (B, ..., T, D) of 3 dimensions or more, got shape {}.",
                     to_string(shape, table));
  }
  if (!is_floating(inputs[0].dtype)) {
    fail<ValueError>("[rope] Takes real floating arrays, got {}; convert with astype.", name(inputs[0].dtype));
  }
  const bool too_many = shape.back().is_constant() && given.dims > shape.back().value();
  if (given.dims < 2 || given.dims % 2 != 0 || too_many) {
    fail<ValueError>("[rope] `dims` must be even, positive and at most the last dimension of shape {}, got {}.",
                     to_string(shape, table), given.dims);
  }
  const Shape& offset = inputs[1].shape;
  if (!is_integer(inputs[1].dtype)) {
    fail<ValueError>("[rope] `offset` must be an integer or an array of integers, got {}.", name(inputs[1].dtype));
  }
  const bool column = offset.size() == 2 && (offset[0] == Dim(1) || offset[0] == shape[0]) && offset[1] == Dim(1);
  if (!offset.empty() && !column) {
    fail<ValueError>("[rope] The offsets have shape {}; for an array of shape {} it must be () or ({}, 1).",
                     to_string(offset, table), to_string(shape, table), table.print(shape[0]));
  }
  if (inputs.size() == 3 && inputs[2].shape != Shape{given.dims / 2}) {
    fail<ValueError>("[rope] `freqs` has shape {}; for dims={} it must have shape ({},).",
                     to_string(inputs[2].shape, table), given.dims, given.dims / 2);
  }
  return inputs[0];
}

namespace {

Value iota(Builder& builder, Dim extent) {
  Primitive p;
  p.kind = PrimitiveKind::iota;
  p.dtype = int32;
  p.dims.push_back(extent);
  p.axes = {0};
  return builder.add(std::move(p), {});
}

// x[..., from:from + extents.back()] of the last axis; steps of -1 on `reversed` (-1: none).
Value window(Builder& builder, Value x, std::int64_t from, Dim length) {
  const Shape shape = builder.type(x).shape;
  Primitive p;
  p.kind = PrimitiveKind::slice;
  p.dims.assign(shape.size(), 0);
  p.dims.back() = from;
  for (Dim extent : shape) p.dims.push_back(extent);
  p.dims.back() = length;
  p.axes.assign(shape.size(), 1);
  return builder.add(std::move(p), std::array{x});
}

// The same with axis `axis`, of extent 2, back to front: each element's partner.
Value partners(Builder& builder, Value x, std::size_t axis) {
  const Shape shape = builder.type(x).shape;
  Primitive p;
  p.kind = PrimitiveKind::slice;
  p.dims.assign(shape.size(), 0);
  p.dims[axis] = 1;
  for (Dim extent : shape) p.dims.push_back(extent);
  p.axes.assign(shape.size(), 1);
  p.axes[axis] = -1;
  return builder.add(std::move(p), std::array{x});
}

// The angles (T, dims / 2), or (B, 1, ..., T, dims / 2) where each batch has its own offset.
Value angles(Builder& builder, std::span<const Value> inputs, const RopeArguments& given, Dtype dtype) {
  const Shape shape = builder.type(inputs[0]).shape;
  const auto number = [&](double value) { return builder.constant(Literal::of(dtype, value)); };
  const auto multiply = [&](Value a, Value b) { return builder.elementwise(Op::multiply, std::array{a, b}); };
  Value offset = inputs[1];
  const Shape offsets = builder.type(offset).shape;
  if (!offsets.empty()) {
    Shape aligned(offsets[0] == Dim(1) ? 2 : shape.size(), 1);
    aligned[0] = offsets[0];
    offset = builder.reshape(offset, aligned);
  }
  const Dim length = shape[shape.size() - 2];
  const Value steps = builder.reshape(iota(builder, length), Shape{length, Dim(1)});
  const Value positions =
      builder.elementwise(Op::add, std::array{builder.convert(steps, dtype), builder.convert(offset, dtype)});
  Value rates;
  if (inputs.size() == 3) {
    rates = builder.elementwise(Op::reciprocal, std::array{builder.convert(inputs[2], dtype)});
  } else {
    const std::int64_t pairs = given.dims / 2;
    const Value pair = builder.convert(iota(builder, pairs), dtype);
    const Value exponent = multiply(pair, number(-std::log(given.base) / static_cast<double>(pairs)));
    rates = builder.elementwise(Op::exp, std::array{exponent});
  }
  return multiply(multiply(positions, number(given.scale)), rates);
}

}  // namespace

Value build_rope(Builder& builder, std::span<const Value> inputs, const Primitive& call) {
  const RopeArguments given = RopeArguments::decode(call);
  const ArrayType type = builder.type(inputs[0]);
  const Dtype dtype = compute_dtype(type.dtype);
  const bool whole = type.shape.back() == Dim(given.dims);
  const Value turned = whole ? inputs[0] : window(builder, inputs[0], 0, given.dims);
  const Shape flat = builder.type(turned).shape;

  // Pairs lie along an axis of extent 2: (cos, cos) * pair + (-sin, sin) * partners.
  const std::size_t rank = flat.size(), axis = given.traditional ? rank : rank - 1;
  Shape split = flat;
  split.back() = given.dims / 2;
  split.insert(split.begin() + static_cast<std::ptrdiff_t>(axis), Dim(2));
  const Value x = builder.reshape(builder.convert(turned, dtype), split);
  const Value angle = angles(builder, inputs, given, dtype);
  Shape aligned = builder.type(angle).shape;
  aligned.insert(aligned.end() - (given.traditional ? 0 : 1), Dim(1));
  const auto spread = [&](Op op) { return builder.reshape(builder.elementwise(op, std::array{angle}), aligned); };
  const Value side = builder.convert(iota(builder, 2), dtype);  // 0, 1
  const Value two = builder.constant(Literal::of(dtype, 2)), one = builder.constant(Literal::of(dtype, 1));
  Value sign =
      builder.elementwise(Op::subtract, std::array{builder.elementwise(Op::multiply, std::array{side, two}), one});
  if (!given.traditional) sign = builder.reshape(sign, Shape{2, 1});
  const Value along = builder.elementwise(Op::multiply, std::array{x, spread(Op::cos)});
  const Value signed_sine = builder.elementwise(Op::multiply, std::array{spread(Op::sin), sign});
  const Value across = builder.elementwise(Op::multiply, std::array{partners(builder, x, axis), signed_sine});
  const Value sum = builder.reshape(builder.elementwise(Op::add, std::array{along, across}), flat);
  const Value result = builder.convert(sum, type.dtype);
  if (whole) return result;
  const Dim rest = builder.graph().dims.subtract(type.shape.back(), given.dims);
  Primitive join;
  join.kind = PrimitiveKind::concatenate;
  join.axes = {static_cast<std::int64_t>(rank) - 1};
  return builder.add(std::move(join), std::array{result, window(builder, inputs[0], given.dims, rest)});
}

}  // namespace cermet::graph
