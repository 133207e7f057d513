// OpenBLAS through CBLAS, for the types that oneDNN lacks and for many tiny matrices.
#include "library/cpu/openblas.h"

#include <algorithm>
#include <complex>
#include <memory>
#include <mutex>

#include "base/error.h"
#include "library/cpu/open_library.h"

namespace cermet::library::cpu {
namespace {

// CBLAS's constants and signatures, as its specification fixes them.
constexpr int row_major = 101, not_transposed = 111, transposed = 112;

struct Blas {
  void (*sgemm)(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*,
                int) = nullptr;
  void (*dgemm)(int, int, int, int, int, int, double, const double*, int, const double*, int, double, double*,
                int) = nullptr;
  void (*cgemm)(int, int, int, int, int, int, const void*, const void*, int, const void*, int, const void*, void*,
                int) = nullptr;
  int (*get_threads)() = nullptr;
  void (*set_threads)(int) = nullptr;
};

const Blas& open_blas() {
  static const Blas* instance = [] {
    auto blas = std::make_unique<Blas>();
    void* library = openblas();
    find_function(library, "cblas_sgemm", blas->sgemm);
    find_function(library, "cblas_dgemm", blas->dgemm);
    find_function(library, "cblas_cgemm", blas->cgemm);
    find_function(library, "openblas_get_num_threads", blas->get_threads);
    find_function(library, "openblas_set_num_threads", blas->set_threads);
    return blas.release();
  }();
  return *instance;
}

struct Holders {
  std::mutex mutex;  // taken inside the gate only, so never held across a fork
  int count = 0;
  int threads_before = 1;
};

Holders& holders() {
  static auto* instance = new Holders;
  return *instance;
}

}  // namespace

void* openblas() {
  static void* const library = open_library({"libopenblas.so.0", "libopenblas.so"}, "Linear algebra", "libopenblas0");
  return library;
}

runtime::ForkGate& openblas_gate() {
  static auto* instance = new runtime::ForkGate;
  return *instance;
}

OneBlasThread::OneBlasThread() {
  const runtime::ForkGate::Inside inside(openblas_gate());
  const Blas& blas = open_blas();
  Holders& h = holders();
  const std::lock_guard lock(h.mutex);
  if (h.count++ > 0) return;
  h.threads_before = blas.get_threads();
  if (h.threads_before != 1) blas.set_threads(1);
}

OneBlasThread::~OneBlasThread() {
  const runtime::ForkGate::Inside inside(openblas_gate());
  Holders& h = holders();
  const std::lock_guard lock(h.mutex);
  if (--h.count == 0 && h.threads_before != 1) open_blas().set_threads(h.threads_before);
}

void openblas_gemm(const ProductShape& s, Dtype dtype, const void* a, const void* b, void* c) {
  constexpr std::int64_t longest = std::int64_t{1} << 30;  // CBLAS counts in 32 bits: very long sums go piece by piece
  const runtime::ForkGate::Inside inside(openblas_gate());
  const Blas& blas = open_blas();
  const int ta = s.transposed_a ? transposed : not_transposed, tb = s.transposed_b ? transposed : not_transposed;
  const int m = static_cast<int>(s.m), n = static_cast<int>(s.n);
  const int lda = static_cast<int>(s.lda), ldb = static_cast<int>(s.ldb), ldc = static_cast<int>(s.ldc);
  for (std::int64_t done = 0; done < s.k; done += longest) {
    const int k = static_cast<int>(std::min(longest, s.k - done));
    const std::int64_t at_a = done * (s.transposed_a ? s.lda : 1), at_b = done * (s.transposed_b ? 1 : s.ldb);
    if (dtype == float32) {
      blas.sgemm(row_major, ta, tb, m, n, k, 1.0F, static_cast<const float*>(a) + at_a, lda,
                 static_cast<const float*>(b) + at_b, ldb, done > 0 ? 1.0F : 0.0F, static_cast<float*>(c), ldc);
    } else if (dtype == float64) {
      blas.dgemm(row_major, ta, tb, m, n, k, 1.0, static_cast<const double*>(a) + at_a, lda,
                 static_cast<const double*>(b) + at_b, ldb, done > 0 ? 1.0 : 0.0, static_cast<double*>(c), ldc);
    } else {
      using Complex = std::complex<float>;
      const Complex one = 1, beta = done > 0 ? 1 : 0;
      blas.cgemm(row_major, ta, tb, m, n, k, &one, static_cast<const Complex*>(a) + at_a, lda,
                 static_cast<const Complex*>(b) + at_b, ldb, &beta, c, ldc);
    }
  }
}

}  // namespace cermet::library::cpu
