// Random orders and jointly normal vectors: what stands on sorting, gathers and decompositions.
#include <cermet/indexing.h>
#include <cermet/linalg.h>
#include <cermet/random.h>
#include <cermet/sorting.h>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet::random {

namespace {
array permutation_of(Dim n, const std::optional<array>& key, const StreamOrDevice& s) {
  return argsort(bits(Shape(1, n), 4, key, s), -1, s);
}
}  // namespace

array permutation(int n, const std::optional<array>& key, StreamOrDevice s) {
  if (n < 0) fail<ValueError>("[random.permutation] the length must not be negative, got {}", n);
  return permutation_of(n, key, s);
}

array permutation(const array& x, int axis, const std::optional<array>& key, StreamOrDevice s) {
  const int rank = static_cast<int>(x.ndim());
  if (axis < -rank || axis >= rank) {
    fail<IndexError>("[random.permutation] axis {} is out of range for an array of {} dimensions", axis, rank);
  }
  return take(x, permutation_of(*(axis < 0 ? x.shape().end() + axis : x.shape().begin() + axis), key, s), axis, s);
}

array multivariate_normal(const array& mean, const array& cov, const Shape& shape, Dtype dtype,
                          const std::optional<array>& key, StreamOrDevice s) {
  constexpr std::string_view op = "random.multivariate_normal";
  if (dtype != float32) fail<ValueError>("[{}] makes float32 numbers, not {}", op, name(dtype));
  const Shape& means = mean.shape();
  const Shape& covariances = cov.shape();
  if (means.empty() || covariances.size() < 2) {
    fail<ValueError>("[{}] needs means of shape (..., n) and covariances of shape (..., n, n), got {} and {}", op,
                     to_string(means), to_string(covariances));
  }
  const Dim n = means.back();
  if (!dim_equal(covariances.back(), n) || !dim_equal(covariances[covariances.size() - 2], n)) {
    fail<ValueError>("[{}] means of shape {} and covariances of shape {} do not fit together", op, to_string(means),
                     to_string(covariances));
  }
  Shape batch;
  for (std::size_t i = 0; i + 1 < means.size(); ++i) batch.push_back(means[i]);
  Shape matrices;
  for (std::size_t i = 0; i + 2 < covariances.size(); ++i) matrices.push_back(covariances[i]);
  Shape result = broadcast_dims(batch, matrices, op);
  if (!shape.empty()) {
    if (!shapes_equal(broadcast_dims(result, shape, op), shape)) {
      fail<ValueError>("[{}] parameters of shape {} do not broadcast to {}", op, to_string(result), to_string(shape));
    }
    result = shape;
  }
  result.push_back(n);
  // The symmetric square root of the covariance, U sqrt(S) V.
  const std::vector<array> parts = linalg::svd(astype(cov, float32, s), true, s);
  const array scaled = multiply(parts[0], expand_dims(sqrt(parts[1], s), -2, s), s);
  const array root = matmul(scaled, parts[2], s);
  const array standard = normal(result, dtype, std::nullopt, std::nullopt, key, s);
  const array correlated = squeeze(matmul(expand_dims(standard, -2, s), root, s), -2, s);
  return add(correlated, astype(mean, dtype, s), s);
}

}  // namespace cermet::random
