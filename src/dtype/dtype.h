// The element types of arrays, their names, sizes and categories, and MLX's promotion rules.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cermet {

/// A value type of array elements, with MLX's names and numbering of categories. Comparable and hashable by `val`.
struct Dtype {
  enum class Val : std::uint8_t {
    bool_,
    uint8,
    uint16,
    uint32,
    uint64,
    int8,
    int16,
    int32,
    int64,
    float16,
    bfloat16,
    float32,
    float64,
    complex64
  };
  /// MLX's kinds: 'b' bool, 'u' unsigned, 'i' signed, 'f' float (all widths), 'V' bfloat16, 'c' complex.
  Val val = Val::float32;

  constexpr Dtype() = default;
  constexpr Dtype(Val v) : val(v) {}  // NOLINT(google-explicit-constructor)
  constexpr std::uint8_t size() const {
    constexpr std::uint8_t sizes[] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, 8};
    return sizes[static_cast<int>(val)];
  }
  friend constexpr bool operator==(Dtype, Dtype) = default;
};

inline constexpr int dtype_count = 14;
inline constexpr Dtype bool_{Dtype::Val::bool_};
inline constexpr Dtype uint8{Dtype::Val::uint8};
inline constexpr Dtype uint16{Dtype::Val::uint16};
inline constexpr Dtype uint32{Dtype::Val::uint32};
inline constexpr Dtype uint64{Dtype::Val::uint64};
inline constexpr Dtype int8{Dtype::Val::int8};
inline constexpr Dtype int16{Dtype::Val::int16};
inline constexpr Dtype int32{Dtype::Val::int32};
inline constexpr Dtype int64{Dtype::Val::int64};
inline constexpr Dtype float16{Dtype::Val::float16};
inline constexpr Dtype bfloat16{Dtype::Val::bfloat16};
inline constexpr Dtype float32{Dtype::Val::float32};
inline constexpr Dtype float64{Dtype::Val::float64};
inline constexpr Dtype complex64{Dtype::Val::complex64};

constexpr bool is_bool(Dtype t) { return t == bool_; }
constexpr bool is_unsigned(Dtype t) { return t.val >= Dtype::Val::uint8 && t.val <= Dtype::Val::uint64; }
constexpr bool is_signed_integer(Dtype t) { return t.val >= Dtype::Val::int8 && t.val <= Dtype::Val::int64; }
constexpr bool is_integer(Dtype t) { return is_unsigned(t) || is_signed_integer(t); }
constexpr bool is_floating(Dtype t) { return t.val >= Dtype::Val::float16 && t.val <= Dtype::Val::float64; }
constexpr bool is_half(Dtype t) { return t == float16 || t == bfloat16; }
constexpr bool is_complex(Dtype t) { return t == complex64; }
constexpr bool is_inexact(Dtype t) { return is_floating(t) || is_complex(t); }

/// "bool", "uint8", ..., "bfloat16", "complex64".
std::string_view name(Dtype t);
/// The short names of the IR text forms: b1 u8 u16 u32 u64 i8 i16 i32 i64 f16 bf16 f32 f64 c64.
std::string_view short_name(Dtype t);
/// The dtype with that long or short name; throws ValueError.
Dtype parse_dtype(std::string_view text);

/// MLX's promotion of two array dtypes (commutative): int8 with uint8 is int16, int64 with uint64 is float32,
/// float16 with bfloat16 is float32, any integer with a float is that float, any real with complex64 is complex64.
Dtype promote_types(Dtype a, Dtype b);

/// The kind of a Python scalar beside arrays: it never widens an array within its own category.
enum class WeakKind : std::uint8_t { boolean, integer, floating, complex };
/// The dtype that a weak scalar takes beside arrays whose common dtype is `t`: bool -> t; int -> t (int32 if t is
/// bool); float -> t if inexact, else float32; complex -> complex64.
Dtype weak_result(Dtype t, WeakKind kind);
/// The dtype of an array made from a Python scalar alone: bool_, int32, float32, complex64.
Dtype default_dtype(WeakKind kind);

/// The dtype in which a kernel computes: float32 for float16 and bfloat16, else `t`.
constexpr Dtype compute_dtype(Dtype t) { return is_half(t) ? float32 : t; }
/// The dtype that a function of floating results gives an argument: itself if inexact, else float32.
constexpr Dtype at_least_float(Dtype t) { return is_inexact(t) ? t : float32; }

}  // namespace cermet
