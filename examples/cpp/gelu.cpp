// Compiles GELU from a lambda, checks it against the uncompiled function and shows that it traced once.
#include <cermet/cermet.h>

#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <vector>

using cermet::array;

int main() {
  int runs = 0;
  const auto gelu = [&runs](const array& x) {
    ++runs;  // plain C++ code runs in a trace only
    return x * (1 + erf(x / std::sqrt(2.0f))) / 2;
  };
  const auto compiled = cermet::compile(gelu);

  const array x = cermet::random::uniform(-3.0f, 3.0f, {8, 1000});
  array y = compiled(x);
  for (int i = 0; i < 100; ++i) y = compiled(x);
  std::cout << "a hundred calls ran the lambda " << runs << " time(s)\n";
  const int traces = runs;

  array difference = max(abs(y - gelu(x)));
  std::cout << "largest difference from the uncompiled function: " << difference << "\n";
  // MLX's form works too: a function from vectors of arrays to vectors of arrays.
  const std::function<std::vector<array>(const std::vector<array>&)> powers = [](const std::vector<array>& inputs) {
    const array& a = inputs[0];
    return std::vector<array>{a * a, a * a * a};
  };
  std::vector<array> results = cermet::compile(powers)({array({1.0f, 2.0f, 3.0f})});
  std::cout << results[0] << "\n" << results[1] << "\n";

  const bool right = traces == 1 && difference.item<float>() < 1e-6f && results[1].data<float>()[2] == 27.0f;
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
