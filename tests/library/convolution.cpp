// Convolutions and Fourier transforms as library calls: against the graph's reference, and the same bits with any
// number of threads.
#include "graph/ops/convolution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstring>
#include <random>
#include <vector>

#include "base/error.h"
#include "graph/ops/fft.h"
#include "library/conv/conv.h"
#include "library/fft/fft.h"
#include "runtime/thread_pool.h"

namespace cermet::library {
namespace {

using graph::ConvolutionArguments;

// An array with memory of its own.
struct Held {
  Held(Dtype dtype, std::vector<std::int64_t> shape) {
    window.dtype = dtype;
    window.shape = {shape.begin(), shape.end()};
    window.strides.resize(shape.size());
    std::int64_t stride = 1;
    for (std::size_t k = shape.size(); k-- > 0; stride *= shape[k]) window.strides[k] = stride;
    memory.assign(std::max<std::size_t>(1, window.bytes()), 'x');
    window.data = memory.data();
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  std::vector<Literal> elements() const {
    std::vector<Literal> out;
    for (std::int64_t i = 0; i < window.elements(); ++i) {
      out.push_back(Literal::load(window.dtype, memory.data() + static_cast<std::size_t>(i) * window.dtype.size()));
    }
    return out;
  }
  void fill(unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    for (std::int64_t i = 0; i < window.elements(); ++i) {
      const double re = normal(random), im = is_complex(window.dtype) ? normal(random) : 0;
      const Literal value =
          is_complex(window.dtype) ? Literal::of_complex(window.dtype, {re, im}) : Literal::of(window.dtype, re);
      value.store(memory.data() + static_cast<std::size_t>(i) * window.dtype.size());
    }
  }
  graph::ReferenceArray reference() const {
    return {{window.shape.begin(), window.shape.end()}, window.dtype, elements()};
  }

  Operand window;
  std::vector<char> memory;
};

using Run = void (*)(const Primitive& call, std::span<const Operand> operands);

std::vector<std::int64_t> result_shape(const Primitive& call, std::span<const ArrayType> types, Dtype& dtype) {
  IntExprTable table;
  const ArrayType type = infer(call, types, table);
  dtype = type.dtype;
  std::vector<std::int64_t> shape;
  for (Dim d : type.shape) shape.push_back(d.value());
  return shape;
}

ArrayType type_of(const Operand& x) {
  ArrayType type{{}, x.dtype};
  for (std::int64_t extent : x.shape) type.shape.push_back(extent);
  return type;
}

// Runs the call on random inputs with one thread and with three, and compares with the reference.
void check(const Primitive& call, Run run, Dtype dtype, const std::vector<std::vector<std::int64_t>>& shapes,
           double tolerance, bool with_reference = true) {
  std::vector<std::unique_ptr<Held>> inputs;
  std::vector<ArrayType> types;
  std::vector<Operand> operands;
  for (const auto& shape : shapes) {
    inputs.push_back(std::make_unique<Held>(dtype, shape));
    inputs.back()->fill(static_cast<unsigned>(inputs.size()));
    types.push_back(type_of(inputs.back()->window));
    operands.push_back(inputs.back()->window);
  }
  Dtype result_dtype;
  const std::vector<std::int64_t> shape = result_shape(call, types, result_dtype);
  Held one(result_dtype, shape), three(result_dtype, shape);
  const int before = runtime::thread_count();
  for (auto [threads, result] : {std::pair(1, &one), std::pair(3, &three)}) {
    runtime::set_thread_count(threads);
    operands.push_back(result->window);
    run(call, operands);
    operands.pop_back();
  }
  runtime::set_thread_count(before);
  EXPECT_EQ(one.memory, three.memory) << "depends on the number of threads";
  if (!with_reference) return;
  std::vector<graph::ReferenceArray> references;
  for (const auto& input : inputs) references.push_back(input->reference());
  const std::vector<Literal> expected = graph::find_library_op(call.text).interpret(call, references);
  const std::vector<Literal> actual = one.elements();
  ASSERT_EQ(actual.size(), expected.size());
  double largest = 1;
  for (const Literal& value : expected) largest = std::max(largest, std::abs(value.as_complex()));
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_LE(std::abs(actual[i].as_complex() - expected[i].as_complex()), tolerance * largest) << "element " << i;
  }
}

ConvolutionArguments arguments(std::vector<std::int64_t> stride, std::vector<std::int64_t> padding,
                               std::vector<std::int64_t> input_dilation, std::int64_t groups, bool flip) {
  ConvolutionArguments a;
  a.groups = groups;
  a.flip = flip;
  for (std::size_t k = 0; k < stride.size(); ++k) {
    a.stride.push_back(stride[k]);
    a.kernel_dilation.push_back(1 + static_cast<std::int64_t>(k) % 2);
    a.input_dilation.push_back(input_dilation[k]);
    a.low.push_back(padding[k]);
    a.high.push_back(padding[k] + 1);
  }
  return a;
}

void check_both(const ConvolutionArguments& a, Dtype dtype, const std::vector<std::int64_t>& x,
                const std::vector<std::int64_t>& w, double tolerance, bool with_reference = true) {
  const Primitive forward = graph::convolution_call(a);
  check(forward, run_convolution, dtype, {x, w}, tolerance, with_reference);
  IntExprTable table;
  ArrayType types[] = {{{}, dtype}, {{}, dtype}};
  for (std::int64_t extent : x) types[0].shape.push_back(extent);
  for (std::int64_t extent : w) types[1].shape.push_back(extent);
  Dtype same;
  const std::vector<std::int64_t> out = result_shape(forward, types, same);
  ConvolutionArguments with_kernel = a;
  for (std::size_t k = 1; k + 1 < w.size(); ++k) with_kernel.kernel.push_back(w[k]);
  check(graph::convolution_weight_gradient_call(with_kernel), run_convolution_weight_gradient, dtype, {x, out},
        tolerance, with_reference);
}

TEST(Convolution, EqualsTheReference) {
  for (Dtype dtype : {float32, float64}) {
    const double tolerance = dtype == float32 ? 1e-5 : 1e-13;
    for (bool flip : {false, true}) {
      check_both(arguments({1}, {1}, {1}, 1, flip), dtype, {2, 9, 3}, {4, 3, 3}, tolerance);
      check_both(arguments({2, 1}, {1, 2}, {1, 1}, 2, flip), dtype, {2, 7, 6, 4}, {6, 3, 2, 2}, tolerance);
      check_both(arguments({1, 1}, {0, 1}, {2, 3}, 1, flip), dtype, {3, 4, 5, 2}, {3, 2, 3, 2}, tolerance);
      check_both(arguments({2, 3}, {1, 0}, {2, 1}, 3, flip), dtype, {1, 6, 7, 3}, {6, 2, 2, 1}, tolerance);
      check_both(arguments({1, 2}, {-1, 0}, {1, 1}, 1, flip), dtype, {2, 6, 7, 3}, {2, 2, 2, 3}, tolerance);
      check_both(arguments({1, 2, 1}, {1, 0, 1}, {1, 1, 1}, 1, flip), dtype, {2, 4, 5, 4, 2}, {3, 2, 3, 2, 2},
                 tolerance);
    }
  }
}

TEST(Convolution, HalfTypesRoundOnce) {
  check_both(arguments({1, 1}, {1, 1}, {1, 1}, 1, false), float16, {2, 6, 6, 8}, {8, 3, 3, 8}, 1e-3);
  check_both(arguments({1, 1}, {1, 1}, {1, 1}, 1, false), bfloat16, {2, 6, 6, 8}, {8, 3, 3, 8}, 8e-3);
  check_both(arguments({2, 2}, {1, 1}, {2, 2}, 1, true), bfloat16, {2, 6, 6, 8}, {8, 3, 3, 8}, 8e-3);
}

TEST(Convolution, TilesDoNotDependOnThreads) {
  check_both(arguments({1, 1}, {1, 1}, {1, 1}, 1, false), float32, {1, 80, 60, 32}, {48, 3, 2, 32}, 0, false);
  check_both(arguments({1, 1}, {1, 1}, {2, 2}, 1, true), float32, {2, 30, 40, 24}, {16, 4, 3, 24}, 0, false);
  check_both(arguments({2, 2}, {3, 3}, {1, 1}, 1, false), float32, {9, 33, 40, 3}, {32, 7, 4, 3}, 0, false);
  check_both(arguments({1, 1}, {1, 1}, {1, 1}, 32, false), float32, {3, 40, 40, 32}, {32, 3, 2, 1}, 0, false);
}

TEST(Convolution, SumsOfNothingAreZero) {
  check(graph::convolution_call(arguments({1}, {0}, {1}, 1, false)), run_convolution, float32, {{2, 5, 0}, {3, 2, 0}},
        0);
  ConvolutionArguments a = arguments({1}, {0}, {1}, 1, false);
  a.kernel.push_back(2);
  check(graph::convolution_weight_gradient_call(a), run_convolution_weight_gradient, float32, {{0, 5, 2}, {0, 5, 3}},
        0);
}

TEST(Fft, EqualsTheReference) {
  using graph::FourierScaling;
  for (std::int64_t n : {1, 2, 3, 8, 15, 67, 90, 101}) {
    for (int axis : {0, 1, 2}) {
      std::vector<std::int64_t> shape{3, 2, 5};
      shape[static_cast<std::size_t>(axis)] = n;
      check(graph::fft_call(axis, axis == 1, FourierScaling::by_root), run_fft, complex64, {shape}, 3e-6);
      check(graph::rfft_call(axis, FourierScaling::none), run_fft, float32, {shape}, 3e-6);
      shape[static_cast<std::size_t>(axis)] = n / 2 + 1;
      check(graph::irfft_call(axis, FourierScaling::by_n, n), run_fft, complex64, {shape}, 3e-6);
    }
  }
}

TEST(Fft, RefusesWhatDoesNotFit) {
  IntExprTable table;
  const ArrayType complex_line{Shape{4}, complex64}, real_line{Shape{4}, float32}, empty{Shape{0}, complex64};
  const auto type = [&](const Primitive& call, const ArrayType& x) { return infer(call, std::span(&x, 1), table); };
  constexpr auto none = graph::FourierScaling::none;
  EXPECT_THROW(type(graph::fft_call(0, false, none), real_line), TypeError);
  EXPECT_THROW(type(graph::rfft_call(0, none), complex_line), TypeError);
  EXPECT_THROW(type(graph::fft_call(1, false, none), complex_line), IndexError);
  EXPECT_THROW(type(graph::fft_call(0, false, none), empty), ValueError);
  EXPECT_THROW(type(graph::irfft_call(0, none, 9), complex_line), ValueError);
}

}  // namespace
}  // namespace cermet::library
