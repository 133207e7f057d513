// Which values of a program share a piece of memory: a value takes the slot of one that has died before it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/integer_expression.h"

namespace cermet::exec {

/// A value that some step writes. Steps are numbered from 0.
struct PlannedValue {
  IntExpr bytes = 0;
  int defined = 0;            ///< The step that writes it.
  int last_use = 0;           ///< The last step that reads it (`defined` if none does).
  bool is_output = false;     ///< Lives on after the program.
  bool takes_input = false;   ///< Gets a slot of its own, which takes the memory of an input that dies here.
  std::vector<int> in_place;  ///< Values whose memory this one may take if they die in the step that writes it.
};

struct MemoryPlan {
  std::vector<int> slot_of;  ///< A slot for each value.
  std::vector<IntExpr> slot_bytes;
  std::vector<int> first_value;  ///< The first value that lives in each slot.
};

/// `values` in the order of `defined`. No two values that are alive at once share a slot.
MemoryPlan plan_memory(std::span<const PlannedValue> values);

}  // namespace cermet::exec
