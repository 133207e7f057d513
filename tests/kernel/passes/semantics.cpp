// Every pass on every case: the interpreter gives the same bits before and after it.
#include <gtest/gtest.h>

#include "kernel/passes/cases.h"
#include "kernel/passes/legalize.h"
#include "kernel/passes/memory.h"
#include "kernel/random_kernel.h"
#include "kernel/rewrite.h"

namespace cermet::kernel {
namespace {

struct Stepped {
  std::string pass;
  Kernel kernel;
};

std::vector<Stepped> all_stages(const std::string& text, const Target& target) {
  std::vector<Stepped> stages{{"built", parse(text)}};
  Kernel kernel = parse(text);
  legalize(kernel, target, [&](std::string_view pass, const Kernel& after) {
    stages.push_back({std::string(pass), after});
  });
  verify(kernel, Stage::legal, target);
  return stages;
}

void compare(const Case& test, const std::vector<Stepped>& stages, const Sizes& parameters, unsigned seed) {
  const Kernel& built = stages[0].kernel;
  Memory expected(built, test.sizes(parameters), seed);
  interpret(built, expected.pointers().data(), parameters.data(), expected.sizes());
  for (std::size_t i = 1; i < stages.size(); ++i) {
    if (print(stages[i].kernel) == print(stages[i - 1].kernel)) {
      continue;
    }
    Memory actual(built, test.sizes(parameters), seed);
    interpret(stages[i].kernel, actual.pointers().data(), parameters.data());
    const std::string difference = expected.difference(actual, test.tolerance);
    ASSERT_TRUE(difference.empty()) << test.name << " after " << stages[i].pass << " with "
                                    << ::testing::PrintToString(parameters) << ": " << difference;
  }
}

class Passes : public ::testing::TestWithParam<std::string_view> {};

TEST_P(Passes, KeepTheBitsOfEveryCase) {
  const Target target = target_preset(GetParam());
  for (const Case& test : all_cases()) {
    std::vector<Stepped> stages = all_stages(test.text, target);
    if (target.vector_bytes != 64) {
      stages.erase(stages.begin() + 1, stages.end() - 1);  // the passes one by one on the widest target only
    }
    for (const Sizes& parameters : test.parameters) {
      for (const unsigned seed : {1U, 2U}) {
        compare(test, stages, parameters, seed);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, Passes, ::testing::Values("x86-64-v2", "x86-64-v3", "x86-64-v4"),
                         [](const auto& info) { return replaced(std::string(info.param), "-", "_"); });

TEST(Passes, KeepRandomKernels) {
  const Target target = target_preset("x86-64-v4");
  int changed = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    const Kernel built = RandomKernel(seed, false).make();
    if (!contains(built, built.body, Opcode::reduce)) {
      continue;  // without an order of its own a kernel may store to one place from several iterations
    }
    Kernel legal = built;
    legalize(legal, target);
    verify(legal, Stage::legal, target);
    const Sizes sizes(5, random_size), parameters{1 + seed % 6, seed};
    Memory expected(built, sizes, seed), actual(built, sizes, seed);
    interpret(built, expected.pointers().data(), parameters.data(), sizes);
    interpret(legal, actual.pointers().data(), parameters.data(), sizes);
    const std::string difference = expected.difference(actual);
    ASSERT_TRUE(difference.empty()) << "seed " << seed << ": " << difference << "\n" << print(built) << print(legal);
    changed += print(built) != print(legal);
  }
  EXPECT_GT(changed, 20);
}

}  // namespace
}  // namespace cermet::kernel
