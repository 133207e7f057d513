// The gate that keeps fork and the locks of libraries apart.
#include "runtime/fork_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "runtime/process.h"

namespace cermet::runtime {
namespace {

ForkGate& gate() {
  static auto* instance = new ForkGate;
  return *instance;
}

// A lock that a library takes: it must be free in every child.
TEST(ForkGate, LocksTakenInsideAreFreeInTheChild) {
  static std::mutex mutex;
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    while (!stop) {
      const ForkGate::Inside inside(gate());
      const std::lock_guard lock(mutex);
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  });
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(test::in_child([] {
                const ForkGate::Inside inside(gate());
                return mutex.try_lock() ? 0 : 1;
              }),
              0);
  }
  stop = true;
  busy.join();
}

TEST(ForkGate, IsOpenAgainAfterAFork) {
  EXPECT_EQ(test::in_child([] { return test::in_child([] { return 3; }); }), 3);
  std::thread other([] { const ForkGate::Inside inside(gate()); });
  other.join();
}

}  // namespace
}  // namespace cermet::runtime
