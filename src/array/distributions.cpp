// Distributions made from uniform and normal numbers, with the formulas and roundings of MLX's streams.
#include <cermet/random.h>

#include <cmath>
#include <numbers>

#include "array/dims.h"
#include "array/node_building.h"
#include "array/random_parameters.h"

namespace cermet::random {

namespace {

void require_floating(std::string_view op, Dtype dtype) {
  if (!is_floating(dtype)) fail<ValueError>("[{}] makes real floating numbers, not {}", op, name(dtype));
}

/// `axis` counted from 0; IndexError where the logits have no such axis.
int logits_axis(const array& logits, int axis) {
  const int rank = static_cast<int>(logits.ndim());
  if (axis < -rank || axis >= rank) {
    fail<IndexError>("[random.categorical] axis {} is out of range for logits of {} dimensions", axis, rank);
  }
  return axis < 0 ? axis + rank : axis;
}

Shape without_axis(const Shape& shape, int axis) {
  Shape rest;
  for (int i = 0; i < static_cast<int>(shape.size()); ++i) {
    if (i != axis) rest.push_back(shape[static_cast<std::size_t>(i)]);
  }
  return rest;
}

/// The largest of logits plus Gumbel noise is at position i with probability softmax(logits)[i] (the Gumbel-max trick).
/// `axis` counts from the end of the logits: the result may have more axes in front.
array largest_with_noise(const array& logits, int axis, Shape shape, const std::optional<array>& key,
                         const StreamOrDevice& s) {
  if (dim_equal(logits.shape()[static_cast<std::size_t>(axis)], 0)) {
    fail<ValueError>("[random.categorical] nothing can be drawn from logits of shape {}", to_string(logits.shape()));
  }
  const int rank = static_cast<int>(shape.size()) + 1;
  const int at = rank - static_cast<int>(logits.ndim()) + axis;
  Shape noise;
  for (int i = 0, from = 0; i < rank; ++i) {
    noise.push_back(i == at ? logits.shape()[static_cast<std::size_t>(axis)] : shape[static_cast<std::size_t>(from++)]);
  }
  return argmax(add(gumbel(noise, float32, key, s), logits, s), at, false, s);
}

}  // namespace

array truncated_normal(const Operand& lower, const Operand& upper, const Shape& shape, Dtype dtype,
                       const std::optional<array>& key, StreamOrDevice s) {
  require_floating("random.truncated_normal", dtype);
  require_broadcasts("random.truncated_normal", lower, shape);
  require_broadcasts("random.truncated_normal", upper, shape);
  const array root = make_constant(Literal::of(dtype, std::numbers::sqrt2), s);
  const array low = cast_parameter(lower, dtype, s), high = cast_parameter(upper, dtype, s);
  const array drawn = uniform(erf(divide(low, root, s), s), erf(divide(high, root, s), s), shape, dtype, key, s);
  return maximum(minimum(high, multiply(root, erfinv(drawn, s), s), s), low, s);
}

array truncated_normal(const Operand& lower, const Operand& upper, Dtype dtype, const std::optional<array>& key,
                       StreamOrDevice s) {
  const Shape low = lower.is_weak() ? Shape{} : lower.strong().shape();
  const Shape high = upper.is_weak() ? Shape{} : upper.strong().shape();
  return truncated_normal(lower, upper, broadcast_dims(low, high, "random.truncated_normal"), dtype, key, s);
}

array gumbel(const Shape& shape, Dtype dtype, const std::optional<array>& key, StreamOrDevice s) {
  require_floating("random.gumbel", dtype);
  return negative(log(negative(log(uniform(shape, dtype, key, s), s), s), s), s);
}

array laplace(const Shape& shape, Dtype dtype, float loc, float scale, const std::optional<array>& key,
              StreamOrDevice s) {
  require_floating("random.laplace", dtype);
  const Dtype wide = dtype == float64 ? float64 : float32;
  const double low = wide == float64 ? std::nextafter(-1.0, 0.0) : std::nextafter(-1.0F, 0.0F);
  const array centred = uniform(low, 1.0, shape, wide, key, s);  // on both sides of 0, the ends left out
  array result = astype(multiply(sign(centred, s), log1p(negative(abs(centred, s), s), s), s), dtype, s);
  if (scale != 1) result = multiply(result, scale, s);
  return loc == 0 ? result : add(result, loc, s);
}

array categorical(const array& logits, int axis, const Shape& shape, const std::optional<array>& key,
                  StreamOrDevice s) {
  const int at = logits_axis(logits, axis);
  const Shape rest = without_axis(logits.shape(), at);
  if (!shapes_equal(broadcast_dims(rest, shape, "random.categorical"), shape)) {
    fail<ValueError>("[random.categorical] the shape {} does not hold draws for logits of shape {} along axis {}",
                     to_string(shape), to_string(logits.shape()), axis);
  }
  return largest_with_noise(logits, at, shape, key, s);
}

array categorical(const array& logits, int axis, const std::optional<array>& key, StreamOrDevice s) {
  const int at = logits_axis(logits, axis);
  return largest_with_noise(logits, at, without_axis(logits.shape(), at), key, s);
}

array categorical(const array& logits, int axis, int num_samples, const std::optional<array>& key, StreamOrDevice s) {
  const int at = logits_axis(logits, axis);
  if (num_samples < 0) {
    fail<ValueError>("[random.categorical] num_samples must not be negative, got {}", num_samples);
  }
  Shape shape = without_axis(logits.shape(), at);
  shape.push_back(num_samples);
  return largest_with_noise(expand_dims(logits, -1, s), at, shape, key, s);
}

}  // namespace cermet::random
