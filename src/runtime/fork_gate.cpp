// Gates are few and live for ever; they are kept in one list, which the handlers of fork walk.
#include "runtime/fork_gate.h"

#include <pthread.h>

#include <memory>

#include "base/error.h"

namespace cermet::runtime {
namespace {

std::mutex& list_mutex() {
  static auto* mutex = new std::mutex;
  return *mutex;
}

}  // namespace

ForkGate* ForkGate::first_ = nullptr;

ForkGate::ForkGate() {
  const std::lock_guard lock(list_mutex());
  static const int registered = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  check(registered == 0, "pthread_atfork failed with {}", registered);
  next_ = first_;
  first_ = this;
}

void ForkGate::before_fork() {
  list_mutex().lock();
  for (ForkGate* gate = first_; gate != nullptr; gate = gate->next_) {
    std::unique_lock lock(gate->state_.mutex);
    gate->state_.empty.wait(lock, [&] { return gate->state_.inside == 0; });
    lock.release();
  }
}

void ForkGate::after_fork_in_parent() {
  for (ForkGate* gate = first_; gate != nullptr; gate = gate->next_) gate->state_.mutex.unlock();
  list_mutex().unlock();
}

// The locks are made anew: threads that waited for them in the parent don't exist here.
void ForkGate::after_fork_in_child() {
  for (ForkGate* gate = first_; gate != nullptr; gate = gate->next_) std::construct_at(&gate->state_);
  list_mutex().unlock();
}

ForkGate::Inside::Inside(ForkGate& gate) : gate_(gate) {
  const std::lock_guard lock(gate_.state_.mutex);
  ++gate_.state_.inside;
}

ForkGate::Inside::~Inside() {
  const std::lock_guard lock(gate_.state_.mutex);
  if (--gate_.state_.inside == 0) gate_.state_.empty.notify_all();
}

}  // namespace cermet::runtime
