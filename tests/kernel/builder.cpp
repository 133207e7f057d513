// The builder: equal pure values are one value where visible, literals fold, ill-typed instructions are refused.
#include "kernel/builder.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "kernel/kernel.h"

namespace cermet::kernel {
namespace {

struct Fixture {
  Kernel kernel;
  Builder build{kernel};
  BufferId in = build.add_buffer("", float32, BufferRole::input);
  BufferId out = build.add_buffer("", float32, BufferRole::output);
  IntExpr n = build.add_parameter("n", {0, 1000});
  Fixture() { kernel.name = "k"; }
};

TEST(Builder, BuildsWhatTheTextSays) {
  Fixture f;
  f.build.loop(LoopKind::parallel, "i", f.n, [&](IntExpr i) {
    const Value total = f.build.reduce(Reduction::sum, "j", f.n, ReduceOrder::chunked, [&](IntExpr j) {
      return std::vector<Value>{f.build.load(f.in, f.kernel.integers.add(i, j))};
    })[0];
    f.build.store(f.out, i, total);
  });
  EXPECT_EQ(print(f.kernel), R"(kernel k(b0: f32 in, b1: f32 out, n: i64 [0, 1000]) {
  parallel i in [0, n) {
    %0 = reduce sum chunked j in [0, n) {
      %1: f32 = load b0[i + j]
      yield %1
    }
    %2: f32 = result %0.0
    store b1[i] = %2
  }
}
)");
  EXPECT_NO_THROW(verify(f.kernel, Stage::built));
}

TEST(Builder, SharesPureValuesWhereVisible) {
  Fixture f;
  const Value outer = f.build.load(f.in, 0);
  Value inner = no_value;
  f.build.loop(LoopKind::serial, "i", f.n, [&](IntExpr i) {
    EXPECT_EQ(f.build.load(f.in, 0), outer);
    inner = f.build.load(f.in, i);
    EXPECT_EQ(f.build.call(Op::add, {inner, outer}), f.build.call(Op::add, {inner, outer}));
    EXPECT_NE(f.build.call(Op::add, {inner, outer}), f.build.call(Op::add, {outer, inner}));
  });
  f.build.loop(LoopKind::serial, "i", f.n, [&](IntExpr i) { EXPECT_NE(f.build.load(f.in, i), inner); });
}

TEST(Builder, DoesNotShareLoadsFromWhatTheKernelWrites) {
  Fixture f;
  EXPECT_NE(f.build.load(f.out, 0), f.build.load(f.out, 0));
}

TEST(Builder, FoldsExactOperationsOnLiterals) {
  Fixture f;
  const Value a = f.build.literal(Literal::of(float32, 3)), b = f.build.literal(Literal::of(float32, 4));
  EXPECT_EQ(f.build.call(Op::multiply, {a, b}), f.build.literal(Literal::of(float32, 12)));
  EXPECT_EQ(f.build.call(Op::less, {a, b}), f.build.literal(Literal::of(bool_, 1)));
  EXPECT_EQ(f.build.convert(a, int8), f.build.literal(Literal::of(int8, 3)));
  EXPECT_EQ(f.build.bitcast(a, uint32), f.build.literal(Literal::of_unsigned(uint32, 0x40400000)));
  EXPECT_EQ(f.build.index(5, int32), f.build.literal(Literal::of(int32, 5)));
  EXPECT_EQ(f.build.broadcast(a, 8), f.build.literal(Literal::of(float32, 3), 8));
  const Value exp = f.build.call(Op::exp, {a});
  EXPECT_EQ(f.build.at(exp).opcode, Opcode::call) << "the expansion may round otherwise";
}

TEST(Builder, LeavesOutWhatDoesNothing) {
  Fixture f;
  const Value x = f.build.load(f.in, 0);
  EXPECT_EQ(f.build.convert(x, float32), x);
  EXPECT_EQ(f.build.bitcast(x, float32), x);
  EXPECT_EQ(f.build.broadcast(x, 1), x);
}

TEST(Builder, BroadcastsScalarsBesideVectors) {
  Fixture f;
  const Value x = f.build.load(f.in, 0);
  const Value ones = f.build.literal(Literal::of(float32, 1), 8);
  const Value sum = f.build.call(Op::add, {x, ones});
  EXPECT_EQ(f.build.lanes(sum), 8);
  EXPECT_EQ(f.build.at(sum).args[0], f.build.broadcast(x, 8));
}

TEST(Builder, BindsOnceAndSeesThroughIndices) {
  Fixture f;
  const Value x = f.build.load(f.in, 0);
  const Value i = f.build.convert(x, int32);
  const IntRange range{0, 9};
  EXPECT_EQ(f.build.bind(i, "j", range), f.build.bind(i, "j", range));
  EXPECT_FALSE(f.build.bind(i, "j", range) == f.build.bind(i, "j", {0, 99}));
  EXPECT_EQ(f.build.bind(f.build.index(f.n, int32), "j", range), f.n);
  EXPECT_FALSE(f.build.bind(f.build.index(f.n, uint8), "j", range) == f.n) << "it wraps";
  EXPECT_EQ(f.build.bind(f.build.literal(Literal::of(int64, -4)), "j", range), IntExpr(-4));
}

TEST(Builder, GivesLoopSymbolsTheirFacts) {
  Fixture f;
  const auto facts = [&](IntExpr begin, IntExpr end, IntExpr step, LoopKind kind, int lanes) {
    Symbol found;
    f.build.loop(
        kind, "i", begin, end, step, {},
        [&](IntExpr i, std::span<const Value>) {
          found = f.kernel.integers.symbol(f.kernel.integers.symbol_id(i));
          return std::vector<Value>();
        },
        lanes);
    return found;
  };
  const Symbol strided = facts(0, 100, 16, LoopKind::serial, 1);
  EXPECT_EQ(strided.range, (IntRange{0, 96}));
  EXPECT_EQ(strided.multiple_of, 16);
  const Symbol offset = facts(8, 100, 16, LoopKind::serial, 1);
  EXPECT_EQ(offset.multiple_of, 8);
  EXPECT_EQ(offset.range, (IntRange{8, 88}));
  const Symbol vector = facts(0, 100, 16, LoopKind::vector, 16);
  EXPECT_EQ(vector.range, (IntRange{0, 99})) << "symbol + lane reaches 99";
  EXPECT_EQ(vector.multiple_of, 1);
  const Symbol symbolic = facts(0, f.n, 1, LoopKind::parallel, 1);
  EXPECT_EQ(symbolic.upper, f.n);
  EXPECT_EQ(symbolic.range, (IntRange{0, 999}));
}

TEST(Builder, ReplaysScalarExpressions) {
  Fixture f;
  ScalarArena arena;
  const Scalar a = arena.argument(float32), b = arena.argument(float32);
  const Scalar unused = a / b;
  static_cast<void>(unused);
  const Scalar less = a < b;
  const Scalar sum = fma(a, b, 1.0);
  const Scalar root = select(less, sum, bitcast(convert(a, int32), float32));
  const Value x = f.build.load(f.in, 0), y = f.build.load(f.in, 1);
  f.build.store(f.out, 0, f.build.replay(arena, root, std::vector<Value>{x, y}));
  EXPECT_EQ(print(f.kernel), R"(kernel k(b0: f32 in, b1: f32 out, n: i64 [0, 1000]) {
  %0: f32 = load b0[0]
  %1: f32 = load b0[1]
  %2: b1 = less %0, %1
  %3: f32 = literal 1
  %4: f32 = fma %0, %1, %3
  %5: i32 = convert %0
  %6: f32 = bitcast %5
  %7: f32 = where %2, %4, %6
  store b1[0] = %7
}
)");
}

TEST(Builder, RefusesIllTypedInstructions) {
  Fixture f;
  const Value x = f.build.load(f.in, 0), i = f.build.convert(x, int32);
  EXPECT_THROW(f.build.call(Op::add, {x, i}), InternalError);
  EXPECT_THROW(f.build.call(Op::add, {x}), InternalError);
  EXPECT_THROW(f.build.bitcast(x, int64), InternalError);
  EXPECT_THROW(f.build.store(f.out, 0, i), InternalError);
  EXPECT_THROW(f.build.store(f.out, 0, 77), InternalError);
  EXPECT_THROW(f.build.load(9, 0), InternalError);
  EXPECT_THROW(f.build.bind(x, "j", {}), InternalError);
  EXPECT_THROW(f.build.loop(LoopKind::serial, "i", 0, 4, 1, std::vector<Value>{x},
                            [&](IntExpr, std::span<const Value>) { return std::vector<Value>{i}; }),
               InternalError);
  EXPECT_THROW(f.build.reduce(Reduction::sum, "i", 4, ReduceOrder::lanes,
                              [&](IntExpr) {
                                return std::vector<Value>{x, x};
                              }),
               InternalError);
}

}  // namespace
}  // namespace cermet::kernel
