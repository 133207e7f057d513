// The type rule of PrimitiveKind::scan.
#pragma once

#include <span>

#include "graph/primitive.h"

namespace cermet::graph {

ArrayType infer_scan(const Primitive& p, std::span<const ArrayType> inputs, IntExprTable& table);

}  // namespace cermet::graph
