// Loops over rows of floats for attention, compiled for several instruction sets; the widest that runs here is taken.
// Sums run in 16 lanes that are added in a fixed order.
#pragma once

#include <cstdint>

namespace cermet::library {

struct RowFunctions {
  /// The greatest of n elements; -inf for none.
  float (*maximum)(const float* row, std::int64_t n);
  void (*scale)(float* row, std::int64_t n, float factor);
  /// row = exp(row * factor - shift); returns the sum. For exponents up to 0, to 2 ulp; NaN stays.
  float (*exponentials)(float* row, std::int64_t n, float factor, float shift);
  /// row = p * (row - sum(p * row)) * factor; returns that sum. Back through a softmax with results p.
  float (*softmax_gradient)(float* row, const float* p, std::int64_t n, float factor);
  /// y += x.
  void (*add)(float* y, const float* x, std::int64_t n);
  /// out[j] = sum over d of q[d] * k[j * stride + d].
  void (*products)(const float* q, const float* k, std::int64_t stride, std::int64_t keys, std::int64_t size,
                   float* out);
  /// out[e] = (add ? out[e] : 0) + sum over j of p[j] * v[j * stride + e].
  void (*weighted_sum)(const float* p, const float* v, std::int64_t stride, std::int64_t keys, std::int64_t size,
                       bool add, float* out);
};

const RowFunctions& row_functions();

}  // namespace cermet::library
