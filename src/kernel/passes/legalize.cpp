// The list of kernel passes; see legalize.h.
#include "kernel/passes/legalize.h"

#include <array>

#include "kernel/passes/collapse_loops.h"
#include "kernel/passes/expand_ops.h"
#include "kernel/passes/expand_reductions.h"
#include "kernel/passes/hoist.h"
#include "kernel/passes/map_loops.h"
#include "kernel/passes/promote_types.h"
#include "kernel/passes/split_complex.h"
#include "kernel/passes/stream_stores.h"
#include "kernel/passes/vectorize.h"

namespace cermet::kernel {

namespace {

constexpr std::array pass_list{
    NamedPass{"collapse_loops", collapse_loops, Stage::built, Stage::built},
    NamedPass{"split_complex", split_complex, Stage::built, Stage::built},
    NamedPass{"promote_types", promote_types, Stage::built, Stage::built},
    NamedPass{"map_loops", map_loops, Stage::built, Stage::built},
    NamedPass{"expand_reductions", expand_reductions, Stage::built, Stage::mapped},
    NamedPass{"expand_ops", expand_ops, Stage::mapped, Stage::mapped},
    NamedPass{"vectorize", vectorize, Stage::mapped, Stage::mapped},
    NamedPass{"hoist", hoist, Stage::mapped, Stage::mapped},
    NamedPass{"stream_stores", stream_stores, Stage::mapped, Stage::legal},
};

}  // namespace

std::span<const NamedPass> passes() { return pass_list; }

void legalize(Kernel& kernel, const Target& target,
              const std::function<void(std::string_view pass, const Kernel& kernel)>& after) {
  for (const NamedPass& pass : pass_list) {
    pass.run(kernel, target);
#ifndef NDEBUG
    if (pass.after != Stage::built) {
      verify(kernel, pass.after, target);
    }
#endif
    if (after) {
      after(pass.name, kernel);
    }
  }
}

}  // namespace cermet::kernel
