// Evaluation, memory figures, threads, settings and counters.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "base/error.h"
#include "base/settings.h"
#include "bindings.h"
#include "convert.h"
#include "exec/program.h"
#include "runtime/buffer.h"
#include "runtime/kernel_cache.h"
#include "runtime/thread_pool.h"
#include "tree.h"

namespace cermet::python {
namespace {

void bind_eval(nb::module_& m) {
  m.def(
      "eval",
      [](nb::args args) {
        std::vector<array> arrays;
        for (nb::handle arg : args) collect_arrays(arg, arrays);
        const nb::gil_scoped_release release;
        eval(arrays);
      },
      nb::arg("args"),
      "eval(*args)\n\nEvaluates all arrays in the arguments: arrays, and lists, tuples and dicts of them.");
  m.def(
      "synchronize", [](nb::handle) {}, nb::arg("stream") = nb::none(),
      "Waits for the work of a stream; on the CPU evaluation is complete when mx.eval returns.");
}

void bind_memory(nb::module_& m) {
  m.def(
      "get_active_memory", [] { return runtime::active_memory(); }, "Bytes in live arrays.");
  m.def(
      "get_peak_memory", [] { return runtime::peak_memory(); }, "Most bytes in live arrays so far.");
  m.def(
      "reset_peak_memory", [] { runtime::reset_peak_memory(); }, "Starts the peak again from the active memory.");
  m.def(
      "get_cache_memory", [] { return runtime::cache_memory(); }, "Bytes kept for reuse.");
  m.def(
      "set_memory_limit", [](std::size_t bytes) { return runtime::set_memory_limit(bytes); }, nb::arg("limit"),
      "Bounds the bytes in live arrays and returns the old limit; past it operations raise MemoryError.");
  m.def(
      "set_cache_limit", [](std::size_t bytes) { return runtime::set_cache_limit(bytes); }, nb::arg("limit"),
      "Bounds the bytes kept for reuse and returns the old limit.");
  m.def(
      "clear_cache", [] { runtime::clear_cache(); }, "Returns unused memory to the system.");
}

void bind_counters(nb::module_& m) {
  m.def(
      "kernels_launched", [] { return exec::kernels_launched(); },
      "Generated kernels launched by this process so far.");
  m.def(
      "library_calls_made", [] { return exec::library_calls_made(); }, "Library calls (matmul) made so far.");
  m.def(
      "kernel_cache_statistics",
      [] {
        const auto s = runtime::kernel_cache_statistics();
        nb::dict out;
        out["memory_hits"] = s.memory_hits;
        out["disk_hits"] = s.disk_hits;
        out["compiled"] = s.compiled;
        out["disk_errors"] = s.disk_errors;
        out["llvm_loaded"] = s.llvm_loaded;
        return out;
      },
      "How kernels were found: in memory, on disk, or compiled; and whether LLVM was opened.");
  m.def(
      "clear_kernel_cache", [] { runtime::clear_kernel_cache(); },
      "Drops generated code kept in memory (not on disk).");
  m.def(
      "set_num_threads", [](int n) { runtime::set_thread_count(n); }, nb::arg("n"), "Threads that kernels run on.");
  m.def("get_num_threads", [] { return runtime::thread_count(); });
}

void bind_settings(nb::module_& m) {
  m.def(
      "set_setting", [](const std::string& name, const std::string& value) { set_setting(name, value); },
      nb::arg("name"), nb::arg("value"), "Sets a switch by name, as its environment variable CERMET_<NAME> would.");
  m.def(
      "get_setting", [](const std::string& name) { return get_setting(name); }, nb::arg("name"));
  m.def(
      "settings",
      [] {
        nb::list out;
        for (const SettingDoc& s : setting_docs()) {
          out.append(nb::make_tuple(std::string(s.name), std::string(s.type), get_setting(s.name), std::string(s.doc)));
        }
        return out;
      },
      "Every switch: (name, type, value, what it does).");
}

}  // namespace

void bind_runtime(nb::module_& m) {
  bind_eval(m);
  bind_memory(m);
  bind_counters(m);
  bind_settings(m);
}

}  // namespace cermet::python
