// Sharing memory with other libraries: what exports and adoptions have in common, and the reading of buffers.
#include "interop.h"

#include <algorithm>
#include <complex>
#include <cstring>
#include <numeric>

#include "array/node_building.h"
#include "base/error.h"
#include "deferred.h"
#include "exec/eager.h"

namespace cermet::python {

// ---- Exports ------------------------------------------------------------------------------------------------------

void evaluate_now(const array& x, const char* action) {
  exec::NodeRef node = x.node();
  if (node->is_done()) return;
  if (node->is_traced()) {
    evaluated(x, action);
    return;
  }
  {
    const nb::gil_scoped_release release;
    exec::evaluate(std::span(&node, 1));
  }
  run_deferred();
}

namespace {

/// True unless every axis steps over all that the axes of smaller steps reach.
bool elements_overlap(const exec::Data& data) {
  std::vector<std::size_t> order(data.shape.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto step = [&](std::size_t axis) { return std::abs(data.strides[axis]); };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return step(a) < step(b); });
  std::int64_t reach = 0;
  for (std::size_t axis : order) {
    if (data.shape[axis] <= 1) continue;
    if (step(axis) <= reach) return true;
    reach += step(axis) * (data.shape[axis] - 1);
  }
  return false;
}

}  // namespace

Exported export_memory(array& x, const char* action) {
  evaluate_now(x, action);
  exec::NodeRef node = evaluated(x, action);
  if (x.size() > 0 && elements_overlap(node->data)) {
    const bool traced = x.is_traced();  // a captured array: its handle belongs to the trace
    const Recorder::Pause pause;
    array own = copy(array(node));
    evaluate_now(own, action);
    node = own.node();
    if (!traced) x.overwrite(node);
  }
  const exec::Data& data = node->data;
  Exported out;
  out.buffer = data.buffer;
  out.first = data.pointer();
  out.dtype = data.dtype;
  out.shape.assign(data.shape.begin(), data.shape.end());
  out.strides.assign(data.strides.begin(), data.strides.end());
  out.contiguous = data.contiguous;
  out.read_only = data.buffer->read_only();
  return out;
}

array independent_copy(const array& x) {
  if (Recorder::current() != nullptr) return x;  // values of a trace have no memory yet
  array own = copy(x);
  if (x.is_available()) evaluate_now(own, "copy");  // before anybody writes to the memory of `x`
  return own;
}

CopyMode copy_mode(const char* op, nb::handle copy) {
  if (copy.is_none()) return CopyMode::if_needed;
  if (copy.ptr() == Py_True) return CopyMode::always;
  if (copy.ptr() == Py_False) return CopyMode::never;
  fail<TypeError>("[{}] `copy` must be True, False or None, not {}.", op, type_text(copy));
}

// ---- Windows ------------------------------------------------------------------------------------------------------

namespace {

template <std::size_t size>
void gather_elements(const Window& w, std::size_t axis, const char* source, char*& destination) {
  const std::int64_t extent = w.shape[axis], step = w.byte_strides[axis];
  if (axis + 1 < w.shape.size()) {
    for (std::int64_t i = 0; i < extent; ++i) gather_elements<size>(w, axis + 1, source + i * step, destination);
    return;
  }
  for (std::int64_t i = 0; i < extent; ++i, destination += size) std::memcpy(destination, source + i * step, size);
}

void narrow_elements(const Window& w, std::size_t axis, const char* source, char*& destination) {
  if (axis < w.shape.size()) {
    for (std::int64_t i = 0; i < w.shape[axis]; ++i) {
      narrow_elements(w, axis + 1, source + i * w.byte_strides[axis], destination);
    }
    return;
  }
  std::complex<double> wide;
  std::memcpy(&wide, source, sizeof wide);
  const std::complex<float> narrow(wide);
  std::memcpy(destination, &narrow, sizeof narrow);
  destination += sizeof narrow;
}

void gather(const Window& w, char* destination) {
  if (w.wide_complex) return narrow_elements(w, 0, w.first, destination);
  if (w.shape.empty()) {
    std::memcpy(destination, w.first, w.dtype.size());
    return;
  }
  switch (w.dtype.size()) {
    case 1:
      return gather_elements<1>(w, 0, w.first, destination);
    case 2:
      return gather_elements<2>(w, 0, w.first, destination);
    case 4:
      return gather_elements<4>(w, 0, w.first, destination);
    default:
      return gather_elements<8>(w, 0, w.first, destination);
  }
}

Shape shape_of_window(const Window& w) {
  Shape shape;
  for (std::int64_t extent : w.shape) shape.push_back(extent);
  return shape;
}

bool is_packed(const Window& w) {
  if (w.wide_complex) return false;
  std::int64_t expected = w.dtype.size();
  for (std::size_t axis = w.shape.size(); axis-- > 0;) {
    if (w.shape[axis] != 1 && w.byte_strides[axis] != expected) return false;
    expected *= w.shape[axis];
  }
  return true;
}

array copy_of_window(const char* op, const Window& w, Dtype dtype) {
  const Shape shape = shape_of_window(w);
  const std::int64_t elements = checked_elements(shape, op).value();
  if (elements == 0 || is_packed(w)) return array::from_memory(w.first, w.dtype, shape, dtype);
  exec::Data data = exec::row_major({shape, w.dtype});
  data.buffer = runtime::allocate(static_cast<std::size_t>(elements) * w.dtype.size());
  gather(w, static_cast<char*>(data.buffer->data()));
  const array copied(exec::make_leaf(std::move(data), StreamOrDevice().stream));
  return dtype == w.dtype ? copied : astype(copied, dtype);
}

/// Why the window cannot stand as an array of `dtype`, or null.
const char* obstacle(const Window& w, Dtype dtype) {
  const auto size = static_cast<std::int64_t>(w.dtype.size());
  if (w.wide_complex) return "complex128 must become complex64";
  if (w.dtype == float64 && dtype == float32) return "float64 must become float32 (pass dtype=mx.float64 to keep it)";
  if (!(w.dtype == dtype)) return "its dtype must change";
  if (reinterpret_cast<std::uintptr_t>(w.first) % static_cast<std::uintptr_t>(size) != 0)
    return "it is not aligned for its dtype";
  for (std::size_t axis = 0; axis < w.shape.size(); ++axis) {
    if (w.shape[axis] > 1 && w.byte_strides[axis] % size != 0) return "its strides are no multiples of its item size";
  }
  return nullptr;
}

}  // namespace

array from_window(const char* op, Window window, Dtype dtype, CopyMode mode) {
  const char* const reason = mode == CopyMode::always ? nullptr : obstacle(window, dtype);
  if (reason != nullptr && mode == CopyMode::never) {
    fail<ValueError>("[{}] copy=False, but this memory cannot be used without a copy: {}.", op, reason);
  }
  if (reason != nullptr || mode == CopyMode::always) return copy_of_window(op, window, dtype);
  ForeignMemory memory;
  memory.first = window.first;
  memory.dtype = window.dtype;
  memory.shape = shape_of_window(window);
  for (std::int64_t stride : window.byte_strides) {
    memory.strides.push_back(stride / static_cast<std::int64_t>(window.dtype.size()));
  }
  memory.read_only = window.read_only;
  memory.release = [owner = std::move(window.owner)] {};  // the memory goes with the function
  return array::adopt(std::move(memory));
}

// ---- Buffers ------------------------------------------------------------------------------------------------------

namespace {

struct ViewOwner {
  Py_buffer* view = new Py_buffer{};
  ViewOwner() = default;
  ViewOwner(const ViewOwner&) = delete;
  ViewOwner& operator=(const ViewOwner&) = delete;
  ~ViewOwner() {
    run_with_gil(
        [](void* held) {
          auto* const released = static_cast<Py_buffer*>(held);
          PyBuffer_Release(released);
          delete released;
        },
        view);
  }
};

/// Sets dtype and wide_complex by a PEP 3118 format; otherwise TypeError.
void read_format(const char* op, const Py_buffer& view, Window& w) {
  const std::string given = view.format == nullptr ? "B" : view.format;
  const bool foreign_order = (given[0] == '>' || given[0] == '!') && view.itemsize > 1;
  if (foreign_order) {
    fail<TypeError>(
        "[{}] The elements are big-endian (format \"{}\"), which has no dtype here; swap them first, in NumPy with "
        "a.astype(a.dtype.newbyteorder(\"=\")).",
        op, given);
  }
  const std::string f = given.find_first_of("@=<>!") == 0 ? given.substr(1) : given;
  constexpr Dtype kinds[2][4] = {{uint8, uint16, uint32, uint64}, {int8, int16, int32, int64}};
  const int width = view.itemsize == 1 ? 0 : view.itemsize == 2 ? 1 : view.itemsize == 4 ? 2 : 3;
  w.wide_complex = f == "Zd";
  if (f == "?") {
    w.dtype = bool_;
  } else if (f == "e") {
    w.dtype = float16;
  } else if (f == "f") {
    w.dtype = float32;
  } else if (f == "d") {
    w.dtype = float64;
  } else if (f == "Zf" || f == "Zd") {
    w.dtype = complex64;
  } else if (f.size() == 1 && f.find_first_of("bhilqn") == 0) {
    w.dtype = kinds[1][width];
  } else if (f.size() == 1 && f.find_first_of("BHILQNc") == 0) {
    w.dtype = kinds[0][width];
  } else {
    fail<TypeError>(
        "[{}] Elements of format \"{}\" ({} bytes each) have no dtype here; booleans, integers, float16 to float64 and "
        "complex numbers do.",
        op, given, view.itemsize);
  }
}

/// str(object), or "" where that fails.
std::string text_of(nb::handle object) {
  const nb::object text = nb::steal(PyObject_Str(object.ptr()));
  const char* const utf8 = text.is_valid() ? PyUnicode_AsUTF8(text.ptr()) : nullptr;
  if (utf8 == nullptr) PyErr_Clear();
  return utf8 == nullptr ? "" : utf8;
}

/// The message of the Python error that is set, which is cleared.
std::string take_error_text() {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  const nb::object owned_type = nb::steal(type), owned_value = nb::steal(value), owned_trace = nb::steal(trace);
  return owned_value.is_valid() ? text_of(owned_value) : "";
}

bool is_numpy_bfloat16(nb::handle object) {
  if (!type_text(object).starts_with("numpy.")) return false;
  const nb::object dtype = nb::getattr(object, "dtype", nb::none());
  return !dtype.is_none() && text_of(dtype) == "bfloat16";
}

[[noreturn]] void refuse_elements(const char* op, nb::handle object, const std::string& reason) {
  const nb::object known = nb::getattr(object, "dtype", nb::none());
  const std::string dtype = known.is_none() ? "" : ", dtype " + text_of(known);
  fail<TypeError>("[{}] The memory of this {}{} has no dtype here: {}.", op, type_text(object), dtype, reason);
}

Window buffer_window(const char* op, nb::handle object) {
  const auto owner = std::make_shared<ViewOwner>();
  Py_buffer& view = *owner->view;
  if (PyObject_GetBuffer(object.ptr(), &view, PyBUF_RECORDS_RO) != 0) {
    if (as_array(object) != nullptr) throw nb::python_error();
    const std::string reason = take_error_text();
    if (!is_numpy_bfloat16(object)) refuse_elements(op, object, reason);
    Window bits = buffer_window(op, object.attr("view")("uint16"));  // ml_dtypes' type has no buffer format
    bits.dtype = bfloat16;
    return bits;
  }
  Window w;
  w.owner = owner;
  read_format(op, view, w);
  w.first = static_cast<char*>(view.buf);
  w.read_only = view.readonly != 0;
  std::int64_t packed = view.itemsize;
  for (int i = 0; i < view.ndim; ++i) w.shape.push_back(view.shape != nullptr ? view.shape[i] : view.len / packed);
  w.byte_strides.resize(w.shape.size());
  for (std::size_t axis = w.shape.size(); axis-- > 0;) {
    w.byte_strides[axis] = view.strides != nullptr ? view.strides[axis] : packed;
    packed *= w.shape[axis];
  }
  return w;
}

}  // namespace

array from_buffer(const char* op, nb::handle object, std::optional<Dtype> dtype, CopyMode mode) {
  Window window = buffer_window(op, object);
  const Dtype to = dtype.value_or(window.dtype == float64 ? float32 : window.dtype);
  return from_window(op, std::move(window), to, mode);
}

// ---- Any object ---------------------------------------------------------------------------------------------------

bool has_memory(nb::handle object) {
  if (PyList_Check(object.ptr()) || PyTuple_Check(object.ptr()) || PyType_Check(object.ptr())) return false;
  if (weak_scalar_of(object)) return false;
  return PyObject_CheckBuffer(object.ptr()) || has_dlpack(object) || nb::hasattr(object, "__array__");
}

array convert_object(const char* op, nb::handle object, std::optional<Dtype> dtype, CopyMode mode) {
  if (const array* const x = as_array(object)) {
    if (dtype && !(*dtype == x->dtype())) {
      if (mode == CopyMode::never) {
        fail<ValueError>("[{}] copy=False, but {} cannot become {} without a copy.", op, name(x->dtype()),
                         name(*dtype));
      }
      return astype(*x, *dtype);
    }
    return mode == CopyMode::always ? independent_copy(*x) : array(*x);
  }
  if (has_memory(object)) {
    if (PyObject_CheckBuffer(object.ptr())) return from_buffer(op, object, dtype, mode);
    if (has_dlpack(object)) {
      Window window = dlpack_window(op, object, mode);
      const Dtype to = dtype.value_or(window.dtype == float64 ? float32 : window.dtype);
      return from_window(op, std::move(window), to, mode);
    }
    return convert_object(op, object.attr("__array__")(), dtype, mode);
  }
  if (mode == CopyMode::never) {
    fail<ValueError>("[{}] copy=False, but a {} has no memory that an array could share.", op, type_text(object));
  }
  return make_array(object, dtype);
}

}  // namespace cermet::python
