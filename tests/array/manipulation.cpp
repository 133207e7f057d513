// Repetition, padding, rolling, windows, grids, diagonals: values, shapes and errors of the C++ functions.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "array/values.h"

namespace cermet {
namespace {

using test::message_of;
using test::table;
using test::truths;
using test::values;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;

TEST(Manipulation, RepeatAndTile) {
  EXPECT_THAT(values<int>(repeat(array({1, 2}), 2, 0)), ElementsAre(1, 1, 2, 2));
  EXPECT_THAT(values<int>(repeat(transpose(table()), 2)), ElementsAre(1, 1, 4, 4, 2, 2, 5, 5, 3, 3, 6, 6));
  EXPECT_EQ(repeat(table(), 0, 1).shape(), (Shape{2, 0}));
  EXPECT_THAT(values<int>(tile(array({1, 2}), {2})), ElementsAre(1, 2, 1, 2));
  EXPECT_EQ(tile(table(), {2, 1, 3}).shape(), (Shape{2, 2, 9}));
  EXPECT_EQ(tile(array(1), {2, 2}).shape(), (Shape{2, 2}));
  EXPECT_THROW(repeat(table(), -1, 0), ValueError);
  EXPECT_THROW(repeat(table(), 2, 2), IndexError);
  EXPECT_THAT(message_of<ValueError>([] { tile(table(), {-1}); }), HasSubstr("[tile]"));
}

TEST(Manipulation, Roll) {
  EXPECT_THAT(values<int>(roll(table(), 1)), ElementsAre(6, 1, 2, 3, 4, 5));
  EXPECT_THAT(values<int>(roll(table(), -4, 1)), ElementsAre(2, 3, 1, 5, 6, 4));
  EXPECT_THAT(values<int>(roll(table(), {1, 1}, {0, 1})), ElementsAre(6, 4, 5, 3, 1, 2));
  EXPECT_THAT(values<int>(roll(table(), {1, 1}, {1})), ElementsAre(2, 3, 1, 5, 6, 4));
  EXPECT_EQ(roll(zeros({0, 2}), 3, 0).shape(), (Shape{0, 2}));
  EXPECT_THAT(values<int>(roll(array({1, 2, 3}), std::numeric_limits<std::int64_t>::min(), 0)), ElementsAre(3, 1, 2));
  EXPECT_THROW(roll(table(), {1, 2}, {0, 1, 0}), ValueError);
}

TEST(Manipulation, PadModes) {
  const array x({1, 2, 3});
  EXPECT_THAT(values<int>(pad(x, {{2, 1}}, array(7))), ElementsAre(7, 7, 1, 2, 3, 7));
  EXPECT_THAT(values<int>(pad(x, {{2, 1}}, array(0), "edge")), ElementsAre(1, 1, 1, 2, 3, 3));
  EXPECT_THAT(values<int>(pad(x, {{2, 5}}, array(0), "reflect")), ElementsAre(3, 2, 1, 2, 3, 2, 1, 2, 3, 2));
  EXPECT_THAT(values<int>(pad(x, {{4, 1}}, array(0), "symmetric")), ElementsAre(3, 3, 2, 1, 1, 2, 3, 3));
  EXPECT_EQ(pad(table(), 1, array(0)).shape(), (Shape{4, 5}));
  EXPECT_EQ(pad(x, 1, array(2.5F)).dtype(), int32);
  EXPECT_THAT(message_of<ValueError>([&] { pad(x, 1, array(0), "wrap"); }), HasSubstr("'symmetric'"));
  EXPECT_THROW(pad(x, {{1, 1}, {1, 1}}, array(0)), ValueError);
  EXPECT_THROW(pad(x, -1, array(0)), ValueError);
  EXPECT_THROW(pad(zeros({0}), 1, array(0), "edge"), ValueError);
}

TEST(Manipulation, StridedWindowsAreChecked) {
  const array x({0, 1, 2, 3, 4, 5});
  EXPECT_THAT(values<int>(as_strided(x, {3, 2}, {2, 1})), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(values<int>(as_strided(x, {2, 3}, {1, 1}, 1)), ElementsAre(1, 2, 3, 2, 3, 4));
  EXPECT_THAT(values<int>(as_strided(x, {3}, {-2}, 5)), ElementsAre(5, 3, 1));
  EXPECT_THAT(values<int>(as_strided(transpose(table()), {3}, {1})), ElementsAre(1, 4, 2));
  EXPECT_EQ(as_strided(x, {0}, {100}, 100).shape(), (Shape{0}));
  EXPECT_THAT(message_of<ValueError>([&] { as_strided(x, {3}, {3}); }), HasSubstr("leaves the 6 elements"));
  EXPECT_THROW(as_strided(x, {2}, {-1}), ValueError);
  EXPECT_THROW(as_strided(x, {2}, {std::numeric_limits<std::int64_t>::max()}, 1), ValueError);
  EXPECT_THROW(as_strided(x, {1}, {1}, -1), ValueError);
  EXPECT_THROW(as_strided(x, {1, 1}, {1}), ValueError);
}

TEST(Manipulation, GridsAndShapes) {
  const auto grid = meshgrid({array({1, 2}), array({3, 4, 5})});
  EXPECT_EQ(grid[0].shape(), (Shape{3, 2}));
  EXPECT_THAT(values<int>(grid[1]), ElementsAre(3, 3, 4, 4, 5, 5));
  EXPECT_EQ(meshgrid({array({1, 2}), array({3, 4, 5})}, true, "ij")[1].shape(), (Shape{1, 3}));
  EXPECT_THROW(meshgrid({table()}), ValueError);
  EXPECT_THROW(meshgrid({array(1)}, false, "ab"), ValueError);
  EXPECT_EQ(broadcast_shapes({{2, 1}, {3}, {}}), (Shape{2, 3}));
  EXPECT_THROW(broadcast_shapes({{2}, {3}}), ValueError);
  EXPECT_EQ(atleast_3d(array({1, 2})).shape(), (Shape{1, 2, 1}));
  EXPECT_EQ(unstack(table(), 1).size(), 3U);
  EXPECT_THAT(values<int>(unstack(table(), 1)[2]), ElementsAre(3, 6));
  EXPECT_THROW(unstack(array(1)), IndexError);
  EXPECT_THROW(matrix_transpose(array({1})), ValueError);
}

TEST(Manipulation, DiagonalsAndTriangles) {
  EXPECT_THAT(values<int>(diagonal(table())), ElementsAre(1, 5));
  EXPECT_THAT(values<int>(diagonal(table(), 1)), ElementsAre(2, 6));
  EXPECT_THAT(values<int>(diagonal(table(), -1)), ElementsAre(4));
  EXPECT_THAT(values<int>(diagonal(table(), 1, 1, 0)), ElementsAre(4));
  EXPECT_EQ(diagonal(table(), std::numeric_limits<int>::max()).shape(), (Shape{0}));
  EXPECT_EQ(diagonal(table(), std::numeric_limits<int>::min()).shape(), (Shape{0}));
  EXPECT_EQ(diagonal(zeros({2, 3, 4}), 0, 0, 2).shape(), (Shape{3, 2}));
  EXPECT_THAT(values<int>(diag(array({1, 2}), 1)), ElementsAre(0, 1, 0, 0, 0, 2, 0, 0, 0));
  EXPECT_THAT(values<int>(diag(array({1, 2}), -1)), ElementsAre(0, 0, 0, 1, 0, 0, 0, 2, 0));
  EXPECT_THAT(values<int>(tril(table())), ElementsAre(1, 0, 0, 4, 5, 0));
  EXPECT_THAT(values<int>(triu(table(), 1)), ElementsAre(0, 2, 3, 0, 0, 6));
  EXPECT_THAT(values<int>(tri(2, 3, 0, int32)), ElementsAre(1, 0, 0, 1, 1, 0));
  EXPECT_THROW(diagonal(table(), 0, 0, 0), ValueError);
  EXPECT_THROW(diag(zeros({1, 1, 1})), ValueError);
  EXPECT_THROW(tril(array({1})), ValueError);
}

TEST(Manipulation, EmptyPartsOfAJoinLeaveOnlyTheirDtype) {
  const array wide = broadcast_to(array(7), {2, 2});
  const array x = concatenate({zeros({2, 0}, float32), wide}, 1);
  EXPECT_EQ(x.dtype(), float32);
  EXPECT_THAT(values<float>(x), ElementsAre(7, 7, 7, 7));
  EXPECT_EQ(concatenate({zeros({2, 0}, int32), zeros({2, 0}, float32)}, 1).shape(), (Shape{2, 0}));
}

TEST(Manipulation, NumbersInPlaceOfNanAndInfinities) {
  const float inf = std::numeric_limits<float>::infinity(), largest = std::numeric_limits<float>::max();
  const array x({NAN, inf, -inf, 1.5F});
  EXPECT_THAT(values<float>(nan_to_num(x)), ElementsAre(0, largest, -largest, 1.5F));
  EXPECT_THAT(values<float>(nan_to_num(x, 1, 2, 3)), ElementsAre(1, 2, 3, 1.5F));
  EXPECT_THAT(values<int>(nan_to_num(table())), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Manipulation, DifferencesAndCounts) {
  EXPECT_THAT(values<int>(diff(array({1, 4, 9, 16}))), ElementsAre(3, 5, 7));
  EXPECT_THAT(values<int>(diff(array({1, 4, 9, 16}), 2)), ElementsAre(2, 2));
  EXPECT_THAT(truths(diff(array({true, true, false}))), ElementsAre(false, true));
  EXPECT_EQ(diff(array({1, 2}), 5).shape(), (Shape{0}));
  EXPECT_THROW(diff(array({1}), -1), ValueError);
  EXPECT_EQ(count_nonzero(array({0, 3, 4})).item<int>(), 2);
  EXPECT_THAT(values<int>(count_nonzero(table() - 2, std::vector<int>{0})), ElementsAre(2, 1, 2));
  EXPECT_EQ(minmax(table()).second.item<int>(), 6);
}

TEST(Creation, RangesOfLargeIntegersAreExact) {
  constexpr std::int64_t big = std::int64_t{1} << 62;
  EXPECT_THAT(values<std::int64_t>(integer_range(big, big + 5, 2, int64)), ElementsAre(big, big + 2, big + 4));
  EXPECT_EQ(integer_range(big, big - 5, 2, int64).shape(), (Shape{0}));
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min(), highest = std::numeric_limits<std::int64_t>::max();
  EXPECT_THROW(integer_range(lowest, highest, 1, int64), ValueError);
  EXPECT_THAT(values<std::int64_t>(integer_range(highest, lowest, lowest, int64)), ElementsAre(highest, -1));
  EXPECT_THROW(integer_range(0, 1, 0, int32), ValueError);
}

TEST(Creation, SamplesWithoutTheEndpoint) {
  EXPECT_THAT(values<float>(linspace(0, 1, 4, false, float32)), ElementsAre(0, 0.25F, 0.5F, 0.75F));
  EXPECT_THAT(values<double>(linspace(0, 1, 3, true, float64)), ElementsAre(0, 0.5, 1));
}

TEST(Creation, Windows) {
  EXPECT_THAT(values<float>(hanning(5)), ElementsAre(0, FloatEq(0.5F), 1, FloatEq(0.5F), 0));
  EXPECT_THAT(values<float>(bartlett(5)), ElementsAre(0, 0.5F, 1, 0.5F, 0));
  EXPECT_THAT(values<float>(hamming(1)), ElementsAre(1));
  EXPECT_EQ(blackman(-1).shape(), (Shape{0}));
}

}  // namespace
}  // namespace cermet
