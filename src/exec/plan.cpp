// The one readable list: what happens to a graph on its way to a program. Each pass is logged with its time under
// CERMET_DUMP=graph, and verified where the setting `verify` is on.
#include "exec/plan.h"

#include <chrono>
#include <string_view>

#include "base/log.h"
#include "base/settings.h"
#include "exec/assemble.h"
#include "exec/planned_program.h"
#include "graph/passes/cse.h"
#include "graph/passes/dce.h"
#include "graph/passes/fold.h"
#include "graph/passes/fuse.h"
#include "graph/passes/fuse_epilogue.h"
#include "graph/passes/inline_composites.h"
#include "graph/passes/simplify.h"
#include "graph/passes/store_constants.h"
#include "runtime/thread_pool.h"

namespace cermet::exec {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

constexpr GraphPass pass_list[] = {
    {"inline_composites", graph::inline_composites},
    {"fold", graph::fold},
    {"simplify", graph::simplify},
    {"cse", graph::cse},
    {"dce", graph::dce},
    {"fuse_epilogue", graph::fuse_epilogue},
    {"store_constants", graph::store_constants},
};

void apply(const GraphPass& pass, graph::Graph& graph) {
  const bool dump = dump_enabled("graph");
  const std::string before = dump ? graph::print(graph) : std::string();
  const auto start = Clock::now();
  graph = pass.run(graph);
  const double took = milliseconds_since(start);
  if (settings().verify) graph::verify(graph);
  if (!dump) return;
  const std::string after = graph::print(graph);
  write_log("graph", fmt::format("{} ({:.2f} ms) {}", pass.name, took, after == before ? "unchanged" : "\n" + after));
}

std::vector<Piece> lower_all(graph::Graph& graph, const std::vector<graph::FusedRegion>& regions,
                             const Target& target) {
  std::vector<Piece> pieces;
  for (const graph::FusedRegion& region : regions) {
    Piece piece;
    piece.region = &region;
    if (graph::is_generated(region.kind) && !is_empty(graph, region))
      piece.lowered = lower::lower(graph, region, target);
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

// Kernels that are not in a cache yet are compiled side by side.
void compile_all(std::vector<Piece>& pieces, const Target& target) {
  struct Job {
    const kernel::Kernel* built;
    std::shared_ptr<const CompiledKernel>* result;
  };
  std::vector<Job> jobs;
  for (Piece& piece : pieces) {
    piece.compiled.resize(piece.lowered.kernels.size());
    for (std::size_t k = 0; k < piece.compiled.size(); ++k) {
      if (settings().verify) kernel::verify(piece.lowered.kernels[k].kernel, kernel::Stage::built);
      jobs.push_back({&piece.lowered.kernels[k].kernel, &piece.compiled[k]});
    }
  }
  runtime::parallel_for(static_cast<std::int64_t>(jobs.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Job& job = jobs[static_cast<std::size_t>(i)];
      *job.result = compile_kernel(*job.built, target);
    }
  });
}

}  // namespace

std::span<const GraphPass> graph_passes() { return pass_list; }

graph::FuseLimits fuse_limits(const Target& target) {
  graph::FuseLimits limits;
  limits.max_cost = target.max_region_cost;
  limits.max_arguments = target.max_arguments;
  return limits;
}

std::shared_ptr<const Program> plan(graph::Graph graph, const Target& target) {
  const auto start = Clock::now();
  if (dump_enabled("graph")) write_log("graph", "traced\n" + graph::print(graph));
  if (settings().verify) graph::verify(graph);
  for (const GraphPass& pass : pass_list) apply(pass, graph);
  const std::vector<graph::FusedRegion> regions = graph::fuse(graph, fuse_limits(target));
  if (dump_enabled("fused")) write_log("fused", graph::print(graph, regions));
  std::vector<Piece> pieces = lower_all(graph, regions, target);
  compile_all(pieces, target);
  auto program = std::make_shared<PlannedProgram>();
  program->target = target;
  assemble(*program, graph, pieces);
  program->graph = std::move(graph);
  log("compile", "{}: {} kernels, {} library calls, {:.2f} ms", program->graph.name, program->statistics_.kernels,
      program->statistics_.library_calls, milliseconds_since(start));
  return program;
}

std::string PlannedProgram::dump(std::string_view stage) const {
  if (stage == "graph") return graph::print(graph);
  graph::Graph copy = graph;
  const std::vector<graph::FusedRegion> regions = graph::fuse(copy, fuse_limits(target));
  if (stage == "fused") return graph::print(copy, regions);
  check_stage(stage);
  std::string text;
  for (const Piece& piece : lower_all(copy, regions, target)) {
    for (const lower::LoweredKernel& k : piece.lowered.kernels) text += kernel_text(k.kernel, target, stage);
  }
  return text;
}

}  // namespace cermet::exec
