// Chooses the schedule of a kernel; see map_loops.h.
#include "kernel/passes/map_loops.h"

#include <algorithm>

#include "base/error.h"
#include "kernel/passes/keep_rows.h"
#include "kernel/passes/mapper.h"

namespace cermet::kernel {

namespace {

/// For each axis of the nest, how many loads of the reductions that vary with it are contiguous along the reduction,
/// and how many along the axis.
struct Layout {
  std::vector<int> along_reduction, along_axis;
  bool nested = false;  ///< Some reduction holds loops or reductions of its own.
};

Layout layout_of(Kernel& kernel, const Nest& nest) {
  Layout layout;
  layout.along_reduction.resize(nest.axes.size());
  layout.along_axis.resize(nest.axes.size());
  Strides strides(kernel);
  walk(kernel, nest.body, [&](Value value) {
    const Instruction& in = kernel.instructions[static_cast<std::size_t>(value)];
    if (in.opcode != Opcode::reduce) {
      return;
    }
    layout.nested = layout.nested || contains(kernel, in.regions[0], Opcode::loop) ||
                    contains(kernel, in.regions[0], Opcode::reduce);
    for (const Value access : accesses(kernel, in.regions[0])) {
      const IntExpr index = kernel.instructions[static_cast<std::size_t>(access)].index;
      const Stride along = strides.along(kernel.integers, index, in.symbol);
      for (std::size_t i = 0; i < nest.axes.size(); ++i) {
        const Stride across = strides.along(kernel.integers, index, nest.axes[i].symbol);
        layout.along_reduction[i] += along == Stride::one && across != Stride::none ? 1 : 0;
        layout.along_axis[i] += along == Stride::other && across == Stride::one ? 1 : 0;
      }
    }
  });
  return layout;
}

Nest last_nest(const Kernel& kernel) {
  return perfect_nest(kernel, kernel.regions[static_cast<std::size_t>(kernel.body)].body.back());
}

Kernel map_nest(Kernel& kernel, const Target& target, const Nest& nest) {
  const bool reduces = contains(kernel, nest.body, Opcode::reduce);
  if (!reduces && !contains(kernel, nest.body, Opcode::loop)) {
    return map_elementwise(kernel, target, nest);
  }
  const Layout layout = layout_of(kernel, nest);
  const auto widest = static_cast<std::size_t>(std::max_element(layout.along_axis.begin(), layout.along_axis.end()) -
                                               layout.along_axis.begin());
  if (reduces && !layout.nested && layout.along_axis[widest] > layout.along_reduction[widest]) {
    return map_columns(kernel, target, nest, widest);
  }
  if (keep_rows(kernel, target, nest)) {
    return map_rows(kernel, target, last_nest(kernel));
  }
  return map_rows(kernel, target, nest);
}

/// Puts the whole body into one parallel loop of one iteration, for bodies that are not a single nest.
class WrapBody : public Rewriter {
 public:
  using Rewriter::Rewriter;
  Kernel wrap() {
    build().loop(LoopKind::parallel, "once", 1, [&](IntExpr) { visit_region(from.body); });
    return run_empty();
  }

 private:
  Kernel run_empty() {
    Kernel wrapped = std::move(to());
    remove_dead(wrapped);
    return wrapped;
  }
};

}  // namespace

void map_loops(Kernel& kernel, const Target& target) {
  const auto single_nest = [&] {
    const std::vector<Value>& body = kernel.regions[static_cast<std::size_t>(kernel.body)].body;
    const auto plain = [&](Value value) {
      const Instruction& in = kernel.instructions[static_cast<std::size_t>(value)];
      return in.opcode != Opcode::loop && in.opcode != Opcode::reduce && is_pure(kernel, in);
    };
    if (body.empty() || !std::all_of(body.begin(), body.end() - 1, plain)) {
      return false;
    }
    const Instruction& last = kernel.instructions[static_cast<std::size_t>(body.back())];
    return last.opcode == Opcode::loop && last.loop_kind == LoopKind::parallel && last.begin == IntExpr(0) &&
           last.step == IntExpr(1);
  };
  if (!single_nest()) {
    kernel = WrapBody(kernel).wrap();
  }
  const Nest nest = last_nest(kernel);
  kernel = map_nest(kernel, target, nest);
}

}  // namespace cermet::kernel
