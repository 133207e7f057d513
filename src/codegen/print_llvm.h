// Legal kernel IR in, LLVM IR text out, nothing else.
#pragma once

#include <string>

#include "kernel/kernel.h"
#include "target/target.h"

namespace cermet::codegen {

/// One module with one function `symbol` of kernel::EntryPoint's signature; no declarations but whitelisted intrinsics,
/// no undefined symbol in the object made from it. Requires Stage::legal for `target`.
std::string print_llvm(const kernel::Kernel& kernel, const Target& target, const std::string& symbol);

}  // namespace cermet::codegen
