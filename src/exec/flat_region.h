// Element-wise work on whole arrays, and reductions of whole arrays, are the same whatever the shapes: such a region is
// a region over one axis, and regions that are equal in that form can run one code, each with its own extent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/passes/fuse.h"

namespace cermet::exec {

/// A region over one axis, in a graph of its own.
struct FlatRegion {
  graph::Graph graph;
  graph::FusedRegion region;          ///< Of `graph`.
  std::vector<graph::Value> inputs;   ///< What graph.inputs are in the graph that the region comes from,
  std::vector<graph::Value> outputs;  ///< and graph.outputs.
  Dim elements = 1;                   ///< In the table of the graph that the region comes from.
};

/// The extent of the axis in the flat graph: a symbol of which this is the likely value, or a known number.
struct FlatExtent {
  bool known = false;
  std::int64_t value = 0;
};

/// Nothing where a position matters (indices, gathers, transposes, broadcasting of anything but a single element) or
/// where an input is not contiguous. Adds products to `graph.dims`, and changes nothing else of the graph.
std::optional<FlatRegion> flatten(graph::Graph& graph, const graph::FusedRegion& region, FlatExtent extent);

}  // namespace cermet::exec
