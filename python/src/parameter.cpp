// Python's integers, numbers, strings, sequences and dtypes as C++ parameters.
#include "parameter.h"

#include "base/error.h"
#include "dim.h"
#include "function.h"

namespace cermet::python {

const char* Source::op() const { return function->op().c_str(); }

std::string Source::name() const {
  const std::string quoted = "`" + function->parameters()[index].name + "`";
  return is_item ? "Each item of " + quoted : quoted;
}

void Source::refuse(const std::string& what) const {
  fail<TypeError>("[{}] {} must be {}, not {}.", op(), name(), what, type_text(object));
}

bool is_integer_like(nb::handle object) {
  return PyLong_Check(object.ptr()) || (PyIndex_Check(object.ptr()) && as_array(object) == nullptr);
}

bool is_sequence(nb::handle object) {
  PyObject* const p = object.ptr();
  return PyList_Check(p) || PyTuple_Check(p) ||
         (PySequence_Check(p) && !PyUnicode_Check(p) && !PyBytes_Check(p) && !PyIndex_Check(p) && !PyDict_Check(p));
}

nb::object sequence_of(nb::handle object) {
  if (!is_sequence(object)) return {};
  nb::object items = nb::steal(PySequence_Fast(object.ptr(), "expected a sequence"));
  if (!items.is_valid()) throw nb::python_error();
  return items;
}

std::int64_t integer_of(const Source& source, std::int64_t low, std::int64_t high) {
  nb::object index = PyIndex_Check(source.object.ptr()) ? nb::steal(PyNumber_Index(source.object.ptr())) : nb::object();
  if (!index.is_valid()) {
    // An array that is no index says so itself (a traced one has its own error).
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_TypeError)) throw nb::python_error();
    PyErr_Clear();
    source.refuse("an integer");
  }
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
  if (overflow != 0 || value < low || value > high) {
    fail<ValueError>("[{}] {} is out of range: {}.", source.op(), source.name(), nb::cast<std::string>(nb::str(index)));
  }
  return value;
}

double double_of(const Source& source) {
  PyObject* const p = source.object.ptr();
  if (PyFloat_CheckExact(p)) return PyFloat_AS_DOUBLE(p);
  const double value = PyFloat_AsDouble(p);
  if (value == -1 && PyErr_Occurred()) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) throw nb::python_error();
    PyErr_Clear();
    source.refuse("a number");
  }
  return value;
}

bool bool_of(const Source& source) {
  PyObject* const p = source.object.ptr();
  if (p == Py_True || p == Py_False) return p == Py_True;
  const std::string type = type_text(source.object);
  if (type != "numpy.bool_" && type != "numpy.bool") source.refuse("True or False");
  return PyObject_IsTrue(p) == 1;
}

std::string string_of(const Source& source) {
  if (!PyUnicode_Check(source.object.ptr())) source.refuse("a string");
  Py_ssize_t size = 0;
  const char* const text = PyUnicode_AsUTF8AndSize(source.object.ptr(), &size);
  if (text == nullptr) throw nb::python_error();
  return {text, static_cast<std::size_t>(size)};
}

array array_of(const Source& source) {
  if (!is_operand(source.object)) source.refuse("an array or a number");
  return Argument(source.op(), source.object).value();
}

namespace {
Dim extent_of(const Source& source) {
  constexpr std::int64_t limit = 1LL << 60;
  const std::optional<Dim> dim = dim_of(source.object);
  return dim ? *dim : Dim(integer_of(source, -limit, limit));
}
}  // namespace

Converter<Dim>::Converter(const Source& s) : value_(extent_of(s)) {}

Converter<Shape>::Converter(const Source& s) {
  if (is_integer_like(s.object)) {
    value_.push_back(extent_of(s));
    return;
  }
  nb::object items = sequence_of(s.object);
  if (!items.is_valid()) s.refuse(what());
  if (s.is_variadic && PySequence_Fast_GET_SIZE(items.ptr()) == 1) {
    nb::object inner = sequence_of(PySequence_Fast_GET_ITEM(items.ptr(), 0));
    if (inner.is_valid()) items = std::move(inner);
  }
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(items.ptr());
  for (Py_ssize_t i = 0; i < count; ++i) {
    value_.push_back(extent_of(s.item(PySequence_Fast_GET_ITEM(items.ptr(), i))));
  }
}

Converter<Dtype>::Converter(const Source& s) {
  const auto dtype = s.object.is_none() ? std::nullopt : optional_dtype(s.op(), s.object);
  if (!dtype) s.refuse(what());
  value_ = *dtype;
}

}  // namespace cermet::python
