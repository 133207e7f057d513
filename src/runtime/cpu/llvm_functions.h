// The functions of LLVM's C API that Cermet calls, found by name in the library that is opened at run time.
#pragma once

#if defined(__GNUC__)
#pragma GCC system_header  // the C API's headers are not clean under -Wpedantic
#endif

#include <llvm-c/Analysis.h>
#include <llvm-c/Core.h>
#include <llvm-c/ErrorHandling.h>
#include <llvm-c/IRReader.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>

namespace cermet::runtime::cpu {

struct LlvmFunctions {
#define CERMET_LLVM(function) decltype(&::LLVM##function) function = nullptr;
#include "runtime/cpu/llvm_functions.def"
#undef CERMET_LLVM
};

}  // namespace cermet::runtime::cpu
