// Arrays and the memory of other libraries: the buffer protocol, DLPack, NumPy.
#pragma once

#include <memory>

#include "convert.h"
#include "runtime/buffer.h"

namespace cermet::python {

/// What of an array other libraries may see and write: evaluated, every element at an address of its own.
struct Exported {
  runtime::BufferRef buffer;
  void* first = nullptr;
  Dtype dtype;
  std::vector<std::int64_t> shape, strides;  ///< Strides in elements.
  bool contiguous = true;
  bool read_only = false;
};

/// Evaluates `x` and describes its memory. Where elements share an address (a broadcast value), `x` is first pointed at
/// a copy in which they don't. Throws TraceError naming `action` for a traced array.
Exported export_memory(array& x, const char* action);

/// Evaluates without the GIL if there is something to evaluate. Throws TraceError naming `action` for a traced array.
void evaluate_now(const array& x, const char* action);

/// An array with memory of its own, whatever is written to the memory of `x` later; in a trace, the same value.
array independent_copy(const array& x);

/// What to do about memory that could be shared.
enum class CopyMode : unsigned char { if_needed, always, never };
CopyMode copy_mode(const char* op, nb::handle copy);

/// Elements of somebody else: what the buffer protocol and DLPack have in common.
struct Window {
  char* first = nullptr;
  Dtype dtype;
  bool wide_complex = false;  ///< Pairs of doubles; `dtype` is complex64.
  std::vector<std::int64_t> shape, byte_strides;
  bool read_only = false;
  std::shared_ptr<void> owner;  ///< Keeps the memory; may die in any thread.
};

/// An array over the window, shared or copied as `mode` says; ValueError where `never` cannot be kept.
array from_window(const char* op, Window window, Dtype dtype, CopyMode mode);

/// An array of an object with the buffer protocol (NumPy arrays, memoryview, bytes, array.array). Doubles become
/// float32 unless a dtype is given, as in MLX. TypeError for formats that have no dtype.
array from_buffer(const char* op, nb::handle object, std::optional<Dtype> dtype, CopyMode mode);

/// The elements of an object with __dlpack__, or of a capsule.
Window dlpack_window(const char* op, nb::handle object, CopyMode mode);
bool has_dlpack(nb::handle object);
/// Objects with memory of elements: a buffer, DLPack or __array__; not numbers and lists.
bool has_memory(nb::handle object);

/// What mx.array and mx.asarray do with any object.
array convert_object(const char* op, nb::handle object, std::optional<Dtype> dtype, CopyMode mode);

/// The slots of the array type for the buffer protocol.
int get_buffer(PyObject* object, Py_buffer* view, int flags) noexcept;
void release_buffer(PyObject* object, Py_buffer* view) noexcept;

/// Methods of the array class that read and copy its value.
void bind_array_values(nb::class_<array>& type);

}  // namespace cermet::python
