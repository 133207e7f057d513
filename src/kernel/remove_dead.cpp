// Dead code: marks what stores and prefetches need, then rebuilds the regions with that alone, renumbered.
#include <algorithm>

#include "kernel/rewrite.h"

namespace cermet::kernel {

namespace {

std::size_t at(std::int32_t id) { return static_cast<std::size_t>(id); }

/// Marks live instructions. Invariant: every live instruction has been pushed on the work list once.
class Liveness {
 public:
  explicit Liveness(const Kernel& kernel)
      : kernel_(kernel),
        live_(kernel.instructions.size(), false),
        owner_(kernel.regions.size(), no_value),
        home_(regions_of(kernel)),
        binder_(kernel.integers.symbol_count(), no_value) {
    walk(kernel, kernel.body, [&](Value value) {
      const Instruction& in = kernel.instructions[at(value)];
      for (const RegionId region : in.regions) {
        owner_[at(region)] = value;
      }
      if (in.opcode == Opcode::bind) {
        binder_[in.symbol] = value;
      }
    });
  }

  std::vector<bool> run() {
    walk(kernel_, kernel_.body, [&](Value value) {
      const Opcode opcode = kernel_.instructions[at(value)].opcode;
      if (opcode == Opcode::store || opcode == Opcode::prefetch) {
        need(value);
      }
    });
    while (!work_.empty()) {
      const Value value = work_.back();
      work_.pop_back();
      follow(value);
    }
    return std::move(live_);
  }

 private:
  void need(Value value) {
    if (value != no_value && !live_[at(value)]) {
      live_[at(value)] = true;
      work_.push_back(value);
    }
  }
  void need(IntExpr e) {
    if (!e.is_constant()) {
      for (const SymbolId symbol : kernel_.integers.symbols_of(e)) {
        need(binder_[symbol]);
      }
    }
  }
  void need_carried(const Instruction& loop, std::size_t position) {
    const Region& body = kernel_.regions[at(loop.regions[0])];
    need(body.arguments[position]);
    need(body.yields[position]);
    need(loop.args[position]);
  }

  void follow(Value value) {
    const Instruction& in = kernel_.instructions[at(value)];
    need(owner_[at(home_[at(value)])]);
    need(in.index);
    need(in.begin);
    need(in.end);
    need(in.step);
    if (in.opcode == Opcode::loop) {
      return;  // carried values live one by one
    }
    if (in.opcode == Opcode::argument) {
      const Instruction& loop = kernel_.instructions[at(owner_[at(home_[at(value)])])];
      const std::vector<Value>& arguments = kernel_.regions[at(loop.regions[0])].arguments;
      need_carried(loop,
                   static_cast<std::size_t>(std::find(arguments.begin(), arguments.end(), value) - arguments.begin()));
    }
    for (const RegionId region : in.regions) {
      for (const Value yielded : kernel_.regions[at(region)].yields) {
        need(yielded);
      }
    }
    for (const Value arg : in.args) {
      need(arg);
    }
    if (in.opcode == Opcode::result && kernel_.instructions[at(in.args[0])].opcode == Opcode::loop) {
      need_carried(kernel_.instructions[at(in.args[0])], in.component);
    }
  }

  const Kernel& kernel_;
  std::vector<bool> live_;
  std::vector<Value> owner_;    // of each region: its loop or reduce
  std::vector<RegionId> home_;  // of each value: the region that holds it
  std::vector<Value> binder_;   // of each symbol: its bind
  std::vector<Value> work_;
};

/// Moves the live part of a kernel into new lists, in textual order.
class Compaction {
 public:
  Compaction(Kernel& kernel, std::vector<bool> live)
      : kernel_(kernel), live_(std::move(live)), values_(kernel.instructions.size(), no_value) {}

  void run() {
    const RegionId body = move_region(kernel_.body);
    kernel_.instructions = std::move(instructions_);
    kernel_.regions = std::move(regions_);
    kernel_.body = body;
  }

 private:
  Value place(Value old, Instruction in) {
    values_[at(old)] = static_cast<Value>(instructions_.size());
    instructions_.push_back(std::move(in));
    return values_[at(old)];
  }
  void rename(std::vector<Value>& values) const {
    for (Value& value : values) {
      value = values_[at(value)];
    }
  }
  // Drops the entries of a list that stand where a loop's dead carried values are.
  void keep_live(std::vector<Value>& list, const std::vector<Value>& arguments) const {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (live_[at(arguments[i])]) {
        list[kept++] = list[i];
      }
    }
    list.resize(kept);
  }

  RegionId move_region(RegionId old) {
    const auto id = static_cast<RegionId>(regions_.size());
    regions_.emplace_back();
    Region region = std::move(kernel_.regions[at(old)]);
    for (Value& argument : region.arguments) {
      argument = place(argument, std::move(kernel_.instructions[at(argument)]));
    }
    std::erase_if(region.body, [&](Value value) { return !live_[at(value)]; });
    for (Value& value : region.body) {
      value = move_instruction(value);
    }
    rename(region.yields);
    regions_[at(id)] = std::move(region);
    return id;
  }

  Value move_instruction(Value old) {
    Instruction in = std::move(kernel_.instructions[at(old)]);
    if (in.opcode == Opcode::loop) {
      Region& body = kernel_.regions[at(in.regions[0])];
      const std::vector<Value> arguments = body.arguments;
      keep_live(in.args, arguments);
      keep_live(body.yields, arguments);
      keep_live(body.arguments, arguments);
      note_components(old, arguments);
    } else if (in.opcode == Opcode::result && !components_[at(in.args[0])].empty()) {
      in.component = components_[at(in.args[0])][in.component];
    }
    rename(in.args);
    // A loop's operands are visible before it, its results after it: it takes its number before its body.
    const Value placed = place(old, {});
    for (RegionId& region : in.regions) {
      region = move_region(region);
    }
    instructions_[at(placed)] = std::move(in);
    return placed;
  }

  void note_components(Value loop, const std::vector<Value>& arguments) {
    std::uint8_t next = 0;
    for (const Value argument : arguments) {
      components_[at(loop)].push_back(live_[at(argument)] ? next++ : next);
    }
  }

  Kernel& kernel_;
  std::vector<bool> live_;
  std::vector<Value> values_;
  std::vector<std::vector<std::uint8_t>> components_ = std::vector<std::vector<std::uint8_t>>(values_.size());
  std::vector<Instruction> instructions_;
  std::vector<Region> regions_;
};

}  // namespace

void remove_dead(Kernel& kernel) {
  std::vector<bool> live = Liveness(kernel).run();
  Compaction(kernel, std::move(live)).run();
}

}  // namespace cermet::kernel
