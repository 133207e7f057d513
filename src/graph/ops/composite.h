// Composites: functions over primitives that have a name, so that uncompiled code can run their body as fused kernels.
#pragma once

#include <span>
#include <string_view>

#include "graph/graph.h"

namespace cermet::graph {

/// A composite's body writes primitives to the builder and returns its result. `call` is the composite primitive:
/// `axes` (sorted, in range) and `literal` hold its arguments (softmax: axes, and a true bool `literal` for precise;
/// var and std: axes and ddof in `literal`; keepdims: `dtype` is bool_).
struct Composite {
  std::string_view name;
  /// The type that `build` will return, without building; throws as graph::infer does.
  ArrayType (*infer)(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
  Value (*build)(Builder& builder, std::span<const Value> inputs, const Primitive& call);
};

/// softmax, mean, var, std, logsumexp, rms_norm, layer_norm, rope. Throws InternalError for an unknown name.
const Composite& find_composite(std::string_view name);

}  // namespace cermet::graph
