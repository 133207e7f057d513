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

/// Integers in [low, high), which broadcast to `shape`: floats of 24 bits, rounded down, so that wider intervals miss
/// some integers. Where high is not above low, the result is low.
array randint(const Operand& low, const Operand& high, const Shape& shape, Dtype dtype = int32,
              const std::optional<array>& key = std::nullopt, StreamOrDevice s = {});

/// Normal numbers of mean 0 and deviation 1 that lie within [lower, upper], which broadcast to `shape` (without one: to
/// each other); `dtype` is a floating dtype.
array truncated_normal(const Operand& lower, const Operand& upper, const Shape& shape, Dtype dtype = float32,
                       const std::optional<array>& key = std::nullopt, StreamOrDevice s = {});
array truncated_normal(const Operand& lower, const Operand& upper, Dtype dtype = float32,
                       const std::optional<array>& key = std::nullopt, StreamOrDevice s = {});

/// The standard Gumbel distribution, -log(-log(u)) for uniform u.
array gumbel(const Shape& shape, Dtype dtype = float32, const std::optional<array>& key = std::nullopt,
             StreamOrDevice s = {});

/// The Laplace distribution around `loc`, of density exp(-|x - loc| / scale) / (2 scale).
array laplace(const Shape& shape, Dtype dtype = float32, float loc = 0, float scale = 1,
              const std::optional<array>& key = std::nullopt, StreamOrDevice s = {});

/// Positions along `axis` of `logits`, drawn with probabilities softmax(logits, axis), as uint32. The result has the
/// shape of `logits` without the axis, or `shape`, to which that broadcasts (ValueError otherwise).
///
///     array token = random::categorical(logits);  // (batch, vocabulary) -> (batch)
array categorical(const array& logits, int axis, const Shape& shape, const std::optional<array>& key = std::nullopt,
                  StreamOrDevice s = {});
inline array categorical(const array& logits, int axis, std::initializer_list<std::int64_t> shape,
                         const std::optional<array>& key = std::nullopt, StreamOrDevice s = {}) {
  return categorical(logits, axis, Shape(shape), key, s);
}
array categorical(const array& logits, int axis = -1, const std::optional<array>& key = std::nullopt,
                  StreamOrDevice s = {});
/// `num_samples` draws each, in a last axis of that extent.
array categorical(const array& logits, int axis, int num_samples, const std::optional<array>& key = std::nullopt,
                  StreamOrDevice s = {});

/// 0, ..., n - 1 in random order, as uint32.
array permutation(int n, const std::optional<array>& key = std::nullopt, StreamOrDevice s = {});
/// The slices of `x` along an axis in random order.
array permutation(const array& x, int axis = 0, const std::optional<array>& key = std::nullopt, StreamOrDevice s = {});

/// Vectors of jointly normal numbers with means `mean` (..., n) and covariances `cov` (..., n, n), positive
/// semi-definite (not checked). The result has shape `shape` + (n), to which the leading axes of both broadcast;
/// an empty `shape` stands for what they broadcast to. `dtype` is float32.
array multivariate_normal(const array& mean, const array& cov, const Shape& shape = {}, Dtype dtype = float32,
                          const std::optional<array>& key = std::nullopt, StreamOrDevice s = {});

}  // namespace cermet::random
