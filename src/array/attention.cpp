// See attention.h.
#include "array/attention.h"

#include <cermet/autodiff.h>
#include <cermet/ops.h>

#include <limits>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet {

namespace {

array counted(Dim extent) {
  Primitive p;
  p.kind = PrimitiveKind::iota;
  p.dtype = int32;
  p.dims = {extent};
  p.axes = {0};
  return make_array(std::move(p), std::span<const exec::NodeRef>(), {});
}

array extent_value(Dim extent) {
  Primitive p;
  p.kind = PrimitiveKind::dim_value;
  p.dtype = int32;
  p.dims = {extent};
  return make_array(std::move(p), std::span<const exec::NodeRef>(), {});
}

/// Each head of k and v once for every head of q that it serves.
array repeated_heads(const array& x, Dim heads) {
  const Shape shape = x.shape();
  if (dim_equal(shape[1], heads)) return x;
  const Dim shared = dim_floordiv(heads, shape[1]);
  const array spread = broadcast_to(reshape(x, Shape{shape[0], shape[1], Dim(1), shape[2], shape[3]}),
                                    Shape{shape[0], shape[1], shared, shape[2], shape[3]});
  return reshape(spread, Shape{shape[0], heads, shape[2], shape[3]});
}

array masked_scores(const graph::AttentionArguments& given, std::span<const array> inputs, array scores) {
  const Dim queries = inputs[0].shape()[2], keys = inputs[1].shape()[2];
  const float hidden = -std::numeric_limits<float>::max();
  if (given.mask == graph::MaskKind::additive) scores = add(scores, astype(inputs[3], scores.dtype()));
  if (given.mask == graph::MaskKind::boolean) scores = where(inputs[3], scores, hidden);
  if (given.causal) {
    const array lead = subtract(extent_value(keys), extent_value(queries));
    const array last = add(reshape(counted(queries), Shape{queries, Dim(1)}), lead);
    scores = where(less_equal(counted(keys), last), scores, hidden);
  }
  return scores;
}

}  // namespace

array plain_attention(const graph::AttentionArguments& given, std::span<const array> inputs) {
  const Dtype dtype = inputs[0].dtype(), inner = compute_dtype(dtype);
  const Dim heads = inputs[0].shape()[1];
  const array q = astype(inputs[0], inner);
  const array k = astype(repeated_heads(inputs[1], heads), inner), v = astype(repeated_heads(inputs[2], heads), inner);
  const array products = multiply(matmul(q, swapaxes(k, -1, -2)), array(given.scale, inner));
  const array scores = masked_scores(given, inputs, products);
  if (!given.sinks) return astype(matmul(softmax(scores, -1), v), dtype);
  const array& rows = inputs[given.sinks_at()];
  const array sinks = astype(reshape(rows, Shape{rows.shape()[0], heads, Dim(1), Dim(1)}), inner);
  const array shift = stop_gradient(maximum(max(scores, -1, true), sinks));
  const array weights = exp(subtract(scores, shift));
  const array total = add(sum(weights, -1, true), exp(subtract(sinks, shift)));
  return astype(matmul(divide(weights, total), v), dtype);
}

}  // namespace cermet
