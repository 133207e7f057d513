// Looks for an array among the variables that a function can reach.
#include "capture_names.h"

#include <optional>

namespace cermet::python {
namespace {

/// Below a variable: lists, tuples, dicts and modules, a few levels deep. Runs no code of the user's.
std::optional<std::string> path_to(nb::handle value, const exec::NodeRef& node, int levels) {
  PyObject* const p = value.ptr();
  if (const array* const x = as_array(value)) {
    return x->node() == node ? std::optional<std::string>("") : std::nullopt;
  }
  if (levels == 0) return std::nullopt;
  if (PyList_Check(p) || PyTuple_Check(p)) {
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(p); ++i) {
      const auto rest = path_to(PySequence_Fast_GET_ITEM(p, i), node, levels - 1);
      if (rest) return fmt::format("[{}]{}", i, *rest);
    }
  } else if (PyDict_Check(p)) {
    PyObject *key = nullptr, *item = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(p, &at, &key, &item) != 0;) {
      const auto rest = path_to(item, node, levels - 1);
      if (rest && (PyUnicode_CheckExact(key) || PyLong_CheckExact(key))) {
        return fmt::format("[{}]{}", nb::cast<std::string>(nb::repr(key)), *rest);
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> path_in_attributes(nb::handle object, const exec::NodeRef& node) {
  constexpr int levels = 4;
  if (const auto rest = path_to(object, node, levels)) return rest;
  PyObject* const dict = PyObject_GenericGetDict(object.ptr(), nullptr);
  if (dict == nullptr) {
    PyErr_Clear();
    return std::nullopt;
  }
  const nb::object held = nb::steal(dict);
  PyObject *key = nullptr, *item = nullptr;
  for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &key, &item) != 0;) {
    const auto rest = path_to(item, node, levels);
    if (rest && PyUnicode_CheckExact(key)) return "." + nb::cast<std::string>(nb::str(key)) + *rest;
  }
  return std::nullopt;
}

std::string in_variable(nb::handle name, nb::handle value, const exec::NodeRef& node) {
  const auto rest = path_in_attributes(value, node);
  return rest ? "`" + nb::cast<std::string>(nb::str(name)) + *rest + "`" : "";
}

std::string in_code(nb::handle function, const exec::NodeRef& node) {
  PyObject* const p = function.ptr();
  const nb::handle code(PyFunction_GET_CODE(p));
  const nb::object free_names = code.attr("co_freevars"), global_names = code.attr("co_names");
  if (PyObject* const closure = PyFunction_GET_CLOSURE(p)) {
    for (std::size_t i = 0; i < nb::len(free_names); ++i) {
      PyObject* const value = PyCell_GET(PyTuple_GET_ITEM(closure, static_cast<Py_ssize_t>(i)));
      if (value == nullptr) continue;
      std::string found = in_variable(nb::object(free_names[i]), value, node);
      if (!found.empty()) return found;
    }
  }
  for (nb::handle name : global_names) {
    PyObject* const value = PyDict_GetItem(PyFunction_GET_GLOBALS(p), name.ptr());
    if (value == nullptr || PyModule_Check(value)) continue;
    std::string found = in_variable(name, value, node);
    if (!found.empty()) return found;
  }
  PyObject* const defaults = PyFunction_GET_DEFAULTS(p);
  const nb::object arguments = code.attr("co_varnames");
  const std::size_t positional = nb::cast<std::size_t>(code.attr("co_argcount"));
  for (std::size_t i = 0; defaults != nullptr && i < nb::len(nb::handle(defaults)); ++i) {
    const std::size_t at = positional - nb::len(nb::handle(defaults)) + i;
    std::string found =
        in_variable(nb::object(arguments[at]), PyTuple_GET_ITEM(defaults, static_cast<Py_ssize_t>(i)), node);
    if (!found.empty()) return found;
  }
  return "";
}

}  // namespace

std::string name_of_capture(nb::handle function, const exec::NodeRef& node) {
  PyObject* const p = function.ptr();
  if (PyFunction_Check(p)) return in_code(function, node);
  if (PyMethod_Check(p)) {
    const auto rest = path_in_attributes(PyMethod_GET_SELF(p), node);
    return rest ? "`self" + *rest + "`" : name_of_capture(PyMethod_GET_FUNCTION(p), node);
  }
  if (nb::hasattr(function, "func") && nb::hasattr(function, "args")) {  // functools.partial
    const auto rest = path_to(function.attr("args"), node, 4);
    return rest ? "`partial.args" + *rest + "`" : name_of_capture(function.attr("func"), node);
  }
  if (nb::hasattr(function, "__wrapped__")) return name_of_capture(function.attr("__wrapped__"), node);
  const auto rest = path_in_attributes(function, node);
  return rest ? "`self" + *rest + "`" : "";
}

}  // namespace cermet::python
