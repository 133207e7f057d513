// The passes that a graph goes through on its way to a program, as a table that plan() and tools run by name.
#pragma once

#include <span>
#include <string_view>

#include "graph/graph.h"
#include "graph/passes/fuse.h"
#include "target/target.h"

namespace cermet::exec {

struct GraphPass {
  std::string_view name;
  graph::Graph (*run)(const graph::Graph&) = nullptr;
};

/// The graph passes in the order in which plan() runs them; fusion comes after the last.
std::span<const GraphPass> graph_passes();

/// How large a kernel may get on a target.
graph::FuseLimits fuse_limits(const Target& target);

}  // namespace cermet::exec
