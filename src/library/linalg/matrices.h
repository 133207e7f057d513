// What the calls of LAPACK share: the matrices of a batch, copies in the order that a routine wants, and threads.
#pragma once

#include <cmath>
#include <complex>
#include <limits>
#include <string>

#include "base/error.h"
#include "library/cpu/lapack.h"
#include "library/cpu/openblas.h"
#include "library/library.h"
#include "runtime/buffer.h"
#include "runtime/thread_pool.h"

namespace cermet::library::linalg {

/// "linalg_lu_factor" as users write it: "linalg.lu_factor".
std::string public_name(const Primitive& call);

/// An extent as LAPACK counts; throws ValueError.
int lapack_extent(const Primitive& call, std::int64_t extent);

/// The matrices of the last two axes of an operand; all other axes are the batch, in row-major order.
struct Matrices {
  Matrices(const Primitive& call, const Operand& x);
  std::int64_t offset(std::int64_t index) const;  ///< Of a matrix, in elements.

  const Primitive* call;
  const Operand* x;
  int rows, columns;
  std::int64_t count = 1;
};

/// Copies rows x columns elements at in[i * row_stride + j * column_stride] to out[i * columns + j].
template <class T>
void copy_matrix(const T* in, std::int64_t row_stride, std::int64_t column_stride, std::int64_t rows,
                 std::int64_t columns, T* out) {
  constexpr std::int64_t tile = 16;
  if (column_stride == 1) {
    for (std::int64_t i = 0; i < rows; ++i)
      std::copy(in + i * row_stride, in + i * row_stride + columns, out + i * columns);
    return;
  }
  for (std::int64_t i0 = 0; i0 < rows; i0 += tile) {
    const std::int64_t i1 = std::min(i0 + tile, rows);
    for (std::int64_t j0 = 0; j0 < columns; j0 += tile) {
      const std::int64_t j1 = std::min(j0 + tile, columns);
      for (std::int64_t i = i0; i < i1; ++i) {
        for (std::int64_t j = j0; j < j1; ++j) out[i * columns + j] = in[i * row_stride + j * column_stride];
      }
    }
  }
}

/// A row-major copy of a matrix of the batch.
template <class T>
void load_rows(const Matrices& m, std::int64_t index, T* out) {
  const std::size_t rank = m.x->strides.size();
  const T* const data = static_cast<const T*>(m.x->data) + m.offset(index);
  copy_matrix(data, m.x->strides[rank - 2], m.x->strides[rank - 1], m.rows, m.columns, out);
}
/// A column-major copy.
template <class T>
void load_columns(const Matrices& m, std::int64_t index, T* out) {
  const std::size_t rank = m.x->strides.size();
  const T* const data = static_cast<const T*>(m.x->data) + m.offset(index);
  copy_matrix(data, m.x->strides[rank - 1], m.x->strides[rank - 2], m.columns, m.rows, out);
}
/// Writes a column-major matrix, whose columns are `rows` apart, row by row.
template <class T>
void store_rows(const T* columns_in, std::int64_t rows, std::int64_t columns, T* out) {
  copy_matrix(columns_in, 1, rows, rows, columns, out);
}

/// Memory for n elements, at least one.
template <class T>
class Scratch {
 public:
  Scratch() = default;
  explicit Scratch(std::int64_t n)
      : buffer_(runtime::allocate(static_cast<std::size_t>(std::max<std::int64_t>(n, 1)) * sizeof(T))) {}
  T* data() const { return static_cast<T*>(buffer_->data()); }

 private:
  runtime::BufferRef buffer_;
};

/// The size that a workspace query answered with; throws ValueError where it does not fit LAPACK's integers.
int workspace_size(const Primitive& call, double answer);
template <class T>
int workspace_size(const Primitive& call, T answer) {
  // Above 2^24 a float32 answer may have been rounded down.
  const auto real = static_cast<cpu::Real<T>>(std::real(answer));
  return workspace_size(call, static_cast<double>(std::nextafter(real, std::numeric_limits<cpu::Real<T>>::infinity())));
}

/// Throws ValueError "[linalg.inv] Matrix 3 of the batch `what`".
[[noreturn]] void fail_matrix(const Matrices& m, std::int64_t index, const std::string& what);

/// Throws ValueError if an element is NaN or infinite: iterative routines may not end on these.
template <class T>
void expect_finite(const Matrices& m, std::int64_t index, const T* elements) {
  const auto* parts = reinterpret_cast<const cpu::Real<T>*>(elements);
  const std::int64_t n = std::int64_t{m.rows} * m.columns * static_cast<std::int64_t>(sizeof(T) / sizeof(*parts));
  cpu::Real<T> sum = 0;  // stays 0 unless 0 * x is NaN for some x
  for (std::int64_t i = 0; i < n; ++i) sum += parts[i] * 0;
  if (sum != 0 || std::isnan(sum)) fail_matrix(m, index, "holds NaN or infinity");
}

/// Calls `worker(index)` for every matrix; make() gives a worker with scratch of its own to every range of matrices.
/// Matrices are shared out to the threads; one that is alone and large has OpenBLAS's. `work`: multiplications for one.
template <class Make>
void for_each_matrix(std::int64_t count, double work, Make&& make) {
  constexpr double large = 2e7;  // a 256^3 product: below, OpenBLAS's threads wait for one another more than they work
  if (count == 1 && work >= large && runtime::thread_count() > 1) return make()(0);
  const cpu::OneBlasThread alone;
  constexpr double worthwhile = 2e5;
  const auto grain = static_cast<std::int64_t>(std::max(1.0, worthwhile / std::max(work, 1.0)));
  runtime::parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    auto worker = make();
    for (std::int64_t index = begin; index < end; ++index) worker(index);
  });
}

/// n^3 and the like.
inline double work_of(double a, double b, double c) { return a * b * c; }

/// The gate of OpenBLAS and the routines for T, for the calls of one block: allocate nothing while it lives.
template <class T>
struct InLapack {
  runtime::ForkGate::Inside inside{cpu::openblas_gate()};
  const cpu::Lapack<T>& routines = cpu::lapack<T>();
  const cpu::Lapack<T>* operator->() const { return &routines; }
};

/// Calls body(T{}) for float, double or std::complex<float>.
template <class Body>
void with_type(Dtype dtype, Body&& body) {
  if (dtype == float32) return body(float{});
  if (dtype == float64) return body(double{});
  check(dtype == complex64, "no linear algebra for dtype {}", name(dtype));
  body(std::complex<float>{});
}

template <class T>
T* result_of(std::span<const Operand> operands, std::int64_t index, std::int64_t elements) {
  return static_cast<T*>(operands.back().data) + index * elements;
}

template <class T>
T conjugate(T x) {
  if constexpr (cpu::is_complex_type<T>)
    return std::conj(x);
  else
    return x;
}

/// Zeros above or below the diagonal of a row-major n x n matrix.
template <class T>
void clear_triangle(T* rows, std::int64_t n, bool above) {
  for (std::int64_t i = 0; i < n; ++i) {
    if (above)
      std::fill(rows + i * n + i + 1, rows + (i + 1) * n, T(0));
    else
      std::fill(rows + i * n, rows + i * n + i, T(0));
  }
}

/// The triangle's letter for a row-major matrix, which LAPACK sees transposed.
inline const char* triangle_of_rows(bool upper) { return upper ? "L" : "U"; }

}  // namespace cermet::library::linalg
