// Logarithms and the inverse hyperbolic functions made from log1p.
#include "ops/coefficients.h"
#include "ops/math.h"
#include "ops/math_terms.h"

namespace cermet::math {
namespace {

/// A positive normal x = 2**e (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2).
struct Decomposed {
  Scalar exponent, f;
};

Decomposed decompose(Scalar x) {
  const Format& format = format_of(x);
  const Scalar bits = to_bits(x);
  const Scalar e = (bits - bits_of(x, std::numbers::sqrt2 / 2)) >> format.fraction;
  return {e, from_bits(bits - (e << format.fraction)) - 1};
}

/// The same for any positive x: a denormal is scaled up first.
Decomposed decompose_any(Scalar x, Scalar& exponent) {
  const Format& format = format_of(x);
  const Scalar small = x < format.min_normal;
  const int shift = format.fraction + 2;
  const Decomposed result = decompose(select(small, x * std::ldexp(1.0, shift), x));
  exponent = to_float(result.exponent) + select(small, -shift, 0.0, x);
  return result;
}

/// log(1 + f) = f + rest, the rest without the rounding of the sum.
Scalar log_rest(Scalar f) {
  const Scalar square = f * f;
  if (is_single(f)) return square * fma(polynomial(f, coefficients::log_float32), f, -0.5);
  const Scalar s = f / (f + 2);
  const Scalar z = s * s;
  const Scalar half_square = square * 0.5;
  return s * fma(z, polynomial(z, coefficients::log_float64), half_square) - half_square;
}

/// e ln(2) + f + rest.
Scalar sum_of_log(Scalar exponent, Scalar f, Scalar rest) {
  const Pair ln2_x = ln2(f);
  return fma(exponent, constant(f, ln2_x.high), f + fma(exponent, constant(f, ln2_x.low), rest));
}

/// The limits of log: log(0) = -inf, log(x < 0) = NaN, log(inf) = inf, log(NaN) = NaN.
Scalar with_limits(Scalar x, Scalar pole_distance, Scalar result) {
  const Scalar finite = select(x < infinity, result, x);
  return select(pole_distance > 0.0, finite, select(equal(pole_distance, 0), -infinity, nan, x));
}

/// log(x) / log(base) as exponent * (scale) + (f + rest) * (inverse): the products with f keep twice the precision.
Scalar log_to_base(Scalar x, Pair scale, Pair inverse) {
  Scalar exponent;
  const Scalar f = decompose_any(x, exponent).f;
  const Scalar low = fma(f, constant(f, inverse.low), log_rest(f) * inverse.high);
  const Scalar fraction = fma(f, constant(f, inverse.high), fma(exponent, constant(f, scale.low), low));
  return with_limits(x, x, fma(exponent, constant(f, scale.high), fraction));
}

}  // namespace

Scalar log(Args args) {
  const Scalar x = args[0];
  Scalar exponent;
  const Scalar f = decompose_any(x, exponent).f;
  return with_limits(x, x, sum_of_log(exponent, f, log_rest(f)));
}

Scalar log2(Args args) {
  return log_to_base(args[0], {1, 0}, split(args[0], 0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56));
}

Scalar log10(Args args) {
  return log_to_base(args[0], split(args[0], 0x1.34413509f79ffp-2, -0x1.9dc1da994fd21p-59),
                     split(args[0], 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57));
}

/// log of u = 1 + x, whose rounding error is put back into f.
Scalar log1p(Args args) {
  const Scalar x = args[0];
  const Format& format = format_of(x);
  const Scalar u = x + 1;
  const Scalar rounded = u - 1;
  const Scalar lost = (constant(x, 1) - (u - rounded)) + (x - rounded);
  const Decomposed parts = decompose(u);
  const Scalar scale = from_bits(bits_of(x, 1) - (parts.exponent << format.fraction));
  const Scalar f = parts.f + select(x < 0x1p60, lost * scale, 0.0);
  const Scalar result = sum_of_log(to_float(parts.exponent), f, log_rest(f));
  return with_limits(x, u, select(equal(x, 0), x, result));
}

Scalar logaddexp(Args args) {
  const Scalar a = args[0], b = args[1];
  const Scalar high = select(a > b, a, b);
  const Scalar result = high + call(Op::log1p, call(Op::exp, -abs(a - b)));
  return select(equal(a, b), high + std::numbers::ln2, result);  // also equal infinities, whose difference is NaN
}

namespace {

/// Past it x * x + 1 is x * x to the last place, and log(2 x) is arcsinh and arccosh.
double large(Scalar x) { return is_single(x) ? 0x1p14 : 0x1p28; }

}  // namespace

/// log1p(a + a**2 / (1 + sqrt(1 + a**2))), with the sign of x.
Scalar arcsinh(Args args) {
  const Scalar x = args[0], a = abs(x);
  const Scalar is_large = a > large(x);
  const Scalar square = a * a;
  const Scalar y = a + square / (call(Op::sqrt, square + 1) + 1);
  const Scalar result = call(Op::log1p, select(is_large, a - 1, y)) + select(is_large, std::numbers::ln2, 0.0, x);
  return with_sign(result, x);
}

/// log1p(t + sqrt(t**2 + 2 t)) with t = x - 1.
Scalar arccosh(Args args) {
  const Scalar x = args[0], t = x - 1;
  const Scalar is_large = x > large(x);
  const Scalar y = t + call(Op::sqrt, fma(t, t, t * 2));
  const Scalar result = call(Op::log1p, select(is_large, t, y)) + select(is_large, std::numbers::ln2, 0.0, x);
  return select(x < 1.0, nan, result);
}

/// log1p(2 a / (1 - a)) / 2, with the sign of x.
Scalar arctanh(Args args) {
  const Scalar x = args[0], a = abs(x);
  return with_sign(call(Op::log1p, (a * 2) / (constant(x, 1) - a)) * 0.5, x);
}

}  // namespace cermet::math
