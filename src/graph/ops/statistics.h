// mean, var, std and logsumexp over any axes, with keepdims (`dtype` bool_). Half types accumulate in float32.
#pragma once

#include "graph/graph.h"

namespace cermet::graph {

/// The input's shape without `axes` (with keepdims: 1 there); integers become float32.
ArrayType infer_statistic(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
Value build_mean(Builder& builder, std::span<const Value> inputs, const Primitive& call);
/// Mean of squared distances from the mean, in two passes; divides by max(n - ddof, 0), ddof in `call.literal`.
Value build_var(Builder& builder, std::span<const Value> inputs, const Primitive& call);
Value build_std(Builder& builder, std::span<const Value> inputs, const Primitive& call);
/// log(sum(exp(x))) without overflow: the maximum is taken out, unless it is infinite and thus the result.
Value build_logsumexp(Builder& builder, std::span<const Value> inputs, const Primitive& call);

}  // namespace cermet::graph
