// Gates are few and live for ever; they are kept in one list, which the handlers of fork walk.
#include "runtime/fork_gate.h"

#include <pthread.h>

#include <chrono>
#include <memory>
#include <thread>

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
    gate->state_.mutex.lock();
    gate->state_.closed.store(true, std::memory_order_seq_cst);
    while (gate->state_.inside.load(std::memory_order_seq_cst) != 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  }
}

void ForkGate::after_fork_in_parent() {
  for (ForkGate* gate = first_; gate != nullptr; gate = gate->next_) {
    gate->state_.closed.store(false, std::memory_order_seq_cst);
    gate->state_.mutex.unlock();
  }
  list_mutex().unlock();
}

// The locks are made anew: threads that waited for them in the parent don't exist here.
void ForkGate::after_fork_in_child() {
  for (ForkGate* gate = first_; gate != nullptr; gate = gate->next_) std::construct_at(&gate->state_);
  list_mutex().unlock();
}

// Either the fork sees this thread inside and waits, or this thread sees the gate closed and waits.
ForkGate::Inside::Inside(ForkGate& gate) : gate_(gate) {
  State& state = gate_.state_;
  state.inside.fetch_add(1, std::memory_order_seq_cst);
  if (!state.closed.load(std::memory_order_seq_cst)) return;
  state.inside.fetch_sub(1, std::memory_order_seq_cst);
  const std::lock_guard lock(state.mutex);
  state.inside.fetch_add(1, std::memory_order_seq_cst);
}

ForkGate::Inside::~Inside() { gate_.state_.inside.fetch_sub(1, std::memory_order_seq_cst); }

}  // namespace cermet::runtime
