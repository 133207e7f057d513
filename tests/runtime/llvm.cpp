// LLVM as a code generator: valid modules give objects, invalid ones give messages, none ends the process.
#include "runtime/cpu/llvm.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/error.h"
#include "runtime/cpu/elf_object.h"
#include "runtime/kernel_cache.h"
#include "runtime/process.h"

// What LLVM holds when a compilation fails fatally is abandoned on purpose: nothing of it may be touched any more.
extern "C" const char* __lsan_default_suppressions() { return "leak:libLLVM"; }

namespace cermet::runtime::cpu {
namespace {

const CodeGeneration generic{"x86-64", ""};

TEST(Llvm, EmitsAnElfObject) {
  const std::string object = compile_object(test::storing_module("f", 7), generic, "f");
  ASSERT_GT(object.size(), 64U);
  EXPECT_EQ(object.substr(0, 4),
            "\x7f"
            "ELF");
  EXPECT_TRUE(llvm_loaded());
}

TEST(Llvm, AssemblesToText) {
  const std::string text = compile_assembly(test::storing_module("f", 7), generic);
  EXPECT_NE(text.find("f:"), std::string::npos);
  EXPECT_NE(text.find("ret"), std::string::npos);
  EXPECT_NE(assemble(test::storing_module("g", 7)).find("g:"), std::string::npos);
}

TEST(Llvm, SameTextGivesSameBytes) {
  EXPECT_EQ(compile_object(test::storing_module("f", 7), generic, "f"),
            compile_object(test::storing_module("f", 7), generic, "f"));
}

TEST(Llvm, TextThatDoesNotParseIsAnErrorWithLine) {
  try {
    compile_object("define void @f( {", generic, "bad_kernel");
    FAIL() << "no error";
  } catch (const ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("bad_kernel"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("expected type"), std::string::npos) << error.what();
  }
}

TEST(Llvm, VerifierSpeaks) {
  EXPECT_EQ(verify_llvm(test::storing_module("f", 1)), "");
  const std::string message = verify_llvm(
      "define i32 @f(i1 %c) {\n  br i1 %c, label %a, label %b\na:\n  %x = add i32 1, 2\n"
      "  br label %b\nb:\n  ret i32 %x\n}\n");
  EXPECT_NE(message.find("does not dominate"), std::string::npos) << message;
}

TEST(Llvm, WhatTheMachineCannotDoIsAnError) {
  const char* module =
      "declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()\n"
      "define i32 @f() {\n  %x = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()\n  ret i32 %x\n}\n";
  for (int i = 0; i < 3; ++i) EXPECT_THROW(compile_object(module, generic, "f"), InternalError);
  EXPECT_FALSE(compile_object(test::storing_module("f", 7), generic, "f").empty());
}

TEST(Llvm, ManyThreadsCompileAtOnce) {
  std::vector<std::thread> threads;
  std::vector<std::string> objects(16);
  for (std::size_t i = 0; i < objects.size(); ++i) {
    threads.emplace_back(
        [&, i] { objects[i] = compile_object(test::storing_module("f", static_cast<long>(i % 4)), generic, "f"); });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < objects.size(); ++i) EXPECT_EQ(objects[i], objects[i % 4]) << i;
  EXPECT_NE(objects[0], objects[1]);
}

}  // namespace
}  // namespace cermet::runtime::cpu
