// Inverses and solutions. Row-major matrices go to LAPACK as they are: it sees them transposed, and the inverse of the
// transpose is the transpose of the inverse.
#include "library/linalg/linalg.h"
#include "library/linalg/matrices.h"

namespace cermet::library {
namespace {

using namespace linalg;  // NOLINT(google-build-using-namespace): this file is one of its parts

[[noreturn]] void fail_singular(const Matrices& m, std::int64_t index) { fail_matrix(m, index, "is singular"); }

template <class T>
void inv(const Primitive& call, std::span<const Operand> operands) {
  const Matrices in(call, operands[0]);
  const int n = in.rows;
  int size = 0;
  {
    T answer{};
    const int query = -1;
    int info = 0;
    const InLapack<T> routines;
    routines->getri(&n, nullptr, &n, nullptr, &answer, &query, &info);
    size = workspace_size(call, answer);
  }
  for_each_matrix(in.count, work_of(n, n, 2.0 * n), [&] {
    return [&, pivots = Scratch<int>(n), work = Scratch<T>(size)](std::int64_t index) {
      T* const out = result_of<T>(operands, index, std::int64_t{n} * n);
      load_rows(in, index, out);
      int info = 0;
      {
        const InLapack<T> routines;
        routines->getrf(&n, &n, out, &n, pivots.data(), &info);
        if (info == 0) routines->getri(&n, out, &n, pivots.data(), work.data(), &size, &info);
      }
      if (info > 0) fail_singular(in, index);
      check(info == 0, "getri: argument {} is wrong", -info);
    };
  });
}

template <class T>
void tri_inv(const Primitive& call, std::span<const Operand> operands) {
  const Matrices in(call, operands[0]);
  const int n = in.rows;
  const bool upper = call.axes[0] != 0;
  for_each_matrix(in.count, work_of(n, n, n / 3.0), [&] {
    return [&](std::int64_t index) {
      T* const out = result_of<T>(operands, index, std::int64_t{n} * n);
      load_rows(in, index, out);
      clear_triangle(out, n, !upper);
      int info = 0;
      {
        const InLapack<T> routines;
        routines->trtri(triangle_of_rows(upper), "N", &n, out, &n, &info, 1, 1);
      }
      if (info > 0) fail_singular(in, index);
      check(info == 0, "trtri: argument {} is wrong", -info);
    };
  });
}

template <class T>
void cholesky_inv(const Primitive& call, std::span<const Operand> operands) {
  const Matrices in(call, operands[0]);
  const int n = in.rows;
  const bool upper = call.axes[0] != 0;
  for_each_matrix(in.count, work_of(n, n, n), [&] {
    return [&](std::int64_t index) {
      T* const out = result_of<T>(operands, index, std::int64_t{n} * n);
      load_rows(in, index, out);
      int info = 0;
      {
        const InLapack<T> routines;
        routines->potri(triangle_of_rows(upper), &n, out, &n, &info, 1);
      }
      if (info > 0) fail_singular(in, index);
      check(info == 0, "potri: argument {} is wrong", -info);
      for (std::int64_t i = 0; i < n; ++i) {  // one triangle was computed
        for (std::int64_t j = 0; j < i; ++j) {
          T &low = out[i * n + j], &high = out[j * n + i];
          (upper ? low : high) = conjugate(upper ? high : low);
        }
      }
    };
  });
}

// Calls solve_columns(a, b, index) with the row-major matrix (transposed for LAPACK) and the right sides as columns,
// which it replaces.
template <class T, class Solve>
void solve_each(const Primitive& call, std::span<const Operand> operands, double work, Solve&& solve_columns) {
  const Matrices left(call, operands[0]), right(call, operands[1]);
  const std::int64_t n = left.rows, columns = right.columns;
  for_each_matrix(left.count, work, [&] {
    return [&, a = Scratch<T>(n * n), b = Scratch<T>(columns == 1 ? 0 : n * columns),
            pivots = Scratch<int>(n)](std::int64_t index) {
      T* const out = result_of<T>(operands, index, n * columns);
      T* const sides = columns == 1 ? out : b.data();
      load_rows(left, index, a.data());
      load_columns(right, index, sides);
      solve_columns(left, index, a.data(), sides, right.columns, pivots.data());
      if (columns != 1) store_rows(sides, n, columns, out);
    };
  });
}

template <class T>
void solve(const Primitive& call, std::span<const Operand> operands) {
  const double n = static_cast<double>(operands[0].shape.back()),
               columns = static_cast<double>(operands[1].shape.back());
  solve_each<T>(call, operands, work_of(n, n, n + columns),
                [](const Matrices& left, std::int64_t index, T* a, T* b, int columns, int* pivots) {
                  const int n = left.rows;
                  int info = 0;
                  {
                    const InLapack<T> routines;
                    routines->getrf(&n, &n, a, &n, pivots, &info);
                    if (info == 0) routines->getrs("T", &n, &columns, a, &n, pivots, b, &n, &info, 1);
                  }
                  if (info > 0) fail_singular(left, index);
                  check(info == 0, "getrs: argument {} is wrong", -info);
                });
}

template <class T>
void solve_triangular(const Primitive& call, std::span<const Operand> operands) {
  const double n = static_cast<double>(operands[0].shape.back()),
               columns = static_cast<double>(operands[1].shape.back());
  const char* const triangle = triangle_of_rows(call.axes[0] != 0);
  solve_each<T>(call, operands, work_of(n, n, columns),
                [triangle](const Matrices& left, std::int64_t index, T* a, T* b, int columns, int*) {
                  const int n = left.rows;
                  int info = 0;
                  {
                    const InLapack<T> routines;
                    routines->trtrs(triangle, "T", "N", &n, &columns, a, &n, b, &n, &info, 1, 1, 1);
                  }
                  if (info > 0) fail_singular(left, index);
                  check(info == 0, "trtrs: argument {} is wrong", -info);
                });
}

}  // namespace

void run_inv(const Primitive& call, std::span<const Operand> operands) {
  with_type(operands[0].dtype, [&](auto type) { inv<decltype(type)>(call, operands); });
}
void run_tri_inv(const Primitive& call, std::span<const Operand> operands) {
  with_type(operands[0].dtype, [&](auto type) { tri_inv<decltype(type)>(call, operands); });
}
void run_cholesky_inv(const Primitive& call, std::span<const Operand> operands) {
  with_type(operands[0].dtype, [&](auto type) { cholesky_inv<decltype(type)>(call, operands); });
}
void run_solve(const Primitive& call, std::span<const Operand> operands) {
  with_type(operands[0].dtype, [&](auto type) { solve<decltype(type)>(call, operands); });
}
void run_solve_triangular(const Primitive& call, std::span<const Operand> operands) {
  with_type(operands[0].dtype, [&](auto type) { solve_triangular<decltype(type)>(call, operands); });
}

}  // namespace cermet::library
