// The type rule of PrimitiveKind::scan.
#pragma once

#include <span>

#include "graph/primitive.h"

namespace cermet::graph {

/// Unlike a reduction's, small integers stay what they are (bool sums as int32), as in MLX.
Dtype scan_dtype(Reduction reduction, Dtype dtype);

ArrayType infer_scan(const Primitive& p, std::span<const ArrayType> inputs, IntExprTable& table);

}  // namespace cermet::graph
