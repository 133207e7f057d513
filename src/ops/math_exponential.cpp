// exp and the functions made from it: expm1, sigmoid, sinh, cosh, tanh.
#include "ops/coefficients.h"
#include "ops/math.h"
#include "ops/math_terms.h"

namespace cermet::math {
namespace {

/// x = n ln(2) + r with |r| <= ln(2) / 2 and a small integer n; r is exact to the last place.
struct Reduced {
  Scalar r, n;
};

Reduced reduce_by_ln2(Scalar x) {
  const Pair ln2_x = ln2(x);
  const Rounded n = round_small(fma(x, constant(x, std::numbers::log2e), format_of(x).magic), x);
  const Scalar r = fma(n.value, constant(x, -ln2_x.high), x);
  return {fma(n.value, constant(x, -ln2_x.low), r), n.integer};
}

/// exp(x) * 2**shift. The power of two is applied in two halves, so that neither factor over- or underflows and a
/// denormal result is rounded once.
Scalar scaled_exp(Scalar x, int shift) {
  const bool single = is_single(x);
  const Scalar clamped = at_most(at_least(x, single ? -105 : -747), single ? 90 : 711);
  const Reduced reduced = reduce_by_ln2(clamped);
  const Scalar r = reduced.r;
  const Scalar q = single ? polynomial(r, coefficients::exp_float32) : polynomial(r, coefficients::exp_float64);
  const Scalar p = fma(r * r, q, r) + 1;
  const Scalar n = shift == 0 ? reduced.n : reduced.n + shift;
  const Scalar half = n >> 1;
  return p * power_of_two(half) * power_of_two(n - half);
}

}  // namespace

Scalar exp(Args args) { return scaled_exp(args[0], 0); }

/// 2**n expm1(r) + (2**n - 1), with half of each, so that 2**n may exceed the largest float.
Scalar expm1(Args args) {
  const Scalar x = args[0];
  const bool single = is_single(x);
  const Reduced reduced = reduce_by_ln2(at_most(at_least(x, single ? -20 : -40), single ? 89 : 710));
  const Scalar r = reduced.r;
  const Scalar q = single ? polynomial(r, coefficients::expm1_float32) : polynomial(r, coefficients::expm1_float64);
  const Scalar p = fma(r * r, q, r);
  const Scalar scale = power_of_two(reduced.n - 1);
  const Scalar result = fma(p, scale, scale - 0.5) * 2;
  return select(abs(x) < (single ? 0x1p-26 : 0x1p-55), x, result);
}

Scalar sigmoid(Args args) {
  const Scalar x = args[0];
  const Scalar e = scaled_exp(-abs(x), 0);  // never overflows; the tail of negative x keeps its relative accuracy
  return select(x < 0.0, e, 1.0) / (e + 1);
}

/// (exp(x) - exp(-x)) / 2; near zero, where that cancels, an odd polynomial.
Scalar sinh(Args args) {
  const Scalar x = args[0], a = abs(x);
  const Scalar h = scaled_exp(a, -1);
  const Scalar z = x * x;
  const Scalar q = is_single(x) ? polynomial(z, coefficients::sinh_float32) : polynomial(z, coefficients::sinh_float64);
  return with_sign(select(a < 1.0, fma(a * z, q, a), h - 0.25 / h), x);
}

Scalar cosh(Args args) {
  const Scalar h = scaled_exp(abs(args[0]), -1);
  return h + 0.25 / h;
}

/// -expm1(-2 a) / (expm1(-2 a) + 2) with the sign of x: no cancellation anywhere.
Scalar tanh(Args args) {
  const Scalar x = args[0];
  const Scalar t = call(Op::expm1, abs(x) * -2);
  return with_sign(abs(t) / (t + 2), x);
}

}  // namespace cermet::math
