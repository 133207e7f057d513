// The read-only tier: found by content, before the disk; damage and foreign files are as none.
#include "runtime/prebuilt.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/error.h"
#include "runtime/kernel_cache.h"
#include "runtime/process.h"

namespace cermet::runtime {
namespace {

using test::CacheFolder;

Hash128 key_of(int k) { return hash128("prebuilt " + std::to_string(k)); }

std::int64_t value_of(int k) {
  const auto kernel = get_kernel(key_of(k), [k](const std::string& symbol) {
    return KernelSource(test::storing_module(symbol, k), "note " + std::to_string(k));
  });
  EXPECT_EQ(kernel->note, "note " + std::to_string(k));
  std::int64_t out = -1;
  void* buffers[] = {&out};
  kernel->entry(buffers, nullptr, 0, 1);
  return out;
}

/// Ten kernels in a file, which is the tier while it lives; the disk cache is an empty folder.
class Prebuilt : public testing::Test {
 protected:
  Prebuilt() {
    use("none");
    {
      const CacheFolder made;
      clear_kernel_cache();
      for (int k = 0; k < 10; ++k) value_of(k);
      EXPECT_EQ(pack_prebuilt(made.path(), file_), 10U);
    }
    use(file_);
  }
  ~Prebuilt() override { use("none"); }

  static void use(const std::string& file) {
    set_setting("prebuilt", file);
    forget_prebuilt();
    clear_kernel_cache();
  }
  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void replace(const std::string& content) {
    std::filesystem::remove(file_);  // the old file stays mapped
    std::ofstream(file_, std::ios::binary) << content;
    use(file_);
  }

  const CacheFolder folder_, own_;
  const std::string file_ = folder_.path() + "/kernels";
};

TEST_F(Prebuilt, IsFoundBeforeTheDiskAndWritesNothing) {
  const auto before = kernel_cache_statistics();
  for (int k = 0; k < 10; ++k) EXPECT_EQ(value_of(k), k);
  const auto after = kernel_cache_statistics();
  EXPECT_EQ(after.prebuilt_hits - before.prebuilt_hits, 10U);
  EXPECT_EQ(after.compiled, before.compiled);
  EXPECT_EQ(after.disk_hits, before.disk_hits);
  EXPECT_TRUE(own_.files().empty());
}

TEST_F(Prebuilt, WhatItLacksIsCompiled) {
  const auto before = kernel_cache_statistics();
  EXPECT_EQ(value_of(11), 11);
  EXPECT_EQ(kernel_cache_statistics().compiled - before.compiled, 1U);
  EXPECT_EQ(own_.files().size(), 1U);
}

TEST_F(Prebuilt, NoFileAndOffAreTheSame) {
  for (const std::string& path : {std::string("none"), folder_.path() + "/absent", folder_.path()}) {
    use(path);
    EXPECT_FALSE(find_prebuilt(key_of(1)).has_value());
    EXPECT_EQ(value_of(1), 1);
  }
}

TEST_F(Prebuilt, DamageIsNoHit) {
  const std::string good = read(file_);
  for (const std::string& damaged : {std::string(), std::string("x"), good.substr(0, 23), good.substr(0, 200),
                                     good.substr(0, good.size() - 1), good + "x"}) {
    replace(damaged);
    for (int k = 0; k < 10; ++k) EXPECT_EQ(value_of(k), k);
  }
  // A flipped bit anywhere: at most the kernel that it hits is compiled anew.
  for (std::size_t at = 0; at < good.size(); at += 97) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    replace(damaged);
    for (int k = 0; k < 10; ++k) EXPECT_EQ(value_of(k), k);
  }
}

TEST_F(Prebuilt, PackingRefusesWhatIsNoEntry) {
  const CacheFolder other;
  std::ofstream(other.path() + "/0123.cermet") << "nonsense";
  EXPECT_THROW(pack_prebuilt(other.path(), file_), ValueError);
  EXPECT_THROW(pack_prebuilt(other.path() + "/absent", file_), ValueError);
  EXPECT_EQ(value_of(3), 3);
}

}  // namespace
}  // namespace cermet::runtime
