// The ops on complex64 as pairs of float32 expressions, for the pass that splits complex values.
#include "ops/math.h"
#include "ops/math_terms.h"

namespace cermet::math {
namespace {

using C = ComplexScalar;

Scalar exp(Scalar x) { return call(Op::exp, x); }
Scalar sin(Scalar x) { return call(Op::sin, x); }
Scalar cos(Scalar x) { return call(Op::cos, x); }
Scalar sinh(Scalar x) { return call(Op::sinh, x); }
Scalar cosh(Scalar x) { return call(Op::cosh, x); }
Scalar sqrt(Scalar x) { return call(Op::sqrt, x); }
Scalar log(Scalar x) { return call(Op::log, x); }
Scalar isnan(Scalar x) { return call(Op::isnan, x); }

/// |z| without overflow: the larger part times sqrt(1 + ratio**2).
Scalar modulus(C z) {
  const Scalar re = abs(z.re), im = abs(z.im);
  const Scalar high = call(Op::maximum, re, im), low = call(Op::minimum, re, im);
  const Scalar ratio = select(equal(high, 0), 0.0, low / high);
  const Scalar result = high * sqrt(fma(ratio, ratio, 1.0));
  return select(either(equal(re, infinity), equal(im, infinity)), infinity, result);
}

C multiply(C a, C b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }

/// Smith's division: the larger part of the divisor is divided out first, so that its square does not overflow.
C divide(C a, C b) {
  const Scalar wide = negate(abs(b.re) < abs(b.im));
  const Scalar high = select(wide, b.re, b.im), low = select(wide, b.im, b.re);
  const Scalar ratio = low / high;
  const Scalar norm = fma(low, ratio, high);
  const Scalar re = select(wide, fma(a.im, ratio, a.re), fma(a.re, ratio, a.im));
  const Scalar im = select(wide, fma(-a.re, ratio, a.im), fma(a.im, ratio, -a.re));
  return {re / norm, im / norm};
}

/// log|z|. Near the unit circle, where the modulus has lost the digits, it is log1p(|z|**2 - 1) / 2.
Scalar log_modulus(C z) {
  const Scalar re = abs(z.re), im = abs(z.im);
  const Scalar high = call(Op::maximum, re, im), low = call(Op::minimum, re, im);
  const Scalar excess = fma(low, low, (high - 1.0) * (high + 1.0));
  const Scalar near = both(abs(excess) < 0.5, high < 2.0);
  return select(near, call(Op::log1p, select(near, excess, 0.0)) * 0.5, log(modulus(z)));
}

C logarithm(C z) { return {log_modulus(z), call(Op::arctan2, z.im, z.re)}; }
C exponential(C z) {
  const Scalar e = exp(z.re);
  return {e * cos(z.im), select(equal(z.im, 0), z.im, e * sin(z.im))};
}

/// The principal root: the part without cancellation first, the other from the product re * im = z.im / 2.
C root(C z) {
  const Scalar first = sqrt((modulus(z) + abs(z.re)) * 0.5);
  const Scalar second = select(equal(first, 0), 0.0, abs(z.im) * 0.5 / first);
  const Scalar left = z.re < 0.0;
  return {select(left, second, first), with_sign(select(left, first, second), z.im)};
}

C one(C like) { return {constant(like.re, 1), constant(like.re, 0)}; }
C scale(C z, double factor) { return {z.re * factor, z.im * factor}; }
C boolean(Scalar b) { return {b, Scalar()}; }
Scalar is_less(C a, C b) { return either(a.re < b.re, both(equal(a.re, b.re), a.im < b.im)); }
Scalar is_equal(C a, C b) { return both(equal(a.re, b.re), equal(a.im, b.im)); }
Scalar has_nan(C z) { return either(isnan(z.re), isnan(z.im)); }
C choose(Scalar condition, C a, C b) { return {select(condition, a.re, b.re), select(condition, a.im, b.im)}; }

C sinh(C z) { return {sinh(z.re) * cos(z.im), cosh(z.re) * sin(z.im)}; }
C cosh(C z) { return {cosh(z.re) * cos(z.im), sinh(z.re) * sin(z.im)}; }

/// (sinh(2 a), sin(2 b)) / (cosh(2 a) + cos(2 b)), with the denominator as 2 (sinh(a)**2 + cos(b)**2): no cancellation.
C tanh(C z) {
  const Scalar a = at_most(at_least(z.re, -40), 40);  // beyond, tanh is 1 and the squares would overflow
  const Scalar s = sinh(a), c = cos(z.im);
  const Scalar norm = fma(s, s, c * c);
  return {s * cosh(a) / norm, sin(z.im) * c / norm};
}

}  // namespace

C complex_abs(ComplexArgs a) { return {modulus(a[0]), Scalar()}; }
C complex_add(ComplexArgs a) { return {a[0].re + a[1].re, a[0].im + a[1].im}; }
C complex_subtract(ComplexArgs a) { return {a[0].re - a[1].re, a[0].im - a[1].im}; }
C complex_multiply(ComplexArgs a) { return multiply(a[0], a[1]); }
C complex_divide(ComplexArgs a) { return divide(a[0], a[1]); }

C complex_power(ComplexArgs a) {
  const C general = exponential(multiply(a[1], logarithm(a[0])));
  const C zero{constant(a[0].re, 0), constant(a[0].re, 0)};
  const Scalar limit = select(a[1].re > 0.0, 0.0, nan, a[0].re);
  const C of_zero = choose(is_equal(a[1], zero), one(a[0]), {limit, limit});
  return choose(is_equal(a[0], zero), of_zero, general);
}

C complex_negative(ComplexArgs a) { return {-a[0].re, -a[0].im}; }

C complex_sign(ComplexArgs a) {
  const Scalar norm = modulus(a[0]);
  const Scalar divisor = select(equal(norm, 0), 1.0, norm);
  return {a[0].re / divisor, a[0].im / divisor};
}

C complex_reciprocal(ComplexArgs a) { return divide(one(a[0]), a[0]); }
C complex_square(ComplexArgs a) { return multiply(a[0], a[0]); }
C complex_sqrt(ComplexArgs a) { return root(a[0]); }
C complex_rsqrt(ComplexArgs a) { return divide(one(a[0]), root(a[0])); }
C complex_exp(ComplexArgs a) { return exponential(a[0]); }
C complex_log(ComplexArgs a) { return logarithm(a[0]); }
C complex_log2(ComplexArgs a) { return scale(logarithm(a[0]), std::numbers::log2e); }
C complex_log10(ComplexArgs a) { return scale(logarithm(a[0]), std::numbers::log10e); }

/// log|1 + z| = log1p(re (2 + re) + im**2) / 2 near zero, where 1 + z has lost the digits of z.
C complex_log1p(ComplexArgs a) {
  const Scalar re = a[0].re, im = a[0].im;
  const C sum{re + 1.0, im};
  const Scalar excess = fma(re, re + 2.0, im * im);
  const Scalar near = abs(excess) < 0.5;
  const Scalar modulus = select(near, call(Op::log1p, select(near, excess, 0.0)) * 0.5, log_modulus(sum));
  return {modulus, call(Op::arctan2, im, sum.re)};
}

/// sin(z) = -i sinh(i z), cos(z) = cosh(i z), tan(z) = -i tanh(i z).
C complex_sin(ComplexArgs a) {
  const C turned = sinh(C{-a[0].im, a[0].re});
  return {turned.im, -turned.re};
}
C complex_cos(ComplexArgs a) { return cosh(C{-a[0].im, a[0].re}); }
C complex_tan(ComplexArgs a) {
  const C turned = tanh(C{-a[0].im, a[0].re});
  return {turned.im, -turned.re};
}
C complex_sinh(ComplexArgs a) { return sinh(a[0]); }
C complex_cosh(ComplexArgs a) { return cosh(a[0]); }
C complex_tanh(ComplexArgs a) { return tanh(a[0]); }

C complex_degrees(ComplexArgs a) { return scale(a[0], 180 / std::numbers::pi); }
C complex_radians(ComplexArgs a) { return scale(a[0], std::numbers::pi / 180); }

C complex_identity(ComplexArgs a) { return a[0]; }
C complex_maximum(ComplexArgs a) { return choose(either(has_nan(a[0]), is_less(a[1], a[0])), a[0], a[1]); }
C complex_minimum(ComplexArgs a) { return choose(either(has_nan(a[0]), is_less(a[0], a[1])), a[0], a[1]); }
C complex_round(ComplexArgs a) { return {call(Op::round, a[0].re), call(Op::round, a[0].im)}; }
C complex_where(ComplexArgs a) { return choose(a[0].re, a[1], a[2]); }

C complex_isnan(ComplexArgs a) { return boolean(has_nan(a[0])); }
C complex_isinf(ComplexArgs a) { return boolean(either(call(Op::isinf, a[0].re), call(Op::isinf, a[0].im))); }
C complex_isposinf(ComplexArgs a) { return boolean(both(equal(a[0].re, infinity), equal(a[0].im, 0))); }
C complex_isneginf(ComplexArgs a) { return boolean(both(equal(a[0].re, -infinity), equal(a[0].im, 0))); }
C complex_isfinite(ComplexArgs a) { return boolean(both(call(Op::isfinite, a[0].re), call(Op::isfinite, a[0].im))); }
C complex_equal(ComplexArgs a) { return boolean(is_equal(a[0], a[1])); }
C complex_not_equal(ComplexArgs a) { return boolean(negate(is_equal(a[0], a[1]))); }
C complex_less(ComplexArgs a) { return boolean(is_less(a[0], a[1])); }
C complex_less_equal(ComplexArgs a) { return boolean(either(is_less(a[0], a[1]), is_equal(a[0], a[1]))); }
C complex_greater(ComplexArgs a) { return boolean(is_less(a[1], a[0])); }
C complex_greater_equal(ComplexArgs a) { return boolean(either(is_less(a[1], a[0]), is_equal(a[0], a[1]))); }

C complex_real(ComplexArgs a) { return {a[0].re, Scalar()}; }
C complex_imag(ComplexArgs a) { return {a[0].im, Scalar()}; }
C complex_conjugate(ComplexArgs a) { return {a[0].re, -a[0].im}; }

}  // namespace cermet::math
