// Products on the CPU: operands in a normal form, cut into tiles that oneDNN and OpenBLAS compute one thread each.
#pragma once

#include <cstdint>

#include "base/small_vector.h"
#include "dtype/dtype.h"

namespace cermet::library {

using Extents = SmallVector<std::int64_t, 6>;

/// A batch of matrices; all strides in elements.
struct MatrixBatch {
  char* data = nullptr;
  std::int64_t row = 0, column = 0;
  Extents batch;
};

/// c = epilogue(a x b). m, n and all batch extents are positive; c.column is 1 or n is 1.
struct Product {
  Dtype dtype;
  std::int64_t m = 0, n = 0, k = 0;
  Extents batch;
  MatrixBatch a, b, c;
  const char* bias = nullptr;  // n elements, `bias_stride` apart; null without bias
  std::int64_t bias_stride = 1;
  bool relu = false;
};

/// Throws OutOfMemoryError when scratch memory cannot be had; the result may be partly written then.
void multiply_on_cpu(Product product);

}  // namespace cermet::library
