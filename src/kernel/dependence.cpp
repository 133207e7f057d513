// Which values vary with a symbol: a forward analysis that runs until nothing more is found to vary.
#include <algorithm>

#include "kernel/rewrite.h"

namespace cermet::kernel {

namespace {

class Dependence {
 public:
  Dependence(const Kernel& kernel, SymbolId symbol)
      : kernel_(kernel),
        values_(kernel.instructions.size(), false),
        symbols_(kernel.integers.symbol_count(), false),
        root_(symbol) {
    symbols_[symbol] = true;
  }

  std::vector<bool> run() {
    do {
      changed_ = false;
      walk(kernel_, kernel_.body, [&](Value value) { visit(value); });
    } while (changed_);
    return std::move(values_);
  }

 private:
  bool varies(IntExpr e) const {
    const std::vector<SymbolId> used = kernel_.integers.symbols_of(e);
    return std::any_of(used.begin(), used.end(), [&](SymbolId s) { return symbols_[s]; });
  }
  bool varies(const std::vector<Value>& values) const {
    return std::any_of(values.begin(), values.end(), [&](Value v) { return values_[static_cast<std::size_t>(v)]; });
  }
  template <class Reference>
  void mark(Reference flag, bool varies) {
    if (varies && !flag) {
      flag = true;
      changed_ = true;
    }
  }

  void visit(Value value) {
    const Instruction& in = kernel_.instructions[static_cast<std::size_t>(value)];
    const auto flag = values_[static_cast<std::size_t>(value)];
    switch (in.opcode) {
      case Opcode::loop:
        visit_loop(in, value);
        return;
      case Opcode::reduce:
        mark(flag, varies(in.end) || varies(kernel_.regions[static_cast<std::size_t>(in.regions[0])].yields));
        return;
      case Opcode::bind:
        mark(symbols_[in.symbol], varies(in.args));
        return;
      case Opcode::lane_mask:
        mark(flag, symbols_[in.symbol] || varies(in.end));
        return;
      case Opcode::result:
        visit_result(in, value);
        return;
      default: {
        const bool along_lanes = in.lanes > 1 && in.opcode == Opcode::index && symbols_[in.symbol];
        mark(flag, varies(in.args) || varies(in.index) || along_lanes);
      }
    }
  }

  // A carried value varies with its own loop's symbol unless it is yielded unchanged.
  void visit_loop(const Instruction& in, Value value) {
    const Region& body = kernel_.regions[static_cast<std::size_t>(in.regions[0])];
    const bool bounds = varies(in.begin) || varies(in.end) || varies(in.step);
    mark(symbols_[in.symbol], varies(in.begin) || varies(in.step));
    for (std::size_t i = 0; i < in.args.size(); ++i) {
      const Value argument = body.arguments[i], next = body.yields[i];
      const bool changes = next != argument && symbols_[in.symbol];
      mark(values_[static_cast<std::size_t>(argument)],
           changes || values_[static_cast<std::size_t>(in.args[i])] || values_[static_cast<std::size_t>(next)]);
    }
    mark(values_[static_cast<std::size_t>(value)], bounds);
  }

  // Of a loop: only this component's carried value counts (the loop's own flag says that its trip count varies).
  void visit_result(const Instruction& in, Value value) {
    const Instruction& of = kernel_.instructions[static_cast<std::size_t>(in.args[0])];
    bool result = varies(in.args);
    if (of.opcode == Opcode::loop) {
      const Region& body = kernel_.regions[static_cast<std::size_t>(of.regions[0])];
      result = result || values_[static_cast<std::size_t>(of.args[in.component])] ||
               (!owns(of) && values_[static_cast<std::size_t>(body.yields[in.component])]);
    }
    mark(values_[static_cast<std::size_t>(value)], result);
  }

  // The results of the loop over the very symbol do not vary with it: it has ended.
  bool owns(const Instruction& loop) const { return loop.symbol == root_; }

  const Kernel& kernel_;
  std::vector<bool> values_;
  std::vector<bool> symbols_;
  SymbolId root_;
  bool changed_ = false;
};

}  // namespace

std::vector<bool> depends_on(const Kernel& kernel, SymbolId symbol) { return Dependence(kernel, symbol).run(); }

}  // namespace cermet::kernel
