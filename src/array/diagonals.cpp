// Diagonals are strided slices of flattened matrices; triangles compare the row with the column.
#include <cermet/manipulation.h>
#include <cermet/ops.h>

#include "array/node_building.h"

namespace cermet {

namespace {

/// Every element of an n x m matrix: its column compared with its row + k.
array band(Op compare, std::int64_t n, std::int64_t m, int k, const StreamOrDevice& s) {
  const bool narrow = n + std::abs(std::int64_t{k}) < (std::int64_t{1} << 31) && m < (std::int64_t{1} << 31);
  const Dtype dtype = narrow ? int32 : int64;
  const array rows = expand_dims(arange(0.0, static_cast<double>(n), dtype, s), 1, s);
  const array columns = arange(0.0, static_cast<double>(m), dtype, s);
  const array shifted = add(rows, array(std::int64_t{k}, dtype), s);
  const Operand operands[] = {Operand(columns), Operand(shifted)};
  return elementwise(compare, operands, s);
}

array masked(const char* op, Op compare, const array& a, int k, const StreamOrDevice& s) {
  if (a.ndim() < 2) fail<ValueError>("[{}] Needs at least two dimensions, got shape {}.", op, to_string(a.shape()));
  const array mask = band(compare, a.shape(-2), a.shape(-1), k, s);
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
  const std::int64_t n = a.shape(first), m = a.shape(second), down = std::max<std::int64_t>(0, -std::int64_t{offset});
  const std::int64_t right = std::max(0, offset);
  const std::int64_t count = std::max<std::int64_t>(0, std::min(n - down, m - right));
  Shape flat;
  for (std::size_t k = 0; k + 2 < order.size(); ++k) flat.push_back(a.shape()[static_cast<std::size_t>(order[k])]);
  const std::size_t last = flat.size();
  flat.push_back(n * m);
  Shape start(flat.size(), 0), stop = flat, step(flat.size(), 1);
  start[last] = count == 0 ? 0 : down * m + right;
  stop[last] = count == 0 ? 0 : down * m + right + (count - 1) * (m + 1) + 1;
  step[last] = m + 1;
  return slice(reshape(transpose(a, order, s), flat, s), start, stop, step, s);
}

array diag(const array& a, int k, StreamOrDevice s) {
  if (a.ndim() == 2) return diagonal(a, k, 0, 1, s);
  if (a.ndim() != 1) fail<ValueError>("[diag] Takes a vector or a matrix, got shape {}.", to_string(a.shape()));
  const std::int64_t shift = k, extent = a.size() + std::abs(shift);
  checked_elements({extent, extent}, "diag");
  // Element i of the vector stands in row i (k >= 0) or in column i (k < 0): both sides broadcast from there.
  array values = pad(a, {{0, std::abs(shift)}}, zeros({}, a.dtype(), s), "constant", s);
  if (k >= 0) values = expand_dims(values, 1, s);
  return where(band(Op::equal, extent, extent, k, s), values, zeros({}, a.dtype(), s), s);
}

array tri(int n, int m, int k, Dtype dtype, StreamOrDevice s) {
  checked_elements({n, m}, "tri");
  return astype(band(Op::less_equal, n, m, k, s), dtype, s);
}

array tril(const array& a, int k, StreamOrDevice s) { return masked("tril", Op::less_equal, a, k, s); }

array triu(const array& a, int k, StreamOrDevice s) { return masked("triu", Op::greater_equal, a, k, s); }

}  // namespace cermet
