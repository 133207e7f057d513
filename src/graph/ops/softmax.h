// softmax: exp(x - max(x)) / sum(exp(x - max(x))) over `axes`. Type and body; the table is in composite.cpp.
#pragma once

#include "graph/graph.h"

namespace cermet::graph {

/// The input's shape; integers become float32.
ArrayType infer_softmax(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
Value build_softmax(Builder& builder, std::span<const Value> inputs, const Primitive& call);

}  // namespace cermet::graph
