// The type rule of PrimitiveKind::gather.
#pragma once

#include <span>

#include "graph/primitive.h"

namespace cermet::graph {

ArrayType infer_gather(const Primitive& p, std::span<const ArrayType> inputs, IntExprTable& table);

}  // namespace cermet::graph
