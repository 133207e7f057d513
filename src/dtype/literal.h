// A typed constant: one element of any dtype, held as its storage bits.
#pragma once

#include <complex>
#include <cstdint>
#include <string>
#include <string_view>

#include "dtype/dtype.h"

namespace cermet {

/// One element of dtype `dtype`. `bits` is its little-endian storage pattern, zero extended (bool: 0 or 1; complex64:
/// real part in the low half). Equality is by type and pattern: 0.0 and -0.0 differ, a NaN equals itself.
struct Literal {
  Dtype dtype = float32;
  std::uint64_t bits = 0;

  friend bool operator==(const Literal&, const Literal&) = default;

  /// Conversions between dtypes follow the kernel IR: integers wrap, floats round to nearest even, float to integer
  /// saturates with NaN to 0, anything non-zero (NaN included) is true, complex to real drops the imaginary part.
  static Literal of(Dtype dtype, double value);
  static Literal of_integer(Dtype dtype, std::int64_t value);
  static Literal of_unsigned(Dtype dtype, std::uint64_t value);
  static Literal of_complex(Dtype dtype, std::complex<double> value);
  Literal converted(Dtype to) const;

  /// The value as a double (integers convert, complex gives the real part).
  double as_double() const;
  std::int64_t as_int64() const;
  std::uint64_t as_uint64() const;
  bool as_bool() const;
  std::complex<double> as_complex() const;
  /// Writes the element's `dtype.size()` bytes; reads them back.
  void store(void* destination) const;
  static Literal load(Dtype dtype, const void* source);

  /// Round-trip text: `1`, `-0.5`, `0x1.8p+3` never; shortest decimal that reads back exactly, `inf`, `-inf`, `nan`,
  /// `true`, `(1+2j)`.
  std::string print() const;
  static Literal parse(Dtype dtype, std::string_view text);
};

}  // namespace cermet
