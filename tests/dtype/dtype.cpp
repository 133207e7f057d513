// Promotion, names, typed constants and the 16-bit formats.
#include "dtype/dtype.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "base/error.h"
#include "dtype/half.h"
#include "dtype/literal.h"

namespace cermet {
namespace {

std::vector<Dtype> all_dtypes() {
  std::vector<Dtype> out;
  for (int i = 0; i < dtype_count; ++i) out.emplace_back(static_cast<Dtype::Val>(i));
  return out;
}

TEST(Dtype, PromotionIsMlxs) {
  EXPECT_EQ(promote_types(int8, uint8), int16);
  EXPECT_EQ(promote_types(uint32, int32), int64);
  EXPECT_EQ(promote_types(uint64, int64), float32);
  EXPECT_EQ(promote_types(uint64, int8), float32);
  EXPECT_EQ(promote_types(float16, bfloat16), float32);
  EXPECT_EQ(promote_types(float16, int64), float16);
  EXPECT_EQ(promote_types(bool_, uint8), uint8);
  EXPECT_EQ(promote_types(float64, complex64), complex64);
  EXPECT_EQ(promote_types(bfloat16, float64), float64);
}

TEST(Dtype, PromotionIsCommutativeIdempotentAndHasBoolAsUnit) {
  for (Dtype a : all_dtypes()) {
    EXPECT_EQ(promote_types(a, a), a);
    EXPECT_EQ(promote_types(a, bool_), a);
    for (Dtype b : all_dtypes()) EXPECT_EQ(promote_types(a, b), promote_types(b, a)) << name(a) << " " << name(b);
  }
}

TEST(Dtype, WeakScalarsDoNotWiden) {
  EXPECT_EQ(weak_result(bfloat16, WeakKind::floating), bfloat16);
  EXPECT_EQ(weak_result(int8, WeakKind::integer), int8);
  EXPECT_EQ(weak_result(bool_, WeakKind::integer), int32);
  EXPECT_EQ(weak_result(int64, WeakKind::floating), float32);
  EXPECT_EQ(weak_result(float64, WeakKind::complex), complex64);
}

TEST(Dtype, NamesReadBack) {
  for (Dtype t : all_dtypes()) {
    EXPECT_EQ(parse_dtype(name(t)), t);
    EXPECT_EQ(parse_dtype(short_name(t)), t);
  }
  EXPECT_THROW(parse_dtype("float8"), ValueError);
}

TEST(Half, EveryFloat16ReadsBack) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto h = static_cast<std::uint16_t>(bits);
    const double value = float16_value(h);
    if (std::isnan(value)) continue;
    ASSERT_EQ(float16_bits(value), h);
    ASSERT_EQ(value, static_cast<double>(std::bit_cast<_Float16>(h)));
  }
}

TEST(Half, RoundsToNearestEvenLikeTheCompiler) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; ++i) {
    const auto bits = static_cast<std::uint32_t>(random());
    const auto value = std::bit_cast<float>(bits);
    if (std::isnan(value)) continue;
    ASSERT_EQ(float16_bits(static_cast<double>(value)), std::bit_cast<std::uint16_t>(static_cast<_Float16>(value)));
    const std::uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    ASSERT_EQ(bfloat16_bits(static_cast<double>(value)), rounded) << value;
  }
}

TEST(Literal, ConversionsSaturateWrapAndKeepNan) {
  EXPECT_EQ(Literal::of(float32, 300.0).converted(uint8).bits, 255U);
  EXPECT_EQ(Literal::of(float32, -1.0).converted(uint8).bits, 0U);
  EXPECT_EQ(Literal::of(float64, std::nan("")).converted(int32).as_int64(), 0);
  EXPECT_EQ(Literal::of(float32, -1e30).converted(int64).as_int64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Literal::of_integer(int32, 300).converted(int8).as_int64(), 44);
  EXPECT_TRUE(Literal::of(float32, std::nan("")).converted(bool_).as_bool());
  EXPECT_EQ(Literal::of_complex(complex64, {1.5, 2}).converted(float32).as_double(), 1.5);
  EXPECT_EQ(Literal::of_unsigned(uint64, ~0ULL).converted(float32).as_double(), 18446744073709551616.0);
  EXPECT_EQ(Literal::of_integer(int64, (1LL << 24) + 1).converted(float32).as_double(), 16777216.0);
}

TEST(Literal, EqualityIsByTypeAndPattern) {
  EXPECT_NE(Literal::of(float32, 0.0), Literal::of(float32, -0.0));
  EXPECT_EQ(Literal::of(float32, std::nan("")), Literal::of(float32, std::nan("")));
  EXPECT_NE(Literal::of(float32, 1), Literal::of_integer(int32, 1));
}

TEST(Literal, TextReadsBackForEveryDtype) {
  std::mt19937_64 random(2);
  for (Dtype t : all_dtypes()) {
    for (int i = 0; i < 2000; ++i) {
      Literal x{t, random()};
      if (t.size() < 8) x.bits &= (std::uint64_t{1} << (8 * t.size())) - 1;
      if (is_bool(t)) x.bits &= 1;
      if (std::isnan(x.as_complex().real()) || std::isnan(x.as_complex().imag())) continue;
      ASSERT_EQ(Literal::parse(t, x.print()), x) << name(t) << " " << x.print();
    }
  }
  for (double special : {0.0, -0.0, 1e-45, 1.0 / 0.0, -1.0 / 0.0, 0.1}) {
    const Literal x = Literal::of(float32, special);
    EXPECT_EQ(Literal::parse(float32, x.print()), x) << x.print();
  }
  EXPECT_EQ(Literal::parse(complex64, "(1e-07-2e+10j)"), Literal::of_complex(complex64, {1e-7, -2e10}));
  EXPECT_THROW(Literal::parse(int32, "1.5"), ValueError);
}

TEST(Literal, StorageRoundTrips) {
  for (Dtype t : all_dtypes()) {
    const Literal x = Literal::of(t, 1.0);
    unsigned char bytes[8] = {};
    x.store(bytes);
    EXPECT_EQ(Literal::load(t, bytes), x);
  }
}

}  // namespace
}  // namespace cermet
