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

// Elements from, from + step, ... along `axis`, `length` of them.
Value window(Builder& builder, Value x, std::size_t axis, std::int64_t from, Dim length, std::int64_t step = 1) {
  const Shape shape = builder.type(x).shape;
  Primitive p;
  p.kind = PrimitiveKind::slice;
  p.dims.assign(shape.size(), 0);
  p.dims[axis] = from;
  for (Dim extent : shape) p.dims.push_back(extent);
  p.dims[shape.size() + axis] = length;
  p.axes.assign(shape.size(), 1);
  p.axes[axis] = step;
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

Value joined(Builder& builder, std::span<const Value> parts, std::size_t axis) {
  Primitive p;
  p.kind = PrimitiveKind::concatenate;
  p.axes = {static_cast<std::int64_t>(axis)};
  return builder.add(std::move(p), parts);
}

// Turns the last axis of x, (..., T, 2 n). The members of pairs are taken and written apart, so that loops run over n
// and not over 2: halves side by side, neighbours one element apart.
Value turned(Builder& builder, Value x, Value cosine, Value sine, const RopeArguments& given) {
  const Shape shape = builder.type(x).shape;
  const std::size_t last = shape.size() - 1;
  const std::int64_t pairs = given.dims / 2, step = given.traditional ? 2 : 1;
  const auto product = [&](Value a, Value b) { return builder.elementwise(Op::multiply, std::array{a, b}); };
  const Value a = window(builder, x, last, 0, pairs, step);
  const Value b = window(builder, x, last, given.traditional ? 1 : pairs, pairs, step);
  const Value first = builder.elementwise(Op::subtract, std::array{product(a, cosine), product(b, sine)});
  const Value second = builder.elementwise(Op::add, std::array{product(a, sine), product(b, cosine)});
  if (!given.traditional) return joined(builder, std::array{first, second}, last);
  Shape column = builder.type(first).shape;
  column.push_back(1);
  const std::array parts{builder.reshape(first, column), builder.reshape(second, column)};
  return builder.reshape(joined(builder, parts, last + 1), shape);
}

// The same for halves, (..., T, 2 n) taken as (..., T, 2, n), in one kernel: (cos, cos) x + (-sin, sin) (x with the
// halves exchanged). Its reads are known to be contiguous only where the strides are constants.
Value turn_halves(Builder& builder, Value x, Value cosine, Value sine, std::int64_t pairs) {
  const Shape shape = builder.type(x).shape;
  const std::size_t axis = shape.size() - 1;
  const Dtype dtype = builder.type(x).dtype;
  const auto product = [&](Value a, Value b) { return builder.elementwise(Op::multiply, std::array{a, b}); };
  Shape split = shape;
  split.back() = pairs;
  split.insert(split.end() - 1, Dim(2));
  const Value halves = builder.reshape(x, split);
  const auto spread = [&](Value table) {
    Shape aligned = builder.type(table).shape;
    aligned.insert(aligned.end() - 1, Dim(1));
    return builder.reshape(table, aligned);
  };
  const Value two = builder.constant(Literal::of(dtype, 2)), one = builder.constant(Literal::of(dtype, 1));
  const Value twice = product(builder.convert(iota(builder, 2), dtype), two);
  const Value sign = builder.reshape(builder.elementwise(Op::subtract, std::array{twice, one}), Shape{2, 1});
  const Value exchanged = window(builder, halves, axis, 1, 2, -1);
  const Value along = product(halves, spread(cosine)), across = product(exchanged, product(spread(sine), sign));
  return builder.reshape(builder.elementwise(Op::add, std::array{along, across}), shape);
}

}  // namespace

Value build_rope(Builder& builder, std::span<const Value> inputs, const Primitive& call) {
  const RopeArguments given = RopeArguments::decode(call);
  const ArrayType type = builder.type(inputs[0]);
  const Dtype dtype = compute_dtype(type.dtype);
  const std::size_t last = type.shape.size() - 1;
  const bool whole = type.shape.back() == Dim(given.dims);
  const Value part = whole ? inputs[0] : window(builder, inputs[0], last, 0, given.dims);
  const Value angle = angles(builder, inputs, given, dtype);
  const Value cosine = builder.elementwise(Op::cos, std::array{angle});
  const Value sine = builder.elementwise(Op::sin, std::array{angle});
  const Value x = builder.convert(part, dtype);
  const bool exchanges = !given.traditional && type.shape[last - 1].is_constant();
  const Value turned_part =
      exchanges ? turn_halves(builder, x, cosine, sine, given.dims / 2) : turned(builder, x, cosine, sine, given);
  const Value result = builder.convert(turned_part, type.dtype);
  if (whole) return result;
  const Dim rest = builder.graph().dims.subtract(type.shape.back(), given.dims);
  return joined(builder, std::array{result, window(builder, inputs[0], last, given.dims, rest)}, last);
}

}  // namespace cermet::graph
