// Reduces become loops that keep the 64 accumulators of kernel.h's order in registers.
#pragma once

#include "kernel/kernel.h"
#include "target/target.h"

namespace cermet::kernel {

/// Requires: one grid loop, reduces inside of it, scalar instructions.
/// Ensures: Stage::mapped. A reduce with a straight body is a vector loop of 64 elements a step over 64 / W vectors of
/// W lanes, a masked tail, and the tree; chunks of a long one meet in scratch. Any other body runs one element after
/// the other over accumulators in scratch. Equal bits either way.
void expand_reductions(Kernel& kernel, const Target& target);

}  // namespace cermet::kernel
