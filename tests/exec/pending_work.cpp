// Work that nobody asks for does not pile up without end.
#include <gtest/gtest.h>

#include "exec/async.h"
#include "exec/programs.h"

namespace cermet::exec {
namespace {

using namespace testing;

TEST(PendingWork, DeepChainsAreEvaluatedOnTheWay) {
  NodeRef x = leaf(floats({3}, {1, 2, 3}));
  const std::uint64_t before = kernels_launched();
  for (int k = 0; k < 5000; ++k) {
    x = call(Op::negative, {x});
    EXPECT_LE(x->depth, deepest_pending + 1);
  }
  const std::uint64_t launched = kernels_launched() - before;
  EXPECT_GE(launched, 5000U - deepest_pending);
  EXPECT_LT(launched, 5000U);
  EXPECT_EQ(values_of(evaluated(x)), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(kernels_launched() - before, 5000U);
}

TEST(PendingWork, ShallowWorkWaits) {
  const NodeRef x = leaf(floats({3}, {1, 2, 3}));
  const std::uint64_t before = kernels_launched();
  std::vector<NodeRef> many;
  for (int k = 0; k < 5000; ++k) many.push_back(call(Op::negative, {x}));
  EXPECT_EQ(kernels_launched(), before);
}

// Each step reads a new array: pending, the chain would keep them all.
TEST(PendingWork, ArraysKeptAliveAreBounded) {
  constexpr std::int64_t n = 1 << 20;
  const std::size_t old = runtime::set_memory_limit(runtime::active_memory() + (std::size_t{1} << 30));
  NodeRef sum = leaf(floats({n}, std::vector<float>(n, 0.0F)));
  const std::size_t start = runtime::active_memory();
  std::size_t most = 0;
  for (int k = 0; k < 60; ++k) {
    sum = call(Op::add, {sum, leaf(floats({n}, std::vector<float>(n, 1.0F)))});
    most = std::max(most, runtime::active_memory() - start);
  }
  EXPECT_LE(most, std::size_t{200} << 20);
  EXPECT_EQ(values_of(evaluated(sum))[n - 1], 60.0F);
  runtime::set_memory_limit(old);
}

// The queue of the background keeps what waits in it alive, but not once somebody else evaluates that.
TEST(PendingWork, QueuedIntermediatesAreFreedByWhoEvaluatesThem) {
  constexpr std::int64_t n = 1 << 20;
  const NodeRef update = leaf(floats({1}, {5}));
  Primitive put;
  put.text = "slice_update";
  put.axes = {1};
  NodeRef x = leaf(floats({n}, std::vector<float>(n, 0.0F)));
  // The background is busy with this meanwhile.
  NodeRef busy = leaf(floats({n}, std::vector<float>(n, 1.0F)));
  for (int k = 0; k < 200; ++k) busy = call(Op::sin, {busy});
  evaluate_async({busy}, {});
  runtime::reset_peak_memory();
  const std::size_t before = runtime::active_memory();
  for (std::int64_t k = 0; k < 200; ++k) {
    put.dims = {k};
    x = make(PrimitiveKind::library, {x, update}, put);
    evaluate_async({x}, {});
  }
  const Data& data = evaluated(x);
  EXPECT_EQ(static_cast<const float*>(data.pointer())[199], 5);
  EXPECT_LE(runtime::peak_memory(), before + 8 * n * sizeof(float));
  wait_for_async();
}

// What cannot be evaluated raises at the operation that would go too deep, and nothing is lost.
TEST(PendingWork, FailureLeavesTheChainPending) {
  constexpr std::int64_t n = 1 << 20;
  NodeRef x = leaf(floats({n}, std::vector<float>(n, 1.0F)));
  const NodeRef kept = x;
  for (std::uint32_t k = 0; k < deepest_pending; ++k) x = call(Op::negative, {x});
  const std::size_t old = runtime::set_memory_limit(runtime::active_memory() + 1024);
  EXPECT_THROW(call(Op::negative, {x}), OutOfMemoryError);
  EXPECT_FALSE(x->is_done());
  runtime::set_memory_limit(old);
  EXPECT_EQ(values_of(evaluated(call(Op::negative, {x})))[0], -1.0F);
}

}  // namespace
}  // namespace cermet::exec
