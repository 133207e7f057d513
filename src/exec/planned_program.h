// The program that plan() makes: steps over planned slots, everything that depends on symbols behind one IntegerCode.
// Invariant: immutable after planning, so that any number of threads may run it at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exec/integer_code.h"
#include "exec/kernel_table.h"
#include "exec/program.h"
#include "library/library.h"

namespace cermet::exec {

/// Where bytes are: input `index` of the program, or planned slot `index - inputs`.
using Place = std::int32_t;

/// Where the value of a symbol is read from: an extent or a stride of an input, divided by a number.
struct SymbolSource {
  SymbolId symbol = 0;
  std::int32_t input = 0;
  std::int32_t axis = 0;
  bool stride = false;
  std::int64_t divisor = 1;
};

struct KernelStep {
  runtime::LoadedKernel::Entry entry = nullptr;  ///< Null: the interpreter runs kernel->interpreted.
  std::int32_t first_argument = 0;               ///< Into PlannedProgram::argument_places.
  std::int32_t parameters = 0;                   ///< First slot of the kernel's parameters.
  std::vector<std::int64_t> constants;           ///< The parameters instead, if none depends on a symbol.
  Integer grid;
  Integer work;               ///< Elements that the whole grid visits.
  double weight = 1;          ///< Rough nanoseconds per element, from the kernel's instructions.
  std::int32_t together = 1;  ///< So many kernels from this one on have its code and are one launch.
  std::shared_ptr<const CompiledKernel> kernel;
};

/// A strided operand of a library call.
struct OperandLayout {
  std::int32_t argument = 0;  ///< Into PlannedProgram::argument_places.
  Dtype dtype;
  Integer offset;
  SmallVector<Integer, 6> shape, strides;
};

/// A library call that, in place, is this memmove of bytes between planned slots or inputs.
struct ByteCopy {
  std::int32_t to = 0, from = 0;  ///< Into PlannedProgram::argument_places.
  std::int64_t to_offset = 0, from_offset = 0;
  std::size_t bytes = 0;
  std::int32_t changed = 0;  ///< The call is in place if this argument, from its first byte on, is `to`.
};

struct LibraryStep {
  const library::Function* function = nullptr;
  Primitive call;                          ///< Its dims count only where `dims` is empty.
  SmallVector<Integer, 6> dims;            ///< Those of each run, where some depend on symbols.
  SmallVector<OperandLayout, 4> operands;  ///< The result comes last.
  std::optional<ByteCopy> copy;            ///< What the call is in place, if nothing of it depends on symbols.
};

/// Kernel steps and library steps in the order in which they run: >= 0 a kernel (the first one of a launch), < 0 the
/// library step ~index.
using StepIndex = std::int32_t;

struct PlannedSlot {
  Integer bytes;
  std::vector<std::int32_t> donors;  ///< Inputs whose memory it may take if the caller gives them up.
};

struct PlannedOutput {
  Place place = 0;
  bool whole_input = false;  ///< It is input `place` itself.
  ArrayType type;
  SmallVector<Integer, 6> shape, strides;
  Integer offset;
  bool contiguous = true;
};

class PlannedProgram final : public Program {
 public:
  std::vector<Data> run(std::span<const Data> inputs, std::span<const bool> donatable,
                        std::span<bool> overwritten) const override;
  const ProgramStatistics& statistics() const override { return statistics_; }
  const std::vector<ArrayType>& output_types() const override { return output_types_; }
  bool has_symbolic_outputs() const override { return !output_extents.empty(); }
  std::vector<ArrayType> output_types_for(std::span<const Shape* const> inputs) const override;
  std::string dump(std::string_view stage) const override;

  // Filled by plan(), then only read.
  std::vector<SymbolSource> symbol_sources;
  std::vector<IntegerCode> integers;  ///< One.
  std::vector<StepIndex> steps;
  std::vector<KernelStep> kernels;
  std::vector<LibraryStep> libraries;
  std::vector<Place> argument_places;
  std::vector<PlannedSlot> slots;
  std::vector<PlannedOutput> outputs;
  std::vector<IntegerCode> output_extents;  ///< None, or one for the extents of the outputs alone:
  std::vector<SmallVector<Integer, 6>> output_shapes;
  std::size_t input_count = 0;
  graph::Graph graph;  ///< After the graph passes: what the texts of the stages are made from.
  Target target;
  ProgramStatistics statistics_;
  std::vector<ArrayType> output_types_;
};

/// Launches a kernel: in the caller where the work is small, else spread over the threads. `arguments`: its own.
void launch(const KernelStep& step, void* const* arguments, const std::int64_t* slots);
/// Several kernels of one code, none of which reads what another one writes, as one launch. `arguments`: the program's.
void launch_together(std::span<const KernelStep> steps, void* const* arguments, const std::int64_t* slots);

/// Runs a library function and counts it; results without elements need no call.
void call_library(const library::Function& function, const Primitive& call, std::span<const library::Operand> operands);

}  // namespace cermet::exec
