// The row schedule: one row a grid step, its reductions and loops one after the other.
#include "kernel/passes/mapper.h"

namespace cermet::kernel {

namespace {

/// A reduce or a single loop over the elements of a row.
struct StageOfRow {
  Value value = no_value;
  RegionId region = 0;
  SymbolId symbol = 0;
};

class MapRows : public Mapper {
 public:
  MapRows(Kernel& source, const Target& target, const Nest& nest)
      : Mapper(source, target), nest_(nest), prefetching_(heaviest_stage()) {}

 protected:
  void visit(Value old) override {
    const Instruction& in = instruction(old);
    const bool prefetches = inside_ && old == prefetching_.value;
    if (in.opcode == Opcode::reduce && prefetches) {
      return reduce(old);
    }
    if (in.opcode != Opcode::loop || in.loop_kind != LoopKind::parallel) {
      return copy(old);
    }
    if (inside_) {
      return inner_nest(old, prefetches ? std::function<void()>([&] { prefetch_next_row(); }) : nullptr);
    }
    inside_ = true;
    build().loop(LoopKind::grid, "g", product(nest_.axes), [&](IntExpr g) {
      decode(nest_.axes, g);
      visit_region(nest_.body);
    });
  }

 private:
  const Instruction& instruction(Value v) const { return from.instructions[static_cast<std::size_t>(v)]; }

  /// The stage with the most arithmetic: it leaves memory idle, so the next row can arrive while it computes. Of equals
  /// the last, whose lines stay in the cache the longest.
  StageOfRow heaviest_stage() const {
    StageOfRow heaviest;
    int most = -1;
    for (const Value value : from.regions[static_cast<std::size_t>(nest_.body)].body) {
      const Instruction& in = instruction(value);
      if (in.opcode != Opcode::reduce && (in.opcode != Opcode::loop || in.loop_kind != LoopKind::parallel)) {
        continue;
      }
      const StageOfRow stage =
          in.opcode == Opcode::reduce ? StageOfRow{value, in.regions[0], in.symbol} : innermost(value);
      const int cost = arithmetic(stage.region);
      if (cost >= most) {
        most = cost;
        heaviest = stage;
      }
    }
    return heaviest;
  }

  StageOfRow innermost(Value loop) const {
    const Nest inner = perfect_nest(from, loop);
    return {loop, inner.body, inner.axes.back().symbol};
  }

  int arithmetic(RegionId region) const {
    int cost = 0;
    walk(from, region, [&](Value value) {
      const Instruction& in = instruction(value);
      cost += in.opcode == Opcode::call && row(in.op).cost > 8 ? row(in.op).cost : 0;
    });
    return cost;
  }

  void reduce(Value old) {
    const Instruction& in = instruction(old);
    set_results(old, build().reduce(in.reduction, from.integers.symbol(in.symbol).name, at(in.end), in.order,
                                    [&](IntExpr symbol) {
                                      set(in.symbol, symbol);
                                      prefetch_next_row();
                                      visit_region(in.regions[0]);
                                      return yields(in.regions[0]);
                                    }));
  }

  /// The lines of the inputs that the next grid step reads at the place where this one is.
  void prefetch_next_row() {
    const SymbolId row = nest_.axes.back().symbol;
    for (const Value value : accesses(from, prefetching_.region)) {
      const Instruction& in = instruction(value);
      const bool input =
          in.opcode == Opcode::load && from.buffers[static_cast<std::size_t>(in.buffer)].role == BufferRole::input;
      if (!input || stride_along(table_, in.index, prefetching_.symbol) != Stride::one) {
        continue;
      }
      if (is_bound_within(from, prefetching_.region, in.index)) continue;  // not known yet
      const auto linear = table_.linear_in(in.index, row);
      if (linear && linear->first != IntExpr(0) && linear->first != IntExpr(1)) {
        build().prefetch(in.buffer, integers().add(at(in.index), at(linear->first)));
      }
    }
  }

  const Nest& nest_;
  StageOfRow prefetching_;
  bool inside_ = false;
};

}  // namespace

Kernel map_rows(Kernel& kernel, const Target& target, const Nest& nest) { return MapRows(kernel, target, nest).run(); }

}  // namespace cermet::kernel
