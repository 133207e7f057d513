// Inverse trigonometric and hyperbolic functions of complex64, after W. Kahan, "Branch cuts for complex elementary
// functions, or much ado about nothing's sign bit" (1987): products of square roots keep both parts accurate and put
// the sign of a zero on the right side of each cut.
#include "ops/math.h"
#include "ops/math_terms.h"

namespace cermet::math {
namespace {

using C = ComplexScalar;

C root(C z) { return complex_sqrt({&z, 1}); }
C divide(C a, C b) {
  const C arguments[] = {a, b};
  return complex_divide(arguments);
}
C plus_one(C z) { return {z.re + 1.0, z.im}; }
C minus_one(C z) { return {z.re - 1.0, z.im}; }
C one_minus(C z) { return {1.0 - z.re, -z.im}; }

/// The parts of conj(a) * b.
Scalar conjugate_product_re(C a, C b) { return a.re * b.re + a.im * b.im; }
Scalar conjugate_product_im(C a, C b) { return a.re * b.im - a.im * b.re; }

C arcsin(C z) {
  const C below = root(one_minus(z)), above = root(plus_one(z));
  const Scalar re = call(Op::arctan2, z.re, below.re * above.re - below.im * above.im);
  return {re, call(Op::arcsinh, conjugate_product_im(below, above))};
}

/// With s the sign of x: re = s log1p(4 |x| / ((1 - |x|)**2 + y**2)) / 4, im = arctan2(2 y, (1 - |x|)(1 + |x|) - y**2)
/// / 2. Far from 0, where the squares overflow, it is 1 / z with half a turn.
C arctanh(C z) {
  const Scalar x = abs(z.re), y = z.im;
  const Scalar gap = 1.0 - x;
  const Scalar near_re = call(Op::log1p, x * 4.0 / fma(y, y, gap * gap)) * 0.25;
  const Scalar near_im = call(Op::arctan2, y * 2.0, fma(-y, y, gap * (x + 1.0))) * 0.5;
  const Scalar far = constant(x, 1e9) < call(Op::maximum, x, abs(y));
  const C inverse = divide({constant(x, 1), constant(x, 0)}, {x, y});
  const Scalar quarter = with_sign(constant(x, std::numbers::pi / 2), y);
  return {with_sign(abs(select(far, inverse.re, near_re)), z.re), select(far, quarter, near_im)};
}

/// i z and -i z.
C turned(C z) { return {-z.im, z.re}; }
C turned_back(C z) { return {z.im, -z.re}; }

}  // namespace

C complex_arcsin(ComplexArgs a) { return arcsin(a[0]); }

C complex_arccos(ComplexArgs a) {
  const C below = root(one_minus(a[0])), above = root(plus_one(a[0]));
  return {call(Op::arctan2, below.re, above.re) * 2.0, call(Op::arcsinh, conjugate_product_im(above, below))};
}

C complex_arctan(ComplexArgs a) { return turned_back(arctanh(turned(a[0]))); }
C complex_arcsinh(ComplexArgs a) { return turned_back(arcsin(turned(a[0]))); }

C complex_arccosh(ComplexArgs a) {
  const C below = root(minus_one(a[0])), above = root(plus_one(a[0]));
  return {call(Op::arcsinh, conjugate_product_re(below, above)), call(Op::arctan2, below.im, above.re) * 2.0};
}

C complex_arctanh(ComplexArgs a) { return arctanh(a[0]); }

/// high + log1p(exp(low - high)), high being the operand with the larger real part.
C complex_logaddexp(ComplexArgs a) {
  const Scalar first = a[1].re < a[0].re;
  const C high{select(first, a[0].re, a[1].re), select(first, a[0].im, a[1].im)};
  const C low{select(first, a[1].re, a[0].re), select(first, a[1].im, a[0].im)};
  const C distance{low.re - high.re, low.im - high.im};
  const C ratio = complex_exp({&distance, 1});
  const C rest = complex_log1p({&ratio, 1});
  const Scalar infinite = call(Op::isinf, high.re);
  return {select(infinite, high.re, high.re + rest.re), select(infinite, high.im, high.im + rest.im)};
}

}  // namespace cermet::math
