// The user's array: a mutable handle on an immutable lazy value.
#pragma once

#include <complex>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string>
#include <type_traits>
#include <vector>

#include "dtype/dtype.h"
#include "dtype/half.h"
#include "exec/node.h"
#include "graph/shape.h"
#include "runtime/device.h"

namespace cermet {

/// The dtype that holds a C++ element type: bool, (u)int8..64_t, float16_t, bfloat16_t, float, double, complex<float>.
template <class T>
constexpr Dtype dtype_of();

/// An n-dimensional array. Copies are cheap and share the value; `a = b` and in-place operators point this handle at
/// another value and never change what other handles see. Nothing is computed before eval(), item() or printing.
///
///     array x = array({1.0f, 2.0f, 3.0f});
///     array y = exp(x) + 1;
///     eval(y);
class array {
 public:
  /// 0-d from a scalar; the dtype is that of T unless given.
  template <class T>
    requires std::is_arithmetic_v<T>
  array(T value, Dtype dtype = dtype_of<T>()) : array(make_scalar(Literal(to_literal(value)), dtype)) {}  // NOLINT
  array(std::complex<float> value);  // NOLINT(google-explicit-constructor)
  array(Literal value);              // NOLINT(google-explicit-constructor)
  template <class T>
  array(std::initializer_list<T> values, Dtype dtype = dtype_of<T>())
      : array(copy_of(values.begin(), dtype_of<T>(), Shape{static_cast<std::int64_t>(values.size())}, dtype)) {}
  /// Copies `shape.elements()` row-major elements; throws ValueError if `values` holds another number.
  template <class T>
  array(std::initializer_list<T> values, Shape shape, Dtype dtype = dtype_of<T>())
      : array(checked_copy(values.begin(), values.size(), dtype_of<T>(), std::move(shape), dtype)) {}
  template <class Iterator>
    requires(!std::is_arithmetic_v<Iterator>)
  array(Iterator data, Shape shape, Dtype dtype = dtype_of<std::remove_cvref_t<decltype(*std::declval<Iterator>())>>());
  explicit array(exec::NodeRef node) : node_(std::move(node)) {}

  const Shape& shape() const { return node()->type.shape; }
  /// Extent of an axis, negative axes from the end; throws IndexError.
  std::int64_t shape(int axis) const;
  int ndim() const { return static_cast<int>(shape().size()); }
  std::int64_t size() const { return shape().elements(); }
  std::size_t itemsize() const { return dtype().size(); }
  std::size_t nbytes() const { return static_cast<std::size_t>(size()) * itemsize(); }
  Dtype dtype() const { return node()->type.dtype; }
  bool is_available() const { return node()->is_done(); }
  bool is_traced() const { return node()->is_traced(); }

  void eval();
  /// The one element, evaluated and converted; throws ValueError unless size() == 1, TraceError while traced.
  template <class T>
  T item() const;
  /// Pointer to the first element of the evaluated, row-major data.
  template <class T>
  const T* data() const;

  /// The value this handle points at now: the overlay's while a trace of this thread has rewritten the handle.
  const exec::NodeRef& node() const;
  /// Points the handle at another value (in a trace: in the overlay, until the trace commits).
  void overwrite(const array& other);

 private:
  static array make_scalar(Literal value, Dtype dtype);
  static array copy_of(const void* data, Dtype from, Shape shape, Dtype to);
  static array checked_copy(const void* data, std::size_t count, Dtype from, Shape shape, Dtype to);
  exec::NodeRef node_;
};

/// NumPy's layout of values. A traced array prints as `array(traced, shape=(2, 3), dtype=float32)`.
std::ostream& operator<<(std::ostream& out, const array& x);
std::string to_string(const array& x);

/// Evaluates all of them in one go.
void eval(std::vector<array> outputs);
template <class... Arrays>
  requires(std::is_same_v<std::remove_cvref_t<Arrays>, array> && ...)
void eval(Arrays&&... outputs) {
  eval(std::vector<array>{std::forward<Arrays>(outputs)...});
}

}  // namespace cermet
