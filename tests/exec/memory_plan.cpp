// Which values share memory, where outputs are concerned: they keep what they get.
#include "exec/memory_plan.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace cermet::exec {
namespace {

PlannedValue value(std::int64_t bytes, int defined, int last_use) {
  PlannedValue v;
  v.bytes = bytes;
  v.defined = defined;
  v.last_use = last_use;
  return v;
}

PlannedValue output(std::int64_t bytes, int defined, std::vector<int> in_place) {
  PlannedValue v = value(bytes, defined, defined);
  v.is_output = true;
  v.in_place = std::move(in_place);
  return v;
}

TEST(MemoryPlan, AnOutputTakesADyingValueOfItsSize) {
  const std::array values{value(64, 0, 1), output(64, 1, {0})};
  const MemoryPlan plan = plan_memory(values);
  EXPECT_EQ(plan.slot_of, (std::vector<int>{0, 0}));
}

TEST(MemoryPlan, AnOutputDoesNotKeepALargerSlot) {
  // Value 1 lives in the larger slot of value 0 when it dies.
  const std::array values{value(100, 0, 0), value(64, 1, 2), output(64, 2, {1})};
  const MemoryPlan plan = plan_memory(values);
  EXPECT_EQ(plan.slot_of[1], plan.slot_of[0]);
  EXPECT_NE(plan.slot_of[2], plan.slot_of[1]);
  EXPECT_EQ(plan.slot_bytes[static_cast<std::size_t>(plan.slot_of[2])], IntExpr(64));
}

TEST(MemoryPlan, AnOutputThatTakesAnInputLeavesTheDyingValue) {
  std::array values{value(64, 0, 1), output(64, 1, {0})};
  values[1].takes_input = true;
  const MemoryPlan plan = plan_memory(values);
  EXPECT_NE(plan.slot_of[1], plan.slot_of[0]);
  EXPECT_EQ(plan.first_value[static_cast<std::size_t>(plan.slot_of[1])], 1);
}

}  // namespace
}  // namespace cermet::exec
