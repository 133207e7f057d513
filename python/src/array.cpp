// The array class: construction, attributes, values, operators and the buffer protocol.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "array/dims.h"
#include "base/error.h"
#include "bindings.h"
#include "convert.h"
#include "dim.h"
#include "index.h"
#include "interop.h"

namespace cermet::python {
namespace {

using ArrayClass = nb::class_<array>;

PyType_Slot slots[] = {{Py_mp_subscript, reinterpret_cast<void*>(array_subscript)},
                       {Py_mp_ass_subscript, reinterpret_cast<void*>(array_assign_subscript)},
                       {Py_tp_iter, reinterpret_cast<void*>(array_iterate)},
                       {Py_sq_contains, reinterpret_cast<void*>(array_contains)},
                       {Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
                       {Py_bf_releasebuffer, reinterpret_cast<void*>(release_buffer)},
                       {0, nullptr}};

nb::object not_implemented() { return nb::borrow(Py_NotImplemented); }

// In place the handle itself points at the result, so that every name of the object sees it.
void overwrite_in_place(std::string_view op, array& a, const array& result) {
  if (!shapes_equal(result.shape(), a.shape())) {
    fail<ValueError>("[{}] In place, the result of shape {} does not fit the array of shape {}.", op,
                     to_string(result.shape()), to_string(a.shape()));
  }
  a.overwrite(result);
}

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
  type.def(
      in_place,
      [](nb::handle self, nb::handle b) -> nb::object {
        if (!is_operand(b)) return not_implemented();
        array& a = require_array(name(op).data(), "self", self);
        const Argument other(name(op).data(), b);
        const Operand operands[] = {Operand(a), other.operand()};
        const array result = elementwise(op, operands);
        overwrite_in_place(name(op), a, result);
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
  for (const char* const name : {"div", "rdiv"}) {  // the names of Python 2, which MLX keeps
    const std::string written = std::string("__") + name + "__", real = name[0] == 'r' ? "__rtruediv__" : "__truediv__";
    type.attr(written.c_str()) = type.attr(real.c_str());
  }
  type.def("__pos__", [](const array& a) { return wrap(a); });
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
  type.def(
      "__imatmul__",
      [](nb::handle self, nb::handle b) -> nb::object {
        if (!is_operand(b)) return not_implemented();
        array& a = require_array("matmul", "self", self);
        overwrite_in_place("matmul", a, matmul(a, Argument("matmul", b).value()));
        return nb::borrow(self);
      },
      nb::is_operator());
  type.def("__hash__",
           [](nb::handle self) { return static_cast<Py_hash_t>(reinterpret_cast<std::uintptr_t>(self.ptr()) >> 4); });
}

void bind_attributes(ArrayClass& type) {
  type.def_prop_ro(
      "shape", [](const array& x) { return shape_tuple(x.shape()); }, "Extents as a tuple of ints.");
  type.def_prop_ro("ndim", &array::ndim, "Number of axes.");
  type.def_prop_ro(
      "size", [](const array& x) { return dim_object(dim_product(x.shape())); }, "Number of elements.");
  type.def_prop_ro("itemsize", &array::itemsize, "Bytes an element.");
  type.def_prop_ro(
      "nbytes", [](const array& x) { return dim_object(dim_multiply(dim_product(x.shape()), x.dtype().size())); },
      "Bytes of all elements.");
  type.def_prop_ro("dtype", &array::dtype, "The Dtype of the elements.");
  type.def_prop_ro(
      "T", [](const array& x) { return transpose(x); }, "The array with its axes reversed.");
  type.def_prop_ro(
      "mT",
      [](const array& x) {
        if (x.ndim() < 2) fail<ValueError>("[mT] An array of shape {} has no last two axes.", to_string(x.shape()));
        return swapaxes(x, -2, -1);
      },
      "The array with its last two axes swapped.");
  type.def("__len__", [](const array& x) {
    if (x.ndim() == 0) fail<TypeError>("[len] A 0-d array has no length.");
    return x.shape(0);
  });
}

}  // namespace

void bind_array(nb::module_& m) {
  ArrayClass type(m, "array", nb::type_slots(slots), nb::is_weak_referenceable(),
                  "An n-dimensional array. Lazy: values are computed when they are read, printed or given to mx.eval.");
  array_type() = reinterpret_cast<PyTypeObject*>(type.ptr());
  type.def(
      "__init__",
      [](array* self, nb::handle value, nb::handle dtype) {
        new (self) array(convert_object("array", value, optional_dtype("array", dtype), CopyMode::always));
      },
      nb::arg("val").none(), nb::arg("dtype") = nb::none(),
      "Makes an array from a number, nested lists, a NumPy array or any buffer; the elements are copied.");
  bind_attributes(type);
  bind_array_values(type);
  bind_operators(type);
  bind_index(m, type);
}

}  // namespace cermet::python
