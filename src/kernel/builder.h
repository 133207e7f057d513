// Appends instructions to a kernel, cons-ing pure values within the open regions and folding literals.
// Invariant: every instruction it appends is well typed (InternalError names the one that is not).
#pragma once

#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/kernel.h"
#include "ops/scalar.h"

namespace cermet::kernel {

class Builder {
 public:
  /// Builds at the end of the kernel's body (an empty kernel gets its body region here).
  explicit Builder(Kernel& kernel);

  /// An empty name becomes `b0`, `b1`, ... by position.
  BufferId add_buffer(std::string name, Dtype dtype, BufferRole role, IntExpr size = 0, std::int64_t alignment = 1);
  /// A new int64 parameter. A taken name gets a suffix (so do the names of loops, reduces and binds below).
  IntExpr add_parameter(std::string name, IntRange range, std::int64_t hint = 0, std::int64_t multiple_of = 1);

  Value literal(Literal value, int lanes = 1);
  Value index(IntExpr e, Dtype dtype);
  /// Where some operands are vectors, scalar ones are broadcast. A call of literals folds if the op's row is exact
  /// (ulp 0); others keep the rounding that their expansion has at run time.
  Value call(Op op, std::span<const Value> args);
  Value call(Op op, std::initializer_list<Value> args) { return call(op, std::span(args.begin(), args.size())); }
  Value convert(Value x, Dtype to);
  Value bitcast(Value x, Dtype to);
  /// `x` itself if it has that many lanes already.
  Value broadcast(Value x, int lanes);
  Value load(BufferId buffer, IntExpr index);
  void store(BufferId buffer, IntExpr index, Value value);
  void prefetch(BufferId buffer, IntExpr index);
  IntExpr bind(Value x, std::string name, IntRange range);
  Value lane_mask(SymbolId symbol, IntExpr end, int lanes);
  /// The scalars that halving makes of the `width` vectors of a reduction's tuple.
  std::vector<Value> reduce_lanes(Reduction reduction, std::span<const Value> vectors);

  /// Opens a loop over a new symbol in [begin, end), calls `body(symbol expression, carried arguments)`, which returns
  /// the yields, and closes it. Returns the results. `lanes`: of a vector loop.
  std::vector<Value> loop(LoopKind kind, std::string name, IntExpr begin, IntExpr end, IntExpr step,
                          std::span<const Value> initial,
                          const std::function<std::vector<Value>(IntExpr, std::span<const Value>)>& body,
                          int lanes = 1);
  /// A loop without carried values.
  void loop(LoopKind kind, std::string name, IntExpr end, const std::function<void(IntExpr)>& body);
  /// A reduction over a new symbol in [0, extent); `body` returns the element's components.
  std::vector<Value> reduce(Reduction reduction, std::string name, IntExpr extent, ReduceOrder order,
                            const std::function<std::vector<Value>(IntExpr)>& body);

  /// Replays a scalar expression on `args` (all with the same lanes) and returns the value of `root`.
  Value replay(const ScalarArena& arena, Scalar root, std::span<const Value> args);

  /// Appends any instruction to the open region as it is (used by passes).
  Value append(Instruction instruction);
  /// Appends unless an equal pure instruction is visible or it folds to a literal; returns that value then.
  Value emit(Instruction instruction);
  /// Opcode::result instructions for all results of a loop, reduce or reduce_lanes.
  std::vector<Value> results(Value of);
  RegionId open_region();
  void close_region();
  Kernel& kernel() { return kernel_; }
  /// InternalError if there is no such value. The reference lives until the next instruction is appended.
  const Instruction& at(Value value) const;
  Dtype dtype(Value value) const { return at(value).dtype; }
  int lanes(Value value) const { return at(value).lanes; }

 private:
  using ConsTable = std::unordered_map<std::uint64_t, std::vector<Value>>;

  Value replay_node(const ScalarNode& node, std::span<const Value> values);
  Value fold(const Instruction& instruction);
  Value find_equal(const Instruction& instruction, std::uint64_t hash) const;
  Value add_instruction(Instruction instruction);
  IntExpr add_loop_symbol(std::string_view stem, IntExpr begin, IntExpr end, IntExpr step, int lanes);

  Kernel& kernel_;
  std::vector<RegionId> open_;
  std::vector<ConsTable> cons_;  // one per open region
};

}  // namespace cermet::kernel
