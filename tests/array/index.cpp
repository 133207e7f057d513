// Indexing from C++: items of every kind, updates, errors. Python's tests compare with NumPy.
#include <cermet/index.h>
#include <gtest/gtest.h>

#include "array/values.h"

namespace cermet {
namespace {

using test::values;

array six() { return reshape(arange(6), {2, 3}); }

TEST(Index, ViewsAndIndexArrays) {
  const array x = six();
  EXPECT_EQ(values<int>(index(x, {1})), (std::vector<int>{3, 4, 5}));
  EXPECT_EQ(values<int>(index(x, {ellipsis, -1})), (std::vector<int>{2, 5}));
  EXPECT_EQ(values<int>(index(x, {0, Slice{.step = -2}})), (std::vector<int>{2, 0}));
  EXPECT_EQ(index(x, {newaxis, Slice{.start = 1}, 0}).shape(), (Shape{1, 1}));
  EXPECT_EQ(values<int>(index(x, {array({1, 0, 5}), Slice{.stop = 1}})), (std::vector<int>{3, 0, 3}));
  EXPECT_EQ(values<int>(index(x, {greater(x, 2)})), (std::vector<int>{3, 4, 5}));
  EXPECT_EQ(index(x, {}).shape(), x.shape());
}

TEST(Index, AdjacentIndexArraysStayOthersGoToTheFront) {
  const array x = zeros({2, 3, 4}), rows = array({0, 1, 1, 0, 1});
  EXPECT_EQ(index(x, {Slice{}, rows, rows}).shape(), (Shape{2, 5}));
  EXPECT_EQ(index(x, {rows, Slice{}, rows}).shape(), (Shape{5, 3}));
  EXPECT_EQ(index(x, {0, Slice{}, rows}).shape(), (Shape{5, 3}));
  EXPECT_EQ(index(x, {Slice{}, 0, rows}).shape(), (Shape{2, 5}));
}

TEST(Index, Updates) {
  const array x = six();
  EXPECT_EQ(values<int>(index_update(x, {0}, 7)), (std::vector<int>{7, 7, 7, 3, 4, 5}));
  EXPECT_EQ(values<int>(index_update(x, {Slice{}, 1}, array({8, 9}))), (std::vector<int>{0, 8, 2, 3, 9, 5}));
  EXPECT_EQ(values<int>(index_update(x, {array({0, 0}), 2}, 10, Update::add)), (std::vector<int>{0, 1, 22, 3, 4, 5}));
  EXPECT_EQ(values<int>(index_update(x, {greater(x, 3)}, 0)), (std::vector<int>{0, 1, 2, 3, 0, 0}));
  EXPECT_EQ(values<int>(index_update(x, {greater(x, 3)}, array({-1, -2}))), (std::vector<int>{0, 1, 2, 3, -1, -2}));
  EXPECT_EQ(values<int>(x), (std::vector<int>{0, 1, 2, 3, 4, 5}));
}

TEST(Index, Errors) {
  const array x = six();
  EXPECT_THROW(index(x, {2}), IndexError);
  EXPECT_THROW(index(x, {0, 0, 0}), IndexError);
  EXPECT_THROW(index(x, {ellipsis, ellipsis}), IndexError);
  EXPECT_THROW(index(x, {array({true, false, true})}), IndexError);
  EXPECT_THROW(index(x, {Index::checked(array({2}))}), IndexError);
  EXPECT_THROW(index(x, {array({0.5f})}), TypeError);
  EXPECT_THROW(Index(Slice{.step = 0}), ValueError);
  EXPECT_THROW(index_update(x, {0}, array({1, 2})), ValueError);
  EXPECT_THROW(index_update(x, {greater(x, 3)}, array({1, 2, 3})), ValueError);
  EXPECT_THROW(index_update(astype(x, uint8), {0}, 300), ValueError);
}

}  // namespace
}  // namespace cermet
