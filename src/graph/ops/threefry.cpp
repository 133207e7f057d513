// Threefry-2x32 as a template over uint32_t and Scalar, so that the interpreter and kernels share every step.
#include "graph/ops/threefry.h"

#include "base/error.h"

namespace cermet::graph {
namespace {

std::uint32_t literal_like(std::uint32_t, std::uint32_t value) { return value; }
Scalar literal_like(Scalar like, std::uint32_t value) {
  return like.arena().literal(Literal::of_unsigned(uint32, value));
}
std::uint32_t exclusive_or(std::uint32_t a, std::uint32_t b) { return a ^ b; }
Scalar exclusive_or(Scalar a, Scalar b) { return call(Op::bitwise_xor, a, b); }
std::uint32_t rotate_left(std::uint32_t a, std::uint32_t by) { return a << by | a >> (32 - by); }
Scalar rotate_left(Scalar a, std::uint32_t by) {
  const Scalar high = call(Op::left_shift, a, literal_like(a, by));
  return call(Op::bitwise_or, high, call(Op::right_shift, a, literal_like(a, 32 - by)));
}

template <class T>
std::array<T, 2> rounds(std::array<T, 2> key, std::array<T, 2> counter) {
  // Rotations and the parity constant: Salmon et al., table 2 and section 3.3.
  constexpr std::array<std::array<std::uint32_t, 4>, 2> rotations = {{{13, 15, 26, 6}, {17, 29, 16, 24}}};
  const std::array<T, 3> schedule = {key[0], key[1],
                                     exclusive_or(exclusive_or(key[0], key[1]), literal_like(key[0], 0x1BD11BDA))};
  T x = counter[0] + schedule[0];
  T y = counter[1] + schedule[1];
  for (std::uint32_t block = 0; block < 5; ++block) {
    for (std::uint32_t rotation : rotations[block % 2]) {
      x = x + y;
      y = exclusive_or(rotate_left(y, rotation), x);
    }
    x = x + schedule[(block + 1) % 3];
    y = y + schedule[(block + 2) % 3] + literal_like(key[0], block + 1);
  }
  return {x, y};
}

}  // namespace

std::array<std::uint32_t, 2> threefry2x32(std::array<std::uint32_t, 2> key, std::array<std::uint32_t, 2> counter) {
  return rounds<std::uint32_t>(key, counter);
}

std::array<Scalar, 2> threefry2x32(std::array<Scalar, 2> key, std::array<Scalar, 2> counter) {
  return rounds<Scalar>(key, counter);
}

RandomWords random_words(std::int64_t elements, std::int64_t element_size) {
  constexpr std::int64_t limit = std::int64_t{1} << 32;  // counters have 32 bits
  if (elements > limit * 4 / element_size) {
    fail<ValueError>("[random.bits] {} elements of {} bytes need more than 2^32 words of one key; split the key.",
                     elements, element_size);
  }
  const std::int64_t words = (elements * element_size + 3) / 4;
  return {static_cast<std::uint32_t>(words / 2), static_cast<std::uint32_t>(words % 2)};
}

std::uint32_t random_word(std::array<std::uint32_t, 2> key, std::uint32_t word, RandomWords words) {
  const std::uint32_t firsts = words.half + words.odd;
  const bool first = word < firsts;
  const std::uint32_t pair = first ? word : word - firsts;
  const std::uint32_t second_counter = words.odd != 0 && pair == words.half ? 0 : firsts + pair;
  return threefry2x32(key, {pair, second_counter})[first ? 0 : 1];
}

Scalar random_word(std::array<Scalar, 2> key, Scalar word, Scalar half, Scalar odd) {
  const Scalar firsts = half + odd;
  const Scalar first = call(Op::less, word, firsts);
  const Scalar pair = select(first, word, word - firsts);
  const Scalar zero = literal_like(word, 0);
  // Without an odd word no pair equals `half`, so one comparison is enough.
  const Scalar second_counter = select(call(Op::equal, pair, half), zero, firsts + pair);
  const std::array<Scalar, 2> hash = threefry2x32(key, {pair, second_counter});
  return select(first, hash[0], hash[1]);
}

}  // namespace cermet::graph
