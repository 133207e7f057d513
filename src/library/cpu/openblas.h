// OpenBLAS, opened when the first product is computed that it is best at, and run in the calling thread alone.
#pragma once

#include "library/cpu/onednn.h"

namespace cermet::library::cpu {

/// Holds OpenBLAS to one thread while one of these lives. The number is global to the process, where others may use
/// OpenBLAS too (NumPy), so the last one to go puts it back.
class OneBlasThread {
 public:
  OneBlasThread();
  OneBlasThread(const OneBlasThread&) = delete;
  OneBlasThread& operator=(const OneBlasThread&) = delete;
  ~OneBlasThread();
};

/// For float32, float64 and complex64. The extents and strides of `shape` fit 32 bits, k excepted.
void openblas_gemm(const ProductShape& shape, Dtype dtype, const void* a, const void* b, void* c);

}  // namespace cermet::library::cpu
