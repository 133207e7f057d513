// C++ exceptions as Python's, and the user's source lines for traces.
#include <string>

#include "base/error.h"
#include "bindings.h"
#include "transforms/compiled_function.h"
#include "transforms/trace.h"

namespace nb = nanobind;

namespace cermet::python {
namespace {

PyObject* trace_error_type = nullptr;

/// The innermost Python frame outside of this package: "model.py:12 in gelu".
std::string user_line() {
  const nb::gil_scoped_acquire gil;  // evaluation runs without it
  PyFrameObject* frame = PyEval_GetFrame();
  Py_XINCREF(frame);
  std::string line;
  while (frame != nullptr && line.empty()) {
    PyCodeObject* const code = PyFrame_GetCode(frame);
    const char* const file = PyUnicode_AsUTF8(code->co_filename);
    const std::string path = file == nullptr ? "" : file;
    if (path.find("/cermet/") == std::string::npos || path.find("/tests/") != std::string::npos) {
      const char* const function = PyUnicode_AsUTF8(code->co_name);
      line =
          path + ":" + std::to_string(PyFrame_GetLineNumber(frame)) + " in " + (function == nullptr ? "?" : function);
    }
    Py_DECREF(code);
    PyFrameObject* const outer = PyFrame_GetBack(frame);
    Py_DECREF(frame);
    frame = outer;
  }
  Py_XDECREF(frame);
  if (PyErr_Occurred()) PyErr_Clear();
  return line;
}

}  // namespace

void set_python_error(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (nb::python_error& e) {
    e.restore();
  } catch (const TraceError& e) {
    PyErr_SetString(trace_error_type, e.what());
  } catch (const ValueError& e) {
    PyErr_SetString(PyExc_ValueError, e.what());
  } catch (const TypeError& e) {
    PyErr_SetString(PyExc_TypeError, e.what());
  } catch (const IndexError& e) {
    PyErr_SetString(PyExc_IndexError, e.what());
  } catch (const OutOfMemoryError& e) {
    PyErr_SetString(PyExc_MemoryError, e.what());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& e) {
    PyErr_SetString(PyExc_RuntimeError, e.what());
  }
}

void bind_errors(nb::module_& m) {
  trace_error_type = PyErr_NewExceptionWithDoc(
      "cermet.core.TraceError",
      "The value of a traced array was read, or a traced array outlived its trace. The message names the function, the "
      "line and the way out.",
      PyExc_ValueError, nullptr);
  m.attr("TraceError") = nb::handle(trace_error_type);
  nb::register_exception_translator([](const std::exception_ptr& p, void*) {
    try {
      std::rethrow_exception(p);
    } catch (const Error&) {
      set_python_error(p);
    }
  });
  set_source_hook(user_line);
  set_wait_hooks({.enter = [] { return static_cast<void*>(PyEval_SaveThread()); },
                  .leave = [](void* state) { PyEval_RestoreThread(static_cast<PyThreadState*>(state)); }});
}

}  // namespace cermet::python
