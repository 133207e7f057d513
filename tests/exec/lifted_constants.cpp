// Pieces of a long graph that differ in constants only share a kernel; results are as if each had its own.
#include <gtest/gtest.h>

#include <set>

#include "exec/planned_program.h"
#include "exec/programs.h"

namespace cermet::exec {
namespace {

using testing::Elements;
using testing::elements_of;
using testing::Sketch;

/// How many different ones.
std::size_t kernels_of(const Program& program) {
  std::set<runtime::LoadedKernel::Entry> kernels;
  for (const KernelStep& step : dynamic_cast<const PlannedProgram&>(program).kernels) kernels.insert(step.entry);
  return kernels.size();
}

/// x -> (x + c0) * c1 -> ...: all constants differ.
std::shared_ptr<const Program> chain(int n, Dtype dtype, const Target& target) {
  Sketch s;
  graph::Value x = s.input({5}, dtype);
  for (int k = 0; k < n; ++k) {
    const double c = is_integer(dtype) ? k % 100 + 2 : (k % 2 == 0 ? 0.01 * (k + 1) : 0.99 - 0.01 * (k % 30));
    x = s.call(k % 2 == 0 ? Op::add : Op::multiply, x, s.number(c, dtype));
  }
  return plan(s.finish({x}), target);
}

TEST(LiftedConstants, LongChainsHaveAHandfulOfKernels) {
  for (int n : {2'000, 8'000}) {
    const auto program = chain(n, float32, host_target());
    EXPECT_GE(program->statistics().kernels, n / 1000);
    EXPECT_LE(kernels_of(*program), 4U) << n;
  }
}

TEST(LiftedConstants, OneKernelKeepsItsConstants) {
  const auto program = chain(100, float32, host_target());
  EXPECT_EQ(program->statistics().kernels, 1);
  EXPECT_EQ(program->dump("kernel").find("param"), std::string::npos);
}

// Every size of constant travels as 32-bit words: bit for bit what the interpreter makes of the whole chain.
TEST(LiftedConstants, ValuesOfEveryDtypeArrive) {
  Target interpreter = host_target();
  interpreter.name = "interpreter";
  for (Dtype dtype : {float32, float64, float16, bfloat16, int8, uint8, int16, int32, uint32, int64, uint64}) {
    Elements values;
    for (int k = 0; k < 5; ++k) values.push_back(Literal::of(dtype, 0.5 * (k + 1) * (is_integer(dtype) ? 2 : 1)));
    const Data x = testing::data_of(values, {Shape{5}, dtype});
    const auto compiled = chain(1'600, dtype, host_target()), reference = chain(1'600, dtype, interpreter);
    EXPECT_GT(compiled->statistics().kernels, static_cast<int>(kernels_of(*compiled))) << name(dtype);
    const Elements got = elements_of(testing::run_first(*compiled, {x}));
    const Elements wanted = elements_of(testing::run_first(*reference, {x}));
    for (std::size_t k = 0; k < got.size(); ++k) {
      if (is_half(dtype)) {  // rounded after each kernel, and the two targets cut kernels at different places
        EXPECT_NEAR(got[k].as_double(), wanted[k].as_double(), 0.3 * std::abs(wanted[k].as_double())) << name(dtype);
      } else {
        EXPECT_EQ(got[k], wanted[k]) << name(dtype);
      }
    }
  }
}

// Symbolic extents and lifted constants are parameters of one kernel.
TEST(LiftedConstants, SymbolicExtentsStayParameters) {
  Sketch s;
  Symbol symbol;
  symbol.name = "n";
  symbol.range = {2, 1 << 20};
  symbol.hint = 64;
  Shape shape;
  shape.push_back(s.graph.dims.add_symbol(symbol));
  graph::Value x = s.input(shape);
  for (int k = 0; k < 3'000; ++k) x = s.call(Op::add, x, s.number(k));
  const auto program = plan(s.finish({x}), host_target());
  EXPECT_LE(kernels_of(*program), 3U);
  for (std::int64_t n : {2, 7, 1000}) {
    const std::vector<float> zeros(static_cast<std::size_t>(n), 0.0F);
    const std::vector<float> sums(zeros.size(), 2999.0F * 1500);
    EXPECT_EQ(testing::values_of(testing::run_first(*program, {testing::floats({n}, zeros)})), sums);
  }
}

// Reductions take their constants too; one that all pieces share stays in the kernel.
TEST(LiftedConstants, EqualRowsOfDifferentScale) {
  Sketch s;
  std::vector<graph::Value> out;
  for (int k = 0; k < 6; ++k) {
    const graph::Value x = s.input({3, 70'000});
    const graph::Value scaled = s.call(Op::multiply, x, s.number(2 + k));
    out.push_back(s.reduce(Reduction::sum, s.call(Op::add, scaled, s.number(1)), {1}));
  }
  const auto program = plan(s.finish(out), host_target());
  std::vector<Data> inputs;
  for (int k = 0; k < 6; ++k) inputs.push_back(testing::floats({3, 70'000}, std::vector<float>(210'000, 1.0F)));
  const std::vector<Data> results = program->run(inputs);
  for (int k = 0; k < 6; ++k) {
    EXPECT_EQ(testing::values_of(results[static_cast<std::size_t>(k)]),
              std::vector<float>(3, 70'000.0F * static_cast<float>(3 + k)));
  }
}

}  // namespace
}  // namespace cermet::exec
