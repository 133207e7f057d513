// erf and its inverse.
#include "ops/coefficients.h"
#include "ops/math.h"
#include "ops/math_terms.h"

namespace cermet::math {

/// Near zero an odd polynomial; past 1 the complement, whose eighth root is smooth: neither division nor exponential.
Scalar erf(Args args) {
  const Scalar x = args[0], a = abs(x);
  const bool single = is_single(x);
  const Scalar z = x * x;
  const Scalar small =
      single ? polynomial(z, coefficients::erf_small_float32) : polynomial(z, coefficients::erf_small_float64);
  const Scalar clamped = at_most(a, single ? 3.925 : 5.93);
  Scalar rest = single ? polynomial(clamped, coefficients::erf_large_float32)
                       : polynomial(clamped, coefficients::erf_large_float64);
  for (int i = 0; i < 3; ++i) rest = rest * rest;
  return with_sign(select(a < 1.0, fma(a, small, a), constant(x, 1) - rest), x);
}

/// x P(w) with w = -log(1 - x**2): erfinv grows with the square root of w, and w keeps all digits of 1 - |x| (Giles,
/// "Approximating the erfinv function", 2011, has the idea of this variable).
Scalar erfinv(Args args) {
  const Scalar x = args[0], a = abs(x);
  const bool single = is_single(x);
  const Scalar w = -call(Op::log, (constant(x, 1) - a) * (a + 1));
  const Scalar root = call(Op::sqrt, w);
  Scalar far;
  if (single) {
    far = polynomial(root - 3, coefficients::erfinv_far_float32);
  } else {
    far = select(w < 16.5, polynomial(root - 3, coefficients::erfinv_far_float64),
                 polynomial(root - 5, coefficients::erfinv_farthest_float64));
  }
  const Scalar near = single ? polynomial(w - 2.5, coefficients::erfinv_near_float32)
                             : polynomial(w - 2.5, coefficients::erfinv_near_float64);
  const Scalar result = x * select(w < 5.0, near, far);
  return select(equal(a, 1), x * infinity, result);
}

}  // namespace cermet::math
