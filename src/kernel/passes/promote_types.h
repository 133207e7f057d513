// Half precision is a storage format: values are float32 inside of a kernel and round once, where they are stored.
#pragma once

#include "kernel/kernel.h"
#include "target/target.h"

namespace cermet::kernel {

/// Requires: Stage::built, no complex values. Ensures: float16 and bfloat16 occur in loads, stores and the conversions
/// around them only; bfloat16 converts by integer arithmetic, float16 by the target's instruction or likewise; an
/// explicit conversion to a half type rounds. float64 and wide integers become halves with a single rounding.
void promote_types(Kernel& kernel, const Target& target);

}  // namespace cermet::kernel
