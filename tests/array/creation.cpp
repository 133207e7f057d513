// Arrays from nothing.
#include <gmock/gmock.h>

#include <cmath>

#include "array/values.h"

namespace cermet {
namespace {

using test::values;
using testing::ElementsAre;

TEST(Creation, Constants) {
  EXPECT_EQ(values<float>(zeros({2, 2})), std::vector<float>(4, 0.0F));
  EXPECT_EQ(values<int>(ones({3}, int32)), std::vector<int>(3, 1));
  EXPECT_EQ(zeros({}).ndim(), 0);
  EXPECT_THAT(values<float>(full({2}, array(1.5F))), ElementsAre(1.5F, 1.5F));
  EXPECT_THAT(values<int>(full({2, 2}, array({1, 2}))), ElementsAre(1, 2, 1, 2));
  EXPECT_THAT(values<int>(full_like(array({1, 2}), 7)), ElementsAre(7, 7));
  EXPECT_EQ(ones_like(array({1.0F}, bfloat16)).dtype(), bfloat16);
  EXPECT_THROW(full({2}, array({1, 2, 3})), ValueError);
  EXPECT_THAT(values<float>(eye(2, 3, 1, float32)), ElementsAre(0, 1, 0, 0, 0, 1));
}

TEST(Creation, Ranges) {
  EXPECT_THAT(values<int>(arange(4)), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(values<int>(arange(5, 0, -2)), ElementsAre(5, 3, 1));
  EXPECT_EQ(arange(5, 0).size(), 0);
  EXPECT_THAT(values<float>(arange(0.0, 1.0, 0.25)), ElementsAre(0, 0.25F, 0.5F, 0.75F));
  EXPECT_EQ(arange(3.0).dtype(), float32);
  EXPECT_EQ(arange(300.0, bfloat16).dtype(), bfloat16);
  EXPECT_THAT(values<std::int64_t>(arange(1.0, 4.0, int64)), ElementsAre(1, 2, 3));
  EXPECT_THAT(values<float>(linspace(0, 1, 5)), ElementsAre(0, 0.25F, 0.5F, 0.75F, 1));
  EXPECT_EQ(values<float>(linspace(0.1, 0.7, 50)).back(), 0.7F);
  EXPECT_THROW(arange(0.0, 1.0, 0.0), ValueError);
  EXPECT_THROW(arange(0.0, std::nan("")), ValueError);
  EXPECT_THROW(arange(1e30), ValueError);
  EXPECT_THROW(arange(3.0, bool_), ValueError);
  EXPECT_THROW(linspace(0, 1, -1), ValueError);
}

}  // namespace
}  // namespace cermet
