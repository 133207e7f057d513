// Vector loops in scalar form get lanes; see vectorize.h.
#include "kernel/passes/vectorize.h"

#include <algorithm>

#include "kernel/passes/widen.h"

namespace cermet::kernel {

namespace {

class Vectorize : public Widener {
 public:
  Vectorize(const Kernel& source, const Target& target) : Widener(source), target_(target) {}

 protected:
  void visit(Value old) override {
    const Instruction& in = from.instructions[static_cast<std::size_t>(old)];
    if (in.opcode != Opcode::loop || in.loop_kind != LoopKind::vector || in.lanes != 1) {
      return copy(old);
    }
    const std::vector<bool> varying = depends_on(from, in.symbol);
    if (in.step != IntExpr(1) || !in.args.empty() || !is_straight(from, in.regions[0]) || !stores_vary(in, varying)) {
      return copy_loop(old, LoopKind::serial, at(in.step), 1);
    }
    widen_loop(in, varying);
  }

 private:
  const Region& body(const Instruction& loop) const { return from.regions[static_cast<std::size_t>(loop.regions[0])]; }

  /// A store to one place from every lane would have to keep the last one.
  bool stores_vary(const Instruction& loop, const std::vector<bool>& varying) const {
    const std::vector<Value>& values = body(loop).body;
    return std::all_of(values.begin(), values.end(), [&](Value value) {
      const Instruction& in = from.instructions[static_cast<std::size_t>(value)];
      if (in.opcode != Opcode::store) {
        return true;
      }
      const std::vector<SymbolId> symbols = from.integers.symbols_of(in.index);
      const auto bound_here = [&](SymbolId s) {
        return std::any_of(values.begin(), values.end(), [&](Value v) {
          const Instruction& other = from.instructions[static_cast<std::size_t>(v)];
          return other.opcode == Opcode::bind && other.symbol == s && varies(varying, from, v);
        });
      };
      return std::any_of(symbols.begin(), symbols.end(), [&](SymbolId s) { return s == loop.symbol || bound_here(s); });
    });
  }

  int lanes_for(const Instruction& loop, const std::vector<bool>& varying) const {
    int widest = 1;
    for (const Value value : body(loop).body) {
      const Instruction& in = from.instructions[static_cast<std::size_t>(value)];
      if (has_value(in) ? varies(varying, from, value) : in.opcode == Opcode::store) {
        widest = std::max<int>(widest, in.dtype.size());
      }
    }
    return std::max(1, target_.vector_bytes / widest);
  }

  /// Light bodies need several copies to cover the latency of memory; heavy ones fill the machine alone.
  int copies_for(const Instruction& loop) const {
    int calls = 0;
    for (const Value value : body(loop).body) {
      const Opcode opcode = from.instructions[static_cast<std::size_t>(value)].opcode;
      calls += opcode == Opcode::call || opcode == Opcode::convert ? 1 : 0;
    }
    const int most = target_.unroll_elementwise;
    return calls <= 8 ? 2 * most : calls <= 60 ? most : 1;
  }

  void widen_loop(const Instruction& loop, const std::vector<bool>& varying) {
    const int lanes = lanes_for(loop, varying);
    const int copies = copies_for(loop);
    const IntExpr begin = at(loop.begin);
    const IntExpr end = at(loop.end);
    const std::int64_t step = std::int64_t{lanes} * copies;
    const IntExpr extent = integers().subtract(end, begin);
    const IntExpr whole = integers().multiply(integers().floordiv(extent, step), step);
    const IntExpr middle = integers().add(begin, whole);
    if (whole != IntExpr(0)) {
      emit(loop, varying, begin, middle, lanes, copies, false);
    }
    if (middle != end) {
      const IntExpr rest = integers().multiply(integers().floordiv(extent, lanes), lanes);
      const bool masked = integers().add(begin, rest) != end;
      emit(loop, varying, middle, end, lanes, 1, masked);
    }
  }

  void emit(const Instruction& loop, const std::vector<bool>& varying, IntExpr begin, IntExpr end, int lanes,
            int copies, bool masked) {
    build().loop(
        LoopKind::vector, from.integers.symbol(loop.symbol).name, begin, end, std::int64_t{lanes} * copies, {},
        [&](IntExpr symbol, std::span<const Value>) {
          Lanes what{integers().symbol_id(symbol), lanes, no_value, &varying};
          if (masked) {
            what.mask = build().lane_mask(what.symbol, end, lanes);
          }
          for (int copy = 0; copy < copies; ++copy) {
            set(loop.symbol, integers().add(symbol, std::int64_t{copy} * lanes));
            widen_region(loop.regions[0], what);
          }
          return std::vector<Value>();
        },
        lanes);
  }

  const Target& target_;
};

}  // namespace

void vectorize(Kernel& kernel, const Target& target) { kernel = Vectorize(kernel, target).run(); }

}  // namespace cermet::kernel
