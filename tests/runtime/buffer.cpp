// Buffers: alignment, reuse, figures, limits, foreign memory, threads, forks.
#include "runtime/buffer.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"
#include "runtime/process.h"

namespace cermet::runtime {
namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

std::uintptr_t address(const BufferRef& buffer) { return reinterpret_cast<std::uintptr_t>(buffer->data()); }

TEST(Buffer, EverySizeIsAlignedWritableAndLargeEnough) {
  std::vector<std::size_t> sizes;
  for (std::size_t base = 1; base <= 8 * mib; base *= 2) {
    for (std::size_t size : {base - 1, base, base + 1, base + base / 3}) sizes.push_back(size);
  }
  for (std::size_t size : sizes) {
    const BufferRef buffer = allocate(size);
    EXPECT_EQ(buffer->bytes(), size);
    EXPECT_GE(buffer->capacity(), size);
    EXPECT_LE(buffer->capacity(), std::max<std::size_t>(size + 64, size + size / 4)) << size;
    EXPECT_EQ(address(buffer) % (buffer->capacity() >= 2 * mib ? 2 * mib : 64), 0U);
    std::memset(buffer->data(), 0xab, buffer->capacity());
  }
}

TEST(Buffer, ZeroBytesHaveAnAddress) {
  const BufferRef a = allocate(0), b = allocate(0);
  EXPECT_NE(a->data(), nullptr);
  EXPECT_NE(a->data(), b->data());
}

TEST(Buffer, LiveBuffersDoNotOverlap) {
  std::vector<BufferRef> buffers;
  for (int i = 0; i < 500; ++i) {
    buffers.push_back(allocate(static_cast<std::size_t>(i * 37 % 5000)));
    std::memset(buffers.back()->data(), i % 251, buffers.back()->bytes());
    if (i % 3 == 0) buffers.erase(buffers.begin() + static_cast<long>(buffers.size() / 2));
  }
  for (const BufferRef& a : buffers) {
    const auto* bytes = static_cast<const unsigned char*>(a->data());
    for (std::size_t i = 1; i < a->bytes(); ++i) ASSERT_EQ(bytes[i], bytes[0]);
  }
}

TEST(Buffer, FreedMemoryIsReusedAndCounted) {
  clear_cache();
  const std::size_t before = active_memory();
  for (std::size_t size : {100UL, 5000UL, 100000UL, 3 * mib}) {
    void* data = nullptr;
    std::size_t capacity = 0;
    {
      const BufferRef buffer = allocate(size);
      data = buffer->data();
      capacity = buffer->capacity();
      EXPECT_EQ(active_memory(), before + capacity);
    }
    EXPECT_EQ(active_memory(), before);
    EXPECT_GE(cache_memory(), capacity);
    const auto requests = allocations_made();
    EXPECT_EQ(allocate(size)->data(), data);
    EXPECT_EQ(allocations_made(), requests);
  }
  clear_cache();
  EXPECT_EQ(cache_memory(), 0U);
}

TEST(Buffer, PeakIsTheHighestSum) {
  reset_peak_memory();
  const std::size_t before = active_memory();
  { const BufferRef a = allocate(4 * mib), b = allocate(4 * mib); }
  const BufferRef c = allocate(mib);
  EXPECT_EQ(peak_memory(), before + 8 * mib);
  reset_peak_memory();
  EXPECT_EQ(peak_memory(), before + mib);
}

TEST(Buffer, ReferencesCount) {
  BufferRef a = allocate(10);
  EXPECT_EQ(a->use_count(), 1U);
  BufferRef b = a;
  EXPECT_EQ(a->use_count(), 2U);
  BufferRef c = std::move(b);
  EXPECT_FALSE(b);
  EXPECT_EQ(c->use_count(), 2U);
  c = BufferRef();
  EXPECT_EQ(a->use_count(), 1U);
}

TEST(Buffer, ReusedBuffersAreNotShared) {
  allocate(64)->mark_shared();
  EXPECT_FALSE(allocate(64)->shared());
}

std::string message_of(std::size_t bytes) {
  try {
    allocate(bytes);
  } catch (const OutOfMemoryError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Buffer, TooMuchIsAnErrorThatChangesNothing) {
  const std::size_t active = active_memory(), peak = peak_memory();
  for (std::size_t bytes : {std::size_t{1} << 62, std::size_t{1} << 63, std::numeric_limits<std::size_t>::max(),
                            std::size_t{1} << 46, (std::size_t{1} << 46) + 1, std::size_t{1} << 47}) {
    EXPECT_NE(message_of(bytes).find(std::to_string(bytes)), std::string::npos) << message_of(bytes);
  }
  EXPECT_EQ(active_memory(), active);
  EXPECT_EQ(peak_memory(), peak);
}

TEST(Buffer, LimitIsKept) {
  const std::size_t old = set_memory_limit(active_memory() + 10 * mib);
  {
    const BufferRef a = allocate(8 * mib);
    const std::size_t active = active_memory();
    EXPECT_NE(message_of(4 * mib).find("limit"), std::string::npos);
    EXPECT_EQ(active_memory(), active);
    const BufferRef small = allocate(mib);
  }
  const BufferRef now = allocate(9 * mib);
  EXPECT_LE(active_memory() + cache_memory(), memory_limit());
  set_memory_limit(old);
  EXPECT_EQ(memory_limit(), old);
}

TEST(Buffer, SystemThatGivesNothingIsAnError) {
  const std::size_t old = set_memory_limit(std::numeric_limits<std::size_t>::max());
  const std::size_t active = active_memory();
  // 64 TiB fits in no 47 bit address space beside what is there, or is refused by the overcommit heuristic.
  EXPECT_NE(message_of(std::size_t{1} << 46).find("system"), std::string::npos);
  EXPECT_EQ(active_memory(), active);
  set_memory_limit(old);
}

TEST(Buffer, CacheLimitReturnsTheOldest) {
  clear_cache();
  const std::size_t old = set_cache_limit(8 * mib);
  for (int i = 0; i < 8; ++i) {
    std::vector<BufferRef> held;
    held.push_back(allocate(static_cast<std::size_t>(2 + i) * mib));
  }
  EXPECT_LE(cache_memory(), 8 * mib);
  set_cache_limit(0);
  EXPECT_EQ(cache_memory(), 0U);
  { const BufferRef gone = allocate(3 * mib); }
  EXPECT_EQ(cache_memory(), 0U);
  set_cache_limit(old);
}

TEST(Buffer, ForeignMemoryIsReleasedOnce) {
  int released = 0;
  char memory[16] = {};
  const std::size_t active = active_memory();
  {
    const BufferRef a = wrap_foreign(memory, sizeof memory, [&] { ++released; });
    const BufferRef b = a;
    EXPECT_EQ(a->data(), memory);
    EXPECT_EQ(a->bytes(), sizeof memory);
    EXPECT_TRUE(a->shared());
    EXPECT_EQ(active_memory(), active);
    EXPECT_EQ(released, 0);
  }
  EXPECT_EQ(released, 1);
  {
    const BufferRef failing = wrap_foreign(memory, 1, [] { throw ValueError("ignored"); });
  }
}

TEST(Buffer, ThreadsAllocateAndFreeForOneAnother) {
  clear_cache();
  const std::size_t before = active_memory();
  std::vector<BufferRef> exchange(64);
  std::array<std::mutex, 64> locks;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      unsigned state = t + 1;
      for (int i = 0; i < 5000; ++i) {
        state = state * 1664525U + 1013904223U;
        BufferRef mine = allocate((state >> 8) % 70000);
        std::memset(mine->data(), static_cast<int>(t), std::min<std::size_t>(mine->bytes(), 64));
        const std::lock_guard lock(locks[state >> 26]);
        std::swap(exchange[state >> 26], mine);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  exchange.clear();
  EXPECT_EQ(active_memory(), before);
  clear_cache();
  EXPECT_EQ(cache_memory(), 0U) << "the caches of ended threads were given back";
}

TEST(Buffer, ForkedChildAllocates) {
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    while (!stop) allocate(3 * mib);
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(
        test::in_child([] { return allocate(3 * mib)->data() != nullptr && allocate(10)->data() != nullptr ? 0 : 1; }),
        0);
  }
  stop = true;
  busy.join();
}

TEST(Buffer, SmallOnesAreQuick) {
  using Clock = std::chrono::steady_clock;
  double best = 1e9;
  for (int round = 0; round < 20; ++round) {
    const auto begin = Clock::now();
    for (int i = 0; i < 10000; ++i) allocate(1000);
    const std::chrono::duration<double, std::nano> time = Clock::now() - begin;
    best = std::min(best, time.count() / 10000);
  }
  RecordProperty("nanoseconds", std::to_string(best));
  EXPECT_LT(best, 1000) << "about 25 ns when nothing else runs";
}

}  // namespace
}  // namespace cermet::runtime
