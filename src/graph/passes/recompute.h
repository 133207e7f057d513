// What later groups compute again rather than have a column or long-row reduction write it and read it back.
// Requires: a grouping that has run. Ensures: recomputed values are functions of values in memory only; the groups'
// inputs and costs are kept up, within the limits.
#pragma once

#include <vector>

#include "graph/passes/grouping.h"

namespace cermet::graph {

/// For every value: true if readers in other groups compute it themselves.
std::vector<bool> choose_recomputed(const Graph& graph, const Inlining& inlining, IntExprTable& table,
                                    const FuseLimits& limits, Grouping& grouping);

}  // namespace cermet::graph
