// Derivatives of linear algebra calls. Formulas: M. Giles, "Collected matrix derivative results for forward and reverse
// mode algorithmic differentiation" (2008); the Cholesky rule is I. Murray's (arXiv:1602.07527, equation 10).
#include <cermet/cermet.h>

#include "transforms/derivative_rules.h"

namespace cermet {

namespace {

array conjugated(const array& x) { return is_complex(x.dtype()) ? conjugate(x) : x; }
/// The adjoint of matrices in the last two axes.
array adjoint(const array& x) { return conjugated(swapaxes(x, -1, -2)); }

/// The triangle that a call reads; the other one has no part in its result.
array triangle(const array& x, bool upper) { return upper ? triu(x) : tril(x); }

array pull_back_inverse(const array& inverse, const array& cotangent) {
  const array left = adjoint(inverse);
  return negative(matmul(matmul(left, cotangent), left));
}

/// A x = b: the cotangent of b solves with the adjoint of A.
Cotangents pull_back_solve(const Application& of, const array& cotangent, bool triangular) {
  const array& a = of.inputs[0];
  const bool upper = triangular && of.primitive.axes[0] == 1;
  const array b =
      triangular ? linalg::solve_triangular(adjoint(a), cotangent, !upper) : linalg::solve(adjoint(a), cotangent);
  const array full = negative(matmul(b, adjoint(of.output)));
  return {triangular ? triangle(full, upper) : full, b};
}

/// L L* = A. The cotangent of A is symmetric: A is read as a symmetric matrix.
array pull_back_cholesky(const Application& of, const array& cotangent) {
  const bool upper = of.primitive.axes[0] == 1;
  const array l = upper ? adjoint(of.output) : of.output;
  const array g = upper ? adjoint(cotangent) : cotangent;
  const array product = tril(matmul(adjoint(l), g));
  const int n = static_cast<int>(l.shape(-1));
  const array halved = subtract(product, multiply(product, multiply(eye(n, l.dtype()), 0.5F)));
  const array inner = linalg::solve_triangular(adjoint(l), halved, true);
  const array outer = adjoint(linalg::solve_triangular(adjoint(l), adjoint(inner), true));
  return multiply(add(outer, adjoint(outer)), 0.5F);
}

array pull_back_determinant(const Application& of, const array& cotangent) {
  const array scale = multiply(cotangent, conjugated(of.output));
  return multiply(expand_dims(scale, {-2, -1}), adjoint(linalg::inv(of.inputs[0])));
}

}  // namespace

Cotangents pull_back_linalg(const Application& of, const array& cotangent) {
  const std::string_view name = of.primitive.text;
  if (name == "linalg_inv") return {pull_back_inverse(of.output, cotangent)};
  if (name == "linalg_tri_inv") return {triangle(pull_back_inverse(of.output, cotangent), of.primitive.axes[0] == 1)};
  if (name == "linalg_solve" || name == "linalg_solve_triangular") {
    return pull_back_solve(of, cotangent, name == "linalg_solve_triangular");
  }
  if (name == "linalg_cholesky") return {pull_back_cholesky(of, cotangent)};
  if (name == "linalg_det") return {pull_back_determinant(of, cotangent)};
  return pull_back_factorization(of, cotangent);
}

}  // namespace cermet
