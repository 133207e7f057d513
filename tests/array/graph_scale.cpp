// Long chains and many threads: building, evaluating and destroying deep graphs.
#include <gtest/gtest.h>

#include <thread>

#include "array/values.h"

namespace cermet {
namespace {

TEST(GraphScale, MillionNodesAreBuiltAndDestroyed) {
  array x({1.0F, 2.0F});
  for (int i = 0; i < 1'000'000; ++i) x = -x;
  EXPECT_FALSE(x.is_available());
}

TEST(GraphScale, LongChainsEvaluate) {
  array x({1, 2});
  for (int i = 0; i < 10'000; ++i) x = x + 1;
  EXPECT_EQ(test::values<int>(x), (std::vector<int>{10'001, 10'002}));
}

TEST(GraphScale, ThreadsEvaluateOneGraph) {
  const array x = ones({1000});
  array shared = x * 3;
  for (int i = 0; i < 50; ++i) shared = shared + x;
  std::vector<std::thread> threads;
  std::vector<float> totals(8);
  for (float& total : totals) {
    threads.emplace_back([&total, shared] { total = sum(shared).item<float>(); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(totals, std::vector<float>(8, 53'000.0F));
}

}  // namespace
}  // namespace cermet
