// The queue of deferred work: a lock-free stack of nodes, and one pending call of the interpreter while it is not
// empty.
#include "deferred.h"

#include <nanobind/nanobind.h>

#include <atomic>
#include <new>

namespace cermet::python {
namespace {

struct Item {
  void (*work)(void*);
  void* context;
  Item* next;
};

std::atomic<Item*> waiting{nullptr};

void do_items(Item* item) {
  while (item != nullptr) {
    Item* const next = item->next;
    item->work(item->context);
    delete item;
    item = next;
  }
}

int on_pending_call(void*) {
  run_deferred();
  return 0;
}

}  // namespace

void run_with_gil(void (*work)(void*), void* context) noexcept {
  if (Py_IsInitialized() == 0) return;
  if (PyGILState_Check() != 0) return work(context);
  Item* const item = new (std::nothrow) Item{work, context, waiting.load(std::memory_order_relaxed)};
  if (item == nullptr) return;  // leaks what the work would free: better than waiting
  while (!waiting.compare_exchange_weak(item->next, item, std::memory_order_release, std::memory_order_relaxed)) {
  }
  Py_AddPendingCall(on_pending_call, nullptr);  // if the interpreter's queue is full, it is about to come by anyway
}

void run_deferred() noexcept {
  if (waiting.load(std::memory_order_relaxed) == nullptr) return;
  do_items(waiting.exchange(nullptr, std::memory_order_acquire));
}

}  // namespace cermet::python
