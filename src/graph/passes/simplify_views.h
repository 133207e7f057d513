// The rules of simplify for views and concatenations.
#pragma once

#include <optional>

#include "graph/graph.h"

namespace cermet::graph {

/// A cheaper value equal to `view` (reshape, transpose, broadcast, slice or concatenate) of `inputs`, if there is one.
std::optional<Value> simplify_view(Builder& builder, const Primitive& view, std::span<const Value> inputs,
                                   const ArrayType& type);

}  // namespace cermet::graph
