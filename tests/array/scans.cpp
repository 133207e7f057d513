// cumsum and its kin: values, directions, dtypes, errors.
#include <gmock/gmock.h>

#include "array/values.h"

namespace cermet {
namespace {

using test::message_of;
using test::table;
using test::values;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Scans, AlongAnAxis) {
  EXPECT_THAT(values<int>(cumsum(table(), 1)), ElementsAre(1, 3, 6, 4, 9, 15));
  EXPECT_THAT(values<int>(cumsum(table(), -2)), ElementsAre(1, 2, 3, 5, 7, 9));
  EXPECT_THAT(values<int>(cumprod(table(), 1)), ElementsAre(1, 2, 6, 4, 20, 120));
  EXPECT_THAT(values<int>(cummax(array({2, 1, 3, 0}), 0)), ElementsAre(2, 2, 3, 3));
  EXPECT_THAT(values<int>(cummin(array({2, 1, 3, 0}), 0)), ElementsAre(2, 1, 1, 0));
}

TEST(Scans, DirectionsAndIdentities) {
  const array x({2, 1, 3});
  EXPECT_THAT(values<int>(cumsum(x, 0, true)), ElementsAre(6, 4, 3));
  EXPECT_THAT(values<int>(cumsum(x, 0, false, false)), ElementsAre(0, 2, 3));
  EXPECT_THAT(values<int>(cumprod(x, 0, true, false)), ElementsAre(3, 3, 1));
  EXPECT_THAT(values<int>(cummax(x, 0, false, false)), ElementsAre(INT32_MIN, 2, 2));
  EXPECT_THAT(values<float>(cummin(astype(x, float32), 0, true, false)), ElementsAre(1, 3, INFINITY));
}

TEST(Scans, FlattenedWithoutAnAxis) {
  EXPECT_THAT(values<int>(cumsum(table())), ElementsAre(1, 3, 6, 10, 15, 21));
  EXPECT_THAT(values<int>(cumsum(transpose(table()), true)), ElementsAre(21, 20, 16, 14, 9, 6));
  EXPECT_EQ(cumsum(array(3)).shape(), (Shape{1}));
}

TEST(Scans, LongRowsAndColumnsInOrder) {
  const array x = astype(remainder(arange(0, 3000 * 70, 1), 7), float32);
  for (const Shape& shape : {Shape{3000, 70}, Shape{70, 3000}}) {
    const array table = reshape(x, shape);
    const std::vector<float> elements = values<float>(table);
    for (int axis : {0, 1}) {
      const std::vector<float> sums = values<float>(cumsum(table, axis));
      const auto step = static_cast<std::size_t>(axis == 0 ? shape[1].value() : 1);
      const auto columns = static_cast<std::size_t>(shape[1].value());
      for (std::size_t i = 0; i < sums.size(); ++i) {
        const bool first = axis == 0 ? i < columns : i % columns == 0;
        ASSERT_EQ(sums[i], first ? elements[i] : sums[i - step] + elements[i]) << i;
      }
    }
  }
}

TEST(Scans, LogCumulativeSum) {
  const std::vector<float> sums = values<float>(logcumsumexp(array({1000, 1000}), 0));
  EXPECT_FLOAT_EQ(sums[0], 1000.0F);
  EXPECT_FLOAT_EQ(sums[1], 1000.0F + std::log(2.0F));
}

TEST(Scans, EmptyAndErrors) {
  EXPECT_EQ(cumsum(zeros({0, 3}), 0).shape(), (Shape{0, 3}));
  EXPECT_EQ(cumsum(zeros({3, 0}), 0).shape(), (Shape{3, 0}));
  EXPECT_THAT(message_of<IndexError>([] { cumsum(array(1), 0); }), HasSubstr("[cumsum]"));
  EXPECT_THAT(message_of<IndexError>([] { cummax(table(), 2); }), HasSubstr("[cummax]"));
  EXPECT_THROW(scan(Reduction::argmax, table(), 0), ValueError);
}

}  // namespace
}  // namespace cermet
