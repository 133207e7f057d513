// Reshape, transpose, slice, concatenate and their kin: values and errors.
#include <gmock/gmock.h>

#include "array/values.h"

namespace cermet {
namespace {

using test::message_of;
using test::table;
using test::values;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Shapes, Reshape) {
  EXPECT_EQ(reshape(table(), {3, -1}).shape(), (Shape{3, 2}));
  EXPECT_EQ(reshape(table(), {1, 6, 1}).shape(), (Shape{1, 6, 1}));
  EXPECT_THAT(values<int>(reshape(transpose(table()), {6})), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_EQ(reshape(zeros({0, 3}), {3, 0}).shape(), (Shape{3, 0}));
  EXPECT_THAT(message_of<ValueError>([] { reshape(table(), {4, 2}); }), HasSubstr("(2, 3)"));
  EXPECT_THROW(reshape(table(), {-1, -1}), ValueError);
  EXPECT_THROW(reshape(table(), {-1, 4}), ValueError);
  EXPECT_THROW(reshape(table(), {-2, -3}), ValueError);
  EXPECT_THROW(reshape(zeros({0, 3}), {-1, 0}), ValueError);
}

TEST(Shapes, FlattenAndUnflatten) {
  const array x = zeros({2, 3, 4});
  EXPECT_EQ(flatten(x).shape(), (Shape{24}));
  EXPECT_EQ(flatten(x, 1).shape(), (Shape{2, 12}));
  EXPECT_EQ(flatten(x, 0, -2).shape(), (Shape{6, 4}));
  EXPECT_EQ(flatten(array(1)).shape(), (Shape{1}));
  EXPECT_THROW(flatten(x, 2, 1), ValueError);
  EXPECT_EQ(unflatten(x, 2, {2, -1}).shape(), (Shape{2, 3, 2, 2}));
  EXPECT_THROW(unflatten(x, 2, {3, -1}), ValueError);
  EXPECT_THROW(unflatten(x, 3, {3, -1}), IndexError);
}

TEST(Shapes, SqueezeAndExpand) {
  const array x = zeros({1, 3, 1});
  EXPECT_EQ(squeeze(x).shape(), (Shape{3}));
  EXPECT_EQ(squeeze(x, -1).shape(), (Shape{1, 3}));
  EXPECT_THROW(squeeze(x, 1), ValueError);
  EXPECT_THROW(squeeze(x, 3), IndexError);
  EXPECT_THROW(squeeze(x, std::vector<int>{0, 0}), ValueError);
  EXPECT_EQ(expand_dims(array({1, 2}), std::vector<int>{0, -1}).shape(), (Shape{1, 2, 1}));
  EXPECT_THROW(expand_dims(x, std::vector<int>{0, 0}), ValueError);
  EXPECT_THROW(expand_dims(x, 4), IndexError);
}

TEST(Shapes, Transpose) {
  EXPECT_THAT(values<int>(transpose(table())), ElementsAre(1, 4, 2, 5, 3, 6));
  const array x = zeros({2, 3, 4});
  EXPECT_EQ(transpose(x, {1, 2, 0}).shape(), (Shape{3, 4, 2}));
  EXPECT_EQ(swapaxes(x, 0, -1).shape(), (Shape{4, 3, 2}));
  EXPECT_EQ(moveaxis(x, 0, -1).shape(), (Shape{3, 4, 2}));
  EXPECT_THROW(transpose(x, {0, 1}), ValueError);
  EXPECT_THROW(transpose(x, {0, 0, 1}), ValueError);
  EXPECT_THROW(transpose(x, {0, 1, 3}), IndexError);
  EXPECT_THROW(moveaxis(x, 0, 5), IndexError);
}

TEST(Shapes, BroadcastTo) {
  EXPECT_THAT(values<int>(broadcast_to(array({1, 2}), {2, 2})), ElementsAre(1, 2, 1, 2));
  EXPECT_THROW(broadcast_to(table(), {3, 3}), ValueError);
  EXPECT_THROW(broadcast_to(table(), {3}), ValueError);
  const auto both = broadcast_arrays({array({1, 2}), array({3}, {1, 1})});
  EXPECT_EQ(both[0].shape(), (Shape{1, 2}));
  EXPECT_EQ(both[1].shape(), (Shape{1, 2}));
}

TEST(Shapes, SliceFollowsPython) {
  const array x({0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_THAT(values<int>(slice(x, {1}, {7}, {2})), ElementsAre(1, 3, 5));
  EXPECT_THAT(values<int>(slice(x, {-3}, {100})), ElementsAre(5, 6, 7));
  EXPECT_THAT(values<int>(slice(x, {7}, {-100}, {-3})), ElementsAre(7, 4, 1));
  EXPECT_THAT(values<int>(slice(x, {100}, {2}, {-2})), ElementsAre(7, 5, 3));
  EXPECT_EQ(slice(x, {5}, {2}).shape(), (Shape{0}));
  EXPECT_EQ(slice(x, {0}, {8}).node(), x.node()) << "the whole array is the array";
  EXPECT_THAT(values<int>(slice(table(), {0, 1}, {2, 3})), ElementsAre(2, 3, 5, 6));
  EXPECT_THAT(values<int>(flip(table(), {0, 1})), ElementsAre(6, 5, 4, 3, 2, 1));
  const std::int64_t far = std::numeric_limits<std::int32_t>::max();
  EXPECT_THAT(values<int>(slice(x, {-far}, {far}, {far})), ElementsAre(0));
  EXPECT_THROW(slice(x, {0}, {8}, {0}), ValueError);
  EXPECT_THROW(slice(x, {0, 0}, {8, 1}), ValueError);
}

TEST(Shapes, ConcatenateAndStack) {
  EXPECT_THAT(values<int>(concatenate({table(), table()}, 1)), ElementsAre(1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6));
  EXPECT_EQ(concatenate({table(), array({0.5F, 1.0F, 2.0F}, {1, 3})}).dtype(), float32);
  EXPECT_THAT(values<int>(concatenate({zeros({0}, int32), array({1})})), ElementsAre(1));
  EXPECT_THAT(values<int>(stack({array({1, 2}), array({3, 4})}, 1)), ElementsAre(1, 3, 2, 4));
  EXPECT_EQ(stack({table(), table()}, -1).shape(), (Shape{2, 3, 2}));
  EXPECT_THROW(concatenate(std::vector<array>{}), ValueError);
  EXPECT_THAT(message_of<ValueError>([] { concatenate({table(), zeros({2, 2})}, 0); }), HasSubstr("(2, 2)"));
  EXPECT_THROW(concatenate({table(), array({1})}), ValueError);
  EXPECT_THROW(concatenate({table(), table()}, 2), IndexError);
  EXPECT_THROW(stack({table(), array({1})}), ValueError);
}

TEST(Shapes, Split) {
  const auto parts = split(table(), 3, 1);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_THAT(values<int>(parts[1]), ElementsAre(2, 5));
  const auto pieces = split(table(), Shape{1}, 1);
  EXPECT_EQ(pieces[0].shape(), (Shape{2, 1}));
  EXPECT_EQ(pieces[1].shape(), (Shape{2, 2}));
  EXPECT_THAT(message_of<ValueError>([] { split(table(), 2, 1); }), HasSubstr("extent 3 does not split into 2"));
  EXPECT_THROW(split(table(), 0, 1), ValueError);
  EXPECT_THROW(split(table(), 3, 2), IndexError);
}

TEST(Shapes, Matmul) {
  const array a = astype(table(), float32);
  EXPECT_THAT(values<float>(matmul(a, transpose(a))), ElementsAre(14, 32, 32, 77));
  EXPECT_THAT(values<float>(matmul(a, array({1.0F, 0.0F, 1.0F}))), ElementsAre(4, 10));
  EXPECT_THAT(values<float>(matmul(array({1.0F, 1.0F}), a)), ElementsAre(5, 7, 9));
  EXPECT_EQ(matmul(array({1.0F, 2.0F}), array({3.0F, 4.0F})).item<float>(), 11.0F);
  EXPECT_EQ(matmul(ones({5, 1, 2, 3}), ones({4, 3, 2})).shape(), (Shape{5, 4, 2, 2}));
  EXPECT_THAT(values<float>(addmm(array({1.0F, 2.0F}), a, transpose(a), 2.0F, 3.0F)), ElementsAre(31, 70, 67, 160));
  const std::string message = message_of<ValueError>([&] { matmul(a, a); });
  EXPECT_THAT(message, HasSubstr("matmul"));
  EXPECT_THAT(message, HasSubstr("(2, 3)"));
  EXPECT_THROW(matmul(table(), transpose(table())), ValueError);
  EXPECT_THROW(matmul(array(1.0F), a), ValueError);
}

}  // namespace
}  // namespace cermet
