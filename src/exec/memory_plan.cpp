// Linear scan over the steps; see memory_plan.h.
#include "exec/memory_plan.h"

#include <algorithm>

namespace cermet::exec {
namespace {

class Planner {
 public:
  explicit Planner(std::span<const PlannedValue> values) : values_(values) { plan_.slot_of.assign(values.size(), -1); }

  MemoryPlan run() {
    for (std::size_t v = 0; v < values_.size(); ++v) {
      release_before(values_[v].defined);
      place(v);
    }
    return std::move(plan_);
  }

 private:
  struct Live {
    std::size_t value;
    int until;
  };

  void release_before(int step) {
    for (std::size_t i = 0; i < live_.size();) {
      if (live_[i].until >= step) {
        ++i;
        continue;
      }
      free_.push_back(plan_.slot_of[live_[i].value]);
      live_[i] = live_.back();
      live_.pop_back();
    }
  }

  void place(std::size_t v) {
    const PlannedValue& value = values_[v];
    int slot = dying(value);
    if (slot < 0) slot = take_free(value);
    if (slot < 0) {
      slot = static_cast<int>(plan_.slot_bytes.size());
      plan_.slot_bytes.push_back(value.bytes);
      plan_.first_value.push_back(static_cast<int>(v));
    }
    plan_.slot_of[v] = slot;
    if (!value.is_output) live_.push_back({v, std::max(value.last_use, value.defined)});
  }

  int dying(const PlannedValue& value) {
    for (int candidate : value.in_place) {
      const PlannedValue& other = values_[static_cast<std::size_t>(candidate)];
      if (other.is_output || other.last_use != value.defined || !(other.bytes == value.bytes)) continue;
      const auto found = std::find_if(live_.begin(), live_.end(),
                                      [&](const Live& l) { return l.value == static_cast<std::size_t>(candidate); });
      if (found == live_.end()) continue;  // another output of the step took it
      live_.erase(found);
      return plan_.slot_of[static_cast<std::size_t>(candidate)];
    }
    return -1;
  }

  // An output keeps its slot, so it takes one of exactly its size; others may waste up to half of theirs.
  int take_free(const PlannedValue& value) {
    std::size_t best = free_.size();
    for (std::size_t i = 0; i < free_.size(); ++i) {
      const IntExpr have = plan_.slot_bytes[static_cast<std::size_t>(free_[i])];
      if (have == value.bytes) {
        best = i;
        break;
      }
      if (value.is_output || !have.is_constant() || !value.bytes.is_constant()) continue;
      if (have.value() < value.bytes.value() || have.value() > 2 * value.bytes.value()) continue;
      if (best == free_.size() || have.value() < plan_.slot_bytes[static_cast<std::size_t>(free_[best])].value()) {
        best = i;
      }
    }
    if (best == free_.size()) return -1;
    const int slot = free_[best];
    free_.erase(free_.begin() + static_cast<std::ptrdiff_t>(best));
    return slot;
  }

  std::span<const PlannedValue> values_;
  MemoryPlan plan_;
  std::vector<Live> live_;
  std::vector<int> free_;
};

}  // namespace

MemoryPlan plan_memory(std::span<const PlannedValue> values) { return Planner(values).run(); }

}  // namespace cermet::exec
