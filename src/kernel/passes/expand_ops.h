// Ops that the target does not have become the expressions of their rows.
#pragma once

#include "kernel/kernel.h"
#include "target/target.h"

namespace cermet::kernel {

/// Requires: no complex or half arithmetic. Ensures: every called op is one of the core (no expansion in its row) or
/// native to the target; lanes are kept.
void expand_ops(Kernel& kernel, const Target& target);

}  // namespace cermet::kernel
