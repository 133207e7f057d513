// The library op "view": the bytes of the rows along the last axis read as another dtype (Primitive::dtype), whose size
// may differ; the last axis scales. Views between dtypes of one size are PrimitiveKind::bitcast.
#pragma once

#include <span>
#include <vector>

#include "graph/ops/library_op.h"

namespace cermet::graph {

ArrayType infer_view(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
std::vector<Literal> interpret_view(const Primitive& call, std::span<const ReferenceArray> inputs);

}  // namespace cermet::graph
