// Operations on arrays, in MLX's C++ spelling. Element-wise functions and reductions are generated from the op tables:
// their formulas, dtypes and error bounds stand in ops/elementwise.def and ops/reduce.def.
//
// Every function takes a stream or a device last. Operands that are C++ scalars are weak: they take the dtype of the
// arrays beside them (`x + 1` keeps x's dtype; a floating scalar makes integers float32). All functions throw
// ValueError (shapes, values), TypeError (dtypes) or IndexError (axes) with the op's name, what came in and what is
// allowed; they change nothing then.
#pragma once

#include <cermet/array.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "ops/op.h"
#include "ops/row.h"

namespace cermet {

/// An argument of an operation: an array, or a scalar that takes the dtype of the arrays beside it.
class Operand {
 public:
  Operand(const array& x) : array_(&x) {}  // NOLINT(google-explicit-constructor)
  template <class T>
  requires std::is_arithmetic_v<T> Operand(T value)  // NOLINT(google-explicit-constructor)
      : literal_(literal_of(value)),
        kind_(std::is_same_v<T, bool>       ? WeakKind::boolean
              : std::is_floating_point_v<T> ? WeakKind::floating
                                            : WeakKind::integer) {}
  Operand(std::complex<float> value)  // NOLINT(google-explicit-constructor)
      : literal_(literal_of(value)), kind_(WeakKind::complex) {}
  static Operand weak(Literal value, WeakKind kind) { return Operand(value, kind); }
  /// A dimension, which takes its value at run time where it is symbolic.
  static Operand weak(Dim value);

  bool is_weak() const { return array_ == nullptr; }
  /// Not weak.
  const array& strong() const { return *array_; }
  /// Weak: the scalar in the widest dtype of its kind. The value in the traced call for a symbolic dimension, for
  /// which alone the trace holds then.
  const Literal& literal() const {
    if (!dim_.is_constant()) static_cast<void>(dim_.value());
    return literal_;
  }
  /// Weak, and not known before the run: `dim()` is its value.
  bool is_symbolic() const { return !dim_.is_constant(); }
  Dim dim() const { return dim_; }
  WeakKind kind() const { return kind_; }

 protected:
  Operand(Literal value, WeakKind kind) : literal_(value), kind_(kind) {}

 private:
  const array* array_ = nullptr;
  Literal literal_;
  WeakKind kind_ = WeakKind::boolean;
  Dim dim_;
};

/// The dtype that operands get together: arrays promote, weak scalars follow (int32, float32, complex64 or bool alone).
Dtype result_type(std::span<const Operand> operands);

/// The scalar as a 0-d array of the dtype that it takes beside arrays of dtype `like`.
array weak_scalar(Literal value, WeakKind kind, Dtype like, StreamOrDevice s = {});

/// Applies an op of the table with promotion and broadcasting (`where`: the condition first).
array elementwise(Op op, std::span<const Operand> operands, StreamOrDevice s = {});
/// Reduces over `axes` (nullopt: all of them; duplicates are a ValueError).
array reduce(Reduction reduction, const array& a, const std::optional<std::vector<int>>& axes, bool keepdims,
             StreamOrDevice s = {});

namespace ops_table {

/// What the text of a row says about its signature; the table has no other form that the preprocessor can read.
constexpr int arity(std::string_view row) {
  if (row.find(".internal = true") != row.npos) return 0;
  constexpr std::string_view key = ".arity = ";
  const auto at = row.find(key);
  return at == row.npos ? 1 : row[at + key.size()] - '0';
}

/// The parameter of an overload that a row of another arity does not have: nothing converts to it.
class NoOperand : public Operand {
 public:
  NoOperand() = delete;
};
template <bool exists>
using Parameter = std::conditional_t<exists, Operand, NoOperand>;

}  // namespace ops_table

// exp(a), add(a, b), where(condition, x, y), ...: one function a row.
#define CERMET_ELEMENTWISE(op_name, ...)                                                                            \
  inline array op_name(const ops_table::Parameter<ops_table::arity(#__VA_ARGS__) == 1>& a, StreamOrDevice s = {}) { \
    return elementwise(Op::op_name, std::initializer_list<Operand>{a}, s);                                          \
  }                                                                                                                 \
  inline array op_name(const ops_table::Parameter<ops_table::arity(#__VA_ARGS__) == 2>& a,                          \
                       const ops_table::Parameter<ops_table::arity(#__VA_ARGS__) == 2>& b, StreamOrDevice s = {}) { \
    return elementwise(Op::op_name, std::initializer_list<Operand>{a, b}, s);                                       \
  }                                                                                                                 \
  inline array op_name(const ops_table::Parameter<ops_table::arity(#__VA_ARGS__) == 3>& a,                          \
                       const ops_table::Parameter<ops_table::arity(#__VA_ARGS__) == 3>& b,                          \
                       const ops_table::Parameter<ops_table::arity(#__VA_ARGS__) == 3>& c, StreamOrDevice s = {}) { \
    return elementwise(Op::op_name, std::initializer_list<Operand>{a, b, c}, s);                                    \
  }
#include "ops/elementwise.def"
#undef CERMET_ELEMENTWISE

// sum(a), sum(a, keepdims), sum(a, axes, keepdims), sum(a, axis, keepdims): four overloads a row.
#define CERMET_REDUCTION(reduction_name, ...)                                                           \
  inline array reduction_name(const array& a, bool keepdims, StreamOrDevice s = {}) {                   \
    return reduce(Reduction::reduction_name, a, std::nullopt, keepdims, s);                             \
  }                                                                                                     \
  inline array reduction_name(const array& a, StreamOrDevice s = {}) {                                  \
    return reduce(Reduction::reduction_name, a, std::nullopt, false, s);                                \
  }                                                                                                     \
  inline array reduction_name(const array& a, const std::vector<int>& axes, bool keepdims = false,      \
                              StreamOrDevice s = {}) {                                                  \
    return reduce(Reduction::reduction_name, a, axes, keepdims, s);                                     \
  }                                                                                                     \
  inline array reduction_name(const array& a, int axis, bool keepdims = false, StreamOrDevice s = {}) { \
    return reduce(Reduction::reduction_name, a, std::vector<int>{axis}, keepdims, s);                   \
  }
#define CERMET_INTERNAL_REDUCTION(reduction_name, ...)
#include "ops/reduce.def"
#undef CERMET_REDUCTION

/// Arithmetic mean over the axes: float32 for integers, else the dtype of `a`; accumulated in float32 or wider.
array mean(const array& a, bool keepdims, StreamOrDevice s = {});
array mean(const array& a, StreamOrDevice s = {});
array mean(const array& a, const std::vector<int>& axes, bool keepdims = false, StreamOrDevice s = {});
array mean(const array& a, int axis, bool keepdims = false, StreamOrDevice s = {});

/// Variance: the mean squared distance from the mean with divisor n - ddof.
array var(const array& a, bool keepdims, int ddof = 0, StreamOrDevice s = {});
array var(const array& a, StreamOrDevice s = {});
array var(const array& a, const std::vector<int>& axes, bool keepdims = false, int ddof = 0, StreamOrDevice s = {});
array var(const array& a, int axis, bool keepdims = false, int ddof = 0, StreamOrDevice s = {});

/// Standard deviation: the square root of var().
array std(const array& a, bool keepdims, int ddof = 0, StreamOrDevice s = {});
array std(const array& a, StreamOrDevice s = {});
array std(const array& a, const std::vector<int>& axes, bool keepdims = false, int ddof = 0, StreamOrDevice s = {});
array std(const array& a, int axis, bool keepdims = false, int ddof = 0, StreamOrDevice s = {});

/// log(sum(exp(a))), computed without overflow.
array logsumexp(const array& a, bool keepdims, StreamOrDevice s = {});
array logsumexp(const array& a, StreamOrDevice s = {});
array logsumexp(const array& a, const std::vector<int>& axes, bool keepdims = false, StreamOrDevice s = {});
array logsumexp(const array& a, int axis, bool keepdims = false, StreamOrDevice s = {});

/// exp(a) / sum(exp(a)) over the axes, computed without overflow. Halves compute in float32 and round once, whatever
/// `precise` says.
array softmax(const array& a, const std::vector<int>& axes, bool precise = false, StreamOrDevice s = {});
array softmax(const array& a, bool precise = false, StreamOrDevice s = {});
array softmax(const array& a, int axis, bool precise = false, StreamOrDevice s = {});

/// A composite by name over axes (nullopt: all): mean, var, std, logsumexp, softmax (bindings loop over these).
array composite(std::string_view op, const array& a, const std::optional<std::vector<int>>& axes, bool keepdims = false,
                int ddof = 0, StreamOrDevice s = {});

/// How many elements are not zero, in int32.
array count_nonzero(const array& a, const std::optional<std::vector<int>>& axes = std::nullopt, bool keepdims = false,
                    StreamOrDevice s = {});
/// {min(a), max(a)} over the axes (nullopt: all).
std::pair<array, array> minmax(const array& a, const std::optional<std::vector<int>>& axes = std::nullopt,
                               bool keepdims = false, StreamOrDevice s = {});
/// a[i + 1] - a[i] along an axis, `n` times over; bool differs by not_equal.
array diff(const array& a, int n = 1, int axis = -1, StreamOrDevice s = {});

/// NaN becomes `nan`, the infinities `posinf` and `neginf` (nullopt: the largest and lowest finite value). Arrays
/// without NaN and infinities (integers, bool) stay; complex numbers change part by part.
array nan_to_num(const array& a, double nan = 0, std::optional<double> posinf = std::nullopt,
                 std::optional<double> neginf = std::nullopt, StreamOrDevice s = {});
/// Limits the values: maximum(minimum(a, a_max), a_min). The result dtype is the operands' common one.
array clip(const array& a, const std::optional<Operand>& a_min, const std::optional<Operand>& a_max,
           StreamOrDevice s = {});
/// Rounds half to even at the given number of decimals (negative: tens, hundreds, ...).
array round(const array& a, int decimals, StreamOrDevice s = {});
/// {floor_divide(a, b), remainder(a, b)}
std::vector<array> divmod(const Operand& a, const Operand& b, StreamOrDevice s = {});
/// Converts the elements: integers wrap, float to integer saturates with NaN to 0, complex to real drops the imaginary
/// part.
array astype(const array& a, Dtype dtype, StreamOrDevice s = {});
/// The same value; derivatives do not pass.
array stop_gradient(const array& a, StreamOrDevice s = {});
/// The same values, which nothing computes or reads before the dependencies are computed; compiled programs keep the
/// order and compute what is made of the results anew. Derivatives pass to the inputs.
std::vector<array> depends(const std::vector<array>& inputs, const std::vector<array>& dependencies);
/// A row-major copy.
array copy(const array& a, StreamOrDevice s = {});
array contiguous(const array& a, bool allow_col_major = false, StreamOrDevice s = {});
/// The storage read as another dtype; if its size is another, the last axis scales (and must be a multiple:
/// ValueError). Read as bool, any byte but 0 is true.
array view(const array& a, Dtype dtype, StreamOrDevice s = {});

// ---- Shapes -----------------------------------------------------------------------------------------------------

/// The elements in row-major order in another shape; one extent may be -1.
array reshape(const array& a, Shape shape, StreamOrDevice s = {});
array flatten(const array& a, int start_axis, int end_axis = -1, StreamOrDevice s = {});
array flatten(const array& a, StreamOrDevice s = {});
array unflatten(const array& a, int axis, Shape shape, StreamOrDevice s = {});
array squeeze(const array& a, const std::vector<int>& axes, StreamOrDevice s = {});
array squeeze(const array& a, int axis, StreamOrDevice s = {});
array squeeze(const array& a, StreamOrDevice s = {});
array expand_dims(const array& a, const std::vector<int>& axes, StreamOrDevice s = {});
array expand_dims(const array& a, int axis, StreamOrDevice s = {});
array transpose(const array& a, const std::vector<int>& axes, StreamOrDevice s = {});
inline array transpose(const array& a, std::initializer_list<int> axes, StreamOrDevice s = {}) {
  return transpose(a, std::vector<int>(axes), s);
}
/// Reverses the axes.
array transpose(const array& a, StreamOrDevice s = {});
array swapaxes(const array& a, int axis1, int axis2, StreamOrDevice s = {});
array moveaxis(const array& a, int source, int destination, StreamOrDevice s = {});
array flip(const array& a, const std::vector<int>& axes, StreamOrDevice s = {});
array broadcast_to(const array& a, const Shape& shape, StreamOrDevice s = {});
std::vector<array> broadcast_arrays(const std::vector<array>& inputs, StreamOrDevice s = {});
/// a[start:stop:stride] on every axis with Python's rules: negative positions count from the end, too large ones are
/// cut; strides are not zero. A stop below -extent means "past the first element" for negative strides.
array slice(const array& a, Shape start, Shape stop, Shape strides, StreamOrDevice s = {});
array slice(const array& a, Shape start, Shape stop, StreamOrDevice s = {});
array concatenate(const std::vector<array>& arrays, int axis, StreamOrDevice s = {});
array concatenate(const std::vector<array>& arrays, StreamOrDevice s = {});
array stack(const std::vector<array>& arrays, int axis, StreamOrDevice s = {});
array stack(const std::vector<array>& arrays, StreamOrDevice s = {});
/// Equal parts, or parts between the given indices.
std::vector<array> split(const array& a, int num_splits, int axis = 0, StreamOrDevice s = {});
std::vector<array> split(const array& a, const Shape& indices, int axis = 0, StreamOrDevice s = {});

// ---- Products ---------------------------------------------------------------------------------------------------

/// Matrix product over the last two axes with NumPy's rules for vectors and batches; integers become float32.
array matmul(const array& a, const array& b, StreamOrDevice s = {});
/// alpha * matmul(a, b) + beta * c
array addmm(const array& c, const array& a, const array& b, float alpha = 1.0F, float beta = 1.0F,
            StreamOrDevice s = {});

// ---- Creation ---------------------------------------------------------------------------------------------------

array full(const Shape& shape, const array& values, Dtype dtype, StreamOrDevice s = {});
array full(const Shape& shape, const array& values, StreamOrDevice s = {});
array full_like(const array& a, const array& values, Dtype dtype, StreamOrDevice s = {});
array full_like(const array& a, const Operand& value, StreamOrDevice s = {});
array zeros(const Shape& shape, Dtype dtype, StreamOrDevice s = {});
inline array zeros(const Shape& shape, StreamOrDevice s = {}) { return zeros(shape, float32, s); }
array zeros_like(const array& a, Dtype dtype, StreamOrDevice s = {});
array zeros_like(const array& a, StreamOrDevice s = {});
array ones(const Shape& shape, Dtype dtype, StreamOrDevice s = {});
inline array ones(const Shape& shape, StreamOrDevice s = {}) { return ones(shape, float32, s); }
array ones_like(const array& a, Dtype dtype, StreamOrDevice s = {});
array ones_like(const array& a, StreamOrDevice s = {});
array eye(Dim n, Dim m, int k, Dtype dtype, StreamOrDevice s = {});
inline array eye(int n, Dtype dtype = float32, StreamOrDevice s = {}) { return eye(n, n, 0, dtype, s); }
inline array identity(int n, Dtype dtype = float32, StreamOrDevice s = {}) { return eye(n, n, 0, dtype, s); }
/// start, start + step, ... before stop.
array arange(double start, double stop, double step, Dtype dtype, StreamOrDevice s = {});
array arange(double start, double stop, double step, StreamOrDevice s = {});
array arange(double start, double stop, Dtype dtype, StreamOrDevice s = {});
array arange(double start, double stop, StreamOrDevice s = {});
array arange(double stop, Dtype dtype, StreamOrDevice s = {});
array arange(double stop, StreamOrDevice s = {});
array arange(int start, int stop, int step, StreamOrDevice s = {});
array arange(int start, int stop, StreamOrDevice s = {});
array arange(int stop, StreamOrDevice s = {});
/// The same counted in integers: exact beyond 2^53.
array integer_range(std::int64_t start, std::int64_t stop, std::int64_t step, Dtype dtype, StreamOrDevice s = {});
array linspace(double start, double stop, int num = 50, Dtype dtype = float32, StreamOrDevice s = {});
/// `num` samples at equal distances; without `endpoint`, `stop` would be the next one.
array linspace(double start, double stop, int num, bool endpoint, Dtype dtype, StreamOrDevice s = {});
/// Window functions of m samples in float32, symmetric; m < 1 gives none.
array bartlett(int m, StreamOrDevice s = {});
array hanning(int m, StreamOrDevice s = {});
array hamming(int m, StreamOrDevice s = {});
array blackman(int m, StreamOrDevice s = {});

// ---- Comparison of whole arrays -----------------------------------------------------------------------------------

/// One bool: equal shapes and elements.
array array_equal(const array& a, const array& b, bool equal_nan = false, StreamOrDevice s = {});
/// |a - b| <= atol + rtol * |b|, element by element.
array isclose(const array& a, const array& b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false,
              StreamOrDevice s = {});
array allclose(const array& a, const array& b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false,
               StreamOrDevice s = {});

// ---- Operators --------------------------------------------------------------------------------------------------

/// At least one side of an operator is an array; the other may be a scalar.
template <class A, class B>
concept OperatorArguments =
    (std::is_same_v<A, array> ||
     std::is_same_v<B, array>)&&std::is_convertible_v<const A&, Operand>&& std::is_convertible_v<const B&, Operand>;

#define CERMET_OPERATOR(symbol, op_name)                                           \
  template <class A, class B>                                                      \
  requires OperatorArguments<A, B> array operator symbol(const A& a, const B& b) { \
    return elementwise(Op::op_name, std::initializer_list<Operand>{a, b});         \
  }
CERMET_OPERATOR(+, add)
CERMET_OPERATOR(-, subtract)
CERMET_OPERATOR(*, multiply)
CERMET_OPERATOR(/, divide)
CERMET_OPERATOR(%, remainder)
CERMET_OPERATOR(==, equal)
CERMET_OPERATOR(!=, not_equal)
CERMET_OPERATOR(<, less)
CERMET_OPERATOR(<=, less_equal)
CERMET_OPERATOR(>, greater)
CERMET_OPERATOR(>=, greater_equal)
CERMET_OPERATOR(&&, logical_and)
CERMET_OPERATOR(||, logical_or)
CERMET_OPERATOR(&, bitwise_and)
CERMET_OPERATOR(|, bitwise_or)
CERMET_OPERATOR(^, bitwise_xor)
CERMET_OPERATOR(<<, left_shift)
CERMET_OPERATOR(>>, right_shift)
#undef CERMET_OPERATOR

array operator-(const array& a);
array operator!(const array& a);
array operator~(const array& a);

#define CERMET_ASSIGN_OPERATOR(symbol, op_name)                                  \
  inline array& operator symbol(array& a, const Operand& b) {                    \
    a = elementwise(Op::op_name, std::initializer_list<Operand>{Operand(a), b}); \
    return a;                                                                    \
  }
CERMET_ASSIGN_OPERATOR(+=, add)
CERMET_ASSIGN_OPERATOR(-=, subtract)
CERMET_ASSIGN_OPERATOR(*=, multiply)
CERMET_ASSIGN_OPERATOR(/=, divide)
#undef CERMET_ASSIGN_OPERATOR

}  // namespace cermet
