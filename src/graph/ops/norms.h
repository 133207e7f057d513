// rms_norm and layer_norm over the last axis, with a weight and (layer_norm) a bias or without. `literal` is eps,
// axes[0] the last axis. Types and bodies; the table is in composite.cpp.
#pragma once

#include "graph/graph.h"

namespace cermet::graph {

/// Inputs x (..., d), then the weight (d), then the bias (d). The dtype is that of all together and must be real and
/// floating.
ArrayType infer_norm(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
/// x * rsqrt(mean(x^2) + eps) * weight, computed in float32 (float64) and rounded once.
Value build_rms_norm(Builder& builder, std::span<const Value> inputs, const Primitive& call);
/// (x - mean(x)) * rsqrt(var(x) + eps) * weight + bias, likewise; the variance in a second pass.
Value build_layer_norm(Builder& builder, std::span<const Value> inputs, const Primitive& call);

}  // namespace cermet::graph
