// The row schedule: one row a grid step, its reductions and loops one after the other.
#include "kernel/passes/mapper.h"

namespace cermet::kernel {

namespace {

class MapRows : public Mapper {
 public:
  MapRows(Kernel& source, const Target& target, const Nest& nest) : Mapper(source, target), nest_(nest) {
    for (const Value value : source.regions[static_cast<std::size_t>(nest.body)].body) {
      if (source.instructions[static_cast<std::size_t>(value)].opcode == Opcode::loop) {
        last_loop_ = value;
      }
    }
  }

 protected:
  void visit(Value old) override {
    const Instruction& in = from.instructions[static_cast<std::size_t>(old)];
    if (in.opcode != Opcode::loop || in.loop_kind != LoopKind::parallel) {
      return copy(old);
    }
    if (inside_) {
      return inner_nest(old, old == last_loop_ ? std::function<void()>([&] { prefetch_next_row(old); })
                                               : std::function<void()>());
    }
    inside_ = true;
    build().loop(LoopKind::grid, "g", product(nest_.axes), [&](IntExpr g) {
      position_ = g;
      decode(nest_.axes, g);
      visit_region(nest_.body);
    });
  }

 private:
  /// In the last stage, the lines that the next grid step starts with are on their way while this one computes.
  void prefetch_next_row(Value loop) {
    const Nest inner = perfect_nest(from, loop);
    const Axis& row = nest_.axes.back();
    for (const Value value : accesses(from, inner.body)) {
      const Instruction& in = from.instructions[static_cast<std::size_t>(value)];
      const bool input = in.opcode == Opcode::load &&
                         from.buffers[static_cast<std::size_t>(in.buffer)].role == BufferRole::input;
      if (!input || stride_along(table_, in.index, row.symbol) != Stride::other ||
          stride_along(table_, in.index, inner.axes.back().symbol) != Stride::one) {
        continue;
      }
      const IntExpr here = at(in.index);
      const IntExpr stride = at(table_.linear_in(in.index, row.symbol)
                                    .value_or(std::pair<IntExpr, IntExpr>(IntExpr(0), IntExpr(0)))
                                    .first);
      build().prefetch(in.buffer, integers().add(here, stride));
    }
  }

  const Nest& nest_;
  Value last_loop_ = no_value;
  IntExpr position_ = 0;
  bool inside_ = false;
};

}  // namespace

Kernel map_rows(Kernel& kernel, const Target& target, const Nest& nest) { return MapRows(kernel, target, nest).run(); }

}  // namespace cermet::kernel
