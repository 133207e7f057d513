// From a built kernel to something that a program can launch, once per content: the table in front of the runtime's
// kernel cache that also remembers the extent of the grid.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "kernel/kernel.h"
#include "runtime/kernel_cache.h"
#include "target/target.h"

namespace cermet::exec {

/// A kernel that is ready to be launched; shared by all programs that hold an equal one.
struct CompiledKernel {
  std::shared_ptr<const runtime::LoadedKernel> code;  ///< Null for the interpreter, which runs `interpreted`.
  kernel::Kernel interpreted;
  IntExprTable integers;  ///< `grid` is an expression of it, over `parameters`.
  IntExpr grid = 1;
  std::vector<SymbolId> parameters;
};

/// Content of the kernel, target, versions: the same in every process.
Hash128 kernel_key(const std::string& printed, const Target& target);

/// Finds or makes the code of a built kernel; passes and printing run on a miss only. Thread safe.
std::shared_ptr<const CompiledKernel> compile_kernel(const kernel::Kernel& built, const Target& target);

/// The text of a stage of one kernel: "kernel", "legal", "llvm", "asm".
std::string kernel_text(const kernel::Kernel& built, const Target& target, std::string_view stage);

}  // namespace cermet::exec
