// Perfectly nested parallel loops become one wherever that keeps every index simple.
#pragma once

#include "kernel/kernel.h"
#include "target/target.h"

namespace cermet::kernel {

/// Requires: Stage::built. Ensures: Stage::built; two parallel loops i < n over j < m, one directly inside the other,
/// are one loop over i*m + j if every expression that uses them uses only that sum.
void collapse_loops(Kernel& kernel, const Target& target);

}  // namespace cermet::kernel
