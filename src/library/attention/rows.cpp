// The loops, written once over vectors of 16 floats (GCC's vector extensions), which each instruction set splits as it
// needs.
#include "library/attention/rows.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

// One rounding where the processor has a fused multiply-add: half of the exponential's instructions.
#pragma GCC optimize("fp-contract=fast")
#pragma GCC diagnostic ignored "-Wpsabi"  // the vectors never cross a call: everything is inlined

namespace cermet::library {
namespace {

constexpr std::int64_t lanes = 16;
using Floats = float __attribute__((vector_size(64)));
using Integers = std::int32_t __attribute__((vector_size(64)));

#define CERMET_INLINE [[gnu::always_inline]] inline
#define CERMET_INLINE_LAMBDA __attribute__((always_inline))

CERMET_INLINE Floats load(const float* from) {
  Floats x;
  std::memcpy(&x, from, sizeof(x));
  return x;
}
CERMET_INLINE void store(float* to, const Floats& x) { std::memcpy(to, &x, sizeof(x)); }
CERMET_INLINE Floats load_some(const float* from, std::int64_t n, float rest) {
  Floats x = rest - Floats{};
  std::memcpy(&x, from, static_cast<std::size_t>(n) * sizeof(float));
  return x;
}
CERMET_INLINE void store_some(float* to, const Floats& x, std::int64_t n) {
  std::memcpy(to, &x, static_cast<std::size_t>(n) * sizeof(float));
}

CERMET_INLINE float sum_of(const Floats& x) {
  float half[lanes];
  std::memcpy(half, &x, sizeof(x));
  for (std::int64_t width = lanes / 2; width > 0; width /= 2) {
    for (std::int64_t i = 0; i < width; ++i) half[i] += half[i + width];
  }
  return half[0];
}
CERMET_INLINE float maximum_of(const Floats& x) {
  float top = x[0];
  for (std::int64_t i = 1; i < lanes; ++i) top = std::max(top, x[i]);
  return top;
}
CERMET_INLINE Floats larger(const Floats& a, const Floats& b) { return a > b ? a : b; }

// exp of numbers up to 0: 2^n e^r with |r| <= ln(2) / 2, the polynomial of Cephes' expf. Below -87.3 the result is 0.
CERMET_INLINE Floats exponential(const Floats& x) {
  constexpr float magic = 12582912.0F, log2e = 1.44269504F, ln2_high = 0.693359375F, ln2_low = -2.12194440e-4F;
  const Floats shifted = x * log2e + magic;  // its low bits hold the rounded product
  const Floats n = shifted - magic;
  const Floats r = (x - n * ln2_high) - n * ln2_low;
  Floats p = r * 1.9875691500e-4F + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + r + 1.0F;
  const Integers exponent = (std::bit_cast<Integers>(shifted) - std::bit_cast<std::int32_t>(magic) + 127) << 23;
  const Floats y = p * std::bit_cast<Floats>(exponent);
  return x < -87.3F ? Floats{} : y;
}

// body(vector) -> vector for whole vectors, then once for what is left, padded with `rest`.
template <class Body>
CERMET_INLINE void map_row(float* row, std::int64_t n, float rest, Body&& body) {
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) store(row + i, body(load(row + i), i));
  if (i < n) store_some(row + i, body(load_some(row + i, n - i, rest), i), n - i);
}

constexpr float lowest = -std::numeric_limits<float>::infinity();

CERMET_INLINE float maximum_body(const float* row, std::int64_t n) {
  Floats top = lowest - Floats{};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) top = larger(load(row + i), top);
  if (i < n) top = larger(load_some(row + i, n - i, lowest), top);
  return maximum_of(top);
}

CERMET_INLINE void scale_body(float* row, std::int64_t n, float factor) {
  map_row(row, n, 0, [&](const Floats& x, std::int64_t) CERMET_INLINE_LAMBDA { return x * factor; });
}

CERMET_INLINE float exponentials_body(float* row, std::int64_t n, float factor, float shift) {
  Floats total{};
  map_row(row, n, lowest, [&](const Floats& x, std::int64_t) CERMET_INLINE_LAMBDA {
    const Floats e = exponential(x * factor - shift);
    total += e;
    return e;
  });
  return sum_of(total);
}

CERMET_INLINE float softmax_gradient_body(float* row, const float* p, std::int64_t n, float factor) {
  Floats total{};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) total += load(row + i) * load(p + i);
  if (i < n) total += load_some(row + i, n - i, 0) * load_some(p + i, n - i, 0);
  const float sum = sum_of(total);
  map_row(row, n, 0, [&](const Floats& x, std::int64_t at) CERMET_INLINE_LAMBDA {
    const Floats weight = at + lanes <= n ? load(p + at) : load_some(p + at, n - at, 0);
    return weight * (x - sum) * factor;
  });
  return sum;
}

CERMET_INLINE void add_body(float* y, const float* x, std::int64_t n) {
  map_row(y, n, 0, [&](const Floats& old, std::int64_t at) CERMET_INLINE_LAMBDA {
    return old + (at + lanes <= n ? load(x + at) : load_some(x + at, n - at, 0));
  });
}

// `together` keys at a time: their sums wait for nobody.
template <int together>
CERMET_INLINE void products_of(const float* q, const float* k, std::int64_t stride, std::int64_t size, float* out) {
  Floats total[together]{};
  std::int64_t d = 0;
  for (; d + lanes <= size; d += lanes) {
    const Floats x = load(q + d);
    for (int j = 0; j < together; ++j) total[j] += x * load(k + j * stride + d);
  }
  if (d < size) {
    const Floats x = load_some(q + d, size - d, 0);
    for (int j = 0; j < together; ++j) total[j] += x * load_some(k + j * stride + d, size - d, 0);
  }
  for (int j = 0; j < together; ++j) out[j] = sum_of(total[j]);
}

CERMET_INLINE void products_body(const float* q, const float* k, std::int64_t stride, std::int64_t keys,
                                 std::int64_t size, float* out) {
  constexpr int together = 4;
  std::int64_t j = 0;
  for (; j + together <= keys; j += together) products_of<together>(q, k + j * stride, stride, size, out + j);
  for (; j < keys; ++j) products_of<1>(q, k + j * stride, stride, size, out + j);
}

// Columns e to e + width * lanes of the sum, in registers.
template <int width>
CERMET_INLINE void weighted_columns(const float* p, const float* v, std::int64_t stride, std::int64_t keys, bool add,
                                    float* out) {
  Floats total[width]{};
  for (int w = 0; w < width && add; ++w) total[w] = load(out + w * lanes);
  for (std::int64_t j = 0; j < keys; ++j) {
    for (int w = 0; w < width; ++w) total[w] += p[j] * load(v + j * stride + w * lanes);
  }
  for (int w = 0; w < width; ++w) store(out + w * lanes, total[w]);
}

CERMET_INLINE void weighted_sum_body(const float* p, const float* v, std::int64_t stride, std::int64_t keys,
                                     std::int64_t size, bool add, float* out) {
  std::int64_t e = 0;
  for (; e + 4 * lanes <= size; e += 4 * lanes) weighted_columns<4>(p, v + e, stride, keys, add, out + e);
  for (; e + lanes <= size; e += lanes) weighted_columns<1>(p, v + e, stride, keys, add, out + e);
  if (e == size) return;
  const std::int64_t rest = size - e;
  Floats total = add ? load_some(out + e, rest, 0) : Floats{};
  for (std::int64_t j = 0; j < keys; ++j) total += p[j] * load_some(v + j * stride + e, rest, 0);
  store_some(out + e, total, rest);
}

// The functions of one instruction set.
#define CERMET_ROW_FUNCTIONS(name, attribute)                                                                \
  attribute float name##_maximum(const float* row, std::int64_t n) { return maximum_body(row, n); }          \
  attribute void name##_scale(float* row, std::int64_t n, float factor) { scale_body(row, n, factor); }      \
  attribute float name##_exponentials(float* row, std::int64_t n, float factor, float shift) {               \
    return exponentials_body(row, n, factor, shift);                                                         \
  }                                                                                                          \
  attribute float name##_softmax_gradient(float* row, const float* p, std::int64_t n, float factor) {        \
    return softmax_gradient_body(row, p, n, factor);                                                         \
  }                                                                                                          \
  attribute void name##_add(float* y, const float* x, std::int64_t n) { add_body(y, x, n); }                 \
  attribute void name##_products(const float* q, const float* k, std::int64_t stride, std::int64_t keys,     \
                                 std::int64_t size, float* out) {                                            \
    products_body(q, k, stride, keys, size, out);                                                            \
  }                                                                                                          \
  attribute void name##_weighted_sum(const float* p, const float* v, std::int64_t stride, std::int64_t keys, \
                                     std::int64_t size, bool add, float* out) {                              \
    weighted_sum_body(p, v, stride, keys, size, add, out);                                                   \
  }                                                                                                          \
  constexpr RowFunctions name##_functions{                                                                   \
      name##_maximum, name##_scale,    name##_exponentials, name##_softmax_gradient,                         \
      name##_add,     name##_products, name##_weighted_sum};
CERMET_ROW_FUNCTIONS(avx512, [[gnu::target("avx512f,avx512vl,avx512bw,avx512dq,fma,prefer-vector-width=512")]])
CERMET_ROW_FUNCTIONS(avx2, [[gnu::target("avx2,fma")]])
CERMET_ROW_FUNCTIONS(plain, )
#undef CERMET_ROW_FUNCTIONS
#undef CERMET_INLINE
#undef CERMET_INLINE_LAMBDA

}  // namespace

const RowFunctions& row_functions() {
  static const RowFunctions& chosen = [&]() -> const RowFunctions& {
    const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    if (wide) return avx512_functions;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? avx2_functions : plain_functions;
  }();
  return chosen;
}

}  // namespace cermet::library
