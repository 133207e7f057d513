// Expansions beyond float accuracy: integers and predicates exactly, the software fma, complex64 as pairs.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "ops/scalar_interpreter.h"

namespace cermet::testing {
namespace {

/// Pairs of an integer dtype: all of an 8-bit one, else extremes against each other and random ones.
std::vector<Lanes> integer_pairs(Dtype t) {
  std::vector<Lanes> result(2);
  const auto add = [&](std::int64_t a, std::int64_t b) {
    result[0].push_back(Literal::of_integer(t, a).bits);
    result[1].push_back(Literal::of_integer(t, b).bits);
  };
  if (t.size() == 1) {
    const int count = is_bool(t) ? 2 : 256;
    for (int a = 0; a < count; ++a) {
      for (int b = 0; b < count; ++b) add(a, b);
    }
    return result;
  }
  std::vector<std::int64_t> values{0,
                                   1,
                                   -1,
                                   2,
                                   -2,
                                   3,
                                   7,
                                   -7,
                                   10,
                                   31,
                                   32,
                                   63,
                                   64,
                                   100,
                                   std::numeric_limits<std::int64_t>::min(),
                                   std::numeric_limits<std::int64_t>::max(),
                                   std::int64_t{1} << 31,
                                   (std::int64_t{1} << 31) - 1,
                                   -(std::int64_t{1} << 31),
                                   32767,
                                   -32768,
                                   65535};
  std::mt19937_64 random(3);
  for (int i = 0; i < 20; ++i) values.push_back(static_cast<std::int64_t>(random() >> (random() % 64)));
  for (const std::int64_t a : values) {
    for (const std::int64_t b : values) add(a, b);
  }
  return result;
}

TEST(Expansion, IntegersAreExact) {
  int ops = 0;
  for (int i = 0; i < op_count; ++i) {
    const Op op = static_cast<Op>(i);
    if (row(op).expand == nullptr || row(op).evaluate.signed_integer == nullptr) continue;
    ++ops;
    for (const Dtype t : {bool_, int8, uint8, int16, uint16, int32, uint32, int64, uint64}) {
      if (row(op).types == Types::logical && !is_bool(t)) continue;  // operands are converted first
      std::vector<Lanes> pairs = integer_pairs(t);
      pairs.resize(row(op).arity);
      const Lanes got = run_expansion(op, t, pairs);
      for (std::size_t k = 0; k < got.size(); ++k) {
        const Literal args[] = {{t, pairs[0][k]}, {t, pairs[pairs.size() - 1][k]}};
        const Literal want = evaluate(op, std::span(args).first(row(op).arity));
        ASSERT_EQ(got[k], want.bits) << fmt::format("{}({}, {}) of {}", name(op), args[0].print(), args[1].print(),
                                                    name(t));
      }
    }
  }
  EXPECT_GE(ops, 8);
}

TEST(Expansion, PredicatesAreExact) {
  Lanes values;
  for (const double x : {0.0, -0.0, 1.0, -1.0, HUGE_VAL, -HUGE_VAL, std::nan(""), 1e-40, 3e38}) {
    values.push_back(Literal::of(float32, x).bits);
  }
  for (const Op op : {Op::isnan, Op::isinf, Op::isfinite, Op::isposinf, Op::isneginf}) {
    const Lanes got = run_expansion(op, float32, std::array{values});
    int yes = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(got[i], evaluate(op, std::array{Literal{float32, values[i]}}).bits) << name(op) << " " << i;
      yes += static_cast<int>(got[i]);
    }
    EXPECT_GT(yes, 0) << name(op);
  }
}

template <class T>
Dtype dtype_of() {
  return sizeof(T) == 4 ? float32 : float64;
}

/// Operands whose product nearly cancels the addend, ties, overflow: where a double rounding would show.
template <class T>
std::vector<std::array<T, 3>> fma_cases() {
  std::mt19937_64 random(11);
  std::vector<std::array<T, 3>> cases;
  const auto any = [&](int spread) {
    const T mantissa = static_cast<T>(1 + static_cast<double>(random() >> 11) * 0x1p-53);
    return std::ldexp(random() % 2 == 0 ? mantissa : -mantissa,
                      static_cast<int>(random() % static_cast<unsigned>(2 * spread + 1)) - spread);
  };
  for (int i = 0; i < 20000; ++i) {
    const T a = any(20), b = any(20);
    const T near = -a * b;
    cases.push_back({a, b, i % 2 == 0 ? near : std::ldexp(near, -static_cast<int>(random() % 60))});
    cases.push_back({a, b, any(90)});
  }
  const T huge = std::numeric_limits<T>::max(), infinite = std::numeric_limits<T>::infinity();
  cases.push_back({huge, 2, -huge});
  cases.push_back({infinite, 0, 1});
  cases.push_back({infinite, 1, -infinite});
  cases.push_back({0, -1, 0});
  return cases;
}

template <class T, class B>
void expect_exact_fma(std::size_t skipped_tail) {
  const std::vector<std::array<T, 3>> cases = fma_cases<T>();
  ScalarArena arena;
  std::vector<Scalar> args;
  for (int i = 0; i < 3; ++i) args.push_back(arena.argument(dtype_of<T>()));
  const Scalar root = row(Op::fma).expand(args);
  std::vector<Lanes> lanes(3);
  for (const auto& c : cases) {
    for (std::size_t i = 0; i < 3; ++i) lanes[i].push_back(std::bit_cast<B>(c[i]));
  }
  const Lanes got = interpret(arena, std::array{root}, lanes)[0];
  for (std::size_t i = 0; i + skipped_tail < cases.size(); ++i) {
    const T want = std::fma(cases[i][0], cases[i][1], cases[i][2]);
    const T value = std::bit_cast<T>(static_cast<B>(got[i]));
    if (std::isnan(want)) {
      ASSERT_TRUE(std::isnan(value)) << i;
    } else {
      ASSERT_EQ(value, want) << fmt::format("fma({}, {}, {})", cases[i][0], cases[i][1], cases[i][2]);
    }
  }
}

TEST(Expansion, SoftwareFmaIsExact) {
  expect_exact_fma<float, std::uint32_t>(0);
  expect_exact_fma<double, std::uint64_t>(4);  // float64 documents overflow of a partial product
}

/// complex64 rows: the pair of float32 formulas against the reference in double precision.
TEST(Expansion, ComplexFormulas) {
  std::mt19937_64 random(5);
  const auto part = [&] {
    return static_cast<double>(static_cast<float>((static_cast<double>(random() >> 11) * 0x1p-53 - 0.5) * 6));
  };
  int ops = 0;
  for (int i = 0; i < op_count; ++i) {
    const Op op = static_cast<Op>(i);
    const Row& r = row(op);
    if (r.expand_complex == nullptr || op == Op::where) continue;
    ++ops;
    for (int k = 0; k < 300; ++k) {
      const std::complex<double> a(part(), part());
      const std::complex<double> b = k % 10 == 0 ? a : std::complex<double>(part(), part());
      ScalarArena arena;
      std::vector<ComplexScalar> args;
      for (const auto& z : {a, b}) {
        args.push_back({arena.literal(Literal::of(float32, z.real())), arena.literal(Literal::of(float32, z.imag()))});
      }
      const ComplexScalar got = r.expand_complex(std::span(args).first(r.arity));
      const std::complex<double> want = r.evaluate.complex(a, b);
      const double re = arena.node(got.re.id()).literal.as_double();
      const bool is_real = result_dtype(op, complex64) != complex64;
      const double im = is_real ? 0 : arena.node(got.im.id()).literal.as_double();
      // Products of parts cancel: the error is relative to the whole number, not to each part.
      const double scale = std::abs(want) + (op == Op::power ? 10 * std::abs(want) : 0) + 1e-30;
      EXPECT_LE(std::abs(std::complex<double>(re, im) - want), 2e-6 * scale + (op == Op::log1p ? 1e-6 : 0))
          << fmt::format("{}(({}, {}), ({}, {})) = ({}, {}), want ({}, {})", name(op), a.real(), a.imag(), b.real(),
                         b.imag(), re, im, want.real(), want.imag());
    }
  }
  EXPECT_GE(ops, 38);
}

TEST(Expansion, ComplexDoesNotOverflowOnTheWay) {
  ScalarArena arena;
  const auto number = [&](double re, double im) {
    return ComplexScalar{arena.literal(Literal::of(float32, re)), arena.literal(Literal::of(float32, im))};
  };
  const auto value = [&](Scalar s) { return arena.node(s.id()).literal.as_double(); };
  const ComplexScalar large = number(3e30, 4e30);
  EXPECT_NEAR(value(row(Op::abs).expand_complex(std::array{large}).re) / 5e30, 1, 1e-6);
  EXPECT_NEAR(value(row(Op::divide).expand_complex(std::array{large, large}).re), 1, 1e-6);
  EXPECT_NEAR(value(row(Op::tanh).expand_complex(std::array{number(80, 1)}).re), 1, 1e-6);
  EXPECT_EQ(value(row(Op::abs).expand_complex(std::array{number(HUGE_VAL, std::nan(""))}).re), HUGE_VAL);
  EXPECT_EQ(value(row(Op::abs).expand_complex(std::array{number(0, 0)}).re), 0);
}

}  // namespace
}  // namespace cermet::testing
