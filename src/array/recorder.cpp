// The identity of traces, what watches a thread, and the lock of the state that they share.
#include "array/recorder.h"

#include <atomic>

#include "array/observer.h"

namespace cermet {

constinit thread_local Recorder* array::tracing = nullptr;
constinit thread_local Observer* Observer::innermost = nullptr;

namespace {
std::atomic<std::uint64_t> last_id{0};
}

Recorder::Recorder() : id_(last_id.fetch_add(1, std::memory_order_relaxed) + 1) {}

std::mutex& state_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace cermet
