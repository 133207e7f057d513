// take, take_along_axis and gather: values, dtypes of indices, layouts, errors.
#include <gmock/gmock.h>

#include "array/values.h"

namespace cermet {
namespace {

using test::message_of;
using test::table;
using test::values;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Take, AlongAnAxis) {
  const array rows = take(table(), array({1, 0, 1}), 0);
  EXPECT_EQ(rows.shape(), (Shape{3, 3}));
  EXPECT_THAT(values<int>(rows), ElementsAre(4, 5, 6, 1, 2, 3, 4, 5, 6));
  const array columns = take(table(), array({2, 0}), -1);
  EXPECT_EQ(columns.shape(), (Shape{2, 2}));
  EXPECT_THAT(values<int>(columns), ElementsAre(3, 1, 6, 4));
}

TEST(Take, IndicesOfAnyShape) {
  const array index({0, 1, 1, 0}, {2, 2});
  EXPECT_EQ(take(table(), index, 1).shape(), (Shape{2, 2, 2}));
  EXPECT_THAT(values<int>(take(table(), index, 1)), ElementsAre(1, 2, 2, 1, 4, 5, 5, 4));
  EXPECT_EQ(take(table(), array(1), 0).shape(), (Shape{3}));
  EXPECT_THAT(values<int>(take(table(), array(1), 0)), ElementsAre(4, 5, 6));
  EXPECT_EQ(take(table(), zeros({0, 2}, int32), 1).shape(), (Shape{2, 0, 2}));
}

TEST(Take, Flattened) {
  EXPECT_THAT(values<int>(take(table(), array({5, 0, -1}))), ElementsAre(6, 1, 6));
  EXPECT_THAT(values<int>(take(transpose(table()), array({1, 2}))), ElementsAre(4, 2));
  EXPECT_THAT(values<int>(take(array(7), array({0, 0}))), ElementsAre(7, 7));
}

TEST(Take, IndicesWrapOnceAndAreClamped) {
  const array x({10, 20, 30});
  EXPECT_THAT(values<int>(take(x, array({-1, -3, -4, 3, 1000, -1000}), 0)), ElementsAre(30, 10, 10, 30, 30, 10));
}

TEST(Take, EveryIndexDtype) {
  const array x = arange(0, 300, 1);
  for (Dtype dtype : {int8, int16, int32, int64, uint8, uint16, uint32, uint64}) {
    const array index = astype(array({3, 100, 0}), dtype);
    EXPECT_THAT(values<int>(take(x, index, 0)), ElementsAre(3, 100, 0)) << name(dtype);
    const array last = astype(array({-1, -2}), dtype);  // unsigned: far out of bounds
    const int from_end = is_unsigned(dtype) && dtype.size() == 1 ? 255 : 299;
    EXPECT_THAT(values<int>(take(x, last, 0)),
                ElementsAre(from_end, is_unsigned(dtype) ? (dtype.size() == 1 ? 254 : 299) : 298))
        << name(dtype);
  }
}

TEST(Take, OneInteger) {
  EXPECT_EQ(take(table(), 1, 0).shape(), (Shape{3}));
  EXPECT_THAT(values<int>(take(table(), -1, 1)), ElementsAre(3, 6));
  EXPECT_EQ(take(table(), -2).item<int>(), 5);
  EXPECT_THAT(message_of<IndexError>([] { take(table(), 2, 0); }), HasSubstr("index 2 is out of bounds"));
  EXPECT_THROW(take(table(), -7), IndexError);
}

TEST(Take, LongRowsAndManyIndices) {
  const array x = reshape(arange(0, 70 * 1000, 1), {70, 1000});
  const array index = remainder(multiply(arange(0, 5000, 1), 37), 70);
  const std::vector<int> rows = values<int>(take(x, index, 0));
  const std::vector<int> columns = values<int>(take(x, index, 1));
  for (int i = 0; i < 5000; ++i) {
    for (int j = 0; j < 1000; j += 111) {
      ASSERT_EQ(rows[static_cast<std::size_t>(i * 1000 + j)], i * 37 % 70 * 1000 + j);
    }
    for (int r = 0; r < 70; r += 13) ASSERT_EQ(columns[static_cast<std::size_t>(r * 5000 + i)], r * 1000 + i * 37 % 70);
  }
}

TEST(Take, Errors) {
  EXPECT_THAT(message_of<TypeError>([] { take(table(), array({1.0F}), 0); }), HasSubstr("float32"));
  EXPECT_THROW(take(table(), array({true}), 0), TypeError);
  EXPECT_THAT(message_of<IndexError>([] { take(table(), array({0}), 2); }), HasSubstr("[take]"));
  EXPECT_THAT(message_of<IndexError>([] { take(zeros({0, 3}), array({0}), 0); }), HasSubstr("empty"));
  EXPECT_EQ(take(zeros({0, 3}), zeros({0}, int32), 0).shape(), (Shape{0, 3}));
  EXPECT_EQ(take(zeros({3, 0}), array({0, 1}), 0).shape(), (Shape{2, 0}));
}

TEST(TakeAlongAxis, OneIndexAnElement) {
  const array index({2, 0, 1, -1}, {2, 2});
  EXPECT_THAT(values<int>(take_along_axis(table(), index, 1)), ElementsAre(3, 1, 5, 6));
  const array down({0, 1, 1, 1, 0, 0}, {2, 3});
  EXPECT_THAT(values<int>(take_along_axis(table(), down, 0)), ElementsAre(1, 5, 6, 4, 2, 3));
}

TEST(TakeAlongAxis, BroadcastsTheOtherAxes) {
  EXPECT_THAT(values<int>(take_along_axis(table(), array({1}, {1, 1}), 1)), ElementsAre(2, 5));
  const array first = slice(table(), {0, 0}, {1, 3});
  EXPECT_THAT(values<int>(take_along_axis(first, array({2, 0}, {2, 1}), 1)), ElementsAre(3, 1));
  EXPECT_THROW(take_along_axis(table(), array({1, 1, 1}, {3, 1}), 1), ValueError);
  EXPECT_THROW(take_along_axis(table(), array({1}), 1), ValueError);
  EXPECT_THROW(take_along_axis(array(1), array(0), 0), IndexError);
}

TEST(Gather, SlicesAtIndices) {
  const array x = reshape(arange(0, 24, 1), {2, 3, 4});
  const array out = gather(x, {array({1, 0}), array({2, 1})}, {0, 1}, {1, 1, 4});
  EXPECT_EQ(out.shape(), (Shape{2, 1, 1, 4}));
  EXPECT_THAT(values<int>(out), ElementsAre(20, 21, 22, 23, 4, 5, 6, 7));
  const array part = gather(x, array({1}), 1, {2, 1, 2});
  EXPECT_EQ(part.shape(), (Shape{1, 2, 1, 2}));
  EXPECT_THAT(values<int>(part), ElementsAre(4, 5, 16, 17));
}

TEST(Gather, LongSlicesStayInside) {
  const array x = arange(0, 10, 1);
  EXPECT_THAT(values<int>(gather(x, array({1, 9, -3}), 0, {3})), ElementsAre(1, 2, 3, 7, 8, 9, 7, 8, 9));
  EXPECT_THROW(gather(x, array({1}), 0, {11}), ValueError);
  EXPECT_THROW(gather(x, array({1}), 0, {1, 1}), ValueError);
  EXPECT_THROW(gather(x, {array({1}), array({1})}, {0, 0}, {1}), ValueError);
}

TEST(Gather, IndicesBroadcast) {
  const array x = reshape(arange(0, 12, 1), {3, 4});
  const array out = gather(x, {array({0, 2}, {2, 1}), array({3, 1})}, {0, 1}, {1, 1});
  EXPECT_EQ(out.shape(), (Shape{2, 2, 1, 1}));
  EXPECT_THAT(values<int>(out), ElementsAre(3, 1, 11, 9));
}

}  // namespace
}  // namespace cermet
