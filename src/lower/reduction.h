// Reduction regions: rows of a domain are reduced, and stages over the rows or their results follow.
#pragma once

#include "lower/lower.h"

namespace cermet::lower {

/// One kernel, or partials and combines (with the same bits) where the rows are few and long.
LoweredRegion lower_reduction(graph::Graph& graph, const graph::FusedRegion& region, const Target& target);

}  // namespace cermet::lower
