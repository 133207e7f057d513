// Declared state of compiled functions in C++: handles read and assigned in place, memory, refused captures.
#include <gmock/gmock.h>

#include <map>

#include "array/values.h"
#include "runtime/buffer.h"

namespace cermet {
namespace {

using test::message_of;
using test::values;
using testing::ElementsAre;
using testing::HasSubstr;

struct Layer {
  array weight, bias;
};

struct Model {
  std::vector<Layer> layers;
  std::vector<array*> parameters() {
    std::vector<array*> all;
    for (Layer& layer : layers) {
      all.push_back(&layer.weight);
      all.push_back(&layer.bias);
    }
    return all;
  }
};

TEST(State, IsReadAndAssignedAtEveryCallWithOneTrace) {
  array w({1.0F, 2.0F});
  const array before = w;
  State state(w);
  auto step = compile(
      [&](const array& x) {
        w = w - 0.5F * x;
        return sum(w);
      },
      {.inputs = state, .outputs = state});
  EXPECT_EQ(step(array({1.0F, 1.0F})).item<float>(), 2);
  EXPECT_EQ(step(array({1.0F, 1.0F})).item<float>(), 1);
  w = array({10.0F, 20.0F});
  EXPECT_EQ(step(array({1.0F, 1.0F})).item<float>(), 29);
  EXPECT_THAT(values<float>(w), ElementsAre(9.5F, 19.5F));
  EXPECT_THAT(values<float>(before), ElementsAre(1, 2));
  EXPECT_EQ(step.statistics().traces, 1U);
}

TEST(State, OfPointersVectorsMapsAndAggregates) {
  Model model{{{array({1.0F}), array({2.0F})}, {array({3.0F}), array({4.0F})}}};
  std::map<std::string, std::vector<array>> moments{{"m", {array({0.0F})}}, {"v", {array({0.0F}), array({1.0F})}}};
  Layer extra{array({5.0F}), array({6.0F})};
  State state(model.parameters(), moments, extra, random::state());
  auto step = compile(
      [&](const array& x) {
        for (Layer& layer : model.layers) layer.weight = layer.weight * layer.bias + x;
        for (auto& [name, arrays] : moments) {
          for (array& moment : arrays) moment = moment + extra.weight;
        }
        return extra.bias + random::uniform({1}) * 0;
      },
      {.inputs = state});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(step(array({1.0F})).item<float>(), 6);
  EXPECT_EQ(model.layers[0].weight.item<float>(), 7);
  EXPECT_EQ(model.layers[1].weight.item<float>(), 53);
  EXPECT_EQ(moments["v"][1].item<float>(), 11);
  EXPECT_EQ(step.statistics().traces, 1U);
}

TEST(State, ThatGrowsTracesAgainAndSaysWhy) {
  std::vector<array> history{array({1.0F})};
  State state(history);
  auto f = compile(
      [&] {
        array total = history[0];
        for (std::size_t i = 1; i < history.size(); ++i) total = total + history[i];
        history[0] = history[0] + 1;
        return total;
      },
      {.inputs = state, .outputs = state});
  EXPECT_EQ(f().item<float>(), 1);
  history.push_back(array({10.0F}));
  EXPECT_EQ(f().item<float>(), 12);
  history[1] = array({10.0F, 20.0F});
  EXPECT_THAT(values<float>(f()), ElementsAre(13, 23));
  const CompileStatistics statistics = f.statistics();
  EXPECT_EQ(statistics.traces, 3U);
  EXPECT_THAT(statistics.retrace_reasons.at(1), HasSubstr("state 1: shape (1,) -> (2,)"));
}

TEST(State, AFailingTraceChangesNothing) {
  array w({1.0F});
  State state(w);
  auto f = compile(
      [&](const array& x) -> array {
        w = w + x;
        throw std::runtime_error("fault");
      },
      {.inputs = state, .outputs = state});
  EXPECT_THROW(f(array({1.0F})), std::runtime_error);
  EXPECT_THAT(values<float>(w), ElementsAre(1));
  EXPECT_FALSE(w.is_traced());
}

TEST(State, OneHandleTwiceIsOne) {
  array w({1.0F});
  State state(w, std::vector<array*>{&w});
  auto f = compile(
      [&] {
        w = w * 2;
        return w + 0;
      },
      {.inputs = state, .outputs = State(w)});
  EXPECT_EQ(f().item<float>(), 2);
  EXPECT_EQ(f().item<float>(), 4);
}

TEST(State, IsUpdatedInItsOwnMemory) {
  constexpr int extent = 1 << 20;
  std::vector<array> weights{ones({extent}), ones({extent}), ones({extent})};
  State state(weights);
  auto step = compile(
      [&](const array& x) {
        for (array& w : weights) w = w * 0.5F + x;
        return x;
      },
      {.inputs = state, .outputs = state});
  const array x(1.0F);
  for (int i = 0; i < 2; ++i) {
    step(x);
    eval(weights);
  }
  clear_cache();
  const std::size_t start = get_active_memory();
  reset_peak_memory();
  for (int i = 0; i < 3; ++i) {
    step(x);
    eval(weights);
  }
  EXPECT_LT(get_peak_memory() - start, sizeof(float) * extent / 2);
  const array kept = weights[0];
  const float first = slice(kept, {0}, {1}).item<float>();
  step(x);
  eval(weights);
  EXPECT_EQ(slice(kept, {0}, {1}).item<float>(), first);
}

TEST(State, UndeclaredArraysCanBeRefused) {
  array w({1.0F, 2.0F}), forgotten({3.0F, 4.0F});
  State state(w);
  const auto body = [&](const array& x) {
    w = w + x * forgotten + array({1.0F, 1.0F});
    return w * 1;
  };
  auto strict = compile(body, {.inputs = state, .outputs = state, .capture = capture::error});
  EXPECT_THAT(message_of<TraceError>([&] { strict(array({1.0F, 1.0F})); }), HasSubstr("float32 array of shape (2,)"));
  EXPECT_THAT(values<float>(w), ElementsAre(1, 2));
  State all(w, forgotten);
  auto declared = compile(body, {.inputs = all, .outputs = all, .capture = capture::error});
  EXPECT_THAT(values<float>(declared(array({1.0F, 1.0F}))), ElementsAre(5, 7));
  auto undeclared = compile([&](const array& x) {
    forgotten = x;
    return x;
  });
  EXPECT_THAT(message_of<TraceError>([&] { undeclared(array({1.0F, 1.0F})); }), HasSubstr("declare it as state"));
}

TEST(State, TrainsWithValueAndGrad) {
  array w({0.0F, 0.0F}), moment({0.0F, 0.0F});
  State state(w, moment);
  const auto loss = [](const std::vector<array>& v) {
    return std::vector<array>{mean(square(matmul(v[1], v[0]) - v[2]))};
  };
  const auto body = [&](const array& x, const array& y) {
    const auto [value, gradient] = value_and_grad(loss)({w, x, y});
    moment = 0.9F * moment + gradient[0];
    w = w - 0.05F * moment;
    return value[0];
  };
  auto step = compile(body, {.inputs = state, .outputs = state, .shapeless = true});
  const array x = random::normal({32, 2}, random::key(1));
  const array y = matmul(x, array({1.0F, -2.0F}));
  for (int i = 0; i < 200; ++i) step(x, y);
  EXPECT_LT(step(x, y).item<float>(), 1e-6);
  EXPECT_NEAR(values<float>(w)[1], -2, 1e-2);
  EXPECT_EQ(step.statistics().traces, 1U);
}

}  // namespace
}  // namespace cermet
