// The library function "view" (graph/ops/view_bytes.h): the operand's elements in row-major order, byte for byte.
#pragma once

#include <span>

#include "library/library.h"

namespace cermet::library {

void view(const Primitive& call, std::span<const Operand> operands);

}  // namespace cermet::library
