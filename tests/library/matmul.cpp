// Products against sums in double precision, for every dtype, layout, batch and size; equal bits for all threads.
#include "library/matmul/matmul.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "dtype/half.h"
#include "runtime/buffer.h"
#include "runtime/thread_pool.h"

namespace cermet::library {
namespace {

using Complex = std::complex<double>;

void store(void* data, Dtype dtype, std::int64_t at, Complex value) {
  const auto float_value = static_cast<float>(value.real());
  switch (dtype.val) {
    case Dtype::Val::float32:
      static_cast<float*>(data)[at] = float_value;
      break;
    case Dtype::Val::float64:
      static_cast<double*>(data)[at] = value.real();
      break;
    case Dtype::Val::float16:
      static_cast<std::uint16_t*>(data)[at] = float16_bits(value.real());
      break;
    case Dtype::Val::bfloat16:
      static_cast<std::uint16_t*>(data)[at] = bfloat16_bits(value.real());
      break;
    case Dtype::Val::complex64:
      static_cast<std::complex<float>*>(data)[at] = std::complex<float>(value);
      break;
    default:
      break;
  }
}

Complex load(const void* data, Dtype dtype, std::int64_t at) {
  switch (dtype.val) {
    case Dtype::Val::float32:
      return static_cast<double>(static_cast<const float*>(data)[at]);
    case Dtype::Val::float64:
      return static_cast<const double*>(data)[at];
    case Dtype::Val::float16:
      return float16_value(static_cast<const std::uint16_t*>(data)[at]);
    case Dtype::Val::bfloat16:
      return bfloat16_value(static_cast<const std::uint16_t*>(data)[at]);
    default:
      return Complex(static_cast<const std::complex<float>*>(data)[at]);
  }
}

using Extents = SmallVector<std::int64_t, 6>;

/// A window with memory of its own.
struct Array {
  std::vector<char> memory;
  Operand window;

  Complex at(std::int64_t offset) const { return load(window.data, window.dtype, offset); }
};

std::int64_t count(const Extents& shape) {
  std::int64_t n = 1;
  for (std::int64_t extent : shape) n *= extent;
  return n;
}

enum class Layout { rows, columns, padded_rows, padded_columns, strided, reversed, broadcast_rows, broadcast_batch };
constexpr Layout all_layouts[] = {Layout::rows,    Layout::columns,  Layout::padded_rows,    Layout::padded_columns,
                                  Layout::strided, Layout::reversed, Layout::broadcast_rows, Layout::broadcast_batch};

/// Small random values in the given layout.
Array make(Dtype dtype, const Extents& shape, Layout layout, unsigned seed) {
  Array out;
  out.window.dtype = dtype;
  out.window.shape = shape;
  const std::size_t rank = shape.size();
  Extents strides(rank);
  const bool columns = layout == Layout::columns || layout == Layout::padded_columns;
  const std::int64_t pad = layout == Layout::padded_rows || layout == Layout::padded_columns ? 5 : 0;
  const std::int64_t unit = layout == Layout::strided ? 3 : 1;
  std::int64_t stride = unit;
  std::size_t fast = rank - 1;
  if (rank >= 2 && columns) fast = rank - 2;
  strides[fast] = stride;
  stride *= shape[fast] + pad;
  if (rank >= 2) {
    const std::size_t slow = columns ? rank - 1 : rank - 2;
    strides[slow] = stride;
    stride *= shape[slow];
    for (std::size_t i = rank - 2; i-- > 0;) {
      strides[i] = stride;
      stride *= shape[i];
    }
  }
  const std::int64_t elements = std::max<std::int64_t>(stride, 1) + 64;
  out.memory.resize(static_cast<std::size_t>(elements) * dtype.size());
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> values(-32, 32);
  for (std::int64_t i = 0; i < elements; ++i)
    store(out.memory.data(), dtype, i, Complex(values(random) / 16.0, values(random) / 16.0));
  std::int64_t offset = 0;
  if (layout == Layout::reversed && count(shape) > 0) {
    for (std::size_t i = 0; i < rank; ++i) {
      offset += strides[i] * (shape[i] - 1);
      strides[i] = -strides[i];
    }
  }
  if (layout == Layout::broadcast_rows && rank >= 2) strides[rank - 2] = 0;
  if (layout == Layout::broadcast_batch) {
    for (std::size_t i = 0; i + 2 < rank; ++i) strides[i] = 0;
  }
  out.window.strides = strides;
  out.window.data = out.memory.data() + offset * dtype.size();
  return out;
}

struct Case {
  Dtype dtype;
  Extents batch;
  std::int64_t m, n, k;
  Layout a = Layout::rows, b = Layout::rows;
  std::string epilogue = {};
};

Extents with(const Extents& batch, std::int64_t rows, std::int64_t columns) {
  Extents out = batch;
  out.push_back(rows);
  out.push_back(columns);
  return out;
}

std::int64_t offset_of(const Operand& window, std::int64_t batch, std::int64_t row, std::int64_t column) {
  const std::size_t rank = window.shape.size();
  std::int64_t offset = row * window.strides[rank - 2] + column * window.strides[rank - 1];
  for (std::size_t i = rank - 2; i-- > 0;) {
    offset += batch % window.shape[i] * window.strides[i];
    batch /= window.shape[i];
  }
  return offset;
}

double rounding(Dtype dtype) {
  switch (dtype.val) {
    case Dtype::Val::float64:
      return std::ldexp(1.0, -53);
    case Dtype::Val::float16:
      return std::ldexp(1.0, -11);
    case Dtype::Val::bfloat16:
      return std::ldexp(1.0, -8);
    default:
      return std::ldexp(1.0, -24);
  }
}

struct Multiplied {
  Array a, b, bias, c;
};

Multiplied multiply(const Case& c) {
  Multiplied out{make(c.dtype, with(c.batch, c.m, c.k), c.a, 1), make(c.dtype, with(c.batch, c.k, c.n), c.b, 2),
                 make(c.dtype, {c.n}, Layout::rows, 3), make(c.dtype, with(c.batch, c.m, c.n), Layout::rows, 4)};
  std::vector<Operand> operands{out.a.window, out.b.window};
  if (c.epilogue.starts_with("bias")) operands.push_back(out.bias.window);
  operands.push_back(out.c.window);
  matmul(operands, c.epilogue);
  return out;
}

/// A row of a or a column of b in double precision.
struct Line {
  std::vector<double> real, imaginary;
  Line(const Array& array, std::int64_t batch, bool row, std::int64_t index, std::int64_t k) {
    for (std::int64_t l = 0; l < k; ++l) {
      const Complex value = array.at(offset_of(array.window, batch, row ? index : l, row ? l : index));
      real.push_back(value.real());
      imaginary.push_back(value.imag());
    }
  }
};

struct Sum {
  Complex value;
  double size = 0;  // of all terms
};

Sum dot(const Line& a, const Line& b) {
  double real = 0, imaginary = 0, size = 0;
  for (std::size_t l = 0; l < a.real.size(); ++l) {
    const double x = a.real[l], y = a.imaginary[l], u = b.real[l], v = b.imaginary[l];
    real += x * u - y * v;
    imaginary += x * v + y * u;
    size += (std::abs(x) + std::abs(y)) * (std::abs(u) + std::abs(v));
  }
  return {Complex(real, imaginary), size};
}

// The error of a sum of k products, with the accumulator's rounding, plus one rounding of the result.
bool is_right(const Case& c, const Sum& product, Complex bias, Complex got) {
  const double accumulator = is_half(c.dtype) ? std::ldexp(1.0, -24) : rounding(c.dtype);
  Complex sum = product.value + bias;
  if (c.epilogue.ends_with("relu") && sum.real() < 0) sum = 0;
  const double size = product.size + std::abs(bias);
  return std::abs(got - sum) <=
         2 * static_cast<double>(c.k + 2) * accumulator * size + rounding(c.dtype) * std::abs(sum);
}

void expect_right(const Case& c) {
  const Multiplied m = multiply(c);
  int wrong = 0;
  for (std::int64_t batch = 0; batch < count(c.batch); ++batch) {
    std::vector<Line> rows;
    for (std::int64_t i = 0; i < c.m; ++i) rows.emplace_back(m.a, batch, true, i, c.k);
    for (std::int64_t j = 0; j < c.n; ++j) {
      const Line column(m.b, batch, false, j, c.k);
      const Complex bias = c.epilogue.starts_with("bias") ? m.bias.at(j) : 0;
      for (std::int64_t i = 0; i < c.m; ++i) {
        const Complex got = m.c.at(offset_of(m.c.window, batch, i, j));
        wrong += is_right(c, dot(rows[static_cast<std::size_t>(i)], column), bias, got) ? 0 : 1;
      }
    }
  }
  EXPECT_EQ(wrong, 0) << name(c.dtype) << " " << count(c.batch) << " x " << c.m << " x " << c.n << " x " << c.k
                      << " layouts " << static_cast<int>(c.a) << " " << static_cast<int>(c.b) << " " << c.epilogue;
}

constexpr Dtype all_dtypes[] = {float32, float64, bfloat16, float16, complex64};

TEST(Matmul, EveryDtypeAndSmallSize) {
  for (Dtype dtype : all_dtypes) {
    for (std::int64_t m : {1, 2, 7, 33}) {
      for (std::int64_t n : {1, 3, 16, 50}) {
        for (std::int64_t k : {1, 2, 5, 64}) expect_right({dtype, {}, m, n, k});
      }
    }
  }
}

TEST(Matmul, EveryLayout) {
  for (Dtype dtype : all_dtypes) {
    for (Layout a : all_layouts) {
      for (Layout b : all_layouts) {
        expect_right({dtype, {}, 19, 23, 17, a, b});
        expect_right({dtype, {2, 3}, 5, 4, 6, a, b});
      }
    }
  }
}

TEST(Matmul, VectorsInEveryLayout) {
  for (Dtype dtype : all_dtypes) {
    for (Layout a : all_layouts) {
      for (Layout b : all_layouts) {
        expect_right({dtype, {}, 1, 23, 17, a, b});
        expect_right({dtype, {}, 23, 1, 17, a, b});
        expect_right({dtype, {}, 12, 9, 1, a, b});
        expect_right({dtype, {3}, 1, 1, 40, a, b});
      }
    }
  }
}

TEST(Matmul, SizesThatAreCutIntoTiles) {
  for (Dtype dtype : all_dtypes) {
    expect_right({dtype, {}, 300, 421, 130});
    expect_right({dtype, {}, 1100, 70, 60, Layout::columns, Layout::rows});
    expect_right({dtype, {}, 65, 1300, 70, Layout::rows, Layout::columns});
    expect_right({dtype, {}, 200, 210, 390, Layout::columns, Layout::columns, "bias"});
    expect_right({dtype, {9}, 100, 90, 80, Layout::rows, Layout::broadcast_batch});
  }
}

// The sizes for which generated code takes over.
TEST(Matmul, FewRowsAndTransposedWeights) {
  expect_right({float32, {}, 8, 1500, 1600, Layout::rows, Layout::columns});
  expect_right({float32, {}, 300, 310, 320, Layout::columns, Layout::columns});
  expect_right({bfloat16, {}, 8, 700, 800, Layout::rows, Layout::columns});
}

TEST(Matmul, LongSums) {
  for (Dtype dtype : all_dtypes) expect_right({dtype, {}, 3, 5, 20000});
}

TEST(Matmul, ManySmallMatrices) {
  for (Dtype dtype : all_dtypes) {
    expect_right({dtype, {500}, 4, 4, 4});
    expect_right({dtype, {20, 30}, 1, 8, 8});
    expect_right({dtype, {7, 1, 5}, 3, 4, 5, Layout::rows, Layout::broadcast_batch});
  }
}

TEST(Matmul, Epilogues) {
  for (Dtype dtype : {float32, float64, bfloat16, float16}) {
    for (const char* epilogue : {"bias", "relu", "bias+relu"}) {
      expect_right({dtype, {}, 33, 40, 21, Layout::rows, Layout::rows, epilogue});
      expect_right({dtype, {3}, 5, 6, 7, Layout::columns, Layout::broadcast_batch, epilogue});
      expect_right({dtype, {}, 300, 400, 200, Layout::rows, Layout::columns, epilogue});
      expect_right({dtype, {}, 4, 6, 0, Layout::rows, Layout::rows, epilogue});
    }
  }
  expect_right({complex64, {}, 33, 40, 21, Layout::rows, Layout::rows, "bias"});
}

TEST(Matmul, StridedBias) {
  for (Dtype dtype : all_dtypes) {
    Array a = make(dtype, {2, 3}, Layout::rows, 1), b = make(dtype, {3, 4}, Layout::rows, 2);
    Array bias = make(dtype, {8}, Layout::rows, 3), c = make(dtype, {2, 4}, Layout::rows, 4);
    std::memset(a.memory.data(), 0, a.memory.size());
    bias.window.shape = {4};
    bias.window.strides = {2};
    matmul(std::vector{a.window, b.window, bias.window, c.window}, "bias");
    for (std::int64_t i = 0; i < 8; ++i) EXPECT_EQ(c.at(i), bias.at(i % 4 * 2)) << name(dtype);
  }
}

TEST(Matmul, EmptyOnes) {
  for (Dtype dtype : all_dtypes) {
    expect_right({dtype, {}, 0, 5, 3});
    expect_right({dtype, {}, 5, 0, 3});
    expect_right({dtype, {}, 4, 5, 0});
    expect_right({dtype, {0}, 4, 5, 3});
    expect_right({dtype, {2, 0, 3}, 4, 5, 0});
    expect_right({dtype, {2}, 4, 5, 0, Layout::columns, Layout::reversed});
  }
}

TEST(Matmul, WritesOnlyItsRows) {
  for (Dtype dtype : all_dtypes) {
    const Array a = make(dtype, {6, 4}, Layout::rows, 1), b = make(dtype, {4, 5}, Layout::rows, 2);
    Array c = make(dtype, {6, 5}, Layout::padded_rows, 3);
    const Array before = make(dtype, {6, 5}, Layout::padded_rows, 3);
    matmul(std::vector{a.window, b.window, c.window});
    for (std::int64_t i = 0; i < 6 * 10 + 20; ++i) {
      if (i < 60 && i % 10 < 5) continue;
      EXPECT_EQ(c.at(i), before.at(i)) << name(dtype) << " " << i;
    }
  }
}

TEST(Matmul, SpecialValues) {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
  for (Dtype dtype : {float32, float64, bfloat16, float16}) {
    Array a = make(dtype, {1, 1}, Layout::rows, 1), b = make(dtype, {1, 4}, Layout::rows, 1),
          c = make(dtype, {1, 4}, Layout::rows, 1);
    store(a.window.data, dtype, 0, 1);
    const double values[] = {infinity, -infinity, nan, -2};
    for (std::int64_t i = 0; i < 4; ++i) store(b.window.data, dtype, i, values[i]);
    matmul(std::vector{a.window, b.window, c.window}, "relu");
    EXPECT_EQ(c.at(0).real(), infinity) << name(dtype);
    EXPECT_EQ(c.at(1).real(), 0) << name(dtype);
    EXPECT_TRUE(std::isnan(c.at(2).real())) << name(dtype);
    EXPECT_EQ(c.at(3).real(), 0) << name(dtype);
  }
}

// Half results round once: a sum whose exact value lies between two half values, far from a tie, is the nearer one.
TEST(Matmul, HalfTypesRoundOnce) {
  for (Dtype dtype : {bfloat16, float16}) {
    const Case c{dtype, {}, 40, 50, 300, Layout::rows, Layout::rows, "bias"};
    const Multiplied m = multiply(c);
    for (std::int64_t i = 0; i < c.m; ++i) {
      for (std::int64_t j = 0; j < c.n; ++j) {
        double sum = m.bias.at(j).real();  // exact: all terms are multiples of 1/256
        for (std::int64_t l = 0; l < c.k; ++l) sum += (m.a.at(i * c.k + l) * m.b.at(l * c.n + j)).real();
        const double rounded = dtype == float16 ? float16_value(float16_bits(sum)) : bfloat16_value(bfloat16_bits(sum));
        ASSERT_EQ(m.c.at(i * c.n + j).real(), rounded);
      }
    }
  }
}

TEST(Matmul, EqualBitsForAnyNumberOfThreads) {
  const int old = runtime::thread_count();
  const Case cases[] = {{float32, {}, 500, 600, 333},
                        {float32, {}, 8, 1500, 1600, Layout::rows, Layout::columns},
                        {float32, {40}, 30, 20, 50},
                        {float32, {}, 1, 3000, 2000},
                        {float64, {}, 400, 300, 200, Layout::columns, Layout::rows, "bias+relu"},
                        {bfloat16, {}, 500, 300, 400, Layout::rows, Layout::columns, "bias"},
                        {float16, {3}, 200, 300, 200},
                        {complex64, {}, 200, 300, 100}};
  for (const Case& c : cases) {
    runtime::set_thread_count(1);
    const Multiplied alone = multiply(c);
    for (int threads : {2, 7}) {
      runtime::set_thread_count(threads);
      EXPECT_EQ(multiply(c).c.memory, alone.c.memory) << name(c.dtype) << " with " << threads;
    }
  }
  runtime::set_thread_count(old);
}

TEST(Matmul, ManyCallersAtOnce) {
  std::vector<std::thread> threads;
  const Case cases[] = {
      {float32, {}, 90, 80, 70}, {float64, {}, 90, 80, 70}, {bfloat16, {}, 90, 80, 70}, {float16, {}, 90, 80, 70}};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) expect_right(cases[(t + i) % 4]);
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(Matmul, WorksInAForkedChild) {
  const auto all = [] {
    for (Dtype dtype : all_dtypes) expect_right({dtype, {}, 300, 200, 100});
    return testing::Test::HasFailure() ? 1 : 0;
  };
  EXPECT_EQ(all(), 0);
  for (int i = 0; i < 3; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(all());
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
}

TEST(Matmul, MemoryComesBack) {
  expect_right({float16, {3}, 50, 60, 70, Layout::strided, Layout::strided, "bias"});
  const std::size_t before = runtime::active_memory();
  for (Dtype dtype : all_dtypes) expect_right({dtype, {3}, 50, 60, 70, Layout::strided, Layout::reversed, "bias"});
  EXPECT_EQ(runtime::active_memory(), before);
}

std::string message_of(const std::vector<Operand>& operands, std::string_view epilogue = {}) {
  try {
    matmul(operands, epilogue);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Matmul, Errors) {
  const auto window = [](Dtype dtype, const Extents& shape) { return make(dtype, shape, Layout::rows, 1).window; };
  const auto a = window(float32, {2, 3}), b = window(float32, {3, 4}), c = window(float32, {2, 4});
  EXPECT_THROW(matmul(std::vector{window(int32, {2, 3}), window(int32, {3, 4}), window(int32, {2, 4})}), TypeError);
  EXPECT_THROW(matmul(std::vector{a, window(float64, {3, 4}), c}), TypeError);
  EXPECT_NE(message_of({a, a, c}).find("float32(2, 3) times float32(2, 3)"), std::string::npos);
  EXPECT_THROW(matmul(std::vector{a, b, window(float32, {4, 2})}), ValueError);
  EXPECT_THROW(matmul(std::vector{window(float32, {3}), b, c}), ValueError);
  EXPECT_THROW(matmul(std::vector{a, b}), ValueError);
  EXPECT_NE(message_of({a, b, c}, "gelu").find("gelu"), std::string::npos);
  EXPECT_NE(message_of({a, b, c}, "bias").find("4"), std::string::npos);
  EXPECT_NE(message_of({a, b, window(float32, {3}), c}, "bias").find("(4,)"), std::string::npos);
  EXPECT_THROW(
      matmul(std::vector{window(complex64, {2, 3}), window(complex64, {3, 4}), window(complex64, {2, 4})}, "relu"),
      TypeError);
}

TEST(Matmul, HugeBroadcastIsAnErrorNotACrash) {
  Array a = make(float32, {1, 1}, Layout::rows, 1), c = make(float32, {1, 1}, Layout::rows, 1);
  Operand left = a.window, right = a.window;
  left.shape = {1, std::int64_t{1} << 61};
  left.strides = {0, 0};
  right.shape = {std::int64_t{1} << 61, 1};
  right.strides = {0, 0};
  EXPECT_THROW(matmul(std::vector{left, right, c.window}), OutOfMemoryError);
}

}  // namespace
}  // namespace cermet::library
