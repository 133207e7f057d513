// One small pool of threads shared by all callers; made anew in a forked child.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace cermet::runtime {

/// Calls `run(context, begin, end)` for disjoint ranges that cover [0, count), each of at most `grain` items except
/// that ranges may be merged when the pool has one thread. Runs in the caller when one range suffices; otherwise the
/// caller works too. Nested calls run in the caller. Exceptions of `run` are rethrown in the caller (the first one).
void parallel_for(std::int64_t count, std::int64_t grain, void (*run)(void*, std::int64_t, std::int64_t),
                  void* context);

template <class F>
void parallel_for(std::int64_t count, std::int64_t grain, F&& body) {
  parallel_for(
      count, grain,
      [](void* context, std::int64_t begin, std::int64_t end) {
        (*static_cast<std::remove_reference_t<F>*>(context))(begin, end);
      },
      const_cast<void*>(static_cast<const void*>(std::addressof(body))));
}

int thread_count();            ///< Setting `num_threads` (CERMET_NUM_THREADS), else the cores this process may use.
void set_thread_count(int n);  ///< At least 1; takes effect at the next call.

}  // namespace cermet::runtime
