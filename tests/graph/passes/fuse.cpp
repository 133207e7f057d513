// Which kernels well-known functions become, and what holds for the regions of any graph.
#include "graph/passes/fuse.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "../graph_building.h"
#include "../random_graph.h"
#include "graph/passes/cse.h"
#include "graph/passes/dce.h"
#include "graph/passes/fold.h"
#include "graph/passes/fuse_epilogue.h"
#include "graph/passes/inline_composites.h"
#include "graph/passes/simplify.h"

namespace cermet::graph::testing {
namespace {

Graph optimised(const Graph& graph) { return dce(fuse_epilogue(dce(simplify(fold(cse(inline_composites(graph))))))); }

struct Fused {
  Graph graph;
  std::vector<FusedRegion> regions;
};

Fused fused(const Graph& graph, const FuseLimits& limits = {}) {
  Fused result{optimised(graph), {}};
  result.regions = fuse(result.graph, limits);
  verify(result.graph, result.regions, limits);
  return result;
}

std::string kinds(const Fused& f) {
  std::string out;
  for (const FusedRegion& r : f.regions) out += fmt::format("{}{}", out.empty() ? "" : " ", name(r.kind));
  return out;
}

Value gelu(Sketch& s, Value x) {
  const Value inner = s.call(Op::add, s.call(Op::erf, s.call(Op::divide, x, std::sqrt(2.0))), 1.0);
  return s.call(Op::divide, s.call(Op::multiply, x, inner), 2.0);
}

Value layer_norm(Sketch& s, Value x, std::int64_t n) {
  const std::int64_t last = static_cast<std::int64_t>(s.b.type(x).shape.size()) - 1;
  const Value mean = s.call(Op::divide, s.reduce(Reduction::sum, x, {last}, true), static_cast<double>(n));
  const Value centred = s.call(Op::subtract, x, mean);
  const Value var =
      s.call(Op::divide, s.reduce(Reduction::sum, s.call(Op::square, centred), {last}, true), static_cast<double>(n));
  const Value scale = s.call(Op::rsqrt, s.call(Op::add, var, 1e-5));
  const Value normal = s.call(Op::multiply, centred, scale);
  return s.call(Op::add, s.call(Op::multiply, normal, s.input({n})), s.input({n}));
}

TEST(fuse, gelu_is_one_kernel) {
  Sketch s;
  EXPECT_EQ(kinds(fused(s.finish({gelu(s, s.input({32, 1000, 4096}))}))), "elementwise");
}

TEST(fuse, softmax_is_one_kernel) {
  for (Dtype dtype : {float32, bfloat16}) {
    Sketch s;
    EXPECT_EQ(kinds(fused(s.finish({s.composite("softmax", s.input({128, 1000}, dtype), {1})}))), "reduction");
  }
  Sketch s;
  const Dim n = s.symbol("s0", 64);
  const Dim m = s.symbol("s1", 100);
  EXPECT_EQ(kinds(fused(s.finish({s.composite("softmax", s.input(Shape{n, m}), {1})}))), "reduction");
}

TEST(fuse, layer_norm_is_one_kernel) {
  Sketch s;
  EXPECT_EQ(kinds(fused(s.finish({layer_norm(s, s.input({8, 128, 1024}), 1024)}))), "reduction");
  Sketch half;
  const Value x = half.input({64, 512}, bfloat16);
  EXPECT_EQ(kinds(fused(half.finish({half.b.convert(layer_norm(half, half.b.convert(x, float32), 512), bfloat16)}))),
            "reduction");
}

TEST(fuse, sum_of_squares_is_one_region) {
  Sketch s;
  const Value x = s.input({1 << 20});
  const Fused f = fused(s.finish({s.reduce(Reduction::sum, s.call(Op::square, x), {0})}));
  ASSERT_EQ(kinds(f), "reduction");
  EXPECT_EQ(f.regions[0].outputs.size(), 1U);
  EXPECT_EQ(f.regions[0].inputs.size(), 1U);
}

TEST(fuse, cross_entropy_is_rows_and_a_mean) {
  Sketch s;
  const Value logits = s.input({256, 1000});
  const Value target = s.b.reshape(s.input({256}, int32), Shape{256, 1});
  const Value hit = s.call(Op::equal, s.iota({256, 1000}, 1, int32), target);
  const Value picked = s.reduce(Reduction::sum, s.b.elementwise(Op::where, std::array{hit, logits, s.number(0)}), {1});
  const Value loss = s.call(Op::subtract, s.composite("logsumexp", logits, {1}), picked);
  const Fused f = fused(s.finish({s.composite("mean", loss, {0})}));
  EXPECT_EQ(kinds(f), "reduction reduction") << print(f.graph) << print(f.graph, f.regions);
}

TEST(fuse, mean_and_variance_share_one_pass_over_the_rows) {
  Sketch s;
  const Value x = s.input({64, 256});
  const Fused f = fused(s.finish({s.composite("mean", x, {1}), s.reduce(Reduction::sum, s.call(Op::exp, x), {1})}));
  EXPECT_EQ(kinds(f), "reduction") << print(f.graph, f.regions);
}

TEST(fuse, columns_take_producers_and_readers_of_results_only) {
  Sketch s;
  const Value x = s.input({512, 300});
  const Value total = s.reduce(Reduction::sum, s.call(Op::exp, x), {0});
  const Value root = s.call(Op::tanh, total);
  const Value normal = s.call(Op::multiply, s.call(Op::sin, x), root);
  const Fused f = fused(s.finish({normal}));
  ASSERT_EQ(kinds(f), "reduction elementwise") << print(f.graph, f.regions);
  EXPECT_EQ(f.graph.nodes[static_cast<std::size_t>(f.regions[0].outputs[0])].primitive.op, Op::tanh);
}

TEST(fuse, long_rows_leave_readers_of_the_whole_domain_out) {
  Sketch s;
  const Value x = s.input({2, 1 << 20});
  EXPECT_EQ(kinds(fused(s.finish({s.composite("softmax", x, {1})}))), "reduction reduction elementwise");
}

TEST(fuse, batch_norm_computes_its_elements_again_instead_of_storing_them) {
  Sketch s;
  const Value x = s.input({512, 300});
  const Value centred = s.call(Op::subtract, x, s.composite("mean", x, {0}, true));
  const Value var = s.call(Op::divide, s.reduce(Reduction::sum, s.call(Op::square, centred), {0}, true), 512.0);
  const Fused f = fused(s.finish({s.call(Op::multiply, centred, s.call(Op::rsqrt, s.call(Op::add, var, 1e-5)))}));
  ASSERT_EQ(kinds(f), "reduction reduction elementwise") << print(f.graph) << print(f.graph, f.regions);
  for (const FusedRegion& r : f.regions) EXPECT_EQ(r.outputs.size(), 1U);
}

TEST(fuse, values_of_a_column_reduction_that_are_outputs_too_are_written_before) {
  Sketch s;
  const Value e = s.call(Op::exp, s.call(Op::tanh, s.input({512, 300})));
  const Fused f = fused(s.finish({e, s.reduce(Reduction::sum, e, {0})}));
  EXPECT_EQ(kinds(f), "elementwise reduction") << print(f.graph, f.regions);
}

// What a layer norm's gradient sums up: the cotangent, which the rows' kernel reads, and its product with the
// normalised rows, which that kernel writes.
TEST(fuse, columns_of_what_one_kernel_reads_and_writes_are_one_kernel) {
  Sketch s;
  const Value x = s.input({4096, 512}), ct = s.input({4096, 512});
  const Value product = s.call(Op::multiply, ct, s.composite("softmax", x, {1}));
  const Value total = s.reduce(Reduction::sum, ct, {0}), weighted = s.reduce(Reduction::sum, product, {0});
  const Fused f = fused(s.finish({product, total, weighted}));
  EXPECT_EQ(kinds(f), "reduction reduction") << print(f.graph, f.regions);
}

// The sums of gradients of many biases, say: together they would keep all that they read until the last is there.
TEST(fuse, large_columns_without_a_common_producer_stay_apart) {
  Sketch s;
  std::vector<Value> outputs;
  Value x = s.input({4096, 512});
  for (int k = 0; k < 4; ++k) {
    x = s.matmul(x, s.input({512, 512}));
    outputs.push_back(s.reduce(Reduction::sum, s.call(Op::tanh, x), {0}));
  }
  const Fused f = fused(s.finish(outputs));
  EXPECT_EQ(std::count_if(f.regions.begin(), f.regions.end(),
                          [](const FusedRegion& r) { return r.kind == RegionKind::reduction; }),
            4)
      << print(f.graph, f.regions);
}

TEST(fuse, a_diamond_is_one_kernel) {
  Sketch s;
  const Value x = s.call(Op::exp, s.call(Op::tanh, s.input({1 << 20})));
  const Value y = s.call(Op::sin, s.call(Op::erf, s.input({1 << 20})));
  EXPECT_EQ(kinds(fused(s.finish({s.call(Op::multiply, x, y)}))), "elementwise");
}

TEST(fuse, a_value_read_through_a_transpose_is_stored_first) {
  Sketch s;
  const Value x = s.call(Op::exp, s.call(Op::tanh, s.input({300, 300})));
  const Fused f = fused(s.finish({s.call(Op::add, x, s.transpose(x, {1, 0}))}));
  EXPECT_EQ(kinds(f), "elementwise elementwise");
}

TEST(fuse, repeated_self_transposes_do_not_blow_up) {
  Sketch s;
  Value x = s.input({300, 300});
  for (int k = 0; k < 40; ++k) x = s.call(Op::add, x, s.transpose(x, {1, 0}));
  std::size_t computed = 0;
  const Fused f = fused(s.finish({x}));
  for (const FusedRegion& r : f.regions) computed += r.nodes.size();
  EXPECT_LT(computed, 40U * 12);
}

TEST(fuse, cheap_conversions_are_repeated_and_not_stored) {
  Sketch s;
  const Value x = s.b.convert(s.input({128, 1 << 10}, bfloat16), float32);
  const Fused f = fused(s.finish(
      {s.reduce(Reduction::sum, s.call(Op::exp, x), {0}), s.reduce(Reduction::max, s.call(Op::tanh, x), {1})}));
  ASSERT_EQ(f.regions.size(), 2U) << print(f.graph, f.regions);
  for (const FusedRegion& r : f.regions) EXPECT_EQ(r.inputs, f.graph.inputs);
}

// One kernel does for all of them, in one launch (exec/schedule.h): packing would make ever other kernels.
TEST(fuse, updates_of_small_parameters_stay_regions_of_one_form) {
  Sketch s;
  std::vector<Value> outputs;
  const Value rate = s.input({});
  for (int k = 0; k < 200; ++k) {
    const Shape shape = k % 4 == 0 ? Shape{64} : Shape{32, 32};
    const Value p = s.input(shape), g = s.input(shape), m = s.input(shape);
    const Value next = s.call(Op::add, s.call(Op::multiply, m, 0.9), s.call(Op::multiply, g, 0.1));
    outputs.push_back(next);
    outputs.push_back(s.call(Op::subtract, p, s.call(Op::multiply, rate, s.call(Op::tanh, next))));
  }
  const Fused f = fused(s.finish(outputs));
  EXPECT_EQ(f.regions.size(), 200U);
}

// Traced rule by rule over all parameters: side by side is no chain that would be cut.
TEST(fuse, updates_of_many_shapes_are_one_region_a_parameter) {
  Sketch s;
  std::vector<Value> outputs, p, g, m, v;
  for (std::vector<Value>* list : {&p, &g, &m, &v}) {
    for (int k = 0; k < 200; ++k)
      list->push_back(s.input(k % 3 == 0 ? Shape{k % 40 + 1} : Shape{k % 40 + 2, k % 7 + 1}));
  }
  for (std::size_t k = 0; k < 200; ++k) {
    m[k] = s.call(Op::add, s.call(Op::multiply, m[k], 0.9), s.call(Op::multiply, g[k], 0.1));
  }
  for (std::size_t k = 0; k < 200; ++k) {
    const Value square = s.call(Op::multiply, s.call(Op::multiply, g[k], 0.001), g[k]);
    v[k] = s.call(Op::add, s.call(Op::multiply, v[k], 0.999), square);
  }
  for (std::size_t k = 0; k < 200; ++k) {
    const Value size = s.call(Op::add, s.call(Op::sqrt, v[k]), 1e-8);
    const Value next = s.call(Op::divide, s.call(Op::multiply, m[k], 0.001), size);
    outputs.push_back(s.call(Op::subtract, s.call(Op::multiply, p[k], 0.99), next));
  }
  for (std::size_t k = 0; k < 200; ++k) outputs.push_back(m[k]), outputs.push_back(v[k]);
  EXPECT_EQ(fused(s.finish(outputs)).regions.size(), 200U);
}

TEST(fuse, small_work_of_different_forms_shares_kernels) {
  Sketch s;
  std::vector<Value> outputs;
  for (Op op : {Op::exp, Op::tanh, Op::erf, Op::sin, Op::cos}) {
    for (int k = 0; k < 4; ++k) outputs.push_back(s.call(k % 2 == 0 ? op : Op::sqrt, s.call(op, s.input({64}))));
  }
  EXPECT_LE(fused(s.finish(outputs)).regions.size(), 10U);
}

TEST(fuse, matmul_reads_memory_and_takes_its_epilogue) {
  Sketch s;
  const Value x = s.call(Op::tanh, s.input({64, 32}));
  const Value y = s.call(Op::add, s.matmul(x, s.transpose(s.input({16, 32}), {1, 0})), s.input({16}));
  const Fused f = fused(s.finish({s.call(Op::maximum, y, 0.0)}));
  EXPECT_EQ(kinds(f), "elementwise library") << print(f.graph) << print(f.graph, f.regions);
  EXPECT_EQ(f.graph.nodes[static_cast<std::size_t>(f.graph.outputs[0])].primitive.text, "bias+relu");
}

TEST(fuse, outputs_that_are_inputs_views_and_constants) {
  Sketch s;
  const Value x = s.input({4, 6});
  const Value e = s.call(Op::exp, x);
  const Value transposed = s.transpose(x, {1, 0});
  const Fused f = fused(s.finish({x, transposed, s.transpose(e, {1, 0}), s.b.reshape(transposed, Shape{24}),
                                  s.b.broadcast(s.number(1), Shape{3, 3}), s.number(2), x}));
  std::multiset<std::string> found;
  for (const FusedRegion& r : f.regions) found.insert(std::string(name(r.kind)));
  // The exponentials, the reshape that needs a copy, the filled array and the number; three views.
  EXPECT_EQ(found.count("elementwise"), 4U) << print(f.graph, f.regions);
  EXPECT_EQ(found.count("view"), 3U);
}

TEST(fuse, long_chains_are_cut_into_equal_pieces) {
  Sketch s;
  Value x = s.input({1 << 20});
  for (int k = 0; k < 3000; ++k) {
    x = s.call(Op::tanh, s.call(Op::add, s.call(Op::multiply, x, 1.25), 0.5));
    if (k % 3 == 0) x = s.call(Op::sin, x);
  }
  const FuseLimits limits{.max_cost = 500};
  const Fused f = fused(s.finish({x}), limits);
  std::map<std::size_t, int> sizes;
  for (const FusedRegion& r : f.regions) ++sizes[r.nodes.size()];
  EXPECT_GT(f.regions.size(), 4U);
  EXPECT_LE(sizes.size(), 3U) << "all pieces but the first and the last are equal";
}

TEST(fuse, limits_hold_where_hundreds_of_values_meet) {
  Sketch s;
  Value sum = s.input({1 << 20});
  for (int k = 0; k < 300; ++k) sum = s.call(Op::add, sum, s.call(Op::tanh, s.input({1 << 20})));
  const FuseLimits limits{.max_cost = 2000, .max_arguments = 16};
  const Fused f = fused(s.finish({sum}), limits);
  for (const FusedRegion& r : f.regions) EXPECT_LE(r.inputs.size() + r.outputs.size(), 16U);
}

// ---- Regions of random graphs ------------------------------------------------------------------------------------

/// Computes a region at one position of its domain at a time, as a kernel does, and notes where values are asked for.
class RegionRun {
 public:
  RegionRun(const Graph& graph, const FusedRegion& region, const std::vector<Elements>& values)
      : graph_(graph), region_(region), values_(values) {}

  /// A reduction of the region may only be asked for at the row of the position that is being computed.
  void check_positions() {
    const std::vector<std::int64_t> domain = extents(region_.domain);
    std::int64_t total = 1;
    for (std::int64_t e : domain) total *= e;
    for (std::int64_t at = 0; at < total; ++at) {
      row_ = row_of(at, domain);
      for (Value v : region_.outputs) {
        const bool per_row = size(v) != total;
        visit(v, per_row ? row_ : at);
      }
      for (Value v : region_.nodes) {
        if (node(v).primitive.kind == PrimitiveKind::reduce) visit(node(v).inputs[0], at);
      }
    }
  }

 private:
  const Node& node(Value v) const { return graph_.nodes[static_cast<std::size_t>(v)]; }
  std::int64_t size(Value v) const { return static_cast<std::int64_t>(values_[static_cast<std::size_t>(v)].size()); }
  std::vector<std::int64_t> extents(const Shape& shape) const {
    std::vector<std::int64_t> out;
    for (Dim d : shape)
      out.push_back(graph_.dims.evaluate(d, [&](SymbolId id) { return graph_.dims.symbol(id).hint; }));
    return out;
  }
  std::int64_t row_of(std::int64_t at, const std::vector<std::int64_t>& domain) const {
    std::int64_t row = 0, scale = 1;
    for (std::size_t k = domain.size(); k-- > 0; at /= domain[k]) {
      const auto& axes = region_.reduced_axes;
      if (std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(k)) != axes.end()) continue;
      row += at % domain[k] * scale;
      scale *= domain[k];
    }
    return row;
  }

  void visit(Value v, std::int64_t at) {
    if (std::binary_search(region_.inputs.begin(), region_.inputs.end(), v)) return;
    const Primitive& p = node(v).primitive;
    if (p.kind == PrimitiveKind::reduce) {
      EXPECT_EQ(at, row_) << "reduction %" << v << " is read at another row";
      return;
    }
    if (is_view(p.kind)) {
      visit(node(v).inputs[0], through(v, at));
    } else if (p.kind != PrimitiveKind::random_bits && p.kind != PrimitiveKind::concatenate &&
               p.kind != PrimitiveKind::matmul) {
      for (Value input : node(v).inputs) visit(input, at);
    }
  }

  std::int64_t through(Value v, std::int64_t at) const {
    IntExprTable table = graph_.dims;
    const std::vector<std::int64_t> to = extents(node(v).type.shape);
    const Shape& shape = node(node(v).inputs[0]).type.shape;
    SmallVector<IntExpr, 6> index(to.size(), IntExpr(0));
    for (std::size_t k = to.size(); k-- > 0; at /= to[k]) index[k] = at % to[k];
    const auto mapped = map_index(node(v).primitive, shape, node(v).type.shape, {index.data(), index.size()}, table);
    const std::vector<std::int64_t> from = extents(shape);
    std::int64_t out = 0;
    for (std::size_t k = 0; k < from.size(); ++k) {
      out = out * from[k] + table.evaluate(mapped[k], [&](SymbolId id) { return table.symbol(id).hint; });
    }
    return out;
  }

  const Graph& graph_;
  const FusedRegion& region_;
  const std::vector<Elements>& values_;
  std::int64_t row_ = 0;
};

TEST(fuse, reductions_of_random_graphs_are_read_at_their_own_rows) {
  int reductions = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    const Fused f = fused(random_graph(seed, 40));
    std::vector<Elements> values;
    for (const Node& node : f.graph.nodes)
      values.emplace_back(static_cast<std::size_t>(count(f.graph, node.type.shape)));
    for (const FusedRegion& r : f.regions) {
      if (r.kind != RegionKind::reduction) continue;
      ++reductions;
      RegionRun(f.graph, r, values).check_positions();
    }
    ASSERT_FALSE(HasFailure()) << "seed " << seed << "\n" << print(f.graph) << print(f.graph, f.regions);
  }
  EXPECT_GT(reductions, 200);
}

TEST(fuse, tight_limits_hold_on_random_graphs) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    for (int arguments : {4, 6, 10}) fused(random_graph(seed, 60), {.max_cost = 60, .max_arguments = arguments});
  }
}

}  // namespace
}  // namespace cermet::graph::testing
