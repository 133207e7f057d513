// Appends instructions to a kernel, cons-ing pure values within the open regions and folding literals.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <unordered_map>

#include "kernel/kernel.h"
#include "ops/scalar.h"

namespace cermet::kernel {

class Builder {
 public:
  explicit Builder(Kernel& kernel) : kernel_(kernel) {}

  BufferId add_buffer(std::string name, Dtype dtype, BufferRole role, IntExpr size = 0, std::int64_t alignment = 1);
  /// A new int64 parameter.
  IntExpr add_parameter(std::string name, IntRange range, std::int64_t hint = 0, std::int64_t multiple_of = 1);

  Value literal(Literal value, int lanes = 1);
  Value index(IntExpr e, Dtype dtype);
  Value call(Op op, std::span<const Value> args);
  Value convert(Value x, Dtype to);
  Value bitcast(Value x, Dtype to);
  Value load(BufferId buffer, IntExpr index);
  void store(BufferId buffer, IntExpr index, Value value);
  IntExpr bind(Value x, std::string name, IntRange range);

  /// Opens a loop over a new symbol in [begin, end), calls `body(symbol expression, carried arguments)`, which returns
  /// the yields, and closes it. Returns the results.
  std::vector<Value> loop(LoopKind kind, std::string name, IntExpr begin, IntExpr end, IntExpr step,
                          std::span<const Value> initial,
                          const std::function<std::vector<Value>(IntExpr, std::span<const Value>)>& body);
  /// A loop without carried values.
  void loop(LoopKind kind, std::string name, IntExpr end, const std::function<void(IntExpr)>& body);
  /// A reduction over a new symbol in [0, extent); `body` returns the element's components.
  std::vector<Value> reduce(Reduction reduction, std::string name, IntExpr extent, ReduceOrder order,
                            const std::function<std::vector<Value>(IntExpr)>& body);

  /// Replays a scalar expression on `args` (all with the same lanes) and returns the value of `root`.
  Value replay(const ScalarArena& arena, Scalar root, std::span<const Value> args);

  /// Appends any instruction to the open region as it is (used by passes).
  Value append(Instruction instruction);
  RegionId open_region();
  void close_region();
  Kernel& kernel() { return kernel_; }

 private:
  Kernel& kernel_;
  std::vector<RegionId> open_;
  struct Scope;
  std::vector<std::unordered_map<std::uint64_t, std::vector<Value>>> cons_;
};

}  // namespace cermet::kernel
