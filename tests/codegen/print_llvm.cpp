// What the printer writes, kept in files <case>.expected.ll beside the legal kernels <case>.input.ir
// (CERMET_UPDATE_GOLDEN=1 writes them), and rules that hold for the text of every kernel.
#include "codegen/print_llvm.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "base/error.h"
#include "kernel/passes/cases.h"
#include "kernel/passes/legalize.h"

namespace cermet::codegen {
namespace {

using kernel::Kernel;

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(PrintLlvm, WritesWhatTheFilesSay) {
  const Target target = target_preset("x86-64-v4");
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CERMET_SOURCE_DIR "/tests/codegen")) {
    const std::string path = entry.path();
    if (!path.ends_with(".input.ir")) {
      continue;
    }
    ++cases;
    const Kernel legal = kernel::parse(read(path));
    kernel::verify(legal, kernel::Stage::legal, target);
    const std::string text = print_llvm(legal, target, "kernel");
    const std::string expected = kernel::replaced(path, ".input.ir", ".expected.ll");
    if (std::getenv("CERMET_UPDATE_GOLDEN") != nullptr) {
      std::ofstream(expected) << text;
    }
    EXPECT_EQ(read(expected), text) << path;
  }
  EXPECT_GE(cases, 10);
}

/// Intrinsics that x86-64 has instructions or inline sequences for: anything else might become a call to a library.
TEST(PrintLlvm, CallsWhitelistedIntrinsicsOnly) {
  const std::set<std::string> allowed{"fabs",   "fma",    "sqrt",   "floor",    "ceil", "trunc",
                                      "smax",   "smin",   "umax",   "umin",     "abs",  "roundeven",
                                      "masked", "fptosi", "fptoui", "prefetch", "x86"};
  const std::regex call("@llvm\\.([a-z0-9]+)");
  int calls = 0;
  for (const std::string name : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
    for (const kernel::Case& test : kernel::all_cases()) {
      Kernel kernel = kernel::parse(test.text);
      kernel::legalize(kernel, target_preset(name));
      const std::string text = print_llvm(kernel, target_preset(name), "kernel");
      for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) {
        EXPECT_TRUE(allowed.contains((*at)[1])) << test.name << ": " << (*at)[0];
        ++calls;
      }
      EXPECT_EQ(text.find(" fast "), std::string::npos) << test.name;
      EXPECT_EQ(text.find("frem"), std::string::npos) << test.name;
    }
  }
  EXPECT_GT(calls, 100);
}

TEST(PrintLlvm, RefusesWhatIsNotLegal) {
  const Target target = target_preset("x86-64-v4");
  const auto refuses = [&](const std::string& body, const std::string& why) {
    const Kernel kernel =
        kernel::parse("kernel k(b0: f32 in, b1: f32 out, b2: bf16 in, b3: f32 out) {\n" + body + "}\n");
    try {
      print_llvm(kernel, target, "kernel");
      FAIL() << "printed:\n" << body;
    } catch (const InternalError& error) {
      EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
    }
  };
  refuses("  grid g in [0, 1) {\n    %0: f32 = load b0[g]\n    %1: f32 = exp %0\n    store b1[g] = %1\n  }\n",
          "exp is not a core operation");
  refuses("  grid g in [0, 1) {\n    %0: bf16 = load b2[g]\n    %1: f32 = convert %0\n    store b1[g] = %1\n  }\n",
          "bfloat16 to float32 is not legal");
  refuses(
      "  grid g in [0, 1) {\n    %0 = reduce sum lanes i in [0, 3) {\n      %1: f32 = load b0[i]\n      yield %1\n    "
      "}\n"
      "    %2: f32 = result %0.0\n    store b1[g] = %2\n  }\n",
      "reduce is not legal");
}

}  // namespace
}  // namespace cermet::codegen
