// The library ops that write into an array: slice_update (a strided window) and scatter (positions from index arrays),
// each with what is done to the elements that are there: replace (no suffix), _add, _prod, _max, _min.
//
// slice_update: inputs x, update, and maybe start; the result is x with the window of update's shape written. Without
//   `start`, dims hold rank starts and axes rank steps, as those of a slice. With it (0-d or a vector of any integer
//   dtype), axes name the axis that each of its elements is the start of, the others start at 0, and steps are 1; a
//   negative start counts from the end, then it is clamped so that all of the window lies inside.
// scatter: inputs x, index arrays (any integer dtype, the updates' shape), updates. axes[k] says where the position
//   along axis k of x comes from: m >= 0: the updates' index along their axis m (of at most x's extent); -1 - j: index
//   array j. Negative indices count from the end, then all are clamped into the axis. Updates that meet the same
//   element are applied in row-major order of the updates; half types round after each.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "graph/ops/library_op.h"

namespace cermet::graph {

/// How an update meets the element that is there.
enum class Combiner : std::uint8_t { set, add, prod, max, min };

/// "slice_update" or "scatter" with the combiner's suffix.
std::string update_name(std::string_view family, Combiner combiner);
/// The combiner that a library op's name ends in.
Combiner combiner_of(std::string_view name);

ArrayType infer_slice_update(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
ArrayType infer_scatter(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
std::vector<Literal> interpret_slice_update(const Primitive& call, std::span<const ReferenceArray> inputs);
std::vector<Literal> interpret_scatter(const Primitive& call, std::span<const ReferenceArray> inputs);

}  // namespace cermet::graph
