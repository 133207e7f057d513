// The pool behind parallel_for. A job lives on its caller's stack while it is on the list; a worker enters it under the
// lock and is counted until it leaves, so the caller returns only when nobody can touch the job any more. The caller
// works too, so every caller makes progress however busy the workers are.
#include "runtime/thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/settings.h"

namespace cermet::runtime {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int most_segments = 64;
constexpr int most_threads = 4096;

// Set in workers, and in callers while they work: nested calls then run where they are.
[[gnu::tls_model("initial-exec")]] thread_local bool working = false;

void relax() { __builtin_ia32_pause(); }

// A part of the items. Each thread begins with its own, always the same one for the same count, so that kernels that
// follow one another find their data in their core's cache; then it helps with the others.
struct alignas(64) Segment {
  std::atomic<std::int64_t> next{0};
  std::int64_t end = 0;
};

struct Job {
  void (*run)(void*, std::int64_t, std::int64_t) = nullptr;
  void* context = nullptr;
  std::int64_t grain = 1;
  int segment_count = 1;
  int workers = 0;             // those with a lower index may enter
  std::atomic<int> inside{0};  // workers; changed under the pool's lock
  bool caller_sleeps = false;  // under the pool's lock
  std::exception_ptr error;    // under the pool's lock
  std::array<Segment, most_segments> segments;

  bool has_work() const {
    for (int i = 0; i < segment_count; ++i) {
      const Segment& segment = segments[static_cast<std::size_t>(i)];
      if (segment.next.load(std::memory_order_relaxed) < segment.end) return true;
    }
    return false;
  }

  void cancel() {
    for (int i = 0; i < segment_count; ++i) {
      Segment& segment = segments[static_cast<std::size_t>(i)];
      segment.next.store(segment.end, std::memory_order_relaxed);
    }
  }

  void work(int thread) {
    for (int i = 0; i < segment_count; ++i) {
      Segment& segment = segments[static_cast<std::size_t>((thread + i) % segment_count)];
      while (segment.next.load(std::memory_order_relaxed) < segment.end) {
        const std::int64_t begin = segment.next.fetch_add(grain, std::memory_order_relaxed);
        if (begin >= segment.end) break;
        run(context, begin, std::min(begin + grain, segment.end));
      }
    }
  }

  // Cuts [0, count) at multiples of the grain.
  void cut(std::int64_t count, std::int64_t chunks, int threads) {
    segment_count = static_cast<int>(std::min<std::int64_t>({threads, most_segments, chunks}));
    const std::int64_t share = chunks / segment_count, rest = chunks % segment_count;
    std::int64_t chunk = 0;
    for (int i = 0; i < segment_count; ++i) {
      Segment& segment = segments[static_cast<std::size_t>(i)];
      segment.next.store(chunk * grain, std::memory_order_relaxed);
      chunk += share + (i < rest ? 1 : 0);
      segment.end = i + 1 == segment_count ? count : chunk * grain;
    }
  }
};

// What a sleeping worker waits on.
struct alignas(64) Parking {
  std::atomic<std::uint32_t> parked{0};
};

struct Pool {
  std::mutex mutex;
  std::condition_variable left;  // a worker left a job whose caller sleeps
  std::vector<Job*> jobs;
  std::deque<Parking> parking;  // a worker's place never moves
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> epoch{0};  // raised with every job
  std::atomic<bool> stopping{false};
  std::size_t spawn_limit = most_threads;  // lowered when the system gives no more threads
};

std::atomic<Pool*> current{nullptr};
std::atomic<int> wanted_threads{0};

Job* enter_job(Pool& pool, int index) {
  const std::lock_guard lock(pool.mutex);
  for (Job* job : pool.jobs) {
    if (index >= job->workers || !job->has_work()) continue;
    job->inside.fetch_add(1, std::memory_order_relaxed);
    return job;
  }
  return nullptr;
}

void record_error(Pool& pool, Job& job) {
  job.cancel();
  const std::lock_guard lock(pool.mutex);
  if (!job.error) job.error = std::current_exception();
}

void leave_job(Pool& pool, Job& job) {
  const std::lock_guard lock(pool.mutex);
  const bool wake = job.caller_sleeps;
  job.inside.fetch_sub(1, std::memory_order_release);  // the job may be gone from here on
  if (wake) pool.left.notify_all();
}

template <class Ready>
bool spin_until(std::chrono::microseconds limit, Ready&& ready) {
  if (ready()) return true;
  const auto end = Clock::now() + limit;
  do {
    for (int i = 0; i < 32; ++i) {
      relax();
      if (ready()) return true;
    }
  } while (Clock::now() < end);
  return false;
}

// The processors that a control group grants (its quota over its period), or 0 if it sets no bound.
int granted_processors() {
  std::FILE* file = std::fopen("/sys/fs/cgroup/cpu.max", "re");
  if (file == nullptr) return 0;
  long quota = 0, period = 0;
  const int read = std::fscanf(file, "%ld %ld", &quota, &period);
  std::fclose(file);
  return read == 2 && period > 0 ? static_cast<int>((quota + period - 1) / period) : 0;
}

int usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int count = static_cast<int>(std::thread::hardware_concurrency());
  if (sched_getaffinity(0, sizeof set, &set) == 0) count = CPU_COUNT(&set);
  const int granted = granted_processors();
  if (granted > 0) count = std::min(count, granted);
  return std::max(count, 1);
}

// Threads that have no processor of their own would only spin in the way of the others.
std::chrono::microseconds spin_time() {
  static const int processors = usable_processors();
  return std::chrono::microseconds(thread_count() > processors ? 0 : settings().spin_us);
}

void worker(Pool& pool, int index, Parking& place) {
  working = true;
  pthread_setname_np(pthread_self(), "cermet");
  while (!pool.stopping.load(std::memory_order_acquire)) {
    const std::uint64_t seen = pool.epoch.load(std::memory_order_acquire);
    if (Job* job = enter_job(pool, index)) {
      try {
        job->work(index + 1);
      } catch (...) {
        record_error(pool, *job);
      }
      leave_job(pool, *job);
      continue;
    }
    if (spin_until(spin_time(), [&] { return pool.epoch.load(std::memory_order_acquire) != seen; })) continue;
    // Either this load sees the new epoch, or the publisher's exchange sees that this worker is parked.
    place.parked.store(1, std::memory_order_seq_cst);
    if (pool.epoch.load(std::memory_order_seq_cst) != seen) {
      place.parked.store(0, std::memory_order_relaxed);
      continue;
    }
    place.parked.wait(1, std::memory_order_acquire);
  }
}

void wake(Pool& pool, std::size_t count) {
  for (std::size_t i = 0; i < std::min(count, pool.parking.size()); ++i) {
    Parking& place = pool.parking[i];
    if (place.parked.exchange(0, std::memory_order_seq_cst) == 1) place.parked.notify_one();
  }
}

// Signals belong to the program's own threads, so workers are born with all of them blocked.
void spawn(Pool& pool, std::size_t count) {
  count = std::min(count, pool.spawn_limit);
  if (pool.threads.size() >= count) return;
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  try {
    while (pool.threads.size() < count) {
      const int index = static_cast<int>(pool.threads.size());
      if (pool.parking.size() == pool.threads.size()) pool.parking.emplace_back();
      pool.threads.emplace_back(worker, std::ref(pool), index, std::ref(pool.parking.back()));
    }
  } catch (const std::system_error&) {
    pool.spawn_limit = pool.threads.size();  // fewer workers do the same work
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

void before_fork() { current.load()->mutex.lock(); }
void after_fork_in_parent() { current.load()->mutex.unlock(); }
// The child has none of the threads: their pool is left behind, with its memory, and a new one is made.
void after_fork_in_child() { current.store(new Pool); }

// Joins the workers when the program ends or the library is unloaded; callers after that run alone.
struct JoinAtExit {
  JoinAtExit() = default;
  JoinAtExit(const JoinAtExit&) = delete;
  JoinAtExit& operator=(const JoinAtExit&) = delete;
  ~JoinAtExit() {
    Pool& pool = *current.load();
    std::vector<std::thread> threads;
    {
      const std::lock_guard lock(pool.mutex);
      pool.stopping.store(true);
      pool.epoch.fetch_add(1);
      wake(pool, pool.parking.size());
      threads.swap(pool.threads);
    }
    for (std::thread& thread : threads) {
      if (thread.get_id() == std::this_thread::get_id()) {
        thread.detach();  // exit() was called inside a job
      } else {
        thread.join();
      }
    }
  }
};

Pool& pool() {
  if (Pool* made = current.load(std::memory_order_acquire)) return *made;
  static std::once_flag once;
  std::call_once(once, [] {
    current.store(new Pool);
    const int registered = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    check(registered == 0, "pthread_atfork failed with {}", registered);
    static const JoinAtExit joiner;
  });
  return *current.load(std::memory_order_acquire);
}

void publish(Pool& p, Job& job, std::size_t workers) {
  const std::lock_guard lock(p.mutex);
  if (p.stopping.load(std::memory_order_relaxed)) return;
  spawn(p, workers);
  p.jobs.push_back(&job);
  p.epoch.fetch_add(1, std::memory_order_seq_cst);
  wake(p, workers);
}

// Waits for the workers that are inside, and takes the job off the list.
void retire(Pool& p, Job& job) {
  check(current.load() == &p, "the process was forked inside a parallel loop");
  {
    const std::lock_guard lock(p.mutex);
    std::erase(p.jobs, &job);
  }
  const auto empty = [&] { return job.inside.load(std::memory_order_acquire) == 0; };
  if (spin_until(spin_time(), empty)) return;
  std::unique_lock lock(p.mutex);
  job.caller_sleeps = true;
  p.left.wait(lock, empty);
}

void run_shared(std::int64_t count, std::int64_t chunks, int threads, Job& job) {
  Pool& p = pool();
  job.cut(count, chunks, threads);
  job.workers = threads - 1;
  publish(p, job, static_cast<std::size_t>(std::min<std::int64_t>(threads, chunks) - 1));
  working = true;
  try {
    job.work(0);
  } catch (...) {
    record_error(p, job);
  }
  working = false;
  retire(p, job);
  if (job.error) std::rethrow_exception(job.error);
}

}  // namespace

void parallel_for(std::int64_t count, std::int64_t grain, void (*run)(void*, std::int64_t, std::int64_t),
                  void* context) {
  if (count <= 0) return;
  check(grain > 0, "parallel_for with a grain of {}", grain);
  const std::int64_t chunks = count / grain + (count % grain != 0 ? 1 : 0);
  if (chunks == 1 || working) return run(context, 0, count);
  const int threads = thread_count();
  if (threads == 1) return run(context, 0, count);
  Job job;
  job.run = run;
  job.context = context;
  job.grain = grain;
  run_shared(count, chunks, threads, job);
}

int thread_count() {
  if (const int wanted = wanted_threads.load(std::memory_order_relaxed); wanted > 0) return wanted;
  const std::int64_t setting = std::min<std::int64_t>(settings().num_threads, most_threads);
  int expected = 0;
  wanted_threads.compare_exchange_strong(expected, setting > 0 ? static_cast<int>(setting) : usable_processors());
  return wanted_threads.load(std::memory_order_relaxed);
}

void set_thread_count(int n) {
  if (n < 1) fail<ValueError>("[set_thread_count] {} threads were asked for; there must be at least 1.", n);
  wanted_threads.store(std::min(n, most_threads), std::memory_order_relaxed);
}

}  // namespace cermet::runtime
