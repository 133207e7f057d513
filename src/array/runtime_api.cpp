// The public functions about memory and background evaluation: thin names over runtime and exec.
#include <cermet/memory.h>
#include <cermet/stream.h>

#include <atomic>

#include "array/node_building.h"
#include "exec/async.h"
#include "runtime/buffer.h"

namespace cermet {

std::size_t get_active_memory() { return runtime::active_memory(); }
std::size_t get_peak_memory() { return runtime::peak_memory(); }
std::size_t get_cache_memory() { return runtime::cache_memory(); }
void reset_peak_memory() { runtime::reset_peak_memory(); }
std::size_t get_memory_limit() { return runtime::memory_limit(); }
std::size_t set_memory_limit(std::size_t limit) { return runtime::set_memory_limit(limit); }
std::size_t set_cache_limit(std::size_t limit) { return runtime::set_cache_limit(limit); }
void clear_cache() { runtime::clear_cache(); }

std::size_t set_wired_limit(std::size_t limit) {
  static std::atomic<std::size_t> wired{0};
  return wired.exchange(limit);
}

void async_eval(const std::vector<array>& outputs) {
  std::vector<exec::NodeRef> pending;
  for (const array& x : outputs) {
    if (x.node()->is_traced())
      evaluated(x, "async_eval");
    else if (!x.node()->is_done())
      pending.push_back(x.node());
  }
  if (pending.empty()) return;
  const Stream stream = pending.front()->stream;
  exec::evaluate_async(std::move(pending), stream);
}

void synchronize() { exec::wait_for_async(); }

void synchronize(const Stream& stream) {
  require_available(stream.device);
  exec::wait_for_async(stream);
}

}  // namespace cermet
