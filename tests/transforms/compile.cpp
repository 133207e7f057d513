// compile() from C++: values, kernels, argument and result types, captured arrays, errors, switches.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "array/values.h"
#include "exec/program.h"
#include "runtime/buffer.h"
#include "transforms/trace.h"

namespace cermet {
namespace {

using test::message_of;
using test::values;
using testing::ElementsAre;
using testing::HasSubstr;

array gelu(const array& x) { return x * (1 + erf(x / std::sqrt(2.0F))) / 2; }

array layer_norm(const array& x) {
  const array centred = x - mean(x, -1, true);
  return centred * rsqrt(mean(square(centred), -1, true) + 1e-5F);
}

template <class F>
std::uint64_t kernels_of(F&& action) {
  const std::uint64_t before = exec::kernels_launched();
  action();
  return exec::kernels_launched() - before;
}

void expect_near(const array& a, const array& b, double tolerance) {
  const auto x = values<float>(a), y = values<float>(b);
  ASSERT_EQ(x.size(), y.size());
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(x[i], y[i], tolerance) << i;
}

TEST(Compile, GeluIsOneTraceAndOneKernel) {
  const array x = random::normal({33, 129}, random::key(1));
  eval(x);
  auto compiled = compile(gelu);
  array first = compiled(x);
  eval(first);
  array y = compiled(x);
  EXPECT_EQ(kernels_of([&] { eval(y); }), 1U);
  expect_near(y, gelu(x), 1e-6);
  const CompileStatistics statistics = compiled.statistics();
  EXPECT_EQ(statistics.traces, 1U);
  EXPECT_EQ(statistics.hits, 1U);
  EXPECT_EQ(statistics.entries.at(0).kernels, 1);
  EXPECT_EQ(statistics.entries.at(0).reason, "first call");
}

TEST(Compile, SoftmaxAndLayerNormAreOneKernel) {
  const array x = random::normal({17, 300}, random::key(1));
  eval(x);
  auto soft = compile([](const array& a) { return softmax(a, -1); });
  auto norm = compile(layer_norm);
  eval(soft(x), norm(x));
  EXPECT_EQ(kernels_of([&] { eval(soft(x)); }), 1U);
  EXPECT_EQ(kernels_of([&] { eval(norm(x)); }), 1U);
  expect_near(soft(x), softmax(x, -1), 1e-6);
  expect_near(norm(x), layer_norm(x), 1e-5);
}

TEST(Compile, TakesMlxFunctions) {
  const std::function<std::vector<array>(const std::vector<array>&)> plain = [](const std::vector<array>& inputs) {
    return std::vector<array>{inputs[0] + inputs[1], inputs[0] * inputs[1]};
  };
  const auto compiled = compile(plain);
  const auto outputs = compiled({array({1.0F, 2.0F}), array({3.0F, 4.0F})});
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_THAT(values<float>(outputs[0]), ElementsAre(4, 6));
  EXPECT_THAT(values<float>(outputs[1]), ElementsAre(3, 8));
  EXPECT_THROW(compile(std::function<std::vector<array>(const std::vector<array>&)>()), ValueError);
}

struct Moments {
  array mean;
  std::vector<array> rest;
};

TEST(Compile, TakesAndReturnsTrees) {
  auto compiled = compile([](const std::vector<array>& parts, std::pair<array, array> both, int factor) {
    array total = parts[0] * factor;
    for (const array& part : parts) total = total + part;
    return std::tuple{total, Moments{mean(total), parts}, both.second};
  });
  const array a({1.0F, 2.0F}), b({3.0F, 4.0F});
  auto [total, moments, second] = compiled(std::vector<array>{a, b}, std::pair{a, b}, 2);
  EXPECT_THAT(values<float>(total), ElementsAre(6, 10));
  EXPECT_EQ(moments.mean.item<float>(), 8.0F);
  ASSERT_EQ(moments.rest.size(), 2U);
  EXPECT_EQ(moments.rest[1].node(), b.node()) << "an output that is an input is the input's value";
  EXPECT_EQ(second.node(), b.node());
  compiled(std::vector<array>{a}, std::pair{a, b}, 2);
  compiled(std::vector<array>{a}, std::pair{a, b}, 3);
  const auto reasons = compiled.statistics().retrace_reasons;
  ASSERT_EQ(reasons.size(), 2U);
  EXPECT_THAT(reasons[0], HasSubstr("structure vector of 2"));
  EXPECT_EQ(reasons[1], "constant 0: 2 -> 3");
}

TEST(Compile, OutputsMayBeInputsConstantsAndDuplicates) {
  const array captured({9.0F});
  auto compiled = compile([&](const array& x) {
    const array y = x + 1;
    return std::vector<array>{x, y, y, array(2), captured, zeros({2}), x};
  });
  const array x({1.0F, 2.0F});
  for (int call = 0; call < 2; ++call) {
    auto outputs = compiled(x);
    ASSERT_EQ(outputs.size(), 7U);
    EXPECT_EQ(outputs[0].node(), x.node());
    EXPECT_EQ(outputs[6].node(), x.node());
    EXPECT_EQ(outputs[1].node(), outputs[2].node());
    EXPECT_THAT(values<float>(outputs[1]), ElementsAre(2, 3));
    EXPECT_EQ(outputs[3].item<int>(), 2);
    EXPECT_EQ(outputs[4].item<float>(), 9.0F);
    EXPECT_THAT(values<float>(outputs[5]), ElementsAre(0, 0));
  }
}

TEST(Compile, NumberOfOutputsMayChangeWithTheArguments) {
  auto compiled = compile([](const array& x) { return split(x, static_cast<int>(x.shape(0))); });
  EXPECT_EQ(compiled(ones({2})).size(), 2U);
  EXPECT_EQ(compiled(ones({3})).size(), 3U);
  EXPECT_EQ(compiled(ones({2})).size(), 2U);
  EXPECT_EQ(compiled(zeros({2})).size(), 2U);
  EXPECT_EQ(compiled.statistics().traces, 2U);
}

TEST(Compile, FunctionsWithoutOutputsOrArguments) {
  auto nothing = compile([](const array&) { return std::vector<array>{}; });
  EXPECT_TRUE(nothing(ones({2})).empty());
  auto constant = compile([] { return arange(3); });
  EXPECT_THAT(values<int>(constant()), ElementsAre(0, 1, 2));
  EXPECT_THAT(values<int>(constant()), ElementsAre(0, 1, 2));
  EXPECT_EQ(constant.statistics().traces, 1U);
}

TEST(Compile, UnusedArgumentsAreNotEvaluated) {
  auto compiled = compile([](const array& x, const array&) { return x + 1; });
  const array x({1.0F}), unused = ones({4}) + 1;
  eval(compiled(x, unused));
  EXPECT_FALSE(unused.is_available());
}

TEST(Compile, ArgumentsMayBePendingAndStrided) {
  auto compiled = compile(gelu);
  const array x = random::normal({6, 10}, random::key(3));
  const array pending = transpose(x) + 0.0F;
  expect_near(compiled(pending), gelu(pending), 1e-6);
  const array view = transpose(x);
  eval(view);
  expect_near(compiled(view), gelu(view), 1e-6);
  const array reversed = flip(x, {0, 1});
  expect_near(compiled(reversed), gelu(reversed), 1e-6);
  const array broadcast = broadcast_to(slice(x, {0, 0}, {1, 10}), {10, 10});
  expect_near(compiled(broadcast), gelu(broadcast), 1e-6);
}

TEST(Compile, ShapesOfEverySize) {
  auto compiled = compile([](const array& x) { return x * 2 + 1; });
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{3, 0, 2}, Shape{1, 1, 1}, Shape{7, 3}, Shape{1000}}) {
    const array y = compiled(ones(shape));
    EXPECT_EQ(y.shape(), shape);
    EXPECT_EQ(values<float>(y), std::vector<float>(static_cast<std::size_t>(y.size()), 3.0F));
  }
}

TEST(Compile, CapturedArraysAreConstants) {
  array captured({1.0F, 2.0F});
  auto compiled = compile([&](const array& x) { return x + captured; });
  const array x({10.0F, 20.0F});
  EXPECT_THAT(values<float>(compiled(x)), ElementsAre(11, 22));
  captured = array({5.0F, 5.0F});
  EXPECT_THAT(values<float>(compiled(x)), ElementsAre(11, 22));
}

TEST(Compile, AssigningToCapturedArraysIsAnError) {
  array counter(1.0F);
  auto compiled = compile([&](const array& x) {
    counter = counter + 1;
    return x * counter;
  });
  EXPECT_THAT(message_of<TraceError>([&] { compiled(ones({2})); }), HasSubstr("captured"));
  EXPECT_EQ(counter.item<float>(), 1.0F);
  EXPECT_EQ(compiled.statistics().traces, 0U);
}

TEST(Compile, AssignedArgumentsAreWritten) {
  auto compiled = compile([](array& total, const array& x) {
    total += x;
    return total * 2;
  });
  array total({1.0F});
  const array before = total;
  for (int call = 1; call <= 3; ++call) {
    EXPECT_EQ(compiled(total, array({10.0F})).item<float>(), 2 * (1.0F + 10.0F * static_cast<float>(call)));
  }
  EXPECT_EQ(total.item<float>(), 31.0F);
  EXPECT_EQ(before.item<float>(), 1.0F);
  EXPECT_EQ(compiled.statistics().traces, 1U);
  disable_compile();
  compiled(total, array({10.0F}));
  enable_compile();
  EXPECT_EQ(total.item<float>(), 41.0F);
}

TEST(Compile, ArgumentsMayBeSwapped) {
  auto compiled = compile([](array& a, array& b) {
    std::swap(a, b);
    return std::vector<array>{};
  });
  array a(1), b(2);
  compiled(a, b);
  EXPECT_EQ(a.item<int>(), 2);
  EXPECT_EQ(b.item<int>(), 1);
}

TEST(Compile, CompiledFunctionsInline) {
  auto inner = compile([](const array& x) { return x * 2; });
  auto outer = compile([&](const array& x) { return inner(inner(x)) + 1; });
  const array x = copy(ones({64}));
  eval(outer(x));
  EXPECT_EQ(inner.statistics().traces, 0U);
  array y = outer(x);
  EXPECT_EQ(kernels_of([&] { eval(y); }), 1U);
  EXPECT_EQ(values<float>(y)[0], 5.0F);
}

TEST(Compile, FailingTracesLeaveNothing) {
  int calls = 0;
  array seen({1.0F});
  auto compiled = compile([&](const array& x) {
    seen = x + 1;
    random::uniform({2});
    if (++calls < 3) throw std::runtime_error("the user's error");
    seen = array({1.0F});
    return x + 1;
  });
  random::seed(5);
  const exec::NodeRef state = random::state().node(), value = seen.node();
  for (int call = 0; call < 2; ++call) {
    EXPECT_THAT(message_of<std::runtime_error>([&] { compiled(ones({2})); }), HasSubstr("the user's error"));
    EXPECT_FALSE(is_tracing());
    EXPECT_EQ(seen.node(), value);
    EXPECT_EQ(random::state().node(), state);
    EXPECT_EQ(compiled.statistics().traces, 0U);
    EXPECT_TRUE(compiled.statistics().entries.empty());
  }
  EXPECT_EQ((ones({2}) + 1).is_traced(), false);
}

TEST(Compile, ReadingValuesIsATraceError) {
  auto compiled = compile([](const array& x) { return sum(x).item<float>() > 0 ? x : -x; });
  EXPECT_THAT(message_of<TraceError>([&] { compiled(ones({2})); }), HasSubstr("[item]"));
  disable_compile();
  EXPECT_EQ(compiled(ones({2})).size(), 2);
  enable_compile();
}

TEST(Compile, ErrorsOfOpsPass) {
  auto compiled = compile([](const array& x, const array& y) { return x + y; });
  EXPECT_THAT(message_of<ValueError>([&] { compiled(ones({2}), ones({3})); }), HasSubstr("(2,)"));
  EXPECT_THAT(values<float>(compiled(ones({2}), ones({2}))), ElementsAre(2, 2));
}

TEST(Compile, SwitchesActOnFunctionsCompiledBefore) {
  int runs = 0;
  auto compiled = compile([&](const array& x) {
    ++runs;
    return x + 1;
  });
  const array x = ones({2});
  compiled(x);
  compiled(x);
  EXPECT_EQ(runs, 1);
  disable_compile();
  compiled(x);
  compiled(x);
  EXPECT_EQ(runs, 3);
  set_compile_mode(CompileMode::enabled);
  EXPECT_THAT(values<float>(compiled(x)), ElementsAre(2, 2));
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(compiled.statistics().traces, 1U);
}

TEST(CompileDeathTest, TheEnvironmentDisables) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a fresh process, which has not read its environment yet
  setenv("CERMET_DISABLE_COMPILE", "1", 1);
  EXPECT_EXIT(
      {
        auto compiled = compile([](const array& x) { return x + 1; });
        const bool plain = compiled(ones({2})).shape() == Shape{2} && compiled.statistics().traces == 0;
        enable_compile();
        compiled(ones({2}));
        std::exit(plain && compiled.statistics().traces == 1 ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
  unsetenv("CERMET_DISABLE_COMPILE");
}

TEST(Compile, RandomStreamsAreThoseOfUncompiledCode) {
  const auto draw = [](const array& x) { return std::pair{x + random::uniform({3}), random::normal({2})}; };
  auto compiled = compile(draw);
  const array x({1.0F, 2.0F, 3.0F});
  random::seed(11);
  std::vector<std::vector<float>> plain;
  for (int call = 0; call < 3; ++call) {
    auto [u, n] = draw(x);
    plain.push_back(values<float>(u));
    plain.push_back(values<float>(n));
  }
  const auto next = values<float>(random::uniform({4}));
  random::seed(11);
  std::vector<std::vector<float>> traced;
  for (int call = 0; call < 3; ++call) {
    auto [u, n] = compiled(x);
    traced.push_back(values<float>(u));
    traced.push_back(values<float>(n));
  }
  EXPECT_EQ(values<float>(random::uniform({4})), next);
  EXPECT_EQ(compiled.statistics().traces, 1U);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    ASSERT_EQ(plain[i].size(), traced[i].size());
    for (std::size_t k = 0; k < plain[i].size(); ++k) EXPECT_NEAR(plain[i][k], traced[i][k], 1e-6);
  }
  EXPECT_NE(traced[0], traced[2]) << "numbers never repeat";
}

TEST(Compile, SeedingInsideACompiledFunction) {
  auto compiled = compile([](const array& x) {
    random::seed(4);
    return x + random::uniform({2});
  });
  const array x = zeros({2});
  const auto first = values<float>(compiled(x));
  const auto after = values<float>(random::uniform({2}));
  EXPECT_EQ(values<float>(compiled(x)), first);
  EXPECT_EQ(values<float>(random::uniform({2})), after);
}

TEST(Compile, LongChains) {
  auto compiled = compile([](array x) {
    for (int i = 0; i < 10'000; ++i) x = i % 2 == 0 ? x + 1 : x * 1;
    return x;
  });
  EXPECT_THAT(values<int>(compiled(array({1, 2}))), ElementsAre(5001, 5002));
}

TEST(Compile, DeepChainsOfCalls) {
  auto compiled = compile([](const array& x) { return x + 1; });
  array x({1, 2});
  for (int i = 0; i < 200'000; ++i) x = compiled(x);
  x = array({1, 2});
  for (int i = 0; i < 5'000; ++i) x = compiled(x);
  EXPECT_THAT(values<int>(x), ElementsAre(5001, 5002));
}

TEST(Compile, MemoryOfFreshClosuresIsFreed) {
  const array x = copy(ones({4096}));
  eval(x);
  const auto once = [&](int i) {
    auto compiled = compile([&, i](const array& a) { return a * i; });
    eval(compiled(x));
  };
  once(0);
  const std::size_t before = runtime::active_memory();
  for (int i = 1; i < 100; ++i) once(i);
  EXPECT_EQ(runtime::active_memory(), before);
}

TEST(Compile, MemoryIsDonatedAndFreed) {
  auto compiled = compile([](const array& x) { return x * 2; });
  array x = ones({1024});
  for (int i = 0; i < 20; ++i) x = compiled(x) * 0.5F;
  EXPECT_EQ(values<float>(x)[7], 1.0F);
}

}  // namespace
}  // namespace cermet
