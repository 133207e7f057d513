// Reductions and composites over axes: values, dtypes, kept dimensions, empty axes, errors.
#include <gmock/gmock.h>

#include <cmath>

#include "array/values.h"

namespace cermet {
namespace {

using test::message_of;
using test::table;
using test::truths;
using test::values;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

TEST(Reductions, OverAllSomeAndNoAxes) {
  EXPECT_EQ(sum(table()).item<int>(), 21);
  EXPECT_EQ(sum(table()).ndim(), 0);
  EXPECT_THAT(values<int>(sum(table(), 0)), ElementsAre(5, 7, 9));
  EXPECT_THAT(values<int>(sum(table(), -1)), ElementsAre(6, 15));
  EXPECT_EQ(sum(table(), std::vector<int>{0, 1}, true).shape(), (Shape{1, 1}));
  EXPECT_EQ(sum(table(), 1, true).shape(), (Shape{2, 1}));
  EXPECT_EQ(sum(table(), true).shape(), (Shape{1, 1}));
  EXPECT_THAT(values<int>(sum(table(), std::vector<int>{})), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(sum(array(3)).item<int>(), 3);
  EXPECT_EQ(prod(table()).item<int>(), 720);
  EXPECT_THAT(values<int>(max(table(), 0)), ElementsAre(4, 5, 6));
  EXPECT_THAT(values<int>(min(table(), 1)), ElementsAre(1, 4));
  EXPECT_THAT(truths(all(table() > 1, 1)), ElementsAre(false, true));
  EXPECT_THAT(truths(any(table() > 4, 1)), ElementsAre(false, true));
  EXPECT_THAT(truths(any(table(), 0)), ElementsAre(true, true, true)) << "numbers are taken as booleans";
}

TEST(Reductions, Dtypes) {
  EXPECT_EQ(sum(array({true, true})).dtype(), int32);
  EXPECT_EQ(sum(array({1}, uint8)).dtype(), uint32);
  EXPECT_EQ(sum(array({1}, int16)).dtype(), int32);
  EXPECT_EQ(sum(array({1}, int64)).dtype(), int64);
  EXPECT_EQ(sum(array({1.0F}, float16)).dtype(), float16);
  EXPECT_EQ(max(array({1}, uint8)).dtype(), uint8);
  EXPECT_EQ(argmax(table()).dtype(), uint32);
  EXPECT_EQ(mean(table()).dtype(), float32);
  EXPECT_EQ(mean(array({1.0F}, bfloat16)).dtype(), bfloat16);
}

TEST(Reductions, IndexOfTheExtremes) {
  const array x({3.0F, 9.0F, 1.0F, 9.0F}, {2, 2});
  EXPECT_EQ(argmax(x).item<int>(), 1) << "the first of equal elements";
  EXPECT_EQ(argmin(x).item<int>(), 2);
  EXPECT_THAT(values<std::uint32_t>(argmax(x, 1)), ElementsAre(1U, 1U));
  EXPECT_THAT(values<std::uint32_t>(argmin(x, 0)), ElementsAre(1U, 0U));
  EXPECT_EQ(argmax(x, 1, true).shape(), (Shape{2, 1}));
}

TEST(Reductions, EmptyArrays) {
  const array nothing = zeros({0, 3});
  EXPECT_EQ(sum(nothing).item<float>(), 0.0F);
  EXPECT_EQ(prod(nothing).item<float>(), 1.0F);
  EXPECT_TRUE(std::isnan(mean(nothing).item<float>()));
  EXPECT_THAT(message_of<ValueError>([&] { max(nothing, 0); }), HasSubstr("max"));
  EXPECT_EQ(max(nothing, 1).shape(), (Shape{0}));
  EXPECT_THROW(argmax(nothing), ValueError);
}

TEST(Reductions, Statistics) {
  const array x = astype(table(), float32);
  EXPECT_EQ(mean(table()).item<float>(), 3.5F);
  EXPECT_NEAR(var(x).item<float>(), 35.0 / 12, 1e-6);
  EXPECT_NEAR(var(x, false, 1).item<float>(), 3.5, 1e-6);
  EXPECT_THAT(values<float>(cermet::std(x, 1)),
              ElementsAre(FloatNear(0.8164966F, 1e-6F), FloatNear(0.8164966F, 1e-6F)));
  EXPECT_NEAR(logsumexp(x).item<float>(), 6.4561934F, 1e-5);
  EXPECT_EQ(logsumexp(array({1e30F, 1e30F})).item<float>(), 1e30F);
  EXPECT_EQ(mean(x, 1, true).shape(), (Shape{2, 1}));
}

TEST(Reductions, Softmax) {
  const array x = astype(table(), float32);
  const std::vector<float> rows = values<float>(softmax(x, -1));
  EXPECT_NEAR(rows[0], 0.09003057F, 1e-6);
  EXPECT_NEAR(rows[2], 0.66524096F, 1e-6);
  EXPECT_NEAR(rows[3] + rows[4] + rows[5], 1.0F, 1e-6);
  EXPECT_NEAR(sum(softmax(x)).item<float>(), 1.0F, 1e-6);
  EXPECT_NEAR(values<float>(softmax(x, std::vector<int>{0}))[0], 0.04742587F, 1e-6);
  EXPECT_EQ(softmax(array(5.0F)).item<float>(), 1.0F);
}

TEST(Reductions, RefuseAxes) {
  EXPECT_THAT(message_of<IndexError>([] { sum(table(), 2); }), HasSubstr("sum"));
  EXPECT_THROW(softmax(table(), -3), IndexError);
  EXPECT_THAT(message_of<ValueError>([] {
                sum(table(), std::vector<int>{0, -2});
              }),
              HasSubstr("axis 0 is given twice"));
}

}  // namespace
}  // namespace cermet
