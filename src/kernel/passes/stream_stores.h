// Large outputs bypass the caches.
#pragma once

#include "kernel/kernel.h"
#include "target/target.h"

namespace cermet::kernel {

/// Requires: lanes assigned. Ensures: unmasked contiguous stores to outputs of which more than half a last-level cache
/// is written (by constants, or by the hints of parameters) are streaming, where their alignment is known.
void stream_stores(Kernel& kernel, const Target& target);

}  // namespace cermet::kernel
