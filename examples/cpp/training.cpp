// Trains a network of the digits' size (64-256-256-10) on made-up digits, with AdamW, once with the plain step and once
// with the compiled one: equal losses, one trace, parameters updated in place.
#include <cermet/cermet.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <utility>
#include <vector>

using cermet::array;
using cermet::State;

struct Linear {
  array weight, bias;

  Linear(int inputs, int outputs)
      : weight(cermet::random::uniform(-1 / std::sqrt(float(inputs)), 1 / std::sqrt(float(inputs)), {outputs, inputs})),
        bias(cermet::zeros({outputs})) {}
};

/// Logits of a batch; parameters are weight, bias, weight, bias, ...
array network(const std::vector<array>& parameters, array x) {
  for (std::size_t i = 0; i < parameters.size(); i += 2) {
    x = matmul(x, transpose(parameters[i])) + parameters[i + 1];
    if (i + 2 < parameters.size()) x = maximum(x, 0.0f);
  }
  return x;
}

array cross_entropy(const array& logits, const array& labels) {
  const array chosen = squeeze(take_along_axis(logits, expand_dims(labels, -1), -1), -1);
  return mean(logsumexp(logits, -1) - chosen);
}

/// A network, AdamW (Loshchilov and Hutter, 2017) and its moments.
struct Trainer {
  std::vector<array> parameters, means, squares;
  array step = array(0.0f);

  Trainer() {
    cermet::random::seed(7);
    for (const auto& [inputs, outputs] : {std::pair{64, 256}, {256, 256}, {256, 10}}) {
      const Linear layer(inputs, outputs);
      parameters.insert(parameters.end(), {layer.weight, layer.bias});
    }
    for (const array& p : parameters) {
      means.push_back(zeros_like(p));
      squares.push_back(zeros_like(p));
    }
  }

  array train(const array& x, const array& labels) {
    const auto loss_of = [&](const std::vector<array>& p) {
      return std::vector<array>{cross_entropy(network(p, x), labels)};
    };
    const auto [losses, gradients] = cermet::value_and_grad(loss_of, {0, 1, 2, 3, 4, 5})(parameters);
    update(gradients);
    return losses[0];
  }

  void update(const std::vector<array>& gradients) {
    const float rate = 1e-3f, b1 = 0.9f, b2 = 0.999f, decay = 0.01f, epsilon = 1e-8f;
    step = step + 1.0f;
    const array bias1 = 1.0f - cermet::power(b1, step), bias2 = 1.0f - cermet::power(b2, step);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      means[i] = b1 * means[i] + (1 - b1) * gradients[i];
      squares[i] = b2 * squares[i] + (1 - b2) * square(gradients[i]);
      const array direction = (means[i] / bias1) / (sqrt(squares[i] / bias2) + epsilon);
      parameters[i] = parameters[i] * (1 - rate * decay) - rate * direction;
    }
  }

  void evaluate() {
    cermet::eval(parameters);
    cermet::eval(means);
    cermet::eval(squares);
  }
};

/// Ten fixed patterns of 8 x 8 pixels under noise: (images, labels).
std::pair<array, array> made_up_digits(int count) {
  const array patterns = cermet::random::uniform(0.0f, 1.0f, {10, 64}, cermet::float32, cermet::random::key(1));
  const array labels = cermet::random::randint(0, 10, {count}, cermet::int32, cermet::random::key(2));
  const array noise = cermet::random::normal({count, 64}, cermet::float32, cermet::random::key(3));
  return {take(patterns, labels, 0) + 0.3f * noise, labels};
}

int main() {
  const auto [images, labels] = made_up_digits(64);
  Trainer plain, traced;
  State state(traced.parameters, traced.means, traced.squares, traced.step);
  const auto compiled = cermet::compile([&](const array& x, const array& y) { return traced.train(x, y); },
                                        {.inputs = state, .outputs = state, .capture = cermet::capture::error});

  const auto timed = [](auto&& call) {
    const auto begin = std::chrono::steady_clock::now();
    const float loss = call();
    return std::pair(loss, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  };
  float largest_gap = 0, loss = 0;
  double plain_ms = 0, compiled_ms = 0;
  const int steps = 200;
  for (int i = 0; i < steps; ++i) {
    const auto [expected, slow] = timed([&] {
      array value = plain.train(images, labels);
      plain.evaluate();
      return value.item<float>();
    });
    const auto [found, fast] = timed([&] {
      array value = compiled(images, labels);
      traced.evaluate();
      return value.item<float>();
    });
    largest_gap = std::max(largest_gap, std::abs(found - expected));
    loss = found;
    if (i > 0) {  // the first step makes the kernels
      plain_ms += slow / (steps - 1);
      compiled_ms += fast / (steps - 1);
    }
  }
  const auto traces = compiled.statistics().traces;
  std::cout << std::setprecision(3) << steps << " steps, loss " << loss << "; uncompiled " << plain_ms
            << " ms, compiled " << compiled_ms << " ms a step; traces: " << traces << "; losses differ by at most "
            << largest_gap << "\n";
  return traces == 1 && largest_gap < 1e-3f && loss < 0.1f ? EXIT_SUCCESS : EXIT_FAILURE;
}
