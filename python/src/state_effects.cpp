// What a traced function did to the declared containers, taken down once and repeated at every call; see state.h.
#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/error.h"
#include "dim.h"
#include "lent_containers.h"
#include "state.h"
#include "tree.h"

namespace cermet::python {
namespace {

using Form = StateContainer::Form;
using Kind = StateSlot::Kind;

thread_local StateTrace* innermost_trace = nullptr;

void require(int status) {
  if (status != 0) throw nb::python_error();
}

nb::object copy_of(PyObject* container) {
  nb::object copy;
  if (PyList_Check(container)) {
    copy = nb::steal(PyList_GetSlice(container, 0, PyList_GET_SIZE(container)));
  } else if (PyDict_Check(container)) {
    copy = nb::steal(PyDict_Copy(container));
  } else {
    return nb::borrow(container);  // a tuple does not change
  }
  if (!copy.is_valid()) throw nb::python_error();
  return copy;
}

/// The same objects under the same keys in the same order.
bool same_items(PyObject* now, PyObject* before) {
  if (PyList_Check(now)) {
    const Py_ssize_t size = PyList_GET_SIZE(now);
    if (size != PyList_GET_SIZE(before)) return false;
    for (Py_ssize_t i = 0; i < size; ++i) {
      if (PyList_GET_ITEM(now, i) != PyList_GET_ITEM(before, i)) return false;
    }
    return true;
  }
  if (!PyDict_Check(now)) return true;
  if (PyDict_GET_SIZE(now) != PyDict_GET_SIZE(before)) return false;
  PyObject *key = nullptr, *value = nullptr, *old_key = nullptr, *old_value = nullptr;
  Py_ssize_t at = 0, old_at = 0;
  while (PyDict_Next(now, &at, &key, &value) != 0 && PyDict_Next(before, &old_at, &old_key, &old_value) != 0) {
    if (key != old_key || value != old_value) return false;
  }
  return true;
}

// An OrderedDict keeps a list beside the table, other classes of dicts are filled without their own __setitem__.
void put_item(PyObject* dict, PyObject* key, PyObject* value) {
  require(PyODict_Check(dict) ? PyODict_SetItem(dict, key, value) : PyDict_SetItem(dict, key, value));
}

void remove_item(PyObject* dict, PyObject* key) {
  require(PyODict_Check(dict) ? PyODict_DelItem(dict, key) : PyDict_DelItem(dict, key));
}

void refill(PyObject* container, PyObject* contents) {
  if (PyList_Check(container)) return require(PyList_SetSlice(container, 0, PyList_GET_SIZE(container), contents));
  if (PyODict_Check(container)) {
    nb::handle(container).attr("clear")();
  } else {
    PyDict_Clear(container);
  }
  PyObject *key = nullptr, *value = nullptr;
  for (Py_ssize_t at = 0; PyDict_Next(contents, &at, &key, &value) != 0;) put_item(container, key, value);
}

bool same_set(nb::handle a, nb::handle b) {
  return PySet_GET_SIZE(a.ptr()) == PySet_GET_SIZE(b.ptr()) && PyObject_RichCompareBool(a.ptr(), b.ptr(), Py_EQ) == 1;
}

}  // namespace

// ---- Loans ----------------------------------------------------------------------------------------------------------

namespace {
std::mutex loans_mutex;
std::condition_variable loan_ended;
std::uint64_t ended_loans = 0;
}  // namespace

LentContainers& lent_containers() {
  static LentContainers& containers = *new LentContainers;
  return containers;
}

void LentContainers::lend(const std::vector<nb::object>& containers) {
  for (const nb::object& container : containers) ++lent_[container.ptr()];
}

void LentContainers::give_back(const std::vector<nb::object>& containers) {
  for (const nb::object& container : containers) {
    const auto found = lent_.find(container.ptr());
    if (found != lent_.end() && --found->second == 0) lent_.erase(found);
  }
  {
    const std::lock_guard lock(loans_mutex);
    ++ended_loans;
  }
  loan_ended.notify_all();
}

void LentContainers::wait() {
  std::unique_lock lock(loans_mutex);
  const std::uint64_t seen = ended_loans;
  const nb::gil_scoped_release released;
  loan_ended.wait(lock, [&] { return ended_loans != seen; });
  lock.unlock();  // before the interpreter's lock is taken: who holds that may want this one
}

// ---- The trace ------------------------------------------------------------------------------------------------------

StateTrace::StateTrace(CapturedState& state, const std::string& function)
    : state_(state), function_(function), outer_(innermost_trace) {
  for (PyObject* object : state.objects_) live_.push_back(nb::borrow(object));
  for (PyObject* object : state.objects_) before_.push_back(copy_of(object));
  lent_containers().lend(live_);
  innermost_trace = this;
  lent_ = true;
}

StateTrace::~StateTrace() {
  try {
    restore();
  } catch (nb::python_error& error) {
    error.discard_as_unraisable("restoring captured state");
  }
  innermost_trace = outer_;
  lent_containers().give_back(live_);
}

void StateTrace::restore() {
  if (!std::exchange(lent_, false)) return;
  for (std::size_t i = 0; i < live_.size(); ++i) {
    if (!same_items(live_[i].ptr(), before_[i].ptr())) refill(live_[i].ptr(), before_[i].ptr());
  }
  for (const auto& [set, contents] : sets()) {
    if (same_set(set, contents)) continue;
    require(PySet_Clear(set.ptr()));
    require(PyObject_IsTrue(set.attr("update")(contents).ptr()));
  }
}

/// Every mutable set and what was in it.
std::vector<std::pair<nb::handle, nb::handle>> StateTrace::sets() const {
  std::vector<std::pair<nb::handle, nb::handle>> found;
  for (std::size_t i = 0; i < live_.size(); ++i) {
    const StateContainer& c = state_.containers_[i];
    for (std::size_t s = 0; s < c.slots.size(); ++s) {
      const StateSlot& slot = c.slots[s];
      if (slot.kind != Kind::set || !PySet_Check(slot.value.ptr())) continue;
      PyObject* const container = before_[i].ptr();
      PyObject* const set = slot.key.is_valid()    ? PyDict_GetItem(container, slot.key.ptr())
                            : c.form == Form::list ? PyList_GET_ITEM(container, static_cast<Py_ssize_t>(s))
                                                   : PyTuple_GET_ITEM(container, static_cast<Py_ssize_t>(s));
      found.emplace_back(set, slot.value);
    }
  }
  return found;
}

bool StateTrace::is_lent(nb::handle container) {
  const StateTrace* const trace = innermost_trace;
  if (trace == nullptr) return false;
  return std::any_of(trace->live_.begin(), trace->live_.end(), [&](const nb::object& c) { return c.is(container); });
}

// ---- Reading what it did --------------------------------------------------------------------------------------------

/// Finds out what the containers hold at the end of a trace, in terms of what they held and what was made.
class EffectReader {
 public:
  EffectReader(StateTrace& trace, std::span<const nb::object> arguments, std::vector<array>& outputs)
      : trace_(trace), state_(trace.state_), outputs_(outputs), first_(outputs.size()) {
    for (std::size_t i = 0; i < arguments.size(); ++i)
      index(arguments[i].ptr(), {Value::Kind::argument, position(i), {}});
    for (std::size_t i = 0; i < state_.array_objects_.size(); ++i)
      index(state_.array_objects_[i], {Value::Kind::array, position(i), {}});
    for (std::size_t i = 0; i < trace.live_.size(); ++i)
      index(trace.live_[i].ptr(), {Value::Kind::container, position(i), {}});
  }

  std::unique_ptr<StateEffects> read() {
    for (std::size_t i = 1; i < trace_.live_.size(); ++i) {
      container_ = static_cast<std::uint32_t>(i);
      PyObject* const now = trace_.live_[i].ptr();
      PyObject* const before = trace_.before_[i].ptr();
      const bool sets_changed = read_sets(i);
      if (same_items(now, before) && !sets_changed) continue;
      if (PyList_Check(now)) {
        read_list(now, before);
      } else {
        read_dict(now, before);
      }
    }
    effects_->fresh_count_ = outputs_.size() - first_;
    find_replaced();
    return std::move(effects_);
  }

  /// Attributes that nothing here can hold: they stay as the function left them.
  struct Kept {
    std::size_t container;
    nb::object key, value;
  };
  const std::vector<Kept>& kept() const { return kept_; }

 private:
  using Value = StateEffects::Value;
  using Change = StateEffects::Change;
  using Build = StateEffects::Build;

  static std::uint32_t position(std::size_t i) { return static_cast<std::uint32_t>(i); }
  void index(PyObject* object, Value value) { known_.try_emplace(object, std::move(value)); }

  bool read_sets(std::size_t i) {
    for (const StateSlot& slot : state_.containers_[i].slots) {
      if (slot.kind != Kind::set || !slot.key.is_valid()) continue;
      PyObject* const before = PyDict_GetItem(trace_.before_[i].ptr(), slot.key.ptr());
      if (before != nullptr && !same_set(before, slot.value)) return true;
    }
    return false;
  }

  void read_list(PyObject* now, PyObject* before) {
    Change change;
    change.container = container_;
    const Py_ssize_t size = PyList_GET_SIZE(now);
    change.whole = size != PyList_GET_SIZE(before);
    for (Py_ssize_t i = 0; i < size; ++i) {
      PyObject* const value = PyList_GET_ITEM(now, i);
      if (!change.whole && value == PyList_GET_ITEM(before, i)) continue;
      at_ = fmt::format("[{}]", i);
      change.places.push_back(static_cast<std::size_t>(i));
      change.values.push_back(value_of(value));
    }
    effects_->changes_.push_back(std::move(change));
  }

  void read_dict(PyObject* now, PyObject* before) {
    Change change;
    change.container = container_;
    change.whole = !is_prefix_kept(now, before, change.deleted);
    if (change.whole) change.deleted.clear();
    const bool attributes = state_.containers_[container_].form == Form::attributes;
    PyObject *key = nullptr, *value = nullptr;
    for (Py_ssize_t at = 0; PyDict_Next(now, &at, &key, &value) != 0;) {
      PyObject* const old = PyDict_GetItem(before, key);
      const StateSlot* const slot = slot_of(key);
      const bool changed_set =
          slot != nullptr && slot->kind == Kind::set && old == value && !same_set(value, slot->value);
      if (!change.whole && old == value && !changed_set) continue;
      at_ = fmt::format("[{}]", nb::cast<std::string>(nb::repr(key)));
      if (attributes && !is_representable(value)) {
        kept_.push_back({container_, nb::borrow(key), nb::borrow(value)});
        continue;
      }
      change.keys.push_back(nb::borrow(key));
      change.values.push_back(value_of(value));
    }
    effects_->changes_.push_back(std::move(change));
  }

  /// Whether the keys that are left come first and in their old order; `deleted`: those that are gone.
  bool is_prefix_kept(PyObject* now, PyObject* before, std::vector<nb::object>& deleted) const {
    PyObject *key = nullptr, *value = nullptr, *old_key = nullptr;
    Py_ssize_t at = 0, old_at = 0;
    while (PyDict_Next(before, &old_at, &old_key, &value) != 0) {
      if (PyDict_GetItem(now, old_key) == nullptr) {
        deleted.push_back(nb::borrow(old_key));
        continue;
      }
      if (PyDict_Next(now, &at, &key, &value) == 0 || key != old_key) return false;
    }
    return true;
  }

  const StateSlot* slot_of(PyObject* key) const {
    for (const StateSlot& slot : state_.containers_[container_].slots) {
      if (slot.key.ptr() == key) return &slot;
    }
    return nullptr;
  }

  bool is_representable(nb::handle value) const {
    PyObject* const p = value.ptr();
    if (as_array(value) != nullptr || is_constant(value) || is_dim(value) || PyAnySet_CheckExact(p)) return true;
    return PyTuple_CheckExact(p) || (PyCallable_Check(p) != 0 && !PyDict_Check(p) && !PyList_Check(p));
  }

  Value value_of(nb::handle value) {
    PyObject* const p = value.ptr();
    if (const auto found = known_.find(p); found != known_.end()) return found->second;
    if (is_dim(value)) return {Value::Kind::object, 0, nb::int_(value)};  // the trace holds for this number only
    Value result;
    if (const array* const x = as_array(value)) {
      if (x->node()->is_traced()) {
        result = {Value::Kind::fresh, position(outputs_.size() - first_), {}};
        outputs_.push_back(*x);
      } else {
        result = {Value::Kind::object, 0, nb::borrow(value)};  // from before the trace: that very object
      }
    } else if (PyList_Check(p) || PyTuple_Check(p) || PyDict_Check(p)) {
      result = built(value);
    } else if (PySet_CheckExact(p)) {
      result = {Value::Kind::set_copy, 0, nb::steal(PyFrozenSet_New(p))};
    } else if (is_constant(value) || PyCallable_Check(p) != 0 || PyAnySet_CheckExact(p) || is_enum(value)) {
      return {Value::Kind::object, 0, nb::borrow(value)};
    } else {
      fail<TypeError>(
          "[compile] {} left a {} in {}{}; captured state (inputs=, outputs=) holds arrays, numbers, strings, None, "
          "functions, and lists, tuples, dicts and modules of them.",
          trace_.function_, type_text(value), state_.path(container_), at_);
    }
    held_.push_back(nb::borrow(value));  // its address stays its own
    index(p, result);
    return result;
  }

  static bool is_enum(nb::handle value) {
    static const nb::object type = nb::module_::import_("enum").attr("Enum");
    return PyObject_IsInstance(value.ptr(), type.ptr()) == 1;
  }

  Value built(nb::handle value) {
    if (++depth_ > 100) {
      fail<ValueError>("[compile] {} left a container in {}{} that is nested too deep or holds itself.",
                       trace_.function_, state_.path(container_), at_);
    }
    PyObject* const p = value.ptr();
    Build build;
    build.type = nb::borrow(reinterpret_cast<PyObject*>(Py_TYPE(p)));
    build.form = PyList_Check(p) ? Form::list : PyTuple_Check(p) ? Form::tuple : Form::dict;
    if (PyDict_Check(p)) {
      PyObject *key = nullptr, *item = nullptr;
      for (Py_ssize_t at = 0; PyDict_Next(p, &at, &key, &item) != 0;) {
        build.keys.push_back(nb::borrow(key));
        build.items.push_back(value_of(item));
      }
      if (!PyDict_CheckExact(p) && nb::hasattr(value, "__dict__"))
        build.attributes = copy_of(value.attr("__dict__").ptr());
    } else {
      for (nb::handle item : value) build.items.push_back(value_of(item));
    }
    --depth_;
    effects_->builds_.push_back(std::move(build));
    return {Value::Kind::build, position(effects_->builds_.size() - 1), {}};
  }

  /// Values that take the place of an array which stood there alone: see Change::replaced.
  void find_replaced() {
    std::vector<int> uses(effects_->fresh_count_, 0);
    std::vector<bool> moved(state_.arrays_.size(), false);
    const auto count = [&](const Value& value) {
      if (value.kind == Value::Kind::fresh) ++uses[value.index];
      if (value.kind == Value::Kind::array) moved[value.index] = true;
    };
    for (const Change& change : effects_->changes_) std::for_each(change.values.begin(), change.values.end(), count);
    for (const Build& build : effects_->builds_) std::for_each(build.items.begin(), build.items.end(), count);
    for (const StateContainer& c : state_.containers_) {
      for (const StateSlot& slot : c.slots) {
        if (slot.kind == Kind::same_array) moved[slot.index] = true;
      }
    }
    for (Change& change : effects_->changes_) {
      const StateContainer& c = state_.containers_[change.container];
      for (std::size_t i = 0; i < change.values.size(); ++i) {
        const Value& value = change.values[i];
        const StateSlot* slot = nullptr;
        if (!change.whole) {
          container_ = change.container;
          slot = c.form == Form::list ? &c.slots[change.places[i]] : slot_of(change.keys[i].ptr());
        }
        const bool replaces = slot != nullptr && slot->kind == Kind::array && !moved[slot->index] &&
                              value.kind == Value::Kind::fresh && uses[value.index] == 1;
        change.replaced.push_back(replaces ? static_cast<std::int32_t>(slot->index) : -1);
      }
    }
  }

  StateTrace& trace_;
  CapturedState& state_;
  std::vector<array>& outputs_;
  std::size_t first_;
  std::unique_ptr<StateEffects> effects_ = std::make_unique<StateEffects>();
  std::unordered_map<PyObject*, Value> known_;
  std::vector<nb::object> held_;
  std::vector<Kept> kept_;
  std::uint32_t container_ = 0;
  std::string at_;
  int depth_ = 0;
};

std::unique_ptr<StateEffects> StateTrace::finish(std::span<const nb::object> arguments, std::vector<array>& outputs) {
  EffectReader reader(*this, arguments, outputs);
  auto effects = reader.read();
  restore();
  for (const auto& kept : reader.kept()) {
    put_item(live_[kept.container].ptr(), kept.key.ptr(), kept.value.ptr());
  }
  return effects;
}

void StateTrace::end() {
  restore();
  before_.clear();  // nobody but the containers holds the arrays now: the first run may take their memory
}

// ---- Repeating it ---------------------------------------------------------------------------------------------------

nb::object StateEffects::make(const Value& value, Commit& commit) const {
  switch (value.kind) {
    case Value::Kind::fresh: {
      commit.wrapped.resize(fresh_count_);
      nb::object& object = commit.wrapped[value.index];
      if (!object.is_valid()) object = wrap(std::move(commit.fresh[value.index]));
      return object;
    }
    case Value::Kind::array:
      return nb::borrow(commit.state.array_objects_[value.index]);
    case Value::Kind::container:
      return nb::borrow(commit.state.objects_[value.index]);
    case Value::Kind::argument:
      return nb::borrow(commit.arguments[value.index]);
    case Value::Kind::set_copy:
      return nb::steal(PySet_New(value.object.ptr()));
    case Value::Kind::object:
      return value.object;
    case Value::Kind::build:
      break;
  }
  commit.built.resize(builds_.size());
  if (!commit.built[value.index].is_valid()) {
    nb::object object = build(builds_[value.index], commit);
    commit.built[value.index] = std::move(object);
  }
  return commit.built[value.index];
}

nb::object StateEffects::build(const Build& build, Commit& commit) const {
  if (build.form == Form::dict) {
    nb::object out = build.type.is(nb::handle(reinterpret_cast<PyObject*>(&PyDict_Type)))
                         ? nb::object(nb::dict())
                         : build.type.attr("__new__")(build.type);
    for (std::size_t i = 0; i < build.keys.size(); ++i) {
      put_item(out.ptr(), build.keys[i].ptr(), make(build.items[i], commit).ptr());
    }
    if (build.attributes.is_valid()) out.attr("__dict__").attr("update")(build.attributes);
    return out;
  }
  nb::list items;
  for (const Value& item : build.items) items.append(make(item, commit));
  if (build.form == Form::list) {
    if (build.type.is(nb::handle(reinterpret_cast<PyObject*>(&PyList_Type)))) return items;
    return build.type(items);
  }
  if (build.type.is(nb::handle(reinterpret_cast<PyObject*>(&PyTuple_Type)))) return nb::tuple(items);
  return nb::hasattr(build.type, "_fields") ? build.type(*nb::tuple(items)) : build.type(nb::tuple(items));
}

namespace {

/// Nobody but its container holds an array object.
bool is_held_once(PyObject* object) {
  return Py_REFCNT(object) == 1 && *PyObject_GET_WEAKREFS_LISTPTR(object) == nullptr;
}

}  // namespace

void StateEffects::apply(const Change& change, PyObject* container, std::span<const Made> made) {
  const bool is_list = PyList_Check(container);
  if (change.whole) {
    nb::object contents = is_list ? nb::object(nb::list()) : nb::object(nb::dict());
    for (const Made& m : made) {
      if (is_list)
        require(PyList_Append(contents.ptr(), m.object.ptr()));
      else
        put_item(contents.ptr(), change.keys[m.value].ptr(), m.object.ptr());
    }
    return refill(container, contents.ptr());
  }
  for (const nb::object& key : change.deleted) remove_item(container, key.ptr());
  for (const Made& m : made) {
    if (is_list)
      require(PyList_SetItem(container, static_cast<Py_ssize_t>(change.places[m.value]), Py_NewRef(m.object.ptr())));
    else
      put_item(container, change.keys[m.value].ptr(), m.object.ptr());
  }
}

void StateEffects::commit(CapturedState& state, std::span<array> fresh, std::span<PyObject* const> arguments) const {
  // Array objects that nobody else holds take the new value where they are; everything else is made before the first
  // change, since a change may drop what another one moves.
  Commit commit{state, fresh, arguments, {}, {}};
  std::vector<Made> made;
  for (const Change& change : changes_) {
    for (std::size_t i = 0; i < change.values.size(); ++i) {
      if (change.replaced[i] >= 0) {
        PyObject* const there = state.array_objects_[static_cast<std::size_t>(change.replaced[i])];
        if (is_held_once(there)) {
          *nb::inst_ptr<array>(there) = std::move(fresh[change.values[i].index]);
          continue;
        }
      }
      made.push_back({&change, i, make(change.values[i], commit)});
    }
  }
  const auto fills_only = [](const Change& change) { return !change.whole && change.deleted.empty(); };
  if (made.empty() && std::all_of(changes_.begin(), changes_.end(), fills_only)) return;
  std::vector<nb::object> containers;  // a change may drop one that has changes of its own
  for (const Change& change : changes_) containers.push_back(nb::borrow(state.objects_[change.container]));
  std::size_t next = 0;
  for (const Change& change : changes_) {
    const nb::object& container = containers[static_cast<std::size_t>(&change - changes_.data())];
    const std::size_t first = next;
    while (next < made.size() && made[next].change == &change) ++next;
    if (next == first && fills_only(change)) continue;
    apply(change, container.ptr(), std::span(made).subspan(first, next - first));
  }
}

// ---- State that is made at first use --------------------------------------------------------------------------------

namespace {

PyObject* begin_again = nullptr;

}  // namespace

bool initialize_state(nb::handle container, nb::handle callback) {
  if (!StateTrace::is_lent(container)) return false;
  PyErr_SetObject(begin_again, nb::handle(begin_again)(callback).ptr());
  throw nb::python_error();
}

nb::object requested_initialization(const nb::python_error& error) {
  return error.matches(begin_again) ? nb::object(error.value().attr("args")[0]) : nb::object();
}

void bind_state(nb::module_& m) {
  begin_again = PyErr_NewException("cermet.core._BeginAgain", PyExc_BaseException, nullptr);
  if (begin_again == nullptr) throw nb::python_error();
  m.attr("_BeginAgain") = nb::handle(begin_again);
  m.def("_initialize_state", initialize_state,
        "If `container` is declared state of the compiled function that is being traced: gives up the trace, calls "
        "callback(), which puts concrete arrays into it, and traces again. Otherwise returns False.");
}

}  // namespace cermet::python
