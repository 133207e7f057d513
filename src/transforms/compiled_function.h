// The heart of compile(), free of any language's calling convention: a cache of traced programs and the call on a hit.
// Invariant: a function's entries are complete; a trace that throws leaves none.
#pragma once

#include <cermet/array.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exec/program.h"
#include "transforms/function_ref.h"

namespace cermet {

/// What a call is made of, in words, for the reasons of retraces. Asked for on a miss only.
struct CallDescription {
  std::vector<std::string> argument_names;                     ///< One an array; default "argument 0", ...
  std::vector<std::pair<std::string, std::string>> constants;  ///< Path and text: {"argument 'mode'", "\"same\""}.
  std::string structure;                                       ///< "([array, array], {'w': array})"
  /// Places in declared state and what is there: {"inputs[0]['layers']", "list"}; holders come first.
  std::vector<std::pair<std::string, std::string>> places;
};

/// What arrays that a function uses without being given them are: constants fixed by the trace, or an error.
enum class capture : std::uint8_t { frozen, error };

/// A call's arguments: the arrays, flattened, and everything else as opaque bytes (structure, constants by type and
/// bits).
struct CallArguments {
  std::span<array* const> arrays;  ///< Handles; those that the function assigns to are written after the call.
  std::string_view statics;        ///< Equal bytes mean an equal structure and equal constants.
  const FunctionRef<CallDescription()>* describe = nullptr;
  /// The last so many arrays are declared state: inside the trace these handles themselves are inputs, and what the
  /// function assigned to them they are assigned at every call. No handle among them twice.
  std::size_t state_count = 0;
  /// What the user calls an array that the function captured, or "".
  const FunctionRef<std::string(const exec::NodeRef&)>* name_of_capture = nullptr;
};

/// What the user's function returned, flattened; `structure` is the caller's own note on how to build it again.
struct FunctionResult {
  std::vector<array> outputs;
  std::shared_ptr<const void> structure;
};

/// Calls the user's function on handles that stand for the arguments: traced ones in a trace, the given ones when
/// compilation is disabled. Handles that the function assigned to are assigned in `arguments` when it returns.
using FunctionBody = FunctionRef<FunctionResult(std::span<array> arguments)>;

/// What happened so far; text for people and tests.
struct CompileStatistics {
  std::uint64_t traces = 0;  ///< Successful ones.
  std::uint64_t hits = 0;
  std::uint64_t evictions = 0;
  struct Entry {
    std::string reason;     ///< "first call", "argument 0: dtype float32 -> bfloat16", "constant ...", ...
    std::string signature;  ///< "float32(2, 3), int32()"
    std::uint64_t hits = 0;
    double trace_milliseconds = 0, plan_milliseconds = 0;
    int kernels = 0;  ///< Kernel launches a call.
    int library_calls = 0;
  };
  std::vector<Entry> entries;                ///< Oldest trace first.
  std::vector<std::string> retrace_reasons;  ///< Of every trace after the first, the last 64.
};

/// One compiled function. Calls are thread safe; threads that miss together trace once.
class CompiledFunction {
 public:
  explicit CompiledFunction(std::string name, bool shapeless = false, capture captures = capture::frozen);
  ~CompiledFunction();
  CompiledFunction(const CompiledFunction&) = delete;
  CompiledFunction& operator=(const CompiledFunction&) = delete;

  /// Runs a matching entry, or traces `body` and adds one. Inside a trace, or with compilation disabled, calls `body`.
  FunctionResult operator()(const CallArguments& arguments, FunctionBody body);
  /// The hit path alone: true and the outputs, or false if the call needs a trace (or a plain call). Takes no lock.
  bool try_hit(const CallArguments& arguments, FunctionResult& result);

  const std::string& name() const { return name_; }
  CompileStatistics statistics() const;
  /// Text of a stage ("graph", "fused", "kernel", "legal", "llvm", "asm") of the most recent entry; "" without entries.
  std::string dump(std::string_view stage) const;
  void clear();

 private:
  struct Entry;
  struct Table;
  class Reading;
  const Entry* find(const CallArguments& arguments) const;
  static FunctionResult run(const Entry& entry, const CallArguments& arguments);
  std::shared_ptr<Entry> trace(const CallArguments& arguments, FunctionBody body) const;
  std::vector<std::uint64_t> varying_axes(const CallArguments& arguments) const;
  void publish(std::shared_ptr<Entry> entry);
  std::string reason_for(const Entry& fresh) const;

  std::string name_;
  bool shapeless_;
  capture capture_;
  std::atomic<const Table*> table_{nullptr};  // what find() reads: replaced, never changed
  mutable std::atomic<const Entry*> last_{nullptr};
  mutable std::atomic<std::uint32_t> readers_{0};  // calls that may hold pointers to entries and tables
  mutable std::atomic<std::uint64_t> clock_{0};
  std::mutex trace_mutex_;                            // held while the user's function is traced
  mutable std::mutex mutex_;                          // guards what follows, briefly
  std::vector<std::shared_ptr<Entry>> entries_;       // oldest trace first
  std::vector<std::shared_ptr<const void>> retired_;  // replaced tables and evicted entries that a call may still read
  std::shared_ptr<const Table> current_table_;
  CompileStatistics totals_;
};

/// Calls `body` on copies of the handles and assigns back what it assigned to: a call that isn't compiled.
FunctionResult call_plain(const CallArguments& arguments, FunctionBody body);

/// Called around a wait for another thread's trace (Python releases the interpreter's lock): `leave` gets what `enter`
/// returned.
struct WaitHooks {
  void* (*enter)() = nullptr;
  void (*leave)(void* state) = nullptr;
};
void set_wait_hooks(WaitHooks hooks);

}  // namespace cermet
