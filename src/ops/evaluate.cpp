// The exact value of one application of an op to literals: what an op means, for the interpreter and for folding.
#include <cmath>

#include "base/error.h"
#include "ops/row.h"

namespace cermet {
namespace {

int width_of(Dtype t) { return is_bool(t) ? 1 : 8 * t.size(); }

/// a * b + c for operands of at most 24 bits, rounded to odd in double: rounding that to float32 or less is the exact
/// result rounded once (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
double fma_to_odd(double a, double b, double c) {
  const double product = a * b;  // exact
  const double sum = product + c;
  if (!std::isfinite(sum)) return sum;
  const double back = sum - product;
  const double error = (product - (sum - back)) + (c - back);
  const bool odd = (Literal::of(float64, sum).bits & 1) != 0;
  return error == 0 || odd ? sum : std::nextafter(sum, std::copysign(HUGE_VAL, error));
}

Literal evaluate_real(Op op, Dtype result, std::span<const Literal> args) {
  std::array<double, 3> x{};
  for (std::size_t i = 0; i < args.size(); ++i) x[i] = args[i].as_double();
  if (op == Op::fma && args[0].dtype != float64) return Literal::of(result, fma_to_odd(x[0], x[1], x[2]));
  return Literal::of(result, row(op).evaluate.real(x[0], x[1], x[2]));
}

}  // namespace

Literal evaluate(Op op, std::span<const Literal> args) {
  check(args.size() == row(op).arity, "{} of {} literals", name(op), args.size());
  if (op == Op::where) return args[0].as_bool() ? args[1] : args[2];
  const Dtype t = args[0].dtype;
  const Dtype result = result_dtype(op, t);
  const Evaluate& how = row(op).evaluate;
  const Literal& last = args[args.size() == 1 ? 0 : 1];
  const bool second = args.size() > 1;
  if (is_complex(t) && how.complex != nullptr) {
    return Literal::of_complex(result, how.complex(args[0].as_complex(), second ? last.as_complex() : 0.0));
  }
  if (is_floating(t) && how.real != nullptr) return evaluate_real(op, result, args);
  if (is_signed_integer(t) && how.signed_integer != nullptr) {
    return Literal::of_integer(result,
                               how.signed_integer(args[0].as_int64(), second ? last.as_int64() : 0, width_of(t)));
  }
  if (!is_inexact(t) && !is_signed_integer(t) && how.unsigned_integer != nullptr) {
    return Literal::of_unsigned(result, how.unsigned_integer(args[0].bits, second ? last.bits : 0, width_of(t)));
  }
  fail<InternalError>("internal error: {} is not defined on {}", name(op), name(t));
}

}  // namespace cermet
