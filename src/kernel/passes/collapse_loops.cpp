// Perfectly nested parallel loops become one; see collapse_loops.h.
#include "kernel/passes/collapse_loops.h"

#include "kernel/passes/nest.h"
#include "kernel/rewrite.h"

namespace cermet::kernel {

namespace {

class CollapseLoops : public Rewriter {
 public:
  explicit CollapseLoops(Kernel& source) : Rewriter(source), table_(source.integers) {}

 protected:
  void visit(Value old) override {
    const Instruction& in = from.instructions[static_cast<std::size_t>(old)];
    if (in.opcode != Opcode::loop || in.loop_kind != LoopKind::parallel) {
      return copy(old);
    }
    const Nest nest = perfect_nest(from, old);
    std::vector<std::size_t> ends;  // one past the last axis of each group
    for (std::size_t i = 0; i < nest.axes.size(); ++i) {
      if (i + 1 == nest.axes.size() || !mergeable(nest, i)) {
        ends.push_back(i + 1);
      }
    }
    emit(nest, ends, 0, 0);
  }

 private:
  /// True if axes i and i + 1 occur in every expression as i * extent(i + 1) + (i + 1), or not at all.
  bool mergeable(const Nest& nest, std::size_t i) {
    const Axis& outer = nest.axes[i];
    const Axis& inner = nest.axes[i + 1];
    bool simple = true;
    for_each_expression(from, nest.body, [&](IntExpr e) {
      if (!simple || (!table_.depends_on(e, outer.symbol) && !table_.depends_on(e, inner.symbol))) {
        return;
      }
      const auto by_inner = table_.linear_in(e, inner.symbol);
      const auto by_outer = table_.linear_in(e, outer.symbol);
      simple = by_inner && by_outer && !table_.depends_on(by_outer->first, inner.symbol) &&
               table_.multiply(by_inner->first, inner.extent) == by_outer->first;
    });
    return simple && !table_.depends_on(inner.extent, outer.symbol);
  }

  void emit(const Nest& nest, std::span<const std::size_t> ends, std::size_t group, std::size_t first) {
    if (group == ends.size()) {
      return visit_region(nest.body);
    }
    const std::size_t last = ends[group] - 1;
    IntExpr extent = 1;
    for (std::size_t i = first; i <= last; ++i) {
      extent = integers().multiply(extent, at(nest.axes[i].extent));
    }
    const std::string name = from.integers.symbol(nest.axes[first].symbol).name;
    build().loop(LoopKind::parallel, name, extent, [&](IntExpr symbol) {
      for (std::size_t i = first; i < last; ++i) {
        set(nest.axes[i].symbol, IntExpr(0));
      }
      set(nest.axes[last].symbol, symbol);
      emit(nest, ends, group + 1, last + 1);
    });
  }

  IntExprTable& table_;
};

}  // namespace

void collapse_loops(Kernel& kernel, const Target&) { kernel = CollapseLoops(kernel).run(); }

}  // namespace cermet::kernel
