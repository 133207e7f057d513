// Python's index expressions as Index items, and the slots that read and write by them.
#include "index.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "bindings.h"
#include "dim.h"

namespace cermet::python {

namespace {

[[noreturn]] void fail_item(nb::handle item) {
  fail<TypeError>(
      "[index] An index is made of integers, slices, None, Ellipsis, integer arrays and boolean masks (arrays, NumPy "
      "arrays or lists); {} is not supported.",
      type_text(item));
}

Index integer_item(nb::handle item) {
  const Py_ssize_t i = PyNumber_AsSsize_t(item.ptr(), PyExc_IndexError);
  if (i == -1 && PyErr_Occurred()) throw nb::python_error();
  constexpr Py_ssize_t limit = Py_ssize_t{1} << 60;  // beyond every extent
  return Index(static_cast<std::int64_t>(std::clamp(i, -limit, limit)));
}

/// An end of a slice that may be a dimension.
std::optional<Dim> slice_end(PyObject* end) {
  if (end == Py_None) return std::nullopt;
  if (const std::optional<Dim> dim = dim_of(end)) return dim;
  return integer_item(end).integer();
}

Index slice_item(nb::handle item) {
  const auto* const given = reinterpret_cast<const PySliceObject*>(item.ptr());
  if (is_dim(given->start) || is_dim(given->stop)) {
    Slice slice{slice_end(given->start), slice_end(given->stop), 1};
    if (given->step != Py_None) slice.step = integer_item(given->step).integer().value();
    return Index(slice);
  }
  Py_ssize_t start = 0, stop = 0, step = 0;
  if (PySlice_Unpack(item.ptr(), &start, &stop, &step) == 0) {
    constexpr Py_ssize_t limit = Py_ssize_t{1} << 60;
    return Index(Slice{std::clamp(start, -limit, limit), std::clamp(stop, -limit, limit), step});
  }
  nb::python_error error;
  const auto* const slice = reinterpret_cast<const PySliceObject*>(item.ptr());
  for (PyObject* end : {slice->start, slice->stop, slice->step}) {
    const array* const traced = as_array(end);
    if (traced == nullptr || !traced->is_traced()) continue;
    fail<TraceError>(
        "[index] The ends of a slice are numbers: the shape of the result depends on them, and inside a compiled "
        "function the values of an array (shape {}, dtype {}) are not known. A window of n elements from i on is "
        "x[i + mx.arange(n)] or mx.slice(x, i, axes=(0,), slice_size=...).",
        to_string(traced->shape()), name(traced->dtype()));
  }
  throw error;
}

/// A mask of no axes, from memory so that its value is known in a trace too.
Index truth_item(bool value) { return Index(array::from_memory(&value, bool_, Shape{}, bool_)); }

/// A range or another sequence of known length that is no text, no buffer and no array; it counts as a list.
bool is_other_sequence(nb::handle item) {
  PyObject* const p = item.ptr();
  if (!PySequence_Check(p) || PyUnicode_Check(p) || PyObject_CheckBuffer(p)) return false;
  if (PySequence_Size(p) >= 0) return true;
  PyErr_Clear();
  return false;
}

nb::object as_list(nb::handle sequence) {
  nb::object list = nb::steal(PySequence_List(sequence.ptr()));
  if (!list.is_valid()) throw nb::python_error();
  return list;
}

/// A list, a NumPy array or another object with a buffer: its values are copied, so they can be checked.
Index values_item(nb::handle item) {
  const array values = make_array(item, std::nullopt);
  const bool is_list = PyList_Check(item.ptr()) || PyTuple_Check(item.ptr());
  // An empty list has no type; as an index it picks nothing.
  if (is_list && values.size() == 0) return Index(array::from_memory(nullptr, int32, values.shape(), int32));
  return Index::checked(values);
}

bool has_values(nb::handle item) {
  PyObject* const p = item.ptr();
  if (PyUnicode_Check(p) || PyBytes_Check(p) || PyByteArray_Check(p) || PyFloat_Check(p) || PyComplex_Check(p))
    return false;
  return PyObject_CheckBuffer(p) || nb::hasattr(item, "__array__");
}

array& self_of(PyObject* self) {
  if (!nb::inst_ready(self)) fail<TypeError>("[array] The array was not initialized.");
  return *nb::inst_ptr<array>(nb::handle(self));
}

}  // namespace

IndexItems::IndexItems(nb::handle index) {
  if (!PyTuple_Check(index.ptr())) {
    add(index);
    return;
  }
  const Py_ssize_t count = PyTuple_GET_SIZE(index.ptr());
  items_.reserve(static_cast<std::size_t>(count));
  for (Py_ssize_t i = 0; i < count; ++i) add(PyTuple_GET_ITEM(index.ptr(), i));
}

void IndexItems::add(nb::handle item) {
  PyObject* const p = item.ptr();
  if (PyLong_CheckExact(p)) {
    items_.push_back(integer_item(item));
  } else if (const std::optional<Dim> dim = dim_of(item)) {
    items_.push_back(Index(*dim));
  } else if (PySlice_Check(p)) {
    items_.push_back(slice_item(item));
  } else if (p == Py_None) {
    items_.push_back(Index(newaxis));
  } else if (p == Py_Ellipsis) {
    items_.push_back(Index(ellipsis));
  } else if (const array* const indices = as_array(item)) {
    items_.push_back(Index(*indices));
  } else if (PyBool_Check(p)) {
    items_.push_back(truth_item(p == Py_True));
  } else if (PyList_Check(p) || PyTuple_Check(p)) {
    items_.push_back(values_item(item));
  } else if (has_values(item)) {
    // NumPy's scalars have a buffer too: integers are integers, booleans masks.
    const bool is_integer_scalar = PyIndex_Check(p) && !nb::hasattr(item, "__len__");
    items_.push_back(is_integer_scalar ? integer_item(item) : values_item(item));
  } else if (PyIndex_Check(p)) {
    items_.push_back(integer_item(item));
  } else if (is_other_sequence(item)) {
    items_.push_back(values_item(as_list(item)));
  } else {
    fail_item(item);
  }
}

AssignedValue::AssignedValue(nb::handle value, Dtype dtype) {
  if (const array* const x = as_array(value)) {
    operand_.emplace(*x);
  } else if (const auto scalar = weak_scalar_of(value)) {
    operand_.emplace(Operand::weak(scalar->first, scalar->second));
  } else if (const auto dim = dim_of(value)) {
    operand_.emplace(Operand::weak(*dim));
  } else if (is_operand(value) && !PyUnicode_Check(value.ptr()) && !PyBytes_Check(value.ptr())) {
    owned_.emplace(make_array(value, dtype));
    operand_.emplace(*owned_);
  } else if (is_other_sequence(value)) {
    owned_.emplace(make_array(as_list(value), dtype));
    operand_.emplace(*owned_);
  } else {
    fail<TypeError>("[index] A value to assign is a number, an array or nested lists of numbers, not {}.",
                    type_text(value));
  }
}

PyObject* array_subscript(PyObject* self, PyObject* key) noexcept {
  try {
    const array& x = self_of(self);
    const IndexItems items{nb::handle(key)};
    return wrap(index(x, items.items())).release().ptr();
  } catch (...) {
    set_python_error(std::current_exception());
    return nullptr;
  }
}

int array_assign_subscript(PyObject* self, PyObject* key, PyObject* value) noexcept {
  try {
    array& x = self_of(self);
    if (value == nullptr) fail<TypeError>("[index] Elements of an array cannot be deleted.");
    const AssignedValue assigned(value, x.dtype());
    const IndexItems items{nb::handle(key)};
    x.overwrite(index_update(x, items.items(), assigned));
    return 0;
  } catch (...) {
    set_python_error(std::current_exception());
    return -1;
  }
}

int array_contains(PyObject* self, PyObject* value) noexcept {
  try {
    const array& x = self_of(self);
    if (!is_operand(value)) return 0;
    const Argument element("in", value);
    return any(equal(x, element)).item().as_bool() ? 1 : 0;
  } catch (...) {
    set_python_error(std::current_exception());
    return -1;
  }
}

}  // namespace cermet::python
