// Lowered kernels, interpreted, compute what the graph's interpreter computes: bit for bit where no float reduction is
// involved, whose order the kernel IR defines and the graph does not.
#include <gtest/gtest.h>

#include "graph/random_graph.h"
#include "lowered.h"

namespace cermet::lower::testing {
namespace {

using graph::Graph;
using graph::testing::RandomGraph;
using graph::testing::Sketch;

bool close(const Literal& a, const Literal& b) {
  if (a == b) return true;
  if (!is_inexact(a.dtype)) return false;
  const double x = a.as_double(), y = b.as_double();
  if (std::isnan(x) || std::isnan(y)) return std::isnan(x) && std::isnan(y);
  const double tolerance = a.dtype == bfloat16 ? 0.05 : a.dtype == float16 ? 0.01 : 1e-4;
  return x == y || std::abs(x - y) <= tolerance * (1 + std::abs(x) + std::abs(y));
}

void expect_equal(const Graph& graph, unsigned seed, const Target& target = two_threads()) {
  const std::vector<Elements> inputs = graph::testing::random_inputs(graph, seed);
  const std::vector<Elements> expected = graph::testing::run(graph, inputs);
  LoweredRun run(graph, inputs, target);
  for (std::size_t k = 0; k < graph.outputs.size(); ++k) {
    const Elements actual = run.elements(graph.outputs[k]);
    if (actual.empty()) continue;  // a view of an input, or no elements
    ASSERT_EQ(actual.size(), expected[k].size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      ASSERT_TRUE(close(actual[i], expected[k][i]))
          << "output " << k << "[" << i << "]: " << actual[i].print() << ", expected " << expected[k][i].print() << "\n"
          << graph::print(graph) << lowered_text(graph);
    }
  }
}

TEST(LoweredKernels, RandomGraphs) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    ASSERT_NO_FATAL_FAILURE(expect_equal(RandomGraph(seed).make(12), seed)) << seed;
  }
}

TEST(LoweredKernels, AllReductionsOverSomeAxes) {
  for (int r = 0; r < static_cast<int>(Reduction::count_); ++r) {
    if (row(static_cast<Reduction>(r)).internal) continue;
    for (const std::vector<std::int64_t>& axes :
         {std::vector<std::int64_t>{0}, {1}, {2}, {0, 1}, {1, 2}, {0, 2}, {0, 1, 2}}) {
      for (Dtype dtype : {float32, int32, bool_, bfloat16, uint8}) {
        Sketch s;
        const graph::Value x = s.input({3, 4, 5}, dtype);
        const graph::Value y = s.reduce(static_cast<Reduction>(r), x, axes);
        ASSERT_NO_FATAL_FAILURE(expect_equal(s.finish({y}), 1));
      }
    }
  }
}

TEST(LoweredKernels, LongRowsAreSplitWithTheSameBits) {
  Target one = two_threads();
  one.threads = 1;
  for (Reduction r : {Reduction::sum, Reduction::max, Reduction::argmin, Reduction::prod}) {
    for (std::int64_t n : {8193, 3 * 8192, 20000}) {
      Sketch s;
      const graph::Value x = s.input({2, n});
      const graph::Value y = s.reduce(r, s.call(Op::multiply, x, 0.5), {1});
      const Graph& graph = s.finish({y, s.call(Op::add, s.b.convert(y, float32), 1.0)});
      const std::vector<Elements> inputs = graph::testing::random_inputs(graph, 7);
      LoweredRun whole(graph, inputs, one), split(graph, inputs);
      EXPECT_EQ(whole.kernels(), 1);
      EXPECT_EQ(split.kernels(), 2);
      for (graph::Value v : graph.outputs) EXPECT_EQ(whole.elements(v), split.elements(v)) << name(r) << " " << n;
    }
  }
}

TEST(LoweredKernels, RowsShorterThanAChunkAreNeverSplit) {
  Sketch s;
  const graph::Value y = s.reduce(Reduction::sum, s.input({8192}), {0});
  const Graph& graph = s.finish({y});
  EXPECT_EQ(LoweredRun(graph, graph::testing::random_inputs(graph, 1)).kernels(), 1);
}

TEST(LoweredKernels, ConcatenateReadWithinAReduction) {
  Sketch s;
  const graph::Value joined = s.concatenate({s.input({3, 2}), s.input({3, 0}), s.input({3, 4})}, 1);
  expect_equal(s.finish({s.reduce(Reduction::sum, joined, {1}), joined}), 3);
}

TEST(LoweredKernels, RandomBitsOfEveryWidth) {
  for (Dtype dtype : {uint8, uint16, uint32, uint64}) {
    for (std::int64_t n : {1, 2, 7, 64}) {
      Sketch s;
      const graph::Value key = s.input({2}, uint32);
      expect_equal(s.finish({s.random_bits(key, {n}, dtype)}), 11);
    }
  }
}

TEST(LoweredKernels, ALongChainIsNoRecursion) {
  Sketch s;
  graph::Value x = s.input({4});
  for (int k = 0; k < 20000; ++k) x = s.b.reshape(s.b.reshape(x, Shape{2, 2}), Shape{4});
  graph::Graph graph = s.finish({s.call(Op::negative, x)});
  graph::FusedRegion region;
  region.outputs = graph.outputs;
  region.inputs = {graph.inputs[0]};
  region.domain = Shape{4};
  EXPECT_EQ(lower(graph, region, two_threads()).kernels.size(), 1U);
}

// ---- Memory shared between inputs and outputs
// ------------------------------------------------------------------------

std::vector<InPlace> in_place_of(graph::Graph graph) {
  const auto regions = graph::fuse(graph, {});
  return lower(graph, regions[0], two_threads()).kernels.back().in_place;
}

TEST(InPlaceOutputs, ElementwiseAndSoftmaxMayTakeTheirInput) {
  Sketch s;
  const graph::Value x = s.input({4, 8});
  EXPECT_EQ(in_place_of(s.finish({s.call(Op::add, x, 1.0)})).size(), 1U);

  Sketch rows;
  const graph::Value y = rows.input({4, 8});
  const graph::Value largest = rows.reduce(Reduction::max, y, {1}, true);
  EXPECT_EQ(in_place_of(rows.finish({rows.call(Op::subtract, y, largest)})).size(), 1U);
}

TEST(InPlaceOutputs, NotWhereElementsMove) {
  Sketch transposed;
  const graph::Value x = transposed.input({4, 4});
  EXPECT_TRUE(in_place_of(transposed.finish({transposed.call(Op::add, x, transposed.transpose(x, {1, 0}))})).empty());

  Sketch narrower;
  const graph::Value y = narrower.input({4, 4});
  EXPECT_TRUE(in_place_of(narrower.finish({narrower.b.convert(narrower.call(Op::negative, y), float16)})).empty());

  Sketch reduced;
  const graph::Value z = reduced.input({1, 4});
  EXPECT_TRUE(in_place_of(reduced.finish({reduced.reduce(Reduction::sum, z, {1})})).empty());
}

}  // namespace
}  // namespace cermet::lower::testing
