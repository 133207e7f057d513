// How a Python argument becomes a C++ parameter: one Converter per C++ type (function.h uses them).
//
// A converter is built from the Source of an argument, keeps what the value needs (an array made of a list), gives the
// value with get(), and says what it takes: accepts() for a quick look at the Python type, what() for messages ("an
// integer"), annotation() for stubs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "convert.h"

namespace cermet::python {

class Function;

/// One argument on its way to C++: which function's, which parameter, and the Python object.
struct Source {
  const Function* function;
  std::size_t index;  ///< of the parameter
  nb::handle object;
  bool is_item = false;      ///< an item of the list that was given for the parameter
  bool is_variadic = false;  ///< the tuple of a parameter like `*arrays`

  const char* op() const;
  /// "`shift`", or "Each item of `arrays`".
  std::string name() const;
  Source item(nb::handle x) const { return {function, index, x, true, false}; }
  /// Throws TypeError "[roll] `shift` must be an integer, not str."
  [[noreturn]] void refuse(const std::string& what) const;
};

template <class T>
struct Converter;

/// A list or tuple as PySequence_Fast gives it; also ranges and other sequences that are not strings or arrays.
/// Invalid if `object` is none of these.
nb::object sequence_of(nb::handle object);
bool is_sequence(nb::handle object);
bool is_integer_like(nb::handle object);

/// The integer of a Source in [low, high]; TypeError if it is none, ValueError out of range.
std::int64_t integer_of(const Source& source, std::int64_t low, std::int64_t high);
double double_of(const Source& source);
bool bool_of(const Source& source);
std::string string_of(const Source& source);
array array_of(const Source& source);

// ---- Arrays -------------------------------------------------------------------------------------------------------

template <>
struct Converter<array> {
  explicit Converter(const Source& s) : array_(as_array(s.object)) {
    if (array_ == nullptr) array_ = &made_.emplace(array_of(s));
  }
  const array& get() { return *array_; }
  static bool accepts(nb::handle h) { return is_operand(h); }
  static std::string what() { return "an array or a number"; }
  static std::string annotation() { return "ArrayLike"; }

 private:
  std::optional<array> made_;
  const array* array_;
};

/// Keeps Python scalars weak: they take the dtype of the arrays beside them.
template <>
struct Converter<Operand> {
  explicit Converter(const Source& s) : argument_(s.op(), checked(s)) {}
  const Operand& get() { return argument_.operand(); }
  static bool accepts(nb::handle h) { return is_operand(h); }
  static std::string what() { return "an array or a number"; }
  static std::string annotation() { return "ArrayLike"; }

 private:
  static nb::handle checked(const Source& s) {
    if (!is_operand(s.object)) s.refuse(what());
    return s.object;
  }
  Argument argument_;
};

// ---- Python's own types -------------------------------------------------------------------------------------------

template <>
struct Converter<int> {
  explicit Converter(const Source& s) : value_(static_cast<int>(integer_of(s, -2147483648LL, 2147483647LL))) {}
  int get() { return value_; }
  static bool accepts(nb::handle h) { return is_integer_like(h); }
  static std::string what() { return "an integer"; }
  static std::string annotation() { return "int"; }

 private:
  int value_;
};

template <>
struct Converter<std::int64_t> {
  explicit Converter(const Source& s) : value_(integer_of(s, INT64_MIN, INT64_MAX)) {}
  std::int64_t get() { return value_; }
  static bool accepts(nb::handle h) { return is_integer_like(h); }
  static std::string what() { return "an integer"; }
  static std::string annotation() { return "int"; }

 private:
  std::int64_t value_;
};

template <>
struct Converter<double> {
  explicit Converter(const Source& s) : value_(double_of(s)) {}
  double get() { return value_; }
  static bool accepts(nb::handle h) { return PyFloat_Check(h.ptr()) || is_integer_like(h); }
  static std::string what() { return "a number"; }
  static std::string annotation() { return "float"; }

 private:
  double value_;
};

template <>
struct Converter<float> : Converter<double> {
  using Converter<double>::Converter;
  float get() { return static_cast<float>(Converter<double>::get()); }
};

template <>
struct Converter<bool> {
  explicit Converter(const Source& s) : value_(bool_of(s)) {}
  bool get() { return value_; }
  static bool accepts(nb::handle h) { return PyBool_Check(h.ptr()) != 0; }
  static std::string what() { return "True or False"; }
  static std::string annotation() { return "bool"; }

 private:
  bool value_;
};

template <>
struct Converter<std::string> {
  explicit Converter(const Source& s) : value_(string_of(s)) {}
  const std::string& get() { return value_; }
  static bool accepts(nb::handle h) { return PyUnicode_Check(h.ptr()) != 0; }
  static std::string what() { return "a string"; }
  static std::string annotation() { return "str"; }

 private:
  std::string value_;
};

/// The object as it is, for special cases.
template <>
struct Converter<nb::handle> {
  explicit Converter(const Source& s) : value_(s.object) {}
  nb::handle get() { return value_; }
  static bool accepts(nb::handle) { return true; }
  static std::string what() { return "an object"; }
  static std::string annotation() { return "object"; }

 private:
  nb::handle value_;
};

// ---- Cermet's types -----------------------------------------------------------------------------------------------

/// An integer or a sequence of integers; `*shape` takes f(2, 3) and f((2, 3)).
template <>
struct Converter<Shape> {
  explicit Converter(const Source& s);
  const Shape& get() { return value_; }
  static bool accepts(nb::handle h) { return is_integer_like(h) || is_sequence(h); }
  static std::string what() { return "an integer or a sequence of integers"; }
  static std::string annotation() { return "int | Sequence[int]"; }

 private:
  Shape value_;
};

/// An extent: an integer, or an mx.Dim.
template <>
struct Converter<Dim> {
  explicit Converter(const Source& s);
  Dim get() { return value_; }
  static bool accepts(nb::handle h) { return is_integer_like(h); }
  static std::string what() { return "an integer"; }
  static std::string annotation() { return "int"; }

 private:
  Dim value_;
};

template <>
struct Converter<Dtype> {
  explicit Converter(const Source& s);
  Dtype get() { return value_; }
  static bool accepts(nb::handle h) { return PyType_Check(h.ptr()) != 0 || nb::isinstance<Dtype>(h); }
  static std::string what() { return "a Dtype like mx.float32"; }
  static std::string annotation() { return "Dtype"; }

 private:
  Dtype value_;
};

template <>
struct Converter<StreamOrDevice> {
  explicit Converter(const Source& s) : value_(stream_of(s.object)) {}
  StreamOrDevice get() { return value_; }
  static bool accepts(nb::handle) { return true; }
  static std::string what() { return "a Stream, a Device, a DeviceType or None"; }
  static std::string annotation() { return "StreamOrDevice"; }

 private:
  StreamOrDevice value_;
};

// ---- Compositions -------------------------------------------------------------------------------------------------

/// None is nullopt.
template <class T>
struct Converter<std::optional<T>> {
  explicit Converter(const Source& s) {
    if (!s.object.is_none()) inner_.emplace(s);
  }
  std::optional<T> get() { return inner_ ? std::optional<T>(inner_->get()) : std::nullopt; }
  static bool accepts(nb::handle h) { return h.is_none() || Converter<T>::accepts(h); }
  static std::string what() { return Converter<T>::what() + " or None"; }
  static std::string annotation() { return Converter<T>::annotation() + " | None"; }

 private:
  std::optional<Converter<T>> inner_;
};

/// A list or tuple. Where the items are integers, one integer stands for a list of itself.
template <class T>
struct Converter<std::vector<T>> {
  static constexpr bool takes_one = std::is_same_v<T, int> || std::is_same_v<T, std::int64_t>;

  explicit Converter(const Source& s) {
    nb::object items = sequence_of(s.object);
    if constexpr (takes_one) {
      if (!items.is_valid() && is_integer_like(s.object)) {
        values_.push_back(Converter<T>(s).get());
        return;
      }
      if (s.is_variadic && PySequence_Fast_GET_SIZE(items.ptr()) == 1) {
        nb::object inner = sequence_of(PySequence_Fast_GET_ITEM(items.ptr(), 0));
        if (inner.is_valid()) items = std::move(inner);
      }
    }
    if (!items.is_valid()) s.refuse(what());
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(items.ptr());
    values_.reserve(static_cast<std::size_t>(count));
    for (Py_ssize_t i = 0; i < count; ++i) {
      values_.push_back(Converter<T>(s.item(PySequence_Fast_GET_ITEM(items.ptr(), i))).get());
    }
  }
  const std::vector<T>& get() { return values_; }
  static bool accepts(nb::handle h) { return is_sequence(h) || (takes_one && is_integer_like(h)); }
  static std::string what() {
    if constexpr (takes_one) return "an integer or a sequence of integers";
    if constexpr (std::is_same_v<T, array>) return "a list or tuple of arrays";
    return "a sequence, each item " + Converter<T>::what();
  }
  static std::string annotation() {
    return (takes_one ? "int | " : "") + ("Sequence[" + Converter<T>::annotation() + "]");
  }

 private:
  std::vector<T> values_;
};

/// The first alternative that accepts the object.
template <class... Ts>
struct Converter<std::variant<Ts...>> {
  explicit Converter(const Source& s) {
    if (!(try_one<Ts>(s) || ...)) s.refuse(what());
  }
  const std::variant<Ts...>& get() { return *value_; }
  static bool accepts(nb::handle h) { return (Converter<Ts>::accepts(h) || ...); }
  static std::string what() { return joined(" or ", {Converter<Ts>::what()...}); }
  static std::string annotation() { return joined(" | ", {Converter<Ts>::annotation()...}); }

 private:
  template <class T>
  bool try_one(const Source& s) {
    if (!Converter<T>::accepts(s.object)) return false;
    value_.emplace(std::in_place_type<T>, Converter<T>(s).get());
    return true;
  }
  static std::string joined(const char* between, std::initializer_list<std::string> parts) {
    std::string out;
    for (const std::string& part : parts) out += (out.empty() ? "" : between) + part;
    return out;
  }
  std::optional<std::variant<Ts...>> value_;
};

}  // namespace cermet::python
