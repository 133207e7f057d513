// Reading the declared containers of a compiled function; see state.h.
//
// The hit path compares what is there with what was read last, place by place: same types, sizes and keys, equal
// constants. Only arrays may differ. Which places hold one and the same object is part of the key; it is unchanged if
// every object is where it was, and looked at again otherwise.
#include "state.h"

#include <cermet/random.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "lent_containers.h"
#include "tree.h"

namespace cermet::python {
namespace {

using Kind = StateSlot::Kind;
using Form = StateContainer::Form;

bool is_random_state(const array* x) {
  static const array* const state = &random::state();
  return x == state;
}

bool is_container(nb::handle value) {
  return PyList_Check(value.ptr()) || PyTuple_Check(value.ptr()) || PyDict_Check(value.ptr());
}

/// Functions, classes and members of enumerations: constants by identity.
bool is_fixed_object(nb::handle value) {
  if (PyCallable_Check(value.ptr()) && !is_container(value)) return true;
  static const nb::object enum_type = nb::module_::import_("enum").attr("Enum");
  return PyObject_IsInstance(value.ptr(), enum_type.ptr()) == 1;
}

/// A tuple of constants is a constant.
bool is_constant_tuple(nb::handle value) {
  if (!PyTuple_CheckExact(value.ptr())) return false;
  for (nb::handle item : value) {
    if (!is_constant(item) && !is_constant_tuple(item)) return false;
  }
  return true;
}

bool is_set_of_constants(nb::handle value) {
  if (!PyAnySet_CheckExact(value.ptr())) return false;
  for (nb::handle item : value) {
    if (!is_constant(item)) return false;
  }
  return true;
}

/// What a module may have as an attribute without it being state: loggers, configurations, modules hidden on purpose.
bool is_ignored_attribute(nb::handle value) {
  return as_array(value) == nullptr && !is_constant(value) && !is_constant_tuple(value) &&
         !is_set_of_constants(value) && (is_container(value) || !is_fixed_object(value));
}

void put_plain(nb::handle value, std::string& statics, std::vector<nb::object>& named) {
  if (put_constant(value, statics, named)) return;
  if (PyTuple_Check(value.ptr())) {
    const auto count = static_cast<std::uint32_t>(nb::len(value));
    put_static(statics, 'P', &count, sizeof count);
    for (nb::handle item : value) put_plain(item, statics, named);
    return;
  }
  PyObject* const address = value.ptr();
  put_static(statics, 'O', &address, sizeof address);
  named.push_back(nb::borrow(value));
}

void put_set(nb::handle value, std::string& statics, std::vector<nb::object>& named) {
  std::vector<std::string> items;
  for (nb::handle item : value) put_plain(item, items.emplace_back(), named);
  std::sort(items.begin(), items.end());
  const auto count = static_cast<std::uint32_t>(items.size());
  put_static(statics, PySet_Check(value.ptr()) ? 'E' : 'e', &count, sizeof count);
  for (const std::string& item : items) statics += item;
}

bool equal_sets(nb::handle a, nb::handle b) {
  if (PySet_GET_SIZE(a.ptr()) != PySet_GET_SIZE(b.ptr())) return false;
  if (PySet_GET_SIZE(a.ptr()) == 0) return true;
  const int equal = PyObject_RichCompareBool(a.ptr(), b.ptr(), Py_EQ);
  if (equal < 0) throw nb::python_error();
  return equal == 1;
}

/// Equal numbers and strings of one type, without running anybody's __eq__.
bool same_constant(PyObject* a, PyObject* b) {
  if (a == b) return true;
  if (Py_TYPE(a) != Py_TYPE(b)) return false;
  if (PyLong_CheckExact(a)) return PyObject_RichCompareBool(a, b, Py_EQ) == 1;
  if (PyUnicode_CheckExact(a)) return PyUnicode_Compare(a, b) == 0;
  if (!PyFloat_CheckExact(a)) return false;
  const double x = PyFloat_AS_DOUBLE(a), y = PyFloat_AS_DOUBLE(b);
  return std::memcmp(&x, &y, sizeof x) == 0;
}

/// The __dict__ of an instance, which holds it; null without one.
PyObject* attributes_of(PyObject* object) {
  PyObject* const dict = PyObject_GenericGetDict(object, nullptr);
  if (dict == nullptr) {
    PyErr_Clear();
    return nullptr;
  }
  Py_DECREF(dict);
  return dict;
}

template <class T>
bool has_duplicates(std::vector<T*> values) {
  std::sort(values.begin(), values.end());
  return std::adjacent_find(values.begin(), values.end()) != values.end();
}

void check_root(nb::handle value, const char* name) {
  if (value.is_none() || as_array(value) != nullptr || is_container(value)) return;
  fail<TypeError>(
      "[compile] `{}` must be arrays or lists, tuples, dicts or modules of them (for an optimizer: its .state), not "
      "{}.",
      name, type_text(value));
}

}  // namespace

CapturedState::CapturedState(nb::object inputs, nb::object outputs) {
  check_root(inputs, "inputs");
  check_root(outputs, "outputs");
  roots_ = nb::make_tuple(inputs, inputs.is(outputs) ? nb::object(nb::none()) : outputs);
}

CapturedState::~CapturedState() = default;

int CapturedState::find(const array* handle) const {
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    if (arrays_[i] == handle) return static_cast<int>(i);
  }
  return -1;
}

int CapturedState::find_container(nb::handle container) const {
  if (!PyList_Check(container.ptr()) && !PyDict_Check(container.ptr())) return -1;
  const auto found = std::find(objects_.begin(), objects_.end(), container.ptr());
  return found == objects_.end() ? -1 : static_cast<int>(found - objects_.begin());
}

std::string_view CapturedState::statics_after(std::string_view prefix, std::size_t n) {
  if (positional_.size() <= n) positional_.resize(n + 1);
  if (positional_[n].empty()) positional_[n].append(prefix).append(statics_);
  return positional_[n];
}

// ---- Reading again --------------------------------------------------------------------------------------------------

void CapturedState::read() {
  if (!is_unchanged()) scan();
}

bool CapturedState::is_unchanged() {
  for (std::uint32_t i = 0; i < containers_.size(); ++i) {
    if (!is_unchanged(i)) return false;
  }
  // Once more the roots: `outputs` may be what was found within `inputs`.
  return !containers_.empty() && is_unchanged(0) && are_distinct();
}

bool CapturedState::is_unchanged(std::uint32_t container) {
  const StateContainer& c = containers_[container];
  PyObject* const object = objects_[container];
  lent_containers().require_free(object);
  if (reinterpret_cast<PyObject*>(Py_TYPE(object)) != c.type.ptr()) return false;
  const auto size = static_cast<Py_ssize_t>(c.slots.size()) - (c.has_attributes ? 1 : 0);
  if (c.form == Form::list || c.form == Form::tuple) {
    if (Py_SIZE(object) != size) return false;
    for (Py_ssize_t i = 0; i < size; ++i) {
      PyObject* const value = c.form == Form::list ? PyList_GET_ITEM(object, i) : PyTuple_GET_ITEM(object, i);
      if (!is_unchanged(c.slots[static_cast<std::size_t>(i)], value)) return false;
    }
    return true;
  }
  if (PyDict_GET_SIZE(object) != size) return false;
  PyObject *key = nullptr, *value = nullptr;
  Py_ssize_t at = 0;
  for (std::size_t i = 0; PyDict_Next(object, &at, &key, &value) != 0; ++i) {
    if (key != c.slots[i].key.ptr() || !is_unchanged(c.slots[i], value)) return false;
  }
  return !c.has_attributes || is_unchanged(c.slots.back(), attributes_of(object));
}

bool CapturedState::is_unchanged(const StateSlot& slot, PyObject* value) {
  switch (slot.kind) {
    case Kind::array: {
      if (Py_TYPE(value) != array_type() || !nb::inst_ready(value)) return false;
      array* const x = nb::inst_ptr<array>(value);
      if (is_random_state(x)) return false;
      array_objects_[slot.index] = value;
      arrays_[slot.index] = x;
      return true;
    }
    case Kind::same_array:
      return array_objects_[slot.index] == value;
    case Kind::container:
      objects_[slot.index] = value;
      return true;
    case Kind::same_container:
      return objects_[slot.index] == value;
    case Kind::constant:
      return same_constant(slot.value.ptr(), value);
    case Kind::set:
      return Py_TYPE(value) == Py_TYPE(slot.value.ptr()) && equal_sets(slot.value, value);
    case Kind::random: {
      const array* const x = as_array(value);
      return x != nullptr && is_random_state(x);
    }
    case Kind::ignored:
      break;
  }
  return is_ignored_attribute(value);
}

bool CapturedState::are_distinct() {
  if (arrays_ != last_arrays_) {
    if (has_duplicates(arrays_)) return false;
    last_arrays_ = arrays_;
  }
  if (objects_ != last_objects_) {
    if (has_duplicates(objects_)) return false;
    last_objects_ = objects_;
  }
  return true;
}

// ---- Reading afresh -------------------------------------------------------------------------------------------------

void CapturedState::scan() {
  forget();
  try {
    statics_ = "|";
    add_container(roots_, Form::tuple, 0, 0);
    std::uint32_t next = 1;
    for (nb::handle root : roots_) {  // all of `inputs` first, so that places have their names in it
      scan_slot(0, {}, root);
      for (; next < containers_.size(); ++next) scan_container(next);
    }
  } catch (...) {
    forget();
    throw;
  }
  seen_.clear();
  last_arrays_ = arrays_;
  last_objects_ = objects_;
}

void CapturedState::forget() {
  containers_.clear();
  objects_.clear();
  array_objects_.clear();
  arrays_.clear();
  array_places_.clear();
  seen_.clear();
  statics_.clear();
  named_.clear();
  positional_.clear();
}

std::uint32_t CapturedState::add_container(nb::handle object, Form form, std::uint32_t holder, std::size_t place) {
  const auto index = static_cast<std::uint32_t>(containers_.size());
  StateContainer& c = containers_.emplace_back();
  c.form = form;
  c.type = nb::borrow(reinterpret_cast<PyObject*>(Py_TYPE(object.ptr())));
  c.holder = holder;
  c.place = static_cast<std::uint32_t>(place);
  objects_.push_back(object.ptr());
  seen_[object.ptr()] = index;
  return index;
}

void CapturedState::scan_container(std::uint32_t container) {
  PyObject* const object = objects_[container];
  lent_containers().require_free(object);
  const Form form = containers_[container].form;
  PyTypeObject* const type = Py_TYPE(object);
  const bool exact = type == &PyList_Type || type == &PyTuple_Type || type == &PyDict_Type;
  const auto count = static_cast<std::uint32_t>(nb::len(nb::handle(object)));
  put_static(statics_, "LTDM"[static_cast<int>(form)], &count, sizeof count);
  if (!exact) {
    put_static(statics_, 'X', &type, sizeof type);
    named_.push_back(containers_[container].type);
  }
  if (form == Form::list || form == Form::tuple) {
    for (nb::handle item : nb::handle(object)) scan_slot(container, {}, item);
    return;
  }
  PyObject *key = nullptr, *value = nullptr;
  for (Py_ssize_t at = 0; PyDict_Next(object, &at, &key, &value) != 0;) {
    if (!put_constant(key, statics_, named_)) {
      fail<TypeError>("[compile] {} has a dict key of type {}; keys of captured state must be strings or numbers.",
                      path(container), type_text(key));
    }
    scan_slot(container, key, value);
  }
  PyObject* const attributes = exact ? nullptr : attributes_of(object);
  if (attributes == nullptr) return;
  containers_[container].has_attributes = true;
  statics_ += '.';
  const std::uint32_t index =
      add_container(attributes, Form::attributes, container, containers_[container].slots.size());
  containers_[container].slots.push_back({{}, Kind::container, index, {}});
}

void CapturedState::scan_slot(std::uint32_t container, nb::handle key, nb::handle value) {
  StateSlot slot;
  if (key.is_valid()) slot.key = nb::borrow(key);
  const std::size_t place = containers_[container].slots.size();
  const bool attribute = containers_[container].form == Form::attributes;
  const auto repeat_of = [&](char tag, Kind kind) {
    const auto known = seen_.find(value.ptr());
    if (known == seen_.end()) return false;
    slot.kind = kind;
    slot.index = known->second;
    put_static(statics_, tag, &slot.index, sizeof slot.index);
    return true;
  };
  if (array* const x = as_array(value)) {
    if (is_random_state(x)) {
      slot.kind = Kind::random;
      statics_ += 'z';
    } else if (!repeat_of('r', Kind::same_array)) {
      slot.kind = Kind::array;
      slot.index = static_cast<std::uint32_t>(arrays_.size());
      seen_[value.ptr()] = slot.index;
      arrays_.push_back(x);
      array_objects_.push_back(value.ptr());
      array_places_.emplace_back(container, static_cast<std::uint32_t>(place));
      statics_ += 'a';
    }
  } else if (is_constant(value) || is_constant_tuple(value)) {
    slot.kind = Kind::constant;
    slot.value = nb::borrow(value);
    put_plain(value, statics_, named_);
  } else if (is_set_of_constants(value)) {
    slot.kind = Kind::set;
    slot.value = nb::steal(PySet_Check(value.ptr()) ? PySet_New(value.ptr()) : PyFrozenSet_New(value.ptr()));
    put_set(value, statics_, named_);
  } else if (is_container(value) && !attribute) {
    if (!repeat_of('R', Kind::same_container)) {
      const Form form = PyList_Check(value.ptr()) ? Form::list : PyTuple_Check(value.ptr()) ? Form::tuple : Form::dict;
      slot.kind = Kind::container;
      slot.index = add_container(value, form, container, place);
      statics_ += 'c';
    }
  } else if (!is_container(value) && is_fixed_object(value)) {
    slot.kind = Kind::constant;
    slot.value = nb::borrow(value);
    put_plain(value, statics_, named_);
  } else if (attribute) {
    slot.kind = Kind::ignored;
    statics_ += 'i';
  } else {
    containers_[container].slots.push_back(std::move(slot));  // so that its path can be told
    fail<TypeError>(
        "[compile] {} is a {}; captured state (inputs=, outputs=) holds arrays, numbers, strings, None, functions, and "
        "lists, tuples, dicts and modules of them.{}",
        path(container, place), type_text(value),
        PyObject_CheckBuffer(value.ptr()) ? " Make it an array: mx.array(x)."
        : nb::hasattr(value, "state")     ? " Capture its .state."
                                          : "");
  }
  containers_[container].slots.push_back(std::move(slot));
}

// ---- Words ----------------------------------------------------------------------------------------------------------

std::string CapturedState::path(std::uint32_t container) const {
  if (container == 0) return "";
  const StateContainer& c = containers_[container];
  return c.form == Form::attributes ? path(c.holder) : path(c.holder, c.place);
}

std::string CapturedState::path(std::uint32_t container, std::size_t slot) const {
  if (container == 0) return slot == 0 ? "inputs" : "outputs";
  const StateContainer& c = containers_[container];
  if (c.form == Form::list || c.form == Form::tuple) return fmt::format("{}[{}]", path(container), slot);
  const nb::object& key = c.slots[slot].key;
  if (c.form == Form::attributes) return fmt::format("{}.{}", path(container), nb::cast<std::string>(nb::str(key)));
  return fmt::format("{}[{}]", path(container), nb::cast<std::string>(nb::repr(key)));
}

void CapturedState::describe(CallDescription& description) const {
  for (const auto& [container, slot] : array_places_) description.argument_names.push_back(path(container, slot));
  for (std::uint32_t i = 1; i < containers_.size(); ++i) {
    const StateContainer& c = containers_[i];
    if (c.form != Form::attributes) description.places.emplace_back(path(i), type_text(nb::handle(objects_[i])));
  }
  for (std::uint32_t i = 0; i < containers_.size(); ++i) {
    for (std::size_t s = 0; s < containers_[i].slots.size(); ++s) {
      const StateSlot& slot = containers_[i].slots[s];
      if (slot.kind == Kind::constant || slot.kind == Kind::set) {
        if (i == 0) continue;  // no outputs, or no inputs
        description.places.emplace_back(path(i, s), nb::cast<std::string>(nb::repr(slot.value)).substr(0, 80));
      } else if (slot.kind == Kind::array) {
        description.places.emplace_back(path(i, s), "array");
      } else if (slot.kind == Kind::same_array || slot.kind == Kind::same_container) {
        description.places.emplace_back(
            path(i, s),
            fmt::format("the same as {}", slot.kind == Kind::same_array
                                              ? path(array_places_[slot.index].first, array_places_[slot.index].second)
                                              : path(slot.index)));
      }
    }
  }
}

int CapturedState::traverse(visitproc visit, void* arg) const {
  Py_VISIT(roots_.ptr());
  for (const StateContainer& c : containers_) {
    Py_VISIT(c.type.ptr());
    for (const StateSlot& slot : c.slots) Py_VISIT(slot.value.ptr());
  }
  for (const nb::object& object : named_) Py_VISIT(object.ptr());
  return 0;
}

void CapturedState::clear() {
  forget();
  roots_ = nb::make_tuple(nb::none(), nb::none());
}

}  // namespace cermet::python
