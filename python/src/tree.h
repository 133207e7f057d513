// Trees of Python containers around arrays: what compiled functions take and return.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "convert.h"
#include "transforms/compiled_function.h"

namespace cermet::python {

class CapturedState;

/// None, bool, int, float, complex, str, bytes, Dtype.
bool is_constant(nb::handle value);
/// Appends tag, size and bytes: no two different sequences of these give the same text.
void put_static(std::string& statics, char tag, const void* data, std::size_t size);
/// Appends a constant by type and value, and to `types` the class that the text names by address; false if it is none.
bool put_constant(nb::handle value, std::string& statics, std::vector<nb::object>& types);

/// Appends the arrays of lists, tuples, dicts and dataclasses (other leaves are skipped).
void collect_arrays(nb::handle tree, std::vector<array>& out);

/// Copies of a call's arguments for the function to be traced with.
struct RebuiltArguments {
  nb::object args, kwargs;  ///< Tuple; dict or null.
  /// Every list and dict in them (for dataclasses their __dict__), and a shallow copy from before the trace.
  std::vector<std::pair<nb::object, nb::object>> containers;
  /// Throws ValueError if the function changed one of them: the caller's container would not see it.
  void require_unchanged(const std::string& function) const;
};

/// The arguments of one call: arrays in order, and bytes that say everything else (structure, constants by type and
/// value). Lists, tuples, named tuples, dicts, dataclasses, None, bool, int, float, complex, str, bytes, Dtype; NumPy
/// arrays become arrays. Anything else is a TypeError that names the argument and the type. Arrays and containers that
/// the declared state holds are not arguments of their own but name their place in it.
class ArgumentTree {
 public:
  ArgumentTree(const std::string& function, nb::handle args, nb::handle kwargs, const CapturedState* state = nullptr);

  std::span<array* const> arrays() const { return arrays_; }
  /// The caller's objects of arrays(); for NumPy arguments the arrays made of them.
  std::span<PyObject* const> objects() const { return objects_; }
  std::string_view statics() const { return statics_; }
  /// The same tree with arrays[i] in place of the i-th array.
  RebuiltArguments rebuild(std::span<const nb::object> arrays) const;
  /// Names of the arrays and texts of the constants: walks the arguments again, since only a miss asks.
  CallDescription describe() const;
  /// The types of named tuples and dataclasses, which `statics` names by address.
  const std::vector<nb::object>& named_types() const { return types_; }

 private:
  struct Path;
  ArgumentTree(const std::string& function, nb::handle args, nb::handle kwargs, const CapturedState* state,
               CallDescription* description);
  void add(nb::handle value, const Path& path);
  void add_array(nb::handle object, const Path& path);
  bool add_shared(nb::handle value, const Path& path);
  void add_items(nb::handle items, char tag, const Path& path);
  void add_dict(nb::handle dict, const Path& path);
  bool add_constant(nb::handle value, const Path& path);
  void put(char tag, const void* data, std::size_t size);

  const std::string& function_;
  nb::handle args_, kwargs_;
  const CapturedState* state_;
  std::string statics_;
  std::vector<array*> arrays_;
  std::vector<PyObject*> objects_;
  std::vector<nb::object> owned_;  // arrays made from NumPy arguments
  std::vector<nb::object> types_;
  CallDescription* description_;  // filled if not null
};

/// True if objects of this type are rebuilt field by field.
bool is_dataclass(nb::handle value);

/// How to build a function's result from its arrays. What the function returned twice, or was given as an argument, is
/// one object in the result of every call too: changes in place are seen by all its names.
class ResultTree {
 public:
  /// Flattens `value` into `arrays`; a leaf that is neither array nor constant is a TypeError. `given`: the objects
  /// that stand for the arguments.
  ResultTree(const std::string& function, nb::handle value, std::vector<array>& arrays,
             std::span<const nb::object> given);
  /// `arguments`: the caller's objects in place of `given`.
  nb::object build(std::span<array> arrays, std::span<PyObject* const> arguments) const;

 private:
  enum class Kind : unsigned char { leaf, argument, earlier, constant, list, tuple, named_tuple, dict, dataclass };
  struct Reading;
  struct Building;
  ResultTree() = default;
  void read(nb::handle value, Reading& reading);
  bool read_leaf(nb::handle value, Reading& reading);
  nb::object build(Building& building) const;

  Kind kind_ = Kind::leaf;
  bool has_earlier_ = false;  // of the root: some leaf is another once more
  std::size_t index_ = 0;     // argument: which; earlier: which array of the result
  nb::object object_;         // the constant, the type of a named tuple or dataclass, or the tuple of keys
  std::vector<ResultTree> children_;
};

}  // namespace cermet::python
