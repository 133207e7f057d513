// One entry of a compiled function's cache: the call it matches, the program, and where inputs and outputs come from.
// Immutable once published, counters aside.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "transforms/compiled_function.h"
#include "transforms/shape_guards.h"

namespace cermet {

/// Where a value of a call comes from.
struct ValueSource {
  enum class Kind : std::uint8_t { argument, state, constant, program } kind = Kind::constant;
  std::size_t index = 0;  ///< Of the argument, the state or the program's output.
  exec::NodeRef node;     ///< constant: a captured array, or one that the trace found to be constant.
};

struct CompiledEntry {
  // What a call must be to match.
  std::string statics;
  std::uint64_t hash = 0;
  struct Argument {
    ArrayType type;
    Device device;
  };
  std::vector<Argument> arguments;
  bool shapeless = false;  ///< Extents that may be symbols match each other, as far as the guards allow.
  /// A mask of axes for each array of the state (the last arguments): in shapeless functions parameters keep their
  /// extents, and only axes that have been seen to vary become symbols.
  std::vector<std::uint64_t> varying_axes;
  ShapeGuards guards;

  // What it does.
  std::shared_ptr<const exec::Program> program;  ///< Null if every output is an argument or a constant.
  std::vector<ValueSource> inputs;               ///< Of the program.
  std::vector<ValueSource> outputs;
  bool returns_program_outputs = false;  ///< `outputs` are the program's, in order, and there is nothing to write.
  struct State {
    array* handle;
    ArrayType type;
    ValueSource final;
  };
  std::vector<State> states;
  struct Write {
    std::size_t argument;
    ValueSource value;
  };
  std::vector<Write> writes;  ///< Arguments that the function assigned to.
  std::shared_ptr<const void> structure;
  Stream stream;

  // What to say about it.
  CallDescription description;
  std::string reason;
  double trace_milliseconds = 0, plan_milliseconds = 0;
  mutable std::atomic<std::uint64_t> hits{0};
  mutable std::atomic<std::uint64_t> last_used{0};

  bool matches(const CallArguments& call) const;
  std::uint64_t symbolic_axes_of(std::size_t argument) const {
    const std::size_t given = arguments.size() - varying_axes.size();
    return argument < given ? ~std::uint64_t{0} : varying_axes[argument - given];
  }
  FunctionResult run(const CallArguments& call) const;
  void describe_call(const CallArguments& call);
  /// Removes what no output needs and plans the rest.
  void plan_graph(graph::Graph graph);
  std::string signature() const;
  /// "argument 0: dtype float32 -> bfloat16; constant ...", seen from `before`.
  std::string difference_from(const CompiledEntry& before) const;

 private:
  bool matches_shape(const Shape& shape, std::size_t argument) const;
  bool guards_hold(const CallArguments& call) const;
  /// Throws ValueError if an argument that the function assigns to was given twice.
  void refuse_shared_writes(const CallArguments& call) const;
  FunctionResult run_locked(const CallArguments& call) const;
};

/// Equal for calls that one entry may match.
std::uint64_t hash_call(const CallArguments& call, bool shapeless);

/// Traces `body` on inputs like the call's arrays. The graph's outputs are what the entry's outputs, states and writes
/// need of the program; its inputs are the entry's.
graph::Graph trace_call(const std::string& name, const CallArguments& call, FunctionBody body, capture captures,
                        CompiledEntry& entry);

}  // namespace cermet
