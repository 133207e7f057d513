// The tables as values: each row of elementwise.def and reduce.def, checked complete at compile time, and the dtype
// rules that follow from a row.
#include "ops/row.h"

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "ops/exact.h"
#include "ops/math.h"

namespace cermet {
namespace {

// What the tables are written in.
using I = std::int64_t;
using U = std::uint64_t;
using Z = std::complex<double>;
using Args = std::span<const Scalar>;
using Results = std::span<Scalar>;
using exact::wrapping_negate;

template <class T>
T predicate(bool value) {
  return value ? T(1) : T(0);
}

/// Fills the fields of Evaluate from formulas that hold for several kinds of numbers.
struct Evaluation : Evaluate {
  constexpr Evaluation integers(std::int64_t (*s)(I, I, int), std::uint64_t (*u)(U, U, int)) const {
    Evaluation result = *this;
    result.signed_integer = s;
    result.unsigned_integer = u;
    return result;
  }
  /// Integers for which the sign makes no difference once the result is wrapped.
  template <class F>
  constexpr Evaluation wrapping(F f) const {
    return integers(
        [](I x, I y, int width) { return static_cast<I>(F{}(static_cast<U>(x), static_cast<U>(y), width)); }, f);
  }
  constexpr Evaluation complexes(std::complex<double> (*f)(Z, Z)) const {
    Evaluation result = *this;
    result.complex = f;
    return result;
  }
};

template <class F>
constexpr Evaluation floats(F f) {
  Evaluation result;
  result.real = f;
  result.extended = f;
  return result;
}

template <class F>
constexpr Evaluation compared(F) {
  return floats([](auto x, auto y, auto) { return predicate<decltype(x)>(F{}(x, y)); })
      .integers([](I x, I y, int) { return I{F{}(x, y)}; }, [](U x, U y, int) { return U{F{}(x, y)}; });
}

constexpr Row rows[] = {
#define CERMET_ELEMENTWISE(op_name, ...) Row{.name = #op_name, __VA_ARGS__},
#include "ops/elementwise.def"
#undef CERMET_ELEMENTWISE
};

constexpr bool takes_inexact(Types types) {
  return types != Types::bitwise && types != Types::shift && types != Types::logical;
}
constexpr bool takes_integers(Types types) { return types != Types::floating && types != Types::real_floating; }

/// A row must say what its op means for every dtype it takes, how it differentiates, and, if it is accurate to a bound
/// only, how it is computed.
constexpr bool complete(const Row& r) {
  const bool derivative = r.partial[0] != nullptr || r.partial[1] != nullptr || r.partial[2] != nullptr;
  const bool floating = !takes_inexact(r.types) || (r.evaluate.real != nullptr && r.evaluate.extended != nullptr);
  const bool integer = !takes_integers(r.types) || r.types == Types::select ||
                       (r.evaluate.signed_integer != nullptr && r.evaluate.unsigned_integer != nullptr);
  const bool complex = r.types == Types::select || (r.evaluate.complex == nullptr) == (r.expand_complex == nullptr);
  return r.doc.size() > 15 && r.doc.ends_with('.') && r.arity >= 1 && r.arity <= 3 && derivative == r.differentiable &&
         floating && integer && complex && (r.ulp == 0 || r.expand != nullptr);
}

constexpr bool all_complete() {
  for (const Row& r : rows) {
    if (!complete(r)) return false;
  }
  return true;
}

static_assert(std::size(rows) == op_count);
#ifndef CERMET_SANITIZED  // g++'s instrumentation keeps function pointers from being constants
static_assert(all_complete(), "a row of ops/elementwise.def lacks its doc, evaluation, derivative or expansion");
#endif

// ---- Reductions -----------------------------------------------------------------------------------------------

Literal lowest(Dtype t) {
  if (is_complex(t)) return Literal::of_complex(t, {-HUGE_VAL, -HUGE_VAL});
  if (is_floating(t)) return Literal::of(t, -HUGE_VAL);
  return is_signed_integer(t) ? Literal::of_integer(t, I{1} << (8 * t.size() - 1)) : Literal::of(t, 0);
}

Literal highest(Dtype t) {
  if (is_complex(t)) return Literal::of_complex(t, {HUGE_VAL, HUGE_VAL});
  if (is_floating(t)) return Literal::of(t, HUGE_VAL);
  const Literal low = lowest(t);
  return is_bool(t) ? Literal::of(t, 1) : Literal::of_integer(t, static_cast<I>(~low.bits));
}

Dtype same(Dtype t) { return t; }
Dtype always_bool(Dtype) { return bool_; }
Dtype always_uint32(Dtype) { return uint32; }
Dtype wide_result(Dtype t) {
  if (is_inexact(t) || t.size() >= 4) return t;
  return is_unsigned(t) ? uint32 : int32;
}
Dtype wide_accumulator(Dtype t) { return compute_dtype(wide_result(t)); }

Dtype floating_accumulator(Dtype t) { return compute_dtype(at_least_float(t)); }

/// The pair of (value, index) that wins: NaN beats numbers, then `better`, then the smaller index.
void choose(Scalar better, Args left, Args right, Results out) {
  const Dtype t = left[0].dtype();
  Scalar tie = call(Op::equal, left[0], right[0]);
  if (is_inexact(t)) {
    const Scalar left_nan = call(Op::isnan, left[0]);
    const Scalar right_nan = call(Op::isnan, right[0]);
    better = call(Op::logical_or, better, call(Op::logical_and, right_nan, call(Op::logical_not, left_nan)));
    tie = call(Op::logical_or, tie, call(Op::logical_and, right_nan, left_nan));
  }
  const Scalar right_wins = call(Op::logical_or, better, call(Op::logical_and, tie, right[1] < left[1]));
  const Scalar value = select(right_wins, right[0], left[0]);
  out[1] = select(right_wins, right[1], left[1]);
  out[0] = value;
}

constexpr ReduceRow reduce_rows[] = {
#define CERMET_REDUCTION(reduction_name, ...) ReduceRow{.name = #reduction_name, __VA_ARGS__},
#include "ops/reduce.def"
#undef CERMET_REDUCTION
};
static_assert(std::size(reduce_rows) == static_cast<std::size_t>(Reduction::count_));

}  // namespace

const Row& row(Op op) { return rows[static_cast<std::size_t>(op)]; }
const ReduceRow& row(Reduction reduction) { return reduce_rows[static_cast<std::size_t>(reduction)]; }
std::string_view name(Reduction reduction) { return row(reduction).name; }

Dtype result_dtype(Op op, Dtype operand) {
  switch (row(op).types) {
    case Types::compare:
    case Types::predicate:
    case Types::logical:
      return bool_;
    case Types::complex_part:
      return is_complex(operand) ? float32 : operand;
    default:
      return operand;
  }
}

Dtype operand_dtype(Op op, Dtype promoted) {
  const Row& r = row(op);
  const auto refuse = [&](std::string_view allowed) {
    fail<TypeError>("[{}] takes {}, not {}.", r.name, allowed, name(promoted));
  };
  if (r.types == Types::logical) return bool_;
  if (r.types == Types::select) return promoted;
  if (r.types == Types::bitwise || r.types == Types::shift) {
    if (is_inexact(promoted)) refuse("integers and bool");
    return r.types == Types::shift && is_bool(promoted) ? uint8 : promoted;
  }
  if (is_complex(promoted) && r.evaluate.complex == nullptr) refuse("real numbers");
  if (r.types == Types::arithmetic && is_bool(promoted)) refuse("numbers (for bool use logical_not)");
  if (r.types == Types::floating || r.types == Types::real_floating) return at_least_float(promoted);
  return promoted;
}

}  // namespace cermet
