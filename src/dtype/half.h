// The 16-bit floating types as C++ values: storage with conversions that round to nearest even; no arithmetic.
#pragma once

#include <bit>
#include <cstdint>

namespace cermet {

/// IEEE binary16 bits of a double, rounded once to nearest even (overflow to infinity, NaN to a quiet NaN).
std::uint16_t float16_bits(double value);
double float16_value(std::uint16_t bits);

/// bfloat16 bits of a double, rounded once to nearest even.
std::uint16_t bfloat16_bits(double value);
constexpr double bfloat16_value(std::uint16_t bits) {
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16));
}

struct float16_t {
  std::uint16_t bits = 0;
  float16_t() = default;
  float16_t(double value) : bits(float16_bits(value)) {}                      // NOLINT
  operator float() const { return static_cast<float>(float16_value(bits)); }  // NOLINT
};

struct bfloat16_t {
  std::uint16_t bits = 0;
  bfloat16_t() = default;
  bfloat16_t(double value) : bits(bfloat16_bits(value)) {}                     // NOLINT
  operator float() const { return static_cast<float>(bfloat16_value(bits)); }  // NOLINT
};

}  // namespace cermet
