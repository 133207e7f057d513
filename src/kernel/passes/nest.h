// Questions about loop nests that the mapping passes ask: which loops form a perfect nest, how accesses move along
// them.
#pragma once

#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "kernel/kernel.h"

namespace cermet::kernel {

struct Axis {
  SymbolId symbol = 0;
  IntExpr extent;
};

/// Parallel loops, each the only instruction of the one around it; `body` is the innermost region.
struct Nest {
  std::vector<Axis> axes;  ///< Outermost first.
  RegionId body = 0;
};

/// The nest that starts with the parallel loop `outermost` (loops from 0 by 1; others end the nest).
Nest perfect_nest(const Kernel& kernel, Value outermost);

/// Calls `visit` with every integer expression of the region and of those inside it: indices, bounds, masks.
void for_each_expression(const Kernel& kernel, RegionId region, const std::function<void(IntExpr)>& visit);

/// How a loop variable moves an access.
enum class Stride : std::uint8_t { none, one, other };
Stride stride_along(IntExprTable& integers, IntExpr index, SymbolId symbol);

/// The same where the index may hold bound symbols (the places of a gather): one whose value varies with `symbol` moves
/// the access anywhere.
class Strides {
 public:
  explicit Strides(const Kernel& kernel);
  Stride along(IntExprTable& integers, IntExpr index, SymbolId symbol);

 private:
  const Kernel& kernel_;
  std::unordered_map<SymbolId, Value> bound_;  ///< What each symbol is bound to.
  std::unordered_map<SymbolId, std::vector<bool>> varying_;
};

/// The value of an expression with every symbol at its hint (at the middle of nothing: 1 where there is none).
std::int64_t estimate(const IntExprTable& integers, IntExpr e);

}  // namespace cermet::kernel
