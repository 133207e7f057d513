// LAPACK from OpenBLAS, for float, double and std::complex<float>: Fortran's routines as they are, column-major, with
// work arrays sized by the caller. Calls run in the calling thread and in OpenBLAS's own (see OneBlasThread), inside
// OpenBLAS's fork gate: enter it before, and allocate nothing within.
#pragma once

#include <complex>
#include <cstddef>

namespace cermet::library::cpu {

template <class T>
struct RealOf {
  using Type = T;
};
template <class T>
struct RealOf<std::complex<T>> {
  using Type = T;
};
template <class T>
using Real = typename RealOf<T>::Type;
template <class T>
inline constexpr bool is_complex_type = !std::is_same_v<T, Real<T>>;

/// Arguments named as in LAPACK's documentation. The trailing size_t are the lengths of the character arguments, which
/// Fortran compilers append. Real and complex routines differ in `rwork` and in the form of eigenvalues.
template <class T>
struct Lapack {
  using R = Real<T>;
  using Length = std::size_t;
  using Gesdd = std::conditional_t<
      is_complex_type<T>,
      void (*)(const char* jobz, const int* m, const int* n, T* a, const int* lda, R* s, T* u, const int* ldu, T* vt,
               const int* ldvt, T* work, const int* lwork, R* rwork, int* iwork, int* info, Length),
      void (*)(const char* jobz, const int* m, const int* n, T* a, const int* lda, R* s, T* u, const int* ldu, T* vt,
               const int* ldvt, T* work, const int* lwork, int* iwork, int* info, Length)>;
  using Syevd =
      std::conditional_t<is_complex_type<T>,
                         void (*)(const char* jobz, const char* uplo, const int* n, T* a, const int* lda, R* w, T* work,
                                  const int* lwork, R* rwork, const int* lrwork, int* iwork, const int* liwork,
                                  int* info, Length, Length),
                         void (*)(const char* jobz, const char* uplo, const int* n, T* a, const int* lda, R* w, T* work,
                                  const int* lwork, int* iwork, const int* liwork, int* info, Length, Length)>;
  using Geev = std::conditional_t<
      is_complex_type<T>,
      void (*)(const char* jobvl, const char* jobvr, const int* n, T* a, const int* lda, T* w, T* vl, const int* ldvl,
               T* vr, const int* ldvr, T* work, const int* lwork, R* rwork, int* info, Length, Length),
      void (*)(const char* jobvl, const char* jobvr, const int* n, T* a, const int* lda, R* wr, R* wi, T* vl,
               const int* ldvl, T* vr, const int* ldvr, T* work, const int* lwork, int* info, Length, Length)>;

  void (*geqrf)(const int* m, const int* n, T* a, const int* lda, T* tau, T* work, const int* lwork, int* info);
  void (*orgqr)(const int* m, const int* n, const int* k, T* a, const int* lda, const T* tau, T* work, const int* lwork,
                int* info);  ///< ungqr for complex
  Gesdd gesdd;
  void (*potrf)(const char* uplo, const int* n, T* a, const int* lda, int* info, Length);
  void (*potri)(const char* uplo, const int* n, T* a, const int* lda, int* info, Length);
  void (*getrf)(const int* m, const int* n, T* a, const int* lda, int* ipiv, int* info);
  void (*getrs)(const char* trans, const int* n, const int* nrhs, const T* a, const int* lda, const int* ipiv, T* b,
                const int* ldb, int* info, Length);
  void (*getri)(const int* n, T* a, const int* lda, const int* ipiv, T* work, const int* lwork, int* info);
  void (*trtri)(const char* uplo, const char* diag, const int* n, T* a, const int* lda, int* info, Length, Length);
  void (*trtrs)(const char* uplo, const char* trans, const char* diag, const int* n, const int* nrhs, const T* a,
                const int* lda, T* b, const int* ldb, int* info, Length, Length, Length);
  Syevd syevd;  ///< heevd for complex
  Geev geev;
};

/// Opens OpenBLAS at the first call; throws InternalError where it cannot.
template <class T>
const Lapack<T>& lapack();

}  // namespace cermet::library::cpu
