// Reading arrays: numbers, lists, text, NumPy; and copying and pickling them.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "array/node_building.h"
#include "base/error.h"
#include "bindings.h"
#include "interop.h"

namespace cermet::python {
namespace {

nb::object as_python_number(const array& x, const char* conversion, PyObject* (*convert)(PyObject*)) {
  if (x.size() != 1) {
    fail<ValueError>("[{}] Only an array of one element converts; this one has shape {}.", conversion,
                     to_string(x.shape()));
  }
  evaluate_now(x, conversion);
  const nb::object value = scalar_object(x.item());
  nb::object out = nb::steal(convert(value.ptr()));
  if (!out.is_valid()) throw nb::python_error();
  return out;
}

PyObject* as_complex(PyObject* number) {
  const Py_complex value = PyComplex_AsCComplex(number);
  return value.real == -1 && PyErr_Occurred() != nullptr ? nullptr : PyComplex_FromCComplex(value);
}

void bind_numbers(nb::class_<array>& type) {
  type.def(
      "item",
      [](const array& x) {
        if (x.size() == 1) evaluate_now(x, "item");
        return scalar_object(x.item());
      },
      "The one element as a Python number; ValueError if there are more or none.");
  type.def(
      "tolist",
      [](const array& x) {
        evaluate_now(x, "tolist");
        return to_list(x);
      },
      "The elements as nested lists (a number if 0-d).");
  type.def("__float__", [](const array& x) { return as_python_number(x, "float", PyNumber_Float); });
  type.def("__int__", [](const array& x) { return as_python_number(x, "int", PyNumber_Long); });
  type.def("__complex__", [](const array& x) { return as_python_number(x, "complex", as_complex); });
  type.def("__bool__", [](const array& x) {
    if (x.size() != 1) {
      fail<ValueError>("[bool] The truth of an array of shape {} is ambiguous; use mx.any(x) or mx.all(x).",
                       to_string(x.shape()));
    }
    evaluate_now(x, "bool");
    return x.item().as_bool();
  });
  type.def("__index__", [](const array& x) -> nb::object {
    if (!is_integer(x.dtype()) || x.size() != 1) {
      fail<TypeError>("[index] Only an integer array of one element can be an index, not {} of shape {}.",
                      name(x.dtype()), to_string(x.shape()));
    }
    evaluate_now(x, "index");
    return scalar_object(x.item());
  });
}

void bind_text(nb::class_<array>& type) {
  const auto text = [](const array& x) {
    if (!x.is_traced()) evaluate_now(x, "print");
    return to_string(x);
  };
  type.def("__repr__", text);
  type.def("__format__", [text](const array& x, nb::str spec) -> nb::object {
    const bool plain = nb::len(spec) == 0;
    if (x.is_traced() || (x.ndim() > 0 && plain)) return nb::str(text(x).c_str());
    if (x.ndim() > 0) {
      fail<TypeError>("[format] An array of shape {} takes no format specification like \"{}\"; format its elements.",
                      to_string(x.shape()), nb::cast<std::string>(spec));
    }
    evaluate_now(x, "format");
    nb::object out = nb::steal(PyObject_Format(scalar_object(x.item()).ptr(), spec.ptr()));
    if (!out.is_valid()) throw nb::python_error();
    return out;
  });
}

// ---- NumPy --------------------------------------------------------------------------------------------------------

/// A NumPy array over the memory of `x`.
nb::object numpy_view(nb::handle self, array& x) {
  const nb::object asarray = nb::module_::import_("numpy").attr("asarray");
  if (!(x.dtype() == bfloat16)) {
    evaluate_now(x, "__array__");  // NumPy hides the errors of buffers
    const nb::object view = nb::steal(PyMemoryView_FromObject(self.ptr()));
    if (!view.is_valid()) throw nb::python_error();
    return asarray(view);
  }
  nb::object types;
  try {
    types = nb::module_::import_("ml_dtypes");
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_ImportError)) throw;
    fail<TypeError>("[array] NumPy has no bfloat16; install ml_dtypes, which has, or use x.astype(mx.float32).");
  }
  const Exported e = export_memory(x, "__array__");
  exec::Data bits;  // the same memory as uint16
  bits.buffer = e.buffer;
  bits.dtype = uint16;
  bits.shape.assign(e.shape.begin(), e.shape.end());
  bits.strides.assign(e.strides.begin(), e.strides.end());
  bits.offset = (static_cast<char*>(e.first) - static_cast<char*>(e.buffer->data())) / 2;
  bits.contiguous = e.contiguous;
  return asarray(wrap(array(exec::make_leaf(std::move(bits), Stream{})))).attr("view")(types.attr("bfloat16"));
}

void bind_numpy(nb::class_<array>& type) {
  type.def(
      "__array__",
      [](nb::handle self, nb::handle dtype, nb::handle copy) -> nb::object {
        array& x = require_array("__array__", "self", self);
        const CopyMode mode = copy_mode("__array__", copy);
        const nb::object view = numpy_view(self, x);
        if (!dtype.is_none()) {
          const nb::object wanted = nb::module_::import_("numpy").attr("dtype")(dtype);
          if (!wanted.equal(view.attr("dtype"))) {
            if (mode == CopyMode::never) {
              fail<ValueError>("[array] copy=False, but {} cannot become NumPy's {} without a copy.", name(x.dtype()),
                               nb::cast<std::string>(nb::str(wanted)));
            }
            return view.attr("astype")(wanted);
          }
        }
        return mode == CopyMode::always ? view.attr("copy")() : view;
      },
      nb::arg("dtype") = nb::none(), nb::arg("copy") = nb::none());
  type.def(
      "__array_namespace__", [](const array&, nb::handle) { return nb::module_::import_("cermet.core"); },
      nb::arg("api_version") = nb::none(), "The module whose functions take arrays: cermet.core.");
}

// ---- Copies -------------------------------------------------------------------------------------------------------

nb::object bytes_of(const array& x, const char* action) {
  evaluate_now(x, action);
  nb::object out = nb::steal(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(x.nbytes())));
  if (!out.is_valid()) throw nb::python_error();
  x.copy_to(PyBytes_AS_STRING(out.ptr()));
  return out;
}

/// The elements as something that pickle's protocol 5 may send without a copy: the same memory as bytes.
nb::object pickle_buffer(const array& x) {
  array source(x);
  Exported e = export_memory(source, "pickle");
  if (!e.contiguous) return bytes_of(x, "pickle");
  exec::Data raw;
  const auto size = static_cast<std::int64_t>(e.dtype.size());
  raw.buffer = e.buffer;
  raw.dtype = uint8;
  raw.shape = {x.size() * size};
  raw.strides = {1};
  raw.offset = static_cast<char*>(e.first) - static_cast<char*>(e.buffer->data());
  const nb::object bytes = wrap(array(exec::make_leaf(std::move(raw), Stream{})));
  nb::object out = nb::steal(PyPickleBuffer_FromObject(bytes.ptr()));
  if (!out.is_valid()) throw nb::python_error();
  return out;
}

nb::tuple state_of(const array& x, nb::object elements) {
  return nb::make_tuple(elements, std::string(name(x.dtype())), shape_tuple(x.shape()));
}

array array_of_state(nb::handle state) {
  if (!PyTuple_Check(state.ptr()) || PyTuple_GET_SIZE(state.ptr()) < 3 ||
      !PyUnicode_Check(nb::object(state[1]).ptr())) {
    fail<ValueError>("[array] __setstate__ takes the tuple (bytes, name of the dtype, shape) of __getstate__.");
  }
  const Dtype dtype = parse_dtype(nb::cast<std::string>(state[1]));
  const Shape shape = shape_of("array", nb::object(state[2]));
  const auto elements = static_cast<std::size_t>(checked_elements(shape, "array").value());
  Py_buffer view;
  if (PyObject_GetBuffer(nb::object(state[0]).ptr(), &view, PyBUF_SIMPLE) != 0) throw nb::python_error();
  const std::unique_ptr<Py_buffer, void (*)(Py_buffer*)> release(&view, PyBuffer_Release);
  if (static_cast<std::size_t>(view.len) != elements * dtype.size()) {
    fail<ValueError>("[array] {} bytes are no {} array of shape {}.", view.len, name(dtype), to_string(shape));
  }
  return array::from_memory(view.buf, dtype, shape, dtype);
}

void bind_copies(nb::class_<array>& type) {
  type.def("__copy__", [](const array& x) { return wrap(independent_copy(x)); });
  type.def(
      "__deepcopy__", [](const array& x, nb::handle) { return wrap(independent_copy(x)); }, nb::arg("memo").none());
  type.def(
      "__bytes__", [](const array& x) { return bytes_of(x, "bytes"); }, "The elements in row-major order.");
  type.def("__getstate__", [](const array& x) { return state_of(x, bytes_of(x, "pickle")); });
  type.def("__setstate__", [](array& self, nb::handle state) { new (&self) array(array_of_state(state)); });
  type.def("__reduce_ex__", [](nb::handle self, int protocol) {
    const array& x = require_array("pickle", "self", self);
    const nb::object make = nb::module_::import_("copyreg").attr("__newobj__");
    return nb::make_tuple(make, nb::make_tuple(self.type()),
                          state_of(x, protocol >= 5 ? pickle_buffer(x) : bytes_of(x, "pickle")));
  });
}

}  // namespace

void bind_array_values(nb::class_<array>& type) {
  bind_numbers(type);
  bind_text(type);
  bind_numpy(type);
  bind_copies(type);
}

void bind_asarray(nb::module_& m) {
  m.def(
      "asarray",
      [](nb::handle a, nb::handle dtype, nb::handle copy) {
        const CopyMode mode = copy_mode("asarray", copy);
        return wrap(convert_object("asarray", a, optional_dtype("asarray", dtype), mode));
      },
      nb::arg("a").none(), nb::arg("dtype") = nb::none(), nb::kw_only(), nb::arg("copy") = nb::none(),
      "asarray(a, dtype=None, *, copy=None)\n\nAn array of a number, nested lists, or of an object with memory (NumPy, "
      "DLPack, a buffer), which it shares where it can: writes to that object are then seen by the array. copy=True "
      "copies always; copy=False raises ValueError where sharing is impossible. Doubles become float32 unless a dtype "
      "is given.");
}

// Once all methods are there: names that MLX has as attributes.
void bind_late_attributes(nb::module_& m) {
  const nb::handle type(reinterpret_cast<PyObject*>(array_type()));
  const nb::object property = nb::module_::import_("builtins").attr("property");
  for (const char* const name : {"real", "imag"}) type.attr(name) = property(m.attr(name));
}

}  // namespace cermet::python
