// Equal pieces of a long graph usually differ in their constants: a learning rate a step, a coefficient a term. What
// differs becomes a parameter of the kernel, so that the pieces share one.
#pragma once

#include <vector>

#include "graph/passes/fuse.h"

namespace cermet::graph {

/// Fills FusedRegion::lifted. Regions are compared as they will be lowered, but for the constant operands of their
/// element-wise nodes; a constant that all equal regions share stays in the kernel. Linear.
void lift_constants(const Graph& graph, std::vector<FusedRegion>& regions);

}  // namespace cermet::graph
