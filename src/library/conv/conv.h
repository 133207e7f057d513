// Convolutions: the run functions of the library calls of graph/ops/convolution.h. The extents alone decide how the
// work is cut and who does it, so results are equal bit for bit with any number of threads.
#pragma once

#include "library/library.h"

namespace cermet::library {

void run_convolution(const Primitive& call, std::span<const Operand> operands);
void run_convolution_weight_gradient(const Primitive& call, std::span<const Operand> operands);

}  // namespace cermet::library
