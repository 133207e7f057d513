// What the schedules of map_loops share; each schedule is a class of its own file.
#pragma once

#include <span>
#include <vector>

#include "kernel/passes/nest.h"
#include "kernel/rewrite.h"
#include "target/target.h"

namespace cermet::kernel {

/// The loads and stores of a region (and of those inside it).
std::vector<Value> accesses(const Kernel& kernel, RegionId region);

/// Whether an index needs what a bind inside `region` makes (where a gather reads), so that it has no value before it.
bool is_bound_within(const Kernel& kernel, RegionId region, IntExpr index);

/// The axis of `axes` to take as vector axis for these accesses: the one with the fewest strided ones, the innermost
/// of equals; -1 if there are no axes. `integers`: the kernel's own, which asking makes grow.
int vector_axis(const Kernel& kernel, IntExprTable& integers, std::span<const Axis> axes,
                std::span<const Value> accesses, const Target& target);

/// A Rewriter that maps one kernel whose body ends with one nest of parallel loops.
class Mapper : public Rewriter {
 public:
  Mapper(Kernel& source, const Target& target) : Rewriter(source), target_(target), table_(source.integers) {}

 protected:
  /// Sets the symbols of `axes` from a position in their row-major product.
  void decode(std::span<const Axis> axes, IntExpr position);
  IntExpr product(std::span<const Axis> axes);
  /// A vector loop over [begin, end) in scalar form.
  void vector_loop(SymbolId axis, IntExpr begin, IntExpr end, const std::function<void()>& body);
  /// Perfectly nested parallel loops inside of a row: serial loops around a vector loop, what does not vary with the
  /// inner axes before them. `each` runs at the start of the vector loop.
  void inner_nest(Value outermost, const std::function<void()>& each = {});
  /// Emits the pure instructions of a straight region that do not vary with the symbol, then calls `loop`, in which
  /// visit_rest emits the others.
  void visit_invariant(RegionId region, const std::vector<bool>& varying);
  void visit_rest(RegionId region, const std::vector<bool>& varying);

  const Target& target_;
  IntExprTable& table_;  ///< Of `from`, to ask it questions.
};

/// The schedules: each maps `kernel`, whose body ends with `nest`.
Kernel map_elementwise(Kernel& kernel, const Target& target, const Nest& nest);
Kernel map_rows(Kernel& kernel, const Target& target, const Nest& nest);
/// `columns` is the axis of the nest that lies along memory.
Kernel map_columns(Kernel& kernel, const Target& target, const Nest& nest, std::size_t columns);

}  // namespace cermet::kernel
