// How one gather is described in terms of collapsed axes; part of eager.cpp.
#pragma once

#include <span>

#include "exec/eager.h"

namespace cermet::exec {

/// Operands: what is taken from (its followed axes collapsed with the output's, the others as they are), then the
/// indices in the collapsed shape of the output. `primitive.axes` as in PrimitiveKind::gather, on these axes.
void describe_gather(EagerCall& call, const Node& node, std::span<const Data* const> operands);

/// The collapsed shape of a described gather's output.
Strides gather_extents(const EagerCall& call);
/// The largest extent that axis `k` of what is taken from may have under this key.
std::int64_t gather_limit(const EagerCall& call, std::size_t k);

}  // namespace cermet::exec
