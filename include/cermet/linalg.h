// Linear algebra: norms, factorizations, systems of equations, eigenvalues and singular values, by LAPACK.
//
// Matrices are the last two axes; all axes before these are a batch, and one matrix after the other is computed. Arrays
// are float32, float64 or complex64 (ValueError otherwise, as for shapes that do not fit). What depends on the elements
// fails when the result is evaluated: a singular or not positive definite matrix, NaN or infinity where an iteration
// would not end, is a ValueError that names the op and the matrix.
//
//     auto [q, r] = linalg::qr(a);           // (..., m, n) -> (..., m, k), (..., k, n)
//     array x = linalg::solve(a, b);         // a x = b
//     array d = linalg::norm(x, 2.0, {{-1}});  // the length of each row
#pragma once

#include <cermet/array.h>

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace cermet::linalg {

/// Axes of a norm: one for vectors, two for matrices; nullopt: those of a 1-D or 2-D array.
using Axes = std::optional<std::vector<int>>;

/// The 2-norm of all elements along the axes (nullopt: of the whole array), Frobenius's norm of matrices. The result is
/// real: float32 for integers and complex64, else the dtype of `a`.
array norm(const array& a, const Axes& axes = std::nullopt, bool keepdims = false, StreamOrDevice s = {});
/// Vectors, along one axis: 0 counts what is not 0, inf and -inf are the greatest and least absolute value, otherwise
/// sum(abs(a)^ord)^(1/ord). Matrices, along two axes: 1 and inf are the greatest sum of a column's or row's absolute
/// values, 2 the greatest singular value, and with a minus the least of each.
array norm(const array& a, double ord, const Axes& axes = std::nullopt, bool keepdims = false, StreamOrDevice s = {});
/// Matrices: "fro", or "nuc", the sum of the singular values.
array norm(const array& a, std::string_view ord, const Axes& axes = std::nullopt, bool keepdims = false,
           StreamOrDevice s = {});
inline array norm(const array& a, const char* ord, const Axes& axes = std::nullopt, bool keepdims = false,
                  StreamOrDevice s = {}) {
  return norm(a, std::string_view(ord), axes, keepdims, s);
}

/// {Q, R} with Q R = a, Q of orthonormal columns (m, k), R upper triangular (k, n), k = min(m, n).
std::pair<array, array> qr(const array& a, StreamOrDevice s = {});
/// {U, S, Vt} with a = U diag(S) Vt: U (m, m), S (min(m, n)) descending, Vt (n, n). Without vectors: {S}.
std::vector<array> svd(const array& a, bool compute_uv = true, StreamOrDevice s = {});
/// L with L L^H = a, or U with U^H U = a; only that triangle of `a` is read.
array cholesky(const array& a, bool upper = false, StreamOrDevice s = {});
/// The inverse of a matrix whose Cholesky factor is `a`.
array cholesky_inv(const array& a, bool upper = false, StreamOrDevice s = {});
/// {p, L, U} with L[p, :] U = a: p (m) uint32, L (m, k), U (k, n).
std::tuple<array, array, array> lu(const array& a, StreamOrDevice s = {});
/// {L below the diagonal and U, pivots}: row i was exchanged with row pivots[i], in this order.
std::pair<array, array> lu_factor(const array& a, StreamOrDevice s = {});

array inv(const array& a, StreamOrDevice s = {});
/// The inverse of a triangular matrix; the other triangle is not read.
array tri_inv(const array& a, bool upper = false, StreamOrDevice s = {});
/// The Moore-Penrose inverse; singular values up to 10 max(m, n) eps times the greatest count as 0.
array pinv(const array& a, StreamOrDevice s = {});
/// x with a x = b: b is a vector (n), or matrices (..., n, r) whose batch broadcasts with that of `a`.
array solve(const array& a, const array& b, StreamOrDevice s = {});
/// The same for a triangular `a`, whose other triangle is not read.
array solve_triangular(const array& a, const array& b, bool upper = false, StreamOrDevice s = {});

/// Integers become float32.
array det(const array& a, StreamOrDevice s = {});
/// {sign, log(abs(det(a)))}: {0, -inf} for a singular matrix. Integers become float32.
std::pair<array, array> slogdet(const array& a, StreamOrDevice s = {});

/// Eigenvalues of symmetric or Hermitian matrices, ascending, and their vectors as columns. Only the triangle `UPLO`
/// ("L" or "U") is read.
std::pair<array, array> eigh(const array& a, std::string_view UPLO = "L", StreamOrDevice s = {});
array eigvalsh(const array& a, std::string_view UPLO = "L", StreamOrDevice s = {});
/// Eigenvalues in no particular order and vectors of length 1 as columns, complex64.
std::pair<array, array> eig(const array& a, StreamOrDevice s = {});
array eigvals(const array& a, StreamOrDevice s = {});

/// The cross product along an axis of extent 2 or 3 (a third component is 0 where there are 2); all others broadcast.
array cross(const array& a, const array& b, int axis = -1, StreamOrDevice s = {});

}  // namespace cermet::linalg
