// Signatures as text, calls by position and name, and the Python types behind bound functions.
#include "function.h"

#include <structmember.h>

#include <charconv>
#include <deque>
#include <sstream>

#include "base/error.h"
#include "bindings.h"

namespace cermet::python {
namespace {

/// Bound functions live as long as the process: Python objects point at them.
std::deque<std::unique_ptr<Function>>& functions() {
  static auto& all = *new std::deque<std::unique_ptr<Function>>;
  return all;
}

nb::list& other_rows() {
  static auto& rows = *new nb::list;
  return rows;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// Splits at commas outside of brackets and strings.
std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i == text.size() ? ',' : text[i];
    if (c == '\'') quoted = !quoted;
    if (quoted) continue;
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == ',' && depth == 0) {
      const std::string_view part = trimmed(text.substr(begin, i - begin));
      if (!part.empty()) parts.push_back(part);
      begin = i + 1;
    }
  }
  return parts;
}

nb::object number_of(std::string_view text) {
  const char* const end = text.data() + text.size();
  long long integer = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, integer); error == std::errc() && stop == end) {
    return nb::int_(integer);
  }
  double real = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, real); error == std::errc() && stop == end) {
    return nb::float_(real);
  }
  return nb::cast(parse_dtype(text));
}

nb::object default_of(std::string_view text) {
  if (text == "None") return nb::none();
  if (text == "True") return nb::bool_(true);
  if (text == "False") return nb::bool_(false);
  if (text.front() == '\'') return nb::str(text.data() + 1, text.size() - 2);
  if (text.front() == '(') {
    nb::list items;
    for (std::string_view item : split_at_commas(text.substr(1, text.size() - 2))) items.append(default_of(item));
    return nb::tuple(items);
  }
  return number_of(text);
}

std::vector<std::string> words(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

}  // namespace

const char* keep(std::string text) {
  static auto& texts = *new std::deque<std::string>;
  return texts.emplace_back(std::move(text)).c_str();
}

// ---- Signatures ---------------------------------------------------------------------------------------------------

Function::Function(nb::handle module, std::string_view signature, const char* doc, std::size_t parameter_count,
                   bool has_stream)
    : doc_(doc) {
  constexpr std::string_view root = "cermet._core";
  module_ = nb::cast<std::string>(module.attr("__name__"));
  if (module_.starts_with(root)) module_ = "cermet.core" + module_.substr(root.size());
  parse(signature, has_stream);
  op_ = module_.size() > root.size() ? module_.substr(root.size()) + "." + name_ : name_;
  check(parameters_.size() == parameter_count && parameter_count <= max_parameters,
        "\"{}\" names {} parameters, the C++ function has {}", signature, parameters_.size(), parameter_count);
}

void Function::parse(std::string_view text, bool has_stream) {
  const auto open = text.find('(');
  check(open != text.npos && text.back() == ')', "\"{}\" is no signature", text);
  name_ = text.substr(0, open);
  bool by_name = false;
  for (std::string_view part : split_at_commas(text.substr(open + 1, text.size() - open - 2))) {
    if (part == "/") {
      positional_only_ = parameters_.size();
    } else if (part == "*") {
      by_name = true;
    } else if (part.front() == '*') {
      variadic_ = static_cast<int>(parameters_.size());
      by_name = true;
      add_parameter(part.substr(1));
      parameters_.back().fallback = nb::tuple();
    } else {
      add_parameter(part);
      if (!by_name) positions_ = parameters_.size();
    }
  }
  signature_ = text;
  if (!has_stream) return;
  add_parameter("stream=None");
  signature_.pop_back();
  signature_ += std::string(parameters_.size() == 1 ? "" : ", ") + (by_name ? "stream=None)" : "*, stream=None)");
}

void Function::add_parameter(std::string_view text) {
  const auto equals = text.find('=');
  Parameter p;
  p.name = trimmed(text.substr(0, equals));
  p.key = nb::steal(PyUnicode_InternFromString(p.name.c_str()));
  if (equals != text.npos) {
    p.fallback_text = trimmed(text.substr(equals + 1));
    p.fallback = default_of(p.fallback_text);
  }
  parameters_.push_back(std::move(p));
}

nb::object Function::python_signature() const {
  const nb::module_ inspect = nb::module_::import_("inspect");
  const nb::object parameter = inspect.attr("Parameter");
  nb::list out;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& p = parameters_[i];
    const bool variadic = static_cast<int>(i) == variadic_;
    const char* const kind = variadic               ? "VAR_POSITIONAL"
                             : i < positional_only_ ? "POSITIONAL_ONLY"
                             : i < positions_       ? "POSITIONAL_OR_KEYWORD"
                                                    : "KEYWORD_ONLY";
    const bool has_default = p.fallback.is_valid() && !variadic;
    out.append(parameter(p.name, parameter.attr(kind),
                         nb::arg("default") = has_default ? p.fallback : nb::object(parameter.attr("empty"))));
  }
  return inspect.attr("Signature")(out);
}

nb::dict Function::table_row() const {
  nb::list parameters;
  const std::vector<std::string> annotations = parameter_annotations();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& p = parameters_[i];
    nb::dict row;
    row["name"] = (static_cast<int>(i) == variadic_ ? "*" : "") + p.name;
    row["type"] = annotations[i];
    row["default"] = p.fallback_text.empty() ? nb::object(nb::none()) : nb::object(nb::str(p.fallback_text.c_str()));
    parameters.append(row);
  }
  nb::dict row;
  row["name"] = name_;
  row["signature"] = signature_;
  row["doc"] = doc_;
  row["module"] = module_;
  row["is_function"] = binding_ != Binding::method_only;
  row["is_method"] = binding_ != Binding::function_only;
  row["aliases"] = aliases_;
  row["parameters"] = parameters;
  row["result"] = result_annotation();
  return row;
}

// ---- Calls --------------------------------------------------------------------------------------------------------

PyObject* Function::invoke(PyObject* const* args, std::size_t count, PyObject* keyword_names) const {
  PyObject* slots[max_parameters];
  const std::size_t placed = std::min(count, positions_);
  std::copy(args, args + placed, slots);
  std::fill(slots + placed, slots + parameters_.size(), nullptr);
  nb::object rest;
  if (count > positions_) {
    if (variadic_ < 0) refuse_positions(count);
    rest = nb::steal(PyTuple_New(static_cast<Py_ssize_t>(count - positions_)));
    for (std::size_t i = positions_; i < count; ++i) {
      PyTuple_SET_ITEM(rest.ptr(), static_cast<Py_ssize_t>(i - positions_), Py_NewRef(args[i]));
    }
    slots[variadic_] = rest.ptr();
  }
  const Py_ssize_t keywords = keyword_names == nullptr ? 0 : PyTuple_GET_SIZE(keyword_names);
  for (Py_ssize_t i = 0; i < keywords; ++i) {
    place_keyword(slots, PyTuple_GET_ITEM(keyword_names, i), args[count + static_cast<std::size_t>(i)]);
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (slots[i] != nullptr) continue;
    slots[i] = parameters_[i].fallback.ptr();
    if (slots[i] == nullptr) fail<TypeError>("[{}] `{}` is missing: {}.", op_, parameters_[i].name, signature_);
  }
  return call(slots);
}

void Function::place_keyword(PyObject** slots, PyObject* key, PyObject* value) const {
  std::size_t at = 0;
  while (at < parameters_.size() && parameters_[at].key.ptr() != key) ++at;
  if (at == parameters_.size()) {  // a name that is not interned: compare the text
    at = 0;
    while (at < parameters_.size() && PyUnicode_Compare(parameters_[at].key.ptr(), key) != 0) ++at;
  }
  if (at == parameters_.size() || static_cast<int>(at) == variadic_) {
    fail<TypeError>("[{}] There is no parameter `{}`: {}.", op_, PyUnicode_AsUTF8(key), signature_);
  }
  if (at < positional_only_) {
    fail<TypeError>("[{}] `{}` is given by position, not by name: {}.", op_, parameters_[at].name, signature_);
  }
  if (slots[at] != nullptr) {
    fail<TypeError>("[{}] `{}` was given twice, by position and by name.", op_, parameters_[at].name);
  }
  slots[at] = value;
}

void Function::refuse_positions(std::size_t count) const {
  fail<TypeError>("[{}] At most {} arguments by position, {} were given: {}.", op_, positions_, count, signature_);
}

// ---- The Python objects -------------------------------------------------------------------------------------------

namespace {

struct FunctionObject {
  PyObject head;
  vectorcallfunc call;
  const Function* function;
  PyObject* weak_references;
};

const Function& function_of(PyObject* self) { return *reinterpret_cast<FunctionObject*>(self)->function; }

template <class F>
PyObject* guarded(const F& body) {
  try {
    return body();
  } catch (...) {
    set_python_error(std::current_exception());
    return nullptr;
  }
}

PyObject* call_object(PyObject* self, PyObject* const* args, std::size_t count, PyObject* keyword_names) {
  return guarded([&] {
    return function_of(self).invoke(args, static_cast<std::size_t>(PyVectorcall_NARGS(count)), keyword_names);
  });
}

void destroy_object(PyObject* self) {
  if (reinterpret_cast<FunctionObject*>(self)->weak_references != nullptr) PyObject_ClearWeakRefs(self);
  PyTypeObject* const type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyTypeObject*& function_type() {
  static PyTypeObject* type = nullptr;
  return type;
}
PyTypeObject*& method_type() {
  static PyTypeObject* type = nullptr;
  return type;
}

PyObject* text_object(const std::string& text) {
  return PyUnicode_FromStringAndSize(text.data(), Py_ssize_t(text.size()));
}

PyObject* get_name(PyObject* self, void*) { return text_object(function_of(self).name()); }
PyObject* get_qualified_name(PyObject* self, void*) {
  const std::string& name = function_of(self).name();
  return text_object(Py_TYPE(self) == method_type() ? "array." + name : name);
}
PyObject* get_doc(PyObject* self, void*) { return doc_of_function(function_of(self)); }
PyObject* get_module(PyObject* self, void*) {
  return guarded([&] { return nb::object(function_of(self).table_row()["module"]).release().ptr(); });
}
PyObject* get_signature(PyObject* self, void*) {
  return guarded([&] { return function_of(self).python_signature().release().ptr(); });
}

/// Pickles by name: the function of its module, or the attribute of the array class.
PyObject* reduce(PyObject* self, PyObject*) {
  if (Py_TYPE(self) != method_type()) return get_name(self, nullptr);
  return guarded([&] {
    const nb::object getattr = nb::module_::import_("builtins").attr("getattr");
    const nb::handle type(reinterpret_cast<PyObject*>(array_type()));
    return nb::make_tuple(getattr, nb::make_tuple(type, function_of(self).name())).release().ptr();
  });
}

PyObject* represent(PyObject* self) {
  return guarded([&] { return text_object("<function cermet.core." + function_of(self).signature() + ">"); });
}

PyObject* bind_self(PyObject* self, PyObject* instance, PyObject*) {
  return instance == nullptr ? Py_NewRef(self) : PyMethod_New(self, instance);
}
/// A function that a class holds as attribute is no method of it, as with Python's built-in functions.
PyObject* bind_nothing(PyObject* self, PyObject*, PyObject*) { return Py_NewRef(self); }

PyTypeObject* make_type(const char* name, bool is_method) {
  static PyMemberDef members[] = {
      {"__vectorcalloffset__", T_PYSSIZET, offsetof(FunctionObject, call), READONLY, nullptr},
      {"__weaklistoffset__", T_PYSSIZET, offsetof(FunctionObject, weak_references), READONLY, nullptr},
      {nullptr, 0, 0, 0, nullptr}};
  static PyGetSetDef attributes[] = {{"__name__", get_name, nullptr, nullptr, nullptr},
                                     {"__qualname__", get_qualified_name, nullptr, nullptr, nullptr},
                                     {"__doc__", get_doc, nullptr, nullptr, nullptr},
                                     {"__module__", get_module, nullptr, nullptr, nullptr},
                                     {"__signature__", get_signature, nullptr, nullptr, nullptr},
                                     {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyMethodDef methods[] = {{"__reduce__", reduce, METH_NOARGS, nullptr}, {nullptr, nullptr, 0, nullptr}};
  PyType_Slot slots[] = {{Py_tp_members, members},
                         {Py_tp_getset, attributes},
                         {Py_tp_methods, methods},
                         {Py_tp_repr, reinterpret_cast<void*>(represent)},
                         {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                         {Py_tp_descr_get, reinterpret_cast<void*>(is_method ? bind_self : bind_nothing)},
                         {Py_tp_dealloc, reinterpret_cast<void*>(destroy_object)},
                         {0, nullptr}};
#if PY_VERSION_HEX >= 0x030A0000
  constexpr unsigned long sealed = Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE;
#else
  constexpr unsigned long sealed = 0;
#endif
#if PY_VERSION_HEX >= 0x030C0000
  constexpr unsigned long vectorcall = Py_TPFLAGS_HAVE_VECTORCALL;
#else
  constexpr unsigned long vectorcall = 1UL << 11;  // _Py_TPFLAGS_HAVE_VECTORCALL
#endif
  const unsigned long flags = Py_TPFLAGS_DEFAULT | sealed | vectorcall | (is_method ? Py_TPFLAGS_METHOD_DESCRIPTOR : 0);
  PyType_Spec spec = {name, static_cast<int>(sizeof(FunctionObject)), 0, static_cast<unsigned>(flags), slots};
  PyObject* const type = PyType_FromSpec(&spec);
  if (type == nullptr) throw nb::python_error();
  return reinterpret_cast<PyTypeObject*>(type);
}

nb::object make_object(PyTypeObject* type, const Function& function) {
  PyObject* const object = type->tp_alloc(type, 0);
  if (object == nullptr) throw nb::python_error();
  auto* const self = reinterpret_cast<FunctionObject*>(object);
  self->call = call_object;
  self->function = &function;
  self->weak_references = nullptr;
  return nb::steal(object);
}

nb::list function_table() {
  nb::list out;
  for (const auto& f : functions()) out.append(f->table_row());
  for (nb::handle row : other_rows()) out.append(row);
  return out;
}

}  // namespace

PyObject* doc_of_function(const Function& f) { return text_object(f.signature_ + "\n\n" + f.doc_); }

void add_function(nb::module_& m, std::unique_ptr<Function> function, Binding binding, std::string_view aliases) {
  function->binding_ = binding;
  function->aliases_ = aliases;
  const Function& f = *functions().emplace_back(std::move(function));
  std::vector<std::string> names = words(aliases);
  names.insert(names.begin(), f.name());
  const nb::object as_function = make_object(function_type(), f), as_method = make_object(method_type(), f);
  const nb::handle type(reinterpret_cast<PyObject*>(array_type()));
  for (const std::string& name : names) {
    if (binding != Binding::method_only) nb::setattr(m, name.c_str(), as_function);
    if (binding != Binding::function_only) nb::setattr(type, name.c_str(), as_method);
  }
}

void add_table_row(nb::dict row) { other_rows().append(row); }

void bind_function_types(nb::module_& m) {
  function_type() = make_type("cermet.core.function", false);
  method_type() = make_type("cermet.core.method", true);
  m.def("_function_table", function_table,
        "Every function and method of arrays: name, signature, doc, module, is_function, is_method, aliases, "
        "parameters (name, type, default), result.");
}

}  // namespace cermet::python
