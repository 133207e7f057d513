// QR, Cholesky and LU, and determinants by LU.
#include <numeric>
#include <vector>

#include "library/linalg/linalg.h"
#include "library/linalg/matrices.h"

namespace cermet::library {
namespace {

using namespace linalg;  // NOLINT(google-build-using-namespace): this file is one of its parts

template <class T>
void qr(const Primitive& call, std::span<const Operand> operands) {
  const Matrices in(call, operands[0]);
  const int m = in.rows, n = in.columns, k = std::min(m, n);
  int size = 0;
  {
    T answers[2] = {};
    const InLapack<T> routines;
    const int query = -1, lda = std::max(m, 1);
    int info = 0;
    routines->geqrf(&m, &n, nullptr, &lda, nullptr, &answers[0], &query, &info);
    routines->orgqr(&m, &k, &k, nullptr, &lda, nullptr, &answers[1], &query, &info);
    size = std::max(workspace_size(call, answers[0]), workspace_size(call, answers[1]));
  }
  for_each_matrix(in.count, work_of(m, n, 2 * k), [&] {
    return [&, a = Scratch<T>(std::int64_t{m} * n), tau = Scratch<T>(k), work = Scratch<T>(size)](std::int64_t index) {
      T* const q = result_of<T>(operands, index, std::int64_t{k} * (m + n));
      T* const r = q + std::int64_t{m} * k;
      load_columns(in, index, a.data());
      int info = 0;
      {
        const InLapack<T> routines;
        routines->geqrf(&m, &n, a.data(), &m, tau.data(), work.data(), &size, &info);
      }
      check(info == 0, "geqrf: argument {} is wrong", -info);
      for (std::int64_t i = 0; i < k; ++i) {
        for (std::int64_t j = 0; j < n; ++j) r[i * n + j] = j < i ? T(0) : a.data()[j * m + i];
      }
      {
        const InLapack<T> routines;
        routines->orgqr(&m, &k, &k, a.data(), &m, tau.data(), work.data(), &size, &info);
      }
      check(info == 0, "orgqr: argument {} is wrong", -info);
      store_rows(a.data(), m, k, q);
    };
  });
}

template <class T>
void cholesky(const Primitive& call, std::span<const Operand> operands) {
  const Matrices in(call, operands[0]);
  const int n = in.rows;
  const bool upper = call.axes[0] != 0;
  for_each_matrix(in.count, work_of(n, n, n / 3.0), [&] {
    return [&](std::int64_t index) {
      T* const out = result_of<T>(operands, index, std::int64_t{n} * n);
      load_rows(in, index, out);
      int info = 0;
      {
        const InLapack<T> routines;
        routines->potrf(triangle_of_rows(upper), &n, out, &n, &info, 1);
      }
      if (info > 0) {
        fail_matrix(in, index, fmt::format("is not positive definite: its leading {0}x{0} part is not", info));
      }
      check(info == 0, "potrf: argument {} is wrong", -info);
      clear_triangle(out, n, !upper);
    };
  });
}

// The LU factorization of column-major matrices.
template <class T>
void factor(int m, int n, T* a, int* pivots) {
  int info = 0;
  {
    const InLapack<T> routines;
    routines->getrf(&m, &n, a, &m, pivots, &info);
  }
  check(info >= 0, "getrf: argument {} is wrong", -info);  // above 0: singular, and factored all the same
}

// Row i of A is row places[i] of L U.
void places_of_rows(const int* pivots, int m, int k, std::vector<int>& places) {
  std::vector<int> rows(static_cast<std::size_t>(m));  // rows[i]: the row of A that came to place i
  std::iota(rows.begin(), rows.end(), 0);
  for (int i = 0; i < k; ++i)
    std::swap(rows[static_cast<std::size_t>(i)], rows[static_cast<std::size_t>(pivots[i] - 1)]);
  places.resize(rows.size());
  for (int i = 0; i < m; ++i) places[static_cast<std::size_t>(rows[static_cast<std::size_t>(i)])] = i;
}

template <class T>
void lu(const Primitive& call, std::span<const Operand> operands) {
  const Matrices in(call, operands[0]);
  const int m = in.rows, n = in.columns, k = std::min(m, n);
  for_each_matrix(in.count, work_of(m, n, k), [&] {
    return [&, a = Scratch<T>(std::int64_t{m} * n), pivots = Scratch<int>(k),
            places = std::vector<int>()](std::int64_t index) mutable {
      T* const p = result_of<T>(operands, index, m + std::int64_t{k} * (m + n));
      T* const l = p + m;
      T* const u = l + std::int64_t{m} * k;
      load_columns(in, index, a.data());
      if (k > 0) factor(m, n, a.data(), pivots.data());
      places_of_rows(pivots.data(), m, k, places);
      for (std::int64_t i = 0; i < m; ++i)
        p[i] = static_cast<T>(static_cast<cpu::Real<T>>(places[static_cast<std::size_t>(i)]));
      for (std::int64_t i = 0; i < m; ++i) {
        for (std::int64_t j = 0; j < k; ++j) l[i * k + j] = j < i ? a.data()[j * m + i] : T(j == i ? 1 : 0);
      }
      for (std::int64_t i = 0; i < k; ++i) {
        for (std::int64_t j = 0; j < n; ++j) u[i * n + j] = j < i ? T(0) : a.data()[j * m + i];
      }
    };
  });
}

template <class T>
void lu_factor(const Primitive& call, std::span<const Operand> operands) {
  const Matrices in(call, operands[0]);
  const int m = in.rows, n = in.columns, k = std::min(m, n);
  for_each_matrix(in.count, work_of(m, n, k), [&] {
    return [&, a = Scratch<T>(std::int64_t{m} * n), pivots = Scratch<int>(k)](std::int64_t index) {
      T* const out = result_of<T>(operands, index, std::int64_t{m} * n + k);
      load_columns(in, index, a.data());
      if (k > 0) factor(m, n, a.data(), pivots.data());
      store_rows(a.data(), m, n, out);
      for (std::int64_t i = 0; i < k; ++i) {
        out[std::int64_t{m} * n + i] = static_cast<T>(static_cast<cpu::Real<T>>(pivots.data()[i] - 1));
      }
    };
  });
}

// The product of the diagonal as a number of absolute value 1 (or 0) and the logarithm of its absolute value.
template <class T>
struct Determinant {
  std::conditional_t<cpu::is_complex_type<T>, std::complex<double>, double> sign = 1, value = 1;
  double log = 0;

  void multiply(T factor) {
    const auto wide = static_cast<decltype(sign)>(factor);
    const double size = std::abs(wide);
    value *= wide;
    sign *= size == 0 ? wide : wide / size;
    log += std::log(size);
  }
  void negate() {
    value = -value;
    sign = -sign;
  }
};

template <class T>
void determinant(const Primitive& call, std::span<const Operand> operands) {
  const Matrices in(call, operands[0]);
  const int n = in.rows;
  const bool with_log = call.text == "linalg_slogdet";
  for_each_matrix(in.count, work_of(n, n, n), [&] {
    return [&, a = Scratch<T>(std::int64_t{n} * n), pivots = Scratch<int>(n)](std::int64_t index) {
      load_rows(in, index, a.data());  // the transpose has the same determinant
      if (n > 0) factor(n, n, a.data(), pivots.data());
      Determinant<T> result;
      for (std::int64_t i = 0; i < n; ++i) {
        result.multiply(a.data()[i * n + i]);
        if (pivots.data()[i] != i + 1) result.negate();
      }
      T* const out = result_of<T>(operands, index, with_log ? 2 : 1);
      out[0] = static_cast<T>(with_log ? result.sign : result.value);
      if (with_log) out[1] = static_cast<T>(static_cast<cpu::Real<T>>(result.log));
    };
  });
}

}  // namespace

void run_qr(const Primitive& call, std::span<const Operand> operands) {
  with_type(operands[0].dtype, [&](auto type) { qr<decltype(type)>(call, operands); });
}
void run_cholesky(const Primitive& call, std::span<const Operand> operands) {
  with_type(operands[0].dtype, [&](auto type) { cholesky<decltype(type)>(call, operands); });
}
void run_lu(const Primitive& call, std::span<const Operand> operands) {
  with_type(operands[0].dtype, [&](auto type) { lu<decltype(type)>(call, operands); });
}
void run_lu_factor(const Primitive& call, std::span<const Operand> operands) {
  with_type(operands[0].dtype, [&](auto type) { lu_factor<decltype(type)>(call, operands); });
}
void run_determinant(const Primitive& call, std::span<const Operand> operands) {
  with_type(operands[0].dtype, [&](auto type) { determinant<decltype(type)>(call, operands); });
}

}  // namespace cermet::library
