// parallel_for: every item once, whatever the threads, callers, nesting, exceptions, forks and the end of the process.
#include "runtime/thread_pool.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include "base/error.h"
#include "runtime/process.h"

namespace cermet::runtime {
namespace {

class Threads {
 public:
  explicit Threads(int n) : old_(thread_count()) { set_thread_count(n); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { set_thread_count(old_); }

 private:
  int old_;
};

bool covers(std::int64_t count, std::int64_t grain) {
  std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
  std::atomic<bool> right{true};
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    if (begin >= end || begin % grain != 0 || (thread_count() > 1 && end - begin > grain)) right = false;
    for (std::int64_t i = begin; i < end; ++i) seen[static_cast<std::size_t>(i)].fetch_add(1);
  });
  for (const auto& times : seen) right = right && times.load() == 1;
  return right;
}

TEST(ThreadPool, EveryItemOnce) {
  for (int threads : {1, 2, 3, 7, 100}) {
    const Threads with(threads);
    EXPECT_EQ(thread_count(), threads);
    for (std::int64_t count : {1, 2, 3, 7, 8, 9, 64, 1000, 1001}) {
      for (std::int64_t grain : {1, 2, 3, 10, 999, 5000}) EXPECT_TRUE(covers(count, grain)) << count << " " << grain;
    }
  }
}

TEST(ThreadPool, NothingToDo) {
  parallel_for(0, 1, [](std::int64_t, std::int64_t) { FAIL(); });
  parallel_for(-5, 1, [](std::int64_t, std::int64_t) { FAIL(); });
  EXPECT_THROW(parallel_for(5, 0, [](std::int64_t, std::int64_t) {}), InternalError);
  EXPECT_THROW(set_thread_count(0), ValueError);
}

TEST(ThreadPool, HugeCountsDoNotOverflow) {
  const Threads with(3);
  const std::int64_t count = std::int64_t{1} << 62;
  std::atomic<std::int64_t> sum{0};
  parallel_for(count, count / 7, [&](std::int64_t begin, std::int64_t end) { sum.fetch_add(end - begin); });
  EXPECT_EQ(sum.load(), count);
}

TEST(ThreadPool, OneRangeRunsInTheCaller) {
  const Threads with(4);
  const auto caller = std::this_thread::get_id();
  parallel_for(10, 10, [&](std::int64_t, std::int64_t) { EXPECT_EQ(std::this_thread::get_id(), caller); });
}

TEST(ThreadPool, SeveralThreadsWork) {
  const Threads with(4);
  std::mutex mutex;
  std::set<std::thread::id> ids;
  parallel_for(400, 1, [&](std::int64_t, std::int64_t) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    const std::lock_guard lock(mutex);
    ids.insert(std::this_thread::get_id());
  });
  EXPECT_GT(ids.size(), 1U);
  EXPECT_LE(ids.size(), 4U);
}

TEST(ThreadPool, NestedCallsRunWhereTheyAre) {
  const Threads with(4);
  std::atomic<int> items{0};
  parallel_for(16, 1, [&](std::int64_t, std::int64_t) {
    const auto here = std::this_thread::get_id();
    parallel_for(10, 1, [&](std::int64_t begin, std::int64_t end) {
      EXPECT_EQ(std::this_thread::get_id(), here);
      items.fetch_add(static_cast<int>(end - begin));
    });
  });
  EXPECT_EQ(items.load(), 160);
}

TEST(ThreadPool, ExceptionsReachTheCaller) {
  for (int threads : {1, 2, 4}) {
    const Threads with(threads);
    for (std::int64_t bad : {0, 57, 99}) {
      std::atomic<int> done{0};
      try {
        parallel_for(100, 1, [&](std::int64_t begin, std::int64_t end) {
          if (begin <= bad && bad < end) fail<ValueError>("item {}", bad);
          done.fetch_add(1);
        });
        FAIL() << "no error";
      } catch (const ValueError& error) {
        EXPECT_EQ(std::string(error.what()), "item " + std::to_string(bad));
      }
      EXPECT_LT(done.load(), 100);
      EXPECT_TRUE(covers(100, 3)) << "the pool works on";
    }
  }
}

TEST(ThreadPool, ManyCallersMakeProgress) {
  const Threads with(3);
  std::atomic<std::int64_t> items{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 8; ++c) {
    callers.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        parallel_for(50, 3, [&](std::int64_t begin, std::int64_t end) { items.fetch_add(end - begin); });
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(items.load(), 8 * 300 * 50);
}

// One caller's job cannot end before another's item is done; both must be at work at once.
TEST(ThreadPool, ACallerNeedsNoWorker) {
  const Threads with(2);
  std::atomic<int> stage{0};
  const auto wait_for = [&](int value) {
    while (stage.load() < value) std::this_thread::yield();
  };
  std::thread blocker([&] {
    parallel_for(2, 1, [&](std::int64_t, std::int64_t) {
      stage.fetch_add(1);
      wait_for(3);
    });
  });
  wait_for(2);  // the worker and its caller are both held
  std::atomic<int> items{0};
  parallel_for(100, 1, [&](std::int64_t, std::int64_t) { items.fetch_add(1); });
  EXPECT_EQ(items.load(), 100);
  stage.fetch_add(1);
  blocker.join();
}

TEST(ThreadPool, CountMayChangeBetweenCalls) {
  for (int i = 0; i < 50; ++i) {
    const Threads with(1 + i % 6);
    EXPECT_TRUE(covers(64, 1));
  }
}

TEST(ThreadPool, WakesSleepers) {
  const Threads with(4);
  for (int i = 0; i < 50; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(i * 10));
    EXPECT_TRUE(covers(32, 1));
  }
}

TEST(ThreadPool, WorksInAForkedChild) {
  const Threads with(4);
  EXPECT_TRUE(covers(100, 1));
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    while (!stop) covers(100, 1);
  });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(test::in_child([] { return covers(1000, 1) ? 0 : 1; }), 0);
  EXPECT_EQ(test::in_child([] { return test::in_child([] { return covers(1000, 1) ? 0 : 1; }); }), 0) << "a grandchild";
  stop = true;
  busy.join();
}

TEST(ThreadPool, ChildrenEndCleanly) {
  const Threads with(4);
  std::fflush(nullptr);
  for (int i = 0; i < 5; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      covers(1000, 1);
      std::exit(0);  // runs the destructors of statics
    }
    EXPECT_EQ(test::wait_for(child, 20), 0);
  }
}

TEST(ThreadPool, WorkersLeaveSignalsToOthers) {
  const Threads with(3);
  std::atomic<int> blocked{0}, others{0};
  const auto caller = std::this_thread::get_id();
  parallel_for(300, 1, [&](std::int64_t, std::int64_t) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
    if (std::this_thread::get_id() == caller) return;
    sigset_t set;
    pthread_sigmask(SIG_BLOCK, nullptr, &set);
    others.fetch_add(1);
    blocked.fetch_add(sigismember(&set, SIGINT));
  });
  EXPECT_GT(others.load(), 0);
  EXPECT_EQ(blocked.load(), others.load());
}

}  // namespace
}  // namespace cermet::runtime
