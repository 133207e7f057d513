// Matrix products: NumPy's rules for vectors and batches around the one primitive.
#include <cermet/ops.h>

#include <algorithm>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet {

namespace {

array product_node(const array& a, const array& b, const StreamOrDevice& s) {
  Primitive matmul;
  matmul.kind = PrimitiveKind::matmul;
  const exec::NodeRef inputs[] = {a.node(), b.node()};
  return make_array(std::move(matmul), inputs, s);
}

/// Gives both operands the same batch dimensions.
std::pair<array, array> broadcast_batches(const array& a, const array& b, const StreamOrDevice& s) {
  const auto batch = [](const array& x) { return Shape(x.shape().begin(), x.shape().end() - 2); };
  const Shape shape = broadcast_dims(batch(a), batch(b), "matmul");
  const auto with_batch = [&](const array& x) {
    Shape full = shape;
    full.insert(full.end(), x.shape().end() - 2, x.shape().end());
    return broadcast_node(x, full, s);
  };
  return {with_batch(a), with_batch(b)};
}

/// A batch times one matrix is one product of taller matrices, and so is each of its gradients.
bool is_one_product(const array& a, const array& b) {
  const auto is_batch = [](Dim d) { return !same(d, 1); };
  return b.ndim() == 2 && a.ndim() > 2 && std::any_of(a.shape().begin(), a.shape().end() - 2, is_batch);
}

array tall_product(const array& a, const array& b, const StreamOrDevice& s) {
  const Shape rows(a.shape().begin(), a.shape().end() - 1);
  Shape shape = rows;
  shape.push_back(b.shape()[1]);
  return reshape(product_node(reshape(a, {dim_product(rows), a.shape().back()}, s), b, s), shape, s);
}

}  // namespace

array matmul(const array& a, const array& b, StreamOrDevice s) {
  if (a.ndim() == 0 || b.ndim() == 0) {
    fail<ValueError>("[matmul] both operands need at least one dimension, got shapes {} and {}", to_string(a.shape()),
                     to_string(b.shape()));
  }
  const Dtype dtype = promote_types(a.dtype(), b.dtype());
  if (!is_inexact(dtype)) {
    fail<ValueError>("[matmul] takes floating or complex arrays, got {} and {}; convert with astype", name(a.dtype()),
                     name(b.dtype()));
  }
  if (!dim_equal(a.shape().back(), b.shape()[b.ndim() == 1 ? 0 : b.shape().size() - 2])) {
    fail<ValueError>("[matmul] the last dimension of {} must equal the {} dimension of {}", to_string(a.shape()),
                     b.ndim() == 1 ? "only" : "last but one", to_string(b.shape()));
  }
  array left = astype(a, dtype, s), right = astype(b, dtype, s);
  if (a.ndim() == 1) left = expand_dims(left, 0, s);
  if (b.ndim() == 1) right = expand_dims(right, 1, s);
  const auto product = [&] {
    if (is_one_product(left, right)) return tall_product(left, right, s);
    const auto [x, y] = broadcast_batches(left, right, s);
    return product_node(x, y, s);
  };
  array result = product();
  if (a.ndim() == 1) result = squeeze(result, b.ndim() == 1 ? -1 : -2, s);
  if (b.ndim() == 1) result = squeeze(result, -1, s);
  return result;
}

array addmm(const array& c, const array& a, const array& b, float alpha, float beta, StreamOrDevice s) {
  array product = matmul(a, b, s);
  if (alpha != 1.0F) product = multiply(product, alpha, s);
  const array bias = beta == 1.0F ? c : multiply(c, beta, s);
  return add(product, bias, s);
}

}  // namespace cermet
