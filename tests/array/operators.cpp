// Element-wise operations: dtypes of operands and results, weak scalars, broadcasting, errors.
#include <gmock/gmock.h>

#include <cmath>

#include "array/values.h"

namespace cermet {
namespace {

using test::message_of;
using test::truths;
using test::values;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Operators, ScalarsTakeTheArraysDtype) {
  const array halves = array({1.0F, 2.0F}, float16), bytes({1, 2}, uint8), flags({true, false});
  EXPECT_EQ((halves + 1).dtype(), float16);
  EXPECT_EQ((halves * 2.5).dtype(), float16);
  EXPECT_EQ((bytes + 1).dtype(), uint8);
  EXPECT_EQ((bytes + 1.5).dtype(), float32);
  EXPECT_EQ((1 - bytes).dtype(), uint8);
  EXPECT_EQ((flags + 1).dtype(), int32);
  EXPECT_EQ((flags + 1.0).dtype(), float32);
  EXPECT_EQ((halves + std::complex<float>(0, 1)).dtype(), complex64);
  EXPECT_EQ((bytes < 2).dtype(), bool_);
  EXPECT_EQ(where(flags, 1, 0).dtype(), int32);
  EXPECT_EQ(where(flags, halves, 0).dtype(), float16);
  EXPECT_EQ(add(1, 2).dtype(), int32);
}

TEST(Operators, ScalarsThatDoNotFitAreRefused) {
  const array bytes({1, 2}, uint8);
  EXPECT_THAT(message_of<ValueError>([&] { bytes + 300; }), HasSubstr("300 does not fit into uint8"));
  EXPECT_THROW(bytes + -1, ValueError);
  EXPECT_THROW(array({1}, int8) * 128, ValueError);
  EXPECT_THAT(values<std::int8_t>(array({1}, int8) * -128), ElementsAre(-128));
  EXPECT_THROW(array({1}) + (std::uint64_t{1} << 40), ValueError);
  EXPECT_THAT(values<std::uint64_t>(array({1}, uint64) + ~std::uint64_t{1}), ElementsAre(~std::uint64_t{0}));
}

TEST(Operators, ArraysPromote) {
  const array i({1, 2}), f({0.5F, 1.5F});
  EXPECT_THAT(values<float>(i + f), ElementsAre(1.5F, 3.5F));
  EXPECT_EQ((array({1}, uint8) + array({1}, int8)).dtype(), int16);
  EXPECT_EQ((array({1.0}, float16) + array({1.0}, bfloat16)).dtype(), float32);
  EXPECT_THAT(values<float>(i / i), ElementsAre(1, 1));
  EXPECT_EQ(exp(i).dtype(), float32);
  EXPECT_EQ((array(1, int8) + i).dtype(), int32) << "0-d arrays are not weak";
}

TEST(Operators, Broadcast) {
  const array column({1, 2}, {2, 1}), line({10, 20, 30});
  const array sum = column + line;
  EXPECT_EQ(sum.shape(), (Shape{2, 3}));
  EXPECT_THAT(values<int>(sum), ElementsAre(11, 21, 31, 12, 22, 32));
  EXPECT_EQ((zeros({0, 1}) + ones({3})).shape(), (Shape{0, 3}));
  const std::string message = message_of<ValueError>([&] { add(ones({2, 3}), ones({4})); });
  EXPECT_THAT(message, HasSubstr("add"));
  EXPECT_THAT(message, HasSubstr("(2, 3)"));
  EXPECT_THAT(message, HasSubstr("(4,)"));
}

TEST(Operators, OneNodeWhereNothingChanges) {
  const array x({1.0F, 2.0F}), y({3.0F, 4.0F});
  const array sum = x + y;
  EXPECT_EQ(sum.node()->inputs[0], x.node());
  EXPECT_EQ(sum.node()->inputs[1], y.node());
  EXPECT_EQ(astype(x, float32).node(), x.node());
  EXPECT_EQ(reshape(x, {2}).node(), x.node());
  EXPECT_EQ(broadcast_to(x, {2}).node(), x.node());
}

TEST(Operators, Compute) {
  const array x({-7, 7}), y({2, -2});
  EXPECT_THAT(values<int>(floor_divide(x, y)), ElementsAre(-4, -4));
  EXPECT_THAT(values<int>(x % y), ElementsAre(1, -1));
  EXPECT_THAT(values<int>(floor_divide(x, 0)), ElementsAre(0, 0)) << "integer x/0 is 0";
  EXPECT_THAT(values<int>(-x), ElementsAre(7, -7));
  EXPECT_THAT(values<int>(x & 3), ElementsAre(1, 3));
  EXPECT_THAT(values<int>(~x), ElementsAre(6, -8));
  EXPECT_THAT(values<int>(y << 3), ElementsAre(16, -16));
  EXPECT_THAT(truths(x == y), ElementsAre(false, false));
  EXPECT_THAT(truths(x < y || y < x), ElementsAre(true, true));
  EXPECT_THAT(truths(!(x > 0)), ElementsAre(true, false));
  EXPECT_THAT(values<int>(divmod(x, y)[1]), ElementsAre(1, -1));
  EXPECT_THAT(values<float>(clip(array({-1.0F, 0.5F, 9.0F}), 0, 1)), ElementsAre(0, 0.5F, 1));
  EXPECT_THAT(values<float>(clip(array({-1.0F, 9.0F}), std::nullopt, 1)), ElementsAre(-1, 1));
  EXPECT_THROW(clip(x, std::nullopt, std::nullopt), ValueError);
  EXPECT_THAT(values<float>(round(array({1.2345F, -2.5F}), 2)), ElementsAre(testing::FloatEq(1.23F), -2.5F));
  EXPECT_THAT(values<int>(round(array({14, 15, 26}), -1)), ElementsAre(10, 20, 30));
  EXPECT_THAT(values<int>(round(array({14}), 3)), ElementsAre(14));
}

TEST(Operators, RefuseDtypes) {
  EXPECT_THAT(message_of<TypeError>([] { array({1.0F}) & array({1.0F}); }), HasSubstr("bitwise_and"));
  EXPECT_THROW(array({1.5F}) << 1, TypeError);
  EXPECT_THROW(erf(array(std::complex<float>(1, 2))), TypeError);
  EXPECT_THROW(elementwise(Op::add, std::initializer_list<Operand>{1}), TypeError);
}

TEST(Operators, EveryRowIsAFunction) {
  static_assert(ops_table::arity(".doc = \"\", .arity = 2") == 2);
  static_assert(ops_table::arity(".doc = \"\"") == 1);
  static_assert(ops_table::arity(".internal = true") == 0);
#define CERMET_ELEMENTWISE(op_name, ...)                                                            \
  EXPECT_EQ(ops_table::arity(#__VA_ARGS__), row(Op::op_name).internal ? 0 : row(Op::op_name).arity) \
      << #op_name << ": the text of the row says another arity than the row";
#include "ops/elementwise.def"
#undef CERMET_ELEMENTWISE
}

TEST(Operators, ViewReadsTheStorage) {
  EXPECT_THAT(values<std::uint32_t>(view(array({1.0F}), uint32)), ElementsAre(0x3f800000U));
  EXPECT_THAT(values<std::uint8_t>(view(array({1.0F}), uint8)), ElementsAre(0, 0, 0x80, 0x3f));
  EXPECT_THROW(view(array(std::initializer_list<std::uint8_t>{1, 2, 3}), float32), ValueError);
}

TEST(Operators, CompareArrays) {
  const float nan = std::nanf("");
  EXPECT_TRUE(array_equal(array({1, 2}), array({1.0F, 2.0F})).item<bool>());
  EXPECT_FALSE(array_equal(array({1, 2}), array({1})).item<bool>());
  EXPECT_FALSE(array_equal(array({nan}), array({nan})).item<bool>());
  EXPECT_TRUE(array_equal(array({nan}), array({nan}), true).item<bool>());
  EXPECT_TRUE(allclose(array({1.0F, INFINITY}), array({1.000001F, INFINITY})).item<bool>());
  EXPECT_FALSE(allclose(array({1.0F}), array({1.1F})).item<bool>());
  EXPECT_FALSE(allclose(array({INFINITY}), array({1.0F})).item<bool>());
}

}  // namespace
}  // namespace cermet
