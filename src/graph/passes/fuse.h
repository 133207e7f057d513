// Partitions a graph into regions, each of which becomes one kernel (or a reduction and its combine), and library calls.
// Requires: a verified graph without composites (inline_composites), after simplify and dce.
// Ensures: every output and every value that crosses regions is materialised by exactly one region; regions are in an
// order in which they can run; no region exceeds the limits.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace cermet::graph {

enum class RegionKind : std::uint8_t {
  elementwise,  ///< outputs share one domain (or are views of it)
  reduction,    ///< reduces over one set of axes of one domain, with producers, and consumers over rows or results
  library,      ///< one node that is a library call (matmul)
  view          ///< an output that is a view of an input or of a materialised value: no kernel
};

struct FusedRegion {
  RegionKind kind = RegionKind::elementwise;
  std::vector<Value> outputs;  ///< Values that the region materialises, row-major contiguous.
  std::vector<Value> inputs;   ///< Materialised values that it reads (graph inputs, outputs of earlier regions).
  std::vector<Value> nodes;    ///< What it computes, in topological order (recomputed nodes may be in several regions).
  Shape domain;                ///< The iteration space: of the elements (elementwise) or of the reduced operand.
  SmallVector<std::int64_t, 4> reduced_axes;
};

struct FuseLimits {
  int max_cost = 500;       ///< Fused operations per region.
  int max_arguments = 64;
  std::int64_t single_pass_row = 1 << 16;  ///< Longest row (hint) whose consumers stay in the reducing kernel.
};

std::vector<FusedRegion> fuse(const Graph& graph, const FuseLimits& limits);
std::string print(const Graph& graph, const std::vector<FusedRegion>& regions);

}  // namespace cermet::graph
