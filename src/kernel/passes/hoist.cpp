// Values that do not change in a loop are computed before it; see hoist.h.
#include "kernel/passes/hoist.h"

#include <algorithm>
#include <unordered_set>

#include "kernel/rewrite.h"

namespace cermet::kernel {

namespace {

class Hoist : public Rewriter {
 public:
  explicit Hoist(Kernel& source)
      : Rewriter(source),
        table_(source.integers),
        ready_(source.instructions.size(), false),
        known_(source.integers.symbol_count(), false) {
    for (const SymbolId parameter : source.parameters) {
      known_[parameter] = true;
    }
  }

 protected:
  void visit(Value old) override {
    if (ready_[static_cast<std::size_t>(old)]) {
      return;
    }
    ready_[static_cast<std::size_t>(old)] = true;
    const Instruction& in = from.instructions[static_cast<std::size_t>(old)];
    if (in.opcode == Opcode::bind) {
      known_[in.symbol] = true;
    }
    if (in.opcode == Opcode::loop) {
      lift(in.regions[0], runs(in));
      known_[in.symbol] = true;
      for (const Value argument : from.regions[static_cast<std::size_t>(in.regions[0])].arguments) {
        ready_[static_cast<std::size_t>(argument)] = true;
      }
    }
    copy(old);
    if (in.opcode == Opcode::loop) {
      known_[in.symbol] = false;
    }
  }

 private:
  /// Emits here whatever the region and those inside it could compute here. `runs`: the region is known to be entered.
  void lift(RegionId region, bool entered) {
    for (const Value value : from.regions[static_cast<std::size_t>(region)].body) {
      const Instruction& in = from.instructions[static_cast<std::size_t>(value)];
      if (in.opcode == Opcode::loop) {
        lift(in.regions[0], entered && runs(in));
      } else if (!ready_[static_cast<std::size_t>(value)] && movable(in) && invariant(in) &&
                 (entered || in.opcode != Opcode::load)) {
        visit(value);
      }
    }
  }

  bool runs(const Instruction& loop) {
    return loop.loop_kind == LoopKind::grid || table_.known_less(loop.begin, loop.end);
  }

  bool movable(const Instruction& in) const { return is_pure(from, in) || in.opcode == Opcode::bind; }

  bool invariant(const Instruction& in) const {
    const auto ready = [&](Value arg) { return ready_[static_cast<std::size_t>(arg)]; };
    if (!std::all_of(in.args.begin(), in.args.end(), ready)) {
      return false;
    }
    const bool lane_symbol = in.opcode == Opcode::lane_mask || (in.opcode == Opcode::index && in.lanes > 1) ||
                             (in.opcode == Opcode::load && in.lanes > 1);
    return knows(in.index) && knows(in.end) && (!lane_symbol || known_[in.symbol]);
  }

  bool knows(IntExpr e) const {
    const std::vector<SymbolId> symbols = from.integers.symbols_of(e);
    return std::all_of(symbols.begin(), symbols.end(), [&](SymbolId s) { return known_[s]; });
  }

  IntExprTable& table_;
  std::vector<bool> ready_;
  std::vector<bool> known_;
};

}  // namespace

void hoist(Kernel& kernel, const Target&) { kernel = Hoist(kernel).run(); }

}  // namespace cermet::kernel
