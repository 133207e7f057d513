// Keeps fork away from other people's locks: while a thread is inside a gate no fork happens, and while a fork happens
// nobody enters, so that a lock of a library that is only called inside its gate is never held in the child.
#pragma once

#include <atomic>
#include <mutex>

namespace cermet::runtime {

/// One a library; of static storage and never destroyed. Inside a gate no lock of Cermet's own may be taken. Entering
/// and leaving take two atomic additions.
class ForkGate {
 public:
  ForkGate();
  ForkGate(const ForkGate&) = delete;
  ForkGate& operator=(const ForkGate&) = delete;

  class Inside {
   public:
    explicit Inside(ForkGate& gate);
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside();

   private:
    ForkGate& gate_;
  };

 private:
  struct State {
    std::mutex mutex;  // held for as long as the gate is closed
    std::atomic<bool> closed{false};
    std::atomic<int> inside{0};
  };
  static void before_fork();
  static void after_fork_in_parent();
  static void after_fork_in_child();

  State state_;
  ForkGate* next_;  // of all gates
  static ForkGate* first_;
};

}  // namespace cermet::runtime
