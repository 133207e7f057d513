// Parallel loops become one grid loop with serial and vector loops inside: the schedules.
#pragma once

#include "kernel/kernel.h"
#include "target/target.h"

namespace cermet::kernel {

/// Requires: Stage::built. Ensures: one grid loop; no parallel loop; vector loops in scalar form (lanes 1, step 1)
/// along the axis that most accesses are contiguous in; reduces only in rows, to be expanded next.
///
///   element-wise  tiles of `tile_elements` (of `transpose_tile` squared where accesses disagree on the contiguous
///   axis) rows          reductions along memory: one row a grid step, its stages one after the other columns
///   reductions across memory: `column_tile` neighbouring columns a grid step, their 64 accumulators each
///                 in scratch, combined in the order of kernel.h; reductions that can do so share one pass
void map_loops(Kernel& kernel, const Target& target);

}  // namespace cermet::kernel
