// Derivatives from C++: values against finite differences in double precision, composition, and custom rules.
#include <cermet/autodiff.h>
#include <cermet/cermet.h>
#include <gtest/gtest.h>

#include <cmath>

namespace cermet {
namespace {

using Arrays = std::vector<array>;

array doubles(std::initializer_list<double> values, Shape shape) { return array(values, std::move(shape), float64); }

std::vector<double> elements(array x) {
  x = astype(x, float64);
  std::vector<double> out(static_cast<std::size_t>(x.size()));
  x.copy_to(out.data());
  return out;
}

void expect_near(const array& found, const array& expected, double tolerance) {
  ASSERT_EQ(found.shape(), expected.shape());
  const std::vector<double> a = elements(found), b = elements(expected);
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_NEAR(a[i], b[i], tolerance * (1 + std::abs(b[i]))) << "element " << i;
}

/// d f / d x of a scalar function by central differences.
array differences(const std::function<array(const array&)>& f, const array& x) {
  const std::vector<double> at = elements(x);
  std::vector<double> out;
  constexpr double step = 1e-6;
  for (std::size_t i = 0; i < at.size(); ++i) {
    std::vector<double> up = at, down = at;
    up[i] += step;
    down[i] -= step;
    const double high = f(array(up.begin(), x.shape(), float64)).item<double>();
    const double low = f(array(down.begin(), x.shape(), float64)).item<double>();
    out.push_back((high - low) / (2 * step));
  }
  return array(out.begin(), x.shape(), float64);
}

/// The gradient, the tangent along a direction and the gradient's own tangent agree with differences.
void expect_derivatives(const std::function<array(const array&)>& f, const array& x) {
  const array gradient = grad(f)(x);
  expect_near(gradient, differences(f, x), 1e-6);
  const array direction = array(std::vector<double>(elements(x).size(), 0.5).begin(), x.shape(), float64) + x * 0.25;
  const auto flat = [&](const Arrays& in) { return Arrays{f(in[0])}; };
  const array tangent = jvp(flat, {x}, {direction}).second[0];
  expect_near(tangent, sum(gradient * direction), 1e-9);
  const auto slope = [&](const array& at) { return sum(grad(f)(at) * direction); };
  expect_near(grad(slope)(x), differences(slope, x), 1e-5);
}

const array& sample() {
  static const array x = doubles({0.3, -1.2, 2.0, 0.7, 1.1, -0.4}, {2, 3});
  return x;
}

TEST(Autodiff, ElementwiseChain) {
  expect_derivatives([](const array& x) { return sum(exp(sin(x)) * x + tanh(x) / (1.5 + cos(x))); }, sample());
  expect_derivatives([](const array& x) { return sum(log(square(x) + 1.0) * where(greater(x, 0.0), x, -2.0 * x)); },
                     sample());
}

TEST(Autodiff, ReductionsAndComposites) {
  expect_derivatives([](const array& x) { return sum(mean(square(x), 1) * max(x, 1)); }, sample());
  expect_derivatives([](const array& x) { return prod(x) + sum(prod(x, 0)); }, sample());
  expect_derivatives([](const array& x) { return sum(softmax(x, 1) * square(x)) + sum(var(x, 0)); }, sample());
  expect_derivatives([](const array& x) { return sum(logsumexp(x * 2.0, 1) * mean(x)) + sum(std(x, 1)); }, sample());
}

TEST(Autodiff, ProductsWithZeros) {
  const array x = doubles({0.0, 2.0, 3.0, 0.0, 0.0, 5.0}, {2, 3});
  expect_near(grad([](const array& a) { return sum(prod(a, 1)); })(x), doubles({6, 0, 0, 0, 0, 0}, {2, 3}), 1e-12);
}

TEST(Autodiff, Views) {
  expect_derivatives(
      [](const array& x) {
        const array y = transpose(reshape(x, {3, 2}));
        const array part = slice(y, {0, 0}, {2, 3}, {1, 2});
        return sum(square(concatenate({part, broadcast_to(slice(x, {0, 1}, {1, 2}), {2, 1})}, 1)));
      },
      sample());
}

TEST(Autodiff, MatrixProducts) {
  const array w = doubles({0.2, -0.5, 1.0, 0.4, 0.1, 0.9}, {3, 2});
  expect_derivatives([&](const array& x) { return sum(tanh(matmul(x, w))); }, sample());
  expect_derivatives([&](const array& x) { return sum(square(matmul(transpose(x), x))); }, sample());
}

TEST(Autodiff, ATwoLayerNetworkUnderCompile) {
  const auto loss = [](const array& w) { return mean(square(matmul(w, transpose(w)) - 1.0)); };
  const array plain = grad(loss)(sample());
  auto compiled = compile([&](const array& w) { return grad(loss)(w); });
  expect_near(compiled(sample()), plain, 1e-12);
  auto inner = compile(loss);
  expect_near(grad([&](const array& w) { return inner(w); })(sample()), plain, 1e-12);
}

TEST(Autodiff, ReadingValuesInsideIsAllowed) {
  const auto f = [](const array& x) { return sum(x).item<double>() > 0 ? sum(square(x)) : sum(x); };
  expect_near(grad(f)(sample()), 2.0 * sample(), 1e-12);
}

TEST(Autodiff, StopGradient) {
  const auto f = [](const array& x) { return sum(stop_gradient(square(x)) * x); };
  expect_near(grad(f)(sample()), square(sample()), 1e-12);
}

TEST(Autodiff, VmapOfGradAndGradOfVmap) {
  const auto f = [](const Arrays& in) { return Arrays{sum(sin(in[0]) * in[1])}; };
  const array weights = doubles({1, 2, 3}, {3});
  const Arrays rows = vmap(grad(f), {0, -1})({sample(), weights});
  expect_near(rows[0], cos(sample()) * weights, 1e-12);
  const auto total = [&](const array& x) { return sum(vmap(f, {0, -1})({x, weights})[0]); };
  expect_near(grad(total)(sample()), cos(sample()) * weights, 1e-12);
}

TEST(Autodiff, VmapMovesTheBatchAxis) {
  const auto f = [](const Arrays& in) { return Arrays{matmul(in[0], in[1]), sum(in[0])}; };
  const array a = reshape(arange(24.0, float64), {2, 3, 4}), b = reshape(arange(20.0, float64), {4, 5});
  const Arrays out = vmap(f, {1, -1}, {2, 0})({a, b});
  for (int i = 0; i < 3; ++i) {
    const array row = squeeze(slice(a, {0, i, 0}, {2, i + 1, 4}), 1);
    expect_near(squeeze(slice(out[0], {0, 0, i}, {2, 5, i + 1}), 2), matmul(row, b), 1e-12);
  }
  EXPECT_EQ(out[1].shape(), Shape{3});
}

TEST(Autodiff, CustomRules) {
  CustomRules rules;
  rules.vjp = [](const Arrays& primals, const Arrays& cotangents, const Arrays&) {
    return Arrays{cotangents[0] * primals[0] * 100.0};
  };
  const auto f = custom_function([](const Arrays& in) { return Arrays{square(in[0])}; }, rules);
  const auto loss = [&](const array& x) { return sum(f({x})[0]); };
  expect_near(grad(loss)(sample()), 100.0 * sample(), 1e-12);
  const auto again = checkpoint([](const Arrays& in) { return Arrays{exp(in[0]) * in[0]}; });
  expect_derivatives([&](const array& x) { return sum(again({x})[0]); }, sample());
}

TEST(Autodiff, RulesHoldInVmap) {
  CustomRules rules;
  rules.vjp = [](const Arrays& primals, const Arrays& cotangents, const Arrays&) {
    return Arrays{cotangents[0] * primals[0] * 100.0};
  };
  int batches = 0;
  rules.vmap = [&](const Arrays& inputs, const std::vector<int>& axes) {
    ++batches;
    EXPECT_EQ(axes, std::vector<int>{0});
    return std::pair(Arrays{square(inputs[0])}, std::vector<int>{0});
  };
  const auto f = custom_function([](const Arrays& in) { return Arrays{square(in[0])}; }, rules);
  const auto loss = [&](const array& x) { return sum(vmap(f)({x})[0]); };
  expect_near(vmap(f)({sample()})[0], square(sample()), 1e-12);
  expect_near(grad(loss)(sample()), 100.0 * sample(), 1e-12);
  EXPECT_EQ(batches, 2);
  EXPECT_THROW(jvp(f, {sample()}, {sample()}), ValueError);
}

TEST(Autodiff, DependsPassesDerivativesToItsInputs) {
  const auto loss = [](const array& x) { return sum(square(depends({x}, {exp(x)})[0])); };
  expect_derivatives(loss, sample());
  EXPECT_TRUE(depends({}, {sample()}).empty());
}

TEST(Autodiff, Errors) {
  const auto vector_valued = [](const array& x) { return square(x); };
  EXPECT_THROW(grad(std::function<array(const array&)>(vector_valued))(sample()), ValueError);
  EXPECT_THROW(grad([](const array& x) { return sum(x); })(array({1, 2})), ValueError);
  const auto f = [](const Arrays& in) { return in; };
  EXPECT_THROW(vjp(f, {sample()}, {}), ValueError);
  EXPECT_THROW(vmap(f, {0, 0})({zeros({2}), zeros({3})}), ValueError);
  EXPECT_THROW(vmap(f, {-1})({zeros({2})}), ValueError);
}

}  // namespace
}  // namespace cermet
