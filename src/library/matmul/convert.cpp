// Conversions of rows. float16 uses the processor's instructions where it has them; bfloat16 is integer arithmetic.
#include "library/matmul/convert.h"

#include <immintrin.h>

#include <bit>
#include <cstring>

#include "dtype/half.h"

namespace cermet::library {
namespace {

bool has_f16c() {
  static const bool has = __builtin_cpu_supports("avx") && __builtin_cpu_supports("f16c");
  return has;
}

[[gnu::target("avx,f16c")]] std::int64_t widen_float16(const std::uint16_t* in, float* out, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i))));
  }
  return i;
}

[[gnu::target("avx,f16c")]] std::int64_t narrow_float16(const float* in, std::uint16_t* out, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m128i half = _mm256_cvtps_ph(_mm256_loadu_ps(in + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), half);
  }
  return i;
}

float widen_bfloat16(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

std::uint16_t narrow_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16;
  const bool nan = (bits & 0x7fffffffU) > 0x7f800000U;
  return static_cast<std::uint16_t>(nan ? (bits >> 16) | 0x40U : rounded);
}

template <class In, class Out, class Function>
void map_row(const In* in, std::int64_t stride, Out* out, std::int64_t n, Function&& function) {
  if (stride == 1) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = function(in[i]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i] = function(in[i * stride]);
  }
}

template <class T>
void copy_elements(const char* in, std::int64_t stride, char* out, std::int64_t n) {
  map_row(reinterpret_cast<const T*>(in), stride, reinterpret_cast<T*>(out), n, [](T x) { return x; });
}

}  // namespace

void copy_row(const char* in, std::int64_t stride, Dtype from, bool widen, char* out, std::int64_t n) {
  const auto* halves = reinterpret_cast<const std::uint16_t*>(in);
  auto* floats = reinterpret_cast<float*>(out);
  if (!widen || !is_half(from)) {
    if (from.size() == 2) return copy_elements<std::uint16_t>(in, stride, out, n);
    if (from.size() == 4) return copy_elements<std::uint32_t>(in, stride, out, n);
    return copy_elements<std::uint64_t>(in, stride, out, n);
  }
  if (from == bfloat16) return map_row(halves, stride, floats, n, widen_bfloat16);
  const std::int64_t done = stride == 1 && has_f16c() ? widen_float16(halves, floats, n) : 0;
  map_row(halves + done * stride, stride, floats + done, n - done,
          [](std::uint16_t bits) { return static_cast<float>(float16_value(bits)); });
}

void narrow_row(const float* in, Dtype to, char* out, std::int64_t n) {
  auto* halves = reinterpret_cast<std::uint16_t*>(out);
  if (to == bfloat16) return map_row(in, 1, halves, n, narrow_bfloat16);
  const std::int64_t done = has_f16c() ? narrow_float16(in, halves, n) : 0;
  map_row(in + done, 1, halves + done, n - done, [](float value) { return float16_bits(static_cast<double>(value)); });
}

}  // namespace cermet::library
