// Scan regions: running combinations along one axis, their elements and what follows from them at each position.
#pragma once

#include "lower/lower.h"

namespace cermet::lower {

/// One kernel. Columns side by side are scanned together where the axis is not the innermost; else one row after the
/// other, in blocks whose elements are computed before the running combination and whose results follow after it.
LoweredRegion lower_scan(graph::Graph& graph, const graph::FusedRegion& region, const Target& target);

}  // namespace cermet::lower
