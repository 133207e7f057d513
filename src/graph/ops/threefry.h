// Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011), and
// which counters make which 32-bit word of a random_bits result: MLX's stream. One formula for numbers and Scalars.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "ops/scalar.h"

namespace cermet::graph {

/// Two words from a key and a counter.
std::array<std::uint32_t, 2> threefry2x32(std::array<std::uint32_t, 2> key, std::array<std::uint32_t, 2> counter);
/// The same as an expression over uint32 Scalars of one arena.
std::array<Scalar, 2> threefry2x32(std::array<Scalar, 2> key, std::array<Scalar, 2> counter);

/// How `n` words are made: the words come in pairs (w, half + odd + w) from the counter of the same two numbers; of an
/// odd count, word `half` is the first of the counter (half, 0).
struct RandomWords {
  std::uint32_t half = 0;
  std::uint32_t odd = 0;
};
/// For `elements` elements of `element_size` bytes, which take the words' bytes in order, little-endian.
RandomWords random_words(std::int64_t elements, std::int64_t element_size);

/// Word `word` of the stream.
std::uint32_t random_word(std::array<std::uint32_t, 2> key, std::uint32_t word, RandomWords words);
/// The same as an expression: all arguments are uint32 Scalars of one arena (`half` and `odd` as in RandomWords).
Scalar random_word(std::array<Scalar, 2> key, Scalar word, Scalar half, Scalar odd);

}  // namespace cermet::graph
