// What one small operation allocates: counted, since times are not repeatable.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "exec/programs.h"

namespace {
std::atomic<std::uint64_t> allocations{0};
}

// The whole test program counts; sanitizers have allocators of their own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CERMET_COUNTS_ALLOCATIONS 0
#else
#define CERMET_COUNTS_ALLOCATIONS 1
void* operator new(std::size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace cermet::exec {
namespace {

using namespace testing;

template <class F>
std::uint64_t allocated(F&& body) {
  body();  // programs are made once
  const std::uint64_t before = allocations.load();
  body();
  return allocations.load() - before;
}

TEST(Allocations, ANodeIsOne) {
  if (!CERMET_COUNTS_ALLOCATIONS) GTEST_SKIP() << "a sanitizer's allocator";
  const NodeRef x = leaf(floats({3}, {1, 2, 3})), y = leaf(floats({3}, {4, 5, 6}));
  EXPECT_LE(allocated([&] { call(Op::exp, {x}); }), 2U);  // the list of inputs in this test is the other one
  EXPECT_LE(allocated([&] { call(Op::add, {x, y}); }), 2U);
}

TEST(Allocations, EvaluatingASmallOperation) {
  if (!CERMET_COUNTS_ALLOCATIONS) GTEST_SKIP() << "a sanitizer's allocator";
  const NodeRef x = leaf(floats({3}, {1, 2, 3})), y = leaf(floats({3}, {4, 5, 6}));
  EXPECT_LE(allocated([&] { evaluated(call(Op::exp, {x})); }), 6U);
  EXPECT_LE(allocated([&] { evaluated(call(Op::add, {x, y})); }), 6U);
  EXPECT_LE(allocated([&] { evaluated(transpose(x, {0})); }), 3U);
}

}  // namespace
}  // namespace cermet::exec
