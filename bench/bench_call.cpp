// The cost of calling a compiled function from C++: the call alone (its result dropped unevaluated) and with eval.
#include <benchmark/benchmark.h>
#include <cermet/cermet.h>

#include <cmath>
#include <vector>

namespace {

using cermet::array;

array gelu(const array& x) { return x * (1 + erf(x / std::sqrt(2.0f))) / 2; }

array small_input() {
  std::vector<float> values(16);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) * 0.25f - 2.0f;
  return array(values.begin(), {16});
}

void call(benchmark::State& state) {
  const auto compiled = cermet::compile(gelu);
  const array x = small_input();
  array warm = compiled(x);
  warm.eval();
  for (auto _ : state) benchmark::DoNotOptimize(compiled(x));
}
BENCHMARK(call);

void call_and_eval(benchmark::State& state) {
  const auto compiled = cermet::compile(gelu);
  const array x = small_input();
  for (auto _ : state) {
    array y = compiled(x);
    y.eval();
    benchmark::DoNotOptimize(y);
  }
}
BENCHMARK(call_and_eval);

}  // namespace
