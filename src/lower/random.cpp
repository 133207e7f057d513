// Elements of random_bits: which word of the threefry stream an element is made of, and which part of it.
#include <array>

#include "graph/ops/threefry.h"
#include "lower/emitter.h"

namespace cermet::lower {
namespace {

/// One word of the stream as kernel values; `word` is uint32.
kernel::Value stream_word(kernel::Builder& build, std::span<const kernel::Value> key, kernel::Value word,
                          kernel::Value half, kernel::Value odd) {
  ScalarArena arena;
  std::array<Scalar, 5> arguments;
  for (Scalar& a : arguments) a = arena.argument(uint32);
  const Scalar root = graph::random_word({arguments[0], arguments[1]}, arguments[2], arguments[3], arguments[4]);
  const std::array<kernel::Value, 5> values = {key[0], key[1], word, half, odd};
  return build.replay(arena, root, values);
}

kernel::Value constant(kernel::Builder& build, Dtype dtype, std::uint64_t value) {
  return build.literal(Literal::of_unsigned(dtype, value));
}

}  // namespace

kernel::Value Emitter::random_bits(const Frame& frame) {
  const graph::Node& n = node(frame.key.node);
  const Index extents = dims(n.type.shape);
  const auto size = static_cast<std::int64_t>(n.type.dtype.size());
  const IntExpr bytes = integers().multiply(integers().product(extents), size);
  const IntExpr words = integers().ceildiv(bytes, 4);
  const kernel::Value half = builder_.index(integers().floordiv(words, 2), uint32);
  const kernel::Value odd = builder_.index(integers().mod(words, 2), uint32);
  const IntExpr position = linearize(integers(), frame.key.index, extents);
  const auto word_at = [&](kernel::Value word) { return stream_word(builder_, frame.got, word, half, odd); };

  if (size == 4) return word_at(builder_.index(position, uint32));
  if (size == 8) {
    const kernel::Value first = builder_.index(integers().multiply(position, 2), uint32);
    const kernel::Value second = builder_.call(Op::add, {first, constant(builder_, uint32, 1)});
    const kernel::Value low = builder_.convert(word_at(first), uint64);
    const kernel::Value high = builder_.convert(word_at(second), uint64);
    return builder_.call(Op::bitwise_or, {low, builder_.call(Op::left_shift, {high, constant(builder_, uint64, 32)})});
  }
  // 64 bits: more than 2^32 narrow elements fit into the 2^32 words of a key.
  const std::uint64_t parts = size == 2 ? 2 : 4;
  const kernel::Value at = builder_.index(position, uint64);
  const kernel::Value quotient = builder_.call(Op::right_shift, {at, constant(builder_, uint64, parts / 2)});
  const kernel::Value part = builder_.call(Op::bitwise_and, {at, constant(builder_, uint64, parts - 1)});
  const kernel::Value bits = builder_.call(
      Op::multiply, {builder_.convert(part, uint32), constant(builder_, uint32, static_cast<std::uint64_t>(8 * size))});
  const kernel::Value word = word_at(builder_.convert(quotient, uint32));
  return builder_.convert(builder_.call(Op::right_shift, {word, bits}), n.type.dtype);
}

}  // namespace cermet::lower
