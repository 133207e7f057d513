// Rounding of doubles to the 16-bit floating formats, by their definition (IEEE 754-2019 section 4.3.1).
#include "dtype/half.h"

#include <cmath>
#include <limits>

namespace cermet {
namespace {

/// Rounds |value| to a format with `mantissa_bits` explicit bits and smallest normal exponent `min_exponent`; returns
/// the bits below the sign, which carry into the exponent (and into infinity) by themselves.
std::uint32_t round_magnitude(double value, int mantissa_bits, int min_exponent, std::uint32_t infinity) {
  const double magnitude = std::fabs(value);
  if (std::isinf(magnitude)) return infinity;
  int exponent = 0;
  if (magnitude == 0) return 0;
  std::frexp(magnitude, &exponent);
  const int scale = std::max(exponent - 1, min_exponent) - mantissa_bits;
  // nearbyint rounds to nearest even in the default mode; the quotient is exact or has one rounding only.
  const double units = std::nearbyint(std::ldexp(magnitude, -scale));
  const int biased = std::max(exponent - 1, min_exponent) - min_exponent;
  const double bits = std::ldexp(static_cast<double>(biased), mantissa_bits) + units;
  return bits >= infinity ? infinity : static_cast<std::uint32_t>(bits);
}

}  // namespace

std::uint16_t float16_bits(double value) {
  const std::uint32_t sign = std::signbit(value) ? 0x8000U : 0U;
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7e00U);
  return static_cast<std::uint16_t>(sign | round_magnitude(value, 10, -14, 0x7c00U));
}

double float16_value(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int mantissa = bits & 0x3ff;
  double magnitude = 0;
  if (exponent == 31) {
    magnitude = mantissa == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  } else if (exponent == 0) {
    magnitude = std::ldexp(mantissa, -24);
  } else {
    magnitude = std::ldexp(mantissa + 1024, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

std::uint16_t bfloat16_bits(double value) {
  const std::uint32_t sign = std::signbit(value) ? 0x8000U : 0U;
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7fc0U);
  return static_cast<std::uint16_t>(sign | round_magnitude(value, 7, -126, 0x7f80U));
}

}  // namespace cermet
