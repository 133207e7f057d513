// Diagonals are strided slices of flattened matrices; triangles compare the row with the column.
#include <cermet/manipulation.h>
#include <cermet/ops.h>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet {

namespace {

/// Every element of an n x m matrix: its column compared with its row + k.
array band(Op compare, Dim n, Dim m, int k, const StreamOrDevice& s) {
  constexpr std::int64_t limit = std::int64_t{1} << 31;
  const bool narrow =
      current_dims().known_less(dim_add(n, std::abs(std::int64_t{k})), limit) && current_dims().known_less(m, limit);
  const Dtype dtype = narrow ? int32 : int64;
  const array rows = expand_dims(dim_range(n, dtype, s), 1, s);
  const array columns = dim_range(m, dtype, s);
  const array shifted = add(rows, array(std::int64_t{k}, dtype), s);
  const Operand operands[] = {Operand(columns), Operand(shifted)};
  return elementwise(compare, operands, s);
}

array masked(const char* op, Op compare, const array& a, int k, const StreamOrDevice& s) {
  if (a.ndim() < 2) fail<ValueError>("[{}] Needs at least two dimensions, got shape {}.", op, to_string(a.shape()));
  const array mask = band(compare, *(a.shape().end() - 2), a.shape().back(), k, s);
  return where(mask, a, zeros({}, a.dtype(), s), s);
}

}  // namespace

array diagonal(const array& a, int offset, int axis1, int axis2, StreamOrDevice s) {
  if (a.ndim() < 2) fail<ValueError>("[diagonal] Needs at least two dimensions, got shape {}.", to_string(a.shape()));
  const int first = normalize_axis("diagonal", axis1, a.ndim()), second = normalize_axis("diagonal", axis2, a.ndim());
  if (first == second) fail<ValueError>("[diagonal] The axes must differ, both are {}.", first);
  std::vector<int> order;
  for (int axis = 0; axis < a.ndim(); ++axis) {
    if (axis != first && axis != second) order.push_back(axis);
  }
  order.push_back(first);
  order.push_back(second);
  const Dim n = a.shape()[static_cast<std::size_t>(first)], m = a.shape()[static_cast<std::size_t>(second)];
  const std::int64_t down = std::max<std::int64_t>(0, -std::int64_t{offset}), right = std::max(0, offset);
  const Dim count = dim_max(0, dim_min(dim_subtract(n, down), dim_subtract(m, right)));
  const array matrices = transpose(a, order, s);
  Shape flat(matrices.shape().begin(), matrices.shape().end() - 2);
  const std::size_t last = flat.size();
  if (!m.is_constant()) {  // no slice has a step that depends on the call
    Primitive gather;
    gather.kind = PrimitiveKind::gather;
    for (std::size_t k = 0; k < last; ++k) gather.axes.push_back(static_cast<std::int64_t>(k));
    gather.axes.push_back(-1);
    gather.axes.push_back(-2);
    flat.push_back(count);
    gather.dims = flat;
    const array place = dim_range(count, int64, s);
    const array rows = broadcast_node(add(place, down, s), flat, s);
    const array columns = broadcast_node(add(place, right, s), flat, s);
    const exec::NodeRef inputs[] = {matrices.node(), rows.node(), columns.node()};
    return make_array(std::move(gather), inputs, s);
  }
  const std::int64_t width = m.value(), begin = down * width + right;
  flat.push_back(dim_multiply(n, m));
  Shape start(flat.size(), 0), stop = flat, step(flat.size(), 1);
  const bool is_none = dim_equal(count, 0);
  start[last] = is_none ? 0 : begin;
  stop[last] = is_none ? Dim(0) : dim_add(dim_multiply(dim_subtract(count, 1), width + 1), begin + 1);
  step[last] = width + 1;
  return slice(reshape(matrices, flat, s), start, stop, step, s);
}

array diag(const array& a, int k, StreamOrDevice s) {
  if (a.ndim() == 2) return diagonal(a, k, 0, 1, s);
  if (a.ndim() != 1) fail<ValueError>("[diag] Takes a vector or a matrix, got shape {}.", to_string(a.shape()));
  const std::int64_t shift = k;
  const Dim extent = dim_add(a.shape()[0], std::abs(shift));
  checked_elements(Shape(2, extent), "diag");
  // Element i of the vector stands in row i (k >= 0) or in column i (k < 0): both sides broadcast from there.
  array values = pad(a, {{0, std::abs(shift)}}, zeros({}, a.dtype(), s), "constant", s);
  if (k >= 0) values = expand_dims(values, 1, s);
  return where(band(Op::equal, extent, extent, k, s), values, zeros({}, a.dtype(), s), s);
}

array tri(Dim n, Dim m, int k, Dtype dtype, StreamOrDevice s) {
  Shape shape(1, n);
  shape.push_back(m);
  checked_elements(shape, "tri");
  return astype(band(Op::less_equal, n, m, k, s), dtype, s);
}

array tril(const array& a, int k, StreamOrDevice s) { return masked("tril", Op::less_equal, a, k, s); }

array triu(const array& a, int k, StreamOrDevice s) { return masked("triu", Op::greater_equal, a, k, s); }

}  // namespace cermet
