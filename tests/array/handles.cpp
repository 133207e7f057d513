// Handles: construction, values in and out, sharing, assignment.
#include <gmock/gmock.h>

#include <list>

#include "array/values.h"

namespace cermet {
namespace {

using test::message_of;
using test::values;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Handles, TakeTheDtypeOfTheScalar) {
  EXPECT_EQ(array(1).dtype(), int32);
  EXPECT_EQ(array(true).dtype(), bool_);
  EXPECT_EQ(array(1.5F).dtype(), float32);
  EXPECT_EQ(array(1.5).dtype(), float32) << "doubles become float32, as in MLX";
  EXPECT_EQ(array(1.5, float64).dtype(), float64);
  EXPECT_EQ(array(std::int64_t{1}).dtype(), int64);
  EXPECT_EQ(array(std::uint8_t{1}).dtype(), uint8);
  EXPECT_EQ(array(float16_t(1.0)).dtype(), float16);
  EXPECT_EQ(array(std::complex<float>(1, 2)).dtype(), complex64);
  EXPECT_EQ(array(1).ndim(), 0);
  EXPECT_EQ(array(1).size(), 1);
}

TEST(Handles, GiveTheirScalarBack) {
  EXPECT_EQ(array(7).item<int>(), 7);
  EXPECT_EQ(array(7).item<double>(), 7.0);
  EXPECT_EQ(array(2.5F).item<float>(), 2.5F);
  EXPECT_EQ(array(2.9F).item<int>(), 2);
  EXPECT_TRUE(array(true).item<bool>());
  EXPECT_EQ(array({4.0F}).item<float>(), 4.0F);
  EXPECT_EQ(array(std::complex<float>(1, -2)).item<std::complex<float>>(), std::complex<float>(1, -2));
  EXPECT_THAT(message_of<ValueError>([] { array({1, 2}).item<int>(); }), HasSubstr("(2,)"));
}

TEST(Handles, CopyListsAndRanges) {
  const array x({1, 2, 3, 4, 5, 6}, {2, 3});
  EXPECT_EQ(x.shape(), (Shape{2, 3}));
  EXPECT_EQ(x.shape(-1), 3);
  EXPECT_THAT(values<int>(x), ElementsAre(1, 2, 3, 4, 5, 6));
  const std::vector<double> doubles = {0.5, 1.5};
  EXPECT_EQ(array(doubles.begin(), {2}).dtype(), float64);
  EXPECT_THAT(values<float>(array(doubles.data(), {2}, float32)), ElementsAre(0.5F, 1.5F));
  const std::list<float> scattered = {1, 2};
  EXPECT_THAT(values<float>(array(scattered.begin(), {2})), ElementsAre(1, 2));
  EXPECT_THAT(message_of<ValueError>([] { array({1, 2, 3}, {2, 2}); }), HasSubstr("3 values do not fill shape (2, 2)"));
  EXPECT_THROW(array(doubles.data(), {-1}), ValueError);
  EXPECT_THROW(x.shape(2), IndexError);
}

TEST(Handles, ConvertWhileTheyCopy) {
  EXPECT_THAT(values<std::uint8_t>(array({1.9, -1.0, 300.0}, uint8)), ElementsAre(1, 0, 255))
      << "float to integer saturates";
  const std::vector<int> many(5000, 3);
  const array x(many.data(), {5000}, float32);
  EXPECT_EQ(values<float>(x), std::vector<float>(5000, 3.0F));
}

TEST(Handles, KeepTheirOwnCopyOfTheData) {
  std::vector<int> source = {1, 2};
  const array x(source.data(), {2});
  source[0] = 9;
  EXPECT_THAT(values<int>(x), ElementsAre(1, 2));
}

TEST(Handles, AssignmentLeavesOtherHandlesAlone) {
  array x({1, 2});
  const array y = x;
  const array z = x + 1;
  x += 10;
  EXPECT_THAT(values<int>(x), ElementsAre(11, 12));
  EXPECT_THAT(values<int>(y), ElementsAre(1, 2));
  EXPECT_THAT(values<int>(z), ElementsAre(2, 3));
  x = y;
  EXPECT_EQ(x.node(), y.node());
}

TEST(Handles, EvaluateTogether) {
  array a = array({1.0F, 2.0F}) * 2, b = a + 1;
  EXPECT_FALSE(b.is_available());
  eval(a, b);
  EXPECT_TRUE(a.is_available());
  EXPECT_TRUE(b.is_available());
  EXPECT_THAT(values<float>(b), ElementsAre(3, 5));
  eval(std::vector<array>{});
}

TEST(Handles, DataIsRowMajorAlsoOfViews) {
  const array x({1, 2, 3, 4, 5, 6}, {2, 3});
  EXPECT_THAT(values<int>(transpose(x)), ElementsAre(1, 4, 2, 5, 3, 6));
  std::vector<int> out(6);
  transpose(x).copy_to(out.data());
  EXPECT_THAT(out, ElementsAre(1, 4, 2, 5, 3, 6));
  array backwards = slice(x, {1, 2}, {-3, -4}, {-1, -1});
  backwards.copy_to(out.data());
  EXPECT_THAT(out, ElementsAre(6, 5, 4, 3, 2, 1));
  array other = x;
  EXPECT_THAT(message_of<TypeError>([&] { other.data<float>(); }), HasSubstr("int32"));
}

TEST(Handles, EmptyArraysHaveNoElements) {
  array x = zeros({0, 3});
  EXPECT_EQ(x.size(), 0);
  EXPECT_EQ(values<float>(x + 1).size(), 0U);
  x.copy_to(nullptr);
}

TEST(Handles, HugeSizesAreRefused) {
  EXPECT_THROW(zeros({std::int64_t{1} << 40, std::int64_t{1} << 40}), ValueError);
  EXPECT_THROW(zeros({-1, 2}), ValueError);
  array big = ones({std::int64_t{1} << 45}) + 1;
  EXPECT_THROW(big.eval(), OutOfMemoryError);
  EXPECT_FALSE(big.is_available());
  EXPECT_EQ((array(1) + 1).item<int>(), 2);
}

}  // namespace
}  // namespace cermet
