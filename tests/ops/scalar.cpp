// Arenas: unique nodes, folded literals, refused mixtures.
#include "ops/scalar.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "ops/row.h"
#include "ops/scalar_interpreter.h"

namespace cermet::testing {
namespace {

TEST(Scalar, EqualExpressionsAreOneNode) {
  ScalarArena arena;
  const Scalar x = arena.argument(float32), y = arena.argument(float32);
  EXPECT_NE(x.id(), y.id());
  EXPECT_EQ((x * y + 1).id(), (x * y + 1).id());
  EXPECT_NE((x * y).id(), (y * x).id());
  EXPECT_NE(constant(x, 0.0).id(), constant(x, -0.0).id());
  const std::size_t before = arena.nodes().size();
  EXPECT_EQ(convert(convert(x, float64), float64).id(), convert(x, float64).id());
  EXPECT_EQ(bitcast(bitcast(x, int32), float32).id(), x.id());
  EXPECT_EQ(convert(x, float32).id(), x.id());
  EXPECT_EQ(arena.nodes().size(), before + 2);
}

TEST(Scalar, ArgumentsAreNumberedInOrder) {
  ScalarArena arena;
  const Scalar x = arena.argument(float32);
  constant(x, 3);
  const Scalar y = arena.argument(int32);
  EXPECT_EQ(arena.node(x.id()).args[0], 0U);
  EXPECT_EQ(arena.node(y.id()).args[0], 1U);
  EXPECT_EQ(y.dtype(), int32);
}

TEST(Scalar, LiteralsFold) {
  ScalarArena arena;
  const Scalar two = arena.literal(Literal::of(float32, 2));
  const ScalarNode& sum = arena.node((two + 3.0).id());
  EXPECT_EQ(sum.kind, ScalarKind::literal);
  EXPECT_EQ(sum.literal, Literal::of(float32, 5));
  EXPECT_EQ(arena.node(call(Op::exp, two).id()).literal, Literal::of(float32, std::exp(2.0)));
  EXPECT_EQ(arena.node((two < 3.0).id()).literal, Literal::of(bool_, 1));
  EXPECT_EQ(arena.node(select(two < 3.0, two, two + 1).id()).literal, Literal::of(float32, 2));
  const Scalar x = arena.argument(float32);
  EXPECT_EQ(select(two > 3.0, x, x + 1).id(), (x + 1).id());
  EXPECT_EQ(arena.node(convert(arena.literal(Literal::of(float32, 1e20)), int32).id()).literal.as_int64(), 2147483647);
  EXPECT_EQ(arena.node(bitcast(two, int32).id()).literal, Literal::of_integer(int32, 0x40000000));
}

TEST(Scalar, ResultsTakeTheirRowsDtype) {
  ScalarArena arena;
  const Scalar x = arena.argument(float64), c = arena.argument(bool_);
  EXPECT_EQ((x < x).dtype(), bool_);
  EXPECT_EQ(call(Op::isnan, x).dtype(), bool_);
  EXPECT_EQ(select(c, x, x).dtype(), float64);
  EXPECT_EQ(constant(x, 1).dtype(), float64);
}

TEST(Scalar, MixturesAreRefused) {
  ScalarArena arena, other;
  const Scalar x = arena.argument(float32), i = arena.argument(int32), elsewhere = other.argument(float32);
  EXPECT_THROW(x + i, InternalError);
  EXPECT_THROW(x + elsewhere, InternalError);
  EXPECT_THROW(select(x, x, x), InternalError);
  EXPECT_THROW(bitcast(x, float64), InternalError);
  EXPECT_THROW(arena.call(Op::add, std::array{x}), InternalError);
}

/// The expansion of literals folds to what the expansion computes: the arena's folding is exact arithmetic.
TEST(Scalar, FoldingAnExpansionGivesItsValue) {
  for (const double value : {0.3, -2.5, 17.0, 1e-3}) {
    for (const Op op : {Op::exp, Op::tanh, Op::erf, Op::sin, Op::arctan}) {
      ScalarArena arena;
      const Scalar folded = expand_fully(op, std::array{arena.literal(Literal::of(float32, value))});
      ASSERT_EQ(arena.node(folded.id()).kind, ScalarKind::literal) << name(op);
      const Lanes argument{Literal::of(float32, value).bits};
      EXPECT_EQ(arena.node(folded.id()).literal.bits, run_expansion(op, float32, std::array{argument})[0]) << name(op);
    }
  }
}

TEST(Scalar, ExpansionsStaySmall) {
  const auto size = [](Op op, Dtype t) {
    ScalarArena arena;
    std::vector<Scalar> args;
    for (int i = 0; i < row(op).arity; ++i) args.push_back(arena.argument(t));
    expand_fully(op, args);
    std::size_t calls = 0;
    for (const ScalarNode& node : arena.nodes()) calls += node.kind == ScalarKind::call ? 1U : 0U;
    return calls;
  };
  EXPECT_LE(size(Op::erf, float32), 32U);
  EXPECT_LE(size(Op::exp, float32), 26U);
  EXPECT_LE(size(Op::log, float32), 32U);
  EXPECT_LE(size(Op::sigmoid, float32), 32U);
  EXPECT_LE(size(Op::tanh, float32), 32U);
  EXPECT_LE(size(Op::power, float32), 68U);
  EXPECT_LE(size(Op::sin, float32), 64U);
}

}  // namespace
}  // namespace cermet::testing
