// The order of elements: every dtype maps to unsigned integers that compare as its elements sort. NaN comes last, -0
// equals 0, complex numbers are lexicographic with NumPy's places for NaN (R+Rj, R+nanj, nan+Rj, nan+nanj).
#pragma once

#include <cstdint>
#include <limits>

#include "base/error.h"
#include "dtype/dtype.h"

namespace cermet::library::sorting {

/// `Element`: an element's storage bits. `key` maps them; `element` goes back, for keys of one element only.
template <class U>
struct UnsignedOrder {
  using Element = U;
  using Key = U;
  static constexpr bool ambiguous = false;
  static Key key(Element bits) { return bits; }
  static Element element(Key key) { return key; }
};

template <class U>
struct SignedOrder {
  using Element = U;
  using Key = U;
  static constexpr bool ambiguous = false;
  static constexpr U sign = static_cast<U>(U{1} << (std::numeric_limits<U>::digits - 1));
  static Key key(Element bits) { return static_cast<U>(bits ^ sign); }
  static Element element(Key key) { return static_cast<U>(key ^ sign); }
};

/// Keys of zeros and NaNs stand for several elements: `element` gives +0 and some NaN.
template <class U, U infinity>
struct FloatOrder {
  using Element = U;
  using Key = U;
  static constexpr bool ambiguous = true;
  static constexpr U sign = static_cast<U>(U{1} << (std::numeric_limits<U>::digits - 1));
  static constexpr Key zero = sign;
  static constexpr Key nan = std::numeric_limits<U>::max();
  static Key key(Element bits) {
    const auto flipped = static_cast<U>((bits & sign) != 0 ? ~bits : bits | sign);
    const U ordered = bits == sign ? zero : flipped;
    return static_cast<U>(bits & ~sign) > infinity ? nan : ordered;
  }
  static Element element(Key key) { return static_cast<U>((key & sign) != 0 ? key ^ sign : ~key); }
};

using Float16Order = FloatOrder<std::uint16_t, 0x7c00>;
using Bfloat16Order = FloatOrder<std::uint16_t, 0x7f80>;
using Float32Order = FloatOrder<std::uint32_t, 0x7f800000>;
using Float64Order = FloatOrder<std::uint64_t, 0x7ff0000000000000>;

/// The real part's key above the imaginary part's. Elements with a NaN take high words above every number's.
struct ComplexOrder {
  using Element = std::uint64_t;
  using Key = std::uint64_t;
  static constexpr bool ambiguous = true;
  static Key key(Element bits) {
    const std::uint32_t real = Float32Order::key(static_cast<std::uint32_t>(bits));
    const std::uint32_t imaginary = Float32Order::key(static_cast<std::uint32_t>(bits >> 32));
    const bool real_nan = real == Float32Order::nan, imaginary_nan = imaginary == Float32Order::nan;
    if (real_nan && imaginary_nan) return join(0xfffffffd, 0);
    if (real_nan) return join(0xfffffffc, imaginary);
    if (imaginary_nan) return join(0xfffffffb, real);
    return join(real, imaginary);
  }

 private:
  static Key join(std::uint32_t high, std::uint32_t low) { return static_cast<std::uint64_t>(high) << 32 | low; }
};

/// Calls `body(Order{})` for the order of the dtype.
template <class Body>
void with_order(Dtype dtype, Body&& body) {
  switch (dtype.val) {
    case Dtype::Val::bool_:
    case Dtype::Val::uint8:
      return body(UnsignedOrder<std::uint8_t>{});
    case Dtype::Val::uint16:
      return body(UnsignedOrder<std::uint16_t>{});
    case Dtype::Val::uint32:
      return body(UnsignedOrder<std::uint32_t>{});
    case Dtype::Val::uint64:
      return body(UnsignedOrder<std::uint64_t>{});
    case Dtype::Val::int8:
      return body(SignedOrder<std::uint8_t>{});
    case Dtype::Val::int16:
      return body(SignedOrder<std::uint16_t>{});
    case Dtype::Val::int32:
      return body(SignedOrder<std::uint32_t>{});
    case Dtype::Val::int64:
      return body(SignedOrder<std::uint64_t>{});
    case Dtype::Val::float16:
      return body(Float16Order{});
    case Dtype::Val::bfloat16:
      return body(Bfloat16Order{});
    case Dtype::Val::float32:
      return body(Float32Order{});
    case Dtype::Val::float64:
      return body(Float64Order{});
    case Dtype::Val::complex64:
      return body(ComplexOrder{});
  }
  fail<InternalError>("internal error: no order for dtype {}", name(dtype));
}

}  // namespace cermet::library::sorting
