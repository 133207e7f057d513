// One walk over the steps, n log n; see memory_plan.h.
#include "exec/memory_plan.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <set>
#include <unordered_map>
#include <utility>

namespace cermet::exec {
namespace {

class Planner {
 public:
  explicit Planner(std::span<const PlannedValue> values) : values_(values), is_live_(values.size(), false) {
    plan_.slot_of.assign(values.size(), -1);
  }

  MemoryPlan run() {
    for (std::size_t v = 0; v < values_.size(); ++v) {
      release_before(values_[v].defined);
      place(v);
    }
    return std::move(plan_);
  }

 private:
  /// A value that is alive after step `until` no longer; the earliest comes first.
  struct Death {
    int until;
    std::size_t value;
    friend bool operator>(const Death& a, const Death& b) {
      return std::pair(a.until, a.value) > std::pair(b.until, b.value);
    }
  };

  void release_before(int step) {
    while (!deaths_.empty() && deaths_.top().until < step) {
      const std::size_t value = deaths_.top().value;
      deaths_.pop();
      if (is_live_[value]) give_back(plan_.slot_of[value]);
      is_live_[value] = false;
    }
  }

  void give_back(int slot) {
    const IntExpr bytes = plan_.slot_bytes[static_cast<std::size_t>(slot)];
    free_[bytes.raw()].push_back(slot);
    if (bytes.is_constant()) sizes_.insert(bytes.value());
  }

  int take(std::unordered_map<std::int64_t, std::vector<int>>::iterator found) {
    const int slot = found->second.back();
    found->second.pop_back();
    if (!found->second.empty()) return slot;
    const IntExpr bytes = plan_.slot_bytes[static_cast<std::size_t>(slot)];
    if (bytes.is_constant()) sizes_.erase(bytes.value());
    free_.erase(found);
    return slot;
  }

  void place(std::size_t v) {
    const PlannedValue& value = values_[v];
    int slot = value.takes_input ? -1 : take_over(value);
    if (slot < 0) {
      slot = static_cast<int>(plan_.slot_bytes.size());
      plan_.slot_bytes.push_back(value.bytes);
      plan_.first_value.push_back(static_cast<int>(v));
    }
    plan_.slot_of[v] = slot;
    if (value.is_output) return;
    is_live_[v] = true;
    deaths_.push({std::max(value.last_use, value.defined), v});
  }

  /// A slot that is free by now, or -1.
  int take_over(const PlannedValue& value) {
    const int slot = dying(value);
    return slot >= 0 ? slot : take_free(value);
  }

  int dying(const PlannedValue& value) {
    for (int candidate : value.in_place) {
      const PlannedValue& other = values_[static_cast<std::size_t>(candidate)];
      if (other.is_output || other.last_use != value.defined || !(other.bytes == value.bytes)) continue;
      if (!is_live_[static_cast<std::size_t>(candidate)]) continue;  // another output of the step took it
      const int slot = plan_.slot_of[static_cast<std::size_t>(candidate)];
      if (value.is_output && !(plan_.slot_bytes[static_cast<std::size_t>(slot)] == value.bytes)) continue;
      is_live_[static_cast<std::size_t>(candidate)] = false;
      return slot;
    }
    return -1;
  }

  // An output keeps its slot, so it takes one of exactly its size; others may waste up to half of theirs.
  int take_free(const PlannedValue& value) {
    const auto equal = free_.find(value.bytes.raw());
    if (equal != free_.end()) return take(equal);
    if (value.is_output || !value.bytes.is_constant()) return -1;
    const auto larger = sizes_.lower_bound(value.bytes.value());
    if (larger == sizes_.end() || *larger > 2 * value.bytes.value()) return -1;
    return take(free_.find(IntExpr(*larger).raw()));
  }

  std::span<const PlannedValue> values_;
  MemoryPlan plan_;
  std::vector<bool> is_live_;
  std::priority_queue<Death, std::vector<Death>, std::greater<>> deaths_;
  std::unordered_map<std::int64_t, std::vector<int>> free_;  ///< Slots by their bytes (raw).
  std::set<std::int64_t> sizes_;                             ///< The constant ones among those.
};

}  // namespace

MemoryPlan plan_memory(std::span<const PlannedValue> values) { return Planner(values).run(); }

}  // namespace cermet::exec
