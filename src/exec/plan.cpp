// The one readable list: what happens to a graph on its way to a program. Each pass is logged with its time under
// CERMET_DUMP=graph, and verified where the setting `verify` is on.
#include "exec/plan.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/log.h"
#include "base/settings.h"
#include "exec/assemble.h"
#include "exec/planned_program.h"
#include "exec/schedule.h"
#include "graph/passes/cse.h"
#include "graph/passes/dce.h"
#include "graph/passes/fold.h"
#include "graph/passes/fuse.h"
#include "graph/passes/fuse_epilogue.h"
#include "graph/passes/inline_composites.h"
#include "graph/passes/simplify.h"
#include "graph/passes/store_constants.h"
#include "graph/passes/transpose_products.h"
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
    {"transpose_products", graph::transpose_products},
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

/// What the first region of a family became, for another one: the same kernels on its own arrays and extent.
lower::LoweredRegion bind_family(graph::Graph& graph, const lower::LoweredRegion& code, const FlatRegion& from,
                                 const FlatRegion& to) {
  const auto dim = [&](Dim d) { return graph.dims.import(from.graph.dims, d, [&](SymbolId) { return to.elements; }); };
  lower::LoweredRegion out;
  for (const lower::LoweredKernel& kernel : code.kernels) {
    lower::LoweredKernel& own = out.kernels.emplace_back();
    own.in_place = kernel.in_place;
    for (lower::Binding binding : kernel.bindings) {
      const auto& inputs = from.graph.inputs;
      const auto& outputs = from.graph.outputs;
      if (binding.kind == lower::Binding::Kind::value) {
        const auto in = std::find(inputs.begin(), inputs.end(), binding.value);
        const auto out_at = std::find(outputs.begin(), outputs.end(), binding.value);
        binding.value = in != inputs.end() ? to.inputs[static_cast<std::size_t>(in - inputs.begin())]
                                           : to.outputs[static_cast<std::size_t>(out_at - outputs.begin())];
      }
      own.bindings.push_back(binding);
    }
    for (Dim d : kernel.parameters) own.parameters.push_back(dim(d));
  }
  for (const lower::Temporary& t : code.temporaries) out.temporaries.push_back({t.dtype, dim(t.elements)});
  return out;
}

/// Lowers the flat form of a family once.
class Families {
 public:
  Families(graph::Graph& graph, const Schedule& schedule, const Target& target)
      : graph_(graph), schedule_(schedule), target_(target), known_(schedule.families.size()) {}

  void lower(const ScheduledRegion& scheduled, std::vector<Piece>& pieces) {
    const auto family = static_cast<std::size_t>(scheduled.family);
    std::optional<FlatRegion> flat = flatten(graph_, scheduled.region, schedule_.families[family].extent);
    check(flat.has_value(), "plan: a region of a family has no flat form");
    Known& known = known_[family];
    Piece& piece = pieces.back();
    if (known.piece < 0) {
      known.flat = *flat;
      known.lowered = lower::lower(known.flat.graph, known.flat.region, target_);
      known.piece = static_cast<int>(pieces.size()) - 1;
    }
    piece.lowered = bind_family(graph_, known.lowered, known.flat, *flat);
    if (known.piece == static_cast<int>(pieces.size()) - 1) {
      for (std::size_t k = 0; k < piece.lowered.kernels.size(); ++k) {
        piece.lowered.kernels[k].kernel = known.lowered.kernels[k].kernel;
      }
    } else {
      piece.code = known.piece;
    }
  }

 private:
  struct Known {
    int piece = -1;  // the first one of the family, which has the kernels
    FlatRegion flat;
    lower::LoweredRegion lowered;
  };
  graph::Graph& graph_;
  const Schedule& schedule_;
  const Target& target_;
  std::vector<Known> known_;
};

std::vector<Piece> lower_all(graph::Graph& graph, const Schedule& schedule, const Target& target) {
  std::vector<Piece> pieces;
  Families families(graph, schedule, target);
  for (const ScheduledRegion& scheduled : schedule.regions) {
    const graph::FusedRegion& region = scheduled.region;
    Piece& piece = pieces.emplace_back();
    piece.region = &region;
    piece.launch = scheduled.launch;
    if (!graph::is_generated(region.kind) || is_empty(graph, region)) continue;
    if (scheduled.family >= 0) {
      families.lower(scheduled, pieces);
    } else {
      piece.lowered = lower::lower(graph, region, target);
    }
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
    if (piece.code >= 0) continue;
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
  const Schedule order = schedule(graph, graph::fuse(graph, fuse_limits(target)));
  if (dump_enabled("fused")) write_log("fused", print(graph, order));
  std::vector<Piece> pieces = lower_all(graph, order, target);
  compile_all(pieces, target);
  auto program = std::make_shared<PlannedProgram>();
  program->target = target;
  assemble(*program, graph, pieces);
  program->graph = std::move(graph);
  log("compile", "{}: {} kernels, {} library calls, {:.1f} MB planned, {:.2f} ms", program->graph.name,
      program->statistics_.kernels, program->statistics_.library_calls,
      1e-6 * static_cast<double>(program->statistics_.planned_bytes), milliseconds_since(start));
  return program;
}

std::string PlannedProgram::dump(std::string_view stage) const {
  if (stage == "graph") return graph::print(graph);
  graph::Graph copy = graph;
  const Schedule order = schedule(copy, graph::fuse(copy, fuse_limits(target)));
  if (stage == "fused") return print(copy, order);
  check_stage(stage);
  std::string text;
  for (const Piece& piece : lower_all(copy, order, target)) {
    if (piece.code >= 0) continue;
    for (const lower::LoweredKernel& k : piece.lowered.kernels) text += kernel_text(k.kernel, target, stage);
  }
  return text;
}

}  // namespace cermet::exec
