// Dtypes, devices and streams.
#include <nanobind/nanobind.h>
#include <nanobind/operators.h>
#include <nanobind/stl/string.h>

#include "bindings.h"
#include "convert.h"

namespace cermet::python {
namespace {

void bind_dtype(nb::module_& m) {
  nb::class_<Dtype>(m, "Dtype", "The type of an array's elements, like mx.float32. Compares and hashes by value.")
      .def_prop_ro(
          "size", [](const Dtype& t) { return static_cast<int>(t.size()); }, "Bytes an element.")
      .def("__repr__", [](const Dtype& t) { return "cermet.core." + std::string(name(t)); })
      .def(
          "__eq__",
          [](const Dtype& t, nb::handle other) {
            Dtype o;
            return nb::try_cast(other, o) && t == o;
          },
          nb::arg("other").none())
      .def("__hash__", [](const Dtype& t) { return static_cast<std::int64_t>(t.val) + 0x64747970; })
      .def("__reduce__", [](const Dtype& t) {
        return nb::make_tuple(nb::module_::import_("cermet._core").attr("_dtype"),
                              nb::make_tuple(std::string(name(t))));
      });
  for (int i = 0; i < dtype_count; ++i) {
    const Dtype t(static_cast<Dtype::Val>(i));
    m.attr(std::string(name(t) == "bool" ? "bool_" : name(t)).c_str()) = t;
  }
  m.def("_dtype", [](const std::string& text) { return parse_dtype(text); });
}

void bind_device(nb::module_& m) {
  nb::enum_<Device::DeviceType>(m, "DeviceType", "Kinds of device.")
      .value("cpu", Device::DeviceType::cpu)
      .value("gpu", Device::DeviceType::gpu);
  nb::class_<Device>(m, "Device", "A device by type and index.")
      .def(nb::init<Device::DeviceType, int>(), nb::arg("type"), nb::arg("index") = 0)
      .def_prop_ro("type", [](const Device& d) { return d.type; })
      .def_prop_ro("index", [](const Device& d) { return d.index; })
      .def("__repr__", [](const Device& d) { return to_string(d); })
      .def("__hash__", [](const Device& d) { return static_cast<int>(d.type) * 1024 + d.index; })
      .def(nb::self == nb::self);
  nb::class_<Stream>(m, "Stream", "A queue of work on a device.")
      .def_prop_ro("device", [](const Stream& s) { return s.device; })
      .def_prop_ro("index", [](const Stream& s) { return s.index; })
      .def("__repr__", [](const Stream& s) { return to_string(s); })
      .def("__hash__", [](const Stream& s) { return s.index; })
      .def(nb::self == nb::self);
  m.attr("cpu") = Device::DeviceType::cpu;
  m.attr("gpu") = Device::DeviceType::gpu;
  m.def(
      "default_device", [] { return Device(); }, "The device that operations without `stream` run on.");
  m.def(
      "default_stream",
      [](const Device& d) {
        require_available(d);
        return Stream{0, d};
      },
      nb::arg("device"), "The stream that a device's operations use by default.");
  nb::implicitly_convertible<Device::DeviceType, Device>();
}

}  // namespace

void bind_types(nb::module_& m) {
  bind_dtype(m);
  bind_device(m);
}

}  // namespace cermet::python
