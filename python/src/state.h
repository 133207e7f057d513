// Python containers that a compiled function declared as state (inputs=, outputs=): read at every call, lent to the
// trace, filled in place after the run. What the trace did to them is undone before the first run commits it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "convert.h"
#include "transforms/compiled_function.h"

namespace cermet::python {

/// A place in a container, as it was read.
struct StateSlot {
  enum class Kind : std::uint8_t {
    array,           ///< `index`: which of the distinct arrays.
    same_array,      ///< One that was found before.
    container,       ///< `index`: which of the distinct containers.
    same_container,  ///< One that was found before.
    constant,        ///< `value`; also functions, classes and members of enumerations, by identity.
    set,             ///< A set of constants: `value` is a copy.
    random,          ///< The random state itself: an implicit input and output of every compiled function.
    ignored          ///< An attribute of a module that is none of these.
  };
  nb::object key;  ///< Of dicts and attributes.
  Kind kind = Kind::ignored;
  std::uint32_t index = 0;
  nb::object value;
};

struct StateContainer {
  enum class Form : std::uint8_t { list, tuple, dict, attributes };
  Form form = Form::list;
  nb::object type;
  std::vector<StateSlot> slots;
  bool has_attributes = false;          ///< A dict with a __dict__: its last slot is that, one more than it has items.
  std::uint32_t holder = 0, place = 0;  ///< The container and slot where it was found first.
};

/// What a call must do to the containers after the run, in terms of what it finds in them.
class StateEffects;

/// The declared containers of one compiled function. All members need the interpreter's lock.
class CapturedState {
 public:
  /// Throws TypeError if one is neither None, an array nor a container.
  CapturedState(nb::object inputs, nb::object outputs);
  ~CapturedState();

  /// Reads all containers. Fast if only arrays have changed since the last time. Throws TypeError, naming the place,
  /// for what is neither array, container nor constant.
  void read();
  /// Distinct arrays, as of read().
  std::span<array* const> arrays() const { return arrays_; }
  /// Everything but the arrays as bytes: structure, names, constants, which places hold the same object.
  const std::string& statics() const { return statics_; }
  /// `prefix` and statics(), of a call with `n` positional arrays; kept for the next one.
  std::string_view statics_after(std::string_view prefix, std::size_t n);
  /// Which array or container an object is, or -1.
  int find(const array* handle) const;
  int find_container(nb::handle container) const;
  /// Adds the names of the arrays, the constants and the structure.
  void describe(CallDescription& description) const;
  /// "inputs[0]['layers'][1]['weight']"
  std::string path(std::uint32_t container, std::size_t slot) const;
  std::string path(std::uint32_t container) const;
  /// Objects whose addresses are in statics(): while a key lives, nothing else may take them.
  const std::vector<nb::object>& named_by_address() const { return named_; }

  int traverse(visitproc visit, void* arg) const;
  void clear();

 private:
  friend class StateTrace;
  friend class StateEffects;
  friend class EffectReader;
  bool is_unchanged();
  bool is_unchanged(std::uint32_t container);
  bool is_unchanged(const StateSlot& slot, PyObject* value);
  bool are_distinct();
  void scan();
  void scan_container(std::uint32_t container);
  void scan_slot(std::uint32_t container, nb::handle key, nb::handle value);
  std::uint32_t add_container(nb::handle object, StateContainer::Form form, std::uint32_t holder, std::size_t place);
  void forget();

  nb::object roots_;  // the tuple (inputs, outputs)
  std::vector<StateContainer> containers_;
  std::vector<PyObject*> objects_, last_objects_;  // of containers_, borrowed
  std::vector<PyObject*> array_objects_;           // of arrays_, borrowed
  std::vector<array*> arrays_, last_arrays_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> array_places_;  // container and slot of each array's first place
  std::unordered_map<PyObject*, std::uint32_t> seen_;                  // while scanning: arrays and containers
  std::string statics_;
  std::vector<nb::object> named_;
  std::vector<std::string> positional_;  // statics_after, by n
};

/// While a function is traced: its containers as they were, and what it leaves in them.
class StateTrace {
 public:
  /// Keeps the contents of what `state` has just read, to be restored.
  StateTrace(CapturedState& state, const std::string& function);
  ~StateTrace();
  StateTrace(const StateTrace&) = delete;
  StateTrace& operator=(const StateTrace&) = delete;

  /// What the function did to the containers; new arrays are appended to `outputs`. `arguments` are the array objects
  /// that it was called with. Restores the containers.
  std::unique_ptr<StateEffects> finish(std::span<const nb::object> arguments, std::vector<array>& outputs);
  /// Restores the containers, if finish() has not, and lets go of their old contents: what follows is for good.
  void end();

  /// True if `container` belongs to what this thread traces.
  static bool is_lent(nb::handle container);

 private:
  friend class EffectReader;
  void restore();
  std::vector<std::pair<nb::handle, nb::handle>> sets() const;

  CapturedState& state_;
  const std::string& function_;
  std::vector<nb::object> live_, before_;  // containers and copies of them
  StateTrace* outer_ = nullptr;
  bool lent_ = false;
};

class StateEffects {
 public:
  bool empty() const { return changes_.empty(); }
  /// Applies the effects to the containers that `state` has read. `fresh`: the outputs that finish() appended;
  /// `arguments`: the caller's array objects.
  void commit(CapturedState& state, std::span<array> fresh, std::span<PyObject* const> arguments) const;

 private:
  friend class EffectReader;
  friend class StateTrace;
  /// Where a value that is put into a container comes from.
  struct Value {
    enum class Kind : std::uint8_t { fresh, array, container, argument, object, set_copy, build } kind = Kind::object;
    std::uint32_t index = 0;
    nb::object object;
  };
  /// A container that the function made: items of lists and tuples, or keys and items of dicts.
  struct Build {
    StateContainer::Form form = StateContainer::Form::list;
    nb::object type;
    nb::object attributes;  ///< Of dicts of other classes: their __dict__, copied.
    std::vector<nb::object> keys;
    std::vector<Value> items;
  };
  struct Change {
    std::uint32_t container = 0;
    bool whole = false;  ///< Everything is replaced; else the items of `keys` or `places`.
    std::vector<nb::object> keys, deleted;
    std::vector<std::size_t> places;
    std::vector<Value> values;
    /// For each value: the array that stands there alone and nowhere else, or -1. Its object takes the new value if
    /// nobody but the container holds it.
    std::vector<std::int32_t> replaced;
  };
  /// What a commit works with, and what it has made so far.
  struct Commit {
    CapturedState& state;
    std::span<array> fresh;
    std::span<PyObject* const> arguments;
    std::vector<nb::object> wrapped, built;
  };
  struct Made {
    const Change* change;
    std::size_t value;
    nb::object object;
  };
  nb::object make(const Value& value, Commit& commit) const;
  nb::object build(const Build& build, Commit& commit) const;
  static void apply(const Change& change, PyObject* container, std::span<const Made> made);

  std::vector<Change> changes_;
  std::vector<Build> builds_;
  std::size_t fresh_count_ = 0;
};

/// Calls `callback()` outside of the trace and lets it begin again, if `container` is declared state of the compiled
/// function that is being traced; otherwise returns false. For state that is made at first use (optimizers).
bool initialize_state(nb::handle container, nb::handle callback);
/// The callback, if a Python error is such a request to begin again.
nb::object requested_initialization(const nb::python_error& error);

void bind_state(nb::module_& m);

}  // namespace cermet::python
