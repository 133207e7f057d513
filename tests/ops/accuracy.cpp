// Every expansion of the table against its row's reference: error within `.ulp` over the domain, the whole range of
// bit patterns and special values. With CERMET_EXHAUSTIVE=1 the unary float32 ops run over all 2**32 inputs.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <random>

#include "ops/scalar_interpreter.h"

namespace cermet::testing {
namespace {

template <class T>
using Wide = std::conditional_t<std::is_same_v<T, float>, double, long double>;
template <class T>
using Bits = std::conditional_t<std::is_same_v<T, float>, std::uint32_t, std::uint64_t>;
template <class T>
constexpr Dtype dtype_of() {
  return std::is_same_v<T, float> ? float32 : float64;
}
template <class T>
T value_of(std::uint64_t bits) {
  return std::bit_cast<T>(static_cast<Bits<T>>(bits));
}
template <class T>
std::uint64_t bits_of(T value) {
  return std::bit_cast<Bits<T>>(value);
}

template <class T>
Wide<T> reference(const Row& r, T a, T b) {
  if constexpr (std::is_same_v<T, float>) {
    return r.evaluate.real(static_cast<double>(a), static_cast<double>(b), 0);
  } else {
    return r.evaluate.extended(static_cast<long double>(a), static_cast<long double>(b), 0);
  }
}

/// Distance between neighbours of T at the magnitude of x (the last binade's above it).
template <class T>
Wide<T> ulp_at(Wide<T> x) {
  using L = std::numeric_limits<T>;
  if (!(std::fabs(x) < static_cast<Wide<T>>(L::max()))) return std::ldexp(Wide<T>(1), L::max_exponent - L::digits);
  const int exponent = x == 0 ? L::min_exponent : std::ilogb(x) + 1;
  return std::ldexp(Wide<T>(1), std::max(exponent, L::min_exponent) - L::digits);
}

/// Error of `got` in units in the last place; infinite where a NaN, an infinity or the sign of a zero is wrong.
template <class T>
double error_of(const Row& r, T a, T b, T got) {
  const double wrong = std::numeric_limits<double>::infinity();
  Wide<T> want = reference<T>(r, a, b);
  if (r.name == "remainder" && sizeof(T) == 8 && std::fabs(a / b) > 0x1p200) {
    if (std::isfinite(b)) want = std::isnan(got) ? std::numeric_limits<Wide<T>>::quiet_NaN() : want;  // documented
  }
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got) ? 0 : wrong;
  const T rounded = static_cast<T>(want);
  if (rounded == got) return got == 0 && want == 0 && std::signbit(got) != std::signbit(rounded) ? wrong : 0;
  // An infinity counts as the next value past the largest float.
  const Wide<T> past = std::ldexp(Wide<T>(1), std::numeric_limits<T>::max_exponent);
  const auto finite = [&](Wide<T> x) { return std::isinf(x) ? std::copysign(past, x) : x; };
  if (std::isinf(want) && std::isfinite(got)) return wrong;
  Wide<T> scale = want;
  if (r.name == "logaddexp") scale = std::max({std::fabs(want), std::fabs(Wide<T>(a)), std::fabs(Wide<T>(b))});
  return static_cast<double>(std::fabs(finite(got) - finite(want)) / ulp_at<T>(scale));
}

template <class T>
std::vector<T> special_values() {
  using L = std::numeric_limits<T>;
  std::vector<T> result;
  for (const T x : {T(0),
                    L::infinity(),
                    L::quiet_NaN(),
                    L::denorm_min(),
                    L::min(),
                    L::max(),
                    L::epsilon(),
                    T(0.5),
                    T(1),
                    T(1.5),
                    T(2),
                    T(3),
                    T(10),
                    T(100),
                    T(1e10),
                    T(0.1),
                    std::nextafter(T(1), T(0)),
                    std::nextafter(T(1), T(2)),
                    std::nextafter(T(0.5), T(1)),
                    L::min() / 2,
                    L::max() / 2,
                    T(1e30),
                    T(1e-30),
                    T(88.7),
                    T(0x1p23),
                    T(0x1p24),
                    T(0x1.000002p24),
                    T(1.57079637),
                    T(3.14159274)}) {
    result.push_back(x);
    result.push_back(-x);
  }
  return result;
}

/// Samples of one operand: dense over the row's domain, and any bit patterns.
template <class T>
T sample(const Domain& domain, std::mt19937_64& random, std::size_t i) {
  if (i % 3 == 0) {
    T x = value_of<T>(random());
    return std::isnan(x) ? T(1) : x;
  }
  const double unit = static_cast<double>(random() >> 11) * 0x1p-53;
  if (i % 3 == 1) return static_cast<T>(domain.low + (domain.high - domain.low) * unit);
  // Near the ends of the domain and near zero, where formulas change.
  const double distance = std::ldexp(1.0, -static_cast<int>(random() % 40)) * unit;
  const double ends[] = {domain.low, domain.high, 0, 0};
  return static_cast<T>(ends[random() % 4] + (random() % 2 == 0 ? distance : -distance));
}

struct Worst {
  double error = 0;
  std::string where;
};

template <class T>
void measure(const Row& r, std::span<const Lanes> arguments, const Lanes& results, Worst& worst) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    const T a = value_of<T>(arguments[0][i]), b = value_of<T>(arguments[arguments.size() - 1][i]);
    const T got = value_of<T>(results[i]);
    const double error = error_of<T>(r, a, b, got);
    if (error <= worst.error) continue;
    worst.error = error;
    worst.where =
        fmt::format("{}({}, {}) = {}, want {}", r.name, a, b, got, static_cast<double>(reference<T>(r, a, b)));
  }
}

template <class T>
Worst sweep(Op op, std::size_t count) {
  const Row& r = row(op);
  std::vector<Lanes> arguments(r.arity);
  const std::vector<T> special = special_values<T>();
  for (const T a : special) {
    for (std::size_t k = 0; k < (r.arity == 1 ? 1 : special.size()); ++k) {
      arguments[0].push_back(bits_of(a));
      if (r.arity == 2) arguments[1].push_back(bits_of(special[k]));
    }
  }
  std::mt19937_64 random(12345);
  for (std::size_t i = 0; i < count; ++i) {
    for (Lanes& lanes : arguments) lanes.push_back(bits_of(sample<T>(r.domain, random, i)));
  }
  Worst worst;
  measure<T>(r, arguments, run_expansion(op, dtype_of<T>(), arguments), worst);
  return worst;
}

/// Rows that are computed by a formula and give a float.
std::vector<Op> expanded_ops() {
  std::vector<Op> result;
  for (int i = 0; i < op_count; ++i) {
    const Op op = static_cast<Op>(i);
    const bool measured = row(op).expand != nullptr && row(op).evaluate.real != nullptr && row(op).arity <= 2;
    if (measured && result_dtype(op, float32) == float32) result.push_back(op);
  }
  return result;
}

class Accuracy : public ::testing::TestWithParam<Op> {};

TEST_P(Accuracy, Float32StaysWithinTheBoundOfTheRow) {
  const Worst worst = sweep<float>(GetParam(), 60000);
  RecordProperty("ulp", fmt::format("{}", worst.error));
  if (std::getenv("CERMET_SHOW_ULP") != nullptr) fmt::print("float32 {:6.3f} ulp, {}\n", worst.error, worst.where);
  EXPECT_LE(worst.error, std::max(0.5, row(GetParam()).ulp)) << worst.where;
}

TEST_P(Accuracy, Float64StaysWithinTheBoundOfTheRow) {
  const Worst worst = sweep<double>(GetParam(), 30000);
  RecordProperty("ulp", fmt::format("{}", worst.error));
  if (std::getenv("CERMET_SHOW_ULP") != nullptr) fmt::print("float64 {:6.3f} ulp, {}\n", worst.error, worst.where);
  EXPECT_LE(worst.error, std::max(0.5, row(GetParam()).ulp)) << worst.where;
}

/// The unary float32 ops, if CERMET_EXHAUSTIVE is set: to 1, or to a stride over the bit patterns.
std::vector<Op> exhaustive_ops() {
  std::vector<Op> result;
  if (std::getenv("CERMET_EXHAUSTIVE") == nullptr) return result;
  for (const Op op : expanded_ops()) {
    if (row(op).arity == 1) result.push_back(op);
  }
  return result;
}

class Exhaustive : public ::testing::TestWithParam<Op> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Exhaustive);

TEST_P(Exhaustive, EveryFloat32StaysWithinTheBoundOfTheRow) {
  const std::uint64_t stride = std::max<std::uint64_t>(std::strtoull(std::getenv("CERMET_EXHAUSTIVE"), nullptr, 10), 1);
  const Row& r = row(GetParam());
  Worst worst;
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32;) {
    std::vector<Lanes> arguments(1);
    for (; arguments[0].size() < 65536 && bits < std::uint64_t{1} << 32; bits += stride) arguments[0].push_back(bits);
    measure<float>(r, arguments, run_expansion(GetParam(), float32, arguments), worst);
  }
  fmt::print("{:6.3f} ulp, {}\n", worst.error, worst.where);
  EXPECT_LE(worst.error, std::max(0.5, r.ulp)) << worst.where;
}

INSTANTIATE_TEST_SUITE_P(Ops, Exhaustive, ::testing::ValuesIn(exhaustive_ops()),
                         [](const auto& info) { return std::string(name(info.param)); });

INSTANTIATE_TEST_SUITE_P(Ops, Accuracy, ::testing::ValuesIn(expanded_ops()),
                         [](const auto& info) { return std::string(name(info.param)); });

TEST(Accuracy, TheSweepCoversTheTranscendentals) {
  const std::vector<Op> ops = expanded_ops();
  EXPECT_GE(ops.size(), 30U);
  for (const Op op : {Op::exp, Op::log, Op::erf, Op::power, Op::sin, Op::tanh, Op::arctan2, Op::remainder}) {
    EXPECT_NE(std::find(ops.begin(), ops.end(), op), ops.end()) << name(op);
  }
}

TEST(Accuracy, TheMeasureSeesErrors) {
  const Row& r = row(Op::exp);
  EXPECT_EQ(error_of<float>(r, 0.0F, 0.0F, 1.0F), 0);
  EXPECT_NEAR(error_of<float>(r, 0.0F, 0.0F, std::nextafter(1.0F, 2.0F)), 1, 1e-6);
  EXPECT_EQ(error_of<float>(r, 200.0F, 0.0F, std::numeric_limits<float>::infinity()), 0);
  EXPECT_GT(error_of<float>(r, 1.0F, 0.0F, std::numeric_limits<float>::quiet_NaN()), 1e300);
  EXPECT_GT(error_of<float>(row(Op::square), -0.0F, 0.0F, -0.0F), 1e300);
}

/// Powers whose result is near the limits of the format, where the exponent's error counts most.
TEST(Accuracy, PowerNearOverflowAndUnderflow) {
  std::mt19937_64 random(7);
  std::vector<Lanes> single(2), wide(2);
  for (int i = 0; i < 20000; ++i) {
    const double x = std::exp2(static_cast<double>(random() >> 11) * 0x1p-53 * 40 - 20);
    const double limit = static_cast<double>(random() >> 11) * 0x1p-53 * 0.2 + 0.9;
    const double sign = random() % 2 == 0 ? 1 : -1;
    single[0].push_back(bits_of(static_cast<float>(x)));
    single[1].push_back(bits_of(static_cast<float>(sign * limit * 128 / std::log2(x))));
    wide[0].push_back(bits_of(x));
    wide[1].push_back(bits_of(sign * limit * 1024 / std::log2(x)));
  }
  Worst worst;
  measure<float>(row(Op::power), single, run_expansion(Op::power, float32, single), worst);
  measure<double>(row(Op::power), wide, run_expansion(Op::power, float64, wide), worst);
  EXPECT_LE(worst.error, row(Op::power).ulp) << worst.where;
}

/// Remainders of exact multiples and their neighbours, with quotients of every size.
TEST(Accuracy, RemainderOfNearMultiples) {
  std::mt19937_64 random(8);
  std::vector<Lanes> arguments(2);
  for (int i = 0; i < 40000; ++i) {
    const float b = std::ldexp(1 + static_cast<float>(random() % 4096) / 4096, static_cast<int>(random() % 60) - 40);
    const float multiple = std::ldexp(b, static_cast<int>(random() % 70)) * static_cast<float>(1 + random() % 100);
    const float direction = random() % 2 == 0 ? HUGE_VALF : -HUGE_VALF;
    const float a = i % 3 == 0 ? multiple : std::nextafter(multiple, direction);
    arguments[0].push_back(bits_of(random() % 2 == 0 ? a : -a));
    arguments[1].push_back(bits_of(random() % 2 == 0 ? b : -b));
  }
  for (const Op op : {Op::remainder, Op::floor_divide}) {
    Worst worst;
    measure<float>(row(op), arguments, run_expansion(op, float32, arguments), worst);
    EXPECT_LE(worst.error, row(op).ulp) << worst.where;
  }
}

}  // namespace
}  // namespace cermet::testing
