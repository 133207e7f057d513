// The base of kernel passes: a Rewriter copies a kernel, instruction by instruction, into a fresh one, and a pass says
// what becomes of the instructions that it cares about. Beside it, questions that passes ask of a whole kernel.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "kernel/builder.h"
#include "kernel/kernel.h"

namespace cermet::kernel {

/// Copies `from` into a new kernel with the same buffers and parameters; pure values are re-consed, literals folded and
/// index expressions rebuilt (so they see facts refined since). A pass derives from it and overrides `visit`:
///
///     class Expand : public Rewriter {
///       using Rewriter::Rewriter;
///       void visit(Value old) override {
///         const Instruction& in = from.instructions[old];
///         if (in.opcode == Opcode::call && in.op == Op::square) {
///           set(old, build().call(Op::multiply, {at(in.args[0]), at(in.args[0])}));
///         } else {
///           copy(old);
///         }
///       }
///     };
///     kernel = Expand(kernel).run();
///
/// The map from old to new is an environment, not a one-time fact: visiting a region again under other settings
/// (another symbol value, other arguments) emits another copy of it. `from` must outlive the rewriter.
class Rewriter {
 public:
  explicit Rewriter(const Kernel& from);
  virtual ~Rewriter() = default;
  Rewriter(const Rewriter&) = delete;
  Rewriter& operator=(const Rewriter&) = delete;

  /// Visits the whole body and returns the new kernel without its dead values.
  Kernel run();

 protected:
  /// Called for each instruction of the regions visited, in order. Must `set` (or `set_results`) what later ones use.
  virtual void visit(Value old);

  /// The copy of one instruction with everything mapped; visits the regions of loops and reduces. Sets `old`.
  void copy(Value old);
  /// `old` with operands, expressions and lane symbol mapped, ready to be changed and emitted; regions are left out.
  Instruction mapped(Value old);
  /// Visits the instructions of a region of `from` into the open region of build().
  void visit_region(RegionId old);
  /// The new values of a region's yields (after visit_region).
  std::vector<Value> yields(RegionId old);
  /// Copies a loop with another kind, lanes or step, its body visited once. Sets its symbol, arguments and results.
  void copy_loop(Value old, LoopKind kind, IntExpr step, int lanes);

  Value at(Value old);
  std::vector<Value> at(std::span<const Value> old);
  bool has(Value old) const;
  IntExpr at(IntExpr old);
  void set(Value old, Value replacement);
  /// For loops, reduces and reduce_lanes: the new values that their Opcode::result instructions stand for.
  void set_results(Value old, std::vector<Value> replacements);
  const std::vector<Value>& results(Value old) const;
  /// What a symbol of `from` is in the new table from here on.
  void set(SymbolId old, IntExpr replacement);

  Builder& build() { return builder_; }
  Kernel& to() { return to_; }
  IntExprTable& integers() { return to_.integers; }

  const Kernel& from;

 private:
  void copy_reduce(Value old);
  void copy_bind(Value old);
  IntExpr map_symbol(SymbolId old) const;
  [[noreturn]] void forgotten(Value old) const;

  Kernel to_;
  Builder builder_;
  std::vector<Value> values_;
  std::unordered_map<Value, std::vector<Value>> results_;
  std::vector<std::optional<IntExpr>> symbols_;
  std::unordered_map<std::int64_t, IntExpr> expressions_;  // memo of at(IntExpr), dropped when a symbol is set
};

/// Calls `visit` for each instruction of the region and of those inside it, in textual order (a loop before its body).
void walk(const Kernel& kernel, RegionId region, const std::function<void(Value)>& visit);
/// How often each value is an operand or is yielded, in instructions reachable from the body.
std::vector<int> use_counts(const Kernel& kernel);
/// The region in which each value is defined (arguments: their loop's body), or -1 for unreachable ones.
std::vector<RegionId> regions_of(const Kernel& kernel);
/// For each value, whether it varies with `symbol`: through operands, index expressions, binds, loop bounds and
/// carried values. Loads are judged by their index alone.
std::vector<bool> depends_on(const Kernel& kernel, SymbolId symbol);
/// True if the region or one inside it holds an instruction with that opcode.
bool contains(const Kernel& kernel, RegionId region, Opcode opcode);
/// True if the region or one inside it stores to the buffer.
bool writes(const Kernel& kernel, RegionId region, BufferId buffer);

/// Removes values that nothing uses, carried values that only feed themselves, loops and reduces without effects or
/// used results; renumbers values and regions in textual order. Symbols keep their ids.
void remove_dead(Kernel& kernel);

}  // namespace cermet::kernel
