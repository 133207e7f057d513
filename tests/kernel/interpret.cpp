// The interpreter against plain C++ loops written in the order that kernel.h defines, bit for bit.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "base/error.h"
#include "examples.h"
#include "kernel/kernel.h"

namespace cermet::kernel {
namespace {

std::vector<float> random_floats(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) {
    value = normal(random);
  }
  return values;
}

template <class T>
::testing::AssertionResult same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) {
    return ::testing::AssertionFailure() << a.size() << " and " << b.size() << " elements";
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::memcmp(&a[i], &b[i], sizeof(T)) != 0) {
      return ::testing::AssertionFailure() << "element " << i << ": " << a[i] << " and " << b[i];
    }
  }
  return ::testing::AssertionSuccess();
}

/// L(e) of kernel.h.
template <class T, class Combine>
T lanes_order(const T* e, std::size_t n, T identity, Combine combine) {
  std::array<T, 64> a;
  a.fill(identity);
  for (std::size_t i = 0; i < n; ++i) {
    a[i % 64] = combine(a[i % 64], e[i]);
  }
  for (std::size_t w = 32; w >= 1; w /= 2) {
    for (std::size_t l = 0; l < w; ++l) {
      a[l] = combine(a[l], a[l + w]);
    }
  }
  return a[0];
}

template <class T, class Combine>
T chunked_order(const std::vector<T>& e, T identity, Combine combine) {
  if (e.size() <= 8192) {
    return lanes_order(e.data(), e.size(), identity, combine);
  }
  std::vector<T> partial;
  for (std::size_t begin = 0; begin < e.size(); begin += 8192) {
    partial.push_back(lanes_order(e.data() + begin, std::min<std::size_t>(8192, e.size() - begin), identity, combine));
  }
  return lanes_order(partial.data(), partial.size(), identity, combine);
}

const auto plus = [](auto a, auto b) { return a + b; };

TEST(Interpret, Elementwise) {
  const std::vector<float> x = random_floats(77, 1);
  std::vector<float> y(x.size(), -1), expected;
  for (const float v : x) {
    expected.push_back(v * 0.5f + v);
  }
  void* buffers[] = {const_cast<float*>(x.data()), y.data()};
  const std::int64_t parameters[] = {77}, sizes[] = {77, 77};
  interpret(parse(examples::elementwise), buffers, parameters, sizes);
  EXPECT_TRUE(same_bits(y, expected));
}

TEST(Interpret, SoftmaxRows) {
  const std::vector<float> x = random_floats(4000, 2);
  std::vector<float> y(x.size(), -1), expected;
  for (std::size_t r = 0; r < 4; ++r) {
    const float* row = &x[1000 * r];
    const float top = lanes_order(row, 1000, -std::numeric_limits<float>::infinity(),
                                  [](float a, float b) { return std::max(a, b); });
    std::vector<float> e;
    for (std::size_t i = 0; i < 1000; ++i) {
      e.push_back(static_cast<float>(std::exp(static_cast<double>(row[i] - top))));
    }
    const float total = chunked_order(e, 0.0f, plus);
    for (const float v : e) {
      expected.push_back(v / total);
    }
  }
  void* buffers[] = {const_cast<float*>(x.data()), y.data()};
  const std::int64_t parameters[] = {4}, sizes[] = {4000, 4000};
  interpret(parse(examples::softmax), buffers, parameters, sizes);
  EXPECT_TRUE(same_bits(y, expected));
}

TEST(Interpret, ColumnSumInLanesOrder) {
  for (const std::size_t rows : {std::size_t{0}, std::size_t{1}, std::size_t{64}, std::size_t{9000}}) {
    std::vector<double> x(rows * 3), y(3, -1), expected;
    std::mt19937 random(3);
    for (double& v : x) {
      v = std::uniform_real_distribution<double>(-1, 1)(random);
    }
    for (std::size_t c = 0; c < 3; ++c) {
      std::vector<double> column;
      for (std::size_t r = 0; r < rows; ++r) {
        column.push_back(x[3 * r + c]);
      }
      expected.push_back(lanes_order(column.data(), rows, 0.0, plus));
    }
    void* buffers[] = {x.data(), y.data()};
    const std::int64_t parameters[] = {static_cast<std::int64_t>(rows), 3};
    const std::int64_t sizes[] = {static_cast<std::int64_t>(x.size()), 3};
    interpret(parse(examples::column_sum), buffers, parameters, sizes);
    EXPECT_TRUE(same_bits(y, expected)) << rows << " rows";
  }
}

TEST(Interpret, ChunkedOrderDependsOnTheExtentAlone) {
  const Kernel kernel = parse(
      "kernel k(b0: f32 in, b1: f32 out, n: i64 [0, inf)) { %0 = reduce sum chunked i in [0, n) { "
      "%1: f32 = load b0[i] yield %1 } %2: f32 = result %0.0 store b1[0] = %2 }");
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{65}, std::size_t{8191},
                              std::size_t{8192}, std::size_t{8193}, std::size_t{40000}}) {
    const std::vector<float> x = random_floats(n, 4);
    std::vector<float> y(1, -1);
    void* buffers[] = {const_cast<float*>(x.data()), y.data()};
    const std::int64_t parameters[] = {static_cast<std::int64_t>(n)};
    interpret(kernel, buffers, parameters);
    EXPECT_TRUE(same_bits(y, {chunked_order(x, 0.0f, plus)})) << n;
  }
}

TEST(Interpret, ChunkedAndLanesDiffer) {
  const std::string text =
      "kernel k(b0: f32 in, b1: f32 out) { %0 = reduce sum lanes i in [0, 40000) { "
      "%1: f32 = load b0[i] yield %1 } %2: f32 = result %0.0 store b1[0] = %2 }";
  const std::vector<float> x = random_floats(40000, 4);
  std::vector<float> y(1);
  void* buffers[] = {const_cast<float*>(x.data()), y.data()};
  interpret(parse(text), buffers, nullptr);
  EXPECT_TRUE(same_bits(y, {lanes_order(x.data(), x.size(), 0.0f, plus)}));
  EXPECT_FALSE(same_bits(y, {chunked_order(x, 0.0f, plus)})) << "the data do not tell the orders apart";
}

TEST(Interpret, Argmax) {
  const auto argmax = [](std::vector<float> values) {
    std::vector<std::uint16_t> x;
    for (const float v : values) {
      x.push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(v) >> 16));
    }
    std::uint32_t y = 1234;
    void* buffers[] = {x.data(), &y};
    const std::int64_t parameters[] = {static_cast<std::int64_t>(x.size())};
    interpret(parse(examples::argmax), buffers, parameters);
    return y;
  };
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(argmax({3}), 0U);
  EXPECT_EQ(argmax({1, 5, 2, 5}), 1U);
  EXPECT_EQ(argmax({-infinity, -infinity}), 0U);
  EXPECT_EQ(argmax({1, nan, 9, nan}), 1U);
  std::vector<float> long_one(20000, 0.0f);
  long_one[8300] = long_one[8300 + 64] = long_one[15000] = 2;
  EXPECT_EQ(argmax(long_one), 8300U);
}

TEST(Interpret, GatherClamps) {
  const std::vector<float> table{10, 11, 12};
  std::vector<std::int32_t> at{0, 2, 5, -1, 1};
  std::vector<float> y(5, -1);
  void* buffers[] = {const_cast<float*>(table.data()), at.data(), y.data()};
  const std::int64_t parameters[] = {5, 3}, sizes[] = {3, 5, 5};
  interpret(parse(examples::gather), buffers, parameters, sizes);
  EXPECT_TRUE(same_bits(y, {11, 10, 12, 12, 10}));
}

TEST(Interpret, MaskedVectorsEqualTheLanesOrder) {
  const Kernel kernel = parse(examples::masked_rows);
  for (const std::size_t n :
       {std::size_t{0}, std::size_t{1}, std::size_t{17}, std::size_t{64}, std::size_t{100}, std::size_t{1000}}) {
    const std::vector<float> x = random_floats(3 * n, 5);
    std::vector<float> y(3, -1), expected;
    for (std::size_t r = 0; r < 3; ++r) {
      std::array<float, 64> a{};
      for (std::size_t i = 0; i < n; ++i) {
        a[i % 64] = std::fma(x[r * n + i], x[r * n + i], a[i % 64]);
      }
      expected.push_back(chunked_order(std::vector<float>(a.begin(), a.end()), 0.0f, plus));
    }
    void* buffers[] = {const_cast<float*>(x.data()), y.data()};
    const std::int64_t parameters[] = {static_cast<std::int64_t>(n), 3};
    const std::int64_t sizes[] = {static_cast<std::int64_t>(3 * n), 3};
    interpret(kernel, buffers, parameters, sizes);
    EXPECT_TRUE(same_bits(y, expected)) << n;
  }
}

TEST(Interpret, GatherAndScatterOfLanes) {
  constexpr std::size_t n = 300;
  const std::vector<float> x = random_floats(1026, 6);
  std::vector<std::int32_t> at(n);
  std::vector<float> y(n, -1), expected_y;
  std::vector<std::uint8_t> z(n, 99), expected_z(n);
  for (std::size_t i = 0; i < n; ++i) {
    at[i] = static_cast<std::int32_t>(i * 38 % 512) * 2;
    expected_y.push_back(x[static_cast<std::size_t>(at[i]) + i % 3]);
    expected_z[n - i - 1] = static_cast<std::uint8_t>(i);
  }
  void* buffers[] = {const_cast<float*>(x.data()), at.data(), y.data(), z.data()};
  const std::int64_t parameters[] = {n}, sizes[] = {1026, n, n, n};
  interpret(parse(examples::vectors), buffers, parameters, sizes);
  EXPECT_TRUE(same_bits(y, expected_y));
  EXPECT_EQ(z, expected_z);
}

TEST(Interpret, LoopsWithoutIterationsGiveTheInitialValues) {
  const Kernel kernel = parse(
      "kernel k(b0: i64 out, n: i64 [0, inf)) { %0: i64 = literal 1 %1: i64 = literal 7 "
      "%2 = serial i in [0, n) carry (%3 = %0, %4 = %1) { %5: i64 = add %3, %4 yield %4, %5 } "
      "%6: i64 = result %2.0 %7: i64 = result %2.1 store b0[0] = %6 store b0[1] = %7 }");
  const auto run = [&](std::int64_t n) {
    std::vector<std::int64_t> out(2, -1);
    void* buffers[] = {out.data()};
    interpret(kernel, buffers, &n);
    return out;
  };
  EXPECT_EQ(run(0), (std::vector<std::int64_t>{1, 7}));
  EXPECT_EQ(run(1), (std::vector<std::int64_t>{7, 8}));
  EXPECT_EQ(run(4), (std::vector<std::int64_t>{23, 38}));
}

TEST(Interpret, ScratchStartsPoisonedInEachStep) {
  const Kernel kernel = parse(
      "kernel k(b0: u32 out, s0: u32 scratch[2]) { grid g in [0, 3) { %0: u32 = load s0[1] store b0[g] = %0 "
      "%1: u32 = literal 5 store s0[1] = %1 } }");
  std::vector<std::uint32_t> out(3);
  void* buffers[] = {out.data()};
  interpret(kernel, buffers, nullptr);
  EXPECT_EQ(out, (std::vector<std::uint32_t>(3, 0xcbcbcbcbU)));
}

TEST(Interpret, AccessesOutsideNameTheInstruction) {
  std::vector<float> x(5), y(4);
  void* buffers[] = {x.data(), y.data()};
  const std::int64_t parameters[] = {5}, sizes[] = {5, 4};
  try {
    interpret(parse(examples::elementwise), buffers, parameters, sizes);
    FAIL() << "not noticed";
  } catch (const InternalError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("store b1[i0] = "), std::string::npos) << message;
    EXPECT_NE(message.find("index 4 (lane 0) of 4 elements"), std::string::npos) << message;
  }
  const Kernel negative = parse("kernel k(s0: f32 scratch[4]) { %0: f32 = load s0[-1] }");
  EXPECT_THROW(interpret(negative, nullptr, nullptr), InternalError);
  const std::int64_t wrong_sizes[] = {5};
  EXPECT_THROW(interpret(parse(examples::elementwise), buffers, parameters, wrong_sizes), InternalError);
}

/// Runs `%2 = op %0, %1` on single elements.
template <class T>
T apply(std::string_view dtype, std::string_view op, T a, T b) {
  const std::string t(dtype);
  const Kernel kernel =
      parse("kernel k(b0: " + t + " in, b1: " + t + " in, b2: " + t + " out) { %0: " + t + " = load b0[0] %1: " + t +
            " = load b1[0] %2: " + t + " = " + std::string(op) + " %0, %1 store b2[0] = %2 }");
  verify(kernel, Stage::built);
  T result{};
  void* buffers[] = {&a, &b, &result};
  interpret(kernel, buffers, nullptr);
  return result;
}

template <class T>
void check_integer_edges(std::string_view dtype) {
  using Limits = std::numeric_limits<T>;
  const auto run = [&](std::string_view op, int a, int b) {
    return apply<T>(dtype, op, static_cast<T>(a), static_cast<T>(b));
  };
  const auto value = [](auto v) { return static_cast<T>(v); };
  EXPECT_EQ(run("floor_divide", 7, 0), 0) << dtype;
  EXPECT_EQ(run("remainder", 7, 0), 0) << dtype;
  EXPECT_EQ(apply<T>(dtype, "add", Limits::max(), value(1)), Limits::min()) << dtype;
  EXPECT_EQ(apply<T>(dtype, "subtract", Limits::min(), value(1)), Limits::max()) << dtype;
  EXPECT_EQ(run("left_shift", 1, Limits::digits + (std::is_signed_v<T> ? 1 : 0)), 0) << dtype;
  EXPECT_EQ(run("left_shift", 3, 100), 0) << dtype;
  EXPECT_EQ(run("right_shift", 3, 100), 0) << dtype;
  if constexpr (std::is_signed_v<T>) {
    EXPECT_EQ(apply<T>(dtype, "floor_divide", Limits::min(), value(-1)), Limits::min()) << dtype;
    EXPECT_EQ(apply<T>(dtype, "remainder", Limits::min(), value(-1)), 0) << dtype;
    EXPECT_EQ(run("right_shift", -3, 100), value(-1)) << dtype;
    EXPECT_EQ(run("floor_divide", -7, 2), value(-4)) << dtype;
    EXPECT_EQ(run("remainder", -7, 2), value(1)) << dtype;
  }
}

TEST(Interpret, IntegerEdgeCasesAreDefined) {
  check_integer_edges<std::int8_t>("i8");
  check_integer_edges<std::int16_t>("i16");
  check_integer_edges<std::int32_t>("i32");
  check_integer_edges<std::int64_t>("i64");
  check_integer_edges<std::uint8_t>("u8");
  check_integer_edges<std::uint16_t>("u16");
  check_integer_edges<std::uint32_t>("u32");
  check_integer_edges<std::uint64_t>("u64");
}

TEST(Interpret, FloatToIntegerSaturates) {
  const Kernel kernel = parse(
      "kernel k(b0: f32 in, b1: i8 out, b2: u32 out, b3: i64 out) { "
      "parallel i in [0, 6) { %0: f32 = load b0[i] %1: i8 = convert %0 %2: u32 = convert %0 "
      "%3: i64 = convert %0 store b1[i] = %1 store b2[i] = %2 store b3[i] = %3 } }");
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> x{1e30f, -1e30f, infinity, -infinity, std::numeric_limits<float>::quiet_NaN(), -2.9f};
  std::vector<std::int8_t> a(6);
  std::vector<std::uint32_t> b(6);
  std::vector<std::int64_t> c(6);
  void* buffers[] = {x.data(), a.data(), b.data(), c.data()};
  interpret(kernel, buffers, nullptr);
  using Wide = std::numeric_limits<std::int64_t>;
  EXPECT_EQ(a, (std::vector<std::int8_t>{127, -128, 127, -128, 0, -2}));
  EXPECT_EQ(b, (std::vector<std::uint32_t>{0xffffffffU, 0, 0xffffffffU, 0, 0, 0}));
  EXPECT_EQ(c, (std::vector<std::int64_t>{Wide::max(), Wide::min(), Wide::max(), Wide::min(), 0, -2}));
}

TEST(Interpret, MaximumAndMinimumPropagateNaN) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::string_view op : {"maximum", "minimum"}) {
    EXPECT_TRUE(std::isnan(apply<float>("f32", op, nan, 1.0f)));
    EXPECT_TRUE(std::isnan(apply<float>("f32", op, 1.0f, nan)));
  }
}

TEST(Interpret, IndexValuesWrapAndDivideLikePython) {
  const Kernel kernel = parse(
      "kernel k(b0: i64 out, b1: u8 out, p: i64, q: i64) { %0: i64 = index [(p // q)] store b0[0] = %0 "
      "%1: i64 = index [(p % q)] store b0[1] = %1 %2: u8 = index [p] store b1[0] = %2 }");
  const auto run = [&](std::int64_t p, std::int64_t q) {
    std::vector<std::int64_t> out(3);
    std::uint8_t low = 0;
    void* buffers[] = {out.data(), &low};
    const std::int64_t parameters[] = {p, q};
    interpret(kernel, buffers, parameters);
    out[2] = low;
    return out;
  };
  EXPECT_EQ(run(-7, 2), (std::vector<std::int64_t>{-4, 1, 249}));
  EXPECT_EQ(run(7, -2), (std::vector<std::int64_t>{-4, -1, 7}));
  EXPECT_EQ(run(300, 0), (std::vector<std::int64_t>{0, 0, 44}));
}

}  // namespace
}  // namespace cermet::kernel
