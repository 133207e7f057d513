// Reductions as monoids: identities are neutral, order is respected, NaN and ties go where the docs say.
#include <gtest/gtest.h>

#include <cmath>

#include "ops/row.h"

namespace cermet::testing {
namespace {

using Tuple = std::vector<Literal>;

Tuple combine(Reduction reduction, const Tuple& left, const Tuple& right) {
  ScalarArena arena;
  std::vector<Scalar> l, r;
  for (const Literal& v : left) l.push_back(arena.literal(v));
  for (const Literal& v : right) r.push_back(arena.literal(v));
  std::vector<Scalar> out(row(reduction).width);
  row(reduction).combine(l, r, out);
  Tuple result;
  for (const Scalar s : out) result.push_back(arena.node(s.id()).literal);
  return result;
}

Tuple identity(Reduction reduction, Dtype t) {
  Tuple result;
  for (int i = 0; i < row(reduction).width; ++i) result.push_back(row(reduction).identity(t, i));
  return result;
}

Tuple element(Reduction reduction, Dtype t, double value, std::uint64_t index) {
  Tuple result{Literal::of(t, value)};
  if (row(reduction).width == 2) result.push_back(Literal::of_unsigned(uint32, index));
  return result;
}

TEST(Reduction, IdentitiesAreNeutral) {
  int checked = 0;
  for (int i = 0; i < static_cast<int>(Reduction::count_); ++i) {
    const Reduction reduction = static_cast<Reduction>(i);
    for (int v = 0; v < dtype_count; ++v) {
      const Dtype t = row(reduction).accumulator(Dtype(static_cast<Dtype::Val>(v)));
      for (const double value : {0.0, 1.0, 100.0, -HUGE_VAL, HUGE_VAL}) {
        if (is_complex(t) && std::isinf(value)) continue;  // (inf + 0i) * 1 has a NaN part
        const Tuple x = element(reduction, t, value, 5);
        const Tuple none = identity(reduction, t);
        ASSERT_EQ(none[0].dtype, t) << name(reduction);
        EXPECT_EQ(combine(reduction, none, x), x) << name(reduction) << " " << name(t) << " " << value;
        EXPECT_EQ(combine(reduction, x, none), x) << name(reduction) << " " << name(t) << " " << value;
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 500);
}

std::uint64_t arg_of(Reduction reduction, const std::vector<double>& values, bool backwards) {
  Tuple state = identity(reduction, float32);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t at = backwards ? values.size() - 1 - i : i;
    const Tuple x = element(reduction, float32, values[at], at);
    state = backwards ? combine(reduction, x, state) : combine(reduction, state, x);
  }
  return state[1].bits;
}

TEST(Reduction, ArgumentsOfExtrema) {
  const double nan = std::nan("");
  for (const bool backwards : {false, true}) {
    EXPECT_EQ(arg_of(Reduction::argmax, {1, 7, 3, 7}, backwards), 1U);
    EXPECT_EQ(arg_of(Reduction::argmin, {4, 2, 2, 9}, backwards), 1U);
    EXPECT_EQ(arg_of(Reduction::argmax, {1, nan, 9, nan}, backwards), 1U);
    EXPECT_EQ(arg_of(Reduction::argmin, {1, nan, -9, nan}, backwards), 1U);
    EXPECT_EQ(arg_of(Reduction::argmax, {-HUGE_VAL, -HUGE_VAL}, backwards), 0U);
    EXPECT_EQ(arg_of(Reduction::argmin, {0.0, -0.0}, backwards), 0U);
  }
}

TEST(Reduction, Dtypes) {
  EXPECT_EQ(row(Reduction::sum).result(bool_), int32);
  EXPECT_EQ(row(Reduction::sum).result(int8), int32);
  EXPECT_EQ(row(Reduction::sum).result(uint16), uint32);
  EXPECT_EQ(row(Reduction::sum).result(int64), int64);
  EXPECT_EQ(row(Reduction::sum).result(bfloat16), bfloat16);
  EXPECT_EQ(row(Reduction::sum).accumulator(bfloat16), float32);
  EXPECT_EQ(row(Reduction::prod).accumulator(complex64), complex64);
  EXPECT_EQ(row(Reduction::max).result(uint8), uint8);
  EXPECT_EQ(row(Reduction::all).result(float32), bool_);
  EXPECT_EQ(row(Reduction::argmin).result(float32), uint32);
  EXPECT_FALSE(row(Reduction::max).empty_allowed);
  EXPECT_TRUE(row(Reduction::prod).empty_allowed);
}

TEST(Reduction, LimitsOfIntegers) {
  EXPECT_EQ(row(Reduction::max).identity(int8, 0).as_int64(), -128);
  EXPECT_EQ(row(Reduction::min).identity(int8, 0).as_int64(), 127);
  EXPECT_EQ(row(Reduction::min).identity(uint64, 0).bits, ~std::uint64_t{0});
  EXPECT_EQ(row(Reduction::max).identity(uint16, 0).bits, 0U);
  EXPECT_EQ(row(Reduction::min).identity(bool_, 0).bits, 1U);
}

}  // namespace
}  // namespace cermet::testing
