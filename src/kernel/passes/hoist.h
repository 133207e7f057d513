// Values that do not change in a loop are computed before it.
#pragma once

#include "kernel/kernel.h"
#include "target/target.h"

namespace cermet::kernel {

/// Requires: Stage::mapped or later. Ensures: the same stage; pure values stand in the outermost loop that knows their
/// operands and symbols, equal ones once. Loads move only out of loops that are known to run.
void hoist(Kernel& kernel, const Target& target);

}  // namespace cermet::kernel
