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

/// A compiled callable over arrays. Copies share one cache. Arguments and results are trees of arrays: array, vectors,
/// pairs, tuples and aggregates of them; arguments may also be arithmetic scalars, which are constants of the trace
/// (another value traces again).
template <class F>
class Compiled {
 public:
  explicit Compiled(F function, bool shapeless = false)
      : state_(std::make_shared<State>(std::move(function), shapeless)) {}

  template <class... Args>
  requires std::is_invocable_v < F&, std::remove_reference_t<Args>
  &... > auto operator()(Args&&... args) const {
    using Result = std::remove_cvref_t<std::invoke_result_t<F&, std::remove_reference_t<Args>&...>>;
    ArrayTreeReader reader;
    (reader.read(args), ...);
    const auto body = [&](std::span<array> handles) {
      ArrayTreeBuilder builder(handles);
      std::tuple<std::remove_reference_t<Args>...> rebuilt{builder.build(args)...};  // braces: from left to right
      FunctionResult result = flatten_result(static_cast<Result>(std::apply(state_->function, rebuilt)));
      ArrayTreeReader after;  // a function that takes array& may have assigned to it
      std::apply([&](const auto&... values) { (after.read(values), ...); }, rebuilt);
      for (std::size_t i = 0; i < handles.size(); ++i) handles[i] = *after.arrays()[i];
      return result;
    };
    const auto words = [&] { return reader.describe(); };
    const FunctionRef<CallDescription()> describe(words);
    return unflatten_result<Result>(state_->compiled({reader.arrays(), reader.statics(), &describe}, body));
  }

  CompileStatistics statistics() const { return state_->compiled.statistics(); }
  std::string dump(std::string_view stage) const { return state_->compiled.dump(stage); }

 private:
  struct State {
    State(F f, bool shapeless) : function(std::move(f)), compiled("function", shapeless) {}
    F function;
    CompiledFunction compiled;
  };
  std::shared_ptr<State> state_;
};

/// Compiles any callable that takes and returns arrays (see Compiled). Arrays that a lambda captured are constants
/// fixed by the trace; assigning to a captured array inside raises TraceError: return the new value instead.
///
///     auto gelu = compile([](const array& x) { return x * (1 + erf(x / std::sqrt(2.0f))) / 2; });
///     array y = gelu(x);
template <class F>
auto compile(F function, bool shapeless = false) {
  return Compiled<F>(std::move(function), shapeless);
}

/// MLX's form. `shapeless` is accepted; shapes that differ trace again.
std::function<std::vector<array>(const std::vector<array>&)> compile(
    std::function<std::vector<array>(const std::vector<array>&)> function, bool shapeless = false);
inline std::function<std::vector<array>(const std::vector<array>&)> compile(
    std::vector<array> (*function)(const std::vector<array>&), bool shapeless = false) {
  return compile(std::function<std::vector<array>(const std::vector<array>&)>(function), shapeless);
}

}  // namespace cermet
