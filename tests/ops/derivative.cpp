// Every derivative of the table against central differences of its row's reference in 80-bit arithmetic.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "ops/scalar_interpreter.h"

namespace cermet::testing {
namespace {

/// The partial derivative of `op` by argument `which` at `x`, from the row's formula in float64.
double from_formula(Op op, std::size_t which, const std::array<double, 3>& x) {
  ScalarArena arena;
  std::vector<Scalar> args;
  for (std::size_t i = 0; i < row(op).arity; ++i) {
    const bool condition = op == Op::where && i == 0;
    args.push_back(arena.literal(Literal::of(condition ? bool_ : float64, x[i])));
  }
  const Partial partial = row(op).partial[which];
  if (partial == nullptr) return 0;
  return arena.node(partial(args, arena.call(op, args)).id()).literal.as_double();
}

double from_differences(Op op, std::size_t which, std::array<double, 3> x) {
  const long double h = std::max(std::fabs(static_cast<long double>(x[which])), 1.0L) * 1e-6L;
  const auto at = [&](long double shift) {
    std::array<long double, 3> y{x[0], x[1], x[2]};
    y[which] += shift;
    return row(op).evaluate.extended(y[0], y[1], y[2]);
  };
  return static_cast<double>((at(h) - at(-h)) / (2 * h));
}

class Derivative : public ::testing::TestWithParam<Op> {};

TEST_P(Derivative, AgreesWithDifferences) {
  const Op op = GetParam();
  const Row& r = row(op);
  std::mt19937_64 random(2);
  const double low = std::isfinite(r.domain.low) ? std::max(r.domain.low, -5.0) : -3;
  const double high = std::isfinite(r.domain.high) ? std::min(r.domain.high, 5.0) : 3;
  int checked = 0;
  for (int k = 0; k < 200; ++k) {
    std::array<double, 3> x{};
    for (double& value : x) {
      value = low + (high - low) * (0.02 + 0.96 * static_cast<double>(random() >> 11) * 0x1p-53);
    }
    if (op == Op::where) x[0] = k % 2;
    if (op == Op::power) x[0] = std::fabs(x[0]) + 0.01;
    for (std::size_t which = op == Op::where ? 1 : 0; which < r.arity; ++which) {
      const double want = from_differences(op, which, x);
      const double got = from_formula(op, which, x);
      // A difference across a jump (remainder) is no derivative.
      if (op == Op::remainder && std::fabs(want) > 1e4) continue;
      ++checked;
      EXPECT_NEAR(got, want, 1e-7 * std::max({1.0, std::fabs(want), std::fabs(got)}))
          << name(op) << " by argument " << which << " at " << x[0] << ", " << x[1] << ", " << x[2];
    }
  }
  EXPECT_GT(checked, 150);
}

std::vector<Op> differentiable_ops() {
  std::vector<Op> result;
  for (int i = 0; i < op_count; ++i) {
    if (row(static_cast<Op>(i)).differentiable) result.push_back(static_cast<Op>(i));
  }
  return result;
}

INSTANTIATE_TEST_SUITE_P(Ops, Derivative, ::testing::ValuesIn(differentiable_ops()),
                         [](const auto& info) { return std::string(name(info.param)); });

/// Points where a formula is easily NaN.
TEST(Derivative, EdgesAreFinite) {
  EXPECT_EQ(from_formula(Op::power, 0, {0, 0, 0}), 0);
  EXPECT_EQ(from_formula(Op::power, 0, {0, 2, 0}), 0);
  EXPECT_EQ(from_formula(Op::power, 0, {0, 1, 0}), 1);
  EXPECT_EQ(from_formula(Op::power, 1, {0, 2, 0}), 0);
  EXPECT_EQ(from_formula(Op::abs, 0, {0, 0, 0}), 0);
  EXPECT_EQ(from_formula(Op::logaddexp, 0, {-1000, 1000, 0}), 0);
  EXPECT_EQ(from_formula(Op::logaddexp, 1, {-1000, 1000, 0}), 1);
  EXPECT_EQ(from_formula(Op::maximum, 0, {1, 1, 0}) + from_formula(Op::maximum, 1, {1, 1, 0}), 1);
  EXPECT_EQ(from_formula(Op::minimum, 0, {1, 1, 0}) + from_formula(Op::minimum, 1, {1, 1, 0}), 1);
}

}  // namespace
}  // namespace cermet::testing
