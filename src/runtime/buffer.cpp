// The pool of buffers. Freed blocks keep their headers and wait, by size class, first in a small cache of the freeing
// thread, then in the shared pool, until their class is asked for again or the cache limit returns them to the system.
// The sum of live capacities is reserved before a block is taken, so a request that does not fit changes nothing.
#include "runtime/buffer.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <new>

#include "base/error.h"
#include "base/log.h"
#include "base/settings.h"

namespace cermet::runtime {

// The only door to a buffer's members for the functions of this file.
struct BufferMaker {
  static Buffer* make() { return new (std::nothrow) Buffer; }
  static void free(Buffer* buffer) { delete buffer; }
  static void set_data(Buffer& b, void* data) { b.data_ = data; }
  static void set_capacity(Buffer& b, std::size_t capacity) { b.capacity_ = capacity; }
  static void set_foreign(Buffer& b, std::function<void()> release, bool read_only) {
    b.release_ = std::move(release);
    b.read_only_ = read_only;
    b.shares_.store(1, std::memory_order_relaxed);
  }
  static void set_request(Buffer& b, std::size_t bytes, const Stream& stream) {
    b.bytes_ = bytes;
    b.stream_ = stream;
  }
  static Buffer*& older(Buffer& b) { return b.older_; }
  static Buffer*& newer(Buffer& b) { return b.newer_; }
  static std::uint64_t& freed_at(Buffer& b) { return b.freed_at_; }
};

std::size_t physical_memory() {
  std::size_t bytes =
      static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (std::FILE* file = std::fopen("/sys/fs/cgroup/memory.max", "re"); file != nullptr) {
    std::size_t granted = 0;
    if (std::fscanf(file, "%zu", &granted) == 1 && granted > 0) bytes = std::min(bytes, granted);
    std::fclose(file);
  }
  return bytes;
}

namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t largest_request = std::size_t{1} << 46;
constexpr std::size_t largest_local = std::size_t{64} << 10;  // kept in the caches of threads
constexpr int local_blocks = 8;                               // a class, at most

// Size classes: multiples of 64 bytes up to 256, then 4 to a doubling, from 1 MiB on 16 (at most 6 % is wasted there).
constexpr int fine_exponent = 20;
constexpr int fine_start = 4 + (fine_exponent - 8) * 4;
constexpr int class_count = fine_start + (46 - fine_exponent) * 16 + 1;

constexpr int class_of(std::size_t bytes) {
  const std::size_t last = bytes == 0 ? 0 : bytes - 1;
  if (last < 256) return static_cast<int>(last / 64);
  const int exponent = static_cast<int>(std::bit_width(last)) - 1;
  if (exponent < fine_exponent) return 4 + (exponent - 8) * 4 + static_cast<int>((last >> (exponent - 2)) & 3);
  return fine_start + (exponent - fine_exponent) * 16 + static_cast<int>((last >> (exponent - 4)) & 15);
}

constexpr std::size_t class_bytes(int size_class) {
  if (size_class < 4) return static_cast<std::size_t>(size_class + 1) * 64;
  const bool fine = size_class >= fine_start;
  const int steps = fine ? 16 : 4;
  const int offset = fine ? size_class - fine_start : size_class - 4;
  const int exponent = (fine ? fine_exponent : 8) + offset / steps;
  return (std::size_t{1} << exponent) / static_cast<std::size_t>(steps) *
         static_cast<std::size_t>(steps + offset % steps + 1);
}

constexpr int local_classes = class_of(largest_local) + 1;
static_assert(class_bytes(class_of(1)) == 64 && class_bytes(class_of(65)) == 128 && class_bytes(class_of(257)) == 320);
static_assert(class_bytes(class_of(1 << 20)) == 1 << 20 && class_bytes(class_of((1 << 20) + 1)) == (17 << 16));
static_assert(class_of(largest_request) < class_count);

std::size_t default_limit() {
  const auto setting = static_cast<std::uint64_t>(settings().memory_limit_mb);
  if (setting > 0) return setting > (largest_request >> 20) ? largest_request : setting << 20;
  return physical_memory() / 20 * 19;
}

struct Figures {
  std::atomic<std::size_t> active{0};    // capacities of live buffers
  std::atomic<std::size_t> reserved{0};  // capacities of all blocks, live or waiting
  std::atomic<std::size_t> peak{0};
  std::atomic<std::size_t> limit{default_limit()};
  std::atomic<std::uint64_t> from_system{0};
};

Figures& figures() {
  static Figures* instance = new Figures;  // buffers may be freed after every static destructor
  return *instance;
}

// The waiting blocks of one size class. Linked through their headers: freeing memory must not need any.
class BlockList {
 public:
  Buffer* oldest() const { return oldest_; }

  void push_newest(Buffer* block) {
    BufferMaker::older(*block) = newest_;
    BufferMaker::newer(*block) = nullptr;
    (newest_ != nullptr ? BufferMaker::newer(*newest_) : oldest_) = block;
    newest_ = block;
  }

  Buffer* pop_newest() {
    Buffer* block = newest_;
    if (block == nullptr) return nullptr;
    newest_ = BufferMaker::older(*block);
    (newest_ != nullptr ? BufferMaker::newer(*newest_) : oldest_) = nullptr;
    return block;
  }

  Buffer* pop_oldest() {
    Buffer* block = oldest_;
    oldest_ = BufferMaker::newer(*block);
    (oldest_ != nullptr ? BufferMaker::older(*oldest_) : newest_) = nullptr;
    return block;
  }

 private:
  Buffer* oldest_ = nullptr;
  Buffer* newest_ = nullptr;
};

struct Shared {
  std::mutex mutex;
  std::array<BlockList, class_count> classes;
  std::size_t bytes = 0;
  std::uint64_t clock = 0;
  // A quarter of the limit: enough for the temporaries of a large step, and most of the memory returns to others.
  std::size_t cache_limit = figures().limit.load() / 4;
};

void lock_shared_pool();
void unlock_shared_pool();

Shared& shared() {
  static Shared* instance = [] {
    auto made = std::make_unique<Shared>();
    const int registered = pthread_atfork(lock_shared_pool, unlock_shared_pool, unlock_shared_pool);
    check(registered == 0, "pthread_atfork failed with {}", registered);
    return made.release();
  }();
  return *instance;
}

void lock_shared_pool() { shared().mutex.lock(); }
void unlock_shared_pool() { shared().mutex.unlock(); }

// Large blocks are mapped on their own, at huge page boundaries.
void* map_large(std::size_t bytes) {
  const std::size_t mapped = bytes + huge_page;
  void* memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  const auto start = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t aligned = (start + huge_page - 1) & ~(huge_page - 1);
  if (aligned > start) munmap(memory, aligned - start);
  if (const std::size_t rest = start + mapped - (aligned + bytes); rest > 0) {
    munmap(reinterpret_cast<void*>(aligned + bytes), rest);
  }
  madvise(reinterpret_cast<void*>(aligned), bytes, MADV_HUGEPAGE);  // a hint: kernels without it serve small pages
  return reinterpret_cast<void*>(aligned);
}

Buffer* take_from_system(std::size_t capacity) {
  Buffer* buffer = BufferMaker::make();
  if (buffer == nullptr) return nullptr;
  void* data = capacity >= huge_page ? map_large(capacity) : std::aligned_alloc(alignment, capacity);
  if (data == nullptr) {
    BufferMaker::free(buffer);
    return nullptr;
  }
  BufferMaker::set_data(*buffer, data);
  BufferMaker::set_capacity(*buffer, capacity);
  figures().reserved.fetch_add(capacity, std::memory_order_relaxed);
  figures().from_system.fetch_add(1, std::memory_order_relaxed);
  return buffer;
}

void return_to_system(Buffer* buffer) {
  const std::size_t capacity = buffer->capacity();
  if (capacity >= huge_page) {
    munmap(buffer->data(), capacity);
  } else {
    std::free(buffer->data());
  }
  figures().reserved.fetch_sub(capacity, std::memory_order_relaxed);
  BufferMaker::free(buffer);
}

// Takes the longest waiting blocks out of the pool until it holds at most `bytes`, as a chain through `older`. The
// caller holds the lock, and returns the chain to the system without it: unmapping takes long.
Buffer* shrink(Shared& pool, std::size_t bytes) {
  Buffer* chain = nullptr;
  while (pool.bytes > bytes) {
    BlockList* longest = nullptr;
    std::uint64_t time = std::numeric_limits<std::uint64_t>::max();
    for (BlockList& list : pool.classes) {
      if (list.oldest() == nullptr) continue;
      const std::uint64_t freed = BufferMaker::freed_at(*list.oldest());
      if (freed < time) {
        time = freed;
        longest = &list;
      }
    }
    Buffer* block = longest->pop_oldest();
    pool.bytes -= block->capacity();
    BufferMaker::older(*block) = std::exchange(chain, block);
  }
  return chain;
}

void return_chain(Buffer* chain) {
  while (chain != nullptr) return_to_system(std::exchange(chain, BufferMaker::older(*chain)));
}

void give_to_shared(Buffer* const* buffers, int count) {
  if (count == 0) return;
  Shared& pool = shared();
  Buffer* surplus = nullptr;
  {
    const std::lock_guard lock(pool.mutex);
    for (int i = 0; i < count; ++i) {
      BufferMaker::freed_at(*buffers[i]) = pool.clock++;
      pool.classes[static_cast<std::size_t>(class_of(buffers[i]->capacity()))].push_newest(buffers[i]);
      pool.bytes += buffers[i]->capacity();
    }
    surplus = shrink(pool, pool.cache_limit);
  }
  return_chain(surplus);
}

int take_from_shared(int size_class, Buffer** out, int count) {
  Shared& pool = shared();
  const std::lock_guard lock(pool.mutex);
  int taken = 0;
  for (; taken < count; ++taken) {
    out[taken] = pool.classes[static_cast<std::size_t>(size_class)].pop_newest();
    if (out[taken] == nullptr) break;
    pool.bytes -= out[taken]->capacity();
  }
  return taken;
}

// Returns what waits beyond `bytes` to the system.
void shrink_shared(std::size_t bytes) {
  Shared& pool = shared();
  Buffer* surplus = nullptr;
  {
    const std::lock_guard lock(pool.mutex);
    surplus = shrink(pool, bytes);
  }
  return_chain(surplus);
}

// A thread's own blocks of the small classes: no lock and no sharing of cache lines between threads.
struct Local {
  struct Class {
    int count = 0;
    std::array<Buffer*, local_blocks> blocks{};
  };
  std::array<Class, local_classes> classes;
  ~Local() {
    for (Class& c : classes) give_to_shared(c.blocks.data(), c.count);
  }
};

// The pointer is read without the guard that thread_local objects with a destructor have; `ended` marks threads whose
// cache is gone, where buffers that other thread-local objects hold may still be freed.
[[gnu::tls_model("initial-exec")]] thread_local Local* local = nullptr;
[[gnu::tls_model("initial-exec")]] thread_local bool ended = false;

struct LocalOwner {
  Local* owned = new (std::nothrow) Local;
  LocalOwner() { local = owned; }
  LocalOwner(const LocalOwner&) = delete;
  LocalOwner& operator=(const LocalOwner&) = delete;
  ~LocalOwner() {
    local = nullptr;
    ended = true;
    delete owned;
  }
};

Local* local_cache() {
  if (local != nullptr || ended) return local;
  thread_local const LocalOwner owner;
  return local;
}

int kept_locally(int size_class) { return class_bytes(size_class) <= 4096 ? local_blocks : 2; }

void flush_local() {
  Local* cache = local_cache();
  if (cache == nullptr) return;
  for (auto& c : cache->classes) {
    give_to_shared(c.blocks.data(), c.count);
    c.count = 0;
  }
}

[[noreturn]] void refuse(std::size_t bytes, const char* reason) {
  const Figures& f = figures();
  fail<OutOfMemoryError>("[allocate] {} bytes cannot be had: {} ({} bytes are in use, the limit is {} bytes).", bytes,
                         reason, f.active.load(), f.limit.load());
}

// Counts a block as live, or throws and counts nothing.
void reserve(std::size_t capacity, std::size_t bytes) {
  Figures& f = figures();
  const std::size_t active = f.active.fetch_add(capacity, std::memory_order_relaxed) + capacity;
  if (active <= f.limit.load(std::memory_order_relaxed)) return;
  f.active.fetch_sub(capacity, std::memory_order_relaxed);
  refuse(bytes, "it would exceed the memory limit");
}

// Blocks that wait count against the limit, too: they go before the system is asked for more.
void make_room(std::size_t capacity) {
  const Figures& f = figures();
  const std::size_t limit = f.limit.load(std::memory_order_relaxed);
  const std::size_t reserved = f.reserved.load(std::memory_order_relaxed);
  if (reserved + capacity <= limit) return;
  const std::size_t excess = reserved + capacity - limit;
  Shared& pool = shared();
  Buffer* surplus = nullptr;
  {
    const std::lock_guard lock(pool.mutex);
    surplus = shrink(pool, pool.bytes > excess ? pool.bytes - excess : 0);
  }
  return_chain(surplus);
}

// For a class without a block at hand: from the shared pool (some more for the local cache), else from the system.
Buffer* find_block(int size_class) {
  std::array<Buffer*, local_blocks> taken{};
  Local* cache = size_class < local_classes ? local_cache() : nullptr;
  const int wanted = cache != nullptr ? kept_locally(size_class) / 2 : 1;
  if (int count = take_from_shared(size_class, taken.data(), wanted); count > 0) {
    while (count > 1) {
      Local::Class& mine = cache->classes[static_cast<std::size_t>(size_class)];
      mine.blocks[static_cast<std::size_t>(mine.count++)] = taken[static_cast<std::size_t>(--count)];
    }
    return taken[0];
  }
  const std::size_t capacity = class_bytes(size_class);
  make_room(capacity);
  if (Buffer* buffer = take_from_system(capacity)) return buffer;
  clear_cache();
  return take_from_system(capacity);
}

BufferRef hand_out(Buffer* buffer, std::size_t bytes, const Stream& stream) {
  Figures& f = figures();
  const std::size_t active = f.active.load(std::memory_order_relaxed);
  std::size_t peak = f.peak.load(std::memory_order_relaxed);
  while (peak < active && !f.peak.compare_exchange_weak(peak, active, std::memory_order_relaxed)) {
  }
  BufferMaker::set_request(*buffer, bytes, stream);
  return BufferRef(buffer);
}

BufferRef allocate_slowly(std::size_t bytes, int size_class, const Stream& stream) {
  Buffer* buffer = find_block(size_class);
  if (buffer == nullptr) {
    figures().active.fetch_sub(class_bytes(size_class), std::memory_order_relaxed);
    refuse(bytes, "the system gives no more memory");
  }
  return hand_out(buffer, bytes, stream);
}

}  // namespace

BufferRef allocate(std::size_t bytes, const Stream& stream) {
  if (bytes > largest_request) refuse(bytes, "no machine has as much");
  const int size_class = class_of(bytes);
  reserve(class_bytes(size_class), bytes);
  if (size_class < local_classes && local != nullptr) {
    Local::Class& mine = local->classes[static_cast<std::size_t>(size_class)];
    if (mine.count > 0) return hand_out(mine.blocks[static_cast<std::size_t>(--mine.count)], bytes, stream);
  }
  return allocate_slowly(bytes, size_class, stream);
}

BufferRef wrap_foreign(void* data, std::size_t bytes, std::function<void()> release, bool read_only,
                       const Stream& stream) {
  Buffer* buffer = BufferMaker::make();
  if (buffer == nullptr) refuse(bytes, "the system gives no more memory");
  BufferMaker::set_data(*buffer, data);
  BufferMaker::set_request(*buffer, bytes, stream);
  BufferMaker::set_foreign(*buffer, std::move(release), read_only);
  return BufferRef(buffer);
}

// Foreign buffers have no capacity.
void Buffer::destroy(Buffer* buffer) {
  const std::size_t capacity = buffer->capacity_;
  if (capacity == 0) {
    try {
      if (buffer->release_) buffer->release_();
    } catch (const std::exception& error) {  // references go in destructors, which cannot throw
      log("memory", "the release of foreign memory failed: {}", error.what());
    }
    delete buffer;
    return;
  }
  figures().active.fetch_sub(capacity, std::memory_order_relaxed);
  buffer->shares_.store(0, std::memory_order_relaxed);
  Local* cache = capacity <= largest_local ? local_cache() : nullptr;
  if (cache == nullptr) return give_to_shared(&buffer, 1);
  const int size_class = class_of(capacity);
  const int kept = kept_locally(size_class);
  Local::Class& mine = cache->classes[static_cast<std::size_t>(size_class)];
  if (mine.count == kept) {  // the older half makes room
    give_to_shared(mine.blocks.data(), kept / 2);
    std::copy(mine.blocks.begin() + kept / 2, mine.blocks.begin() + kept, mine.blocks.begin());
    mine.count -= kept / 2;
  }
  mine.blocks[static_cast<std::size_t>(mine.count++)] = buffer;
}

std::size_t active_memory() { return figures().active.load(); }
std::size_t peak_memory() { return figures().peak.load(); }

std::size_t cache_memory() {
  const std::size_t reserved = figures().reserved.load(), active = figures().active.load();
  return reserved > active ? reserved - active : 0;
}

void reset_peak_memory() { figures().peak.store(figures().active.load()); }

std::size_t set_memory_limit(std::size_t bytes) { return figures().limit.exchange(bytes); }
std::size_t memory_limit() { return figures().limit.load(); }

std::size_t set_cache_limit(std::size_t bytes) {
  Shared& pool = shared();
  std::size_t old = 0;
  {
    const std::lock_guard lock(pool.mutex);
    old = std::exchange(pool.cache_limit, bytes);
  }
  flush_local();
  shrink_shared(bytes);
  return old;
}

void clear_cache() {
  flush_local();
  shrink_shared(0);
}

void clear_thread_cache() { flush_local(); }

std::uint64_t allocations_made() { return figures().from_system.load(); }

}  // namespace cermet::runtime
