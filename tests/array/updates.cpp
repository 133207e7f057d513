// Writing at positions: values, conversion and broadcasting of updates, starts read at run time, errors.
#include <gmock/gmock.h>

#include "array/values.h"

namespace cermet {
namespace {

using test::message_of;
using test::table;
using test::values;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Updates, SliceUpdateFollowsPythonsSlices) {
  EXPECT_THAT(values<int>(slice_update(table(), array({7, 8}), {-1, 1}, {2, 3})), ElementsAre(1, 2, 3, 4, 7, 8));
  EXPECT_THAT(values<int>(slice_update(table(), array({7, 8}), {0, 2}, {1, -4}, {1, -2})),
              ElementsAre(8, 2, 7, 4, 5, 6));
  EXPECT_THAT(values<int>(slice_update(table(), array(0), {0, 0}, {9, 1})), ElementsAre(0, 2, 3, 0, 5, 6));
  EXPECT_THAT(values<int>(slice_update(table(), array(2.7F), {0, 0}, {2, 3})), ElementsAre(2, 2, 2, 2, 2, 2));
  EXPECT_THAT(values<int>(slice_update(table(), zeros({0}), {0, 1}, {2, 1})), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(values<int>(slice_update(array(3), array(4), {}, {})), ElementsAre(4));
}

TEST(Updates, SliceUpdateCombines) {
  const array row({10, 0, -10});
  EXPECT_THAT(values<int>(slice_update_add(table(), row, {1, 0}, {2, 3})), ElementsAre(1, 2, 3, 14, 5, -4));
  EXPECT_THAT(values<int>(slice_update_prod(table(), row, {0, 0}, {2, 3}, {1, 1})),
              ElementsAre(10, 0, -30, 40, 0, -60));
  EXPECT_THAT(values<int>(slice_update_max(table(), row, {0, 0}, {1, 3})), ElementsAre(10, 2, 3, 4, 5, 6));
  EXPECT_THAT(values<int>(slice_update_min(table(), row, {0, 0}, {1, 3})), ElementsAre(1, 0, -10, 4, 5, 6));
}

TEST(Updates, StartsThatAreArrays) {
  EXPECT_THAT(values<int>(slice(table(), array({1, 1}), {0, 1}, {1, 2})), ElementsAre(5, 6));
  EXPECT_THAT(values<int>(slice(table(), array(-2), {-1}, {2, 2})), ElementsAre(2, 3, 5, 6));
  EXPECT_THAT(values<int>(slice(table(), array(9), {1}, {1, 2})), ElementsAre(2, 3));
  EXPECT_THAT(values<int>(slice_update(table(), array({7, 8}), array(1), {1})), ElementsAre(1, 7, 8, 4, 5, 6));
  EXPECT_THAT(values<int>(slice_update(table(), array({7, 8}), array({9, -3}), {0, 1})), ElementsAre(1, 2, 3, 7, 8, 6));
}

TEST(Updates, ScatterOfSlices) {
  const array z = zeros({4, 4}, int32);
  const array rows = reshape(arange(1, 5, 1), {2, 1, 2});
  EXPECT_THAT(values<int>(scatter(z, {array({2, 0}), array({1, 2})}, rows, {0, 1})),
              ElementsAre(0, 0, 3, 4, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0));
  EXPECT_THAT(values<int>(scatter(z, array({2, 0}), rows, 0)),
              ElementsAre(3, 4, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(values<int>(scatter_add(zeros({3}, int32), array({0, 2, 0, -1}), ones({4, 1}), 0)), ElementsAre(2, 0, 2));
  EXPECT_THAT(values<int>(scatter_prod(full({2}, array(3)), array({1, 1}), full({2, 1}, array(2)), 0)),
              ElementsAre(3, 12));
  EXPECT_THAT(values<int>(scatter_max(zeros({2}, int32), array({1, 1}), reshape(array({5, 2}), {2, 1}), 0)),
              ElementsAre(0, 5));
  EXPECT_THAT(values<int>(scatter_min(zeros({2}, int32), array(0), array({-5}), 0)), ElementsAre(-5, 0));
  // A slice of three at 2 of four is moved back to 1.
  EXPECT_THAT(values<int>(scatter(zeros({4}, int32), array({2}), array({7, 8, 9}, {1, 3}), 0)),
              ElementsAre(0, 7, 8, 9));
}

TEST(Updates, PutAlongAxis) {
  EXPECT_THAT(values<int>(put_along_axis(table(), array({1, -1}, {2, 1}), array(9), 1)), ElementsAre(1, 9, 3, 4, 5, 9));
  EXPECT_THAT(values<int>(put_along_axis(table(), array({0, 0, 1}, {1, 3}), array({7, 8, 9}), 0)),
              ElementsAre(7, 8, 3, 4, 5, 9));
  EXPECT_THAT(values<int>(put_along_axis(table(), array({5, 0}), array({7, 8}))), ElementsAre(8, 2, 3, 4, 5, 7));
  EXPECT_THAT(values<int>(scatter_add_axis(table(), array({0, 0}, {1, 2}), array({10, 20}), 1)),
              ElementsAre(31, 2, 3, 34, 5, 6));
  EXPECT_THAT(values<int>(masked_scatter(table(), table() > 3, array({7, 8, 9}))), ElementsAre(1, 2, 3, 7, 8, 9));
  EXPECT_THAT(values<int>(masked_scatter(table(), array({false, true}), array({7, 8, 9}))),
              ElementsAre(1, 2, 3, 7, 8, 9));
}

TEST(Updates, ViewsOfOtherSizes) {
  const array x({0x00020001, 0x00040003}, {1, 2});
  EXPECT_THAT(values<std::int16_t>(view(x, int16)), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(view(x, int16).shape(), (Shape{1, 4}));
  EXPECT_THAT(values<std::int64_t>(view(x, int64)), ElementsAre(0x0004000300020001));
  EXPECT_THAT(values<std::int32_t>(view(view(transpose(x), int16), int32)), ElementsAre(0x00020001, 0x00040003));
  EXPECT_EQ(view(zeros({3, 0}), int8).shape(), (Shape{3, 0}));
  EXPECT_EQ(view(zeros({0, 8}, int8), float64).shape(), (Shape{0, 1}));
  EXPECT_THAT(message_of<ValueError>([&] {
                view(array({1, 2, 3}), int64);
              }),
              HasSubstr("[view] The last axis of shape (3,) has 12 bytes"));
  EXPECT_THAT(message_of<ValueError>([] { view(array(1), int8); }), HasSubstr("0-d"));
}

TEST(Updates, WrongOperandsAreRefused) {
  EXPECT_THAT(message_of<ValueError>([] {
                slice_update(table(), array({1, 2}), {0, 0}, {2, 3});
              }),
              HasSubstr("[slice_update] Shapes (2,) and (2, 3) cannot be broadcast"));
  EXPECT_THAT(message_of<ValueError>([] {
                slice_update(table(), array({1, 2}), {0, 0}, {1, 1});
              }),
              HasSubstr("an update of shape (2,) does not broadcast to the slice's shape (1, 1)"));
  EXPECT_THAT(message_of<ValueError>([] { slice_update_add(table(), array(1), {0}, {2}); }),
              HasSubstr("[slice_update_add] an array of 2 dimensions takes 2 starts"));
  EXPECT_THROW(slice_update(table(), array(1), {0, 0}, {2, 3}, {1, 0}), ValueError);
  EXPECT_THAT(message_of<ValueError>([] {
                slice_update(table(), zeros({3, 1}), array(0), {0});
              }),
              HasSubstr("does not fit"));
  EXPECT_THAT(message_of<TypeError>([] { slice_update(table(), array(1), array(0.5F), {0}); }),
              HasSubstr("start indices must have an integer dtype, got float32"));
  EXPECT_THROW(slice_update(table(), array(1), array({0, 0}), {0, 0}), ValueError);
  EXPECT_THROW(slice_update(table(), array(1), array({0, 0}), {0}), ValueError);
  EXPECT_THROW(slice_update(table(), array(1), array(0), {2}), IndexError);
  EXPECT_THROW(slice(table(), array(0), {0}, {3, 3}), ValueError);
  EXPECT_THROW(slice(table(), array(0), {0}, {1}), ValueError);
  EXPECT_THAT(message_of<ValueError>([] {
                scatter(table(), array({0, 1}), zeros({2, 3}), 0);
              }),
              HasSubstr("[scatter] updates of shape (2, 3) must have the indices' shape (2,)"));
  EXPECT_THROW(scatter_add(table(), array({0.5F}), zeros({1, 1, 3}), 0), TypeError);
  EXPECT_THROW(scatter_add(table(), array(0), zeros({1, 4}), 0), ValueError);
  EXPECT_THROW(scatter_add(table(), array(0), zeros({1, 3}), 5), IndexError);
  EXPECT_THROW(put_along_axis(table(), array({0}), array(1), 0), ValueError);
  EXPECT_THROW(put_along_axis(table(), zeros({1, 3}), array(1), 0), TypeError);
  EXPECT_THROW(put_along_axis(zeros({0, 3}), zeros({1, 3}, int32), array(1), 0), IndexError);
  EXPECT_THROW(masked_scatter(table(), table(), table()), TypeError);
}

}  // namespace
}  // namespace cermet
