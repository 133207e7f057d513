// Signs, exact division with remainder, a fused multiply-add for machines without one, and predicates.
#include "ops/math.h"
#include "ops/math_terms.h"

namespace cermet::math {

Scalar identity(Args args) { return args[0]; }
Scalar zero(Args args) { return constant(args[0], 0); }
Scalar logical_xor(Args args) { return args[0] ^ args[1]; }

Scalar sign(Args args) {
  const Scalar x = args[0];
  if (is_bool(x.dtype())) return x;
  if (is_unsigned(x.dtype())) return select(x > 0.0, 1.0, 0.0, x);
  const Scalar zero_or_nan = is_floating(x.dtype()) ? x + 0.0 : constant(x, 0);  // -0 becomes 0
  return select(x > 0.0, 1.0, select(x < 0.0, -1.0, zero_or_nan));
}

Scalar reciprocal(Args args) { return 1.0 / args[0]; }
Scalar square(Args args) { return args[0] * args[0]; }
Scalar rsqrt(Args args) { return 1.0 / call(Op::sqrt, args[0]); }
Scalar degrees(Args args) { return args[0] * (180 / std::numbers::pi); }
Scalar radians(Args args) { return args[0] * (std::numbers::pi / 180); }

namespace {

/// Where a truncated division has left a remainder of the divisor's opposite sign.
Scalar crosses_zero(Scalar remainder, Scalar divisor) {
  if (is_unsigned(divisor.dtype()) || is_bool(divisor.dtype())) return divisor.arena().literal(Literal::of(bool_, 0));
  const Scalar opposite = (remainder ^ divisor) < constant(divisor, 0);
  return both(opposite, negate(equal(remainder, 0)));
}

Scalar integer_floor_divide(Scalar a, Scalar b) {
  const Scalar q = call(Op::quotient, a, b);
  if (is_unsigned(a.dtype()) || is_bool(a.dtype())) return q;
  const Scalar r = a - q * b;
  return select(both(crosses_zero(r, b), negate(equal(b, 0))), q - 1.0, q);
}

Scalar integer_remainder(Scalar a, Scalar b) {
  const Scalar r = a - call(Op::quotient, a, b) * b;
  const Scalar floored = select(crosses_zero(r, b), r + b, r);
  return select(equal(b, 0), 0.0, floored);
}

/// a - trunc(a / b) * b or one b off it, after as many steps as the dtype's quotients need. Each step takes the leading
/// 51 bits off the quotient, and its fma is exact: the difference has hardly more bits than the divisor. A divisor of
/// 24 bits leaves room for the error of a reciprocal; one of 53 bits needs a rounded division in each step.
Scalar reduce_modulo(Scalar a, Scalar b, bool short_divisor) {
  const Scalar inverse = 1.0 / b;
  Scalar r = a;
  for (int i = 0; i < (short_divisor ? 6 : 4); ++i) {
    r = fma(-call(Op::trunc, short_divisor ? r * inverse : r / b), b, r);
  }
  return r;
}

/// Brings a remainder that is at most one divisor off into [0, b) or (b, 0].
Scalar floored_remainder(Scalar r, Scalar b) {
  const Scalar beyond = negate(abs(r) < abs(b));
  const Scalar near = select(beyond, r - with_sign(abs(b), r), r);
  const Scalar opposite = negate(equal(sign_bit(near), sign_bit(b)));
  const Scalar result = select(opposite, near + b, near);
  return select(equal(near, 0), from_bits(sign_bit(b)), result);
}

}  // namespace

/// floor(a / b); the rounded quotient is never below the exact one's floor, and an exact remainder of the wrong sign
/// shows where it is one above.
Scalar floor_divide(Args args) {
  const Scalar a = args[0], b = args[1];
  if (!is_floating(a.dtype())) return integer_floor_divide(a, b);
  const Scalar q = call(Op::floor, a / b);
  const Scalar r = fma(-q, b, a);
  return select(either(both(r<0.0, b> 0.0), both(r > 0.0, b < 0.0)), q - 1.0, q);
}

/// float32: in float64, where six steps cover every quotient. float64: quotients up to 2**200; NaN beyond.
Scalar remainder(Args args) {
  const Scalar a = args[0], b = args[1];
  if (!is_floating(a.dtype())) return integer_remainder(a, b);
  const bool single = is_single(a);
  const Scalar wide_a = convert(a, float64), wide_b = convert(b, float64);
  const Scalar finite = reduce_modulo(wide_a, wide_b, single);
  const Scalar r = select(both(equal(abs(wide_b), infinity), abs(wide_a) < infinity), wide_a, finite);
  const Scalar reduced = single ? r : select(abs(r) > abs(wide_b) * 2.0, nan, r);
  return convert(floored_remainder(reduced, wide_b), a.dtype());
}

namespace {

struct Sum {
  Scalar value, error;
};

/// a + b = value + error exactly (Knuth's two-sum).
Sum exact_sum(Scalar a, Scalar b) {
  const Scalar value = a + b;
  const Scalar part = value - a;
  return {value, (a - (value - part)) + (b - part)};
}

/// a * b = value + error exactly, unless a part overflows or underflows (Dekker's product).
Sum exact_product(Scalar a, Scalar b) {
  const auto high = [](Scalar x) {
    const Scalar scaled = x * 0x1.0000002p27;
    return scaled - (scaled - x);
  };
  const Scalar value = a * b, ah = high(a), bh = high(b), al = a - ah, bl = b - bh;
  return {value, ((ah * bh - value) + ah * bl + al * bh) + al * bl};
}

/// A float64 sum rounded to odd: its last bit is set whenever something was lost.
Scalar rounded_to_odd(Sum sum) {
  const Scalar bits = to_bits(sum.value);
  const Scalar one = constant(bits, 1);
  const Scalar inexact = either(sum.error<0.0, sum.error> 0.0);  // false for NaN: the sum is then not finite
  const Scalar even = equal(bits & one, 0);
  const Scalar away = equal(sign_bit(sum.error), sign_bit(sum.value));
  return from_bits(select(both(inexact, even), bits + select(away, 1.0, -1.0, bits), bits));
}

}  // namespace

/// Boldo and Melquiond, "Emulation of FMA and correctly rounded sums" (2008). float32 is exact; float64 is exact unless
/// a partial product over- or underflows.
Scalar fused_multiply_add(Args args) {
  const Scalar a = args[0], b = args[1], c = args[2];
  if (is_single(a)) {
    const Scalar product = convert(a, float64) * convert(b, float64);
    return convert(rounded_to_odd(exact_sum(product, convert(c, float64))), float32);
  }
  const Sum product = exact_product(a, b);
  const Sum low = exact_sum(c, product.error);
  const Sum high = exact_sum(product.value, low.value);
  const Scalar result = high.value + rounded_to_odd(exact_sum(high.error, low.error));
  const Scalar plain = product.value + c;
  return select(abs(result) < infinity, result, plain);
}

Scalar isnan(Args args) {
  const Scalar x = args[0];
  return is_inexact(x.dtype()) ? call(Op::not_equal, x, x) : x.arena().literal(Literal::of(bool_, 0));
}

Scalar isinf(Args args) {
  const Scalar x = args[0];
  return is_inexact(x.dtype()) ? equal(abs(x), infinity) : x.arena().literal(Literal::of(bool_, 0));
}

Scalar isfinite(Args args) {
  const Scalar x = args[0];
  return is_inexact(x.dtype()) ? abs(x) < infinity : x.arena().literal(Literal::of(bool_, 1));
}

Scalar isposinf(Args args) {
  const Scalar x = args[0];
  return is_inexact(x.dtype()) ? equal(x, infinity) : x.arena().literal(Literal::of(bool_, 0));
}

Scalar isneginf(Args args) {
  const Scalar x = args[0];
  return is_inexact(x.dtype()) ? equal(x, -infinity) : x.arena().literal(Literal::of(bool_, 0));
}

}  // namespace cermet::math
