// Symbolic integers: normal forms, simplification under ranges, text, and agreement with evaluation on random input.
#include "base/integer_expression.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"

namespace cermet {
namespace {

IntExpr bounded(IntExprTable& t, const char* name, std::int64_t low, std::int64_t high) {
  return t.add_symbol({.name = name, .range = {low, high}});
}

IntExpr loop_variable(IntExprTable& t, const char* name, IntExpr end) {
  return t.add_symbol({.name = name, .range = {0, IntRange::unbounded_high}, .upper = end});
}

TEST(IntExprTable, EqualExpressionsHaveEqualBits) {
  IntExprTable t;
  const IntExpr a = bounded(t, "a", 0, 100), b = bounded(t, "b", 0, 100);
  EXPECT_EQ(t.multiply(t.add(a, b), t.add(a, b)),
            t.add(t.add(t.multiply(a, a), t.multiply(2, t.multiply(a, b))), t.multiply(b, b)));
  EXPECT_EQ(t.subtract(t.add(a, b), b), a);
  EXPECT_EQ(t.print(t.multiply(t.add(a, 3), t.add(b, -2))), "a*b - 2*a + 3*b - 6");
}

TEST(IntExprTable, DivisionSimplifiesUnderConstantRanges) {
  IntExprTable t;
  const IntExpr i = bounded(t, "i", 0, 99), j = bounded(t, "j", 0, 3);
  const IntExpr linear = t.add(t.multiply(4, i), j);
  EXPECT_EQ(t.floordiv(linear, 4), i);
  EXPECT_EQ(t.mod(linear, 4), j);
  EXPECT_EQ(t.print(t.floordiv(linear, 8)), "(i // 2)");
  EXPECT_EQ(t.print(t.mod(linear, 8)), "j + 4*(i % 2)");
  EXPECT_EQ(t.mod(t.multiply(6, i), 3), IntExpr(0));
}

TEST(IntExprTable, DivisionSimplifiesUnderSymbolicBounds) {
  IntExprTable t;
  const IntExpr rows = bounded(t, "rows", 2, IntRange::unbounded_high);
  const IntExpr columns = bounded(t, "columns", 2, IntRange::unbounded_high);
  const IntExpr r = loop_variable(t, "r", rows), c = loop_variable(t, "c", columns);
  const IntExpr linear = t.add(t.multiply(columns, r), c);
  EXPECT_EQ(t.floordiv(linear, columns), r);
  EXPECT_EQ(t.mod(linear, columns), c);
  EXPECT_EQ(t.floordiv(linear, t.multiply(rows, columns)), IntExpr(0));
  EXPECT_TRUE(t.known_less(linear, t.multiply(rows, columns)));
  EXPECT_FALSE(t.known_less(linear, t.multiply(rows, rows)));
}

TEST(IntExprTable, CollapsedLoopVariableRecombines) {
  IntExprTable t;
  const IntExpr a = bounded(t, "a", 2, IntRange::unbounded_high), b = bounded(t, "b", 2, IntRange::unbounded_high);
  const IntExpr m = bounded(t, "m", 0, IntRange::unbounded_high);
  const IntExpr inner = t.mod(m, b), middle = t.mod(t.floordiv(m, b), a), outer = t.floordiv(m, t.multiply(a, b));
  const IntExpr ab = t.multiply(a, b);
  EXPECT_EQ(t.add(t.add(t.multiply(outer, ab), t.multiply(middle, b)), inner), m);
  EXPECT_EQ(t.add(t.multiply(t.floordiv(m, 7), 7), t.mod(m, 7)), m);
  const IntExpr scaled = t.add(t.multiply(t.multiply(t.floordiv(m, b), b), 3), t.multiply(t.mod(m, b), 3));
  EXPECT_EQ(scaled, t.multiply(m, 3));
}

TEST(IntExprTable, LinearDecomposition) {
  IntExprTable t;
  const IntExpr p = bounded(t, "p", 1, 50), i = bounded(t, "i", 0, 9), j = bounded(t, "j", 0, 9);
  const IntExpr e = t.add(t.add(t.multiply(p, i), t.multiply(2, j)), 5);
  const auto in_i = t.linear_in(e, t.symbol_id(i));
  ASSERT_TRUE(in_i);
  EXPECT_EQ(in_i->first, p);
  EXPECT_EQ(t.print(in_i->second), "2*j + 5");
  EXPECT_FALSE(t.linear_in(t.floordiv(t.add(i, j), 3), t.symbol_id(i)));
  EXPECT_FALSE(t.linear_in(t.multiply(i, i), t.symbol_id(i)));
}

TEST(IntExprTable, MinimumAndMaximumFold) {
  IntExprTable t;
  const IntExpr n = bounded(t, "n", 2, 100), i = loop_variable(t, "i", n);
  EXPECT_EQ(t.minimum(i, n), i);
  EXPECT_EQ(t.maximum(n, 1), n);
  EXPECT_EQ(t.print(t.minimum(t.multiply(8, i), n)), "min(n, 8*i)");
}

TEST(IntExprTable, ErrorsNameWhatIsWrong) {
  IntExprTable t;
  bounded(t, "n", 0, 1);
  EXPECT_THROW(t.parse("n + q"), ValueError);
  EXPECT_THROW(t.parse("n +"), ValueError);
  EXPECT_THROW(t.parse("(n"), ValueError);
  EXPECT_THROW(bounded(t, "n", 0, 1), InternalError);
  EXPECT_THROW(t.expression(0).value(), InternalError);
}

// Random expressions, built with and without the simplifier's help: evaluation is the referee.
class RandomExpressions : public ::testing::TestWithParam<int> {};

TEST_P(RandomExpressions, AgreeWithEvaluationRangeDivisorAndText) {
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  IntExprTable t;
  std::vector<std::int64_t> values;
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  std::vector<std::pair<IntExpr, std::int64_t>> pool{{0, 0}, {1, 1}, {4, 4}, {-3, -3}, {12, 12}};
  for (int k = 0; k < 4; ++k) {
    const std::int64_t low = pick(3), high = low + pick(20), multiple = pick(2) == 0 ? 1 : 4;
    const std::int64_t value = (low + pick(static_cast<int>(high - low) + 1)) * multiple;
    pool.emplace_back(
        t.add_symbol(
            {.name = fmt::format("s{}", k), .range = {low * multiple, high * multiple}, .multiple_of = multiple}),
        value);
    values.push_back(value);
  }
  const auto value_of = [&](SymbolId s) { return values[s]; };
  for (int step = 0; step < 60; ++step) {
    const auto [a, x] = pool[static_cast<std::size_t>(pick(static_cast<int>(pool.size())))];
    const auto [b, y] = pool[static_cast<std::size_t>(pick(static_cast<int>(pool.size())))];
    if (std::abs(x) > 1'000'000 || std::abs(y) > 1'000'000) continue;
    switch (pick(7)) {
      case 0:
        pool.emplace_back(t.add(a, b), x + y);
        break;
      case 1:
        pool.emplace_back(t.subtract(a, b), x - y);
        break;
      case 2:
        pool.emplace_back(t.multiply(a, b), x * y);
        break;
      case 3:
        pool.emplace_back(t.floordiv(a, b), floor_quotient(x, y));
        break;
      case 4:
        pool.emplace_back(t.mod(a, b), y == 0 ? 0 : x - y * floor_quotient(x, y));
        break;
      case 5:
        pool.emplace_back(t.minimum(a, b), std::min(x, y));
        break;
      default:
        pool.emplace_back(t.maximum(a, b), std::max(x, y));
        break;
    }
    const auto [e, expected] = pool.back();
    ASSERT_EQ(t.evaluate(e, value_of), expected) << t.print(e);
    const IntRange r = t.range(e);
    ASSERT_TRUE(r.low <= expected && expected <= r.high) << t.print(e);
    const std::int64_t d = t.known_divisor(e);
    ASSERT_TRUE(d == 0 ? expected == 0 : expected % d == 0) << t.print(e);
    ASSERT_EQ(t.evaluate(t.parse(t.print(e)), value_of), expected) << t.print(e);
    ASSERT_EQ(t.print(t.parse(t.print(e))), t.print(e));
    const IntExpr moved = t.substitute(e, [&](SymbolId s) { return std::optional<IntExpr>(values[s]); });
    ASSERT_TRUE(moved.is_constant()) << t.print(e);
    ASSERT_EQ(moved.value(), expected) << t.print(e);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomExpressions, ::testing::Range(0, 300));

}  // namespace
}  // namespace cermet
