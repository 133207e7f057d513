// The background thread and its queue. The state is never destroyed, so that the thread may outlive every static
// object; a forked child makes its own.
#include "exec/async.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "runtime/buffer.h"

namespace cermet::exec {
namespace {

/// While it waits, Node::queued of its nodes points at the references here (of a node that waits twice, at one); both
/// change under the worker's lock.
struct Task {
  std::vector<NodeRef> nodes;  ///< Null where another evaluation took over.
  Stream stream;

  void enter() {
    for (NodeRef& node : nodes) {
      NodeRef* none = nullptr;
      node->queued.compare_exchange_strong(none, &node, std::memory_order_relaxed);
    }
  }
  void leave() {
    for (NodeRef& node : nodes) {
      NodeRef* self = &node;
      if (node) node->queued.compare_exchange_strong(self, nullptr, std::memory_order_relaxed);
    }
  }
};

struct Worker {
  std::mutex mutex;
  std::condition_variable work, finished;
  std::deque<Task> tasks;
  std::optional<Stream> running;
  bool stopping = false;
  bool started = false;
  std::thread thread;
};

std::atomic<Worker*> current{nullptr};

void run_quietly(Task& task) {
  std::erase_if(task.nodes, [](const NodeRef& node) { return !node; });
  try {
    evaluate({task.nodes.data(), task.nodes.size()});
  } catch (const std::exception& error) {  // the reader gets it
    log("async", "evaluation failed: {}", error.what());
  }
}

void loop(Worker& worker) {
  pthread_setname_np(pthread_self(), "cermet-async");
  std::unique_lock lock(worker.mutex);
  for (;;) {
    worker.work.wait(lock, [&] { return worker.stopping || !worker.tasks.empty(); });
    if (worker.stopping) return;
    {
      Task task = std::move(worker.tasks.front());
      task.leave();
      worker.tasks.pop_front();
      worker.running = task.stream;
      lock.unlock();
      run_quietly(task);
    }                               // values that nobody else holds go here, without the lock
    runtime::clear_thread_cache();  // this thread sleeps, perhaps for ever
    lock.lock();
    worker.running.reset();
    worker.finished.notify_all();
  }
}

void before_fork() { current.load()->mutex.lock(); }
void after_fork_in_parent() { current.load()->mutex.unlock(); }
// The child has no such thread. Its worker is left behind with what it held.
void after_fork_in_child() { current.store(new Worker); }

struct StopAtExit {
  StopAtExit() = default;
  StopAtExit(const StopAtExit&) = delete;
  StopAtExit& operator=(const StopAtExit&) = delete;
  ~StopAtExit() { stop_async(); }
};

Worker& worker() {
  if (Worker* made = current.load(std::memory_order_acquire)) return *made;
  static std::once_flag once;
  std::call_once(once, [] {
    current.store(new Worker);
    const int registered = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    check(registered == 0, "pthread_atfork failed with {}", registered);
    static const StopAtExit stopper;
  });
  return *current.load(std::memory_order_acquire);
}

// Signals belong to the program's own threads. The caller holds the lock.
void start(Worker& w) {
  if (std::exchange(w.started, true)) return;
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  try {
    w.thread = std::thread(loop, std::ref(w));
  } catch (...) {
    w.started = false;
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

template <class Matches>
void wait_until_finished(Matches&& matches) {
  Worker* const w = current.load(std::memory_order_acquire);
  if (w == nullptr || w->thread.get_id() == std::this_thread::get_id()) return;
  std::unique_lock lock(w->mutex);
  w->finished.wait(lock, [&] {
    if (w->running && matches(*w->running)) return false;
    return std::none_of(w->tasks.begin(), w->tasks.end(), [&](const Task& task) { return matches(task.stream); });
  });
}

}  // namespace

void evaluate_async(std::vector<NodeRef> nodes, const Stream& stream) {
  for (const NodeRef& node : nodes) {
    if (!node->is_traced()) continue;
    fail<TraceError>("[async_eval] A traced array, shape={}, dtype={}, has no value while its function is traced.",
                     to_string(node->type.shape), name(node->type.dtype));
  }
  std::erase_if(nodes, [](const NodeRef& node) { return node->is_done(); });
  if (nodes.empty()) return;
  Worker& w = worker();
  Task task{std::move(nodes), stream};
  bool alone = false;
  {
    const std::lock_guard lock(w.mutex);
    try {
      if (!w.stopping) start(w);
    } catch (const std::system_error&) {  // no thread can be had
    }
    alone = w.stopping || !w.started;
    if (!alone) w.tasks.emplace_back(std::move(task)).enter();
  }
  if (alone) return run_quietly(task);
  w.work.notify_one();
}

void take_from_queue(Node& node) {
  if (node.queued.load(std::memory_order_relaxed) == nullptr) return;
  NodeRef dropped;
  const std::lock_guard lock(worker().mutex);
  if (NodeRef* const held = node.queued.exchange(nullptr, std::memory_order_relaxed)) dropped = std::move(*held);
}

void wait_for_async() {
  wait_until_finished([](const Stream&) { return true; });
}

void wait_for_async(const Stream& stream) {
  wait_until_finished([&](const Stream& s) { return s == stream; });
}

void stop_async() {
  Worker* const w = current.load(std::memory_order_acquire);
  if (w == nullptr) return;
  std::deque<Task> dropped;
  {
    const std::lock_guard lock(w->mutex);
    w->stopping = true;
    dropped.swap(w->tasks);
    for (Task& task : dropped) task.leave();
  }
  w->work.notify_all();
  w->finished.notify_all();
  if (!w->thread.joinable()) return;
  if (w->thread.get_id() == std::this_thread::get_id()) {
    w->thread.detach();  // exit() was called by something that evaluation runs
  } else {
    w->thread.join();
  }
}

}  // namespace cermet::exec
