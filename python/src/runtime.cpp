// Evaluation, memory figures, printing, threads, settings and counters.
#include <cermet/memory.h>
#include <cermet/stream.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "base/settings.h"
#include "bindings.h"
#include "convert.h"
#include "deferred.h"
#include "exec/async.h"
#include "exec/program.h"
#include "runtime/kernel_cache.h"
#include "runtime/thread_pool.h"
#include "tree.h"

namespace cermet::python {
namespace {

std::vector<array> arrays_in(nb::args trees) {
  std::vector<array> arrays;
  for (nb::handle tree : trees) collect_arrays(tree, arrays);
  return arrays;
}

void bind_eval(nb::module_& m) {
  m.def(
      "eval",
      [](nb::args args) {
        std::vector<array> arrays = arrays_in(args);
        {
          const nb::gil_scoped_release release;
          eval(arrays);
        }
        run_deferred();
      },
      nb::arg("args"),
      "eval(*args)\n\nEvaluates all arrays in the arguments: arrays, and lists, tuples and dicts of them.");
  m.def(
      "async_eval", [](nb::args args) { async_eval(arrays_in(args)); }, nb::arg("args"),
      "async_eval(*args)\n\nStarts to evaluate all arrays in the arguments in a background thread. They may be used "
      "at once: reading one waits for its value, and raises the error if there was one.");
  // The background thread must not work while the process forks or ends.
  nb::module_::import_("os").attr("register_at_fork")(nb::arg("before") = nb::cpp_function([] {
                                                        const nb::gil_scoped_release release;
                                                        exec::wait_for_async();
                                                      }));
  nb::module_::import_("atexit").attr("register")(nb::cpp_function([] {
    const nb::gil_scoped_release release;
    exec::stop_async();
  }));
}

std::size_t bytes_of(const char* op, nb::handle limit) {
  const nb::object index = PyBool_Check(limit.ptr()) ? nb::object() : nb::steal(PyNumber_Index(limit.ptr()));
  if (!index.is_valid()) {
    PyErr_Clear();
    fail<TypeError>("[{}] The limit must be an integer, a number of bytes, not {}.", op, type_text(limit));
  }
  const std::size_t bytes = PyLong_AsSize_t(index.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    fail<ValueError>("[{}] A limit of {} bytes is out of range.", op, nb::cast<std::string>(nb::str(index)));
  }
  return bytes;
}

void bind_limit(nb::module_& m, const char* name, std::size_t (*set)(std::size_t), const char* doc) {
  m.def(
      name, [name, set](nb::handle limit) { return set(bytes_of(name, limit)); }, nb::arg("limit").none(), doc);
}

void bind_memory(nb::module_& m) {
  m.def("get_active_memory", get_active_memory, "Bytes in live arrays.");
  m.def("get_peak_memory", get_peak_memory, "Most bytes in live arrays so far, or since reset_peak_memory().");
  m.def("reset_peak_memory", reset_peak_memory, "Starts the peak again from the active memory.");
  m.def("get_cache_memory", get_cache_memory, "Bytes kept for reuse.");
  m.def(
      "get_array_buffer_size",
      [](nb::args args) {
        std::unordered_map<const void*, std::size_t> buffers;
        for (const array& x : arrays_in(args)) {
          if (!x.is_available()) {
            fail<ValueError>("[get_array_buffer_size] An array is not evaluated yet; call mx.eval first.");
          }
          const auto& buffer = x.node()->data.buffer;
          buffers[buffer.get()] = std::max(buffer->capacity(), buffer->bytes());
        }
        std::size_t bytes = 0;
        for (const auto& [buffer, size] : buffers) bytes += size;
        return bytes;
      },
      nb::arg("args"),
      "get_array_buffer_size(*args)\n\nBytes of the buffers that the arrays in the arguments stand on, each counted "
      "once, "
      "as they were reserved.");
  m.def("get_memory_limit", get_memory_limit, "The bound of the bytes in live arrays.");
  m.def("clear_cache", clear_cache, "Returns unused memory to the system.");
  bind_limit(m, "set_memory_limit", set_memory_limit,
             "set_memory_limit(limit)\n\nBounds the bytes in live arrays and returns the old limit; past it operations "
             "raise MemoryError and change nothing.");
  bind_limit(m, "set_cache_limit", set_cache_limit,
             "set_cache_limit(limit)\n\nBounds the bytes kept for reuse and returns the old limit.");
  bind_limit(
      m, "set_wired_limit", set_wired_limit,
      "set_wired_limit(limit)\n\nFor programs written for Metal: has no effect on the CPU. Returns the old value.");
}

/// `with mx.printoptions(precision=2):`
struct PrintOptionsContext {
  PrintOptions options;
  std::vector<PrintOptions> before;
};

void bind_printing(nb::module_& m) {
  nb::class_<PrintOptions>(m, "PrintOptions", "How arrays print.")
      .def(
          "__init__", [](PrintOptions* self, int precision) { new (self) PrintOptions{precision}; },
          nb::arg("precision") = -1)
      .def_ro("precision", &PrintOptions::precision, "Digits after the point; -1: six significant digits.")
      .def("__repr__", [](const PrintOptions& o) { return fmt::format("PrintOptions(precision={})", o.precision); })
      .def(
          "__eq__",
          [](const PrintOptions& o, nb::handle other) {
            return nb::isinstance<PrintOptions>(other) && nb::cast<PrintOptions>(other) == o;
          },
          nb::arg("other").none());
  nb::class_<PrintOptionsContext>(m, "_PrintOptionsContext")
      .def("__enter__",
           [](nb::handle self) {
             auto& c = nb::cast<PrintOptionsContext&>(self);
             const PrintOptions before = get_printoptions();
             set_printoptions(c.options);
             c.before.push_back(before);
             return nb::borrow(self);
           })
      .def(
          "__exit__",
          [](PrintOptionsContext& c, nb::args) {
            if (c.before.empty()) fail<ValueError>("[printoptions] The block was left more often than entered.");
            set_printoptions(c.before.back());
            c.before.pop_back();
          },
          nb::arg("args").none());
  m.def("get_printoptions", get_printoptions, "The PrintOptions that arrays print with.");
  m.def(
      "set_printoptions", [](int precision) { set_printoptions({precision}); }, nb::arg("precision") = -1,
      "set_printoptions(precision=-1)\n\nDigits after the point of floating numbers; -1: six significant digits.");
  m.def(
      "printoptions",
      [](int precision) {
        return PrintOptionsContext{{precision}, {}};
      },
      nb::arg("precision") = -1,
      "printoptions(precision=-1)\n\n`with mx.printoptions(precision=2):` prints with other options in a block.");
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
        out["prebuilt_hits"] = s.prebuilt_hits;
        out["disk_hits"] = s.disk_hits;
        out["compiled"] = s.compiled;
        out["disk_errors"] = s.disk_errors;
        out["llvm_loaded"] = s.llvm_loaded;
        return out;
      },
      "How kernels were found: in memory, built with the library, on disk, or compiled; and whether LLVM was opened.");
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
  bind_printing(m);
  bind_counters(m);
  bind_settings(m);
}

}  // namespace cermet::python
