// Regions of one form in one launch, and updates in the memory of what they update.
#include "exec/schedule.h"

#include <gtest/gtest.h>

#include "exec/planned_program.h"
#include "exec/programs.h"
#include "graph/passes/fuse.h"

namespace cermet::exec {
namespace {

using graph::Value;
using testing::floats;
using testing::random_floats;
using testing::Sketch;
using testing::values_of;

Shape shape_of(int k) { return k % 3 == 0 ? Shape{1 + k % 40} : Shape{2 + k % 40, 1 + k % 7}; }

std::vector<std::int64_t> extents(const Shape& shape) {
  std::vector<std::int64_t> out;
  for (Dim d : shape) out.push_back(d.value());
  return out;
}

/// Momentum for `count` parameters of forty shapes: inputs are parameters, gradients and velocities; outputs new ones.
graph::Graph updates(int count) {
  Sketch s;
  std::vector<Value> p, g, v, outputs;
  for (std::vector<Value>* list : {&p, &g, &v}) {
    for (int k = 0; k < count; ++k) list->push_back(s.input(shape_of(k)));
  }
  for (std::size_t k = 0; k < p.size(); ++k) v[k] = s.call(Op::add, s.call(Op::multiply, v[k], 0.9), g[k]);
  for (std::size_t k = 0; k < p.size(); ++k) {
    outputs.push_back(s.call(Op::subtract, p[k], s.call(Op::multiply, s.call(Op::tanh, v[k]), 0.01)));
  }
  outputs.insert(outputs.end(), v.begin(), v.end());
  return s.finish(outputs);
}

std::vector<Data> update_inputs(int count) {
  std::vector<Data> inputs;
  for (unsigned list = 0; list < 3; ++list) {
    for (int k = 0; k < count; ++k) {
      inputs.push_back(random_floats(extents(shape_of(k)), 7 * list + static_cast<unsigned>(k)));
    }
  }
  return inputs;
}

TEST(Schedule, UpdatesOfManyShapesAreOneLaunchOfOneKernel) {
  const auto program = plan(updates(200), host_target());
  EXPECT_EQ(program->statistics().kernels, 1);
  EXPECT_EQ(program->statistics().library_calls, 0);
  const std::string text = program->dump("kernel");
  EXPECT_EQ(text.find("kernel"), text.rfind("kernel ")) << text;
}

TEST(Schedule, OneLaunchComputesWhatEveryKernelAloneDoes) {
  Target interpreter = host_target();
  interpreter.name = "interpreter";
  const std::vector<Data> inputs = update_inputs(200);
  const auto together = plan(updates(200), host_target()), interpreted = plan(updates(200), interpreter);
  const std::uint64_t before = kernels_launched();
  const std::vector<Data> got = together->run(inputs);
  EXPECT_EQ(kernels_launched() - before, 1U);
  const std::vector<Data> wanted = interpreted->run(inputs);
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t k = 0; k < got.size(); ++k) {
    const std::vector<float> a = values_of(got[k]), b = values_of(wanted[k]);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-5) << k;
  }
}

TEST(Schedule, UpdatesTakeTheMemoryOfWhatTheyUpdate) {
  const int count = 40;
  const auto program = plan(updates(count), host_target());
  std::vector<Data> inputs = update_inputs(count);
  const std::vector<Data> wanted = program->run(inputs);
  std::vector<const void*> memory;
  for (const Data& data : inputs) memory.push_back(data.pointer());
  const auto donatable = std::make_unique<bool[]>(inputs.size());
  for (int k = 0; k < count; ++k) donatable[static_cast<std::size_t>(k)] = true;
  for (int k = 2 * count; k < 3 * count; ++k) donatable[static_cast<std::size_t>(k)] = true;
  const std::vector<Data> got = program->run(inputs, {donatable.get(), inputs.size()}, {});
  for (int k = 0; k < count; ++k) {
    const auto at = static_cast<std::size_t>(k);
    EXPECT_EQ(got[at].pointer(), memory[at]);
    EXPECT_EQ(got[at + 40].pointer(), memory[at + 80]);
    EXPECT_EQ(values_of(got[at]), values_of(wanted[at]));
    EXPECT_EQ(values_of(got[at + 40]), values_of(wanted[at + 40]));
  }
}

// Neither may write there while the other one still reads.
TEST(Schedule, WhatTwoUpdatesReadIsNotOverwritten) {
  Sketch s;
  const Value g = s.input({1 << 17}), p = s.input({1 << 17}), q = s.input({1 << 17});
  const auto program = plan(s.finish({s.call(Op::add, p, g), s.call(Op::add, q, g)}), host_target());
  std::vector<Data> inputs{random_floats({1 << 17}, 1), random_floats({1 << 17}, 2), random_floats({1 << 17}, 3)};
  const std::vector<Data> wanted = program->run(inputs);
  const std::vector<float> first = values_of(wanted[0]), second = values_of(wanted[1]);
  const bool donatable[] = {true, false, false};
  const std::vector<Data> got = program->run(inputs, donatable, {});
  EXPECT_EQ(values_of(got[0]), first);
  EXPECT_EQ(values_of(got[1]), second);
}

// Sums of squares, as clipping by the norm takes them: two launches for the long ones' partial sums and their ends.
TEST(Schedule, SumsOfManyShapesShareLaunches) {
  Sketch s;
  std::vector<Value> sums;
  for (int k = 0; k < 60; ++k) {
    const Value x = s.input({100 + 10 * k, 1 + k % 5});
    sums.push_back(s.reduce(Reduction::sum, s.call(Op::multiply, x, x), {0, 1}));
  }
  const graph::Graph graph = s.finish(sums);
  const auto program = plan(graph, host_target());
  EXPECT_LE(program->statistics().kernels, 2);
  std::vector<Data> inputs;
  for (int k = 0; k < 60; ++k) inputs.push_back(random_floats({100 + 10 * k, 1 + k % 5}, static_cast<unsigned>(k)));
  const std::vector<Data> got = program->run(inputs);
  for (std::size_t k = 0; k < got.size(); ++k) {
    double sum = 0;
    for (float x : values_of(inputs[k])) sum += double{x} * x;
    EXPECT_NEAR(values_of(got[k])[0], sum, 1e-4 * sum);
  }
}

// Each gradient dies in its update before the next one is made: planned memory does not grow with the layers.
TEST(Schedule, UpdatesFollowTheirGradients) {
  const auto planned = [](int layers) {
    Sketch s;
    const Value x = s.input({512, 512});
    std::vector<Value> weights;
    for (int k = 0; k < layers; ++k) weights.push_back(s.input({512, 512}));
    std::vector<Value> updated;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const Value gradient = s.matmul(weights[k], x);
      updated.push_back(gradient);
    }
    for (std::size_t k = 0; k < weights.size(); ++k) {
      updated[k] = s.call(Op::subtract, weights[k], s.call(Op::tanh, updated[k]));
    }
    return plan(s.finish(updated), host_target())->statistics().planned_bytes;
  };
  const std::int64_t matrix = 512 * 512 * 4;
  EXPECT_LE(planned(16) - planned(8), 8 * matrix + matrix);  // the results alone
}

}  // namespace
}  // namespace cermet::exec
