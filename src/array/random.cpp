// Random numbers: keys are split, never reused, and every distribution is a formula over threefry bits, so that it
// fuses like any other element-wise code. The formulas and their roundings are those of MLX's streams.
#include <cermet/random.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "array/dims.h"
#include "array/node_building.h"
#include "array/random_parameters.h"
#include "array/random_replay.h"

namespace cermet::random {

namespace {

/// The largest value below 1 of a floating dtype.
Literal below_one(Dtype dtype) {
  const int digits = dtype == float16 ? 11 : dtype == bfloat16 ? 8 : dtype == float32 ? 24 : 53;
  return Literal::of(dtype, 1.0 - std::ldexp(1.0, -digits));
}

array row_of(const array& keys, std::int64_t i, const StreamOrDevice& s) {
  return reshape(slice(keys, {i, 0}, {i + 1, 2}, s), {2}, s);
}

std::uint64_t fresh_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

/// Uniform in [0, 1): a 32-bit word divided by the largest one, rounded down from 1 where rounding reached it.
array unit_uniform(const Shape& shape, Dtype dtype, const std::optional<array>& key, const StreamOrDevice& s) {
  const Dtype wide = dtype == float64 ? float64 : float32;
  const array words = astype(bits(shape, 4, key, s), wide, s);
  const double most = std::numeric_limits<std::uint32_t>::max();
  const array unit = astype(divide(words, make_constant(Literal::of(wide, most), s), s), dtype, s);
  return minimum(unit, make_constant(below_one(dtype), s), s);
}

/// high - low in `dtype`, on the host where both are scalars.
array extent_of(const Operand& low, const Operand& high, Dtype dtype, const StreamOrDevice& s) {
  if (low.is_weak() && high.is_weak()) {
    const Literal ends[] = {high.literal().converted(dtype), low.literal().converted(dtype)};
    return make_constant(evaluate(Op::subtract, ends), s);
  }
  return subtract(cast_parameter(high, dtype, s), cast_parameter(low, dtype, s), s);
}

bool is_weak_value(const Operand& x, double value) { return x.is_weak() && x.literal().as_double() == value; }

/// The largest result of randint: high - 1 as it is, then converted to the dtype of the result.
array last_integer(const Operand& high, Dtype dtype, const StreamOrDevice& s) {
  if (!high.is_weak()) return astype(subtract(high, 1, s), dtype, s);
  const Literal value = high.kind() == WeakKind::boolean ? high.literal().converted(int64) : high.literal();
  const Literal ends[] = {value, Literal::of(value.dtype, 1)};
  return make_constant(evaluate(Op::subtract, ends).converted(dtype), s);
}

}  // namespace

array cast_parameter(const Operand& x, Dtype dtype, const StreamOrDevice& s) {
  return x.is_weak() ? make_constant(x.literal().converted(dtype), s) : astype(x.strong(), dtype, s);
}

void require_broadcasts(std::string_view op, const Operand& x, const Shape& shape) {
  if (x.is_weak()) return;
  const Shape& from = x.strong().shape();
  if (!shapes_equal(broadcast_dims(from, shape, op), shape)) {
    fail<ValueError>("[{}] parameters of shape {} do not broadcast to {}", op, to_string(from), to_string(shape));
  }
}

array key(std::uint64_t seed) {
  const std::uint32_t words[] = {static_cast<std::uint32_t>(seed >> 32), static_cast<std::uint32_t>(seed)};
  return array::from_memory(words, uint32, {2}, uint32);
}

array& state() {
  static array& handle = *[] {  // never destroyed: other static objects may draw when the process ends
    const Recorder::Pause pause;
    return new array(key(fresh_seed()));
  }();
  return handle;
}

namespace {

array& drawn_from() {
  ReplayedDraws* replay = ReplayedDraws::current();
  return replay != nullptr ? replay->state() : state();
}

/// True where no lock is needed: a trace of this thread keeps what is written, or the handle is this thread's.
bool use_while_tracing(array& handle) {
  const ReplayedDraws* replay = ReplayedDraws::current();
  Recorder* recorder = Recorder::current();
  if (recorder != nullptr && (replay == nullptr || replay->is_outside(*recorder))) recorder->use_state(&handle);
  return recorder != nullptr || replay != nullptr;
}

}  // namespace

void seed(std::uint64_t seed) {
  const array fresh = key(seed);
  array& handle = drawn_from();
  if (use_while_tracing(handle)) return handle.overwrite(fresh);
  const std::lock_guard lock(state_mutex());
  handle.overwrite(fresh);
}

array next_key(StreamOrDevice s) {
  array& handle = drawn_from();
  const auto draw = [&] {
    const array keys = split(handle, 2, s);
    handle.overwrite(row_of(keys, 0, s));
    return row_of(keys, 1, s);
  };
  if (use_while_tracing(handle)) return draw();
  const std::lock_guard lock(state_mutex());
  return draw();
}

std::pair<array, array> split(const array& key, StreamOrDevice s) {
  const array keys = split(key, 2, s);
  return {row_of(keys, 0, s), row_of(keys, 1, s)};
}

array split(const array& key, int num, StreamOrDevice s) {
  if (num < 0) fail<ValueError>("[random.split] the number of keys must not be negative, got {}", num);
  return bits({num, 2}, 4, key, s);
}

array bits(const Shape& shape, int width, const std::optional<array>& key, StreamOrDevice s) {
  if (width != 1 && width != 2 && width != 4) {
    fail<ValueError>("[random.bits] the width must be 1, 2 or 4 bytes, got {}", width);
  }
  checked_elements(shape, "random.bits");
  if (key) shapes_equal(key->shape(), Shape{2});  // an extent of 2 in a shapeless trace is 2 from here on
  Primitive bits;
  bits.kind = PrimitiveKind::random_bits;
  bits.dtype = width == 1 ? uint8 : width == 2 ? uint16 : uint32;
  bits.dims = shape;
  return make_array(std::move(bits), key ? *key : next_key(s), s);
}

array uniform(const Operand& low, const Operand& high, const Shape& shape, Dtype dtype, const std::optional<array>& key,
              StreamOrDevice s) {
  if (!is_floating(dtype)) {
    fail<ValueError>("[random.uniform] makes real floating numbers, not {}", name(dtype));
  }
  require_broadcasts("random.uniform", low, shape);
  require_broadcasts("random.uniform", high, shape);
  const array unit = unit_uniform(shape, dtype, key, s);
  if (is_weak_value(low, 0) && is_weak_value(high, 1)) return unit;
  return add(multiply(unit, extent_of(low, high, dtype, s), s), cast_parameter(low, dtype, s), s);
}

array uniform(const Shape& shape, Dtype dtype, const std::optional<array>& key, StreamOrDevice s) {
  return uniform(0.0, 1.0, shape, dtype, key, s);
}

array normal(const Shape& shape, Dtype dtype, const std::optional<Operand>& loc, const std::optional<Operand>& scale,
             const std::optional<array>& key, StreamOrDevice s) {
  if (!is_inexact(dtype)) fail<ValueError>("[random.normal] makes floating or complex numbers, not {}", name(dtype));
  if (loc) require_broadcasts("random.normal", *loc, shape);
  if (scale) require_broadcasts("random.normal", *scale, shape);
  // Without loc and scale, real numbers have deviation sqrt(2) times that of the inverse error function; both factors
  // meet before they meet the numbers, as in MLX.
  const auto scaled = [&]() -> array {
    if (is_complex(dtype)) {  // real and imaginary parts of variance 1/2 each
      Shape parts = shape;
      parts.push_back(2);
      const array both = multiply(normal(parts, float32, key, s), std::sqrt(0.5), s);
      const std::vector<array> re_im = cermet::split(both, 2, -1, s);
      const array standard =
          add(squeeze(re_im[0], -1, s), multiply(squeeze(re_im[1], -1, s), std::complex<float>(0, 1), s), s);
      return scale && !is_weak_value(*scale, 1) ? multiply(standard, cast_parameter(*scale, dtype, s), s) : standard;
    }
    const Dtype wide = dtype == float64 ? float64 : float32;
    const double low = -below_one(wide).as_double();
    const array inverse = astype(erfinv(uniform(low, 1.0, shape, wide, key, s), s), dtype, s);
    const array root = make_constant(Literal::of(dtype, std::numbers::sqrt2), s);
    return multiply(inverse, scale ? multiply(root, cast_parameter(*scale, dtype, s), s) : root, s);
  };
  const array result = scaled();
  return loc && !is_weak_value(*loc, 0) ? add(result, cast_parameter(*loc, dtype, s), s) : result;
}

array bernoulli(const Operand& p, const Shape& shape, const std::optional<array>& key, StreamOrDevice s) {
  const bool floating = p.is_weak() ? p.kind() == WeakKind::floating : is_floating(p.strong().dtype());
  if (!floating) fail<ValueError>("[random.bernoulli] the probability must be of a floating dtype");
  require_broadcasts("random.bernoulli", p, shape);
  return less(uniform(shape, float32, key, s), p, s);
}

array bernoulli(const Operand& p, const std::optional<array>& key, StreamOrDevice s) {
  return bernoulli(p, p.is_weak() ? Shape{} : p.strong().shape(), key, s);
}

array bernoulli(const std::optional<array>& key, StreamOrDevice s) { return bernoulli(0.5, Shape{}, key, s); }

array randint(const Operand& low, const Operand& high, const Shape& shape, Dtype dtype, const std::optional<array>& key,
              StreamOrDevice s) {
  if (!is_integer(dtype) && !is_bool(dtype)) fail<ValueError>("[random.randint] makes integers, not {}", name(dtype));
  const array drawn = astype(floor(uniform(low, high, shape, float32, key, s), s), dtype, s);
  return maximum(minimum(drawn, last_integer(high, dtype, s), s), cast_parameter(low, dtype, s), s);
}

}  // namespace cermet::random
