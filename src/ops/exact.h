// Reference formulas of the op tables, for any float type wide enough that rounding the result once is right; integer
// formulas work on 64-bit values that the caller wraps. They define the results; speed does not matter here.
#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <numbers>

namespace cermet::exact {

/// Float remainder with the sign of the divisor (a zero result too), as Python's `%`.
template <class T>
T remainder(T x, T y) {
  const T r = std::fmod(x, y);
  if (std::isnan(r)) return r;
  if (r == 0) return std::copysign(r, y);
  return (r < 0) != (y < 0) ? r + y : r;
}

/// floor of the exact quotient; an infinite or NaN operand or a zero divisor gives floor(x / y).
template <class T>
T floor_divide(T x, T y) {
  const T quotient = x / y;
  if (!std::isfinite(quotient) || !std::isfinite(y) || x == 0) return std::floor(quotient);
  const T r = std::fmod(x, y);
  T q = (x - r) / y;
  if (r != 0 && (r < 0) != (y < 0)) q -= 1;
  const T floored = std::floor(q);
  const T result = q - floored > T(0.5) ? floored + 1 : floored;
  return result == 0 ? std::copysign(result, quotient) : result;
}

inline std::int64_t wrapping_negate(std::int64_t x) {
  return static_cast<std::int64_t>(-static_cast<std::uint64_t>(x));
}

inline std::int64_t quotient(std::int64_t x, std::int64_t y) {
  if (y == 0) return 0;
  return y == -1 ? wrapping_negate(x) : x / y;
}

inline std::int64_t remainder(std::int64_t x, std::int64_t y) {
  if (y == 0 || y == -1) return 0;
  const std::int64_t r = x % y;
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

inline std::int64_t floor_divide(std::int64_t x, std::int64_t y) {
  if (y == 0) return 0;
  const std::int64_t q = quotient(x, y);
  return y != -1 && x % y != 0 && (x < 0) != (y < 0) ? q - 1 : q;
}

inline std::uint64_t power(std::uint64_t base, std::uint64_t exponent) {
  std::uint64_t result = 1;
  for (; exponent != 0; exponent >>= 1, base *= base) {
    if ((exponent & 1) != 0) result *= base;
  }
  return result;
}

/// A negative exponent gives the exact power truncated towards zero; 0 for a zero base, as x / 0 does.
inline std::int64_t power(std::int64_t base, std::int64_t exponent) {
  if (exponent >= 0) {
    return static_cast<std::int64_t>(power(static_cast<std::uint64_t>(base), static_cast<std::uint64_t>(exponent)));
  }
  if (base == 1) return 1;
  return base == -1 ? ((exponent & 1) != 0 ? -1 : 1) : 0;
}

/// IEEE 754-2019 maximum: NaN if either is, and -0 is below +0.
template <class T>
T maximum(T x, T y) {
  if (std::isnan(x) || std::isnan(y)) return x + y;
  return x > y || (x == y && !std::signbit(x)) ? x : y;
}

template <class T>
T minimum(T x, T y) {
  if (std::isnan(x) || std::isnan(y)) return x + y;
  return x < y || (x == y && std::signbit(x)) ? x : y;
}

/// Nearest integer, halves to even (the default rounding mode is never changed).
template <class T>
T round(T x) {
  return std::nearbyint(x);
}

template <class T>
T logaddexp(T x, T y) {
  if (std::isnan(x) || std::isnan(y)) return x + y;
  const T high = x > y ? x : y;
  const T low = x > y ? y : x;
  if (std::isinf(high)) return high;
  return high + std::log1p(std::exp(low - high));
}

template <class T>
T sigmoid(T x) {
  const T e = std::exp(-std::fabs(x));
  return (x < 0 ? e : T(1)) / (1 + e);
}

/// Halley's iteration on erf (or erfc, where x is near 1 and erf has lost its digits), from Winitzki's closed form
/// ("A handy approximation for the error function and its inverse", 2008), good to 2e-3.
template <class T>
T erfinv(T x) {
  const T a = std::fabs(x);
  if (!(a < 1)) return a == 1 ? x * std::numeric_limits<T>::infinity() : std::numeric_limits<T>::quiet_NaN();
  if (a == 0) return x;
  const T w = std::log1p(-a * a);
  const T k = T(0.147);
  const T b = 2 / (std::numbers::pi_v<T> * k) + w / 2;
  T y = std::sqrt(std::sqrt(b * b - w / k) - b);
  if (a < T(1e-4)) y = a / (2 * std::numbers::inv_sqrtpi_v<T>);
  for (int i = 0; i < 4; ++i) {
    const T error = a < T(0.5) ? std::erf(y) - a : (1 - a) - std::erfc(y);
    const T step = error / (2 * std::numbers::inv_sqrtpi_v<T> * std::exp(-y * y));
    y -= step / (1 + y * step);
  }
  return std::copysign(y, x);
}

// ---- Complex numbers: plain formulas, without C's recovery of infinities, as kernels compute them ---------------

using Complex = std::complex<double>;

inline bool is_nan(Complex x) { return std::isnan(x.real()) || std::isnan(x.imag()); }
inline bool less(Complex x, Complex y) { return x.real() < y.real() || (x.real() == y.real() && x.imag() < y.imag()); }
inline Complex complex_multiply(Complex x, Complex y) {
  return {x.real() * y.real() - x.imag() * y.imag(), x.real() * y.imag() + x.imag() * y.real()};
}
inline Complex complex_divide(Complex x, Complex y) {
  const double norm = y.real() * y.real() + y.imag() * y.imag();
  return {(x.real() * y.real() + x.imag() * y.imag()) / norm, (x.imag() * y.real() - x.real() * y.imag()) / norm};
}
/// A zero base gives 1 for a zero exponent, 0 for a positive real part, else NaN.
inline Complex complex_power(Complex x, Complex y) {
  if (x == Complex(0)) {
    if (y == Complex(0)) return 1;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return y.real() > 0 ? Complex(0) : Complex(nan, nan);
  }
  return std::exp(complex_multiply(y, std::log(x)));
}
inline Complex complex_log1p(Complex x, Complex) {
  const double re = x.real(), im = x.imag();
  return {0.5 * std::log1p(re * (2 + re) + im * im), std::atan2(im, 1 + re)};
}

/// The operand with the larger real part, plus log1p of the exponential of the difference.
inline Complex complex_logaddexp(Complex x, Complex y) {
  const Complex high = y.real() < x.real() ? x : y;
  const Complex low = y.real() < x.real() ? y : x;
  if (std::isinf(high.real())) return high;
  return high + complex_log1p(std::exp(low - high), 0);
}

}  // namespace cermet::exact
