// A compiled graph: a flat list of steps over planned memory slots. Running it builds no graph and takes no lock.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "exec/data.h"
#include "graph/graph.h"
#include "target/target.h"

namespace cermet::exec {

struct ProgramStatistics {
  int kernels = 0;  ///< Kernel launches per run.
  int library_calls = 0;
  std::int64_t bytes_read = 0, bytes_written = 0;  ///< By hints; for GB/s figures.
  std::int64_t planned_bytes = 0;
};

class Program {
 public:
  virtual ~Program() = default;
  /// Runs on concrete inputs whose dtypes, ranks and layouts match the graph's. `donatable[i]`: the caller gives up
  /// inputs[i] (its buffer is used by nobody else), so an output may take its memory. Reserves all memory before the
  /// first step: if that fails nothing has changed. Thread safe.
  /// Throws what a library call throws (no inverse, no memory for scratch); `overwritten[i]` is then set if inputs[i]
  /// was given up and no longer holds its elements.
  virtual std::vector<Data> run(std::span<const Data> inputs, std::span<const bool> donatable = {},
                                std::span<bool> overwritten = {}) const = 0;
  virtual const ProgramStatistics& statistics() const = 0;
  /// Over symbols where they depend on extents of the inputs.
  virtual const std::vector<ArrayType>& output_types() const = 0;
  virtual bool has_symbolic_outputs() const = 0;
  /// The types of the outputs for inputs of these shapes.
  virtual std::vector<ArrayType> output_types_for(std::span<const Shape* const> inputs) const = 0;
  /// The text of a stage: "graph", "fused", "kernel", "legal", "llvm", "asm" (tests, explain, CERMET_DUMP).
  virtual std::string dump(std::string_view stage) const = 0;
};

/// The one list of passes: graph to program. Takes the graph by value; verifies in debug builds; logs under
/// CERMET_DUMP.
std::shared_ptr<const Program> plan(graph::Graph graph, const Target& target);

/// Kernels launched and library calls made by this process so far (tests count them).
std::uint64_t kernels_launched();
std::uint64_t library_calls_made();

}  // namespace cermet::exec
