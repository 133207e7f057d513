// Flattening and rebuilding of argument and result trees.
#include "tree.h"

#include <cstring>
#include <unordered_map>

#include "base/error.h"
#include "dim.h"
#include "state.h"

namespace cermet::python {
namespace {

bool is_named_tuple(nb::handle value) {
  return PyTuple_Check(value.ptr()) && !PyTuple_CheckExact(value.ptr()) && nb::hasattr(value, "_fields");
}

nb::object type_of(nb::handle value) { return nb::borrow(reinterpret_cast<PyObject*>(Py_TYPE(value.ptr()))); }

nb::object call(nb::handle function, nb::handle args, nb::handle kwargs = nb::handle()) {
  nb::object out = nb::steal(PyObject_Call(function.ptr(), args.ptr(), kwargs.ptr()));
  if (!out.is_valid()) throw nb::python_error();
  return out;
}

std::vector<nb::object> field_names(nb::handle value) {
  std::vector<nb::object> names;
  const nb::object fields = nb::borrow(value.attr("__dataclass_fields__"));
  for (nb::handle name : fields) names.push_back(nb::borrow(name));
  return names;
}

// Fields are set on a bare object: __init__ may take other arguments, and frozen classes refuse setattr.
nb::object build_dataclass(nb::handle type, const std::vector<std::pair<nb::object, nb::object>>& fields) {
  const nb::object base = nb::borrow(reinterpret_cast<PyObject*>(&PyBaseObject_Type));
  const nb::object out = base.attr("__new__")(type);
  for (const auto& [name, value] : fields) base.attr("__setattr__")(out, name, value);
  return out;
}

/// One level of a tree: one that holds itself ends in a RecursionError, not at the end of the stack.
class Level {
 public:
  Level() {
    if (Py_EnterRecursiveCall(" in a tree of containers (one that holds itself, most likely)") != 0) {
      throw nb::python_error();
    }
  }
  ~Level() { Py_LeaveRecursiveCall(); }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
};

}  // namespace

bool is_constant(nb::handle value) {
  PyObject* const p = value.ptr();
  return value.is_none() || PyBool_Check(p) || PyLong_Check(p) || PyFloat_Check(p) || PyComplex_Check(p) ||
         PyUnicode_Check(p) || PyBytes_Check(p) || nb::isinstance<Dtype>(value);
}

void put_static(std::string& statics, char tag, const void* data, std::size_t size) {
  const auto length = static_cast<std::uint32_t>(size);
  statics += tag;
  statics.append(reinterpret_cast<const char*>(&length), sizeof length);
  statics.append(static_cast<const char*>(data), size);
}

bool put_constant(nb::handle value, std::string& statics, std::vector<nb::object>& types) {
  PyObject* const p = value.ptr();
  if (!is_constant(value)) return false;
  const auto put = [&](char tag, const void* data, std::size_t size) { put_static(statics, tag, data, size); };
  if (value.is_none()) {
    statics += 'n';
  } else if (PyBool_Check(p)) {
    statics += p == Py_True ? 't' : 'f';
  } else if (PyFloat_Check(p)) {
    const double x = PyFloat_AS_DOUBLE(p);
    put('F', &x, sizeof x);
  } else if (PyComplex_Check(p)) {
    const Py_complex c = PyComplex_AsCComplex(p);
    put('Z', &c, sizeof c);
  } else if (PyBytes_Check(p)) {
    put('B', PyBytes_AS_STRING(p), static_cast<std::size_t>(PyBytes_GET_SIZE(p)));
  } else if (PyLong_Check(p)) {
    const std::string digits = nb::cast<std::string>(nb::steal(PyNumber_ToBase(p, 16)));
    put('I', digits.data(), digits.size());
  } else if (PyUnicode_Check(p)) {
    Py_ssize_t size = 0;
    const char* const text = PyUnicode_AsUTF8AndSize(p, &size);
    if (text == nullptr) throw nb::python_error();
    put('S', text, static_cast<std::size_t>(size));
  } else {
    const Dtype t = nb::cast<Dtype>(value);
    put('Y', &t, sizeof t);
  }
  // Subclasses (enums, str with attributes) are other constants than their plain values.
  PyTypeObject* const type = Py_TYPE(p);
  if (type != &PyFloat_Type && type != &PyLong_Type && type != &PyUnicode_Type && type != &PyBool_Type &&
      !value.is_none()) {
    put('X', &type, sizeof type);
    types.push_back(type_of(value));
  }
  return true;
}

bool is_dataclass(nb::handle value) {
  return !PyType_Check(value.ptr()) && nb::hasattr(type_of(value), "__dataclass_fields__");
}

void collect_arrays(nb::handle tree, std::vector<array>& out) {
  if (const array* const x = as_array(tree)) {
    out.push_back(*x);
    return;
  }
  const Level level;
  if (PyList_Check(tree.ptr()) || PyTuple_Check(tree.ptr())) {
    for (nb::handle item : tree) collect_arrays(item, out);
  } else if (PyDict_Check(tree.ptr())) {
    for (auto [key, value] : nb::borrow<nb::dict>(tree)) collect_arrays(value, out);
  } else if (is_dataclass(tree)) {
    for (const nb::object& name : field_names(tree)) collect_arrays(tree.attr(name), out);
  }
}

// ---- Arguments ------------------------------------------------------------------------------------------------------

/// Where a value stands, linked to what holds it; text only for errors and descriptions.
struct ArgumentTree::Path {
  enum class Form : unsigned char { positional, keyword, item, key, field } form;
  std::uint32_t index = 0;  // positional, item
  nb::handle name;          // keyword, key, field
  const Path* outer = nullptr;

  std::string text() const {
    switch (form) {
      case Form::positional:
        return fmt::format("argument {}", index);
      case Form::keyword:
        return "argument '" + nb::cast<std::string>(nb::str(name)) + "'";
      case Form::item:
        return fmt::format("{}[{}]", outer->text(), index);
      case Form::key:
        return fmt::format("{}[{}]", outer->text(), nb::cast<std::string>(nb::repr(name)));
      case Form::field:
        break;
    }
    return fmt::format("{}.{}", outer->text(), nb::cast<std::string>(nb::str(name)));
  }
};

ArgumentTree::ArgumentTree(const std::string& function, nb::handle args, nb::handle kwargs, const CapturedState* state)
    : ArgumentTree(function, args, kwargs, state, nullptr) {}

ArgumentTree::ArgumentTree(const std::string& function, nb::handle args, nb::handle kwargs, const CapturedState* state,
                           CallDescription* description)
    : function_(function), args_(args), kwargs_(kwargs), state_(state), description_(description) {
  const auto count = static_cast<std::uint32_t>(nb::len(args));
  put('A', &count, sizeof count);
  for (std::uint32_t i = 0; i < count; ++i) add(args[i], {.form = Path::Form::positional, .index = i});
  if (kwargs.is_valid() && nb::len(kwargs) > 0) {
    for (auto [key, value] : nb::borrow<nb::dict>(kwargs)) {
      const std::string name = nb::cast<std::string>(nb::str(key));
      put('K', name.data(), name.size());
      add(value, {.form = Path::Form::keyword, .name = key});
    }
  }
}

void ArgumentTree::put(char tag, const void* data, std::size_t size) { put_static(statics_, tag, data, size); }

void ArgumentTree::add_array(nb::handle object, const Path& path) {
  statics_ += 'a';
  arrays_.push_back(as_array(object));
  objects_.push_back(object.ptr());
  if (description_ != nullptr) description_->argument_names.push_back(path.text());
}

/// What the state holds too: the function gets that very object.
bool ArgumentTree::add_shared(nb::handle value, const Path& path) {
  const array* const x = as_array(value);
  const int found = x != nullptr ? state_->find(x) : state_->find_container(value);
  if (found < 0) return false;
  put(x != nullptr ? 's' : 'c', &found, sizeof found);
  if (description_ != nullptr)
    description_->constants.emplace_back(path.text(),
                                         fmt::format("{} {} of the state", x ? "array" : "container", found));
  return true;
}

void ArgumentTree::add(nb::handle value, const Path& path) {
  const Level level;
  PyObject* const p = value.ptr();
  if (state_ != nullptr && add_shared(value, path)) return;
  if (as_array(value) != nullptr) {
    add_array(value, path);
  } else if (add_constant(value, path)) {
    return;
  } else if (PyList_Check(p)) {
    add_items(value, 'L', path);
  } else if (PyTuple_Check(p)) {
    if (is_named_tuple(value)) {
      PyTypeObject* const type = Py_TYPE(p);
      put('N', &type, sizeof type);
      types_.push_back(type_of(value));
    }
    add_items(value, 'T', path);
  } else if (PyDict_Check(p)) {
    add_dict(value, path);
  } else if (is_dataclass(value)) {
    PyTypeObject* const type = Py_TYPE(p);
    put('C', &type, sizeof type);
    types_.push_back(type_of(value));
    for (const nb::object& name : field_names(value)) {
      owned_.push_back(value.attr(name));  // a property's value lives nowhere else
      add(nb::object(owned_.back()), {.form = Path::Form::field, .name = name, .outer = &path});
    }
  } else if (PyObject_CheckBuffer(p) || nb::hasattr(value, "__array__")) {
    owned_.push_back(wrap(make_array(value, std::nullopt)));
    add_array(nb::object(owned_.back()), path);
  } else {
    fail<TypeError>(
        "[compile] {} of {} is a {}; arguments of a compiled function are arrays, numbers, strings, None, dtypes, and "
        "lists, tuples, dicts and dataclasses of them. Bind other objects with functools.partial or a closure.",
        path.text(), function_, type_text(value));
  }
}

void ArgumentTree::add_items(nb::handle items, char tag, const Path& path) {
  const auto count = static_cast<std::uint32_t>(nb::len(items));
  put(tag, &count, sizeof count);
  for (std::uint32_t i = 0; i < count; ++i) add(items[i], {.form = Path::Form::item, .index = i, .outer = &path});
}

void ArgumentTree::add_dict(nb::handle dict, const Path& path) {
  const auto count = static_cast<std::uint32_t>(nb::len(dict));
  put('D', &count, sizeof count);
  for (auto [key, value] : nb::borrow<nb::dict>(dict)) {
    if (!put_constant(key, statics_, types_)) {
      fail<TypeError>("[compile] {} of {} has a dict key of type {}; keys must be strings or numbers.", path.text(),
                      function_, type_text(key));
    }
    add(value, {.form = Path::Form::key, .name = key, .outer = &path});
  }
}

bool ArgumentTree::add_constant(nb::handle value, const Path& path) {
  if (!put_constant(value, statics_, types_)) return false;
  if (description_ != nullptr) {
    description_->constants.emplace_back(path.text(), nb::cast<std::string>(nb::repr(value)).substr(0, 80));
  }
  return true;
}

namespace {

/// Copies containers, putting the next array where an array stood.
class Rebuild {
 public:
  Rebuild(std::span<const nb::object> arrays, const CapturedState* state,
          std::vector<std::pair<nb::object, nb::object>>& containers)
      : next_(arrays.data()), state_(state), containers_(containers) {}

  nb::object operator()(nb::handle value) {
    PyObject* const p = value.ptr();
    if (const array* const x = as_array(value)) {
      return state_ != nullptr && state_->find(x) >= 0 ? nb::borrow(value) : *next_++;
    }
    if (state_ != nullptr && state_->find_container(value) >= 0) return nb::borrow(value);
    if (is_constant(value)) return nb::borrow(value);
    if (PyList_Check(p)) {
      nb::list out;
      for (nb::handle item : value) out.append((*this)(item));
      remember(out);
      return out;
    }
    if (PyTuple_Check(p)) {
      nb::list items;
      for (nb::handle item : value) items.append((*this)(item));
      return is_named_tuple(value) ? call(type_of(value), nb::tuple(items)) : nb::object(nb::tuple(items));
    }
    if (PyDict_Check(p)) {
      nb::dict out;
      for (auto [key, item] : nb::borrow<nb::dict>(value)) out[key] = (*this)(item);
      remember(out);
      return out;
    }
    if (is_dataclass(value)) {
      std::vector<std::pair<nb::object, nb::object>> fields;
      for (const nb::object& name : field_names(value)) fields.emplace_back(name, (*this)(value.attr(name)));
      nb::object out = build_dataclass(type_of(value), fields);
      if (nb::hasattr(out, "__dict__")) remember(out.attr("__dict__"));
      return out;
    }
    return *next_++;  // a NumPy array
  }

 private:
  void remember(const nb::object& container) { containers_.emplace_back(container, container.attr("copy")()); }

  const nb::object* next_;
  const CapturedState* state_;
  std::vector<std::pair<nb::object, nb::object>>& containers_;
};

}  // namespace

RebuiltArguments ArgumentTree::rebuild(std::span<const nb::object> arrays) const {
  RebuiltArguments out;
  Rebuild rebuild(arrays, state_, out.containers);
  out.args = rebuild(args_);
  if (kwargs_.is_valid()) out.kwargs = rebuild(kwargs_);
  return out;
}

namespace {

bool same_items(nb::handle now, nb::handle before) {
  if (nb::len(now) != nb::len(before)) return false;
  if (PyList_Check(now.ptr())) {
    for (std::size_t i = 0; i < nb::len(now); ++i) {
      if (!now[i].is(before[i])) return false;
    }
    return true;
  }
  for (auto [key, value] : nb::borrow<nb::dict>(before)) {
    const nb::handle found = PyDict_GetItemWithError(now.ptr(), key.ptr());
    if (!found.is(value)) return false;
  }
  return true;
}

}  // namespace

void RebuiltArguments::require_unchanged(const std::string& function) const {
  for (const auto& [now, before] : containers) {
    if (same_items(now, before)) continue;
    fail<ValueError>(
        "[compile] {} changed a {} that it was given; later calls could not repeat that. Return the new value instead, "
        "or "
        "change arrays in place (x += ...).",
        function, PyList_Check(now.ptr()) ? "list" : "dict or dataclass");
  }
}

CallDescription ArgumentTree::describe() const {
  CallDescription out;
  const ArgumentTree again(function_, args_, kwargs_, state_, &out);
  for (const std::string& name : out.argument_names) out.structure += (out.structure.empty() ? "" : ", ") + name;
  return out;
}

// ---- Results --------------------------------------------------------------------------------------------------------

struct ResultTree::Reading {
  const std::string& function;
  std::vector<array>& arrays;
  std::unordered_map<PyObject*, std::size_t> given, found;
};

ResultTree::ResultTree(const std::string& function, nb::handle value, std::vector<array>& arrays,
                       std::span<const nb::object> given) {
  Reading reading{function, arrays, {}, {}};
  for (std::size_t i = 0; i < given.size(); ++i) reading.given.emplace(given[i].ptr(), i);
  read(value, reading);
  has_earlier_ = reading.found.size() < arrays.size();
}

bool ResultTree::read_leaf(nb::handle value, Reading& reading) {
  const array* const x = as_array(value);
  if (x == nullptr) return false;
  const auto [earlier, is_new] = reading.found.try_emplace(value.ptr(), reading.arrays.size());
  reading.arrays.push_back(*x);
  const auto argument = reading.given.find(value.ptr());
  if (argument != reading.given.end()) {
    kind_ = Kind::argument;
    index_ = argument->second;
  } else if (!is_new) {
    kind_ = Kind::earlier;
    index_ = earlier->second;
  }
  return true;
}

void ResultTree::read(nb::handle value, Reading& reading) {
  const Level level;
  const auto add_child = [&](nb::handle item) {
    children_.push_back(ResultTree());
    children_.back().read(item, reading);
  };
  PyObject* const p = value.ptr();
  if (read_leaf(value, reading)) return;
  if (is_dim(value)) {  // the trace holds for this number only
    kind_ = Kind::constant;
    object_ = nb::int_(value);
  } else if (is_constant(value)) {
    kind_ = Kind::constant;
    object_ = nb::borrow(value);
  } else if (PyList_Check(p) || PyTuple_Check(p)) {
    const bool named = is_named_tuple(value);
    kind_ = PyList_Check(p) ? Kind::list : named ? Kind::named_tuple : Kind::tuple;
    if (named) object_ = type_of(value);
    for (nb::handle item : value) add_child(item);
  } else if (PyDict_Check(p)) {
    kind_ = Kind::dict;
    nb::list keys;
    for (auto [key, item] : nb::borrow<nb::dict>(value)) {
      keys.append(is_dim(key) ? nb::object(nb::int_(key)) : nb::borrow<nb::object>(key));
      add_child(item);
    }
    object_ = nb::tuple(keys);
  } else if (is_dataclass(value)) {
    kind_ = Kind::dataclass;
    object_ = type_of(value);
    for (const nb::object& name : field_names(value)) add_child(value.attr(name));
  } else {
    fail<TypeError>(
        "[compile] {} returned a {}; a compiled function returns arrays, constants, and lists, tuples, dicts and "
        "dataclasses of them.",
        reading.function, type_text(value));
  }
}

struct ResultTree::Building {
  array* next;
  std::span<PyObject* const> arguments;
  std::vector<nb::object> built;  // of each array, where the result has one twice
  bool keeps;
};

nb::object ResultTree::build(std::span<array> arrays, std::span<PyObject* const> arguments) const {
  Building building{arrays.data(), arguments, {}, has_earlier_};
  return build(building);
}

nb::object ResultTree::build(Building& building) const {
  if (kind_ == Kind::leaf || kind_ == Kind::argument || kind_ == Kind::earlier) {
    array& made = *building.next++;
    nb::object object = kind_ == Kind::leaf       ? wrap(std::move(made))
                        : kind_ == Kind::argument ? nb::borrow(building.arguments[index_])
                                                  : building.built[index_];
    if (building.keeps) building.built.push_back(object);
    return object;
  }
  if (kind_ == Kind::constant) return object_;
  if (kind_ == Kind::dict) {
    nb::dict out;
    for (std::size_t i = 0; i < children_.size(); ++i) out[object_[i]] = children_[i].build(building);
    return out;
  }
  if (kind_ == Kind::dataclass) {
    std::vector<std::pair<nb::object, nb::object>> fields;
    const std::vector<nb::object> names = field_names(object_);
    for (std::size_t i = 0; i < children_.size(); ++i) fields.emplace_back(names[i], children_[i].build(building));
    return build_dataclass(object_, fields);
  }
  nb::list items;
  for (const ResultTree& child : children_) items.append(child.build(building));
  if (kind_ == Kind::list) return items;
  return kind_ == Kind::named_tuple ? call(object_, nb::tuple(items)) : nb::object(nb::tuple(items));
}

}  // namespace cermet::python
