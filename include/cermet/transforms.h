// compile(): traces a function once a signature, fuses the graph into few kernels and replays them.
#pragma once

#include <cermet/array.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "transforms/array_tree.h"
#include "transforms/compiled_function.h"
#include "transforms/state.h"

namespace cermet {

enum class CompileMode { disabled, no_simplify, no_fuse, enabled };

/// Compiled functions call their plain function from now on, those compiled before too. The environment variable
/// CERMET_DISABLE_COMPILE=1 does the same at the start.
void disable_compile();
/// Undoes disable_compile and the environment variable.
void enable_compile();
/// As MLX's; no_simplify and no_fuse compile fully here (they exist there to find faults of the compiler).
void set_compile_mode(CompileMode mode);
CompileMode compile_mode();

/// The most entries that one compiled function keeps (least recently used go first); returns the old limit. At least 1.
std::size_t set_compile_cache_limit(std::size_t entries);
std::size_t compile_cache_limit();

/// What compile() takes beside the function.
///
///     auto step = compile([&](const array& x, const array& y) { ...; w = w - 0.1f * g; return loss; },
///                         {.inputs = state, .outputs = state, .capture = capture::error});
struct CompileOptions {
  /// Arrays that the function reads and assigns to without being given them; either name declares both.
  State inputs = {}, outputs = {};
  bool shapeless = false;  ///< Arguments of the same rank share one trace.
  /// frozen: other arrays that a lambda captured are constants fixed by the trace; error: they are refused, by shape
  /// and line (TraceError).
  cermet::capture capture = cermet::capture::frozen;
};

/// A compiled callable over arrays. Copies share one cache. Arguments and results are trees of arrays: array, vectors,
/// pairs, tuples and aggregates of them; arguments may also be arithmetic scalars, which are constants of the trace
/// (another value traces again).
template <class F>
class Compiled {
 public:
  explicit Compiled(F function, CompileOptions options = {})
      : shared_(std::make_shared<Shared>(std::move(function), std::move(options))) {}

  template <class... Args>
  requires std::is_invocable_v < F&, std::remove_reference_t<Args>
  &... > auto operator()(Args&&... args) const {
    using Result = std::remove_cvref_t<std::invoke_result_t<F&, std::remove_reference_t<Args>&...>>;
    ArrayTreeReader reader;
    (reader.read(args), ...);
    const std::size_t given = reader.arrays().size();
    const std::size_t declared = shared_->declared.read(reader);
    const auto body = [&](std::span<array> handles) {
      ArrayTreeBuilder builder(handles);
      std::tuple<std::remove_reference_t<Args>...> rebuilt{builder.build(args)...};  // braces: from left to right
      FunctionResult result = flatten_result(static_cast<Result>(std::apply(shared_->function, rebuilt)));
      ArrayTreeReader after;  // a function that takes array& may have assigned to it
      std::apply([&](const auto&... values) { (after.read(values), ...); }, rebuilt);
      for (std::size_t i = 0; i < handles.size(); ++i) handles[i] = *after.arrays()[i];
      return result;
    };
    const auto words = [&] { return reader.describe(given); };
    const FunctionRef<CallDescription()> describe(words);
    return unflatten_result<Result>(shared_->compiled({reader.arrays(), reader.statics(), &describe, declared}, body));
  }

  CompileStatistics statistics() const { return shared_->compiled.statistics(); }
  std::string dump(std::string_view stage) const { return shared_->compiled.dump(stage); }

 private:
  struct Shared {
    Shared(F f, CompileOptions options)
        : function(std::move(f)),
          declared(std::move(options.inputs), std::move(options.outputs)),
          compiled("function", options.shapeless, options.capture) {}
    F function;
    State declared;
    CompiledFunction compiled;
  };
  std::shared_ptr<Shared> shared_;
};

/// Compiles any callable that takes and returns arrays (see Compiled). Arrays that a lambda captured are constants
/// fixed by the trace; assigning to a captured array inside raises TraceError: return the new value, or declare it as
/// state (CompileOptions). State is assigned in place at every call, in the memory of the old values where nobody else
/// holds them. The random state needs no declaration.
///
///     auto gelu = compile([](const array& x) { return x * (1 + erf(x / std::sqrt(2.0f))) / 2; });
///     array y = gelu(x);
template <class F>
auto compile(F function, CompileOptions options = {}) {
  return Compiled<F>(std::move(function), std::move(options));
}
template <class F>
auto compile(F function, bool shapeless) {
  return Compiled<F>(std::move(function), CompileOptions{.shapeless = shapeless});
}

/// MLX's form. `shapeless` is accepted; shapes that differ trace again.
std::function<std::vector<array>(const std::vector<array>&)> compile(
    std::function<std::vector<array>(const std::vector<array>&)> function, bool shapeless = false);
inline std::function<std::vector<array>(const std::vector<array>&)> compile(
    std::vector<array> (*function)(const std::vector<array>&), bool shapeless = false) {
  return compile(std::function<std::vector<array>(const std::vector<array>&)>(function), shapeless);
}

}  // namespace cermet
