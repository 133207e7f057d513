// Random numbers from threefry2x32 keys: the bits that MLX gives for the same key, on every machine and in every
// fusion.
#pragma once

#include <cermet/array.h>
#include <cermet/ops.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <utility>

namespace cermet::random {

/// The key of a seed: uint32 {high word, low word}.
array key(std::uint64_t seed);
/// Starts the process-wide state again from a seed.
void seed(std::uint64_t seed);
/// The process-wide state: a key, replaced at every draw without a key. Every compiled function that draws has it as
/// an implicit input and output. Draws of several threads never see the same key; reading or writing this handle
/// itself while others draw is the caller's to order.
array& state();
/// Splits the state and returns a fresh key, which is what every function below takes when it is given none.
array next_key(StreamOrDevice s = {});

/// Two, or `num`, independent keys made from one.
std::pair<array, array> split(const array& key, StreamOrDevice s = {});
array split(const array& key, int num, StreamOrDevice s = {});

/// Uniform bits in unsigned integers of `width` bytes: 1, 2 or 4.
array bits(const Shape& shape, int width, const std::optional<array>& key = std::nullopt, StreamOrDevice s = {});
inline array bits(const Shape& shape, const std::optional<array>& key = std::nullopt, StreamOrDevice s = {}) {
  return bits(shape, 4, key, s);
}

/// Uniform in [low, high), which broadcast to `shape`; `dtype` is a floating dtype.
array uniform(const Operand& low, const Operand& high, const Shape& shape, Dtype dtype = float32,
              const std::optional<array>& key = std::nullopt, StreamOrDevice s = {});
array uniform(const Shape& shape, Dtype dtype, const std::optional<array>& key = std::nullopt, StreamOrDevice s = {});
inline array uniform(const Shape& shape, const std::optional<array>& key = std::nullopt, StreamOrDevice s = {}) {
  return uniform(shape, float32, key, s);
}

/// Normal with mean `loc` and standard deviation `scale` (nullopt: 0 and 1), which broadcast to `shape`.
array normal(const Shape& shape, Dtype dtype, const std::optional<Operand>& loc, const std::optional<Operand>& scale,
             const std::optional<array>& key = std::nullopt, StreamOrDevice s = {});
inline array normal(const Shape& shape, Dtype dtype, const std::optional<array>& key = std::nullopt,
                    StreamOrDevice s = {}) {
  return normal(shape, dtype, std::nullopt, std::nullopt, key, s);
}
inline array normal(const Shape& shape, const std::optional<array>& key = std::nullopt, StreamOrDevice s = {}) {
  return normal(shape, float32, std::nullopt, std::nullopt, key, s);
}

/// True with probability `p`, which broadcasts to `shape` (without one: the shape of p).
array bernoulli(const Operand& p, const Shape& shape, const std::optional<array>& key = std::nullopt,
                StreamOrDevice s = {});
inline array bernoulli(const Operand& p, std::initializer_list<std::int64_t> shape,
                       const std::optional<array>& key = std::nullopt, StreamOrDevice s = {}) {
  return bernoulli(p, Shape(shape), key, s);
}
array bernoulli(const Operand& p, const std::optional<array>& key = std::nullopt, StreamOrDevice s = {});
array bernoulli(const std::optional<array>& key = std::nullopt, StreamOrDevice s = {});

/// Integers in [low, high), which broadcast to `shape`.
array randint(const Operand& low, const Operand& high, const Shape& shape, Dtype dtype = int32,
              const std::optional<array>& key = std::nullopt, StreamOrDevice s = {});

}  // namespace cermet::random
