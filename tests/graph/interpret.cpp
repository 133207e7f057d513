// The reference interpreter against naive loops, and random bits against MLX.
#include <cmath>

#include "graph/ops/threefry.h"
#include "graph_building.h"

namespace cermet::graph::testing {
namespace {

TEST(interpret, reductions_over_any_axes) {
  const std::vector<std::vector<std::int64_t>> all_axes = {{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}};
  for (const auto& axes : all_axes) {
    Sketch s;
    const Value x = s.input({3, 4, 5}, int32);
    s.finish({s.reduce(Reduction::sum, x, axes), s.reduce(Reduction::max, x, axes),
              s.reduce(Reduction::argmin, x, axes), s.reduce(Reduction::any, x, axes)});
    const std::vector<Elements> in = random_inputs(s.graph, 5);
    std::vector<std::int64_t> sums(60, 0), tops(60, -1000), lows(60, 1000), where(60, 0), seen(60, 0), any(60, 0);
    std::size_t results = 0;
    for (std::int64_t i = 0; i < 60; ++i) {
      const std::array<std::int64_t, 3> index = {i / 20, i / 5 % 4, i % 5};
      std::int64_t at = 0;
      for (std::int64_t k = 0; k < 3; ++k) {
        if (std::find(axes.begin(), axes.end(), k) == axes.end()) {
          at = at * std::array{3, 4, 5}[static_cast<std::size_t>(k)] + index[static_cast<std::size_t>(k)];
        }
      }
      const auto r = static_cast<std::size_t>(at);
      results = std::max(results, r + 1);
      const std::int64_t value = in[0][static_cast<std::size_t>(i)].as_int64();
      sums[r] += value;
      any[r] |= value != 0 ? 1 : 0;
      tops[r] = std::max(tops[r], value);
      if (value < lows[r]) {
        lows[r] = value;
        where[r] = seen[r];
      }
      ++seen[r];
    }
    const std::vector<Elements> out = run(s.graph, in);
    ASSERT_EQ(out[0].size(), results);
    for (std::size_t r = 0; r < results; ++r) {
      EXPECT_EQ(out[0][r].as_int64(), sums[r]);
      EXPECT_EQ(out[1][r].as_int64(), tops[r]);
      EXPECT_EQ(out[2][r].as_int64(), where[r]);
      EXPECT_EQ(out[3][r].as_int64(), any[r]);
    }
  }
}

/// The order that kernel.h defines, written out for float sums.
float ordered_sum(std::span<const float> x) {
  const auto lanes = [](std::span<const float> part) {
    std::array<float, 64> a{};
    for (std::size_t i = 0; i < part.size(); ++i) a[i % 64] += part[i];
    for (std::size_t w = 32; w > 0; w /= 2) {
      for (std::size_t l = 0; l < w; ++l) a[l] += a[l + w];
    }
    return a[0];
  };
  if (x.size() <= 8192) return lanes(x);
  std::vector<float> chunks;
  for (std::size_t i = 0; i < x.size(); i += 8192)
    chunks.push_back(lanes(x.subspan(i, std::min<std::size_t>(8192, x.size() - i))));
  return lanes(chunks);
}

TEST(interpret, float_sums_have_the_defined_order) {
  for (std::int64_t n : {0, 1, 63, 64, 65, 1000, 8192, 8193, 20000}) {
    Sketch s;
    s.finish({s.reduce(Reduction::sum, s.input({n}), {0})});
    std::mt19937 random(3);
    std::vector<float> values;
    Elements in;
    for (std::int64_t i = 0; i < n; ++i) {
      values.push_back(std::ldexp(static_cast<float>(random() % 1000) - 500, static_cast<int>(random() % 20)));
      in.push_back(Literal::of(float32, values.back()));
    }
    const Elements out = run(s.graph, std::array{in})[0];
    EXPECT_EQ(out[0], Literal::of(float32, ordered_sum(values))) << n << " elements";
  }
}

TEST(interpret, half_sums_accumulate_in_float32) {
  Sketch s;
  s.finish({s.reduce(Reduction::sum, s.input({4096}, float16), {0})});
  const Elements ones(4096, Literal::of(float16, 1));
  EXPECT_EQ(run(s.graph, std::array{ones})[0][0].as_double(), 4096);  // float16 alone would stop at 2048
}

TEST(interpret, argmax_takes_the_first_and_spots_nan) {
  Sketch s;
  s.finish({s.reduce(Reduction::argmax, s.input({130}), {0})});
  Elements x(130, Literal::of(float32, 1));
  EXPECT_EQ(run(s.graph, std::array{x})[0][0].as_int64(), 0);
  x[129] = Literal::of(float32, 2);
  x[70] = Literal::of(float32, 2);
  EXPECT_EQ(run(s.graph, std::array{x})[0][0].as_int64(), 70);
}

TEST(interpret, matmul_with_epilogue) {
  Sketch s;
  const Value a = s.input({2, 3});
  const Value b = s.input({3, 2});
  Primitive p = primitive(PrimitiveKind::matmul);
  p.text = "bias+relu";
  s.finish({s.matmul(a, b), s.b.add(p, std::array{a, b, s.input({2})})});
  const std::vector<Elements> in = {literals(float32, {1, 2, 3, 4, 5, 6}), literals(float32, {1, -1, 2, -2, 3, -3}),
                                    literals(float32, {0.5, 20})};
  const std::vector<Elements> out = run(s.graph, in);
  EXPECT_EQ(doubles(out[0]), (std::vector<double>{14, -14, 32, -32}));
  EXPECT_EQ(doubles(out[1]), (std::vector<double>{14.5, 6, 32.5, 0}));
}

TEST(interpret, symbols_take_their_values) {
  Sketch s;
  const Dim n = s.symbol("n", 3);
  const Value x = s.input(Shape{n, 2});
  Primitive dim = primitive(PrimitiveKind::dim_value);
  dim.dims.push_back(s.graph.dims.multiply(n, 2));
  dim.dtype = float32;
  s.finish({s.call(Op::divide, s.reduce(Reduction::sum, x, {0, 1}), s.b.add(dim, {}))});
  EXPECT_EQ(run(s.graph, std::array{literals(float32, {1, 2, 3, 4, 5, 9})})[0][0].as_double(), 4);
}

// ---- Random bits: printed by mlx 0.32 (CPU), random::bits({n}, width, random::key(12345678901)) ------------------

struct Expected {
  int width;
  std::vector<std::uint32_t> values;
};
const std::vector<Expected> mlx_bits = {
    {1, {181}},
    {1, {181, 92}},
    {1, {181, 92, 65}},
    {1, {139, 14, 71, 54, 184}},
    {1, {139, 14, 71, 54, 184, 120, 201}},
    {1, {54, 3, 150, 215, 129, 55, 17, 43, 12, 13}},
    {1, {54, 3, 150, 215, 210, 87, 161, 14, 12, 13, 186, 222, 96}},
    {2, {23733}},
    {2, {23733, 42305}},
    {2, {3723, 13895, 30904}},
    {2, {822, 55190, 14209, 11025, 3340}},
    {2, {822, 55190, 22482, 3745, 3340, 57018, 37216}},
    {2, {42410, 21565, 54056, 30103, 18690, 54596, 123, 12945, 62876, 6387, 41197, 25189, 7006}},
    {4, {2772524213U}},
    {4, {910626443U, 1607039160U}},
    {4, {3616932662U, 722548609U, 3736734988U}},
    {4, {1413326250U, 1972884264U, 3578022146U, 848363643U, 418641308U, 1650827501U, 1730616158U}},
    {4,
     {2719639961U, 2095713981U, 4025834976U, 1795647421U, 1118116760U, 2959176853U, 1023862231U, 1295448035U,
      3752013216U, 3801521420U}},
};
constexpr std::array<std::uint32_t, 2> mlx_key = {2, 3755744309U};

TEST(random_bits, are_those_of_mlx) {
  for (const Expected& e : mlx_bits) {
    Sketch s;
    const Dtype dtype = e.width == 1 ? uint8 : e.width == 2 ? uint16 : uint32;
    s.finish({s.random_bits(s.input({2}, uint32), {static_cast<std::int64_t>(e.values.size())}, dtype)});
    const Elements key = {Literal::of_unsigned(uint32, mlx_key[0]), Literal::of_unsigned(uint32, mlx_key[1])};
    const Elements out = run(s.graph, std::array{key})[0];
    for (std::size_t i = 0; i < out.size(); ++i) {
      EXPECT_EQ(out[i].as_uint64(), e.values[i])
          << "width " << e.width << ", " << out.size() << " elements, element " << i;
    }
  }
}

/// Folds an expression without arguments: kernels get their words from the same formula.
TEST(random_bits, the_scalar_formula_gives_the_same_words) {
  for (std::uint32_t words : {1U, 2U, 3U, 4U, 7U, 10U}) {
    const RandomWords plan = random_words(words, 4);
    for (std::uint32_t w = 0; w < words; ++w) {
      ScalarArena arena;
      const auto number = [&](std::uint32_t x) { return arena.literal(Literal::of_unsigned(uint32, x)); };
      const Scalar word =
          random_word({number(mlx_key[0]), number(mlx_key[1])}, number(w), number(plan.half), number(plan.odd));
      const ScalarNode& node = arena.node(word.id());
      ASSERT_EQ(node.kind, ScalarKind::literal);
      EXPECT_EQ(node.literal.as_uint64(), random_word(mlx_key, w, plan));
    }
  }
}

// ---- Composites ---------------------------------------------------------------------------------------------------

std::vector<double> composite(const std::string& name, Dtype dtype, std::vector<double> x, Literal literal = {}) {
  Sketch s;
  const auto n = static_cast<std::int64_t>(x.size());
  s.finish({s.composite(name, s.input({n}, dtype), {0}, false, literal)});
  return doubles(run(s.graph, std::array{literals(dtype, std::move(x))})[0]);
}

TEST(composites, values) {
  const std::vector<double> soft = composite("softmax", float32, {1, 2, 3});
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(soft[i], std::exp(1.0 + static_cast<double>(i)) / (std::exp(1) + std::exp(2) + std::exp(3)), 1e-7);
  }
  EXPECT_EQ(composite("softmax", float32, {1000, 1000}), (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(composite("mean", int32, {1, 2}), std::vector<double>{1.5});
  EXPECT_EQ(composite("mean", float16, std::vector<double>(3000, 1)), std::vector<double>{1});
  EXPECT_EQ(composite("var", float32, {1, 2, 3, 4}, Literal::of_integer(int32, 0)), std::vector<double>{1.25});
  EXPECT_NEAR(composite("var", float32, {1, 2, 3, 4}, Literal::of_integer(int32, 1))[0], 5.0 / 3, 1e-6);
  EXPECT_NEAR(composite("std", float32, {1, 2, 3, 4}, Literal::of_integer(int32, 0))[0], std::sqrt(1.25), 1e-6);
  EXPECT_EQ(composite("var", float32, {1, 2}, Literal::of_integer(int32, 5))[0], INFINITY);
  EXPECT_NEAR(composite("logsumexp", float32, {1, 2, 3})[0], std::log(std::exp(1) + std::exp(2) + std::exp(3)), 1e-6);
}

TEST(composites, edges) {
  EXPECT_EQ(composite("logsumexp", float32, {-INFINITY, -INFINITY}), std::vector<double>{-INFINITY});
  EXPECT_EQ(composite("logsumexp", float32, {INFINITY, 1}), std::vector<double>{INFINITY});
  EXPECT_EQ(composite("logsumexp", float32, {}), std::vector<double>{-INFINITY});
  EXPECT_EQ(composite("softmax", float32, {}), std::vector<double>{});
  EXPECT_TRUE(std::isnan(composite("mean", float32, {})[0]));
  EXPECT_TRUE(std::isnan(composite("logsumexp", float32, {NAN, 1})[0]));
}

TEST(composites, var_of_symbolic_extents) {
  Sketch s;
  const Dim n = s.symbol("n", 4);
  s.finish({s.composite("var", s.input(Shape{2, n}), {1}, true, Literal::of_integer(int32, 1))});
  const std::vector<double> out = doubles(run(s.graph, std::array{literals(float32, {1, 2, 3, 4, 5, 5, 5, 5})})[0]);
  EXPECT_NEAR(out[0], 5.0 / 3, 1e-6);
  EXPECT_EQ(out[1], 0);
}

}  // namespace
}  // namespace cermet::graph::testing
