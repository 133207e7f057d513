// Where long element-wise chains are cut, so that equal pieces become equal kernels.
#pragma once

#include <vector>

#include "graph/passes/inlining.h"

namespace cermet::graph {

/// For every value: true if fusion must not reach across it from earlier values. Cuts lie one period or several apart
/// in stretches of element-wise homes that repeat, one period reading the one before, and cost more than `max_cost`, at
/// places where few values cross. Linear.
std::vector<bool> find_cuts(const Graph& graph, const Inlining& inlining, int max_cost);

}  // namespace cermet::graph
