// From an operation to a node: recorded while this thread traces, else a pending node.
#pragma once

#include <span>
#include <string_view>

#include "array/recorder.h"

namespace cermet {

/// One primitive on operands that satisfy its rules (promoted, broadcast).
array make_array(Primitive primitive, std::span<const exec::NodeRef> inputs, const StreamOrDevice& s);
array make_array(Primitive primitive, const array& input, const StreamOrDevice& s);

/// 0-d.
array make_constant(Literal value, const StreamOrDevice& s);
/// 0-d, the value of an extent.
array dim_scalar(Dim value, Dtype dtype, const StreamOrDevice& s);
/// 0, 1, ..., count - 1.
array dim_range(Dim count, Dtype dtype, const StreamOrDevice& s);
/// `x` itself where nothing changes.
array broadcast_node(const array& x, const Shape& shape, const StreamOrDevice& s);

/// The node with its value, evaluated; TraceError naming `action` ("item", "eval") for a traced array.
exec::NodeRef evaluated(const array& x, std::string_view action);

/// The node whose value is known without running what a trace records: the array's own outside of a trace and what it
/// captured inside; null for a traced value. It may be pending.
exec::NodeRef concrete_node(const array& x);

/// The table that shape rules need: the innermost trace's; outside of traces extents are constants.
IntExprTable& scratch_dims();

/// Throws ValueError for a negative extent and for more elements than 2^58; returns the number of elements.
Dim checked_elements(const Shape& shape, std::string_view op);

}  // namespace cermet
