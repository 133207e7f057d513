// Counted memory of one device and the pool that recycles it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "runtime/device.h"

namespace cermet::runtime {

/// A block of memory with an intrusive count. `data` is 64-byte aligned unless foreign.
class Buffer {
 public:
  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }        ///< As asked for.
  std::size_t capacity() const { return capacity_; }  ///< As reserved and counted; 0 for foreign memory.
  const Stream& stream() const { return stream_; }
  /// The outside sees this memory (NumPy, DLPack): it is never donated, folded or planned over. Foreign memory always
  /// is; memory of the pool while an Export of it lives.
  bool shared() const { return shares_.load(std::memory_order_relaxed) != 0; }
  /// The outside sees it until it is freed.
  void mark_shared() { shares_.fetch_add(1, std::memory_order_relaxed); }
  /// Foreign memory that nobody may write to.
  bool read_only() const { return read_only_; }
  std::uint32_t use_count() const { return count_.load(std::memory_order_acquire); }

 private:
  friend class BufferRef;
  friend class BufferExport;
  friend class Pool;
  friend struct BufferMaker;
  Buffer() = default;
  std::atomic<std::uint32_t> count_{0};
  std::atomic<std::uint32_t> shares_{0};
  bool read_only_ = false;
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t capacity_ = 0;
  Stream stream_;
  std::function<void()> release_;  // foreign memory only
  Buffer* older_ = nullptr;        // in the pool: the list of its size class, by the time at which blocks came
  Buffer* newer_ = nullptr;
  std::uint64_t freed_at_ = 0;
  static void destroy(Buffer* buffer);
};

class BufferRef {
 public:
  BufferRef() = default;
  explicit BufferRef(Buffer* b) : buffer_(b) {
    if (b) b->count_.fetch_add(1, std::memory_order_relaxed);
  }
  BufferRef(const BufferRef& o) : BufferRef(o.buffer_) {}
  BufferRef(BufferRef&& o) noexcept : buffer_(std::exchange(o.buffer_, nullptr)) {}
  BufferRef& operator=(BufferRef o) noexcept {
    std::swap(buffer_, o.buffer_);
    return *this;
  }
  ~BufferRef() {
    if (buffer_ && buffer_->count_.fetch_sub(1, std::memory_order_acq_rel) == 1) Buffer::destroy(buffer_);
  }
  Buffer* get() const { return buffer_; }
  Buffer* operator->() const { return buffer_; }
  explicit operator bool() const { return buffer_ != nullptr; }

 private:
  Buffer* buffer_ = nullptr;
};

/// Holds a buffer for the outside, which may read and write it while this lives.
class BufferExport {
 public:
  explicit BufferExport(BufferRef buffer) : buffer_(std::move(buffer)) {
    buffer_->shares_.fetch_add(1, std::memory_order_relaxed);
  }
  BufferExport(const BufferExport&) = delete;
  BufferExport& operator=(const BufferExport&) = delete;
  ~BufferExport() { buffer_->shares_.fetch_sub(1, std::memory_order_relaxed); }
  const BufferRef& buffer() const { return buffer_; }

 private:
  BufferRef buffer_;
};

/// Memory of `bytes` bytes (at least one byte is reserved, so that data() is never null), recycled in stream order.
/// Throws OutOfMemoryError naming the request, the active memory and the limit; nothing changes then.
BufferRef allocate(std::size_t bytes, const Stream& stream = {});
/// Foreign memory, kept alive until `release` is called, from any thread, when the last reference goes. Throws
/// OutOfMemoryError without calling `release`.
BufferRef wrap_foreign(void* data, std::size_t bytes, std::function<void()> release, bool read_only = false,
                       const Stream& stream = {});

std::size_t physical_memory();  ///< Of the machine, or what its control group grants.
std::size_t active_memory();    ///< Bytes in live buffers.
std::size_t peak_memory();
std::size_t cache_memory();  ///< Bytes kept for reuse.
void reset_peak_memory();
std::size_t set_memory_limit(std::size_t bytes);  ///< Returns the old limit. Default: 0.95 of physical memory.
std::size_t set_cache_limit(std::size_t bytes);
std::size_t memory_limit();
void clear_cache();
/// Gives the blocks that this thread keeps for itself to the pool, where clear_cache() of any thread finds them.
void clear_thread_cache();
std::uint64_t allocations_made();  ///< Count of requests served by the system, for tests.

}  // namespace cermet::runtime
