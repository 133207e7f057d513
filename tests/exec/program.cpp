// Compiled graphs on real memory: values, kernels, memory, donation, threads, errors.
#include "exec/program.h"

#include <array>

#include "base/settings.h"
#include "graph/random_graph.h"
#include "programs.h"

namespace cermet::exec::testing {
namespace {

using graph::Graph;
using graph::testing::RandomGraph;

Graph gelu(Shape shape) {
  Sketch s;
  const graph::Value x = s.input(std::move(shape));
  const graph::Value e = s.call(Op::erf, s.call(Op::divide, x, std::sqrt(2.0)));
  const graph::Value y = s.call(Op::multiply, s.call(Op::multiply, x, s.call(Op::add, e, 1.0)), 0.5);
  return s.finish({y});
}

TEST(Programs, GeluIsOneKernelWithTheRightValues) {
  const auto program = plan(gelu({7, 1001}), host_target());
  EXPECT_EQ(program->statistics().kernels, 1);
  const Data x = random_floats({7, 1001});
  const std::uint64_t before = kernels_launched();
  const std::vector<float> y = values_of(run_first(*program, {x}));
  EXPECT_EQ(kernels_launched() - before, 1U);
  const std::vector<float> in = values_of(x);
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double expected = in[i] * (1 + std::erf(in[i] / std::sqrt(2.0))) / 2;
    ASSERT_NEAR(y[i], expected, 1e-6 * (1 + std::abs(expected))) << in[i];
  }
}

TEST(Programs, SoftmaxAndLayerNormAreOneKernelEach) {
  for (const char* name : {"softmax", "var", "mean", "logsumexp"}) {
    Sketch s;
    const graph::Value x = s.input({33, 257});
    const auto program = plan(s.finish({s.composite(name, x, {1})}), host_target());
    EXPECT_EQ(program->statistics().kernels, 1) << name;
  }
  Sketch s;
  const graph::Value x = s.input({33, 257});
  const graph::Value centred = s.call(Op::subtract, x, s.composite("mean", x, {1}, true));
  const graph::Value scale = s.call(Op::rsqrt, s.call(Op::add, s.composite("var", x, {1}, true), 1e-5));
  const auto program = plan(s.finish({s.call(Op::multiply, centred, scale)}), host_target());
  EXPECT_EQ(program->statistics().kernels, 1);
  const std::vector<float> y = values_of(run_first(*program, {random_floats({33, 257})}));
  for (std::size_t row = 0; row < 33; ++row) {
    double sum = 0, squares = 0;
    for (std::size_t k = 0; k < 257; ++k) {
      sum += y[row * 257 + k];
      squares += double{y[row * 257 + k]} * y[row * 257 + k];
    }
    EXPECT_NEAR(sum / 257, 0, 1e-5);
    EXPECT_NEAR(squares / 257, 1, 1e-3);
  }
}

Target interpreter() { return target_preset("interpreter"); }

bool close(const Literal& a, const Literal& b) {
  if (a == b) return true;
  const double x = a.as_double(), y = b.as_double();
  if (std::isnan(x) || std::isnan(y)) return std::isnan(x) && std::isnan(y);
  if (!is_inexact(a.dtype)) return false;
  const double tolerance = a.dtype == bfloat16 ? 0.05 : a.dtype == float16 ? 0.01 : 1e-4;
  return x == y || std::abs(x - y) <= tolerance * (1 + std::abs(x) + std::abs(y));
}

void expect_targets_agree(const Graph& graph, unsigned seed) {
  const std::vector<Elements> elements = graph::testing::random_inputs(graph, seed);
  std::vector<Data> inputs;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    ArrayType type = graph.nodes[static_cast<std::size_t>(graph.inputs[i])].type;
    for (Dim& d : type.shape) d = graph.dims.evaluate(d, [&](SymbolId id) { return graph.dims.symbol(id).hint; });
    inputs.push_back(data_of(elements[i], type));
  }
  const std::vector<Elements> expected = graph::testing::run(graph, elements);
  for (const Target& target : {interpreter(), host_target()}) {
    const std::vector<Data> outputs = plan(graph, target)->run(inputs);
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      const Elements actual = elements_of(outputs[k]);
      ASSERT_EQ(actual.size(), expected[k].size()) << target.name;
      for (std::size_t i = 0; i < actual.size(); ++i) {
        ASSERT_TRUE(close(actual[i], expected[k][i]))
            << target.name << " output " << k << "[" << i << "]: " << actual[i].print() << ", expected "
            << expected[k][i].print() << "\n"
            << graph::print(graph);
      }
    }
  }
}

TEST(Programs, RandomGraphsOnBothTargets) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    ASSERT_NO_FATAL_FAILURE(expect_targets_agree(RandomGraph(seed).make(10), seed)) << "seed " << seed;
  }
}

TEST(Programs, OutputsMayBeInputsViewsConstantsAndRepeated) {
  Sketch s;
  const graph::Value x = s.input({2, 3});
  const graph::Value y = s.call(Op::add, x, 1.0);
  const auto program =
      plan(s.finish({x, s.transpose(x, {1, 0}), y, y, s.number(2.5), s.transpose(y, {1, 0})}), host_target());
  const Data in = floats({2, 3}, {1, 2, 3, 4, 5, 6});
  const std::vector<Data> out = program->run(std::vector<Data>{in});
  EXPECT_EQ(out[0].buffer.get(), in.buffer.get());
  EXPECT_EQ(out[1].buffer.get(), in.buffer.get());
  EXPECT_EQ(values_of(out[1]), (std::vector<float>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(out[2].buffer.get(), out[3].buffer.get());
  EXPECT_EQ(values_of(out[4]), (std::vector<float>{2.5}));
  EXPECT_EQ(values_of(out[5]), (std::vector<float>{2, 5, 3, 6, 4, 7}));
}

TEST(Programs, ZeroSizedArraysLaunchNothing) {
  Sketch s;
  const graph::Value x = s.input({0, 5});
  const auto program = plan(s.finish({s.call(Op::exp, x), s.reduce(Reduction::sum, x, {0})}), host_target());
  const std::vector<Data> out = program->run(std::vector<Data>{floats({0, 5}, {})});
  EXPECT_EQ(values_of(out[0]), std::vector<float>{});
  EXPECT_EQ(values_of(out[1]), std::vector<float>(5, 0.0F));
}

TEST(Programs, SymbolsServeAllSizesAndStrides) {
  Sketch s;
  const Dim n = s.symbol("n", 64), m = s.symbol("m", 64), step = s.symbol("step", 64);
  const graph::Value x =
      s.b.input({Shape{n, m}, float32}, {.contiguous = false, .aligned = false, .strides = {step, Dim(1)}});
  const graph::Value total = s.reduce(Reduction::sum, x, {1}, true);
  const auto program = plan(s.finish({s.call(Op::subtract, x, total)}), host_target());
  for (std::int64_t rows : {1, 3, 100}) {
    for (std::int64_t columns : {1, 17, 64, 1000}) {
      Data in = random_floats({rows, columns + 3});
      in.shape[1] = columns;
      in.offset = 2;
      in.contiguous = false;
      const std::vector<float> values = values_of(in);
      const std::vector<float> out = values_of(run_first(*program, {in}));
      ASSERT_EQ(out.size(), values.size());
      for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
        double sum = 0;
        for (std::size_t c = 0; c < static_cast<std::size_t>(columns); ++c)
          sum += values[r * static_cast<std::size_t>(columns) + c];
        const std::size_t at = r * static_cast<std::size_t>(columns);
        EXPECT_NEAR(out[at], values[at] - sum, 1e-3) << rows << "x" << columns;
      }
    }
  }
}

TEST(Programs, MatmulTakesViewsOfItsOperandsAndAnEpilogue) {
  Sketch s;
  const graph::Value x = s.input({9, 7}), w = s.input({5, 7}), bias = s.input({5});
  const graph::Value part = s.slice(x, {8, 0}, {4, 7}, {-2, 1});
  const graph::Value product = s.matmul(part, s.transpose(w, {1, 0}));
  const graph::Value shifted = s.call(Op::add, product, s.b.broadcast(bias, Shape{4, 5}));
  const auto program = plan(s.finish({s.call(Op::maximum, shifted, 0.0)}), host_target());
  EXPECT_EQ(program->statistics().kernels, 0);
  EXPECT_EQ(program->statistics().library_calls, 1);
  const Data a = random_floats({9, 7}), b = random_floats({5, 7}, 2), c = random_floats({5}, 3);
  const std::vector<float> u = values_of(a), v = values_of(b), add = values_of(c);
  const std::vector<float> out = values_of(run_first(*program, {a, b, c}));
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 5; ++j) {
      double sum = add[j];
      for (std::size_t k = 0; k < 7; ++k) sum += double{u[(8 - 2 * i) * 7 + k]} * v[j * 7 + k];
      EXPECT_NEAR(out[i * 5 + j], std::max(sum, 0.0), 1e-4);
    }
  }
}

// ---- Memory --------------------------------------------------------------------------------------------------------

TEST(ProgramMemory, ADonatedInputBecomesTheOutput) {
  const auto program = plan(gelu({64, 64}), host_target());
  const std::vector<Data> in{random_floats({64, 64})};
  const std::vector<float> expected = values_of(program->run(in)[0]);
  EXPECT_NE(program->run(in)[0].buffer.get(), in[0].buffer.get());
  const std::array<bool, 1> give{true};
  const Data out = program->run(in, give)[0];
  EXPECT_EQ(out.buffer.get(), in[0].buffer.get());
  EXPECT_EQ(values_of(out), expected);
}

TEST(ProgramMemory, NothingIsDonatedWhereElementsMoveOrMemoryIsShared) {
  Sketch s;
  const graph::Value x = s.input({64, 64});
  const auto moving = plan(s.finish({s.call(Op::add, x, s.transpose(x, {1, 0}))}), host_target());
  const std::array<bool, 1> give{true};
  const std::vector<Data> in{random_floats({64, 64})};
  EXPECT_NE(moving->run(in, give)[0].buffer.get(), in[0].buffer.get());

  in[0].buffer->mark_shared();
  EXPECT_NE(plan(gelu({64, 64}), host_target())->run(in, give)[0].buffer.get(), in[0].buffer.get());
}

// A chain of sums over other axes cannot fuse: each step reads what the one before wrote.
Graph chain_of_kernels(int length, Shape shape) {
  Sketch s;
  graph::Value x = s.input(shape);
  for (int k = 0; k < length; ++k) x = s.call(Op::subtract, x, s.reduce(Reduction::max, x, {k % 2}, true));
  return s.finish({x});
}

TEST(ProgramMemory, SlotsAreReused) {
  const auto program = plan(chain_of_kernels(12, {128, 128}), host_target());
  EXPECT_GE(program->statistics().kernels, 6);
  EXPECT_LE(program->statistics().planned_bytes, 3 * 128 * 128 * 4 + 16 * 128 * 4);
}

TEST(ProgramMemory, WithoutMemoryNothingRuns) {
  const auto program = plan(chain_of_kernels(4, {256, 256}), host_target());
  const Data in = random_floats({256, 256});
  const std::uint64_t launched = kernels_launched();
  const std::size_t limit = runtime::set_memory_limit(runtime::active_memory() + 256 * 256 * 4);
  EXPECT_THROW(program->run(std::vector<Data>{in}), OutOfMemoryError);
  EXPECT_EQ(kernels_launched(), launched);
  runtime::set_memory_limit(limit);
  EXPECT_NO_THROW(program->run(std::vector<Data>{in}));
}

// ---- Threads -------------------------------------------------------------------------------------------------------

TEST(ProgramThreads, EqualBitsWithAnyNumber) {
  Sketch s;
  const graph::Value x = s.input({300, 2000});
  const graph::Value row = s.composite("softmax", x, {1});
  const auto program =
      plan(s.finish({row, s.reduce(Reduction::sum, x, {0}), s.reduce(Reduction::sum, row, {0, 1})}), host_target());
  const std::vector<Data> in{random_floats({300, 2000})};
  const int threads = runtime::thread_count();
  std::vector<std::vector<float>> first;
  for (int n : {1, 2, 7}) {
    runtime::set_thread_count(n);
    std::vector<std::vector<float>> values;
    for (const Data& out : program->run(in)) values.push_back(values_of(out));
    if (first.empty()) first = values;
    EXPECT_EQ(values, first) << n << " threads";
  }
  runtime::set_thread_count(threads);
}

// ---- Texts ---------------------------------------------------------------------------------------------------------

TEST(ProgramTexts, EveryStageHasOne) {
  const auto program = plan(gelu({16}), host_target());
  EXPECT_NE(program->dump("graph").find("elementwise.erf"), std::string::npos);
  EXPECT_NE(program->dump("fused").find("region 0: elementwise"), std::string::npos);
  EXPECT_NE(program->dump("kernel").find("parallel i0"), std::string::npos);
  EXPECT_NE(program->dump("legal").find("grid"), std::string::npos);
  EXPECT_NE(program->dump("llvm").find("define"), std::string::npos);
  EXPECT_NE(program->dump("asm").find(".text"), std::string::npos);
  EXPECT_THROW(program->dump("tokens"), ValueError);
}

}  // namespace
}  // namespace cermet::exec::testing
