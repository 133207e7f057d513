// The array class: construction, attributes, values, operators and the buffer protocol.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "base/error.h"
#include "bindings.h"
#include "convert.h"
#include "index.h"

namespace cermet::python {
namespace {

using ArrayClass = nb::class_<array>;

const char* buffer_format(Dtype t) {
  constexpr const char* formats[] = {"?", "B", "H", "I", "Q", "b", "h", "i", "q", "e", nullptr, "f", "d", "Zf"};
  return formats[static_cast<int>(t.val)];
}

/// What a buffer export keeps alive and points into.
struct Export {
  exec::NodeRef node;
  std::vector<Py_ssize_t> shape, strides;
};

void fill_buffer(PyObject* object, Py_buffer* view, int flags) {
  array& x = *nb::inst_ptr<array>(nb::handle(object));
  if ((flags & PyBUF_WRITABLE) == PyBUF_WRITABLE) {
    PyErr_SetString(PyExc_BufferError, "[array] exports read-only buffers; copy with numpy.array(x) to write.");
    throw nb::python_error();
  }
  const char* const format = buffer_format(x.dtype());
  if (format == nullptr) {
    PyErr_SetString(PyExc_BufferError, "[array] bfloat16 has no buffer format; use x.astype(mx.float32).");
    throw nb::python_error();
  }
  x.eval();
  auto held = std::make_unique<Export>();
  held->node = x.node();
  const exec::Data& data = held->node->data;
  if (!data.contiguous && (flags & PyBUF_STRIDES) != PyBUF_STRIDES) {
    PyErr_SetString(PyExc_BufferError, "[array] this array is a strided view; ask for strides or copy it.");
    throw nb::python_error();
  }
  data.buffer->mark_shared();
  std::int64_t count = 1;
  const auto itemsize = static_cast<Py_ssize_t>(data.dtype.size());
  for (std::size_t i = 0; i < data.shape.size(); ++i) {
    held->shape.push_back(data.shape[i]);
    held->strides.push_back(data.strides[i] * itemsize);
    count *= data.shape[i];
  }
  view->obj = Py_NewRef(object);
  view->buf = data.pointer();
  view->itemsize = itemsize;
  view->len = count * itemsize;
  view->readonly = 1;
  view->ndim = static_cast<int>(held->shape.size());
  view->format = (flags & PyBUF_FORMAT) != 0 ? const_cast<char*>(format) : nullptr;
  view->shape = held->shape.data();
  view->strides = held->strides.data();
  view->suboffsets = nullptr;
  view->internal = held.release();
}

int get_buffer(PyObject* object, Py_buffer* view, int flags) noexcept {
  view->obj = nullptr;
  try {
    fill_buffer(object, view, flags);
    return 0;
  } catch (...) {
    set_python_error(std::current_exception());
    return -1;
  }
}

void release_buffer(PyObject*, Py_buffer* view) noexcept { delete static_cast<Export*>(view->internal); }

PyType_Slot slots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
                       {Py_bf_releasebuffer, reinterpret_cast<void*>(release_buffer)},
                       {0, nullptr}};

nb::object not_implemented() { return nb::borrow(Py_NotImplemented); }

template <Op op, bool reflected = false>
void bind_operator(ArrayClass& type, const char* method) {
  type.def(
      method,
      [](const array& a, nb::handle b) -> nb::object {
        if (!is_operand(b)) return not_implemented();
        const Argument other(name(op).data(), b);
        const Operand self(a);
        const Operand operands[] = {reflected ? other.operand() : self, reflected ? self : other.operand()};
        return wrap(elementwise(op, operands));
      },
      nb::arg("other").none(), nb::is_operator());
}

template <Op op>
void bind_arithmetic(ArrayClass& type, const char* method, const char* reflected, const char* in_place) {
  bind_operator<op>(type, method);
  bind_operator<op, true>(type, reflected);
  // In place the handle itself points at the result, so that every name of the object sees it.
  type.def(
      in_place,
      [](nb::handle self, nb::handle b) -> nb::object {
        if (!is_operand(b)) return not_implemented();
        array& a = *nb::inst_ptr<array>(self);
        const Argument other(name(op).data(), b);
        const Operand operands[] = {Operand(a), other.operand()};
        const array result = elementwise(op, operands);
        if (!(result.shape() == a.shape())) {
          fail<ValueError>("[{}] In place, the result of shape {} does not fit the array of shape {}.", name(op),
                           to_string(result.shape()), to_string(a.shape()));
        }
        a.overwrite(result);
        return nb::borrow(self);
      },
      nb::arg("other").none(), nb::is_operator());
}

void bind_operators(ArrayClass& type) {
  bind_arithmetic<Op::add>(type, "__add__", "__radd__", "__iadd__");
  bind_arithmetic<Op::subtract>(type, "__sub__", "__rsub__", "__isub__");
  bind_arithmetic<Op::multiply>(type, "__mul__", "__rmul__", "__imul__");
  bind_arithmetic<Op::divide>(type, "__truediv__", "__rtruediv__", "__itruediv__");
  bind_arithmetic<Op::floor_divide>(type, "__floordiv__", "__rfloordiv__", "__ifloordiv__");
  bind_arithmetic<Op::remainder>(type, "__mod__", "__rmod__", "__imod__");
  bind_arithmetic<Op::power>(type, "__pow__", "__rpow__", "__ipow__");
  bind_arithmetic<Op::bitwise_and>(type, "__and__", "__rand__", "__iand__");
  bind_arithmetic<Op::bitwise_or>(type, "__or__", "__ror__", "__ior__");
  bind_arithmetic<Op::bitwise_xor>(type, "__xor__", "__rxor__", "__ixor__");
  bind_arithmetic<Op::left_shift>(type, "__lshift__", "__rlshift__", "__ilshift__");
  bind_arithmetic<Op::right_shift>(type, "__rshift__", "__rrshift__", "__irshift__");
  bind_operator<Op::equal>(type, "__eq__");
  bind_operator<Op::not_equal>(type, "__ne__");
  bind_operator<Op::less>(type, "__lt__");
  bind_operator<Op::less_equal>(type, "__le__");
  bind_operator<Op::greater>(type, "__gt__");
  bind_operator<Op::greater_equal>(type, "__ge__");
  type.def("__neg__", [](const array& a) { return -a; });
  type.def("__abs__", [](const array& a) { return abs(a); });
  type.def("__invert__", [](const array& a) { return is_bool(a.dtype()) ? logical_not(a) : bitwise_invert(a); });
  type.def(
      "__matmul__",
      [](const array& a, nb::handle b) -> nb::object {
        if (!is_operand(b)) return not_implemented();
        return wrap(matmul(a, Argument("matmul", b).value()));
      },
      nb::is_operator());
  type.def(
      "__rmatmul__",
      [](const array& a, nb::handle b) -> nb::object {
        if (!is_operand(b)) return not_implemented();
        return wrap(matmul(Argument("matmul", b).value(), a));
      },
      nb::is_operator());
  type.def("__hash__",
           [](nb::handle self) { return static_cast<Py_hash_t>(reinterpret_cast<std::uintptr_t>(self.ptr()) >> 4); });
}

nb::object as_python_number(const array& x, const char* conversion, PyObject* (*convert)(PyObject*)) {
  if (x.size() != 1) {
    fail<ValueError>("[{}] Only an array of one element converts; this one has shape {}.", conversion,
                     to_string(x.shape()));
  }
  const nb::object value = scalar_object(x.item());
  nb::object out = nb::steal(convert(value.ptr()));
  if (!out.is_valid()) throw nb::python_error();
  return out;
}

void bind_values(ArrayClass& type) {
  type.def(
      "item", [](const array& x) { return scalar_object(x.item()); },
      "The one element as a Python number; ValueError if there are more or none.");
  type.def(
      "tolist", [](const array& x) { return to_list(x); }, "The elements as nested lists (a number if 0-d).");
  type.def("__float__", [](const array& x) { return as_python_number(x, "float", PyNumber_Float); });
  type.def("__int__", [](const array& x) { return as_python_number(x, "int", PyNumber_Long); });
  type.def("__bool__", [](const array& x) {
    if (x.size() != 1) {
      fail<ValueError>("[bool] The truth of an array of shape {} is ambiguous; use mx.any(x) or mx.all(x).",
                       to_string(x.shape()));
    }
    return x.item().as_bool();
  });
  type.def("__index__", [](const array& x) -> nb::object {
    if (!is_integer(x.dtype()) || x.size() != 1) {
      fail<TypeError>("[index] Only an integer array of one element can be an index, not {} of shape {}.",
                      name(x.dtype()), to_string(x.shape()));
    }
    return scalar_object(x.item());
  });
  type.def(
      "__array__",
      [](nb::handle self, nb::object dtype, nb::handle) -> nb::object {
        if (as_array(self)->dtype() == bfloat16) {
          fail<TypeError>("[array] NumPy has no bfloat16; use numpy.array(x.astype(mx.float32)).");
        }
        const nb::object numpy = nb::module_::import_("numpy");
        const nb::object view = nb::steal(PyMemoryView_FromObject(self.ptr()));
        if (!view.is_valid()) throw nb::python_error();
        const nb::object out = numpy.attr("array")(view);
        return dtype.is_none() ? out : out.attr("astype")(dtype);
      },
      nb::arg("dtype") = nb::none(), nb::arg("copy") = nb::none());
  type.def("__repr__", [](const array& x) { return to_string(x); });
  type.def("__format__", [](const array& x, nb::str spec) -> nb::object {
    if (nb::len(spec) == 0 || x.ndim() > 0 || x.is_traced()) return nb::str(to_string(x).c_str());
    return nb::steal(PyObject_Format(scalar_object(x.item()).ptr(), spec.ptr()));
  });
}

void bind_attributes(ArrayClass& type) {
  type.def_prop_ro(
      "shape", [](const array& x) { return shape_tuple(x.shape()); }, "Extents as a tuple of ints.");
  type.def_prop_ro("ndim", &array::ndim, "Number of axes.");
  type.def_prop_ro("size", &array::size, "Number of elements.");
  type.def_prop_ro("itemsize", &array::itemsize, "Bytes an element.");
  type.def_prop_ro("nbytes", &array::nbytes, "Bytes of all elements.");
  type.def_prop_ro("dtype", &array::dtype, "The Dtype of the elements.");
  type.def_prop_ro(
      "T", [](const array& x) { return transpose(x); }, "The array with its axes reversed.");
  type.def("__len__", [](const array& x) {
    if (x.ndim() == 0) fail<TypeError>("[len] A 0-d array has no length.");
    return x.shape(0);
  });
  type.def(
      "__getitem__", [](const array& x, nb::handle index) { return get_item(x, index); }, nb::arg("index").none(),
      "Integers, slices, None and Ellipsis, as in NumPy; the result shares memory with x where it can.");
}

}  // namespace

void bind_array(nb::module_& m) {
  ArrayClass type(m, "array", nb::type_slots(slots), nb::is_weak_referenceable(),
                  "An n-dimensional array. Lazy: values are computed when they are read, printed or given to mx.eval.");
  array_type() = reinterpret_cast<PyTypeObject*>(type.ptr());
  type.def(
      "__init__",
      [](array* self, nb::handle value, nb::handle dtype) {
        new (self) array(make_array(value, optional_dtype("array", dtype)));
      },
      nb::arg("value"), nb::arg("dtype") = nb::none(),
      "Makes an array from a number, nested lists, a NumPy array or any buffer; the elements are copied.");
  bind_attributes(type);
  bind_values(type);
  bind_operators(type);
}

}  // namespace cermet::python
