// Expensive row values are computed once; see keep_rows.h. Values of two stages are the same if they are the same
// expression once the stages' symbols are made one: numbered so, equal numbers are equal values.
#include "kernel/passes/keep_rows.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "kernel/passes/widen.h"
#include "kernel/rewrite.h"

namespace cermet::kernel {

namespace {

constexpr int worthwhile_cost = 16;  // an exponential has 20; a load and a few operations are cheaper than a store
constexpr std::int64_t first_level_caches = 3;

/// A reduce or a single loop over the elements of a row.
struct StageOfRow {
  RegionId region = 0;
  SymbolId symbol = 0;
  IntExpr end;
  std::int64_t extent = 0;  ///< The largest that it may be.
};

/// What is kept: which value of which stage writes it, which later ones are loads of it.
struct Kept {
  Value first = no_value;
  SymbolId written_by = 0;
  std::int64_t extent = 0;
  std::vector<std::pair<Value, SymbolId>> again;
};

class Numbering {
 public:
  explicit Numbering(Kernel& kernel) : kernel_(kernel) {}

  /// Numbers the pure values of a stage as if its symbol were `common`.
  std::unordered_map<Value, int> number(const StageOfRow& stage, SymbolId common) {
    std::unordered_map<Value, int> numbers;
    for (const Value value : kernel_.regions[static_cast<std::size_t>(stage.region)].body) {
      const Instruction& in = kernel_.instructions[static_cast<std::size_t>(value)];
      if (!is_pure(kernel_, in)) {
        continue;
      }
      const IntExpr index = kernel_.integers.substitute(in.index, [&](SymbolId s) {
        return s == stage.symbol ? std::optional(kernel_.integers.expression(common)) : std::nullopt;
      });
      std::vector<std::int64_t> key{static_cast<std::int64_t>(in.opcode),
                                    static_cast<std::int64_t>(in.op),
                                    static_cast<std::int64_t>(in.dtype.val),
                                    static_cast<std::int64_t>(in.literal.bits),
                                    in.buffer,
                                    index.raw()};
      for (const Value arg : in.args) {
        const auto inside = numbers.find(arg);
        key.push_back(inside == numbers.end() ? -1 - arg : inside->second);
      }
      numbers[value] = numbers_.try_emplace(std::move(key), static_cast<int>(numbers_.size())).first->second;
    }
    return numbers;
  }

 private:
  Kernel& kernel_;
  std::map<std::vector<std::int64_t>, int> numbers_;
};

class FindKept {
 public:
  FindKept(Kernel& kernel, const Target& target) : kernel_(kernel), target_(target) {}

  std::vector<Kept> run(const Nest& nest) {
    for (const Value value : kernel_.regions[static_cast<std::size_t>(nest.body)].body) {
      add_stage(value);
    }
    Numbering numbering(kernel_);
    for (const StageOfRow& stage : stages_) {
      numbers_.push_back(numbering.number(stage, stages_[0].symbol));
    }
    for (std::size_t later = 1; later < stages_.size(); ++later) {
      search(later);
    }
    std::erase_if(kept_, [](const Kept& kept) { return kept.again.empty(); });
    return std::move(kept_);
  }

 private:
  void add_stage(Value value) {
    const Instruction& in = kernel_.instructions[static_cast<std::size_t>(value)];
    const bool loop = in.opcode == Opcode::loop && in.loop_kind == LoopKind::parallel;
    if ((!loop && in.opcode != Opcode::reduce) || !is_straight(kernel_, in.regions[0])) {
      return;
    }
    const std::int64_t longest = kernel_.integers.range(in.end).high;
    if (longest > first_level_caches * target_.level_one_cache) {
      return;  // or unknown
    }
    stages_.push_back({in.regions[0], in.symbol, in.end, longest});
  }

  /// From what the stage yields and stores down to the first values that an earlier stage has.
  void search(std::size_t later) {
    std::unordered_set<Value> seen;
    std::vector<Value> open = kernel_.regions[static_cast<std::size_t>(stages_[later].region)].yields;
    for (const Value value : kernel_.regions[static_cast<std::size_t>(stages_[later].region)].body) {
      const Instruction& in = kernel_.instructions[static_cast<std::size_t>(value)];
      if (in.opcode == Opcode::store || in.opcode == Opcode::bind) {
        open.insert(open.end(), in.args.begin(), in.args.end());
      }
    }
    while (!open.empty()) {
      const Value value = open.back();
      open.pop_back();
      if (!numbers_[later].contains(value) || !seen.insert(value).second || keep(later, value)) {
        continue;
      }
      const std::vector<Value>& args = kernel_.instructions[static_cast<std::size_t>(value)].args;
      open.insert(open.end(), args.begin(), args.end());
    }
  }

  bool keep(std::size_t later, Value value) {
    if (cost(later, value) < worthwhile_cost) {
      return false;
    }
    for (std::size_t stage = 0; stage < later; ++stage) {
      if (!(stages_[stage].end == stages_[later].end)) {
        continue;
      }
      for (const auto& [earlier, number] : numbers_[stage]) {
        if (number == numbers_[later].at(value)) {
          return keep_as(stage, earlier, value, stages_[later].symbol);
        }
      }
    }
    return false;
  }

  bool keep_as(std::size_t stage, Value first, Value again, SymbolId symbol) {
    auto kept = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& k) { return k.first == first; });
    if (kept == kept_.end()) {
      const Dtype dtype = kernel_.instructions[static_cast<std::size_t>(first)].dtype;
      const std::int64_t bytes = stages_[stage].extent * dtype.size();
      if (bytes_ + bytes > first_level_caches * target_.level_one_cache) {
        return false;
      }
      bytes_ += bytes;
      kept = kept_.insert(kept_.end(), {first, stages_[stage].symbol, stages_[stage].extent, {}});
    }
    kept->again.emplace_back(again, symbol);
    return true;
  }

  /// What the stage spends on the value and its operands.
  int cost(std::size_t stage, Value value) {
    std::unordered_set<Value> seen;
    std::vector<Value> open{value};
    int sum = 0;
    while (!open.empty()) {
      const Value v = open.back();
      open.pop_back();
      if (!numbers_[stage].contains(v) || !seen.insert(v).second) {
        continue;
      }
      const Instruction& in = kernel_.instructions[static_cast<std::size_t>(v)];
      sum += in.opcode == Opcode::call ? row(in.op).cost : 0;
      open.insert(open.end(), in.args.begin(), in.args.end());
    }
    return sum;
  }

  Kernel& kernel_;
  const Target& target_;
  std::vector<StageOfRow> stages_;
  std::vector<std::unordered_map<Value, int>> numbers_;
  std::vector<Kept> kept_;
  std::int64_t bytes_ = 0;
};

class KeepRows : public Rewriter {
 public:
  KeepRows(Kernel& source, std::vector<Kept> kept) : Rewriter(source), table_(source.integers), kept_(std::move(kept)) {
    for (Kept& k : kept_) {
      const Dtype dtype = source.instructions[static_cast<std::size_t>(k.first)].dtype;
      const BufferId buffer = build().add_buffer("", dtype, BufferRole::scratch, k.extent, 64);
      writes_[k.first] = {buffer, k.written_by};
      for (const auto& [value, symbol] : k.again) {
        reads_[value] = {buffer, symbol};
      }
    }
  }

 protected:
  void visit(Value old) override {
    if (const auto read = reads_.find(old); read != reads_.end()) {
      return set(old, build().load(read->second.first, element(read->second.second)));
    }
    copy(old);
    if (const auto write = writes_.find(old); write != writes_.end()) {
      build().store(write->second.first, element(write->second.second), at(old));
    }
  }

 private:
  IntExpr element(SymbolId symbol) { return at(table_.expression(symbol)); }

  IntExprTable& table_;
  std::vector<Kept> kept_;
  std::unordered_map<Value, std::pair<BufferId, SymbolId>> writes_, reads_;
};

}  // namespace

bool keep_rows(Kernel& kernel, const Target& target, const Nest& nest) {
  std::vector<Kept> kept = FindKept(kernel, target).run(nest);
  if (kept.empty()) {
    return false;
  }
  kernel = KeepRows(kernel, std::move(kept)).run();
  return true;
}

}  // namespace cermet::kernel
