// arcsin, arccos, arctan and arctan2: an odd polynomial near zero, and identities that bring every argument there.
#include "ops/coefficients.h"
#include "ops/math.h"
#include "ops/math_terms.h"

namespace cermet::math {
namespace {

/// constant - value, the constant with twice the precision.
Scalar minus(Pair constant_pair, Scalar value) {
  return constant(value, constant_pair.high) - (value - constant_pair.low);
}

/// arctan(t) for 0 <= t <= 1.
Scalar arctan_of_ratio(Scalar t) {
  if (is_single(t)) {
    const Scalar z = t * t;
    return fma(t * z, polynomial(z, coefficients::arctan_float32), t);
  }
  // Above tan(pi/8): arctan(t) = pi/4 + arctan((t - 1) / (t + 1)).
  const Scalar far = t > std::numbers::sqrt2 - 1;
  const Scalar s = select(far, (t - 1) / (t + 1), t);
  const Scalar z = s * s;
  const Scalar tail = s * z * polynomial(z, coefficients::arctan_float64);
  const Pair shift = quarter_pi(t);
  const Scalar high = select(far, shift.high, 0.0, t), low = select(far, shift.low, 0.0, t);
  return high + (s + (tail + low));
}

/// arcsin(s) for 0 <= s <= 1/2, z = s * s.
Scalar arcsin_small(Scalar s, Scalar z) {
  const Scalar q =
      is_single(s) ? polynomial(z, coefficients::arcsin_float32) : polynomial(z, coefficients::arcsin_float64);
  return fma(s * z, q, s);
}

/// Half-angle reduction: a = |x|; past 1/2, arcsin(a) = pi/2 - 2 arcsin(sqrt((1 - a) / 2)).
struct HalfAngle {
  Scalar large, arcsin;
};

HalfAngle half_angle(Scalar a) {
  const Scalar large = a > 0.5;
  const Scalar z = select(large, (constant(a, 1) - a) * 0.5, a * a);
  const Scalar s = select(large, call(Op::sqrt, z), a);
  return {large, arcsin_small(s, z)};
}

}  // namespace

Scalar arcsin(Args args) {
  const Scalar x = args[0];
  const HalfAngle h = half_angle(abs(x));
  return with_sign(select(h.large, minus(half_pi(x), h.arcsin * 2), h.arcsin), x);
}

Scalar arccos(Args args) {
  const Scalar x = args[0];
  const HalfAngle h = half_angle(abs(x));
  const Scalar twice = h.arcsin * 2;
  const Scalar far = select(x < 0.0, minus(pi(x), twice), twice);
  return select(h.large, far, minus(half_pi(x), with_sign(h.arcsin, x)));
}

/// Past 1: pi/2 - arctan(1 / a).
Scalar arctan(Args args) {
  const Scalar x = args[0], a = abs(x);
  const Scalar large = a > 1.0;
  const Scalar y = arctan_of_ratio(select(large, 1.0 / a, a));
  return with_sign(select(large, minus(half_pi(x), y), y), x);
}

Scalar arctan2(Args args) {
  const Scalar y = args[0], x = args[1];
  const Scalar ay = abs(y), ax = abs(x);
  const Scalar steep = ay > ax;
  const Scalar ratio = select(steep, ax, ay) / select(steep, ay, ax);
  // Equal operands include two zeros and two infinities, whose ratio is NaN.
  const Scalar t = select(equal(ay, ax), select(equal(ax, 0), 0.0, 1.0, x), ratio);
  const Scalar first = arctan_of_ratio(t);
  const Scalar angle = select(steep, minus(half_pi(x), first), first);
  return with_sign(select(is_negative(x), minus(pi(x), angle), angle), y);
}

}  // namespace cermet::math
