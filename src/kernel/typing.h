// What types an instruction's operands and result must have, asked by the builder and the verifier alike.
#pragma once

#include <string>

#include "kernel/kernel.h"

namespace cermet::kernel {

struct ValueType {
  Dtype dtype;
  int lanes = 1;
  friend bool operator==(const ValueType&, const ValueType&) = default;
};

/// "f32", "f32x16".
std::string to_string(ValueType type);
ValueType type_of(const Kernel& kernel, Value value);

/// Number of results of a loop, reduce or reduce_lanes.
int result_count(const Kernel& kernel, const Instruction& instruction);
/// The type of one of them.
ValueType result_type(const Kernel& kernel, const Instruction& instruction, int component);

/// The rule of types that the instruction breaks, in words, or an empty string. Operands must be valid Values.
std::string type_error(const Kernel& kernel, const Instruction& instruction);

}  // namespace cermet::kernel
