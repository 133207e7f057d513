// Type rules and references of the sorting calls. Arguments: axes[0] is the axis; dims[0] the position (partition,
// argpartition) or the number of elements (topk). searchsorted takes the sequence and the values, of one dtype;
// axes[0] is 1 for side "right".
#pragma once

#include "graph/ops/library_op.h"

namespace cermet::graph {

/// sort, partition: the type of the input. argsort, argpartition: uint32 in its shape.
ArrayType infer_sort(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
ArrayType infer_argsort(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
/// The extent of the axis becomes dims[0].
ArrayType infer_topk(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
/// uint32 in the shape of the values.
ArrayType infer_searchsorted(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);

std::vector<Literal> interpret_sort(const Primitive& call, std::span<const ReferenceArray> inputs);
std::vector<Literal> interpret_argsort(const Primitive& call, std::span<const ReferenceArray> inputs);
std::vector<Literal> interpret_searchsorted(const Primitive& call, std::span<const ReferenceArray> inputs);

}  // namespace cermet::graph
