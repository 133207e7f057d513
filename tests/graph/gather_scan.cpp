// Gather and scan in the graph: type rules, text form, reference results, and that passes leave them as they are.
#include <gmock/gmock.h>

#include "graph_building.h"

namespace cermet::graph::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<double> result(Graph& graph, const std::vector<Elements>& inputs) { return doubles(run(graph, inputs)[0]); }

TEST(GatherRule, ShapeAndDtypes) {
  Sketch s;
  const Value x = s.input({5, 6}, bfloat16);
  const Value rows = s.take(x, s.input({2, 3}, uint8), 0);
  EXPECT_EQ(s.b.type(rows), (ArrayType{Shape{2, 3, 6}, bfloat16}));
  EXPECT_EQ(s.b.type(s.take_along(x, s.input({5, 2}, int64), 1)), (ArrayType{Shape{5, 2}, bfloat16}));
}

TEST(GatherRule, Errors) {
  Sketch s;
  const Value x = s.input({0, 6});
  Primitive p = primitive(PrimitiveKind::gather);
  p.axes = {-1, 1};
  for (std::int64_t d : {4, 6}) p.dims.push_back(d);
  const auto add = [&](Value index) { return message_of<Error>([&] { s.b.add(p, std::array{x, index}); }); };
  EXPECT_THAT(add(s.input({4, 6}, float32)), HasSubstr("an integer dtype is required"));
  EXPECT_THAT(add(s.input({4, 6}, bool_)), HasSubstr("bool"));
  EXPECT_THAT(add(s.input({4, 1}, int32)), HasSubstr("broadcast"));
  EXPECT_THAT(add(s.input({4, 6}, int32)), HasSubstr("is empty"));
}

TEST(GatherInterpreted, WrapsThenClamps) {
  Sketch s;
  const Value x = s.input({3}), index = s.input({6}, int32);
  Graph& graph = s.finish({s.take(x, index, 0)});
  EXPECT_THAT(result(graph, {literals(float32, {10, 20, 30}), literals(int32, {-1, -3, -4, 2, 3, 99})}),
              ElementsAre(30, 10, 10, 30, 30, 30));
}

TEST(GatherInterpreted, RowsAndAlongAnAxis) {
  Sketch s;
  const Value x = s.input({2, 3}), rows = s.input({2}, uint16), along = s.input({2, 2}, int8);
  Graph& graph = s.finish({s.take(x, rows, 0), s.take_along(x, along, 1)});
  const auto out = run(graph, std::vector<Elements>{literals(float32, {1, 2, 3, 4, 5, 6}), literals(uint16, {1, 9}),
                                                    literals(int8, {2, 0, -1, 1})});
  EXPECT_THAT(doubles(out[0]), ElementsAre(4, 5, 6, 4, 5, 6));
  EXPECT_THAT(doubles(out[1]), ElementsAre(3, 1, 6, 5));
}

TEST(ScanRule, SmallIntegersStay) {
  Sketch s;
  const auto dtype_of_scan = [&](Reduction r, Dtype t) { return s.b.type(s.scan(r, s.input({4}, t), 0)).dtype; };
  for (Dtype t : {int8, uint8, int16, uint16, int32, int64, float16, bfloat16, float32, float64, complex64}) {
    EXPECT_EQ(dtype_of_scan(Reduction::sum, t), t) << name(t);
    EXPECT_EQ(dtype_of_scan(Reduction::max, t), t) << name(t);
  }
  EXPECT_EQ(dtype_of_scan(Reduction::sum, bool_), int32);
  EXPECT_EQ(dtype_of_scan(Reduction::prod, bool_), bool_);
  EXPECT_EQ(dtype_of_scan(Reduction::logaddexp, int16), float32);
  EXPECT_EQ(dtype_of_scan(Reduction::logaddexp, float16), float16);
}

TEST(ScanInterpreted, BothDirectionsWithAndWithoutTheElement) {
  const std::vector<Elements> inputs{literals(float32, {1, 2, 3, 4, 5, 6})};
  const auto sums = [&](std::int64_t axis, bool reverse, bool exclusive) {
    Sketch s;
    return result(s.finish({s.scan(Reduction::sum, s.input({2, 3}), axis, reverse, exclusive)}), inputs);
  };
  EXPECT_THAT(sums(1, false, false), ElementsAre(1, 3, 6, 4, 9, 15));
  EXPECT_THAT(sums(1, true, false), ElementsAre(6, 5, 3, 15, 11, 6));
  EXPECT_THAT(sums(1, false, true), ElementsAre(0, 1, 3, 0, 4, 9));
  EXPECT_THAT(sums(1, true, true), ElementsAre(5, 3, 0, 11, 6, 0));
  EXPECT_THAT(sums(0, false, false), ElementsAre(1, 2, 3, 5, 7, 9));
}

TEST(ScanInterpreted, NarrowIntegersWrapAndHalvesAccumulateWide) {
  Sketch wrap;
  EXPECT_THAT(
      result(wrap.finish({wrap.scan(Reduction::sum, wrap.input({3}, int8), 0)}), {literals(int8, {100, 100, 100})}),
      ElementsAre(100, -56, 44));
  Sketch wide;
  EXPECT_THAT(
      result(wide.finish({wide.scan(Reduction::sum, wide.input({3}, float16), 0)}), {literals(float16, {2048, 1, 1})}),
      ElementsAre(2048, 2048, 2050));
}

TEST(GatherAndScanText, RoundTrip) {
  Sketch s;
  const Dim n = s.symbol("n", 7);
  const Value x = s.input(Shape{n, 6});
  const Value index = s.input({3}, int32);
  const Value y = s.take(x, index, 0);
  const Value scalar = s.b.add(
      [] {
        Primitive p = primitive(PrimitiveKind::gather);
        p.axes = {-1};
        return p;
      }(),
      std::array{s.input({4}), s.input({}, int64)});
  const Graph& graph = s.finish({s.scan(Reduction::logaddexp, y, 1, true, true), scalar});
  const std::string text = print(graph);
  EXPECT_THAT(text, HasSubstr("gather(%0, %3) axes=[-1, 1]"));
  EXPECT_THAT(text, HasSubstr("scan.logaddexp(%4) axes=[1, 1, 1]"));
  const Graph again = parse(text);
  verify(again);
  EXPECT_EQ(print(again), text);
}

}  // namespace
}  // namespace cermet::graph::testing
