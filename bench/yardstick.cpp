// What the machine itself can do: copies and hand-written loops over warm buffers on all threads, for ratios.
// A C interface that bench/yardstick.py opens with ctypes; it shares no code with the library.
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

// Threads that spin between jobs: handing over work costs below a microsecond, so that small copies are not slandered.
class SpinningTeam {
 public:
  explicit SpinningTeam(int threads) : threads_(threads) {
    for (int i = 1; i < threads_; ++i) workers_.emplace_back([this, i] { serve(i); });
  }
  SpinningTeam(const SpinningTeam&) = delete;
  SpinningTeam& operator=(const SpinningTeam&) = delete;
  ~SpinningTeam() {
    stop_ = true;
    generation_.fetch_add(1);
    for (std::thread& worker : workers_) worker.join();
  }
  void run(const std::function<void(int)>& job) {
    job_ = &job;
    left_.store(threads_ - 1);
    generation_.fetch_add(1);
    job(0);
    while (left_.load(std::memory_order_acquire) > 0) {
    }
  }

 private:
  void serve(int index) {
    std::uint64_t seen = 0;
    for (;;) {
      while (generation_.load(std::memory_order_acquire) == seen) {
      }
      ++seen;
      if (stop_) return;
      (*job_)(index);
      left_.fetch_sub(1, std::memory_order_release);
    }
  }

  int threads_;
  std::vector<std::thread> workers_;
  const std::function<void(int)>* job_ = nullptr;
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<int> left_{0};
  std::atomic<bool> stop_{false};
};

// Zeroed, so touched, memory on huge pages where the system has them.
std::unique_ptr<char, decltype(&std::free)> warm_buffer(std::size_t bytes) {
  constexpr std::size_t page = std::size_t{2} << 20;
  const std::size_t rounded = (bytes + page - 1) / page * page;
  char* data = static_cast<char*>(std::aligned_alloc(page, rounded));
  if (data != nullptr) {
    if (bytes >= page) madvise(data, rounded, MADV_HUGEPAGE);
    std::memset(data, 0, rounded);
  }
  return {data, &std::free};
}

// The part of `count` items that thread `index` of `threads` takes; borders fall on 4 KiB.
std::pair<std::size_t, std::size_t> part_of(std::size_t count, int threads, int index) {
  const auto border = [&](int i) {
    const std::size_t at = count * static_cast<std::size_t>(i) / static_cast<std::size_t>(threads);
    return i == threads ? count : at / 4096 * 4096;
  };
  return {border(index), border(index + 1)};
}

// Runs `job` until `seconds` are over and writes seconds a call, one sample a batch of about a millisecond.
int sample(double seconds, double* samples, int capacity, const std::function<void()>& job) {
  job();
  const auto start = Clock::now();
  job();
  const double once = std::chrono::duration<double>(Clock::now() - start).count();
  const int batch = once > 1e-3 ? 1 : static_cast<int>(1e-3 / std::max(once, 1e-8)) + 1;
  int taken = 0;
  double total = 0;
  while (taken < capacity && (total < seconds || taken < 3)) {
    const auto begin = Clock::now();
    for (int i = 0; i < batch; ++i) job();
    const double spent = std::chrono::duration<double>(Clock::now() - begin).count();
    samples[taken++] = spent / batch;
    total += spent;
  }
  return taken;
}

}  // namespace

/// Samples of copying `bytes` with `threads` threads between warm buffers. Returns how many, -1 without memory.
extern "C" int yardstick_copy(std::size_t bytes, int threads, double seconds, double* samples, int capacity) {
  const auto from = warm_buffer(bytes);
  const auto to = warm_buffer(bytes);
  if (!from || !to) return -1;
  SpinningTeam team(threads);
  const std::function<void(int)> job = [&](int index) {
    const auto [begin, end] = part_of(bytes, threads, index);
    std::memcpy(to.get() + begin, from.get() + begin, end - begin);
  };
  return sample(seconds, samples, capacity, [&] { team.run(job); });
}

/// The same for a hand-written sum of squares of `count` floats, 64 lanes: the compiler vectorises it as it stands.
extern "C" int yardstick_sum_of_squares(std::size_t count, int threads, double seconds, double* samples, int capacity) {
  const auto from = warm_buffer(count * sizeof(float));
  if (!from) return -1;
  std::vector<float> sums(static_cast<std::size_t>(threads) * 64);
  SpinningTeam team(threads);
  const std::function<void(int)> job = [&](int index) {
    const auto [begin, end] = part_of(count, threads, index);
    const float* data = reinterpret_cast<const float*>(from.get());
    float lanes[64] = {};
    for (std::size_t i = begin; i + 64 <= end; i += 64) {
      for (std::size_t lane = 0; lane < 64; ++lane) lanes[lane] += data[i + lane] * data[i + lane];
    }
    std::memcpy(&sums[static_cast<std::size_t>(index) * 64], lanes, sizeof(lanes));
  };
  return sample(seconds, samples, capacity, [&] { team.run(job); });
}
