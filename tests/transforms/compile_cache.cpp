// The cache of a compiled function: keys, reasons, bounds, threads.
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <set>
#include <thread>

#include "array/values.h"
#include "transforms/compiled_function.h"

namespace cermet {
namespace {

using test::values;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(CompileCache, RetracesSayWhy) {
  auto compiled = compile([](const array& x) { return x + 1; });
  compiled(ones({2, 3}));
  compiled(ones({2, 3}, bfloat16));
  compiled(ones({4, 3}, bfloat16));
  compiled(ones({4}));
  compiled(ones({4, 3}, bfloat16));
  const CompileStatistics statistics = compiled.statistics();
  EXPECT_THAT(statistics.retrace_reasons,
              ElementsAre("argument 0: dtype float32 -> bfloat16", "argument 0: shape (2, 3) -> (4, 3)",
                          "argument 0: dtype bfloat16 -> float32; argument 0: shape (4, 3) -> (4,)"));
  EXPECT_EQ(statistics.traces, 4U);
  EXPECT_EQ(statistics.hits, 1U);
  EXPECT_EQ(statistics.entries.at(1).signature, "bfloat16(2, 3)");
}

TEST(CompileCache, EntriesAreBoundedAndTheOldestGoFirst) {
  const std::size_t before = set_compile_cache_limit(3);
  auto compiled = compile([](const array& x) { return x + 1; });
  for (int n : {1, 2, 3}) compiled(ones({n}));
  compiled(ones({1}));  // now 2 is the least recently used
  compiled(ones({4}));
  EXPECT_EQ(compiled.statistics().entries.size(), 3U);
  EXPECT_EQ(compiled.statistics().evictions, 1U);
  compiled(ones({1}));
  compiled(ones({3}));
  EXPECT_EQ(compiled.statistics().traces, 4U);
  compiled(ones({2}));
  EXPECT_EQ(compiled.statistics().traces, 5U);
  EXPECT_EQ(set_compile_cache_limit(before), 3U);
  EXPECT_THROW(set_compile_cache_limit(0), ValueError);
}

TEST(CompileCache, ManyEntriesAreFound) {
  auto compiled = compile([](const array& x) { return x; });
  for (int round = 0; round < 3; ++round) {
    for (int n = 0; n < 100; ++n) compiled(ones({n}));
  }
  EXPECT_EQ(compiled.statistics().traces, 100U);
  EXPECT_EQ(compiled.statistics().hits, 200U);
}

TEST(CompileCache, ConstantsCompareByTypeAndBits) {
  auto compiled = compile([](const array& x, auto c) { return x * c; });
  const array x = ones({2});
  compiled(x, 1);
  compiled(x, 1.0F);
  compiled(x, true);
  compiled(x, 0.0F);
  compiled(x, -0.0F);
  EXPECT_EQ(compiled.statistics().traces, 5U);
  compiled(x, std::nanf(""));
  compiled(x, std::nanf(""));
  EXPECT_EQ(compiled.statistics().traces, 6U);
}

TEST(CompileCache, StaticKeysAndDescriptionsOfOtherLanguages) {
  CompiledFunction function("scale");
  const auto body = [](std::span<array> arguments) {
    return FunctionResult{{arguments[0] * 2}, std::make_shared<const int>(42)};
  };
  std::string mode = "\"same\"";
  const auto words = [&] { return CallDescription{{"argument 'x'"}, {{"argument 'mode'", mode}}, "(array, str)"}; };
  const FunctionRef<CallDescription()> describe(words);
  array x({1.0F, 2.0F});
  array* const handles[] = {&x};
  FunctionResult result;
  EXPECT_FALSE(function.try_hit({handles, "same", &describe}, result));
  result = function({handles, "same", &describe}, body);
  EXPECT_THAT(values<float>(result.outputs[0]), ElementsAre(2, 4));
  EXPECT_TRUE(function.try_hit({handles, "same", &describe}, result));
  EXPECT_EQ(*static_cast<const int*>(result.structure.get()), 42);
  mode = "\"valid\"";
  function({handles, "valid", &describe}, body);
  x = array({1});
  function({handles, "valid", &describe}, body);
  EXPECT_THAT(function.statistics().retrace_reasons,
              ElementsAre("constant argument 'mode': \"same\" -> \"valid\"",
                          "argument 'x': dtype float32 -> int32; argument 'x': shape (2,) -> (1,)"));
  function.clear();
  EXPECT_FALSE(function.try_hit({handles, "valid", &describe}, result));
}

TEST(CompileCache, DumpsShowTheGraph) {
  auto compiled = compile([](const array& x) { return exp(x); });
  EXPECT_EQ(compiled.dump("graph"), "");
  compiled(ones({2}));
  EXPECT_THAT(compiled.dump("graph"), HasSubstr("exp"));
}

TEST(CompileCache, ThreadsTraceOnce) {
  std::atomic<int> runs{0};
  auto compiled = compile([&](const array& x) {
    ++runs;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return x * 2 + 1;
  });
  const array x = ones({100});
  eval(x);
  std::vector<std::thread> threads;
  std::vector<float> totals(8);
  for (float& total : totals) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) total = sum(compiled(x)).item<float>();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(totals, std::vector<float>(8, 300.0F));
  EXPECT_EQ(compiled.statistics().hits, 8U * 50U - 1U);
}

TEST(CompileCache, ThreadsMayEvictWhileOthersCall) {
  const std::size_t before = set_compile_cache_limit(2);
  auto compiled = compile([](const array& x) { return x + 1; });
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 40; ++i) {
        const int n = 1 + (i + t) % 4;
        if (compiled(ones({n})).size() != n) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(compiled.statistics().entries.size(), 2U);
  set_compile_cache_limit(before);
}

TEST(CompileCache, ThreadsDrawDistinctNumbers) {
  auto compiled = compile([] { return random::bits({2}); });
  std::vector<std::thread> threads;
  std::vector<std::vector<array>> drawn(4);
  for (auto& mine : drawn) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) mine.push_back(compiled());
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::vector<std::uint32_t>> distinct;
  for (const auto& mine : drawn) {
    for (const array& x : mine) distinct.insert(values<std::uint32_t>(x));
  }
  EXPECT_EQ(distinct.size(), 80U);
}

}  // namespace
}  // namespace cermet
