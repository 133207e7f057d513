// SmallVector, hashes, settings and logs.
#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/small_vector.h"

namespace cermet {
namespace {

TEST(SmallVector, GrowsFromInlineToHeapAndBack) {
  SmallVector<std::string, 2> v;
  for (int i = 0; i < 20; ++i) v.push_back("value number " + std::to_string(i));
  ASSERT_EQ(v.size(), 20U);
  EXPECT_EQ(v[19], "value number 19");
  v.push_back(v[3]);  // an element of the vector itself
  EXPECT_EQ(v.back(), "value number 3");
  SmallVector<std::string, 2> moved = std::move(v);
  EXPECT_EQ(moved.size(), 21U);
  EXPECT_TRUE(v.empty());  // NOLINT(bugprone-use-after-move): emptiness after a move is promised
  v.push_back("again");
  EXPECT_EQ(v.front(), "again");
}

TEST(SmallVector, InsertEraseAssignCompare) {
  SmallVector<int, 4> v{1, 2, 5};
  v.insert(v.begin() + 2, 3);
  const int more[] = {7, 8, 9};
  v.insert(v.begin(), more, more + 3);
  EXPECT_EQ(v, (SmallVector<int, 4>{7, 8, 9, 1, 2, 3, 5}));
  v.erase(v.begin() + 1, v.begin() + 4);
  EXPECT_EQ(v, (SmallVector<int, 4>{7, 2, 3, 5}));
  v = SmallVector<int, 4>(3, 4);
  EXPECT_EQ(v, (SmallVector<int, 4>{4, 4, 4}));
  v.resize(1);
  EXPECT_NE(v, (SmallVector<int, 4>{4, 4}));
}

TEST(Hash, IsStableAndSensitive) {
  EXPECT_EQ(hash128("kernel").hex(), hash128("kernel").hex());
  EXPECT_NE(hash128("kernel"), hash128("kernem"));
  EXPECT_EQ(hash128("").hex().size(), 32U);
}

TEST(Settings, SetGetAndRefuse) {
  const std::string before = get_setting("cache_size_mb");
  set_setting("cache_size_mb", "17");
  EXPECT_EQ(settings().cache_size_mb, 17);
  EXPECT_EQ(get_setting("cache_size_mb"), "17");
  set_setting("cache_size_mb", before);
  EXPECT_THROW(set_setting("cache_size_mb", "many"), ValueError);
  EXPECT_THROW(set_setting("no_such_switch", "1"), ValueError);
  try {
    set_setting("disable_compile", "perhaps");
    FAIL() << "must refuse";
  } catch (const ValueError& e) {
    EXPECT_STREQ(e.what(), "[settings] CERMET_DISABLE_COMPILE is \"perhaps\"; it must be 0 or 1.");
  }
}

TEST(Log, TopicsAreACommaSeparatedList) {
  set_setting("log", "compile,cache");
  EXPECT_TRUE(log_enabled("cache"));
  EXPECT_FALSE(log_enabled("comp"));
  set_setting("log", "");
  EXPECT_FALSE(log_enabled("cache"));
}

}  // namespace
}  // namespace cermet
