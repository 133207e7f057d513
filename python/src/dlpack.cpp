// DLPack, both ways: __dlpack__ and __dlpack_device__ of arrays, and the reading of other libraries' capsules.
#include <nanobind/nanobind.h>

#include <memory>

#include "base/error.h"
#include "bindings.h"
#include "deferred.h"
#include "dlpack_abi.h"
#include "interop.h"

namespace cermet::python {
namespace {

constexpr const char* plain_name = "dltensor";
constexpr const char* used_plain_name = "used_dltensor";
constexpr const char* versioned_name = "dltensor_versioned";
constexpr const char* used_versioned_name = "used_dltensor_versioned";

// ---- Out ----------------------------------------------------------------------------------------------------------

dlpack::DataType data_type(Dtype t) {
  const auto bits = static_cast<std::uint8_t>(t.size() * 8);
  const auto code = is_bool(t)             ? dlpack::code_bool
                    : is_unsigned(t)       ? dlpack::code_unsigned
                    : is_signed_integer(t) ? dlpack::code_int
                    : t == bfloat16        ? dlpack::code_bfloat
                    : is_complex(t)        ? dlpack::code_complex
                                           : dlpack::code_float;
  return {code, bits, 1};
}

/// What a capsule of the kind M points at; holds the memory, so that the deleter may run in any thread.
template <class M>
struct ExportedTensor {
  explicit ExportedTensor(Exported&& e)
      : held(std::move(e.buffer)), shape(std::move(e.shape)), strides(std::move(e.strides)) {
    dlpack::Tensor& t = managed.tensor;
    t.data = e.first;
    t.device = {dlpack::device_cpu, 0};
    t.ndim = static_cast<std::int32_t>(shape.size());
    t.dtype = data_type(e.dtype);
    t.shape = shape.data();
    t.strides = strides.data();
    t.byte_offset = 0;
    managed.context = this;
    managed.deleter = [](M* m) { delete static_cast<ExportedTensor*>(m->context); };
  }
  M managed{};
  runtime::BufferExport held;
  std::vector<std::int64_t> shape, strides;
};

/// A capsule that nobody consumed frees the tensor itself.
template <class M>
void destroy_capsule(PyObject* capsule) {
  const char* const name = std::is_same_v<M, dlpack::Managed> ? plain_name : versioned_name;
  if (PyCapsule_IsValid(capsule, name) == 0) return;
  auto* const managed = static_cast<M*>(PyCapsule_GetPointer(capsule, name));
  managed->deleter(managed);
}

template <class M>
nb::object capsule_of(std::unique_ptr<ExportedTensor<M>> tensor, const char* name) {
  nb::object capsule = nb::steal(PyCapsule_New(&tensor->managed, name, destroy_capsule<M>));
  if (!capsule.is_valid()) throw nb::python_error();
  tensor.release();
  return capsule;
}

[[noreturn]] void raise_buffer_error(const std::string& text) {
  PyErr_SetString(PyExc_BufferError, text.c_str());
  throw nb::python_error();
}

void require_cpu(nb::handle device) {
  if (device.is_none()) return;
  if (!PyTuple_Check(device.ptr()) || PyTuple_GET_SIZE(device.ptr()) != 2) {
    fail<TypeError>("[__dlpack__] `dl_device` must be a pair of integers or None, not {}.", type_text(device));
  }
  if (int_of("__dlpack__", "dl_device", device[0]) == dlpack::device_cpu &&
      int_of("__dlpack__", "dl_device", device[1]) == 0)
    return;
  raise_buffer_error("[__dlpack__] This array is on the CPU, DLPack's device (1, 0), and is not copied to another.");
}

/// True if the consumer can read versioned capsules.
bool wants_version(nb::handle max_version) {
  if (max_version.is_none()) return false;
  if (!PyTuple_Check(max_version.ptr()) || PyTuple_GET_SIZE(max_version.ptr()) < 1) {
    fail<TypeError>("[__dlpack__] `max_version` must be a pair of integers or None, not {}.", type_text(max_version));
  }
  return int_of("__dlpack__", "max_version", max_version[0]) >= 1;
}

nb::object export_dlpack(array& x, nb::handle stream, nb::handle max_version, nb::handle dl_device, nb::handle copy) {
  if (!stream.is_none()) {
    fail<ValueError>("[__dlpack__] `stream` must be None for an array on the CPU, not {}.", type_text(stream));
  }
  require_cpu(dl_device);
  const bool versioned = wants_version(max_version);
  const bool copies = copy_mode("__dlpack__", copy) == CopyMode::always;
  Exported e;
  if (copies) {
    evaluate_now(x, "__dlpack__");
    array own = independent_copy(x);
    e = export_memory(own, "__dlpack__");
  } else {
    e = export_memory(x, "__dlpack__");
  }
  const bool read_only = e.read_only;
  if (read_only && !versioned) {
    raise_buffer_error(
        "[__dlpack__] This array stands on read-only memory, which unversioned capsules cannot tell; ask for "
        "max_version=(1, 0) or copy=True.");
  }
  if (!versioned) {
    return capsule_of(std::make_unique<ExportedTensor<dlpack::Managed>>(std::move(e)), plain_name);
  }
  auto tensor = std::make_unique<ExportedTensor<dlpack::ManagedVersioned>>(std::move(e));
  tensor->managed.version = {1, 0};
  tensor->managed.flags = (read_only ? dlpack::flag_read_only : 0) | (copies ? dlpack::flag_is_copied : 0);
  return capsule_of(std::move(tensor), versioned_name);
}

// ---- In -----------------------------------------------------------------------------------------------------------

/// Calls the producer's deleter when the last array over the memory is gone.
template <class M>
struct ManagedOwner {
  M* managed;
  explicit ManagedOwner(M* m) : managed(m) {}
  ManagedOwner(const ManagedOwner&) = delete;
  ManagedOwner& operator=(const ManagedOwner&) = delete;
  ~ManagedOwner() {
    if (managed->deleter == nullptr) return;
    run_with_gil(
        [](void* held) {
          auto* const m = static_cast<M*>(held);
          m->deleter(m);
        },
        managed);
  }
};

void read_type(const char* op, const dlpack::DataType& type, Window& w) {
  w.wide_complex = type.code == dlpack::code_complex && type.bits == 128;
  if (w.wide_complex && type.lanes == 1) {
    w.dtype = complex64;
    return;
  }
  for (int i = 0; i < dtype_count; ++i) {
    w.dtype = Dtype(static_cast<Dtype::Val>(i));
    const dlpack::DataType mine = data_type(w.dtype);
    if (mine.code == type.code && mine.bits == type.bits && type.lanes == 1) return;
  }
  fail<TypeError>("[{}] DLPack elements of type code {}, {} bits and {} lanes have no dtype here.", op,
                  static_cast<int>(type.code), static_cast<int>(type.bits), type.lanes);
}

void require_host(const char* op, std::int64_t type) {
  if (type == dlpack::device_cpu || type == dlpack::device_cuda_host || type == dlpack::device_cuda_managed) return;
  fail<ValueError>(
      "[{}] The elements are on DLPack's device type {} (2 is CUDA), which this build cannot reach; move them to the "
      "CPU first.",
      op, type);
}

void read_tensor(const char* op, const dlpack::Tensor& t, Window& w) {
  require_host(op, t.device.type);
  read_type(op, t.dtype, w);
  if (t.ndim < 0 || (t.ndim > 0 && t.shape == nullptr)) fail<ValueError>("[{}] The capsule has no shape.", op);
  w.first = static_cast<char*>(t.data) + t.byte_offset;
  w.shape.assign(t.shape, t.shape + t.ndim);
  w.byte_strides.resize(w.shape.size());
  const std::int64_t size = t.dtype.bits / 8;
  std::int64_t packed = size;
  for (std::size_t axis = w.shape.size(); axis-- > 0;) {
    w.byte_strides[axis] = t.strides != nullptr ? t.strides[axis] * size : packed;
    packed *= std::max<std::int64_t>(w.shape[axis], 1);
  }
}

template <class M>
M* take_capsule(nb::handle capsule, const char* name, const char* used, Window& w) {
  auto* const managed = static_cast<M*>(PyCapsule_GetPointer(capsule.ptr(), name));
  if (managed == nullptr) throw nb::python_error();
  w.owner = std::make_shared<ManagedOwner<M>>(managed);
  PyCapsule_SetName(capsule.ptr(), used);  // ours now: the capsule no longer frees it
  return managed;
}

Window read_capsule(const char* op, nb::handle capsule) {
  Window w;
  if (PyCapsule_IsValid(capsule.ptr(), versioned_name) != 0) {
    const auto* const m = take_capsule<dlpack::ManagedVersioned>(capsule, versioned_name, used_versioned_name, w);
    if (m->version.major != 1) {
      raise_buffer_error(
          fmt::format("[{}] The capsule has DLPack's version {}; version 1 is known.", op, m->version.major));
    }
    w.read_only = (m->flags & dlpack::flag_read_only) != 0;
    read_tensor(op, m->tensor, w);
    return w;
  }
  if (PyCapsule_IsValid(capsule.ptr(), plain_name) != 0) {
    const auto* const m = take_capsule<dlpack::Managed>(capsule, plain_name, used_plain_name, w);
    read_tensor(op, m->tensor, w);
    return w;
  }
  const char* const name = PyCapsule_GetName(capsule.ptr());
  fail<ValueError>("[{}] The capsule \"{}\" holds no DLPack tensor, or one that was used already.", op,
                   name == nullptr ? "" : name);
}

/// Producers from before DLPack 1.0 know no keywords.
nb::object call_dlpack(nb::handle object, CopyMode mode) {
  nb::dict keywords;
  keywords["max_version"] = nb::make_tuple(1, 0);
  if (mode == CopyMode::always) keywords["copy"] = true;
  const nb::object method = object.attr("__dlpack__");
  try {
    return method(**keywords);
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_TypeError)) throw;
  }
  return method();
}

}  // namespace

bool has_dlpack(nb::handle object) {
  return PyCapsule_CheckExact(object.ptr()) != 0 || nb::hasattr(object, "__dlpack__");
}

Window dlpack_window(const char* op, nb::handle object, CopyMode mode) {
  if (PyCapsule_CheckExact(object.ptr()) != 0) return read_capsule(op, object);
  if (nb::hasattr(object, "__dlpack_device__")) {
    const nb::object device = object.attr("__dlpack_device__")();
    if (PyTuple_Check(device.ptr()) && PyTuple_GET_SIZE(device.ptr()) == 2) {
      const nb::object type = nb::steal(PyNumber_Long(device[0].ptr()));  // often an enum
      if (!type.is_valid()) throw nb::python_error();
      require_host(op, nb::cast<std::int64_t>(type));
    }
  }
  const nb::object capsule = call_dlpack(object, mode);
  if (PyCapsule_CheckExact(capsule.ptr()) == 0) {
    fail<TypeError>("[{}] __dlpack__ of a {} returned a {}, not a capsule.", op, type_text(object), type_text(capsule));
  }
  return read_capsule(op, capsule);
}

void bind_dlpack(nb::module_& m) {
  const nb::handle type(reinterpret_cast<PyObject*>(array_type()));
  nb::cpp_function_def([](array& x, nb::handle stream, nb::handle max_version, nb::handle dl_device,
                          nb::handle copy) { return export_dlpack(x, stream, max_version, dl_device, copy); },
                       nb::scope(type), nb::name("__dlpack__"), nb::is_method(), nb::kw_only(),
                       nb::arg("stream") = nb::none(), nb::arg("max_version") = nb::none(),
                       nb::arg("dl_device") = nb::none(), nb::arg("copy") = nb::none(),
                       "The array as a DLPack capsule that shares its memory (copy=True: a copy of it).");
  nb::cpp_function_def([](const array&) { return nb::make_tuple(static_cast<int>(dlpack::device_cpu), 0); },
                       nb::scope(type), nb::name("__dlpack_device__"), nb::is_method(), "(1, 0): the CPU.");
  m.def(
      "from_dlpack",
      [](nb::handle x, nb::handle copy) {
        const CopyMode mode = copy_mode("from_dlpack", copy);
        if (const array* const own = as_array(x)) {
          return wrap(mode == CopyMode::always ? independent_copy(*own) : array(*own));
        }
        if (!has_dlpack(x)) {
          fail<TypeError>("[from_dlpack] Expected an object with __dlpack__ or a DLPack capsule, not {}.",
                          type_text(x));
        }
        Window window = dlpack_window("from_dlpack", x, mode);
        const Dtype dtype = window.dtype;
        return wrap(from_window("from_dlpack", std::move(window), dtype, mode));
      },
      nb::arg("x").none(), nb::kw_only(), nb::arg("copy") = nb::none(),
      "from_dlpack(x, /, *, copy=None)\n\nAn array over the memory of an object with __dlpack__, of its dtype. Shares "
      "the memory where it can; copy=True copies, copy=False raises ValueError where sharing is impossible.");
}

}  // namespace cermet::python
