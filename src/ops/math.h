// Expansions of the element-wise ops into the core of ops/row.h: scalar formulas without branches for float32 and
// float64 (and, where the op takes them, integers), within the error bounds of their rows over the whole range.
#pragma once

#include <span>

#include "ops/row.h"

namespace cermet::math {

using Args = std::span<const Scalar>;
using ComplexArgs = std::span<const ComplexScalar>;

// math_arithmetic.cpp
Scalar identity(Args args);
Scalar zero(Args args);
Scalar logical_xor(Args args);
Scalar sign(Args args);
Scalar reciprocal(Args args);
Scalar square(Args args);
Scalar rsqrt(Args args);
Scalar degrees(Args args);
Scalar radians(Args args);
Scalar floor_divide(Args args);
Scalar remainder(Args args);
Scalar fused_multiply_add(Args args);
Scalar isnan(Args args);
Scalar isinf(Args args);
Scalar isfinite(Args args);
Scalar isposinf(Args args);
Scalar isneginf(Args args);

// math_exponential.cpp
Scalar exp(Args args);
Scalar expm1(Args args);
Scalar sigmoid(Args args);
Scalar sinh(Args args);
Scalar cosh(Args args);
Scalar tanh(Args args);

// math_logarithm.cpp
Scalar log(Args args);
Scalar log2(Args args);
Scalar log10(Args args);
Scalar log1p(Args args);
Scalar logaddexp(Args args);
Scalar arcsinh(Args args);
Scalar arccosh(Args args);
Scalar arctanh(Args args);

// math_trigonometric.cpp
Scalar sin(Args args);
Scalar cos(Args args);
Scalar tan(Args args);

// math_inverse_trigonometric.cpp
Scalar arcsin(Args args);
Scalar arccos(Args args);
Scalar arctan(Args args);
Scalar arctan2(Args args);

// math_power.cpp
Scalar power(Args args);

// math_error_function.cpp
Scalar erf(Args args);
Scalar erfinv(Args args);

// math_complex.cpp
ComplexScalar complex_abs(ComplexArgs args);
ComplexScalar complex_add(ComplexArgs args);
ComplexScalar complex_subtract(ComplexArgs args);
ComplexScalar complex_multiply(ComplexArgs args);
ComplexScalar complex_divide(ComplexArgs args);
ComplexScalar complex_power(ComplexArgs args);
ComplexScalar complex_negative(ComplexArgs args);
ComplexScalar complex_sign(ComplexArgs args);
ComplexScalar complex_reciprocal(ComplexArgs args);
ComplexScalar complex_square(ComplexArgs args);
ComplexScalar complex_sqrt(ComplexArgs args);
ComplexScalar complex_rsqrt(ComplexArgs args);
ComplexScalar complex_exp(ComplexArgs args);
ComplexScalar complex_log(ComplexArgs args);
ComplexScalar complex_log2(ComplexArgs args);
ComplexScalar complex_log10(ComplexArgs args);
ComplexScalar complex_log1p(ComplexArgs args);
ComplexScalar complex_sin(ComplexArgs args);
ComplexScalar complex_cos(ComplexArgs args);
ComplexScalar complex_tan(ComplexArgs args);
ComplexScalar complex_sinh(ComplexArgs args);
ComplexScalar complex_cosh(ComplexArgs args);
ComplexScalar complex_tanh(ComplexArgs args);
ComplexScalar complex_identity(ComplexArgs args);
ComplexScalar complex_degrees(ComplexArgs args);
ComplexScalar complex_radians(ComplexArgs args);
ComplexScalar complex_maximum(ComplexArgs args);
ComplexScalar complex_minimum(ComplexArgs args);
ComplexScalar complex_round(ComplexArgs args);
ComplexScalar complex_where(ComplexArgs args);
ComplexScalar complex_isnan(ComplexArgs args);
ComplexScalar complex_isinf(ComplexArgs args);
ComplexScalar complex_isfinite(ComplexArgs args);
ComplexScalar complex_isposinf(ComplexArgs args);
ComplexScalar complex_isneginf(ComplexArgs args);
ComplexScalar complex_equal(ComplexArgs args);
ComplexScalar complex_not_equal(ComplexArgs args);
ComplexScalar complex_less(ComplexArgs args);
ComplexScalar complex_less_equal(ComplexArgs args);
ComplexScalar complex_greater(ComplexArgs args);
ComplexScalar complex_greater_equal(ComplexArgs args);
ComplexScalar complex_real(ComplexArgs args);
ComplexScalar complex_imag(ComplexArgs args);
ComplexScalar complex_conjugate(ComplexArgs args);

// math_complex_inverse.cpp
ComplexScalar complex_logaddexp(ComplexArgs args);
ComplexScalar complex_arcsin(ComplexArgs args);
ComplexScalar complex_arccos(ComplexArgs args);
ComplexScalar complex_arctan(ComplexArgs args);
ComplexScalar complex_arcsinh(ComplexArgs args);
ComplexScalar complex_arccosh(ComplexArgs args);
ComplexScalar complex_arctanh(ComplexArgs args);

}  // namespace cermet::math
