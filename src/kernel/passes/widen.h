// The step that reductions and vector loops share: scalar instructions copied as vectors of lanes along one symbol.
#pragma once

#include <unordered_set>
#include <vector>

#include "kernel/rewrite.h"

namespace cermet::kernel {

/// True if the region holds only instructions that widen can copy: no loops, reduces or results, nothing with lanes.
bool is_straight(const Kernel& kernel, RegionId region);
/// True if the value's instruction varies with what `varying` (from depends_on) was asked for; stores and binds count
/// by their operands and index.
bool varies(const std::vector<bool>& varying, const Kernel& kernel, Value value);
/// The largest power of two known to divide `index` when `symbol` itself is a multiple of `symbol_divisor`: the facts
/// of a vector loop's symbol hold for every lane, those of its first lane are stronger.
std::int64_t first_lane_divisor(const IntExprTable& integers, IntExpr index, SymbolId symbol,
                                std::int64_t symbol_divisor);

/// A Rewriter that can copy straight regions with lanes. Requires scalar instructions (lanes 1) in them.
class Widener : public Rewriter {
 public:
  using Rewriter::Rewriter;

 protected:
  struct Lanes {
    SymbolId symbol = 0;  ///< Of the new vector loop; lane l is at symbol + l.
    int count = 1;
    Value mask = no_value;                       ///< Lanes to touch, or no_value for all.
    const std::vector<bool>* varying = nullptr;  ///< Old values that differ between lanes.
  };

  /// Copies the instructions of a straight region as `lanes` says. Values that do not vary stay scalar.
  void widen_region(RegionId old, const Lanes& lanes);
  void widen(Value old, const Lanes& lanes);
  /// The yields of a region, each with all lanes.
  std::vector<Value> wide_yields(RegionId old, int lanes);

 private:
  void widen_access(Value old, const Lanes& lanes);
  void widen_bind(Value old);
  bool is_uniform(IntExpr e);

  std::unordered_set<SymbolId> vector_binds_;
};

/// combine(left, right) of a reduction as instructions.
std::vector<Value> combine(Builder& builder, Reduction reduction, std::span<const Value> left,
                           std::span<const Value> right);
/// The identity of each component as literals, for elements whose first component is `dtype`.
std::vector<Value> identity(Builder& builder, Reduction reduction, Dtype dtype, int lanes);

}  // namespace cermet::kernel
