// Derivatives of matrix factorizations, whose results are packed along the last axis. Formulas: M. Giles, "Collected
// matrix derivative results for forward and reverse mode algorithmic differentiation" (2008), for singular values and
// eigenvalues; S. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra functions" (2010), for QR and
// LU. Where values coincide, what depends on their vectors apart has no derivative, and the part is left out.
#include <cermet/cermet.h>

#include "array/dims.h"
#include "array/node_building.h"
#include "transforms/derivative_rules.h"

namespace cermet {

namespace {

array adjoint(const array& x) {
  const array t = swapaxes(x, -1, -2);
  return is_complex(x.dtype()) ? conjugate(t) : t;
}

/// Takes the parts of a packed array, or of its cotangent, in order.
class Parts {
 public:
  explicit Parts(array packed) : packed_(std::move(packed)) {}

  array next(std::initializer_list<Dim> shape) {
    Shape start(static_cast<std::size_t>(packed_.ndim()), Dim(0)), stop = packed_.shape();
    start.back() = at_;
    at_ = dim_add(at_, dim_product(std::span(shape.begin(), shape.size())));
    stop.back() = at_;
    Shape whole(packed_.shape().begin(), packed_.shape().end() - 1);
    for (Dim extent : shape) whole.push_back(extent);
    return reshape(slice(packed_, start, stop), whole);
  }

 private:
  array packed_;
  Dim at_ = 0;
};

Dim rows_of(const array& x) { return x.shape()[x.shape().size() - 2]; }
Dim columns_of(const array& x) { return x.shape().back(); }

/// x[..., from_row:to_row, from_column:to_column]
array block(const array& x, Dim from_row, Dim to_row, Dim from_column, Dim to_column) {
  Shape start(x.shape().size(), Dim(0)), stop = x.shape();
  start[start.size() - 2] = from_row;
  stop[start.size() - 2] = to_row;
  start.back() = from_column;
  stop.back() = to_column;
  return slice(x, start, stop);
}

array identity_like(const array& x) { return eye(static_cast<int>(columns_of(x).value()), x.dtype()); }
array with_diagonal(const array& d) { return multiply(expand_dims(d, -1), identity_like(d)); }
array diagonal_of(const array& x) { return sum(multiply(x, identity_like(x)), -1); }

/// Off the diagonal numerator / (values[j] - values[i]); 0 where these coincide.
array over_differences(const array& numerator, const array& values) {
  const array differences = subtract(expand_dims(values, -2), expand_dims(values, -1));
  const array same = equal(differences, 0);
  const array zero = zeros_like(numerator);
  return where(same, zero, divide(numerator, where(same, ones_like(differences), differences)));
}

/// z r^-*, for upper triangular r.
array right_solved(const array& z, const array& r) { return adjoint(linalg::solve_triangular(r, adjoint(z), true)); }

array library_call(std::string_view name, const array& x, std::optional<int> argument = std::nullopt) {
  Primitive call;
  call.kind = PrimitiveKind::library;
  call.text = name;
  if (argument) call.axes = {*argument};
  return make_array(std::move(call), x, {});
}

// ---- Determinants, inverses -----------------------------------------------------------------------------------------

array pull_back_slogdet(const Application& of, const array& cotangent) {
  const array& a = of.inputs[0];
  Parts results(of.output), given(cotangent);
  const array sign = results.next({}), of_sign = given.next({}), of_log = given.next({});
  array scale = of_log;
  if (is_complex(a.dtype())) {
    const array turn = imag(multiply(conjugate(of_sign), sign));
    scale = subtract(astype(real(of_log), a.dtype()), multiply(turn, array(std::complex<float>(0, 1))));
  }
  return multiply(expand_dims(scale, {-2, -1}), adjoint(linalg::inv(a)));
}

/// (l l*)^-1
array pull_back_cholesky_inverse(const Application& of, const array& cotangent) {
  const array& factor = of.inputs[0];
  const bool upper = of.primitive.axes[0] == 1;
  const array inner = matmul(matmul(adjoint(of.output), cotangent), adjoint(of.output));
  const array both = negative(add(inner, adjoint(inner)));
  return upper ? triu(matmul(factor, both)) : tril(matmul(both, factor));
}

// ---- QR and LU ------------------------------------------------------------------------------------------------------

array pull_back_square_qr(const array& q, const array& r, const array& of_q, const array& of_r) {
  const array m = subtract(matmul(r, adjoint(of_r)), matmul(adjoint(of_q), q));
  const array below = tril(m, -1);
  const array diagonal = diagonal_of(m);
  const array middle = is_complex(m.dtype()) ? astype(real(diagonal), m.dtype()) : diagonal;
  const array symmetric = add(add(below, adjoint(below)), with_diagonal(middle));
  return right_solved(add(of_q, matmul(q, symmetric)), r);
}

array pull_back_qr(const Application& of, const array& cotangent) {
  const Dim m = rows_of(of.inputs[0]), n = columns_of(of.inputs[0]), k = dim_min(m, n);
  Parts results(of.output), given(cotangent);
  const array q = results.next({m, k}), r = results.next({k, n});
  const array of_q = given.next({m, k}), of_r = given.next({k, n});
  if (!dim_less(m, n)) return pull_back_square_qr(q, r, of_q, of_r);
  // A wide matrix is [x y]: x has the factors q and r1, and r2 is q* y.
  const array y = block(of.inputs[0], 0, m, m, n);
  const array of_r2 = block(of_r, 0, k, k, n);
  const array of_x =
      pull_back_square_qr(q, block(r, 0, k, 0, k), add(of_q, matmul(y, adjoint(of_r2))), block(of_r, 0, k, 0, k));
  return concatenate({of_x, matmul(q, of_r2)}, -1);
}

/// The cotangent of l u, whatever its shape; l has ones on its diagonal.
array pull_back_lu_product(const array& l, const array& u, const array& of_l, const array& of_u) {
  const Dim m = rows_of(l), k = columns_of(l), n = columns_of(u);
  const bool tall = dim_less(k, m), wide = dim_less(k, n);
  const array l1 = block(l, 0, k, 0, k), u1 = block(u, 0, k, 0, k);
  array below = matmul(adjoint(l1), block(of_l, 0, k, 0, k));
  array above = matmul(block(of_u, 0, k, 0, k), adjoint(u1));
  if (wide) below = subtract(below, matmul(block(of_u, 0, k, k, n), adjoint(block(u, 0, k, k, n))));
  if (tall) above = subtract(above, matmul(adjoint(block(l, k, m, 0, k)), block(of_l, k, m, 0, k)));
  const auto from_left = [&](const array& x) { return linalg::solve_triangular(adjoint(l1), x, true); };
  const auto from_right = [&](const array& x) { return right_solved(x, u1); };
  const array corner = from_left(from_right(add(tril(below, -1), triu(above))));
  if (wide) return concatenate({corner, from_left(block(of_u, 0, k, k, n))}, -1);
  if (tall) return concatenate({corner, from_right(block(of_l, k, m, 0, k))}, -2);
  return corner;
}

/// Rows of x in the order in which they were before pivoting: a = (l u)[order].
array unpivoted(const array& x, const array& order) {
  return take_along_axis(x, expand_dims(astype(order, int32), -1), -2);
}

array pull_back_lu(const Application& of, const array& cotangent) {
  const Dim m = rows_of(of.inputs[0]), n = columns_of(of.inputs[0]), k = dim_min(m, n);
  Parts results(of.output), given(cotangent);
  const array p = is_complex(of.output.dtype()) ? real(results.next({m})) : results.next({m});
  const array l = results.next({m, k}), u = results.next({k, n});
  given.next({m});
  const array of_l = given.next({m, k}), of_u = given.next({k, n});
  return unpivoted(pull_back_lu_product(l, u, of_l, of_u), p);
}

array pull_back_lu_factor(const Application& of, const array& cotangent) {
  const Dim m = rows_of(of.inputs[0]), n = columns_of(of.inputs[0]), k = dim_min(m, n);
  const array of_both = Parts(cotangent).next({m, n});
  Parts again(library_call("linalg_lu", of.inputs[0]));  // the same factors, and the order of the rows
  const array p = is_complex(of.output.dtype()) ? real(again.next({m})) : again.next({m});
  const array l = again.next({m, k}), u = again.next({k, n});
  const array of_l = tril(block(of_both, 0, m, 0, k), -1), of_u = triu(block(of_both, 0, k, 0, n));
  return unpivoted(pull_back_lu_product(l, u, of_l, of_u), p);
}

// ---- Singular values and eigenvalues --------------------------------------------------------------------------------

/// x v of a square matrix whose columns beyond `k` span what the others leave: a function of the first `k` columns.
array with_complement(const array& of_all, const array& all, Dim k) {
  const Dim n = columns_of(all);
  const array of_kept = block(of_all, 0, n, 0, k);
  if (!dim_less(k, n)) return of_kept;
  const array rest = block(all, 0, n, k, n), of_rest = block(of_all, 0, n, k, n);
  return subtract(of_kept, matmul(rest, matmul(adjoint(of_rest), block(all, 0, n, 0, k))));
}

array pull_back_svd(const Application& of, const array& cotangent) {
  const array& a = of.inputs[0];
  if (is_complex(a.dtype())) {
    fail<ValueError>("[grad] linalg.svd of complex matrices has no derivative; its singular values alone have one.");
  }
  const Dim m = rows_of(a), n = columns_of(a), k = dim_min(m, n);
  const bool full = of.primitive.axes[0] == 2;
  const Dim left = full ? m : k, right = full ? n : k;
  Parts results(of.output), given(cotangent);
  array u = results.next({m, left}), values = results.next({k}), v = adjoint(results.next({right, n}));
  array of_u = given.next({m, left}), of_values = given.next({k}), of_v = adjoint(given.next({right, n}));
  if (full) {
    of_u = with_complement(of_u, u, k);
    of_v = with_complement(of_v, v, k);
    u = block(u, 0, m, 0, k);
    v = block(v, 0, n, 0, k);
  }
  const array row = expand_dims(values, -2), column = expand_dims(values, -1), squares = square(values);
  const auto skew = [](const array& x) { return subtract(x, adjoint(x)); };
  const array by_u = matmul(adjoint(u), of_u), by_v = matmul(adjoint(v), of_v);
  const array inner = add(add(multiply(over_differences(skew(by_u), squares), row),
                              multiply(column, over_differences(skew(by_v), squares))),
                          with_diagonal(of_values));
  array result = matmul(matmul(u, inner), adjoint(v));
  const array inverses = where(equal(row, 0), zeros_like(row), reciprocal(where(equal(row, 0), ones_like(row), row)));
  if (dim_less(k, m)) {
    const array outside = subtract(of_u, matmul(u, by_u));
    result = add(result, matmul(multiply(outside, inverses), adjoint(v)));
  }
  if (dim_less(k, n)) {
    const array outside = subtract(of_v, matmul(v, by_v));
    result = add(result, matmul(multiply(u, inverses), adjoint(outside)));
  }
  return result;
}

array pull_back_singular_values(const Application& of, const array& cotangent) {
  const array& a = of.inputs[0];
  const Dim m = rows_of(a), n = columns_of(a), k = dim_min(m, n);
  Parts again(library_call("linalg_svd", a, 1));
  const array u = again.next({m, k});
  again.next({k});
  const array vt = again.next({k, n});
  return matmul(multiply(u, expand_dims(astype(cotangent, a.dtype()), -2)), vt);
}

/// The matrix is read as a symmetric one.
array pull_back_eigh(const Application& of, const array& cotangent) {
  const Dim n = columns_of(of.inputs[0]);
  Parts results(of.output), given(cotangent);
  const array values = results.next({n}), v = results.next({n, n});
  const array of_values = given.next({n}), of_v = given.next({n, n});
  const array inner = add(with_diagonal(of_values), over_differences(matmul(adjoint(v), of_v), values));
  const array full = matmul(matmul(v, inner), adjoint(v));
  return multiply(add(full, adjoint(full)), 0.5F);
}

array pull_back_eigvalsh(const Application& of, const array& cotangent) {
  const array& a = of.inputs[0];
  const Dim n = columns_of(a);
  Parts again(library_call("linalg_eigh", a, static_cast<int>(of.primitive.axes[0])));
  again.next({n});
  const array v = again.next({n, n});
  return matmul(multiply(v, expand_dims(astype(cotangent, a.dtype()), -2)), adjoint(v));
}

/// v^-* inner v*, of a matrix with eigenvectors v of norm 1.
array from_eigenvectors(const array& a, const array& v, const array& inner) {
  const array back = adjoint(v);
  const array result = linalg::solve(back, matmul(inner, back));
  return is_complex(a.dtype()) ? result : astype(real(result), a.dtype());
}

array pull_back_eig(const Application& of, const array& cotangent) {
  const Dim n = columns_of(of.inputs[0]);
  Parts results(of.output), given(cotangent);
  const array values = results.next({n}), v = results.next({n, n});
  const array of_values = given.next({n}), of_v = given.next({n, n});
  const array by_v = matmul(adjoint(v), of_v);
  const array lengths = expand_dims(astype(real(diagonal_of(by_v)), by_v.dtype()), -2);
  const array turned = subtract(by_v, multiply(matmul(adjoint(v), v), lengths));
  const array inner = add(over_differences(turned, conjugate(values)), with_diagonal(of_values));
  return from_eigenvectors(of.inputs[0], v, inner);
}

array pull_back_eigvals(const Application& of, const array& cotangent) {
  const Dim n = columns_of(of.inputs[0]);
  Parts again(library_call("linalg_eig", of.inputs[0]));
  again.next({n});
  return from_eigenvectors(of.inputs[0], again.next({n, n}), with_diagonal(cotangent));
}

}  // namespace

Cotangents pull_back_factorization(const Application& of, const array& cotangent) {
  const std::string_view name = of.primitive.text;
  if (name == "linalg_slogdet") return {pull_back_slogdet(of, cotangent)};
  if (name == "linalg_cholesky_inv") return {pull_back_cholesky_inverse(of, cotangent)};
  if (name == "linalg_qr") return {pull_back_qr(of, cotangent)};
  if (name == "linalg_lu") return {pull_back_lu(of, cotangent)};
  if (name == "linalg_lu_factor") return {pull_back_lu_factor(of, cotangent)};
  if (name == "linalg_svd") return {pull_back_svd(of, cotangent)};
  if (name == "linalg_svdvals") return {pull_back_singular_values(of, cotangent)};
  if (name == "linalg_eigh") return {pull_back_eigh(of, cotangent)};
  if (name == "linalg_eigvalsh") return {pull_back_eigvalsh(of, cotangent)};
  if (name == "linalg_eig") return {pull_back_eig(of, cotangent)};
  if (name == "linalg_eigvals") return {pull_back_eigvals(of, cotangent)};
  fail<ValueError>("[grad] linalg.{} has no derivative.", name.substr(7));
}

}  // namespace cermet
