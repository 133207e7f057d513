// The user's array: a mutable handle on an immutable lazy value.
#pragma once

#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "dtype/dtype.h"
#include "dtype/half.h"
#include "dtype/literal.h"
#include "exec/node.h"
#include "graph/shape.h"
#include "runtime/device.h"

namespace cermet {

class array;

/// C++ types of which arrays are made: bool, integers, float16_t, bfloat16_t, float, double, std::complex<float>.
template <class T>
concept Element = (std::is_arithmetic_v<T> && !std::is_same_v<T, long double>) || std::is_same_v<T, float16_t> ||
                  std::is_same_v<T, bfloat16_t> || std::is_same_v<T, std::complex<float>>;

/// The dtype that holds a C++ element type.
template <Element T>
constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<T, bool>)
    return bool_;
  else if constexpr (std::is_same_v<T, float16_t>)
    return float16;
  else if constexpr (std::is_same_v<T, bfloat16_t>)
    return bfloat16;
  else if constexpr (std::is_same_v<T, float>)
    return float32;
  else if constexpr (std::is_same_v<T, double>)
    return float64;
  else if constexpr (std::is_same_v<T, std::complex<float>>)
    return complex64;
  else {
    constexpr Dtype kinds[2][4] = {{uint8, uint16, uint32, uint64}, {int8, int16, int32, int64}};
    constexpr int width = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return kinds[std::is_signed_v<T> ? 1 : 0][width];
  }
}

/// The dtype that a C++ scalar gets as an array of its own: that of its type, but float32 for double, as in MLX.
template <Element T>
constexpr Dtype default_dtype_of() {
  return std::is_same_v<T, double> ? float32 : dtype_of<T>();
}

/// One element as a typed constant.
template <Element T>
Literal literal_of(T value) {
  return Literal::load(dtype_of<T>(), &value);
}

/// Memory of somebody else that an array can stand on without a copy: `first` is its first element, strides are in
/// elements and may be negative or zero.
struct ForeignMemory {
  void* first = nullptr;
  Dtype dtype;
  Shape shape;
  std::vector<std::int64_t> strides;
  bool read_only = false;
  std::function<void()> release;  ///< Called once, from any thread, when no array needs the memory any more.
};

/// An n-dimensional array. Copies are cheap and share the value; `a = b` and in-place operators point this handle at
/// another value and never change what other handles see. Nothing is computed before eval(), item() or printing.
/// While a function is traced, every handle that is made holds a traced value (what was concrete is captured), and
/// writes to handles that existed before go to the trace's overlay.
///
///     array x = array({1.0f, 2.0f, 3.0f});
///     array y = exp(x) + 1;
///     eval(y);
class array {
 public:
  /// 0-d from a scalar; double becomes float32 unless a dtype is given.
  template <class T>
  requires Element<T> array(T value, Dtype dtype = default_dtype_of<T>())  // NOLINT(google-explicit-constructor)
      : array(literal_of(value).converted(dtype)) {}
  array(Literal value);  // NOLINT(google-explicit-constructor)
  template <Element T>
  array(std::initializer_list<T> values, Dtype dtype = default_dtype_of<T>())
      : array(copy_of(values, Shape{static_cast<std::int64_t>(values.size())}, dtype)) {}
  /// Takes `shape.elements()` row-major elements; throws ValueError if `values` holds another number.
  template <Element T>
  array(std::initializer_list<T> values, Shape shape, Dtype dtype = default_dtype_of<T>())
      : array(copy_of(values, std::move(shape), dtype)) {}
  /// Copies `shape.elements()` row-major elements from an iterator or a pointer.
  template <std::input_iterator Iterator>
  requires Element<std::iter_value_t<Iterator>> array(Iterator data, Shape shape,
                                                      Dtype dtype = dtype_of<std::iter_value_t<Iterator>>())
      : array(copy_from(data, std::move(shape), dtype)) {}
  explicit array(exec::NodeRef node);
  /// Stands on `shape.elements()` row-major elements of somebody else's memory, aligned for `dtype`, without copying
  /// them; see adopt(). `deleter(data)` is called when no array needs them any more.
  array(void* data, Shape shape, Dtype dtype, std::function<void(void*)> deleter);

  array(const array& other);
  array(array&& other) noexcept;
  array& operator=(const array& other);
  array& operator=(array&& other) noexcept;
  ~array() = default;

  const Shape& shape() const { return node()->type.shape; }
  /// Extent of an axis, negative axes from the end; throws IndexError.
  std::int64_t shape(int axis) const;
  Dtype dtype() const { return node()->type.dtype; }
  int ndim() const { return static_cast<int>(shape().size()); }
  std::int64_t size() const { return shape().elements(); }
  std::size_t itemsize() const { return dtype().size(); }
  std::size_t nbytes() const { return static_cast<std::size_t>(size()) * itemsize(); }
  bool is_available() const { return node()->is_done(); }
  bool is_traced() const { return node()->is_traced(); }

  void eval();
  /// The one element, evaluated and converted; throws ValueError unless size() == 1, TraceError while traced.
  template <Element T>
  T item() const {
    T value;
    item().converted(dtype_of<T>()).store(&value);
    return value;
  }
  Literal item() const;
  /// Pointer to the first element of the evaluated data, row-major: a handle on a strided view is first pointed at a
  /// contiguous copy. Throws TypeError if T is not the dtype's type. Valid while the value lives.
  template <Element T>
  const T* data() {
    return static_cast<const T*>(contiguous_data(dtype_of<T>()));
  }
  /// Evaluates and writes all elements in row-major order; `destination` has room for nbytes().
  void copy_to(void* destination) const;

  /// The value this handle points at now: the overlay's while a trace of this thread has rewritten the handle.
  const exec::NodeRef& node() const { return tracing == nullptr ? node_ : node_while_tracing(); }
  /// Points the handle at another value (in a trace: in the overlay, until the trace commits).
  void overwrite(const array& other);
  void overwrite(exec::NodeRef node);

  /// Copies `shape.elements()` row-major elements of dtype `from` and converts them; throws ValueError for negative
  /// extents and OutOfMemoryError. `data` need not be aligned.
  static array from_memory(const void* data, Dtype from, Shape shape, Dtype to);
  /// Stands on memory of somebody else, who may write to it: arrays that are computed later see the new values. Nothing
  /// here writes to it, and changing the array in place points it at memory of its own. Throws ValueError, and does not
  /// call `release`, for negative extents, for another number of strides than extents and for memory that is not
  /// aligned for `dtype`.
  static array adopt(ForeignMemory memory);

 private:
  friend class Recorder;
  template <class T>
  static array copy_of(std::initializer_list<T> values, Shape shape, Dtype to) {
    require_count(values.size(), shape);
    return copy_from(values.begin(), std::move(shape), to);
  }
  template <class Iterator>
  static array copy_from(Iterator data, Shape shape, Dtype to) {
    using T = std::iter_value_t<Iterator>;
    if constexpr (std::contiguous_iterator<Iterator>) {
      const auto count = element_count(shape);
      return from_memory(count == 0 ? nullptr : std::to_address(data), dtype_of<T>(), std::move(shape), to);
    } else {
      const auto count = static_cast<std::size_t>(element_count(shape));
      std::vector<std::conditional_t<std::is_same_v<T, bool>, unsigned char, T>> values(count);
      for (auto& value : values) value = *data++;
      return from_memory(values.data(), dtype_of<T>(), std::move(shape), to);
    }
  }
  static void require_count(std::size_t count, const Shape& shape);
  static std::int64_t element_count(const Shape& shape);
  const void* contiguous_data(Dtype expected);
  const exec::NodeRef& node_while_tracing() const;

  /// The recorder of this thread's trace, or null; in static TLS, so that reading it is one instruction.
  [[gnu::tls_model("initial-exec")]] static constinit thread_local class Recorder* tracing;
  exec::NodeRef node_;
};

/// How arrays print. `precision`: digits after the point of floating numbers; -1: six significant digits, as few as
/// the number needs.
struct PrintOptions {
  int precision = -1;
  friend bool operator==(const PrintOptions&, const PrintOptions&) = default;
};
PrintOptions get_printoptions();
/// For the whole process. Throws ValueError for a precision below -1 or above 100.
void set_printoptions(PrintOptions options);

/// The elements in NumPy's layout, numbers as MLX prints them: `array([[1, 2.5], [3, 4]], dtype=float32)` over two
/// lines with aligned columns; large arrays are summarised. A traced array prints as
/// `array(traced, shape=(2, 3), dtype=float32)`; both never throw TraceError.
std::ostream& operator<<(std::ostream& out, const array& x);
std::string to_string(const array& x);

/// Evaluates all of them in one go. Throws TraceError for a traced array.
void eval(const std::vector<array>& outputs);
template <class... Arrays>
requires(std::is_same_v<std::remove_cvref_t<Arrays>, array>&&...) void eval(Arrays&&... outputs) {
  eval(std::vector<array>{outputs...});
}

}  // namespace cermet
