// A contraction of two operands as matrix product, or as multiplication and sum where a product would not pay.
#include "array/pair_product.h"

#include <cermet/ops.h>

#include <algorithm>
#include <numeric>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet {

namespace {

using Labels = std::vector<int>;

bool contains(const Labels& labels, int label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

std::size_t position(const Labels& labels, int label) {
  return static_cast<std::size_t>(std::find(labels.begin(), labels.end(), label) - labels.begin());
}

Dim extent_of(const Labelled& x, int label) { return x.value.shape()[position(x.labels, label)]; }

Labels joined(std::initializer_list<const Labels*> parts) {
  Labels out;
  for (const Labels* part : parts) out.insert(out.end(), part->begin(), part->end());
  return out;
}

/// Drops the axes of these labels, which have extent 1.
Labelled without(const Labelled& x, const Labels& dropped, const StreamOrDevice& s) {
  Shape shape;
  Labels labels;
  for (std::size_t k = 0; k < x.labels.size(); ++k) {
    if (contains(dropped, x.labels[k])) continue;
    labels.push_back(x.labels[k]);
    shape.push_back(x.value.shape()[k]);
  }
  return {reshape(x.value, shape, s), labels};
}

/// The axes in the order of `labels`; a label that `x` lacks gets extent 1.
array spread(const Labelled& x, const Labels& labels, const StreamOrDevice& s) {
  Labels present;
  Shape shape;
  for (int label : labels) {
    const bool has = contains(x.labels, label);
    if (has) present.push_back(label);
    shape.push_back(has ? extent_of(x, label) : Dim(1));
  }
  return reshape(in_order(x, present, s), shape, s);
}

/// One multiplication over all labels, then one sum: it fuses with what stands around it. Halves multiply and add in
/// float32 and round once, as matrix products do; integers keep their dtype, as in NumPy.
array multiply_and_sum(const Labelled& a, const Labelled& b, const Labels& kept, const Labels& summed,
                       const StreamOrDevice& s) {
  const Labels order = joined({&kept, &summed});
  array x = spread(a, order, s), y = spread(b, order, s);
  const Dtype dtype = x.dtype();
  if (summed.empty()) return multiply(x, y, s);
  if (is_half(dtype)) {
    x = astype(x, float32, s);
    y = astype(y, float32, s);
  }
  std::vector<int> axes(summed.size());
  std::iota(axes.begin(), axes.end(), static_cast<int>(kept.size()));
  const array product = multiply(x, y, s);
  return astype(is_bool(dtype) ? any(product, axes, false, s) : sum(product, axes, false, s), dtype, s);
}

/// The labels of a matrix product: batch and rows of `a`, batch and columns of `b`, and what is summed.
struct Roles {
  Labels batch, rows, columns, summed;
};

Shape merged_shape(const Labelled& x, const Labels& batch, std::initializer_list<const Labels*> groups) {
  Shape shape;
  for (int label : batch) shape.push_back(extent_of(x, label));
  for (const Labels* group : groups) {
    Dim merged = 1;
    for (int label : *group) merged = dim_multiply(merged, extent_of(x, label));
    shape.push_back(merged);
  }
  return shape;
}

array as_matrix_product(const Labelled& a, const Labelled& b, const Roles& r, const Labels& kept,
                        const StreamOrDevice& s) {
  const array left = reshape(in_order(a, joined({&r.batch, &r.rows, &r.summed}), s),
                             merged_shape(a, r.batch, {&r.rows, &r.summed}), s);
  const array right = reshape(in_order(b, joined({&r.batch, &r.summed, &r.columns}), s),
                              merged_shape(b, r.batch, {&r.summed, &r.columns}), s);
  const array product = matmul(left, right, s);
  Shape shape(product.shape().begin(), product.shape().end() - 2);
  for (int label : r.rows) shape.push_back(extent_of(a, label));
  for (int label : r.columns) shape.push_back(extent_of(b, label));
  return in_order({reshape(product, shape, s), joined({&r.batch, &r.rows, &r.columns})}, kept, s);
}

/// Groups keep the order of the operand, so that merging their axes is no copy; what is summed goes in `a`'s order.
Roles roles_of(const Labelled& a, const Labelled& b, const Labels& kept) {
  Roles r;
  for (int label : kept) {
    if (contains(a.labels, label) && contains(b.labels, label)) r.batch.push_back(label);
  }
  for (int label : a.labels) {
    if (contains(r.batch, label)) continue;
    (contains(kept, label) ? r.rows : r.summed).push_back(label);
  }
  for (int label : b.labels) {
    if (!contains(r.batch, label) && contains(kept, label)) r.columns.push_back(label);
  }
  return r;
}

/// Sums over the labels that neither the other operand nor the result has.
Labelled sum_own(const Labelled& x, const Labelled& other, const Labels& kept, const StreamOrDevice& s) {
  return sum_labels(x, joined({&kept, &other.labels}), s);
}

/// The summed labels along which `x` has extent 1 and `other` more: `x` is constant there.
Labels constant_labels(const Labelled& x, const Labelled& other, const Labels& kept) {
  Labels out;
  for (int label : x.labels) {
    if (contains(kept, label) || !contains(other.labels, label)) continue;
    if (dim_equal(extent_of(x, label), 1) && !dim_equal(extent_of(other, label), 1)) out.push_back(label);
  }
  return out;
}

}  // namespace

Labelled sum_labels(const Labelled& x, const std::vector<int>& kept, const StreamOrDevice& s) {
  std::vector<int> axes;
  Labels labels;
  for (std::size_t k = 0; k < x.labels.size(); ++k) {
    if (contains(kept, x.labels[k])) {
      labels.push_back(x.labels[k]);
    } else {
      axes.push_back(static_cast<int>(k));
    }
  }
  if (axes.empty()) return x;
  const Dtype dtype = x.value.dtype();
  const array total = is_bool(dtype) ? any(x.value, axes, false, s) : sum(x.value, axes, false, s);
  return {astype(total, dtype, s), labels};
}

array in_order(const Labelled& x, const std::vector<int>& labels, const StreamOrDevice& s) {
  std::vector<int> order;
  for (int label : labels) order.push_back(static_cast<int>(position(x.labels, label)));
  return transpose(x.value, order, s);
}

array pair_product(const Labelled& first, const Labelled& second, const std::vector<int>& kept,
                   const StreamOrDevice& s) {
  Labelled a = sum_own(first, second, kept, s), b = sum_own(second, first, kept, s);
  const Labels of_a = constant_labels(a, b, kept), of_b = constant_labels(b, a, kept);
  a = without(a, of_a, s);
  b = without(b, of_b, s);
  a = sum_own(a, b, kept, s);
  b = sum_own(b, a, kept, s);
  Roles r = roles_of(a, b, kept);
  // Nothing summed, or one number (or a batch of vectors) a sum: no matrix product.
  const bool vectors =
      (r.rows.empty() || r.columns.empty()) && !(r.batch.empty() && (r.rows.size() + r.columns.size() > 0));
  if (r.summed.empty() || vectors || !is_inexact(a.value.dtype())) return multiply_and_sum(a, b, kept, r.summed, s);
  // The operand whose rows come first in the result goes left: then the result needs no transposition.
  const auto after_batch = std::find_if(kept.begin(), kept.end(), [&](int label) { return !contains(r.batch, label); });
  if (after_batch != kept.end() && contains(r.columns, *after_batch)) {
    std::swap(a, b);
    r = roles_of(a, b, kept);
  }
  return as_matrix_product(a, b, r, kept, s);
}

}  // namespace cermet
