// LLVM as a code generator, opened with dlopen the first time something must be compiled and never before.
#pragma once

#include <string>
#include <string_view>

namespace cermet::runtime::cpu {

/// What the generated code may assume about the machine; part of the name of every object on disk.
struct CodeGeneration {
  std::string cpu;
  std::string features;
};

/// The relocatable ELF object of an LLVM module in text form. Throws ValueError with LLVM's message when the text does
/// not parse or verify, InternalError when the code generator refuses it or LLVM cannot be opened. Thread safe.
std::string compile_object(std::string_view module_text, const CodeGeneration& machine, std::string_view name);
/// The same as assembly text.
std::string compile_assembly(std::string_view module_text, const CodeGeneration& machine);
/// The message of LLVM's parser or verifier, empty if the module is valid.
std::string verify_module(std::string_view module_text);
/// True once LLVM has been opened by this process.
bool llvm_loaded();

}  // namespace cermet::runtime::cpu
