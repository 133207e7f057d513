// The last stage of planning: pieces with their kernels become steps over planned memory.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "exec/planned_program.h"
#include "graph/passes/fuse.h"
#include "lower/lower.h"

namespace cermet::exec {

/// One region and what became of it; library and view regions have no kernels.
struct Piece {
  const graph::FusedRegion* region = nullptr;
  lower::LoweredRegion lowered;
  std::vector<std::shared_ptr<const CompiledKernel>> compiled;  ///< Parallel to lowered.kernels.
  int code = -1;   ///< The piece that has the kernels of this one, whose own are left empty; -1: this one has.
  int launch = 0;  ///< Neighbours of one number are launched together.
};

/// True if nothing that the region computes has an element.
bool is_empty(const graph::Graph& graph, const graph::FusedRegion& region);
/// Throws ValueError listing the stages, if `stage` is none of kernels.
void check_stage(std::string_view stage);

/// Fills all of `program` but its graph and target. Adds expressions to `graph.dims`.
void assemble(PlannedProgram& program, graph::Graph& graph, const std::vector<Piece>& pieces);

}  // namespace cermet::exec
