// The defined results of kernel.h, value by value.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "ops/row.h"

namespace cermet::testing {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
const double quiet = std::nan("");

Literal apply(Op op, Dtype t, double a, double b = 0, double c = 0) {
  const Literal args[] = {Literal::of(t, a), Literal::of(t, b), Literal::of(t, c)};
  return evaluate(op, std::span(args).first(row(op).arity));
}

double real(Op op, double a, double b = 0, double c = 0) { return apply(op, float32, a, b, c).as_double(); }

std::int64_t integer(Op op, Dtype t, std::int64_t a, std::int64_t b = 0) {
  const Literal args[] = {Literal::of_integer(t, a), Literal::of_integer(t, b)};
  return evaluate(op, std::span(args).first(row(op).arity)).as_int64();
}

TEST(Evaluate, IntegerDivisionIsTotal) {
  for (const Dtype t : {int8, int16, int32, int64}) {
    const std::int64_t low =
        t == int64 ? std::numeric_limits<std::int64_t>::min() : -(std::int64_t{1} << (8 * t.size() - 1));
    for (const Op op : {Op::floor_divide, Op::remainder, Op::quotient}) EXPECT_EQ(integer(op, t, 7, 0), 0) << name(op);
    EXPECT_EQ(integer(Op::floor_divide, t, low, -1), low);
    EXPECT_EQ(integer(Op::quotient, t, low, -1), low);
    EXPECT_EQ(integer(Op::remainder, t, low, -1), 0);
    EXPECT_EQ(integer(Op::negative, t, low), low);
    EXPECT_EQ(integer(Op::abs, t, low), low);
    EXPECT_EQ(integer(Op::floor_divide, t, -7, 2), -4);
    EXPECT_EQ(integer(Op::quotient, t, -7, 2), -3);
    EXPECT_EQ(integer(Op::remainder, t, -7, 2), 1);
    EXPECT_EQ(integer(Op::remainder, t, 7, -2), -1);
  }
  EXPECT_EQ(integer(Op::floor_divide, uint8, 255, 2), 127);
}

TEST(Evaluate, IntegerArithmeticWraps) {
  EXPECT_EQ(integer(Op::add, int8, 127, 1), -128);
  EXPECT_EQ(integer(Op::multiply, uint8, 16, 17), 16);
  EXPECT_EQ(integer(Op::subtract, uint16, 0, 1), 65535);
  EXPECT_EQ(integer(Op::square, int16, 256), 0);
  EXPECT_EQ(integer(Op::power, int8, 3, 5), static_cast<std::int8_t>(243));
  EXPECT_EQ(integer(Op::power, int32, 0, 0), 1);
  EXPECT_EQ(integer(Op::power, int32, 2, -1), 0);
  EXPECT_EQ(integer(Op::power, int32, -1, -3), -1);
  EXPECT_EQ(integer(Op::power, int32, 1, -3), 1);
  EXPECT_EQ(integer(Op::power, int32, 0, -3), 0);
}

TEST(Evaluate, ShiftsByTheWidthOrMore) {
  EXPECT_EQ(integer(Op::left_shift, int32, 1, 31), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(integer(Op::left_shift, int32, 1, 32), 0);
  EXPECT_EQ(integer(Op::left_shift, int32, 1, -1), 0);
  EXPECT_EQ(integer(Op::right_shift, int32, -8, 1), -4);
  EXPECT_EQ(integer(Op::right_shift, int32, -8, 32), -1);
  EXPECT_EQ(integer(Op::right_shift, int32, 8, 99), 0);
  EXPECT_EQ(integer(Op::right_shift, int64, -1, 64), -1);
  EXPECT_EQ(integer(Op::right_shift, uint8, 255, 8), 0);
  EXPECT_EQ(integer(Op::left_shift, uint64, 1, 63), std::numeric_limits<std::int64_t>::min());
}

TEST(Evaluate, Booleans) {
  for (const std::int64_t a : {0, 1}) {
    for (const std::int64_t b : {0, 1}) {
      EXPECT_EQ(integer(Op::add, bool_, a, b), a | b);
      EXPECT_EQ(integer(Op::subtract, bool_, a, b), a ^ b);
      EXPECT_EQ(integer(Op::multiply, bool_, a, b), a & b);
      EXPECT_EQ(integer(Op::maximum, bool_, a, b), a | b);
      EXPECT_EQ(integer(Op::minimum, bool_, a, b), a & b);
      EXPECT_EQ(integer(Op::less, bool_, a, b), a < b ? 1 : 0);
      EXPECT_EQ(integer(Op::power, bool_, a, b), a | (1 - b));
    }
    EXPECT_EQ(integer(Op::bitwise_invert, bool_, a), 1 - a);
    EXPECT_EQ(integer(Op::logical_not, bool_, a), 1 - a);
  }
}

TEST(Evaluate, ExtremaPropagateNaNAndOrderZeros) {
  EXPECT_TRUE(std::isnan(real(Op::maximum, quiet, 1)));
  EXPECT_TRUE(std::isnan(real(Op::maximum, 1, quiet)));
  EXPECT_TRUE(std::isnan(real(Op::minimum, quiet, -inf)));
  EXPECT_FALSE(std::signbit(real(Op::maximum, -0.0, 0.0)));
  EXPECT_FALSE(std::signbit(real(Op::maximum, 0.0, -0.0)));
  EXPECT_TRUE(std::signbit(real(Op::minimum, 0.0, -0.0)));
  EXPECT_EQ(real(Op::maximum, -inf, -3), -3);
}

TEST(Evaluate, DivisionOfFloats) {
  EXPECT_EQ(real(Op::remainder, -7, 3), 2);
  EXPECT_EQ(real(Op::remainder, 7, -3), -2);
  EXPECT_EQ(real(Op::remainder, 5, inf), 5);
  EXPECT_EQ(real(Op::remainder, -5, inf), inf);
  EXPECT_TRUE(std::signbit(real(Op::remainder, 6, -3)));
  EXPECT_TRUE(std::isnan(real(Op::remainder, 1, 0)));
  EXPECT_TRUE(std::isnan(real(Op::remainder, inf, 2)));
  EXPECT_EQ(real(Op::floor_divide, -7, 2), -4);
  EXPECT_EQ(real(Op::floor_divide, 1, 0.1), 9);  // 0.1 in float32 is above 1/10
  EXPECT_EQ(real(Op::floor_divide, 1, 0), inf);
}

TEST(Evaluate, RoundingAndSigns) {
  EXPECT_EQ(real(Op::round, 2.5), 2);
  EXPECT_EQ(real(Op::round, 3.5), 4);
  EXPECT_EQ(real(Op::round, -0.5), 0);
  EXPECT_EQ(real(Op::trunc, -1.9), -1);
  EXPECT_EQ(real(Op::sign, -3), -1);
  EXPECT_TRUE(std::isnan(real(Op::sign, quiet)));
  EXPECT_FALSE(std::signbit(real(Op::sign, -0.0)));
  EXPECT_EQ(real(Op::logaddexp, -inf, -inf), -inf);
  EXPECT_EQ(real(Op::logaddexp, inf, inf), inf);
  EXPECT_TRUE(std::isnan(real(Op::power, -8, 1.0 / 3)));
}

/// fma rounds once: 1 + 2**-24 + something below must not be rounded twice.
TEST(Evaluate, FmaRoundsOnce) {
  const double a = 1 + 0x1p-12, b = 1 - 0x1p-12;  // a * b = 1 - 2**-24
  EXPECT_EQ(real(Op::fma, a, b, -1), -0x1p-24);
  const float x = 0x1.000002p0F, y = 0x1.000002p0F, z = 0x1p-60F;
  EXPECT_EQ(real(Op::fma, static_cast<double>(x), static_cast<double>(y), static_cast<double>(z)),
            static_cast<double>(std::fma(x, y, z)));
  EXPECT_EQ(real(Op::fma, inf, 1, 0), inf);
  EXPECT_TRUE(std::isnan(real(Op::fma, inf, 0, 0)));
}

/// A half op is the exact result rounded once: 2049 / 2 in float16 is a tie that float32 would not see as one.
TEST(Evaluate, HalvesRoundOnce) {
  EXPECT_EQ(apply(Op::add, float16, 2048, 1).as_double(), 2048);
  EXPECT_EQ(apply(Op::add, float16, 2048, 3).as_double(), 2052);
  EXPECT_EQ(apply(Op::exp, float16, 20).as_double(), inf);
  EXPECT_EQ(apply(Op::add, bfloat16, 256, 1).as_double(), 256);
  EXPECT_EQ(apply(Op::fma, float16, 1 + 0x1p-10, 1 + 0x1p-10, 0x1p-24).as_double(), 1 + 0x1p-9);
}

TEST(Evaluate, ComplexNumbers) {
  const auto at = [](Op op, std::complex<double> a, std::complex<double> b = 0) {
    const Literal args[] = {Literal::of_complex(complex64, a), Literal::of_complex(complex64, b)};
    return evaluate(op, std::span(args).first(row(op).arity));
  };
  EXPECT_EQ(at(Op::multiply, {1, 2}, {3, 4}).as_complex(), std::complex<double>(-5, 10));
  EXPECT_EQ(at(Op::abs, {3, 4}), Literal::of(float32, 5));
  EXPECT_EQ(at(Op::imag, {3, 4}), Literal::of(float32, 4));
  EXPECT_EQ(at(Op::conjugate, {3, 4}).as_complex(), std::complex<double>(3, -4));
  EXPECT_EQ(at(Op::less, {1, 5}, {1, 6}), Literal::of(bool_, 1));
  EXPECT_EQ(at(Op::maximum, {1, 5}, {1, 6}).as_complex(), std::complex<double>(1, 6));
  EXPECT_EQ(at(Op::isnan, {1, quiet}), Literal::of(bool_, 1));
  EXPECT_EQ(at(Op::power, {0, 0}, {0, 0}).as_complex(), std::complex<double>(1));
}

TEST(Evaluate, WhatARowDoesNotDefineIsAnError) {
  EXPECT_THROW(apply(Op::exp, int32, 1), InternalError);
  EXPECT_THROW(apply(Op::bitwise_and, float32, 1, 1), InternalError);
  EXPECT_THROW(evaluate(Op::add, std::array{Literal::of(float32, 1)}), InternalError);
}

}  // namespace
}  // namespace cermet::testing
