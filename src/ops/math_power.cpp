// power: floats as exp(y log(x)) with a logarithm of more than the result's precision, integers by repeated squaring.
#include "ops/coefficients.h"
#include "ops/math.h"
#include "ops/math_terms.h"

namespace cermet::math {
namespace {

/// |x| = 2**e m, sqrt(1/2) <= m < sqrt(2), for any positive finite float64.
struct Parts {
  Scalar exponent, significand;
};

Parts parts_of(Scalar x) {
  const Scalar small = x < 0x1p-1022;
  const Scalar bits = to_bits(select(small, x * 0x1p54, x));
  const Scalar e = (bits - bits_of(x, std::numbers::sqrt2 / 2)) >> 52;
  return {to_float(e) + select(small, -54.0, 0.0, x), from_bits(bits - (e << 52))};
}

/// The logarithm of zero and infinity, which the formulas do not give.
Scalar with_ends(Scalar x, Scalar logarithm) {
  return select(equal(x, 0), -infinity, select(x < infinity, logarithm, x));
}

/// |x|**y of float32 values, computed in float64: log2 to 44 bits, then exp2.
Scalar magnitude_single(Scalar x, Scalar y, Scalar is_one) {
  const Scalar a = abs(convert(x, float64));
  const Parts parts = parts_of(a);
  const Scalar s = (parts.significand - 1) / (parts.significand + 1);
  const Scalar z = s * s;
  const Scalar atanh_s = fma(s * z, polynomial(z, coefficients::power_log), s);
  const Scalar log2_x = with_ends(a, fma(atanh_s, constant(a, 2 * std::numbers::log2e), parts.exponent));
  const Scalar exponent = select(is_one, 0.0, convert(y, float64) * log2_x);
  const Scalar clamped = at_most(at_least(exponent, -200), 200);
  const Rounded n = round_small(clamped + float64_format.magic, clamped);
  return convert(polynomial(clamped - n.value, coefficients::power_exp2) * power_of_two(n.integer), float32);
}

/// A float64 value with its rounding error.
struct Double {
  Scalar high, low;
};

/// a + b for |a| >= |b| or a == 0.
Double fast_sum(Scalar a, Scalar b) {
  const Scalar sum = a + b;
  return {sum, b - (sum - a)};
}

/// a * b, errors below 2**-105 of it dropped.
Double product(const Double& a, const Double& b) {
  const Scalar high = a.high * b.high;
  const Scalar error = fma(a.high, b.high, -high);
  return {high, fma(a.high, b.low, fma(a.low, b.high, error))};
}

/// log(a) to about 66 bits: 2 atanh(s) = 2 s + s**3 (2/3 + s**2 P(s**2)), s and the first two terms in double-double.
Double precise_log(Scalar a) {
  const Parts parts = parts_of(a);
  const Scalar m = parts.significand;
  const Scalar numerator = m - 1, denominator = m + 1;
  const Scalar denominator_low = m - (denominator - 1);
  const Scalar s_high = numerator / denominator;
  const Scalar residue = fma(-s_high, denominator_low, fma(-s_high, denominator, numerator));
  const Double s{s_high, residue / denominator};
  const Double z = product(s, s);
  const Scalar two_thirds = constant(a, 2.0 / 3);
  const Double factor = fast_sum(two_thirds, z.high * polynomial(z.high, coefficients::power_log_float64));
  const Double tail = product(product(s, z), {factor.high, factor.low + 0x1.5555555555555p-55});
  const Double log_m = fast_sum(s.high * 2, tail.high);
  const Scalar log_m_low = log_m.low + fma(s.low, constant(a, 2), tail.low);
  // ln(2) cut so that its product with the exponent is exact.
  const Double whole = fast_sum(parts.exponent * 0x1.62e42fefa38p-1, log_m.high);
  return fast_sum(whole.high, whole.low + fma(parts.exponent, constant(a, 0x1.ef35793c7673p-45), log_m_low));
}

Scalar magnitude_double(Scalar x, Scalar y, Scalar is_one) {
  const Scalar a = abs(x);
  const Double logarithm = precise_log(a);
  const Scalar log_high = with_ends(a, logarithm.high);
  const Scalar high = select(is_one, 0.0, y * log_high);
  const Scalar low = fma(y, logarithm.low, fma(y, log_high, -high));
  const Scalar clamped = at_most(at_least(high, -747), 711);
  const Pair ln2_x = ln2(x);
  const Rounded n = round_small(fma(clamped, constant(x, std::numbers::log2e), float64_format.magic), x);
  const Scalar reduced = fma(n.value, constant(x, -ln2_x.low), fma(n.value, constant(x, -ln2_x.high), clamped));
  const Scalar r = reduced + select(either(is_one, negate(abs(high) < 800.0)), 0.0, low);
  const Scalar p = fma(r * r, polynomial(r, coefficients::exp_float64), r) + 1;
  const Scalar half = n.integer >> 1;
  return p * power_of_two(half) * power_of_two(n.integer - half);
}

Scalar float_power(Scalar x, Scalar y) {
  const Scalar is_one = either(equal(abs(x), 1), equal(y, 0));  // before NaN: 1**NaN and NaN**0 are 1
  const Scalar magnitude = is_single(x) ? magnitude_single(x, y, is_one) : magnitude_double(x, y, is_one);
  const Scalar integral = equal(call(Op::floor, y), y);
  const Scalar half = y * 0.5;
  const Scalar odd = both(integral, negate(equal(call(Op::floor, half), half)));
  const Scalar sign = select(odd, sign_bit(x), 0.0);
  const Scalar undefined = both(both(x<0.0, x> - infinity), negate(integral));
  return select(undefined, nan, from_bits(to_bits(magnitude) | sign));
}

Scalar integer_power(Scalar base, Scalar exponent) {
  const Dtype t = base.dtype();
  if (is_bool(t)) return either(base, negate(exponent));
  const int bits = 8 * t.size() - (is_signed_integer(t) ? 1 : 0);
  Scalar result = constant(base, 1), square = base;
  for (int i = 0; i < bits; ++i) {
    const Scalar taken = negate(equal((exponent >> i) & constant(exponent, 1), 0));
    result = select(taken, result * square, result);
    square = square * square;
  }
  if (is_unsigned(t)) return result;
  const Scalar is_unit = either(equal(base, 1), equal(base, -1));
  const Scalar odd = negate(equal(exponent & constant(exponent, 1), 0));
  const Scalar unit = select(is_unit, select(odd, base, base * base), 0.0);
  return select(exponent < 0.0, unit, result);
}

}  // namespace

Scalar power(Args args) {
  return is_floating(args[0].dtype()) ? float_power(args[0], args[1]) : integer_power(args[0], args[1]);
}

}  // namespace cermet::math
