// compile(f, shapeless): extents are symbols; what the trace took for granted of them is checked at every call.
#include <cermet/cermet.h>
#include <gtest/gtest.h>

#include "array/dims.h"
#include "array/symbols.h"
#include "transforms/trace.h"

namespace cermet {
namespace {

array counted(const Shape& shape) {
  Dim elements = 1;
  for (Dim d : shape) elements = elements.value() * d.value();
  return reshape(arange(0.0, static_cast<double>(elements.value()), float32), shape);
}

bool all_equal(const array& a, const array& b) { return a.shape() == b.shape() && array_equal(a, b).item().as_bool(); }

TEST(Shapeless, OneTraceServesAllShapes) {
  const auto f = [](const array& x, const array& y) {
    const Shape shape = x.shape();
    return reshape(x * 2 + y, {dim_multiply(shape[0], shape[1]), Dim(-1)});
  };
  const auto g = compile(f, true);
  for (const Shape& shape : {Shape{2, 3}, Shape{5, 4}, Shape{7, 7}}) {
    EXPECT_TRUE(all_equal(g(counted(shape), counted(shape)), f(counted(shape), counted(shape))));
  }
  EXPECT_EQ(g.statistics().traces, 1U);
}

TEST(Shapeless, AnExtentThatIsReadHoldsForItsValue) {
  const auto f = [](const array& x) { return x * static_cast<float>(x.shape(0)); };
  const auto g = compile(f, true);
  for (const Shape& shape : {Shape{2, 3}, Shape{2, 9}, Shape{5, 4}, Shape{2, 4}}) {
    EXPECT_TRUE(all_equal(g(counted(shape)), f(counted(shape))));
  }
  EXPECT_EQ(g.statistics().traces, 2U);
  EXPECT_NE(g.statistics().retrace_reasons[0].find("guard"), std::string::npos);
}

TEST(Shapeless, ExtentsOfZeroAndOneAreConstants) {
  const auto f = [](const array& x, const array& y) { return sum(x + y, 0); };
  const auto g = compile(f, true);
  for (const std::int64_t n : {4, 1, 0, 7, 1, 2}) {
    EXPECT_TRUE(all_equal(g(counted({n, 3}), counted({1, 3})), f(counted({n, 3}), counted({1, 3}))));
  }
  EXPECT_EQ(g.statistics().traces, 3U);
}

/// A trace with two symbols, of hints 6 and 4.
struct Symbols {
  Symbols() : trace("f", &symbols), x(trace.symbolic_input({{6, 4}, float32}, 0)), n(x.shape()[0]), m(x.shape()[1]) {}
  TraceSymbols symbols;
  Trace trace;
  array x;
  Dim n, m;
};

TEST(Shapeless, EqualitiesReplaceSymbolsEverywhere) {
  Symbols s;
  EXPECT_FALSE(same(s.n, dim_add(s.m, 2)));
  EXPECT_TRUE(dim_equal(s.n, dim_add(s.m, 2)));
  EXPECT_TRUE(same(s.n, dim_add(s.m, 2)));
  EXPECT_TRUE(same(s.x.shape()[0], dim_add(s.x.shape()[1], 2)));
  EXPECT_EQ(s.symbols.guards().size(), 1U);
  EXPECT_TRUE(dim_equal(dim_subtract(s.n, s.m), 2));
  EXPECT_EQ(s.symbols.guards().size(), 1U);
}

TEST(Shapeless, ComparisonsBoundSymbols) {
  Symbols s;
  EXPECT_TRUE(dim_less(4, s.n));
  EXPECT_TRUE(same(dim_min(s.n, 5), 5));
  EXPECT_TRUE(dim_less(1, s.m));
  EXPECT_EQ(s.symbols.guards().size(), 1U) << "extents of 0 and 1 are no symbols: no guard says so";
  EXPECT_FALSE(dim_equal(s.m, 1));
  EXPECT_EQ(s.symbols.guards().size(), 1U);
}

TEST(Shapeless, QuotientsMakeMultiples) {
  Symbols s;
  const Dim elements = dim_multiply(s.n, s.m);
  EXPECT_EQ(exact_quotient(elements, 5), std::nullopt);
  const std::optional<Dim> third = exact_quotient(elements, 3);
  ASSERT_TRUE(third.has_value());
  EXPECT_EQ(dim_hint(*third), 8);
  EXPECT_TRUE(same(dim_multiply(*third, 3), dim_product(s.x.shape())));
  EXPECT_TRUE(same(*exact_quotient(dim_product(s.x.shape()), s.m), s.x.shape()[0]));
}

TEST(Shapeless, MinimaAreSettledWhenTheyMustEqual) {
  Symbols s;
  const Dim least = dim_min(s.n, s.m);
  EXPECT_TRUE(dim_equal(least, s.m));
  EXPECT_TRUE(same(least, s.m));
}

TEST(Shapeless, ANumberThatIsNeededIsAGuard) {
  Symbols s;
  EXPECT_EQ(s.n.value(), 6);
  EXPECT_TRUE(same(s.n, 6));
  EXPECT_TRUE(s.x.shape()[0].is_constant());
  EXPECT_EQ(s.symbols.guards().size(), 1U);
}

}  // namespace
}  // namespace cermet
