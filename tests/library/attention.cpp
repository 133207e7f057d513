// Attention against the graph's reference, over layouts, masks, dtypes and block edges; gradients against differences;
// results that do not depend on the number of threads; the loops over rows by themselves.
#include "library/attention/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "base/error.h"
#include "graph/ops/attention.h"
#include "library/attention/rows.h"
#include "runtime/thread_pool.h"

namespace cermet::library {
namespace {

using graph::AttentionArguments;
using graph::MaskKind;
using graph::ReferenceArray;

/// An operand with memory of its own, and the same for the reference.
struct Value {
  std::vector<char> memory;
  Operand operand;

  Value(Dtype dtype, std::vector<std::int64_t> shape, std::mt19937& random, bool swapped = false) {
    operand.dtype = dtype;
    operand.shape.assign(shape.begin(), shape.end());
    std::vector<std::size_t> order{0, 1, 2, 3};
    order.resize(shape.size());
    if (swapped) std::swap(order[1], order[2]);  // (batch, length, heads, size) in memory, as projections give it
    operand.strides.resize(shape.size());
    std::int64_t stride = 1;
    for (std::size_t k = order.size(); k-- > 0;) {
      operand.strides[order[k]] = stride;
      stride *= shape[order[k]];
    }
    memory.resize(static_cast<std::size_t>(stride) * dtype.size() + 1);
    operand.data = memory.data();
    std::uniform_real_distribution<double> uniform(-1, 1);
    for (std::int64_t i = 0; i < stride; ++i) set(i, is_bool(dtype) ? (random() % 4 != 0) : uniform(random));
  }
  void set(std::int64_t i, double value) {
    Literal::of(operand.dtype, value).store(memory.data() + static_cast<std::size_t>(i) * operand.dtype.size());
  }
  double get(std::int64_t i) const {
    return Literal::load(operand.dtype, memory.data() + static_cast<std::size_t>(i) * operand.dtype.size()).as_double();
  }
  ReferenceArray reference() const {
    ReferenceArray out{{operand.shape.begin(), operand.shape.end()}, operand.dtype, {}};
    for (std::int64_t i = 0; i < operand.elements(); ++i) {
      std::int64_t rest = i, at = 0;
      for (std::size_t k = operand.shape.size(); k-- > 0;) {
        at += rest % operand.shape[k] * operand.strides[k];
        rest /= operand.shape[k];
      }
      out.elements.push_back(Literal::of(operand.dtype, get(at)));
    }
    return out;
  }
};

struct Case {
  std::int64_t batch, heads, groups, queries, keys, size, values;
};

struct Problem {
  Case extents;
  AttentionArguments given;
  std::vector<Value> inputs;

  Problem(const Case& c, Dtype dtype, bool causal, MaskKind mask, bool sinks, std::uint32_t seed, bool swapped)
      : extents(c) {
    std::mt19937 random(seed);
    given.causal = causal;
    given.mask = mask;
    given.sinks = sinks;
    given.scale = 0.7;
    inputs.emplace_back(dtype, std::vector{c.batch, c.heads, c.queries, c.size}, random, swapped);
    inputs.emplace_back(dtype, std::vector{c.batch, c.groups, c.keys, c.size}, random, swapped);
    inputs.emplace_back(dtype, std::vector{c.batch, c.groups, c.keys, c.values}, random, swapped);
    const Dtype of_mask = mask == MaskKind::boolean ? bool_ : dtype;
    if (mask != MaskKind::none) {
      const bool whole = seed % 2 == 0;
      inputs.emplace_back(of_mask, std::vector{whole ? c.batch : 1, std::int64_t{1}, whole ? c.queries : 1, c.keys},
                          random);
    }
    if (sinks) inputs.emplace_back(dtype, std::vector{std::int64_t{1}, c.heads}, random);
  }

  std::vector<std::int64_t> result_shape() const {
    return {extents.batch, extents.heads, extents.queries, extents.values};
  }
  std::vector<double> expected() const {
    std::vector<ReferenceArray> references;
    for (const Value& x : inputs) references.push_back(x.reference());
    std::vector<double> out;
    for (const Literal& x : graph::interpret_attention(given.call("attention"), references)) {
      out.push_back(x.as_double());
    }
    return out;
  }
  Value run(std::string_view name, std::vector<std::int64_t> shape, const Value* cotangent = nullptr) const {
    std::mt19937 random(1);
    Value result(inputs[0].operand.dtype, std::move(shape), random);
    std::vector<Operand> operands;
    for (const Value& x : inputs) operands.push_back(x.operand);
    if (cotangent != nullptr) operands.push_back(cotangent->operand);
    operands.push_back(result.operand);
    const Primitive call = given.call(name);
    if (name == "attention") run_attention(call, operands);
    if (name == "attention_grad") run_attention_grad(call, operands);
    if (name == "attention_mask_grad") run_attention_mask_grad(call, operands);
    return result;
  }
};

constexpr Case cases[] = {
    {1, 1, 1, 1, 1, 1, 1},     {2, 4, 2, 5, 7, 6, 3},       {1, 2, 1, 1, 33, 64, 64}, {1, 3, 3, 4, 600, 17, 65},
    {2, 2, 2, 130, 40, 16, 8}, {1, 2, 1, 129, 1030, 8, 16}, {1, 1, 1, 9, 3, 4, 4},
};

TEST(attention, equals_the_reference) {
  std::uint32_t seed = 0;
  for (const Case& c : cases) {
    for (const Dtype dtype : {float32, float16, bfloat16}) {
      for (const MaskKind mask : {MaskKind::none, MaskKind::boolean, MaskKind::additive}) {
        const bool causal = seed % 3 == 0, sinks = seed % 5 == 0, swapped = seed % 2 == 1;
        const Problem problem(c, dtype, causal, mask, sinks, ++seed, swapped);
        const Value result = problem.run("attention", problem.result_shape());
        const std::vector<double> expected = problem.expected();
        const double tolerance = dtype == float32 ? 3e-6 : dtype == float16 ? 2e-3 : 1.6e-2;
        for (std::size_t i = 0; i < expected.size(); ++i) {
          ASSERT_NEAR(result.get(static_cast<std::int64_t>(i)), expected[i], tolerance)
              << name(dtype) << " seed " << seed << " element " << i;
        }
      }
    }
  }
}

/// sum(cotangent * result) of the reference.
double weighted(const Problem& problem, const Value& cotangent) {
  const std::vector<double> y = problem.expected();
  double sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * cotangent.get(static_cast<std::int64_t>(i));
  return sum;
}

TEST(attention, gradients_equal_differences) {
  const Case c{2, 4, 2, 5, 6, 3, 4};
  for (const bool causal : {false, true}) {
    Problem problem(c, float32, causal, MaskKind::additive, true, 4, false);
    std::mt19937 random(5);
    const Value cotangent(float32, problem.result_shape(), random);
    std::int64_t total = 0;
    for (const std::size_t k : {0, 1, 2, 4}) total += problem.inputs[k].operand.elements();
    const Value packed = problem.run("attention_grad", {total}, &cotangent);
    const auto& mask_shape = problem.inputs[3].operand.shape;
    const Value of_mask = problem.run("attention_mask_grad", {mask_shape.begin(), mask_shape.end()}, &cotangent);
    std::int64_t at = 0;
    for (const std::size_t k : {0, 1, 2, 4, 3}) {
      Value& x = problem.inputs[k];
      for (std::int64_t i = 0; i < x.operand.elements(); ++i) {
        const double before = x.get(i), step = 1.0 / 256;
        x.set(i, before + step);
        const double above = weighted(problem, cotangent);
        x.set(i, before - step);
        const double below = weighted(problem, cotangent);
        x.set(i, before);
        const double found = k == 3 ? of_mask.get(i) : packed.get(at + i);
        ASSERT_NEAR(found, (above - below) / (2 * step), 2e-4) << "input " << k << " element " << i;
      }
      at += x.operand.elements();
    }
  }
}

TEST(attention, equal_bits_for_all_numbers_of_threads) {
  const Problem problem({2, 4, 2, 300, 700, 24, 24}, float32, true, MaskKind::none, true, 7, true);
  std::mt19937 random(5);
  const Value cotangent(float32, problem.result_shape(), random);
  std::int64_t total = 0;
  for (const Value& x : problem.inputs) total += x.operand.elements();
  const int before = runtime::thread_count();
  std::vector<std::vector<char>> results, gradients;
  for (const int threads : {1, 2, 5}) {
    runtime::set_thread_count(threads);
    results.push_back(problem.run("attention", problem.result_shape()).memory);
    gradients.push_back(problem.run("attention_grad", {total}, &cotangent).memory);
  }
  runtime::set_thread_count(before);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
  EXPECT_EQ(gradients[0], gradients[1]);
  EXPECT_EQ(gradients[0], gradients[2]);
}

TEST(attention, no_keys_give_zeros) {
  const Problem problem({1, 2, 1, 3, 0, 4, 5}, float32, false, MaskKind::none, false, 2, false);
  const Value result = problem.run("attention", problem.result_shape());
  for (std::int64_t i = 0; i < result.operand.elements(); ++i) EXPECT_EQ(result.get(i), 0);
}

TEST(attention, heads_that_do_not_divide_are_refused) {
  const Problem problem({1, 3, 2, 1, 4, 4, 4}, float32, false, MaskKind::none, false, 2, false);
  EXPECT_THROW(problem.run("attention", problem.result_shape()), ValueError);
}

TEST(attention, exponentials_of_rows) {
  const RowFunctions& rows = row_functions();
  for (const std::int64_t n : {1, 15, 16, 17, 100}) {
    std::vector<float> row(static_cast<std::size_t>(n)), x(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) x[i] = row[i] = -0.9F * static_cast<float>(i * i % 113);
    const float sum = rows.exponentials(row.data(), n, 1, 0);
    double expected = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const double e = std::exp(static_cast<double>(x[i]));
      expected += e;
      EXPECT_NEAR(static_cast<double>(row[i]), e, x[i] < -87 ? 1.2e-38 : e * 3e-7);
    }
    EXPECT_NEAR(static_cast<double>(sum), expected, 1e-6 * expected);
  }
  constexpr float infinity = std::numeric_limits<float>::infinity();
  float specials[] = {-infinity, std::numeric_limits<float>::quiet_NaN(), 0};
  rows.exponentials(specials, 3, 1, 0);
  EXPECT_EQ(specials[0], 0);
  EXPECT_TRUE(std::isnan(specials[1]));
  EXPECT_EQ(specials[2], 1);
}

}  // namespace
}  // namespace cermet::library
