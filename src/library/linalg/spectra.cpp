// Singular values and eigenvalues, with or without their vectors.
#include "library/linalg/linalg.h"
#include "library/linalg/matrices.h"

namespace cermet::library {
namespace {

using namespace linalg;  // NOLINT(google-build-using-namespace): this file is one of its parts

[[noreturn]] void fail_convergence(const Matrices& m, std::int64_t index) {
  fail_matrix(m, index, "has no result: LAPACK's iteration did not converge");
}

template <class T>
void set_identity(T* out, std::int64_t n) {
  std::fill(out, out + n * n, T(0));
  for (std::int64_t i = 0; i < n; ++i) out[i * n + i] = T(1);
}

// gesdd for matrices of one size, with its work arrays.
template <class T>
class SingularValues {
 public:
  using R = cpu::Real<T>;
  /// vectors: 0 none, 1 as many as there are values, 2 all.
  SingularValues(const Primitive& call, int m, int n, std::int64_t vectors)
      : m_(m),
        n_(n),
        k_(std::min(m, n)),
        job_(vectors == 0   ? "N"
             : vectors == 1 ? "S"
                            : "A") {
    u_columns_ = vectors == 2 ? m : k_;
    vt_rows_ = vectors == 2 ? n : k_;
    T answer{};
    size_ = -1;
    call_lapack(nullptr, nullptr, nullptr, nullptr, &answer);
    size_ = workspace_size(call, answer);
    const std::int64_t k = k_, longer = std::max(m, n);
    if (cpu::is_complex_type<T>) {  // LAPACK's documentation of cgesdd
      reals_ = Scratch<R>(vectors == 0 ? 7 * k : std::max(5 * k * k + 5 * k, 2 * longer * k + 2 * k * k + k));
    }
    integers_ = Scratch<int>(8 * k);
    work_ = Scratch<T>(size_);
  }

  /// Column-major; `a` is lost. False where the iteration did not converge.
  bool run(T* a, R* s, T* u, T* vt) {
    const int info = call_lapack(a, s, u, vt, work_.data());
    check(info >= 0, "gesdd: argument {} is wrong", -info);
    return info == 0;
  }

 private:
  int call_lapack(T* a, R* s, T* u, T* vt, T* work) {
    const int lda = std::max(m_, 1), ldvt = std::max(vt_rows_, 1);
    R unused{};
    int unused_integer = 0;
    [[maybe_unused]] R* const reals = size_ < 0 || !cpu::is_complex_type<T> ? &unused : reals_.data();
    int* const integers = size_ < 0 ? &unused_integer : integers_.data();
    int info = 0;
    const InLapack<T> routines;
    if constexpr (cpu::is_complex_type<T>) {
      routines->gesdd(job_, &m_, &n_, a, &lda, s, u, &lda, vt, &ldvt, work, &size_, reals, integers, &info, 1);
    } else {
      routines->gesdd(job_, &m_, &n_, a, &lda, s, u, &lda, vt, &ldvt, work, &size_, integers, &info, 1);
    }
    return info;
  }

  int m_, n_, k_, u_columns_ = 0, vt_rows_ = 0, size_ = 0;
  const char* job_;
  Scratch<T> work_;
  Scratch<R> reals_;
  Scratch<int> integers_;
};

template <class T>
void svd(const Primitive& call, std::span<const Operand> operands) {
  const Matrices in(call, operands[0]);
  const std::int64_t m = in.rows, n = in.columns, k = std::min(m, n), vectors = call.axes[0];
  const std::int64_t u_columns = vectors == 2 ? m : k, vt_rows = vectors == 2 ? n : k;
  const std::int64_t total = m * u_columns + k + vt_rows * n;
  if (k == 0) {  // only the identities of full vectors have elements
    for (std::int64_t index = 0; index < in.count; ++index)
      set_identity(result_of<T>(operands, index, total), std::max(m, n));
    return;
  }
  const auto work =
      work_of(static_cast<double>(m), static_cast<double>(n), (vectors == 0 ? 4.0 : 12.0) * static_cast<double>(k));
  for_each_matrix(in.count, work, [&] {
    return [&, a = Scratch<T>(m * n), s = Scratch<cpu::Real<T>>(k), u = Scratch<T>(vectors == 0 ? 0 : m * u_columns),
            vt = Scratch<T>(vectors == 0 ? 0 : vt_rows * n),
            values = SingularValues<T>(call, in.rows, in.columns, vectors)](std::int64_t index) mutable {
      load_columns(in, index, a.data());
      expect_finite(in, index, a.data());
      if (!values.run(a.data(), s.data(), u.data(), vt.data())) fail_convergence(in, index);
      if (vectors == 0) {
        std::copy(s.data(), s.data() + k, result_of<cpu::Real<T>>(operands, index, k));
        return;
      }
      T* const out = result_of<T>(operands, index, total);
      store_rows(u.data(), m, u_columns, out);
      for (std::int64_t i = 0; i < k; ++i) out[m * u_columns + i] = static_cast<T>(s.data()[i]);
      store_rows(vt.data(), vt_rows, n, out + m * u_columns + k);
    };
  });
}

// syevd or heevd for matrices of one size, with its work arrays.
template <class T>
class SymmetricEigenvalues {
 public:
  using R = cpu::Real<T>;
  SymmetricEigenvalues(const Primitive& call, int n, bool vectors, bool upper)
      : n_(n), job_(vectors ? "V" : "N"), triangle_(triangle_of_rows(upper)) {
    T size{};
    R reals{};
    int integers = 0;
    sizes_[0] = sizes_[1] = sizes_[2] = -1;
    call_lapack(nullptr, nullptr, &size, &reals, &integers);
    sizes_[0] = workspace_size(call, size);
    sizes_[1] = workspace_size(call, reals);
    sizes_[2] = std::max(1, integers);
    work_ = Scratch<T>(sizes_[0]);
    reals_ = Scratch<R>(sizes_[1]);
    integers_ = Scratch<int>(sizes_[2]);
  }

  /// `a` is a row-major matrix and becomes the conjugated vectors, one a row.
  bool run(T* a, R* values) {
    const int info = call_lapack(a, values, work_.data(), reals_.data(), integers_.data());
    check(info >= 0, "syevd: argument {} is wrong", -info);
    return info == 0;
  }

 private:
  int call_lapack(T* a, R* w, T* work, R* reals, int* integers) {
    int info = 0;
    const InLapack<T> routines;
    if constexpr (cpu::is_complex_type<T>) {
      routines->syevd(job_, triangle_, &n_, a, &n_, w, work, &sizes_[0], reals, &sizes_[1], integers, &sizes_[2], &info,
                      1, 1);
    } else {
      routines->syevd(job_, triangle_, &n_, a, &n_, w, work, &sizes_[0], integers, &sizes_[2], &info, 1, 1);
    }
    return info;
  }

  int n_;
  const char *job_, *triangle_;
  int sizes_[3] = {};
  Scratch<T> work_;
  Scratch<R> reals_;
  Scratch<int> integers_;
};

template <class T>
void eigh(const Primitive& call, std::span<const Operand> operands) {
  const Matrices in(call, operands[0]);
  const std::int64_t n = in.rows;
  const bool upper = call.axes[0] != 0, vectors = call.text == "linalg_eigh";
  const auto size = static_cast<double>(n);
  for_each_matrix(in.count, work_of(size, size, (vectors ? 6 : 2) * size), [&] {
    return [&, a = Scratch<T>(n * n), w = Scratch<cpu::Real<T>>(n),
            values = SymmetricEigenvalues<T>(call, in.rows, vectors, upper)](std::int64_t index) mutable {
      load_rows(in, index, a.data());
      expect_finite(in, index, a.data());
      if (!values.run(a.data(), w.data())) fail_convergence(in, index);
      if (!vectors) {
        std::copy(w.data(), w.data() + n, result_of<cpu::Real<T>>(operands, index, n));
        return;
      }
      T* const out = result_of<T>(operands, index, n + n * n);
      for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(w.data()[i]);
      store_rows(a.data(), n, n, out + n);
      for (std::int64_t i = n; i < n + n * n; ++i) out[i] = conjugate(out[i]);
    };
  });
}

// geev for matrices of one size, with its work arrays. Real matrices have their eigenvalues in two arrays, and a pair
// of conjugate vectors as a real and an imaginary column.
template <class T>
class Eigenvalues {
 public:
  using R = cpu::Real<T>;
  Eigenvalues(const Primitive& call, int n, bool vectors) : n_(n), job_(vectors ? "V" : "N") {
    T answer{};
    size_ = -1;
    call_lapack(nullptr, nullptr, &answer);
    size_ = workspace_size(call, answer);
    work_ = Scratch<T>(size_);
    values_ = Scratch<T>(2 * std::int64_t{n});
    if (cpu::is_complex_type<T>) reals_ = Scratch<R>(2 * std::int64_t{n});
  }

  /// Column-major; `a` is lost.
  bool run(T* a, T* vectors) {
    const int info = call_lapack(a, vectors, work_.data());
    check(info >= 0, "geev: argument {} is wrong", -info);
    return info == 0;
  }
  std::complex<float> value(std::int64_t i) const {
    if constexpr (cpu::is_complex_type<T>)
      return values_.data()[i];
    else
      return {static_cast<float>(values_.data()[i]), static_cast<float>(values_.data()[n_ + i])};
  }
  /// Column j of the vectors, element i.
  std::complex<float> element(const T* vectors, std::int64_t i, std::int64_t j) const {
    const std::int64_t n = n_;
    if constexpr (cpu::is_complex_type<T>) {
      return vectors[j * n + i];
    } else {
      const T imaginary = values_.data()[n + j];
      if (imaginary == 0) return static_cast<float>(vectors[j * n + i]);
      const std::int64_t first = imaginary > 0 ? j : j - 1;  // the pair's positive one comes first
      const auto real = static_cast<float>(vectors[first * n + i]);
      const auto other = static_cast<float>(vectors[(first + 1) * n + i]);
      return {real, imaginary > 0 ? other : -other};
    }
  }

 private:
  int call_lapack(T* a, T* vectors, T* work) {
    const int one = 1;
    const bool query = size_ < 0;
    T* const values = query ? nullptr : values_.data();
    [[maybe_unused]] R unused{};  // a query writes here too
    int info = 0;
    const InLapack<T> routines;
    if constexpr (cpu::is_complex_type<T>) {
      routines->geev("N", job_, &n_, a, &n_, values, nullptr, &one, vectors, &n_, work, &size_,
                     query ? &unused : reals_.data(), &info, 1, 1);
    } else {
      routines->geev("N", job_, &n_, a, &n_, values, query ? nullptr : values + n_, nullptr, &one, vectors, &n_, work,
                     &size_, &info, 1, 1);
    }
    return info;
  }

  int n_, size_ = 0;
  const char* job_;
  Scratch<T> work_, values_;
  Scratch<R> reals_;
};

template <class T>
void eig(const Primitive& call, std::span<const Operand> operands) {
  const Matrices in(call, operands[0]);
  const std::int64_t n = in.rows;
  const bool vectors = call.text == "linalg_eig";
  const auto size = static_cast<double>(n);
  for_each_matrix(in.count, work_of(size, size, (vectors ? 25 : 10) * size), [&] {
    return [&, a = Scratch<T>(n * n), v = Scratch<T>(vectors ? n * n : 0),
            values = Eigenvalues<T>(call, in.rows, vectors)](std::int64_t index) mutable {
      load_columns(in, index, a.data());
      expect_finite(in, index, a.data());
      if (!values.run(a.data(), v.data())) fail_convergence(in, index);
      auto* const out = result_of<std::complex<float>>(operands, index, vectors ? n + n * n : n);
      for (std::int64_t i = 0; i < n; ++i) out[i] = values.value(i);
      if (!vectors) return;
      for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j < n; ++j) out[n + i * n + j] = values.element(v.data(), i, j);
      }
    };
  });
}

}  // namespace

void run_svd(const Primitive& call, std::span<const Operand> operands) {
  with_type(operands[0].dtype, [&](auto type) { svd<decltype(type)>(call, operands); });
}
void run_eigh(const Primitive& call, std::span<const Operand> operands) {
  with_type(operands[0].dtype, [&](auto type) { eigh<decltype(type)>(call, operands); });
}
void run_eig(const Primitive& call, std::span<const Operand> operands) {
  with_type(operands[0].dtype, [&](auto type) { eig<decltype(type)>(call, operands); });
}

}  // namespace cermet::library
