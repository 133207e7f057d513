// What every rewriting pass promises: the same results, well-formed graphs, one visit a node, no deep recursion.
#include "../graph_building.h"
#include "../random_graph.h"
#include "graph/passes/cse.h"
#include "graph/passes/dce.h"
#include "graph/passes/fold.h"
#include "graph/passes/fuse.h"
#include "graph/passes/fuse_epilogue.h"
#include "graph/passes/inline_composites.h"
#include "graph/passes/rewrite.h"
#include "graph/passes/simplify.h"

namespace cermet::graph::testing {
namespace {

struct Pass {
  const char* name;
  Graph (*run)(const Graph&);
};
constexpr std::array passes = {
    Pass{"inline_composites", inline_composites}, Pass{"cse", cse}, Pass{"fold", fold}, Pass{"simplify", simplify},
    Pass{"fuse_epilogue", fuse_epilogue},         Pass{"dce", dce}};

TEST(passes, keep_the_bits_of_random_graphs) {
  int changed = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    Graph graph = random_graph(seed);
    const std::vector<Elements> inputs = random_inputs(graph, seed, seed % 2 == 0);
    const std::vector<Elements> expected = run(graph, inputs);
    for (const Pass& pass : passes) {
      const std::size_t before = graph.nodes.size();
      const std::string text = print(graph);
      graph = pass.run(graph);
      changed += graph.nodes.size() != before ? 1 : 0;
      verify(graph);
      const std::vector<Elements> got = run(graph, inputs);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        ASSERT_TRUE(same_elements(got[i], expected[i]))
            << pass.name << " changed output " << i << " of seed " << seed << "\n"
            << text << "\nto\n"
            << print(graph);
      }
    }
  }
  EXPECT_GT(changed, 300) << "the graphs give the passes nothing to do";
}

/// x -> x * 1.5 - x -> ..., `n` nodes long.
Graph chain(int n) {
  Sketch s;
  Value x = s.input({64});
  for (int k = 0; k < n; ++k) x = k % 2 == 0 ? s.call(Op::multiply, x, 1.5) : s.call(Op::exp, x);
  return s.finish({x});
}

TEST(passes, visit_each_node_a_constant_number_of_times) {
  for (int n : {10'000, 100'000}) {
    Graph graph = chain(n);
    for (const Pass& pass : passes) {
      const std::uint64_t before = nodes_visited();
      graph = pass.run(graph);
      EXPECT_LE(nodes_visited() - before, 2 * static_cast<std::uint64_t>(n) + 10) << pass.name;
    }
    const std::uint64_t before = nodes_visited();
    const std::vector<FusedRegion> regions = fuse(graph, {});
    EXPECT_LE(nodes_visited() - before, 14 * static_cast<std::uint64_t>(n)) << "fuse";
    verify(graph, regions, {});
  }
}

}  // namespace
}  // namespace cermet::graph::testing
