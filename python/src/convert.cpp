// Python values to Cermet's and back.
#include "convert.h"

#include <limits>

#include "array/dims.h"
#include "array/node_building.h"
#include "base/error.h"
#include "dim.h"
#include "interop.h"

namespace cermet::python {

PyTypeObject*& array_type() {
  static PyTypeObject* type = nullptr;
  return type;
}

std::string type_text(nb::handle object) { return Py_TYPE(object.ptr())->tp_name; }

array& require_array(const char* op, const char* name, nb::handle object) {
  array* const x = as_array(object);
  if (x == nullptr) fail<TypeError>("[{}] `{}` must be an array, not {}.", op, name, type_text(object));
  return *x;
}

namespace {

Literal integer_literal(nb::handle object) {
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
  if (overflow == 0) {
    if (value == -1 && PyErr_Occurred()) throw nb::python_error();
    return Literal::of_integer(int64, value);
  }
  if (overflow > 0) {
    const unsigned long long large = PyLong_AsUnsignedLongLong(object.ptr());
    if (!PyErr_Occurred()) return Literal::of_unsigned(uint64, large);
    PyErr_Clear();
  }
  fail<ValueError>("[array] The integer {} does not fit in 64 bits.", nb::cast<std::string>(nb::str(object)));
}

}  // namespace

std::optional<std::pair<Literal, WeakKind>> weak_scalar_of(nb::handle object) {
  PyObject* const p = object.ptr();
  if (PyFloat_CheckExact(p)) return {{Literal::of(float64, PyFloat_AS_DOUBLE(p)), WeakKind::floating}};
  if (PyBool_Check(p)) return {{Literal::of_integer(bool_, p == Py_True ? 1 : 0), WeakKind::boolean}};
  if (PyLong_Check(p)) return {{integer_literal(object), WeakKind::integer}};
  if (PyFloat_Check(p)) return {{Literal::of(float64, PyFloat_AS_DOUBLE(p)), WeakKind::floating}};
  if (PyComplex_Check(p)) {
    const Py_complex c = PyComplex_AsCComplex(p);
    return {{Literal::of_complex(complex64, {c.real, c.imag}), WeakKind::complex}};
  }
  return std::nullopt;
}

bool is_operand(nb::handle object) {
  PyObject* const p = object.ptr();
  return as_array(object) != nullptr || PyFloat_Check(p) || PyLong_Check(p) || PyComplex_Check(p) ||
         PyObject_CheckBuffer(p) || PyList_Check(p) || PyTuple_Check(p) || is_dim(object);
}

Argument::Argument(const char* op, nb::handle object) {
  if (const array* const x = as_array(object)) {
    operand_.emplace(*x);
    return;
  }
  if (const auto scalar = weak_scalar_of(object)) {
    operand_.emplace(Operand::weak(scalar->first, scalar->second));
    return;
  }
  if (const auto dim = dim_of(object)) {
    operand_.emplace(Operand::weak(*dim));
    return;
  }
  if (!is_operand(object)) {
    fail<TypeError>("[{}] Expected an array or a number, not {}.", op, type_text(object));
  }
  owned_.emplace(make_array(object, std::nullopt));
  operand_.emplace(*owned_);
}

array Argument::value() const {
  if (!operand_->is_weak()) return operand_->strong();
  if (operand_->is_symbolic()) return dim_scalar(operand_->dim(), int32, {});
  const Literal& literal = operand_->literal();
  const bool large = operand_->kind() == WeakKind::integer &&
                     (is_unsigned(literal.dtype) || literal.as_int64() > std::numeric_limits<std::int32_t>::max() ||
                      literal.as_int64() < std::numeric_limits<std::int32_t>::min());
  return array(large ? literal : literal.converted(default_dtype(operand_->kind())));
}

// ---- Arrays from nested sequences and buffers ---------------------------------------------------------------------

namespace {

/// Walks nested lists and tuples once for the shape and once for the values.
class NestedSequence {
 public:
  explicit NestedSequence(nb::handle object) { measure(object, 0); }

  array build(std::optional<Dtype> dtype) {
    if (!arrays_.empty()) return stack_arrays(dtype);
    const Dtype to = dtype.value_or(natural_dtype());
    std::vector<char> bytes(values_.size() * to.size());
    for (std::size_t i = 0; i < values_.size(); ++i) values_[i].converted(to).store(bytes.data() + i * to.size());
    return array::from_memory(bytes.data(), to, shape_, to);
  }

 private:
  void measure(nb::handle object, std::size_t depth) {
    if (PyList_Check(object.ptr()) || PyTuple_Check(object.ptr())) {
      const nb::object items = nb::steal(PySequence_Fast(object.ptr(), "expected a sequence"));
      const Py_ssize_t count = PySequence_Fast_GET_SIZE(items.ptr());
      if (depth == shape_.size()) {
        if (leaf_seen_) refuse();
        if (depth >= 32) fail<ValueError>("[array] Lists are nested more than 32 deep.");
        shape_.push_back(count);
      } else if (shape_[depth].value() != count) {
        refuse();
      }
      for (Py_ssize_t i = 0; i < count; ++i) measure(PySequence_Fast_GET_ITEM(items.ptr(), i), depth + 1);
      return;
    }
    add_leaf(object, depth);
  }

  void add_leaf(nb::handle object, std::size_t depth) {
    if (depth != shape_.size()) refuse();
    leaf_seen_ = true;
    if (const auto scalar = weak_scalar_of(object)) {
      kind_ = std::max(kind_, scalar->second);
      if (scalar->second == WeakKind::integer) {
        const Literal& v = scalar->first;
        large_ = large_ || is_unsigned(v.dtype) || v.as_int64() != static_cast<std::int32_t>(v.as_int64());
        unsigned_ = unsigned_ || is_unsigned(v.dtype);
        negative_ = negative_ || (!is_unsigned(v.dtype) && v.as_int64() < 0);
      }
      values_.push_back(scalar->first);
      if (!arrays_.empty()) {
        const bool wide = scalar->second == WeakKind::integer && large_;
        arrays_.emplace_back(wide ? scalar->first : scalar->first.converted(default_dtype(scalar->second)));
      }
      return;
    }
    if (!is_operand(object)) {
      fail<TypeError>("[array] Expected numbers, arrays or nested lists of them, found {}.", type_text(object));
    }
    if (arrays_.empty()) {
      for (const Literal& v : values_) arrays_.emplace_back(large_ ? v : v.converted(default_dtype(kind_)));
    }
    arrays_.push_back(make_array(object, std::nullopt));
  }

  [[noreturn]] static void refuse() {
    fail<ValueError>("[array] The nested lists are ragged: all lists of one level must have the same length.");
  }

  Dtype natural_dtype() const {
    if (values_.empty()) return float32;
    if (kind_ == WeakKind::integer && unsigned_ && negative_) {
      fail<ValueError>(
          "[array] No integer dtype holds both the negative numbers of the list and those above 2^63 - 1.");
    }
    if (kind_ == WeakKind::integer && unsigned_) return uint64;
    if (kind_ == WeakKind::integer && large_) return int64;
    return default_dtype(kind_);
  }

  // Lists of arrays stack along the list's axes.
  array stack_arrays(std::optional<Dtype> dtype) {
    Shape full = shape_;
    for (const array& x : arrays_) {
      if (!shapes_equal(x.shape(), arrays_[0].shape())) {
        fail<ValueError>("[array] Arrays in a list must have one shape, found {} and {}.",
                         to_string(arrays_[0].shape()), to_string(x.shape()));
      }
    }
    for (Dim d : arrays_[0].shape()) full.push_back(d);
    const array stacked = reshape(stack(arrays_, 0), full);
    return dtype ? astype(stacked, *dtype) : stacked;
  }

  Shape shape_;
  std::vector<Literal> values_;
  std::vector<array> arrays_;
  WeakKind kind_ = WeakKind::boolean;
  bool leaf_seen_ = false, large_ = false, unsigned_ = false, negative_ = false;
};

}  // namespace

array make_array(nb::handle object, std::optional<Dtype> dtype) {
  if (const array* const x = as_array(object)) return dtype ? astype(*x, *dtype) : array(*x);
  if (const auto dim = dim_of(object)) return dim_scalar(*dim, dtype.value_or(int32), {});
  if (const auto scalar = weak_scalar_of(object)) {
    if (dtype) return array(scalar->first.converted(*dtype));
    const Argument argument("array", object);
    return argument.value();
  }
  if (PyList_Check(object.ptr()) || PyTuple_Check(object.ptr())) return NestedSequence(object).build(dtype);
  if (PyObject_CheckBuffer(object.ptr())) return from_buffer("array", object, dtype, CopyMode::always);
  if (has_memory(object)) return convert_object("array", object, dtype, CopyMode::always);
  fail<TypeError>("[array] Cannot make an array of a {}; expected a number, an array, nested lists or a buffer.",
                  type_text(object));
}

// ---- Options ------------------------------------------------------------------------------------------------------

namespace {

/// The dtype that a NumPy dtype (numpy.dtype("int8")) or scalar type (numpy.int8) names.
std::optional<Dtype> numpy_dtype(nb::handle object) {
  std::string name;
  if (PyType_Check(object.ptr())) {
    name = reinterpret_cast<PyTypeObject*>(object.ptr())->tp_name;
    if (!name.starts_with("numpy.") && name != "ml_dtypes.bfloat16") return std::nullopt;
    name.erase(0, name.find('.') + 1);
  } else {
    if (!type_text(object).starts_with("numpy.dtype")) return std::nullopt;
    name = nb::cast<std::string>(nb::str(object.attr("name")));
  }
  if (name == "bool_") name = "bool";
  for (int i = 0; i < dtype_count; ++i) {
    const Dtype t(static_cast<Dtype::Val>(i));
    if (cermet::name(t) == name) return t;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Dtype> optional_dtype(const char* op, nb::handle object) {
  if (object.is_none()) return std::nullopt;
  Dtype out;
  if (nb::try_cast(object, out)) return out;
  if (object.is(reinterpret_cast<PyObject*>(&PyBool_Type))) return bool_;
  if (object.is(reinterpret_cast<PyObject*>(&PyLong_Type))) return int32;
  if (object.is(reinterpret_cast<PyObject*>(&PyFloat_Type))) return float32;
  if (object.is(reinterpret_cast<PyObject*>(&PyComplex_Type))) return complex64;
  if (const auto t = numpy_dtype(object)) return t;
  fail<TypeError>("[{}] `dtype` must be a Dtype like mx.float32, not {}.", op, type_text(object));
}

Dtype dtype_or(const char* op, nb::handle object, Dtype otherwise) {
  return optional_dtype(op, object).value_or(otherwise);
}

std::optional<Device> device_of(nb::handle object) {
  Device device;
  if (nb::try_cast(object, device, false)) return device;
  Device::DeviceType type{};
  if (nb::try_cast(object, type, false)) return Device(type);
  return std::nullopt;
}

StreamOrDevice stream_of(nb::handle object) {
  if (object.is_none()) return {};
  Stream stream;
  if (nb::try_cast(object, stream, false)) return stream;
  if (nb::isinstance<ThreadLocalStream>(object)) return nb::cast<const ThreadLocalStream&>(object).stream();
  if (const auto device = device_of(object)) {
    require_available(*device);
    return *device;
  }
  fail<TypeError>("[stream] `stream` must be a Stream, a Device, a DeviceType or None, not {}.", type_text(object));
}

int int_of(const char* op, const char* what, nb::handle object) {
  const nb::object index = nb::steal(PyNumber_Index(object.ptr()));
  if (!index.is_valid()) {
    PyErr_Clear();
    fail<TypeError>("[{}] `{}` must be an integer, not {}.", op, what, type_text(object));
  }
  const long value = PyLong_AsLong(index.ptr());
  if ((value == -1 && PyErr_Occurred()) || value != static_cast<int>(value)) {
    PyErr_Clear();
    fail<ValueError>("[{}] `{}` is out of range: {}.", op, what, nb::cast<std::string>(nb::str(object)));
  }
  return static_cast<int>(value);
}

std::optional<std::vector<int>> axes_of(const char* op, nb::handle object) {
  if (object.is_none()) return std::nullopt;
  std::vector<int> axes;
  if (PyList_Check(object.ptr()) || PyTuple_Check(object.ptr())) {
    for (nb::handle item : object) axes.push_back(int_of(op, "axis", item));
  } else {
    axes.push_back(int_of(op, "axis", object));
  }
  return axes;
}

Shape shape_of(const char* op, nb::handle object) {
  const auto extent = [&](nb::handle item) {
    if (const auto dim = dim_of(item)) return *dim;
    const nb::object index = nb::steal(PyNumber_Index(item.ptr()));
    if (!index.is_valid()) {
      PyErr_Clear();
      fail<TypeError>("[{}] A shape is made of integers, found {}.", op, type_text(item));
    }
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
    constexpr long long limit = 1LL << 60;
    if (overflow != 0 || value > limit || value < -limit) {
      fail<ValueError>("[{}] The extent {} is out of range.", op, nb::cast<std::string>(nb::str(item)));
    }
    return Dim(value);
  };
  Shape shape;
  if (PyList_Check(object.ptr()) || PyTuple_Check(object.ptr())) {
    for (nb::handle item : object) shape.push_back(extent(item));
  } else {
    shape.push_back(extent(object));
  }
  return shape;
}

nb::tuple shape_tuple(const Shape& shape) {
  PyObject* const tuple = PyTuple_New(static_cast<Py_ssize_t>(shape.size()));
  for (std::size_t i = 0; i < shape.size(); ++i) {
    PyObject* const extent =
        shape[i].is_constant() ? PyLong_FromLongLong(shape[i].value()) : dim_object(shape[i]).release().ptr();
    PyTuple_SET_ITEM(tuple, static_cast<Py_ssize_t>(i), extent);
  }
  return nb::steal<nb::tuple>(tuple);
}

nb::object wrap(array x) {
  nb::object object = nb::inst_alloc(reinterpret_cast<PyObject*>(array_type()));
  new (nb::inst_ptr<array>(object)) array(std::move(x));
  nb::inst_mark_ready(object);
  return object;
}

nb::object scalar_object(const Literal& value) {
  if (is_bool(value.dtype)) return nb::bool_(value.as_bool());
  if (is_unsigned(value.dtype)) return nb::int_(value.as_uint64());
  if (is_integer(value.dtype)) return nb::int_(value.as_int64());
  if (is_complex(value.dtype)) {
    return nb::steal(PyComplex_FromDoubles(value.as_complex().real(), value.as_complex().imag()));
  }
  return nb::float_(value.as_double());
}

nb::object to_list(const array& x) {
  if (x.ndim() == 0) return scalar_object(x.item());
  std::vector<char> bytes(std::max<std::size_t>(x.nbytes(), 1));
  x.copy_to(bytes.data());
  const char* next = bytes.data();
  const auto build = [&](auto&& self, std::size_t axis) -> nb::object {
    if (axis == x.shape().size()) {
      const Literal value = Literal::load(x.dtype(), next);
      next += x.itemsize();
      return scalar_object(value);
    }
    nb::list out;
    for (std::int64_t i = 0; i < x.shape()[axis].value(); ++i) out.append(self(self, axis + 1));
    return out;
  };
  return build(build, 0);
}

}  // namespace cermet::python
