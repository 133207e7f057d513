// Machine code against the interpreter: every case of the kernel passes, compiled for this machine, gives the bits that
// the interpreter gives for the same legal kernel, however the grid is cut.
#include <gtest/gtest.h>

#include "codegen/print_llvm.h"
#include "kernel/passes/cases.h"
#include "kernel/passes/legalize.h"
#include "kernel/passes/memory.h"
#include "runtime/kernel_cache.h"

namespace cermet::kernel {
namespace {

std::int64_t grid_steps(const Kernel& kernel, const Sizes& parameters) {
  return kernel.integers.evaluate(grid_extent(kernel), [&](SymbolId symbol) {
    const auto at = std::find(kernel.parameters.begin(), kernel.parameters.end(), symbol) - kernel.parameters.begin();
    return parameters[static_cast<std::size_t>(at)];
  });
}

TEST(GeneratedCode, AgreesWithTheInterpreter) {
  int runs = 0;
  for (const Case& test : all_cases()) {
    Kernel kernel = parse(test.text);
    legalize(kernel, host_target());
    const auto code = runtime::get_kernel(hash128(print(kernel)), [&](const std::string& symbol) {
      return codegen::print_llvm(kernel, host_target(), symbol);
    });
    for (const Sizes& parameters : test.parameters) {
      for (const unsigned seed : {1U, 2U}) {
        const Sizes sizes = test.sizes(parameters);
        Memory expected(parse(test.text), sizes, seed), actual(parse(test.text), sizes, seed);
        interpret(kernel, expected.pointers().data(), parameters.data());
        const std::int64_t steps = grid_steps(kernel, parameters), cut = steps / 3;
        code->entry(actual.pointers().data(), parameters.data(), cut, steps);
        code->entry(actual.pointers().data(), parameters.data(), 0, cut);
        const std::string difference = expected.difference(actual);
        ASSERT_TRUE(difference.empty()) << test.name << " with " << ::testing::PrintToString(parameters) << ": "
                                        << difference << "\n"
                                        << print(kernel);
        runs += steps > 0;
      }
    }
  }
  EXPECT_GT(runs, 400);
}

/// Code for the narrower targets runs on this machine, too: the loader needs no more than the module's own attributes.
TEST(GeneratedCode, OfNarrowTargetsAgrees) {
  if (host_target().vector_bytes < 64) {
    GTEST_SKIP() << "needs AVX-512 to run all presets";
  }
  for (const std::string name : {"x86-64-v2", "x86-64-v3"}) {
    const Target target = target_preset(name);
    for (const Case& test : all_cases()) {
      Kernel kernel = parse(test.text);
      legalize(kernel, target);
      const auto code = runtime::get_kernel(hash128(name + print(kernel)), [&](const std::string& symbol) {
        return codegen::print_llvm(kernel, target, symbol);
      });
      const Sizes parameters = test.parameters.back(), sizes = test.sizes(parameters);
      Memory expected(parse(test.text), sizes, 1), actual(parse(test.text), sizes, 1);
      interpret(kernel, expected.pointers().data(), parameters.data());
      code->entry(actual.pointers().data(), parameters.data(), 0, grid_steps(kernel, parameters));
      const std::string difference = expected.difference(actual);
      EXPECT_TRUE(difference.empty()) << test.name << " for " << name << ": " << difference;
    }
  }
}

}  // namespace
}  // namespace cermet::kernel
