// Files: reading from paths and from bytes in memory, writing to paths and to Python's file objects. The functions with
// MLX's names and the handling of file objects are in cermet/_files.py.
#include <cermet/io.h>

#include "bindings.h"
#include "convert.h"
#include "deferred.h"
#include "interop.h"
#include "io/npy.h"
#include "io/npz.h"
#include "io/safetensors.h"

namespace cermet::python {
namespace {

/// Calls without the GIL; a FileError becomes the OSError of its errno (FileNotFoundError, PermissionError ...).
template <class F>
auto with_files(F&& work) {
  try {
    const nb::gil_scoped_release release;
    return work();
  } catch (const FileError& e) {
    const nb::object error = nb::handle(PyExc_OSError)(e.code(), e.what(), e.file());
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
    throw nb::python_error();
  }
}

/// The bytes of a Python object with a buffer, which live as long as arrays stand on them.
io::Bytes bytes_of(nb::handle object, std::string name) {
  auto* const view = new Py_buffer;
  if (PyObject_GetBuffer(object.ptr(), view, PyBUF_SIMPLE) != 0) {
    delete view;
    throw nb::python_error();
  }
  std::shared_ptr<const void> owner(view->buf, [view](const void*) {
    const nb::gil_scoped_acquire gil;
    PyBuffer_Release(view);
    delete view;
  });
  return {static_cast<const std::byte*>(view->buf), static_cast<std::size_t>(view->len), std::move(owner),
          std::move(name)};
}

/// Either a path, or bytes and what to call them.
io::Bytes source(nb::handle path, nb::handle bytes) {
  std::string name = nb::cast<std::string>(nb::str(path));
  if (!bytes.is_none()) return bytes_of(bytes, std::move(name));
  const std::string file = nb::cast<std::string>(path);
  return with_files([&] { return io::read_file(file); });
}

/// UTF-8 as a str; ValueError naming the file for anything else.
nb::object text(const std::string& value, const std::string& file) {
  PyObject* const out = PyUnicode_DecodeUTF8(value.data(), static_cast<Py_ssize_t>(value.size()), nullptr);
  if (out != nullptr) return nb::steal(out);
  PyErr_Clear();
  fail<ValueError>("[load] {}: a name in it is not UTF-8.", file);
}

nb::dict dict_of(const NamedArrays& arrays, const std::string& file) {
  nb::dict out;
  for (const auto& [name, value] : arrays) out[text(name, file)] = wrap(value);
  return out;
}

/// Names and arrays of a dict, which Python has checked; evaluated.
NamedArrays named_arrays(nb::dict dict, const char* op) {
  NamedArrays out;
  std::vector<array> values;
  for (auto [key, value] : dict) {
    out.emplace_back(nb::cast<std::string>(key), *as_array(value));
    values.push_back(out.back().second);
  }
  for (const array& x : values) {
    if (x.is_traced()) evaluate_now(x, op);  // throws
  }
  {
    const nb::gil_scoped_release release;
    eval(values);
  }
  run_deferred();
  return out;
}

/// Writes to a path, or in pieces to a Python function.
void write(nb::handle destination, std::string_view extension, const std::function<void(const io::Sink&)>& content) {
  if (PyUnicode_Check(destination.ptr()) != 0) {
    const std::string file = io::with_extension(nb::cast<std::string>(destination), extension);
    with_files([&] { io::write_file(file, content); });
    return;
  }
  content([&](const void* data, std::size_t size) {
    if (size == 0) return;
    const nb::object view = nb::steal(PyMemoryView_FromMemory(static_cast<char*>(const_cast<void*>(data)),
                                                              static_cast<Py_ssize_t>(size), PyBUF_READ));
    destination(view);
  });
}

Metadata metadata_of(nb::dict dict) {
  Metadata out;
  for (auto [key, value] : dict) out.emplace_back(nb::cast<std::string>(key), nb::cast<std::string>(value));
  return out;
}

}  // namespace

void bind_io(nb::module_& m) {
  m.def(
      "_load_npy",
      [](nb::handle path, nb::handle bytes) {
        const io::Bytes from = source(path, bytes);
        std::size_t end = 0;
        array x = io::read_npy(from, &end);
        return nb::make_tuple(wrap(std::move(x)), end);
      },
      nb::arg("path"), nb::arg("bytes").none());
  m.def(
      "_load_npz",
      [](nb::handle path, nb::handle bytes) {
        const io::Bytes from = source(path, bytes);
        return dict_of(io::read_npz(from), from.name);
      },
      nb::arg("path"), nb::arg("bytes").none());
  m.def(
      "_load_safetensors",
      [](nb::handle path, nb::handle bytes) {
        const io::Bytes from = source(path, bytes);
        const Safetensors found = io::read_safetensors(from);
        nb::dict metadata;
        for (const auto& [key, value] : found.metadata) metadata[text(key, from.name)] = text(value, from.name);
        return nb::make_tuple(dict_of(found.arrays, from.name), metadata);
      },
      nb::arg("path"), nb::arg("bytes").none());
  m.def("_save_npy", [](nb::handle destination, nb::handle x) {
    const array value = *as_array(x);
    evaluate_now(value, "save");
    write(destination, ".npy", [&](const io::Sink& sink) { io::write_npy(value, sink); });
  });
  m.def("_save_npz", [](nb::handle destination, nb::dict dict, bool compressed) {
    const NamedArrays arrays = named_arrays(dict, "savez");
    write(destination, ".npz", [&](const io::Sink& sink) { io::write_npz(arrays, compressed, sink); });
  });
  m.def("_save_safetensors", [](nb::handle destination, nb::dict dict, nb::dict metadata) {
    const NamedArrays arrays = named_arrays(dict, "save_safetensors");
    const io::SafetensorsLayout layout = io::lay_out(arrays, metadata_of(metadata));
    write(destination, ".safetensors", [&](const io::Sink& sink) { io::write_safetensors(arrays, layout, sink); });
  });
}

}  // namespace cermet::python
