// Pending nodes: values of every kind of primitive on every layout, counts of kernels and compilations, memory,
// failure, threads, depth.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "programs.h"

namespace cermet::exec::testing {
namespace {

std::vector<float> iota_values(std::size_t n) {
  std::vector<float> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<float>(i);
  return out;
}

NodeRef numbers(std::vector<std::int64_t> shape) {
  std::int64_t n = 1;
  for (std::int64_t d : shape) n *= d;
  return leaf(floats(std::move(shape), iota_values(static_cast<std::size_t>(n))));
}

NodeRef slice(const NodeRef& x, std::vector<std::int64_t> starts, std::vector<std::int64_t> extents,
              std::vector<std::int64_t> steps) {
  Primitive p;
  for (std::int64_t s : starts) p.dims.push_back(s);
  for (std::int64_t e : extents) p.dims.push_back(e);
  p.axes.assign(steps.begin(), steps.end());
  return make(PrimitiveKind::slice, {x}, p);
}

TEST(Evaluation, ElementwiseOnEveryLayout) {
  const NodeRef x = numbers({3, 4});
  const NodeRef row = broadcast_like(numbers({4}), x);
  const NodeRef column = broadcast_like(numbers({3, 1}), x);
  const NodeRef turned = transpose(numbers({4, 3}), {1, 0});
  const NodeRef backwards = slice(numbers({3, 9}), {2, 8}, {3, 4}, {-1, -2});
  const NodeRef scalar = broadcast_like(constant(0.5), x);
  const std::vector<NodeRef> all = {x, row, column, turned, backwards, scalar};
  for (const NodeRef& a : all) {
    for (const NodeRef& b : all) {
      const std::vector<float> u = values_of(evaluated(a)), v = values_of(evaluated(b));
      const std::vector<float> sum = values_of(evaluated(call(Op::subtract, {a, b})));
      ASSERT_EQ(sum.size(), 12U);
      for (std::size_t i = 0; i < 12; ++i) ASSERT_EQ(sum[i], u[i] - v[i]);
    }
  }
}

TEST(Evaluation, ViewsShareMemory) {
  const NodeRef x = numbers({4, 6});
  const std::uint64_t before = kernels_launched();
  EXPECT_EQ(evaluated(transpose(x, {1, 0})).buffer.get(), x->data.buffer.get());
  EXPECT_EQ(evaluated(reshape(x, {2, 12})).buffer.get(), x->data.buffer.get());
  EXPECT_EQ(values_of(evaluated(slice(x, {3, 5}, {2, 2}, {-2, -3}))), (std::vector<float>{23, 20, 11, 8}));
  EXPECT_EQ(kernels_launched(), before);
  const NodeRef copied = reshape(transpose(x, {1, 0}), {24});
  EXPECT_EQ(values_of(evaluated(copied))[1], 6);
  EXPECT_EQ(kernels_launched(), before + 1);
}

TEST(Evaluation, ReductionsOverAnyAxes) {
  const std::vector<std::vector<std::int64_t>> choices = {{0}, {1}, {2}, {0, 1}, {1, 2}, {0, 2}, {0, 1, 2}, {}};
  for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{3, 4, 5}, {1, 4, 1}, {7, 1, 300}}) {
    for (const auto& axes : choices) {
      const NodeRef x = numbers(shape);
      const std::vector<float> values = values_of(x->data);
      const NodeRef y = reduce(Reduction::sum, x, axes);
      std::vector<double> expected(static_cast<std::size_t>(y->type.shape.elements()), 0.0);
      for (std::size_t i = 0; i < values.size(); ++i) {
        std::size_t at = 0, rest = i, extent = 1;
        for (std::size_t k = 3; k-- > 0;) {
          const auto d = static_cast<std::size_t>(shape[k]);
          if (std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(k)) == axes.end()) {
            at += rest % d * extent;
            extent *= d;
          }
          rest /= d;
        }
        expected[at] += values[i];
      }
      const std::vector<float> actual = values_of(evaluated(y));
      ASSERT_EQ(actual.size(), expected.size());
      for (std::size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 1e-5 * expected[i]);
    }
  }
}

TEST(Evaluation, ReductionsOfNothingAreTheIdentity) {
  EXPECT_EQ(values_of(evaluated(reduce(Reduction::sum, numbers({3, 0}), {1}))), std::vector<float>(3, 0.0F));
  EXPECT_EQ(values_of(evaluated(reduce(Reduction::prod, numbers({0}), {0}))), std::vector<float>(1, 1.0F));
  EXPECT_EQ(evaluated(reduce(Reduction::sum, numbers({0, 3}), {1})).shape.size(), 1U);
}

TEST(Evaluation, TheOtherPrimitives) {
  Primitive p;
  p.dims = {2, 3};
  p.axes = {1};
  p.dtype = int32;
  EXPECT_EQ(values_of<int>(evaluated(make(PrimitiveKind::iota, {}, p))), (std::vector<int>{0, 1, 2, 0, 1, 2}));
  p.dims = {2, 1};
  EXPECT_EQ(values_of<int>(evaluated(make(PrimitiveKind::iota, {}, p))), (std::vector<int>{0, 0}));

  Primitive join;
  join.axes = {1};
  const NodeRef a = numbers({2, 2}), b = transpose(numbers({3, 2}), {1, 0});
  EXPECT_EQ(values_of(evaluated(make(PrimitiveKind::concatenate, {a, b}, join))),
            (std::vector<float>{0, 1, 0, 2, 4, 2, 3, 1, 3, 5}));
  EXPECT_EQ(values_of(evaluated(make(PrimitiveKind::concatenate, {a, numbers({2, 0}), a}, join))),
            (std::vector<float>{0, 1, 0, 1, 2, 3, 2, 3}));
  // With nothing: what is left is one operand, whatever its layout is.
  join.axes = {0};
  const NodeRef none = numbers({0, 2});
  for (const NodeRef& rest : {a, transpose(numbers({2, 3}), {1, 0}), broadcast_like(numbers({2}), numbers({3, 2})),
                              broadcast_like(numbers({1}), numbers({3, 2}))}) {
    const std::uint64_t before = kernels_launched();
    const Data joined = evaluated(make(PrimitiveKind::concatenate, {none, rest, none}, join));
    EXPECT_EQ(values_of(joined), values_of(evaluated(rest)));
    EXPECT_TRUE(joined.contiguous);
    EXPECT_EQ(kernels_launched(), before + 1);
  }
  join.axes = {1};

  Primitive to_int;
  to_int.dtype = int8;
  EXPECT_EQ(values_of<std::int8_t>(evaluated(make(PrimitiveKind::convert, {constant(-3.7)}, to_int))),
            (std::vector<std::int8_t>{-3}));

  Primitive bits;
  bits.dims = {3};
  bits.dtype = uint32;
  const NodeRef key = leaf(data_of<std::uint32_t>({2}, {0, 1}, uint32));
  const std::vector<std::uint32_t> first =
      values_of<std::uint32_t>(evaluated(make(PrimitiveKind::random_bits, {key}, bits)));
  bits.dims = {3, 1};
  EXPECT_EQ(values_of<std::uint32_t>(evaluated(make(PrimitiveKind::random_bits, {key}, bits))), first);
  EXPECT_NE(first[0], first[1]);

  const NodeRef x = numbers({2, 3}), y = transpose(numbers({2, 3}), {1, 0});
  EXPECT_EQ(values_of(evaluated(make(PrimitiveKind::matmul, {x, y}))), (std::vector<float>{5, 14, 14, 50}));
}

TEST(Evaluation, CompositesAreOneKernelAnywhere) {
  for (std::vector<std::int64_t> axes : {std::vector<std::int64_t>{2}, {0}, {0, 1, 2}, {0, 2}}) {
    for (const char* name : {"softmax", "mean", "var", "logsumexp"}) {
      Primitive p;
      p.text = name;
      p.axes.assign(axes.begin(), axes.end());
      const NodeRef x = leaf(random_floats({4, 5, 6}));
      const NodeRef y = make(PrimitiveKind::composite, {x}, p);
      evaluated(y);
      Sketch s;
      const graph::Value in = s.input({4, 5, 6});
      const auto program = plan(s.finish({s.composite(name, in, axes)}), host_target());
      EXPECT_EQ(values_of(y->data), values_of(run_first(*program, {x->data}))) << name;
    }
  }
  Primitive p;
  p.text = "mean";
  p.axes = {1};
  EXPECT_EQ(values_of(evaluated(make(PrimitiveKind::composite, {numbers({3, 1})}, p))), (std::vector<float>{0, 1, 2}));
}

TEST(Evaluation, CompositesOfNothing) {
  Primitive p;
  p.text = "mean";
  p.axes = {1};
  const std::vector<float> mean = values_of(evaluated(make(PrimitiveKind::composite, {numbers({2, 0})}, p)));
  ASSERT_EQ(mean.size(), 2U);
  EXPECT_TRUE(std::isnan(mean[0]));
  p.text = "softmax";
  EXPECT_EQ(evaluated(make(PrimitiveKind::composite, {numbers({2, 0})}, p)).shape[1], 0);
}

TEST(Evaluation, ManyPartsOfDifferentLengthsAreJoined) {
  Primitive join;
  join.axes = {0};
  for (std::int64_t step : {1, 0}) {  // all lengths differ, then all but the first are equal
    std::vector<NodeRef> parts;
    std::vector<float> expected;
    for (std::int64_t k = 0; k < 70; ++k) {
      const NodeRef part = numbers({2 + k * step + (k == 0 ? 1 : 0), 2});
      const std::vector<float> values = values_of(part->data);
      expected.insert(expected.end(), values.begin(), values.end());
      parts.push_back(part);
    }
    EXPECT_EQ(values_of(evaluated(make(PrimitiveKind::concatenate, parts, join))), expected);
  }
}

TEST(Evaluation, NewSizesAndScalarsCompileNothing) {
  const auto round = [](std::int64_t n, double scalar) {
    const NodeRef x = numbers({n});
    evaluated(call(Op::multiply, {x, broadcast_like(constant(scalar), x)}));
    evaluated(reduce(Reduction::sum, x, {0}));
  };
  round(100, 1.5);
  const std::uint64_t compiled =
      runtime::kernel_cache_statistics().compiled + runtime::kernel_cache_statistics().disk_hits;
  for (std::int64_t n : {2, 7, 64, 99, 200}) round(n, static_cast<double>(n) / 3);
  EXPECT_EQ(runtime::kernel_cache_statistics().compiled + runtime::kernel_cache_statistics().disk_hits, compiled);
}

// ---- Calls of programs
// -----------------------------------------------------------------------------------------------

std::shared_ptr<const Program> sum_and_difference(std::int64_t n) {
  Sketch s;
  const graph::Value x = s.input({n}), y = s.input({n});
  return plan(s.finish({s.call(Op::add, x, y), s.call(Op::subtract, x, y)}), host_target());
}

TEST(ProgramCalls, OutputsAreEvaluatedTogether) {
  const auto program = sum_and_difference(4);
  std::vector<NodeRef> out = make_call(program, {numbers({4}), numbers({4})}, {});
  const std::uint64_t before = kernels_launched();
  EXPECT_EQ(values_of(evaluated(out[0])), (std::vector<float>{0, 2, 4, 6}));
  EXPECT_TRUE(out[1]->is_done());
  EXPECT_EQ(values_of(out[1]->data), std::vector<float>(4, 0.0F));
  EXPECT_EQ(kernels_launched() - before, 1U);

  std::vector<NodeRef> half = make_call(program, {call(Op::negative, {numbers({4})}), numbers({4})}, {});
  half.erase(half.begin());  // a dead output is no loss
  EXPECT_EQ(values_of(evaluated(half[0])), (std::vector<float>{0, -2, -4, -6}));
}

TEST(ProgramCalls, ADyingInputIsDonated) {
  const auto program = sum_and_difference(1 << 12);
  NodeRef x = call(Op::negative, {numbers({1 << 12})});
  evaluated(x);
  const void* memory = x->data.buffer->data();
  std::vector<NodeRef> out = make_call(program, {x, numbers({1 << 12})}, {});
  evaluate(out);
  EXPECT_NE(out[0]->data.buffer->data(), memory);
  out = make_call(program, {NodeRef(), NodeRef()}, {});
  out.clear();
  std::vector<NodeRef> inputs{std::move(x), numbers({1 << 12})};
  out = make_call(program, std::move(inputs), {});
  evaluate(out);
  EXPECT_EQ(out[0]->data.buffer->data(), memory);
}

// ---- Memory
// ----------------------------------------------------------------------------------------------------------

TEST(EvaluationMemory, IntermediatesAreFreedAndReused) {
  NodeRef x = leaf(random_floats({1 << 16}));
  NodeRef y = call(Op::exp, {x});
  for (int k = 0; k < 20; ++k) y = call(Op::sqrt, {y});
  runtime::reset_peak_memory();
  const std::size_t before = runtime::active_memory();
  evaluated(y);
  EXPECT_LE(runtime::peak_memory() - before, std::size_t{3} << 18);
  EXPECT_EQ(y->inputs.size(), 0U);
}

TEST(EvaluationMemory, AFailureLeavesNodesPending) {
  const NodeRef x = leaf(random_floats({1 << 16}));
  const NodeRef y = call(Op::exp, {x});
  const NodeRef z = call(Op::add, {y, x});
  evaluated(call(Op::add, {call(Op::exp, {x}), x}));  // compiled
  const std::size_t limit = runtime::set_memory_limit(runtime::active_memory());
  runtime::clear_cache();
  EXPECT_THROW(evaluated(z), OutOfMemoryError);
  EXPECT_FALSE(z->is_done());
  EXPECT_EQ(z->inputs.size(), 2U);
  runtime::set_memory_limit(limit);
  const std::vector<float> in = values_of(x->data), out = values_of(evaluated(z));
  for (std::size_t i = 0; i < in.size(); i += 997) EXPECT_NEAR(out[i], std::exp(in[i]) + in[i], 1e-4);
}

TEST(EvaluationMemory, TracedNodesAreRefusedAndTheRestStaysPending) {
  auto* traced = new Node;
  traced->type = {Shape{2}, float32};
  traced->trace_id = 7;
  const NodeRef t(traced);
  const NodeRef y = call(Op::negative, {numbers({2})});
  const NodeRef z = call(Op::add, {y, t});
  EXPECT_THROW(evaluated(z), TraceError);
  EXPECT_EQ(values_of(evaluated(y)), (std::vector<float>{-0.0F, -1}));
}

// ---- Depth and threads
// -------------------------------------------------------------------------------------------------

TEST(EvaluationDepth, ChainsOfTenThousandNodesEvaluate) {
  NodeRef x = numbers({4});
  NodeRef y = x;
  for (int k = 0; k < 10'000; ++k) y = call(Op::add, {y, x});
  EXPECT_EQ(values_of(evaluated(y))[3], 30'003.0F);
}

TEST(EvaluationDepth, ChainsOfAMillionNodesAreDestroyed) {
  NodeRef y = numbers({2});
  for (int k = 0; k < 1'000'000; ++k) y = transpose(y, {0});
  y = NodeRef();
}

TEST(EvaluationThreads, SharedNodesAreComputedOnceForAll) {
  for (int round = 0; round < 50; ++round) {
    const NodeRef x = leaf(random_floats({64, 64}, static_cast<unsigned>(round)));
    std::vector<NodeRef> nodes{call(Op::exp, {x}), call(Op::negative, {x})};
    for (int k = 0; k < 20; ++k) {
      nodes.push_back(call(Op::maximum, {nodes[nodes.size() - 1], nodes[nodes.size() - 2]}));
    }
    const std::uint64_t before = kernels_launched();
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 8; ++t) {
      threads.emplace_back([&nodes, t] {
        const NodeRef mine[] = {nodes[nodes.size() - 1 - t], nodes[t]};
        evaluate(mine);
      });
    }
    for (std::thread& t : threads) t.join();
    EXPECT_TRUE(nodes.back()->is_done());
    EXPECT_EQ(kernels_launched() - before, nodes.size());
    EXPECT_EQ(values_of(nodes[2]->data), values_of(nodes[20]->data));
  }
}

TEST(EvaluationThreads, AForkedChildEvaluatesWhileOthersWereEvaluating) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer's allocator does not survive a fork while other threads allocate";
#endif
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    const NodeRef x = numbers({32});
    while (!stop) evaluated(call(Op::negative, {x}));
  });
  for (int k = 0; k < 20; ++k) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);
      _exit(values_of(evaluated(call(Op::square, {numbers({5})})))[4] == 16 ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  stop = true;
  busy.join();
}

TEST(EvaluationThreads, EqualBitsWithAnyNumber) {
  const int threads = runtime::thread_count();
  std::vector<float> first;
  for (int n : {1, 2, 7}) {
    runtime::set_thread_count(n);
    const NodeRef x = leaf(random_floats({700, 900}));
    const std::vector<float> values = values_of(evaluated(reduce(Reduction::sum, call(Op::exp, {x}), {0, 1})));
    if (first.empty()) first = values;
    EXPECT_EQ(values, first);
  }
  runtime::set_thread_count(threads);
}

}  // namespace
}  // namespace cermet::exec::testing
