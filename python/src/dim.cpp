// See dim.h.
#include "dim.h"

#include <nanobind/stl/string.h>

#include "array/dims.h"
#include "array/recorder.h"
#include "array/symbols.h"
#include "base/error.h"

namespace cermet::python {

PyTypeObject*& dim_type() {
  static PyTypeObject* type = nullptr;
  return type;
}

namespace {

TraceSymbols* current_symbols() {
  const Recorder* recorder = Recorder::current();
  return recorder == nullptr ? nullptr : recorder->symbols();
}

bool is_alive(const TracedDim& dim) {
  const TraceSymbols* symbols = current_symbols();
  return symbols != nullptr && symbols->id() == dim.symbols;
}

Dim checked(const TracedDim& dim) {
  if (!is_alive(dim)) {
    fail<TraceError>(
        "a dimension of a traced array was used outside of the compiled function that it belongs to (stored in a "
        "variable that outlives it, most likely); use it inside, or store int(dimension), which is traced again for "
        "every other value");
  }
  return resolved(dim.value);
}

/// A Dim or an int that fits a dimension; nothing otherwise.
std::optional<Dim> operand_of(nb::handle object) {
  if (const auto dim = dim_of(object)) return dim;
  if (!PyLong_Check(object.ptr())) return std::nullopt;
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
  constexpr long long limit = 1LL << 60;
  if (overflow != 0 || value > limit || value < -limit) return std::nullopt;
  return Dim(value);
}

nb::object as_int(const TracedDim& dim) { return nb::int_(checked(dim).value()); }

/// The operation of Python's ints on the numbers, for which alone the trace holds then.
using Fallback = PyObject* (*)(PyObject*, PyObject*);

nb::object numbers(Fallback function, nb::handle left, nb::handle right) {
  const auto number = [](nb::handle x) {
    return is_dim(x) ? as_int(nb::cast<const TracedDim&>(x)) : nb::borrow<nb::object>(x);
  };
  const nb::object a = number(left), b = number(right);
  if (!PyNumber_Check(a.ptr()) || !PyNumber_Check(b.ptr())) return nb::borrow(Py_NotImplemented);
  nb::object out = nb::steal(function(a.ptr(), b.ptr()));
  if (!out.is_valid()) throw nb::python_error();
  return out;
}

bool is_plain_number(nb::handle object) {
  PyObject* const p = object.ptr();
  return is_dim(object) || PyLong_Check(p) || PyFloat_Check(p) || PyComplex_Check(p);
}

using Arithmetic = Dim (*)(Dim, Dim);
using DimClass = nb::class_<TracedDim>;

void bind_binary(DimClass& type, const char* name, const char* reflected, Arithmetic symbolic, Fallback fallback) {
  const auto apply = [symbolic, fallback](nb::handle a, nb::handle b) -> nb::object {
    if (!is_plain_number(a) || !is_plain_number(b)) return nb::borrow(Py_NotImplemented);  // arrays do it themselves
    if (symbolic != nullptr) {
      const auto x = operand_of(a), y = operand_of(b);
      if (x && y) return dim_object(symbolic(*x, *y));
    }
    return numbers(fallback, a, b);
  };
  type.def(
      name, [apply](nb::handle self, nb::handle other) { return apply(self, other); }, nb::arg("other").none(),
      nb::is_operator());
  type.def(
      reflected, [apply](nb::handle self, nb::handle other) { return apply(other, self); }, nb::arg("other").none(),
      nb::is_operator());
}

Dim checked_floordiv(Dim a, Dim b) {
  if (dim_equal(b, 0)) {
    PyErr_SetString(PyExc_ZeroDivisionError, "integer division or modulo by zero");
    throw nb::python_error();
  }
  return dim_floordiv(a, b);
}
Dim checked_mod(Dim a, Dim b) {
  static_cast<void>(checked_floordiv(a, b));
  return dim_mod(a, b);
}

template <int op>
PyObject* compared(PyObject* a, PyObject* b) {
  return PyObject_RichCompare(a, b, op);
}

void bind_comparison(DimClass& type, const char* name, bool (*symbolic)(Dim, Dim), Fallback fallback) {
  type.def(
      name,
      [symbolic, fallback](nb::handle self, nb::handle other) -> nb::object {
        if (!is_plain_number(other)) return nb::borrow(Py_NotImplemented);
        const auto x = operand_of(self), y = operand_of(other);
        return x && y ? nb::object(nb::bool_(symbolic(*x, *y))) : numbers(fallback, self, other);
      },
      nb::arg("other").none(), nb::is_operator());
}

PyObject* power(PyObject* a, PyObject* b) { return PyNumber_Power(a, b, Py_None); }

nb::object powered(nb::handle self, nb::handle exponent) {
  constexpr long small = 4;
  const bool is_small =
      PyLong_CheckExact(exponent.ptr()) && PyLong_AsLong(exponent.ptr()) >= 0 && PyLong_AsLong(exponent.ptr()) <= small;
  if (PyErr_Occurred()) PyErr_Clear();
  if (!is_plain_number(exponent)) return nb::borrow(Py_NotImplemented);
  if (!is_small) return numbers(power, self, exponent);
  Dim product = 1;
  for (long i = PyLong_AsLong(exponent.ptr()); i > 0; --i) product = dim_multiply(product, *dim_of(self));
  return dim_object(product);
}

void bind_numbers(DimClass& type) {
  bind_binary(type, "__add__", "__radd__", dim_add, PyNumber_Add);
  bind_binary(type, "__sub__", "__rsub__", dim_subtract, PyNumber_Subtract);
  bind_binary(type, "__mul__", "__rmul__", dim_multiply, PyNumber_Multiply);
  bind_binary(type, "__floordiv__", "__rfloordiv__", checked_floordiv, PyNumber_FloorDivide);
  bind_binary(type, "__mod__", "__rmod__", checked_mod, PyNumber_Remainder);
  bind_binary(type, "__truediv__", "__rtruediv__", nullptr, PyNumber_TrueDivide);
  bind_binary(type, "__and__", "__rand__", nullptr, PyNumber_And);
  bind_binary(type, "__or__", "__ror__", nullptr, PyNumber_Or);
  bind_binary(type, "__xor__", "__rxor__", nullptr, PyNumber_Xor);
  bind_binary(type, "__lshift__", "__rlshift__", nullptr, PyNumber_Lshift);
  bind_binary(type, "__rshift__", "__rrshift__", nullptr, PyNumber_Rshift);
  type.def("__pow__", powered, nb::arg("exponent").none(), nb::is_operator());
  type.def(
      "__rpow__", [](nb::handle self, nb::handle base) { return numbers(power, base, self); }, nb::arg("base").none(),
      nb::is_operator());
  const auto quotient_and_rest = [](nb::handle a, nb::handle b) -> nb::object {
    const auto x = operand_of(a), y = operand_of(b);
    if (!x || !y) return numbers(PyNumber_Divmod, a, b);
    return nb::make_tuple(dim_object(checked_floordiv(*x, *y)), dim_object(checked_mod(*x, *y)));
  };
  type.def(
      "__divmod__", [quotient_and_rest](nb::handle self, nb::handle other) { return quotient_and_rest(self, other); },
      nb::is_operator());
  type.def(
      "__rdivmod__", [quotient_and_rest](nb::handle self, nb::handle other) { return quotient_and_rest(other, self); },
      nb::is_operator());
  type.def("__neg__", [](const TracedDim& d) { return dim_object(dim_subtract(0, checked(d))); });
  type.def("__pos__", [](const TracedDim& d) { return dim_object(checked(d)); });
  type.def("__abs__", [](const TracedDim& d) {
    const Dim value = checked(d);
    return dim_object(dim_less(value, 0) ? dim_subtract(0, value) : value);
  });
  type.def("__invert__", [](const TracedDim& d) { return dim_object(dim_subtract(-1, checked(d))); });
}

void bind_questions(DimClass& type) {
  bind_comparison(type, "__eq__", dim_equal, compared<Py_EQ>);
  bind_comparison(
      type, "__ne__", [](Dim a, Dim b) { return !dim_equal(a, b); }, compared<Py_NE>);
  bind_comparison(type, "__lt__", dim_less, compared<Py_LT>);
  bind_comparison(
      type, "__le__", [](Dim a, Dim b) { return !dim_less(b, a); }, compared<Py_LE>);
  bind_comparison(
      type, "__gt__", [](Dim a, Dim b) { return dim_less(b, a); }, compared<Py_GT>);
  bind_comparison(
      type, "__ge__", [](Dim a, Dim b) { return !dim_less(a, b); }, compared<Py_GE>);
  type.def("__bool__", [](const TracedDim& d) { return !dim_equal(checked(d), 0); });
}

/// NumPy's functions (np.sqrt(d), np.float32(2) * d) get the number.
nb::object numpy_function(nb::handle, nb::handle function, const nb::str& method, nb::args inputs, nb::kwargs options) {
  nb::list numbers;
  for (nb::handle x : inputs) {
    numbers.append(is_dim(x) ? as_int(nb::cast<const TracedDim&>(x)) : nb::borrow<nb::object>(x));
  }
  const nb::object bound = nb::getattr(function, method);
  nb::object out = nb::steal(PyObject_Call(bound.ptr(), nb::tuple(numbers).ptr(), options.ptr()));
  if (!out.is_valid()) throw nb::python_error();
  return out;
}

/// What needs the number: the trace holds for this one only.
void bind_specialisations(DimClass& type) {
  for (const char* const name : {"__index__", "__int__", "__trunc__", "__floor__", "__ceil__"}) type.def(name, as_int);
  type.def(
      "__round__", [](const TracedDim& d, nb::handle) { return as_int(d); }, nb::arg("digits") = nb::none());
  type.def("__float__", [](const TracedDim& d) { return static_cast<double>(checked(d).value()); });
  type.def("__complex__", [](const TracedDim& d) {
    return nb::steal(PyComplex_FromDoubles(static_cast<double>(checked(d).value()), 0));
  });
  type.def("__hash__", [](const TracedDim& d) { return nb::hash(as_int(d)); });
  type.def("__array_ufunc__", numpy_function);
  type.def("__format__", [](nb::handle self, const std::string& spec) {
    if (spec.empty()) return nb::str(self);
    return nb::str(as_int(nb::cast<const TracedDim&>(self)).attr("__format__")(spec));
  });
}

std::string text_of(const TracedDim& d) {
  if (!is_alive(d)) return "Dim(of a finished trace)";
  const Dim value = resolved(d.value);
  return fmt::format("Dim({}; hint {})", current_dims().print(value), dim_hint(value));
}

}  // namespace

std::optional<Dim> dim_of(nb::handle object) {
  if (!is_dim(object)) return std::nullopt;
  return checked(*nb::inst_ptr<TracedDim>(object));
}

nb::object dim_object(Dim value) {
  value = resolved(value);
  if (value.is_constant()) return nb::int_(value.value());
  return nb::cast(TracedDim{value, current_symbols()->id()});
}

void bind_dim(nb::module_& m) {
  DimClass type(m, "Dim",
                "An extent of an array inside a function compiled with shapeless=True. It is used like an int: sums, "
                "differences, products, // and % stay symbolic and hold for every call; comparisons are answered for "
                "the call that is traced and checked at the others; what needs the number itself (int(), float(), "
                "range(), hash(), /) makes the trace hold for this number only.");
  dim_type() = reinterpret_cast<PyTypeObject*>(type.ptr());
  bind_numbers(type);
  bind_questions(type);
  bind_specialisations(type);
  type.def("__repr__", text_of);
}

}  // namespace cermet::python
