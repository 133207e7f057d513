// OpenBLAS, opened when the first product is computed that it is best at, and run in the calling thread alone.
#pragma once

#include "library/cpu/onednn.h"
#include "runtime/fork_gate.h"

namespace cermet::library::cpu {

/// The opened library, for its LAPACK (lapack.cpp), and the gate that every call of it goes through.
void* openblas();
runtime::ForkGate& openblas_gate();

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
