// The vocabulary of the expansions: bits of floats, clamps, polynomials, powers of two. All of it is branch-free and
// lets NaN through.
#pragma once

#include <cmath>
#include <limits>
#include <numbers>
#include <span>

#include "ops/scalar.h"

namespace cermet::math {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// What a formula needs to know about a float dtype.
struct Format {
  Dtype dtype;
  Dtype bits;    ///< signed integer of the same size
  int fraction;  ///< explicit bits of the significand
  int bias;
  double magic;  ///< 1.5 * 2**fraction: adding it rounds a small number to an integer, kept in the low bits
  double min_normal;
};
inline constexpr Format float32_format{float32, int32, 23, 127, 0x1.8p23, 0x1p-126};
inline constexpr Format float64_format{float64, int64, 52, 1023, 0x1.8p52, 0x1p-1022};
inline const Format& format_of(Scalar x) { return x.dtype() == float64 ? float64_format : float32_format; }
inline bool is_single(Scalar x) { return x.dtype() == float32; }

inline Scalar literal_bits(Scalar like, Dtype t, std::uint64_t bits) { return like.arena().literal({t, bits}); }
inline Scalar to_bits(Scalar x) { return bitcast(x, format_of(x).bits); }
inline Scalar from_bits(Scalar i) { return bitcast(i, i.dtype() == int64 ? float64 : float32); }
/// The bits of a constant of x's dtype.
inline Scalar bits_of(Scalar x, double value) { return to_bits(constant(x, value)); }

inline Scalar operator&(Scalar a, Scalar b) { return call(Op::bitwise_and, a, b); }
inline Scalar operator|(Scalar a, Scalar b) { return call(Op::bitwise_or, a, b); }
inline Scalar operator^(Scalar a, Scalar b) { return call(Op::bitwise_xor, a, b); }
inline Scalar operator<<(Scalar a, int count) { return call(Op::left_shift, a, constant(a, count)); }
inline Scalar operator>>(Scalar a, int count) { return call(Op::right_shift, a, constant(a, count)); }

inline Scalar equal(Scalar a, Scalar b) { return call(Op::equal, a, b); }
inline Scalar equal(Scalar a, double b) { return equal(a, constant(a, b)); }
inline Scalar both(Scalar a, Scalar b) { return call(Op::logical_and, a, b); }
inline Scalar either(Scalar a, Scalar b) { return call(Op::logical_or, a, b); }
inline Scalar negate(Scalar a) { return call(Op::logical_not, a); }
inline Scalar select(Scalar condition, double a, double b, Scalar like) {
  return cermet::select(condition, constant(like, a), constant(like, b));
}
inline Scalar select(Scalar condition, Scalar a, double b) { return cermet::select(condition, a, constant(a, b)); }
inline Scalar select(Scalar condition, double a, Scalar b) { return cermet::select(condition, constant(b, a), b); }
using cermet::select;

inline Scalar abs(Scalar x) { return call(Op::abs, x); }
/// min and max with a constant: one instruction on x86, and NaN passes, because the comparison is then false.
inline Scalar at_most(Scalar x, double limit) { return select(constant(x, limit) < x, limit, x); }
inline Scalar at_least(Scalar x, double limit) { return select(constant(x, limit) > x, limit, x); }

inline Scalar sign_bit(Scalar x) {
  return to_bits(x) & literal_bits(x, format_of(x).bits, is_single(x) ? 0x80000000U : std::uint64_t{1} << 63);
}
/// |x| must be non-negative: gives it the sign of `sign`.
inline Scalar with_sign(Scalar magnitude, Scalar sign) { return from_bits(to_bits(magnitude) | sign_bit(sign)); }
inline Scalar is_negative(Scalar x) { return to_bits(x) < constant(to_bits(x), 0); }

/// c[0] + c[1] x + c[2] x**2 + ...
inline Scalar polynomial(Scalar x, std::span<const double> c) {
  Scalar result = constant(x, c.back());
  for (std::size_t i = c.size() - 1; i-- > 0;) result = fma(result, x, c[i]);
  return result;
}

/// 2**i as a value of the float dtype for an integer i with a normal result.
inline Scalar power_of_two(Scalar i) {
  const Format& f = i.dtype() == int64 ? float64_format : float32_format;
  return from_bits((i + f.bias) << f.fraction);
}
/// The integer i, |i| < 2**(fraction - 1), as a float: cheaper than a conversion of 64-bit integers.
inline Scalar to_float(Scalar i) {
  const Format& f = i.dtype() == int64 ? float64_format : float32_format;
  const Scalar magic = i.arena().literal(Literal::of(f.dtype, f.magic));
  return from_bits(i + to_bits(magic)) - magic;
}
/// x rounded to an integer, as a float and as an integer; |x| < 2**(fraction - 2).
struct Rounded {
  Scalar value, integer;
};
inline Rounded round_small(Scalar shifted, Scalar like) {
  const Format& f = format_of(like);
  return {shifted - f.magic, to_bits(shifted) - bits_of(like, f.magic)};
}

/// A constant as an unevaluated sum of two floats of x's dtype.
struct Pair {
  double high, low;
};
/// For float64 the low part must be given; for float32 it is what rounding `high + low` leaves.
inline Pair split(Scalar x, double high, double low) {
  if (!is_single(x)) return {high, low};
  const double rounded = static_cast<double>(static_cast<float>(high));
  return {rounded, high - rounded};
}
inline Pair ln2(Scalar x) { return split(x, 0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56); }
inline Pair pi(Scalar x) { return split(x, 0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53); }
inline Pair half_pi(Scalar x) { return split(x, 0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54); }
inline Pair quarter_pi(Scalar x) { return split(x, 0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55); }

}  // namespace cermet::math
