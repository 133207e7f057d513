// oneDNN, opened when the first product is computed, and always run in the calling thread alone.
#pragma once

#include <cstdint>
#include <memory>

#include "dtype/dtype.h"

namespace cermet::library::cpu {

/// c (m, n) = a (m, k) x b (k, n). A transposed operand is stored (k, m) or (n, k); `lda`, `ldb`, `ldc` are the
/// distances of stored rows in elements.
struct ProductShape {
  std::int64_t m = 0, n = 0, k = 0;
  bool transposed_a = false, transposed_b = false;
  std::int64_t lda = 0, ldb = 0, ldc = 0;
  friend bool operator==(const ProductShape&, const ProductShape&) = default;
};

/// oneDNN's general float32 product, added to c if `add`; costs nothing the first time a shape is seen.
void onednn_sgemm(const ProductShape& shape, const float* a, const float* b, float* c, bool add = false);

/// Code that oneDNN generated for one shape (0.1 to 0.5 ms, then cached).
class GeneratedProduct;
/// For float32 or bfloat16 operands and result, with a bias of n elements added before rounding if `with_bias`; null if
/// this machine has no instructions for the dtype.
std::shared_ptr<const GeneratedProduct> generate_product(const ProductShape& shape, Dtype dtype, bool with_bias);
/// Thread safe; `bias` is null without one.
void run_product(const GeneratedProduct& product, const void* a, const void* b, const void* bias, void* c);

}  // namespace cermet::library::cpu
