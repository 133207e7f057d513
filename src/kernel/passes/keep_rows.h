// Expensive values of a row that several stages need are computed by the first one and kept.
#pragma once

#include "kernel/passes/nest.h"
#include "target/target.h"

namespace cermet::kernel {

/// Requires: Stage::built, a body that ends with `nest` and will be mapped by rows. Ensures: the same, where a value of
/// about an exponential's cost that a later reduce or loop over the row computes again is loaded from scratch instead,
/// if the row's extent is a constant and the scratch stays within a few first-level caches. Returns whether it changed.
bool keep_rows(Kernel& kernel, const Target& target, const Nest& nest);

}  // namespace cermet::kernel
