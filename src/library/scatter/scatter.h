// The library functions slice_update and scatter with their combiners; graph/ops/updates.h says what they do.
#pragma once

#include <optional>
#include <span>

#include "library/library.h"

namespace cermet::library {

void slice_update(const Primitive& call, std::span<const Operand> operands);
/// Function::copied_range of "slice_update".
std::optional<ByteRange> slice_update_range(const Primitive& call, std::span<const Operand> operands);
void scatter(const Primitive& call, std::span<const Operand> operands);

}  // namespace cermet::library
