// Python values to Cermet's and back: scalars, nested lists, buffers, dtypes, streams, axes, shapes.
#pragma once

#include <cermet/cermet.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <optional>
#include <string>
#include <vector>

namespace nb = nanobind;

namespace cermet::python {

/// The Python type of arrays, set once by bind_array.
PyTypeObject*& array_type();
/// The array inside a Python object, or null; also null for array.__new__(array), which holds nothing yet.
inline array* as_array(nb::handle object) {
  PyTypeObject* const type = Py_TYPE(object.ptr());
  if (type != array_type() && !PyType_IsSubtype(type, array_type())) return nullptr;
  return nb::inst_ready(object) ? nb::inst_ptr<array>(object) : nullptr;
}
/// The array inside; otherwise TypeError "[op] `name` must be an array, not list."
array& require_array(const char* op, const char* name, nb::handle object);

/// "int", "list", ...: the name of an object's type for messages.
std::string type_text(nb::handle object);

/// One argument of an op: an array, a weak Python scalar, or something that becomes an array (list, NumPy array).
class Argument {
 public:
  Argument(const char* op, nb::handle object);
  Argument(const Argument&) = delete;
  Argument& operator=(const Argument&) = delete;
  operator const Operand&() const { return *operand_; }
  const Operand& operand() const { return *operand_; }
  /// The value as an array of its own; weak scalars take their default dtype.
  array value() const;

 private:
  std::optional<array> owned_;
  std::optional<Operand> operand_;
};

/// True for what Argument takes: arrays, Python and NumPy scalars, lists, tuples, objects with a buffer.
bool is_operand(nb::handle object);
/// A Python or NumPy scalar as a constant in the widest dtype of its kind, or nothing.
std::optional<std::pair<Literal, WeakKind>> weak_scalar_of(nb::handle object);

/// An array of a scalar, nested sequences, an array (its value: no copy) or a buffer like NumPy's (copied).
array make_array(nb::handle object, std::optional<Dtype> dtype);

std::optional<Dtype> optional_dtype(const char* op, nb::handle object);
Dtype dtype_or(const char* op, nb::handle object, Dtype otherwise);
/// A Device, or the first device of a DeviceType.
std::optional<Device> device_of(nb::handle object);
/// A Stream, a ThreadLocalStream, a device, or None for the thread's default.
StreamOrDevice stream_of(nb::handle object);
/// None: nullopt; an int or a sequence of ints.
std::optional<std::vector<int>> axes_of(const char* op, nb::handle object);
int int_of(const char* op, const char* what, nb::handle object);
/// An int or a sequence of ints.
Shape shape_of(const char* op, nb::handle object);
nb::tuple shape_tuple(const Shape& shape);

/// A new Python object that holds `x`.
nb::object wrap(array x);
nb::object scalar_object(const Literal& value);
nb::object to_list(const array& x);

}  // namespace cermet::python
