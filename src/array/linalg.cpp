// Linear algebra calls, one library node each, whose packed results are taken apart by views.
#include <cermet/linalg.h>
#include <cermet/ops.h>

#include <limits>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet::linalg {
namespace {

Primitive call_of(std::string_view op, std::optional<int> argument = std::nullopt) {
  Primitive call;
  call.kind = PrimitiveKind::library;
  call.text = op;
  if (argument) call.axes.push_back(*argument);
  return call;
}

/// Square in this call: the rules of most operations ask for it.
void note_square(const array& a) {
  if (a.ndim() < 2) return;
  const Dim rows = *(a.shape().end() - 2), columns = a.shape().back();
  if (dim_hint(rows) == dim_hint(columns)) static_cast<void>(dim_equal(rows, columns));
}

array call(std::string_view op, const array& a, std::optional<int> argument, const StreamOrDevice& s) {
  note_square(a);
  return make_array(call_of(op, argument), a, s);
}

array to_inexact(const array& a, const StreamOrDevice& s) { return astype(a, at_least_float(a.dtype()), s); }

/// Takes the parts of a packed result in order: views.
class Parts {
 public:
  Parts(array packed, const StreamOrDevice& s) : packed_(std::move(packed)), s_(s) {}

  array next(std::initializer_list<Dim> shape) {
    const Dim end = dim_add(at_, dim_product(std::span(shape.begin(), shape.size())));
    Shape start(static_cast<std::size_t>(packed_.ndim()), Dim(0)), stop = packed_.shape();
    start.back() = at_;
    stop.back() = at_ = end;
    Shape whole(packed_.shape().begin(), packed_.shape().end() - 1);
    for (Dim extent : shape) whole.push_back(extent);
    return reshape(slice(packed_, start, stop, s_), whole, s_);
  }

 private:
  array packed_;
  StreamOrDevice s_;
  Dim at_ = 0;
};

array real_part(const array& a, const StreamOrDevice& s) { return is_complex(a.dtype()) ? real(a, s) : a; }

array adjoint(const array& a, const StreamOrDevice& s) {
  const array t = swapaxes(a, -1, -2, s);
  return is_complex(a.dtype()) ? conjugate(t, s) : t;
}

// {U, S, Vt} without the columns and rows that have no singular value.
std::tuple<array, array, array> thin_svd(const array& a, const StreamOrDevice& s) {
  Parts parts(call("linalg_svd", a, 1, s), s);
  const Dim m = *(a.shape().end() - 2), n = a.shape().back(), k = dim_min(m, n);
  array u = parts.next({m, k}), values = parts.next({k}), vt = parts.next({k, n});
  return {u, real_part(values, s), vt};
}

array singular_values(const array& a, const StreamOrDevice& s) { return call("linalg_svdvals", a, 0, s); }

int triangle_of(std::string_view op, std::string_view text) {
  if (text == "L" || text == "l") return 0;
  if (text == "U" || text == "u") return 1;
  fail<ValueError>("[{}] UPLO must be 'L' or 'U', got '{}'.", op, text);
}

// ---- Systems ------------------------------------------------------------------------------------------------------

array solve_call(std::string_view op, std::string_view name, const array& a, const array& b, std::optional<int> upper,
                 const StreamOrDevice& s) {
  if (a.ndim() < 2 || b.ndim() < 1) {
    fail<ValueError>("[{}] Takes matrices and vectors or matrices, got shapes {} and {}.", name, to_string(a.shape()),
                     to_string(b.shape()));
  }
  note_square(a);
  const bool vector = b.ndim() == 1;
  const Dim unknowns = a.shape().back(), rows = vector ? b.shape()[0] : *(b.shape().end() - 2);
  if (dim_hint(unknowns) == dim_hint(rows)) static_cast<void>(dim_equal(unknowns, rows));
  const Dtype dtype = promote_types(a.dtype(), b.dtype());
  const array sides = vector ? expand_dims(b, 1, s) : b;
  const auto batch = [](const array& x) { return Shape(x.shape().begin(), x.shape().end() - 2); };
  const Shape shape = broadcast_dims(batch(a), batch(sides), name);
  const auto operand = [&](const array& x) {
    Shape full = shape;
    full.insert(full.end(), x.shape().end() - 2, x.shape().end());
    return broadcast_node(astype(x, dtype, s), full, s);
  };
  const array left = operand(a), right = operand(sides);
  const exec::NodeRef inputs[] = {left.node(), right.node()};
  const array x = make_array(call_of(op, upper), inputs, s);
  return vector ? squeeze(x, -1, s) : x;
}

// ---- Norms --------------------------------------------------------------------------------------------------------

using AxisList = std::vector<int>;

AxisList norm_axes(const array& a, const Axes& axes) {
  AxisList result;
  if (!axes) {
    for (int axis = 0; axis < a.ndim(); ++axis) result.push_back(axis);
    return result;
  }
  for (int axis : *axes) {
    result.push_back(normalize_axis("linalg.norm", axis, a.ndim()));
    if (std::count(result.begin(), result.end(), result.back()) > 1) {
      fail<ValueError>("[linalg.norm] Axis {} is given twice for an array of {} dimensions.", axis, a.ndim());
    }
  }
  return result;
}

// What a norm computes in: sums of halves are not kept in halves.
array norm_operand(const array& a, const StreamOrDevice& s) {
  return astype(a, compute_dtype(at_least_float(a.dtype())), s);
}
array norm_result(const array& norm, const array& a, const StreamOrDevice& s) {
  return is_half(a.dtype()) ? astype(norm, a.dtype(), s) : norm;
}

array squares(const array& x, const StreamOrDevice& s) {
  if (!is_complex(x.dtype())) return square(x, s);
  return add(square(real(x, s), s), square(imag(x, s), s), s);
}

array two_norm(const array& x, const AxisList& axes, bool keepdims, const StreamOrDevice& s) {
  return sqrt(sum(squares(x, s), axes, keepdims, s), s);
}

array vector_norm(const array& x, double ord, const AxisList& axes, bool keepdims, const StreamOrDevice& s) {
  if (ord == 2) return two_norm(x, axes, keepdims, s);
  const array sizes = abs(x, s);
  if (ord == 0) return sum(astype(not_equal(sizes, 0, s), sizes.dtype(), s), axes, keepdims, s);
  if (ord == 1) return sum(sizes, axes, keepdims, s);
  if (ord == std::numeric_limits<double>::infinity()) return max(sizes, axes, keepdims, s);
  if (ord == -std::numeric_limits<double>::infinity()) return min(sizes, axes, keepdims, s);
  return power(sum(power(sizes, ord, s), axes, keepdims, s), 1 / ord, s);
}

// The matrices of two axes in the last two.
array singular_values_along(const array& x, const AxisList& axes, const StreamOrDevice& s) {
  AxisList order;
  for (int axis = 0; axis < x.ndim(); ++axis) {
    if (axis != axes[0] && axis != axes[1]) order.push_back(axis);
  }
  order.insert(order.end(), axes.begin(), axes.end());
  return singular_values(transpose(x, order, s), s);
}

array restore_axes(const array& reduced, const array& x, const AxisList& axes, bool keepdims, const StreamOrDevice& s) {
  if (!keepdims) return reduced;
  Shape shape = x.shape();
  for (int axis : axes) shape[static_cast<std::size_t>(axis)] = 1;
  return reshape(reduced, shape, s);
}

array matrix_norm(const array& x, double ord, const AxisList& axes, bool keepdims, const StreamOrDevice& s) {
  const double size = std::abs(ord);
  const bool greatest = ord > 0;
  if (size == 2) {
    const array values = singular_values_along(x, axes, s);
    return restore_axes(greatest ? max(values, -1, false, s) : min(values, -1, false, s), x, axes, keepdims, s);
  }
  if (size != 1 && size != std::numeric_limits<double>::infinity()) {
    fail<ValueError>("[linalg.norm] Matrices have norms of ord 1, -1, 2, -2, inf, -inf, 'fro' and 'nuc'; got {}.", ord);
  }
  const int summed = size == 1 ? axes[0] : axes[1], compared = size == 1 ? axes[1] : axes[0];
  const array sums = sum(abs(x, s), summed, true, s);
  const array result = greatest ? max(sums, compared, true, s) : min(sums, compared, true, s);
  return keepdims ? result : squeeze(result, axes, s);
}

}  // namespace

array norm(const array& a, const Axes& axes, bool keepdims, StreamOrDevice s) {
  const AxisList all = norm_axes(a, axes);
  if (axes && all.size() > 2) {
    fail<ValueError>("[linalg.norm] Takes one or two axes, got {} of shape {}.", all.size(), to_string(a.shape()));
  }
  return norm_result(two_norm(norm_operand(a, s), all, keepdims, s), a, s);
}

array norm(const array& a, double ord, const Axes& axes, bool keepdims, StreamOrDevice s) {
  const AxisList along = norm_axes(a, axes);
  const array x = norm_operand(a, s);
  if (along.size() == 1) return norm_result(vector_norm(x, ord, along, keepdims, s), a, s);
  if (along.size() == 2) return norm_result(matrix_norm(x, ord, along, keepdims, s), a, s);
  fail<ValueError>("[linalg.norm] A norm with ord is over one axis or two, got {} of shape {}; give `axis`.",
                   along.size(), to_string(a.shape()));
}

array norm(const array& a, std::string_view ord, const Axes& axes, bool keepdims, StreamOrDevice s) {
  const AxisList along = norm_axes(a, axes);
  if (ord != "fro" && ord != "f" && ord != "nuc") {
    fail<ValueError>("[linalg.norm] ord must be a number, 'fro' or 'nuc', got '{}'.", ord);
  }
  if (along.size() != 2) {
    fail<ValueError>("[linalg.norm] ord '{}' is for matrices, two axes; got {} of shape {}.", ord, along.size(),
                     to_string(a.shape()));
  }
  const array x = norm_operand(a, s);
  if (ord != "nuc") return norm_result(two_norm(x, along, keepdims, s), a, s);
  const array sums = sum(singular_values_along(x, along, s), -1, false, s);
  return norm_result(restore_axes(sums, x, along, keepdims, s), a, s);
}

// ---- Factorizations -----------------------------------------------------------------------------------------------

std::pair<array, array> qr(const array& a, StreamOrDevice s) {
  Parts parts(call("linalg_qr", a, std::nullopt, s), s);
  const Dim m = *(a.shape().end() - 2), n = a.shape().back(), k = dim_min(m, n);
  array q = parts.next({m, k}), r = parts.next({k, n});
  return {q, r};
}

std::vector<array> svd(const array& a, bool compute_uv, StreamOrDevice s) {
  if (!compute_uv) return {singular_values(a, s)};
  Parts parts(call("linalg_svd", a, 2, s), s);
  const Dim m = *(a.shape().end() - 2), n = a.shape().back();
  array u = parts.next({m, m}), values = parts.next({dim_min(m, n)}), vt = parts.next({n, n});
  return {u, real_part(values, s), vt};
}

array cholesky(const array& a, bool upper, StreamOrDevice s) { return call("linalg_cholesky", a, upper, s); }
array cholesky_inv(const array& a, bool upper, StreamOrDevice s) { return call("linalg_cholesky_inv", a, upper, s); }

std::tuple<array, array, array> lu(const array& a, StreamOrDevice s) {
  Parts parts(call("linalg_lu", a, std::nullopt, s), s);
  const Dim m = *(a.shape().end() - 2), n = a.shape().back(), k = dim_min(m, n);
  const array p = parts.next({m});
  array l = parts.next({m, k}), u = parts.next({k, n});
  return {astype(p, uint32, s), l, u};
}

std::pair<array, array> lu_factor(const array& a, StreamOrDevice s) {
  Parts parts(call("linalg_lu_factor", a, std::nullopt, s), s);
  const Dim m = *(a.shape().end() - 2), n = a.shape().back();
  array factors = parts.next({m, n});
  return {factors, astype(parts.next({dim_min(m, n)}), uint32, s)};
}

array inv(const array& a, StreamOrDevice s) { return call("linalg_inv", a, std::nullopt, s); }
array tri_inv(const array& a, bool upper, StreamOrDevice s) { return call("linalg_tri_inv", a, upper, s); }

array pinv(const array& a, StreamOrDevice s) {
  if (a.ndim() >= 2 && a.size() == 0) {
    Shape shape = a.shape();
    std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
    return zeros(shape, a.dtype(), s);
  }
  const auto [u, values, vt] = thin_svd(a, s);
  const double eps = a.dtype() == float64 ? std::numeric_limits<double>::epsilon()
                                          : static_cast<double>(std::numeric_limits<float>::epsilon());
  const double relative = 10 * static_cast<double>(std::max(a.shape(-1), a.shape(-2))) * eps;
  const array least = multiply(max(values, -1, true, s), relative, s);
  const array inverses = where(greater(values, least, s), reciprocal(values, s), 0, s);
  return matmul(multiply(adjoint(vt, s), expand_dims(inverses, -2, s), s), adjoint(u, s), s);
}

array solve(const array& a, const array& b, StreamOrDevice s) {
  return solve_call("linalg_solve", "linalg.solve", a, b, std::nullopt, s);
}
array solve_triangular(const array& a, const array& b, bool upper, StreamOrDevice s) {
  return solve_call("linalg_solve_triangular", "linalg.solve_triangular", a, b, upper, s);
}

array det(const array& a, StreamOrDevice s) { return call("linalg_det", to_inexact(a, s), std::nullopt, s); }

std::pair<array, array> slogdet(const array& a, StreamOrDevice s) {
  Parts parts(call("linalg_slogdet", to_inexact(a, s), std::nullopt, s), s);
  array sign = parts.next({});
  return {sign, real_part(parts.next({}), s)};
}

// ---- Eigenvalues --------------------------------------------------------------------------------------------------

std::pair<array, array> eigh(const array& a, std::string_view UPLO, StreamOrDevice s) {
  Parts parts(call("linalg_eigh", a, triangle_of("linalg.eigh", UPLO), s), s);
  const std::int64_t n = a.shape(-1);
  const array values = parts.next({n});
  return {real_part(values, s), parts.next({n, n})};
}

array eigvalsh(const array& a, std::string_view UPLO, StreamOrDevice s) {
  return call("linalg_eigvalsh", a, triangle_of("linalg.eigvalsh", UPLO), s);
}

std::pair<array, array> eig(const array& a, StreamOrDevice s) {
  Parts parts(call("linalg_eig", a, std::nullopt, s), s);
  const std::int64_t n = a.shape(-1);
  array values = parts.next({n});
  return {values, parts.next({n, n})};
}

array eigvals(const array& a, StreamOrDevice s) { return call("linalg_eigvals", a, std::nullopt, s); }

// ---- Products -----------------------------------------------------------------------------------------------------

array cross(const array& a, const array& b, int axis, StreamOrDevice s) {
  const int rank = std::max(a.ndim(), b.ndim());
  const int along = normalize_axis("linalg.cross", axis, rank);
  const Dtype dtype = promote_types(a.dtype(), b.dtype());
  const auto aligned = [&](const array& x) {
    Shape shape(static_cast<std::size_t>(rank - x.ndim()), Dim(1));
    shape.insert(shape.end(), x.shape().begin(), x.shape().end());
    return moveaxis(reshape(astype(x, dtype, s), shape, s), along, -1, s);
  };
  const array x = aligned(a), y = aligned(b);
  const std::int64_t longest = std::max(x.shape(-1), y.shape(-1));
  for (const array& v : {x, y}) {
    const std::int64_t extent = v.shape(-1);
    if (longest < 2 || longest > 3 || extent == 0) {
      fail<ValueError>("[linalg.cross] Axis {} of shapes {} and {} must have extent 2 or 3.", axis,
                       to_string(a.shape()), to_string(b.shape()));
    }
  }
  // Component i, or nothing where it is 0.
  const auto component = [&](const array& v, std::int64_t i) -> std::optional<array> {
    const std::int64_t extent = v.shape(-1), at = extent == 1 ? 0 : i;
    if (extent == 2 && i == 2) return std::nullopt;
    Shape start(static_cast<std::size_t>(rank), Dim(0)), stop = v.shape();
    start.back() = at;
    stop.back() = at + 1;
    return slice(v, start, stop, s);
  };
  const auto product = [&](std::int64_t i, std::int64_t j) -> std::optional<array> {
    const auto left = component(x, i), right = component(y, j);
    return left && right ? std::optional(multiply(*left, *right, s)) : std::nullopt;
  };
  std::vector<array> components;
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto plus = product((i + 1) % 3, (i + 2) % 3), minus = product((i + 2) % 3, (i + 1) % 3);
    if (plus && minus)
      components.push_back(subtract(*plus, *minus, s));
    else if (plus)
      components.push_back(*plus);
    else if (minus)
      components.push_back(negative(*minus, s));
    else
      components.push_back(zeros_like(*product(0, 0), s));
  }
  return moveaxis(concatenate(components, -1, s), -1, along, s);
}

}  // namespace cermet::linalg
