// All passes of a kernel in order: from what lower builds to what a printer takes.
#pragma once

#include <functional>
#include <string_view>

#include "kernel/kernel.h"
#include "target/target.h"

namespace cermet::kernel {

using KernelPass = void (*)(Kernel&, const Target&);

struct NamedPass {
  std::string_view name;
  KernelPass run = nullptr;
  Stage before = Stage::built;  ///< What holds before and after it, checked in debug builds.
  Stage after = Stage::built;
};

/// The passes in the order in which legalize runs them; tools find them by name.
std::span<const NamedPass> passes();

/// Requires: Stage::built. Ensures: Stage::legal for the target. Calls `after` with each pass's name and result.
void legalize(Kernel& kernel, const Target& target,
              const std::function<void(std::string_view pass, const Kernel& kernel)>& after = {});

}  // namespace cermet::kernel
