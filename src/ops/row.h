// What one row of the op tables says. Everything public about an op comes from its row: C++ and Python functions,
// docs, dtype rule, derivative, constant folding, interpretation, expansion, the test sweep.
#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "dtype/literal.h"
#include "ops/op.h"
#include "ops/scalar.h"

namespace cermet {

/// Which dtypes an op takes and what it returns. Operands are promoted to one dtype first (`where`: not the condition).
enum class Types : std::uint8_t {
  numeric,        ///< any -> the same (bool allowed where MLX allows it)
  arithmetic,     ///< any number -> the same; bool is refused (negative: what MLX does)
  floating,       ///< integers and bool become float32; inexact -> the same
  real_floating,  ///< as floating, complex refused (erf, floor of floats, arctan2, ...)
  ordered,        ///< any -> the same, complex compares lexicographically (maximum, minimum) or is refused by the row
  compare,        ///< any -> bool
  logical,        ///< any, taken as bool -> bool
  bitwise,        ///< integers and bool -> the same
  shift,          ///< integers -> the same; bool becomes uint8
  predicate,      ///< any -> bool (isnan, ...)
  complex_part,   ///< complex64 -> float32, real -> the same (abs, real, imag)
  select          ///< (bool, T, T) -> T
};

/// How the interpreter and the constant folder evaluate an op; a null entry means "not for this kind of dtype".
/// Comparisons and predicates return 1 or 0. A row without `complex` refuses complex arrays.
struct Evaluate {
  double (*real)(double a, double b, double c) = nullptr;
  /// The same formula in 80-bit arithmetic: the reference of float64 tests.
  long double (*extended)(long double a, long double b, long double c) = nullptr;
  /// Integers as two's complement in 64 bits, already wrapped to the dtype; the result is wrapped by the caller.
  std::int64_t (*signed_integer)(std::int64_t a, std::int64_t b, int width) = nullptr;
  /// Also for bool, as 0 or 1 with width 1: any non-zero result is true.
  std::uint64_t (*unsigned_integer)(std::uint64_t a, std::uint64_t b, int width) = nullptr;
  std::complex<double> (*complex)(std::complex<double> a, std::complex<double> b) = nullptr;
};

/// d(out)/d(args[index]) in terms of the arguments and the output; a null entry means a zero derivative.
using Partial = Scalar (*)(std::span<const Scalar> args, Scalar out);
/// The op in terms of core ops (or of others that expand in turn), for the dtype of its arguments.
using Expand = Scalar (*)(std::span<const Scalar> args);

/// A complex64 value as two float32 expressions.
struct ComplexScalar {
  Scalar re, im;
};
/// The op on complex64 arguments (`where`: args[0].re is the bool condition); an op with a real or bool result puts it
/// into `re` and leaves `im` unset.
using ExpandComplex = ComplexScalar (*)(std::span<const ComplexScalar> args);

struct Domain {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

/// Ops without `expand` are the core, which every printer and the interpreter writes natively:
///   float32, float64, integers  add subtract multiply negative abs minimum maximum, all six comparisons, where
///   float32, float64            divide sqrt floor ceil round (half to even) trunc
///   integers                    quotient, bitwise_*, left_shift, right_shift; floor ceil round trunc are the identity
///   bool                        logical_*, bitwise_*, where, comparisons (false < true), abs (the identity); add and
///                               maximum are or, multiply and minimum are and, subtract is exclusive or
/// `fma` has an expansion and is native wherever the machine has the instruction. Nothing else is ever native on a CPU.
struct Row {
  std::string_view name{};
  std::uint8_t arity = 1;
  std::string_view doc{};         ///< One or more sentences, Python docstring style, with formula and source.
  std::string_view aliases = "";  ///< Space separated further Python names.
  std::string_view method = "";   ///< The name of the array method that MLX has for the op, if any.
  Types types = Types::numeric;
  Evaluate evaluate{};
  std::array<Partial, 3> partial{};
  bool differentiable = true;  ///< false: derivative is zero everywhere (floor, comparisons); partial stays null.
  /// Native on every target (add, fma, select, ...) if null; a target may also list an expandable op as native.
  Expand expand = nullptr;
  ExpandComplex expand_complex = nullptr;  ///< Present wherever `evaluate.complex` is.
  std::string_view cuda = "";              ///< CUDA C++ function of the same accuracy, if any.
  double ulp = 0;   ///< Bound of |error| in units in the last place of the result dtype; 0: exact rounding.
  Domain domain{};  ///< Where the sweep samples densely.
  bool commutative = false;
  bool internal = false;   ///< Used by expansions only, no public function (fma).
  std::uint16_t cost = 1;  ///< Rough number of core operations; the fusion's recomputation bound reads it.
};

const Row& row(Op op);
/// Result dtype of `op` on operands already promoted to `operand` (for where: the dtype of the branches).
Dtype result_dtype(Op op, Dtype operand);
/// The dtype that the operands must be converted to before `op` sees them, given their promoted dtype; throws
/// TypeError naming the op and the dtype where the row refuses it.
Dtype operand_dtype(Op op, Dtype promoted);
/// Exact reference semantics of one application: arguments of one dtype (`where`: bool first). This is the definition
/// that the interpreter and the constant folder share: float32 and narrower compute in double and round once.
Literal evaluate(Op op, std::span<const Literal> args);

// ---- Reductions -----------------------------------------------------------------------------------------------

/// A reduction: one value per row of ops/reduce.def.
enum class Reduction : std::uint8_t {
#define CERMET_REDUCTION(reduction_name, ...) reduction_name,
#include "ops/reduce.def"
#undef CERMET_REDUCTION
  count_
};

/// A monoid on a tuple of one (sum, prod, max, min, all, any) or two (argmax, argmin: value and index) scalars.
struct ReduceRow {
  std::string_view name{};
  std::string_view doc{};
  std::uint8_t width = 1;  ///< Scalars in the tuple.
  /// The identity for elements of `dtype` (max: -inf or the lowest integer), component by component.
  Literal (*identity)(Dtype dtype, int component) = nullptr;
  /// Combines left and right (the left holds the earlier elements); writes `width` results.
  void (*combine)(std::span<const Scalar> left, std::span<const Scalar> right, std::span<Scalar> result) = nullptr;
  /// Dtype of the accumulator for elements of `dtype` (sum: float32 for halves, int32 for bool and small integers
  /// as MLX does, ...), and of the result. Of argmax and argmin: of the first component; the second is uint32.
  Dtype (*accumulator)(Dtype dtype) = nullptr;
  Dtype (*result)(Dtype dtype) = nullptr;
  bool empty_allowed = true;  ///< false: reducing zero elements is a ValueError (max, argmax).
  bool internal = false;      ///< For scans only: no public function, and kernels do not reduce with it.
};

const ReduceRow& row(Reduction reduction);
std::string_view name(Reduction reduction);

}  // namespace cermet
