// mx.linalg: linear algebra.
#include <cermet/linalg.h>

#include "bindings.h"
#include "function.h"

namespace cermet::python {
namespace {

/// The order of a norm: a number, a name, or neither.
struct Ord {
  std::optional<double> number;
  std::string name;
};

}  // namespace

template <>
struct Converter<Ord> {
  explicit Converter(const Source& s) {
    if (Converter<std::string>::accepts(s.object))
      ord_.name = string_of(s);
    else if (!s.object.is_none())
      ord_.number = accepts(s.object) ? double_of(s) : (s.refuse(what()), 0.0);
  }
  const Ord& get() { return ord_; }
  static bool accepts(nb::handle h) {
    return h.is_none() || Converter<double>::accepts(h) || Converter<std::string>::accepts(h);
  }
  static std::string what() { return "a number, 'fro', 'nuc' or None"; }
  static std::string annotation() { return "float | str | None"; }

 private:
  Ord ord_;
};

namespace {

void bind_norms(nb::module_& m) {
  bind_function(m, "norm(a, /, ord=None, axis=None, keepdims=False)",
                "The norm of vectors (one axis) or matrices (two axes); the 2-norm of all elements where neither `ord` "
                "nor `axis` is given.\n\n"
                "ord     matrices                        vectors\n"
                "None    Frobenius                       2-norm\n"
                "'fro'   Frobenius                       -\n"
                "'nuc'   sum of the singular values      -\n"
                "inf     greatest sum of abs of a row    greatest abs\n"
                "-inf    least sum of abs of a row       least abs\n"
                "0       -                               number of elements that are not 0\n"
                "1, -1   greatest, least sum of abs of a column    as below\n"
                "2, -2   greatest, least singular value            as below\n"
                "other   -                               sum(abs(a)**ord)**(1/ord)",
                [](const array& a, const Ord& ord, const linalg::Axes& axis, bool keepdims, StreamOrDevice s) {
                  if (ord.number) return linalg::norm(a, *ord.number, axis, keepdims, s);
                  if (!ord.name.empty()) return linalg::norm(a, ord.name, axis, keepdims, s);
                  return linalg::norm(a, axis, keepdims, s);
                });
  bind_function(
      m, "cross(a, b, axis=-1)",
      "The cross product along an axis of extent 2 or 3; a third component is 0 where there are 2.",
      [](const array& a, const array& b, int axis, StreamOrDevice s) { return linalg::cross(a, b, axis, s); });
  bind_function(m, "det(a)", "The determinants of square matrices. Integers become float32.",
                [](const array& a, StreamOrDevice s) { return linalg::det(a, s); });
  bind_function(m, "slogdet(a)",
                "(sign, logarithm of the absolute value) of the determinants of square matrices: (0, -inf) for "
                "singular ones.",
                [](const array& a, StreamOrDevice s) { return linalg::slogdet(a, s); });
}

void bind_factorizations(nb::module_& m) {
  bind_function(m, "qr(a)",
                "(Q, R) with Q @ R = a: Q with orthonormal columns (..., m, k), R upper triangular (..., k, n), "
                "k = min(m, n).",
                [](const array& a, StreamOrDevice s) { return linalg::qr(a, s); });
  bind_function(m, "svd(a, compute_uv=True)",
                "(U, S, Vt) with a = U @ diag(S) @ Vt: U (..., m, m), S (..., min(m, n)) descending, Vt (..., n, n). "
                "Only S where compute_uv is False.",
                [](const array& a, bool compute_uv, StreamOrDevice s) -> nb::object {
                  std::vector<array> parts = linalg::svd(a, compute_uv, s);
                  if (!compute_uv) return wrap(std::move(parts[0]));
                  return nb::make_tuple(wrap(parts[0]), wrap(parts[1]), wrap(parts[2]));
                });
  bind_function(m, "cholesky(a, upper=False)",
                "The factor L with L @ L.T = a of positive definite matrices, or U with U.T @ U = a. Only that "
                "triangle of `a` is read.",
                [](const array& a, bool upper, StreamOrDevice s) { return linalg::cholesky(a, upper, s); });
  bind_function(m, "lu(a)",
                "(p, L, U) with L[p, :] @ U = a: row indices p (..., m), L (..., m, k) with ones on the diagonal, "
                "U (..., k, n).",
                [](const array& a, StreamOrDevice s) { return linalg::lu(a, s); });
  bind_function(m, "lu_factor(a)",
                "(LU, pivots): L below the diagonal and U in one matrix; row i was exchanged with row pivots[i].",
                [](const array& a, StreamOrDevice s) { return linalg::lu_factor(a, s); });
}

void bind_systems(nb::module_& m) {
  bind_function(m, "inv(a)", "The inverses of square matrices.",
                [](const array& a, StreamOrDevice s) { return linalg::inv(a, s); });
  bind_function(m, "tri_inv(a, upper=False)", "The inverses of triangular matrices; the other triangle is not read.",
                [](const array& a, bool upper, StreamOrDevice s) { return linalg::tri_inv(a, upper, s); });
  bind_function(m, "cholesky_inv(a, upper=False)", "The inverses of the matrices whose Cholesky factor is `a`.",
                [](const array& a, bool upper, StreamOrDevice s) { return linalg::cholesky_inv(a, upper, s); });
  bind_function(m, "pinv(a)",
                "The Moore-Penrose inverses; singular values up to 10 * max(m, n) * eps times the greatest count as 0.",
                [](const array& a, StreamOrDevice s) { return linalg::pinv(a, s); });
  bind_function(m, "solve(a, b)",
                "x with a @ x = b: b is a vector (n,), or matrices (..., n, r) whose batch broadcasts with that of "
                "`a`.",
                [](const array& a, const array& b, StreamOrDevice s) { return linalg::solve(a, b, s); });
  bind_function(m, "solve_triangular(a, b, *, upper=False)",
                "x with a @ x = b for triangular matrices, whose other triangle is not read.",
                [](const array& a, const array& b, bool upper, StreamOrDevice s) {
                  return linalg::solve_triangular(a, b, upper, s);
                });
}

void bind_eigenvalues(nb::module_& m) {
  bind_function(m, "eigh(a, UPLO='L')",
                "(values, vectors) of symmetric or Hermitian matrices: values ascending, vectors as columns. Only the "
                "triangle UPLO ('L' or 'U') is read.",
                [](const array& a, const std::string& UPLO, StreamOrDevice s) { return linalg::eigh(a, UPLO, s); });
  bind_function(m, "eigvalsh(a, UPLO='L')", "The eigenvalues of symmetric or Hermitian matrices, ascending.",
                [](const array& a, const std::string& UPLO, StreamOrDevice s) { return linalg::eigvalsh(a, UPLO, s); });
  bind_function(m, "eig(a)",
                "(values, vectors) of square matrices, complex64: values in no particular order, vectors of length 1 "
                "as columns.",
                [](const array& a, StreamOrDevice s) { return linalg::eig(a, s); });
  bind_function(m, "eigvals(a)", "The eigenvalues of square matrices, complex64, in no particular order.",
                [](const array& a, StreamOrDevice s) { return linalg::eigvals(a, s); });
}

}  // namespace

void bind_linalg(nb::module_& m) {
  nb::module_ linalg = m.def_submodule("linalg", "Linear algebra: norms, factorizations, systems, eigenvalues.");
  bind_norms(linalg);
  bind_factorizations(linalg);
  bind_systems(linalg);
  bind_eigenvalues(linalg);
  m.attr("matrix_norm") = linalg.attr("norm");
}

}  // namespace cermet::python
