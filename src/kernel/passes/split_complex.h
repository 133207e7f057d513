// complex64 values become pairs of float32.
#pragma once

#include "kernel/kernel.h"
#include "target/target.h"

namespace cermet::kernel {

/// Requires: Stage::built. Ensures: Stage::built without complex64: buffers are seen as twice as many float32, calls
/// are their rows' complex expansions, sums are two sums; other reductions of complex elements, whose parts depend on
/// each other, are serial loops over accumulators in scratch, in the order of kernel.h.
void split_complex(Kernel& kernel, const Target& target);

}  // namespace cermet::kernel
