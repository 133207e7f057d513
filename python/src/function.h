// Functions of the module from a signature and a C++ function: the one way to bind an operation.
//
//     bind_function(m, "roll(a, /, shift, axis=None)",
//                   "Rolls the elements along axes; those that leave at the end come back at the start.",
//                   [](const array& a, const Shape& shift, const std::optional<std::vector<int>>& axis,
//                      StreamOrDevice s) { return roll(a, shift, axis, s); },
//                   Binding::also_method);
//
// gives mx.roll(a, shift, axis=None, *, stream=None) and x.roll(shift, ...), their doc strings, inspect.signature, a
// row of mx._function_table() (stubs and reference pages come from it), and errors like
// "[roll] `shift` must be an integer or a sequence of integers, not str."
//
// The signature is Python's: names, default values (None, numbers, True, False, 'strings', inf, nan, dtype names and
// tuples of these), `/` (before it: by position only), `*` (after it: by name only), `*arrays` (all further
// positions). The types of the C++ parameters, in the same order, say how arguments are converted:
//   const array&                  array, number, nested list, NumPy array (numbers take their default dtype)
//   const Operand&                the same, but Python numbers stay weak: they take the dtype of the arrays beside them
//   int, std::int64_t, double, float, bool, std::string, Dtype, Shape (int or sequence)
//   std::vector<int>, std::vector<std::int64_t>   int or sequence;  std::vector<T>: list or tuple
//   std::vector<array>            list or tuple of arrays, also as `*arrays`
//   std::optional<T>              None or T;  std::optional<std::vector<int>> is the usual `axis=None`
//   std::variant<A, B>            the first that fits
//   nb::handle                    the object itself, for special cases (convert with convert.h)
//   StreamOrDevice                last parameter: adds `*, stream=None`, not written in the signature
// Results: array, std::vector<T> (a list), ArrayTuple, std::pair, std::tuple (tuples), bool, integers, floats, strings,
// Shape (a tuple), Dtype, std::optional<T>, nb::object, void. Another type needs a Converter (parameter.h) or a
// to_python (below).
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>

#include "parameter.h"

namespace cermet::python {

/// Where the function appears.
enum class Binding { function_only, also_method, method_only };

/// A bound function: its parsed signature and the call into C++.
class Function {
 public:
  static constexpr std::size_t max_parameters = 16;
  struct Parameter {
    std::string name;
    nb::object key;       ///< the interned name
    nb::object fallback;  ///< invalid if the argument is required
    std::string fallback_text;
  };

  virtual ~Function() = default;
  Function(const Function&) = delete;
  Function& operator=(const Function&) = delete;

  /// A vectorcall: places the arguments, fills in defaults, and calls.
  PyObject* invoke(PyObject* const* args, std::size_t count, PyObject* keyword_names) const;

  const std::string& name() const { return name_; }
  /// The name in messages: "roll", "random.normal".
  const std::string& op() const { return op_; }
  /// The name with all parameters.
  const std::string& signature() const { return signature_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  nb::object python_signature() const;
  nb::dict table_row() const;

 protected:
  Function(nb::handle module, std::string_view signature, const char* doc, std::size_t parameter_count,
           bool has_stream);
  /// Converts all parameters, calls, and converts the result: a new reference.
  virtual PyObject* call(PyObject* const* arguments) const = 0;
  virtual std::vector<std::string> parameter_annotations() const = 0;
  virtual std::string result_annotation() const = 0;
  int variadic() const { return variadic_; }

 private:
  friend void add_function(nb::module_& m, std::unique_ptr<Function> function, Binding binding,
                           std::string_view aliases);
  friend PyObject* doc_of_function(const Function& f);
  void parse(std::string_view text, bool has_stream);
  void add_parameter(std::string_view text);
  void place_keyword(PyObject** slots, PyObject* key, PyObject* value) const;
  [[noreturn]] void refuse_positions(std::size_t count) const;

  std::string name_, op_, module_, signature_, aliases_;
  const char* doc_;
  Binding binding_ = Binding::function_only;
  std::vector<Parameter> parameters_;
  std::size_t positional_only_ = 0;  ///< parameters before `/`
  std::size_t positions_ = 0;        ///< parameters that can be given by position (without `*arrays`)
  int variadic_ = -1;                ///< index of `*arrays`
};

/// Registers the function under its name and its aliases (words); a signature that does not fit is an InternalError.
void add_function(nb::module_& m, std::unique_ptr<Function> function, Binding binding, std::string_view aliases);

/// A row of mx._function_table() for what is bound in another way (mx.compile, mx.eval, classes' functions).
void add_table_row(nb::dict row);

// ---- Results ------------------------------------------------------------------------------------------------------

/// A C++ result as Python object, and what it is called in stubs.
template <class T>
struct Result {
  static nb::object to_python(const T& x) { return nb::cast(x); }
  static std::string annotation() {
    if constexpr (std::is_same_v<T, bool>)
      return "bool";
    else if constexpr (std::integral<T>)
      return "int";
    else if constexpr (std::floating_point<T>)
      return "float";
    else if constexpr (std::is_same_v<T, std::string>)
      return "str";
    else if constexpr (std::is_same_v<T, Dtype>)
      return "Dtype";
    else
      return "object";
  }
};

template <>
struct Result<array> {
  static nb::object to_python(array x) { return wrap(std::move(x)); }
  static std::string annotation() { return "array"; }
};

template <>
struct Result<Shape> {
  static nb::object to_python(const Shape& x) { return shape_tuple(x); }
  static std::string annotation() { return "tuple[int, ...]"; }
};

template <class T>
requires std::derived_from<T, nb::object>
struct Result<T> {
  static nb::object to_python(T x) { return x; }
  static std::string annotation() {
    if constexpr (std::is_same_v<T, nb::dict>)
      return "dict";
    else if constexpr (std::is_same_v<T, nb::list>)
      return "list";
    else if constexpr (std::is_same_v<T, nb::tuple>)
      return "tuple";
    else
      return "object";
  }
};

template <class T>
struct Result<std::vector<T>> {
  static nb::object to_python(std::vector<T> items) {
    nb::list out;
    for (T& item : items) out.append(Result<T>::to_python(std::move(item)));
    return out;
  }
  static std::string annotation() { return "list[" + Result<T>::annotation() + "]"; }
};

/// Several arrays as a Python tuple.
struct ArrayTuple {
  std::vector<array> items;
};

template <>
struct Result<ArrayTuple> {
  static nb::object to_python(ArrayTuple x) {
    return nb::tuple(Result<std::vector<array>>::to_python(std::move(x.items)));
  }
  static std::string annotation() { return "tuple[array, ...]"; }
};

template <class T>
struct Result<std::optional<T>> {
  static nb::object to_python(std::optional<T> x) {
    return x ? Result<T>::to_python(std::move(*x)) : nb::object(nb::none());
  }
  static std::string annotation() { return Result<T>::annotation() + " | None"; }
};

template <class A, class B>
struct Result<std::pair<A, B>> {
  static nb::object to_python(std::pair<A, B> x) {
    return nb::make_tuple(Result<A>::to_python(std::move(x.first)), Result<B>::to_python(std::move(x.second)));
  }
  static std::string annotation() { return "tuple[" + Result<A>::annotation() + ", " + Result<B>::annotation() + "]"; }
};

template <class... Ts>
struct Result<std::tuple<Ts...>> {
  static nb::object to_python(std::tuple<Ts...> x) {
    return std::apply([](auto&&... part) { return nb::make_tuple(Result<Ts>::to_python(std::move(part))...); },
                      std::move(x));
  }
  static std::string annotation() {
    std::string out;
    for (const std::string& part : {Result<Ts>::annotation()...}) out += (out.empty() ? "" : ", ") + part;
    return "tuple[" + out + "]";
  }
};

// ---- From the C++ type of a function to a Function ----------------------------------------------------------------

namespace signature {

/// The parameter and result types of a function pointer or a lambda.
template <class F>
struct Of : Of<decltype(&F::operator())> {};
template <class R, class... Ts>
struct Of<R (*)(Ts...)> {
  using Type = R(std::remove_cvref_t<Ts>...);
};
template <class C, class R, class... Ts>
struct Of<R (C::*)(Ts...) const> : Of<R (*)(Ts...)> {};

template <std::size_t index, class T>
struct Slot {
  Slot(const Function& f, PyObject* const* arguments, int variadic)
      : converter(Source{&f, index, arguments[index], false, variadic == static_cast<int>(index)}) {}
  Converter<T> converter;
};

/// All converters of a call, in place; bases are built in order, so that the first wrong argument is reported.
template <class Indices, class... Ts>
struct Slots;
template <std::size_t... indices, class... Ts>
struct Slots<std::index_sequence<indices...>, Ts...> : Slot<indices, Ts>... {
  Slots([[maybe_unused]] const Function& f, [[maybe_unused]] PyObject* const* arguments, [[maybe_unused]] int variadic)
      : Slot<indices, Ts>(f, arguments, variadic)... {}
  template <class F>
  decltype(auto) apply(const F& function) {
    return function(static_cast<Slot<indices, Ts>&>(*this).converter.get()...);
  }
};

template <class... Ts>
constexpr bool ends_with_stream = false;
template <class T, class... Ts>
constexpr bool ends_with_stream<T, Ts...> = sizeof...(Ts) == 0 ? std::is_same_v<T, StreamOrDevice>
                                                               : ends_with_stream<Ts...>;

template <class F, class Type>
class Bound;
template <class F, class R, class... Ts>
class Bound<F, R(Ts...)> final : public Function {
 public:
  Bound(nb::handle module, const char* signature, const char* doc, F function)
      : Function(module, signature, doc, sizeof...(Ts), ends_with_stream<Ts...>), function_(std::move(function)) {}

 protected:
  PyObject* call(PyObject* const* arguments) const override {
    Slots<std::index_sequence_for<Ts...>, Ts...> slots(*this, arguments, variadic());
    if constexpr (std::is_void_v<R>) {
      slots.apply(function_);
      return Py_NewRef(Py_None);
    } else {
      return Result<std::remove_cvref_t<R>>::to_python(slots.apply(function_)).release().ptr();
    }
  }
  std::vector<std::string> parameter_annotations() const override { return {Converter<Ts>::annotation()...}; }
  std::string result_annotation() const override {
    if constexpr (std::is_void_v<R>)
      return "None";
    else
      return Result<std::remove_cvref_t<R>>::annotation();
  }

 private:
  F function_;
};

}  // namespace signature

/// Binds a lambda or a function pointer; see the top of this file. `doc` is kept as it is: pass text that lives on
/// (keep() below). `aliases`: further names, as words.
template <class F>
void bind_function(nb::module_& m, const char* signature, const char* doc, F function,
                   Binding binding = Binding::function_only, std::string_view aliases = {}) {
  using B = signature::Bound<F, typename signature::Of<F>::Type>;
  add_function(m, std::make_unique<B>(m, signature, doc, std::move(function)), binding, aliases);
}

/// Text that lives as long as the process.
const char* keep(std::string text);

}  // namespace cermet::python
