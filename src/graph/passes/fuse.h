// Partitions a graph into regions, each of which becomes one kernel (or a reduction and its combine), and library
// calls. Requires: a verified graph without composites (inline_composites), after simplify and dce. Ensures: every
// output and every value that crosses regions is materialised by exactly one region; regions are in an order in which
// they can run; no region exceeds the limits (a concatenate of more inputs than arguments excepted). Inside a region:
// views, indices, constants and cheap functions of one value are repeated in every region that reads them; anything
// else is computed at its own position only: elementwise nodes at the element's, a reduction at its row's (its readers
// over the whole domain are broadcasts along exactly the reduced axes), a gather's and its indices at the element's,
// while what it takes from is in memory or cheap. Readers over the whole domain and outputs of
// its size are in a region of kind reduction only where the reduced axes are the last ones and a row's hint is at most
// `single_pass_row`. Regions of kind view come last.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace cermet::graph {

enum class RegionKind : std::uint8_t {
  elementwise,  ///< outputs share one domain (or are views of it)
  reduction,    ///< reduces over one set of axes of one domain, with producers, and consumers over rows or results
  scan,         ///< scans along one axis of one domain in one direction, with producers and consumers over the domain
  library,      ///< one node that is a library call (library, matmul), on values in memory or strided windows on such
  view          ///< an output that is a view of an input or of a materialised value: no kernel
};

/// A constant operand of an element-wise node that the kernel takes as a parameter.
struct LiftedConstant {
  Value user = -1;
  int operand = 0;
  Literal value;
};

struct FusedRegion {
  RegionKind kind = RegionKind::elementwise;
  std::vector<Value> outputs;  ///< Values that the region materialises, row-major contiguous.
  std::vector<Value> inputs;   ///< Materialised values that it reads (graph inputs, outputs of earlier regions).
  std::vector<Value> nodes;    ///< What it computes, in topological order (recomputed nodes may be in several regions).
  Shape domain;                ///< The iteration space: of the elements (elementwise) or of the reduced operand.
  SmallVector<std::int64_t, 4> reduced_axes;  ///< Of a scan: its axis.
  std::vector<LiftedConstant> lifted;         ///< By user and operand; otherwise equal regions lift the same ones.
};

struct FuseLimits {
  int max_cost = 500;  ///< Fused operations per region.
  int max_arguments = 64;
  std::int64_t single_pass_row = 1 << 16;  ///< Longest row (hint) whose consumers stay in the reducing kernel.
};

std::string_view name(RegionKind kind);
/// True if lower() makes kernels of such regions.
inline bool is_generated(RegionKind kind) { return kind != RegionKind::library && kind != RegionKind::view; }
std::vector<FusedRegion> fuse(const Graph& graph, const FuseLimits& limits);
std::string print(const Graph& graph, const std::vector<FusedRegion>& regions);
/// Throws InternalError naming the first broken promise of the ones above.
void verify(const Graph& graph, const std::vector<FusedRegion>& regions, const FuseLimits& limits);

}  // namespace cermet::graph
