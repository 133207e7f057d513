// Names and promotion of dtypes.
#include "dtype/dtype.h"

#include <algorithm>

#include "base/error.h"

namespace cermet {
namespace {

struct Names {
  std::string_view full, brief;
};

constexpr Names names[dtype_count] = {{"bool", "b1"},     {"uint8", "u8"},     {"uint16", "u16"},    {"uint32", "u32"},
                                      {"uint64", "u64"},  {"int8", "i8"},      {"int16", "i16"},     {"int32", "i32"},
                                      {"int64", "i64"},   {"float16", "f16"},  {"bfloat16", "bf16"}, {"float32", "f32"},
                                      {"float64", "f64"}, {"complex64", "c64"}};

Dtype signed_of_size(int bytes) {
  switch (bytes) {
    case 1:
      return int8;
    case 2:
      return int16;
    case 4:
      return int32;
    default:
      return int64;
  }
}

Dtype promote_integers(Dtype a, Dtype b) {
  if (is_unsigned(a) == is_unsigned(b)) return a.size() >= b.size() ? a : b;
  const Dtype u = is_unsigned(a) ? a : b;
  const Dtype s = is_unsigned(a) ? b : a;
  if (s.size() > u.size()) return s;
  // No signed type holds uint64: MLX goes to float32.
  return u.size() == 8 ? float32 : signed_of_size(u.size() * 2);
}

}  // namespace

std::string_view name(Dtype t) { return names[static_cast<int>(t.val)].full; }
std::string_view short_name(Dtype t) { return names[static_cast<int>(t.val)].brief; }

Dtype parse_dtype(std::string_view text) {
  for (int i = 0; i < dtype_count; ++i) {
    if (text == names[i].full || text == names[i].brief) return static_cast<Dtype::Val>(i);
  }
  fail<ValueError>("[dtype] There is no dtype named \"{}\".", text);
}

Dtype promote_types(Dtype a, Dtype b) {
  if (a == b) return a;
  if (is_complex(a) || is_complex(b)) return complex64;
  if (is_floating(a) && is_floating(b)) {
    if (a == float64 || b == float64) return float64;
    return float32;  // two different ones of float16, bfloat16, float32
  }
  if (is_floating(a) || is_floating(b)) return is_floating(a) ? a : b;
  if (is_bool(a) || is_bool(b)) return is_bool(a) ? b : a;
  return promote_integers(a, b);
}

Dtype default_dtype(WeakKind kind) {
  constexpr Dtype defaults[] = {bool_, int32, float32, complex64};
  return defaults[static_cast<int>(kind)];
}

Dtype weak_result(Dtype t, WeakKind kind) {
  switch (kind) {
    case WeakKind::boolean:
      return t;
    case WeakKind::integer:
      return is_bool(t) ? int32 : t;
    case WeakKind::floating:
      return at_least_float(t);
    case WeakKind::complex:
      return complex64;
  }
  return t;
}

}  // namespace cermet
