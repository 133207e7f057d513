// Fourier transforms: the run function of the library calls of graph/ops/fft.h. Each line is transformed by itself, so
// results do not depend on the number of threads, and a NaN stays in its line.
#pragma once

#include "library/library.h"

namespace cermet::library {

void run_fft(const Primitive& call, std::span<const Operand> operands);

}  // namespace cermet::library
