// Devices and streams, and the modules `metal` and `cuda`, which answer that this build runs on the CPU.
#include <cermet/memory.h>
#include <cermet/stream.h>
#include <nanobind/nanobind.h>
#include <nanobind/operators.h>
#include <nanobind/stl/string.h>

#include <fstream>

#include "base/error.h"
#include "bindings.h"
#include "convert.h"
#include "deferred.h"
#include "exec/async.h"
#include "runtime/thread_pool.h"
#include "target/target.h"

namespace cermet::python {
namespace {

Device require_device(const char* op, nb::handle object) {
  const auto device = device_of(object);
  if (!device) fail<TypeError>("[{}] Expected a Device or a DeviceType, not {}.", op, type_text(object));
  return *device;
}

/// `with mx.stream(s):`. May be entered again, and nested.
struct PythonStreamContext {
  StreamOrDevice stream;
  std::vector<Stream> before;
};

void bind_classes(nb::module_& m) {
  nb::enum_<Device::DeviceType>(m, "DeviceType", "Kinds of device.")
      .value("cpu", Device::DeviceType::cpu)
      .value("gpu", Device::DeviceType::gpu)
      .export_values();
  nb::class_<Device>(m, "Device", "A device by type and index.")
      .def(nb::init<Device::DeviceType, int>(), nb::arg("type"), nb::arg("index") = 0)
      .def_prop_ro(
          "type", [](const Device& d) { return d.type; }, "The DeviceType.")
      .def_prop_ro(
          "index", [](const Device& d) { return d.index; }, "Which one of its type.")
      .def("__repr__", [](const Device& d) { return to_string(d); })
      .def("__hash__", [](const Device& d) { return static_cast<int>(d.type) * 1024 + d.index; })
      .def(
          "__eq__",
          [](const Device& d, nb::handle other) {
            const auto o = device_of(other);
            return o && *o == d;
          },
          nb::arg("other").none());
  nb::class_<Stream>(m, "Stream", "A queue of work on a device.")
      .def_prop_ro(
          "device", [](const Stream& s) { return s.device; }, "The device that it works on.")
      .def_prop_ro(
          "index", [](const Stream& s) { return s.index; }, "Its number.")
      .def("__repr__", [](const Stream& s) { return to_string(s); })
      .def("__hash__", [](const Stream& s) { return s.index; })
      .def(
          "__eq__",
          [](const Stream& s, nb::handle other) {
            Stream o;
            return nb::try_cast(other, o, false) && s == o;
          },
          nb::arg("other").none());
  nb::class_<ThreadLocalStream>(m, "ThreadLocalStream", "A stream of its own for every thread that uses it.")
      .def_prop_ro("device", &ThreadLocalStream::device, "The device that it works on.")
      .def_prop_ro("index", &ThreadLocalStream::index, "Its number among such streams.")
      .def("__repr__", [](const ThreadLocalStream& s) {
        return fmt::format("ThreadLocalStream({}, {})", to_string(s.device()), s.index());
      });
  nb::class_<PythonStreamContext>(m, "StreamContext", "A block in which a stream is this thread's default.")
      .def(
          "__init__",
          [](PythonStreamContext* self, nb::handle s) {
            if (s.is_none()) fail<TypeError>("[stream] Expected a Stream, a Device or a DeviceType, not None.");
            new (self) PythonStreamContext{stream_of(s), {}};
          },
          nb::arg("s").none())
      .def("__enter__",
           [](PythonStreamContext& c) {
             c.before.push_back(detail::current_stream);
             set_default_stream(c.stream.stream);
           })
      .def(
          "__exit__",
          [](PythonStreamContext& c, nb::args) {
            if (c.before.empty()) fail<ValueError>("[stream] The block was left more often than it was entered.");
            set_default_stream(c.before.back());
            c.before.pop_back();
          },
          nb::arg("args").none());
}

void bind_streams(nb::module_& m) {
  m.def("default_device", default_device, "The device that operations without `stream` run on.");
  m.def(
      "set_default_device", [](nb::handle d) { set_default_device(require_device("set_default_device", d)); },
      nb::arg("device").none(), "set_default_device(device)\n\nThis build knows the CPU only.");
  m.def(
      "default_stream", [](nb::handle d) { return default_stream(require_device("default_stream", d)); },
      nb::arg("device").none(), "default_stream(device)\n\nThe stream that this thread's operations use on a device.");
  m.def(
      "set_default_stream",
      [](nb::handle s) {
        if (!nb::isinstance<Stream>(s) && !nb::isinstance<ThreadLocalStream>(s)) {
          fail<TypeError>("[set_default_stream] Expected a Stream, not {}.", type_text(s));
        }
        set_default_stream(stream_of(s).stream);
      },
      nb::arg("stream").none(),
      "set_default_stream(stream)\n\nFor this thread; other threads and the default device keep theirs.");
  for (const char* const name : {"new_stream", "new_thread_unsafe_stream"}) {
    m.def(
        name, [name](nb::handle d) { return new_stream(require_device(name, d)); }, nb::arg("device").none(),
        "A new stream on a device; any thread may use it.");
  }
  m.def(
      "new_thread_local_stream",
      [](nb::handle d) { return ThreadLocalStream(require_device("new_thread_local_stream", d)); },
      nb::arg("device").none(),
      "new_thread_local_stream(device)\n\nStands for a stream of its own in every thread that uses it.");
  m.def(
      "stream",
      [](nb::handle s) {
        if (s.is_none()) fail<TypeError>("[stream] Expected a Stream, a Device or a DeviceType, not None.");
        return PythonStreamContext{stream_of(s), {}};
      },
      nb::arg("s").none(), "stream(s)\n\n`with mx.stream(s):` makes a stream or device this thread's default.");
  m.def(
      "synchronize",
      [](nb::handle s) {
        const StreamOrDevice stream = stream_of(s);
        {
          const nb::gil_scoped_release release;
          s.is_none() ? synchronize() : synchronize(stream.stream);
        }
        run_deferred();
      },
      nb::arg("stream") = nb::none(),
      "synchronize(stream=None)\n\nWaits for the work that mx.async_eval has started (for that stream).");
  m.def(
      "clear_streams",
      [] {
        {
          const nb::gil_scoped_release release;
          synchronize();
        }
        set_default_stream(Stream{});
      },
      "clear_streams()\n\nWaits for all streams, and makes the first one this thread's default again.");
}

/// "AMD EPYC 7B13": the processor as the system calls it.
std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "CPU";
}

void bind_queries(nb::module_& m) {
  m.def(
      "device_count", [](nb::handle type) { return device_count(require_device("device_count", type).type); },
      nb::arg("device_type").none(), "device_count(device_type)\n\nDevices of a type: 1 CPU, 0 GPUs in this build.");
  m.def(
      "is_available", [](nb::handle d) { return is_available(require_device("is_available", d)); },
      nb::arg("device").none(), "is_available(device)\n\nTrue if operations can run on the device.");
  m.def(
      "device_info",
      [](nb::handle d) {
        const Device device = d.is_none() ? default_device() : require_device("device_info", d);
        require_available(device);
        nb::dict out;
        out["architecture"] = "x86_64";
        out["device_name"] = processor_name();
        out["memory_size"] = runtime::physical_memory();
        out["threads"] = runtime::thread_count();
        return out;
      },
      nb::arg("d") = nb::none(),
      "device_info(d=None)\n\nA dict: device_name, architecture, memory_size (bytes), threads.");
}

[[noreturn]] void refuse_capture() {
  fail<ValueError>("[metal] This build has no Metal back-end; mx.metal.is_available() tells.");
}

void bind_backends(nb::module_& m) {
  nb::module_ metal = m.def_submodule("metal", "Asked by programs that also run on Apple's GPUs.");
  metal.def(
      "is_available", [] { return false; }, "False: this build has no Metal back-end.");
  metal.def(
      "device_info", [] { return nb::dict(); }, "An empty dict: there is no Metal device.");
  metal.def(
      "start_capture", [](nb::handle) { refuse_capture(); }, nb::arg("path") = nb::none(), "Raises ValueError.");
  metal.def(
      "stop_capture", [] { refuse_capture(); }, "Raises ValueError.");
  for (const char* const name : {"get_active_memory", "get_peak_memory", "get_cache_memory", "reset_peak_memory",
                                 "set_memory_limit", "set_cache_limit", "set_wired_limit", "clear_cache"}) {
    metal.attr(name) = m.attr(name);
  }
  nb::module_ cuda = m.def_submodule("cuda", "Asked by programs that also run on NVIDIA's GPUs.");
  cuda.def(
      "is_available", [] { return false; }, "False: this build has no CUDA back-end.");
}

}  // namespace

void bind_device_classes(nb::module_& m) { bind_classes(m); }

void bind_devices(nb::module_& m) {
  bind_streams(m);
  bind_queries(m);
  bind_backends(m);
}

}  // namespace cermet::python
