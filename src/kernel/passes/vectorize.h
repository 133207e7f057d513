// Vector loops in scalar form get lanes: an unmasked main loop of a few copies and a masked tail.
#pragma once

#include "kernel/kernel.h"
#include "target/target.h"

namespace cermet::kernel {

/// Requires: Stage::mapped with ops and types of the target. Ensures: every vector loop has lanes, or became serial
/// where its body is not straight. The main loop takes W lanes (the widest varying value fills a vector register) times
/// a few copies without masks; what is left runs masked, W at a time, and is absent where the extent is a known
/// multiple.
void vectorize(Kernel& kernel, const Target& target);

}  // namespace cermet::kernel
