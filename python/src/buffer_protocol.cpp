// Arrays as exporters of the buffer protocol: NumPy, memoryview and others see their memory and may write to it.
#include <algorithm>
#include <memory>

#include "base/error.h"
#include "bindings.h"
#include "interop.h"

namespace cermet::python {
namespace {

const char* buffer_format(Dtype t) {
  constexpr const char* formats[] = {"?", "B", "H", "I", "Q", "b", "h", "i", "q", "e", nullptr, "f", "d", "Zf"};
  return formats[static_cast<int>(t.val)];
}

/// What one view keeps alive and points into.
struct BufferView {
  explicit BufferView(Exported&& e) : held(std::move(e.buffer)) {
    const auto size = static_cast<Py_ssize_t>(e.dtype.size());
    shape.assign(e.shape.begin(), e.shape.end());
    for (std::int64_t stride : e.strides) strides.push_back(stride * size);
  }
  runtime::BufferExport held;
  std::vector<Py_ssize_t> shape, strides;
};

[[noreturn]] void refuse(const char* message) {
  PyErr_SetString(PyExc_BufferError, message);
  throw nb::python_error();
}

bool asks(int flags, int what) { return (flags & what) == what; }

bool is_column_major(const Exported& e) {
  std::int64_t expected = 1;
  for (std::size_t axis = 0; axis < e.shape.size(); ++axis) {
    if (e.shape[axis] != 1 && e.strides[axis] != expected) return false;
    expected *= e.shape[axis];
  }
  return true;
}

void require_layout(const Exported& e, int flags) {
  const bool columns = is_column_major(e);
  if (asks(flags, PyBUF_ANY_CONTIGUOUS)) {
    if (e.contiguous || columns) return;
  } else if (asks(flags, PyBUF_F_CONTIGUOUS)) {
    if (columns) return;
  } else if (asks(flags, PyBUF_C_CONTIGUOUS) || !asks(flags, PyBUF_STRIDES)) {
    if (e.contiguous) return;
  } else {
    return;
  }
  refuse("[array] The array is a strided view; ask for its strides or make mx.contiguous(x).");
}

void fill(PyObject* object, Py_buffer* view, int flags) {
  array* const x = as_array(object);
  if (x == nullptr) refuse("[array] The array was never initialised.");
  const char* const format = buffer_format(x->dtype());
  if (format == nullptr && asks(flags, PyBUF_FORMAT)) {
    refuse("[array] bfloat16 has no buffer format; use numpy.asarray(x) with ml_dtypes, or x.astype(mx.float32).");
  }
  Exported e = export_memory(*x, "array");
  if (asks(flags, PyBUF_WRITABLE) && e.read_only) refuse("[array] The array stands on read-only memory.");
  require_layout(e, flags);
  Py_ssize_t count = 1;
  for (std::int64_t extent : e.shape) count *= extent;
  view->buf = e.first;
  view->itemsize = static_cast<Py_ssize_t>(e.dtype.size());
  view->len = count * view->itemsize;
  view->readonly = e.read_only ? 1 : 0;
  view->ndim = static_cast<int>(e.shape.size());
  auto held = std::make_unique<BufferView>(std::move(e));
  view->format = asks(flags, PyBUF_FORMAT) ? const_cast<char*>(format) : nullptr;
  view->shape = asks(flags, PyBUF_ND) ? held->shape.data() : nullptr;
  view->strides = asks(flags, PyBUF_STRIDES) ? held->strides.data() : nullptr;
  view->suboffsets = nullptr;
  view->internal = held.release();
  view->obj = Py_NewRef(object);
}

}  // namespace

int get_buffer(PyObject* object, Py_buffer* view, int flags) noexcept {
  view->obj = nullptr;
  try {
    fill(object, view, flags);
    return 0;
  } catch (...) {
    set_python_error(std::current_exception());
    return -1;
  }
}

void release_buffer(PyObject*, Py_buffer* view) noexcept { delete static_cast<BufferView*>(view->internal); }

}  // namespace cermet::python
