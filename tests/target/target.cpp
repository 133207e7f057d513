// Targets: presets, what they call native, and the host.
#include "target/target.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "ops/row.h"

namespace cermet::testing {
namespace {

TEST(Target, PresetsGrow) {
  const Target v2 = target_preset("x86-64-v2"), v3 = target_preset("x86-64-v3"), v4 = target_preset("x86-64-v4");
  EXPECT_EQ(v2.vector_bytes, 16);
  EXPECT_EQ(v3.vector_bytes, 32);
  EXPECT_EQ(v4.vector_bytes, 64);
  EXPECT_TRUE(v3.features.starts_with(v2.features));
  EXPECT_TRUE(v4.features.starts_with(v3.features));
  EXPECT_NE(v4.features.find("+avx512vl"), std::string::npos);
  EXPECT_NE(v3.features.find("+fma"), std::string::npos);
  EXPECT_EQ(v3.features.find(",,"), std::string::npos);
  EXPECT_TRUE(v4.masked_memory);
  EXPECT_FALSE(v3.masked_memory);
}

TEST(Target, NativeOpsAreTheCoreAndFma) {
  for (const std::string_view name : {"x86-64-v2", "x86-64-v3", "x86-64-v4"}) {
    const Target target = target_preset(name);
    for (int i = 0; i < op_count; ++i) {
      const Op op = static_cast<Op>(i);
      const bool native = op == Op::fma ? name != "x86-64-v2" : row(op).expand == nullptr;
      EXPECT_EQ(target.native.test(static_cast<std::size_t>(i)), native) << name << " " << cermet::name(op);
    }
  }
  EXPECT_TRUE(target_preset("interpreter").native.all());
}

TEST(Target, UnknownPresetsListTheKnownOnes) {
  try {
    target_preset("pdp-11");
    FAIL();
  } catch (const ValueError& e) {
    EXPECT_STREQ(e.what(), "[target] \"pdp-11\" is none of x86-64-v2, x86-64-v3, x86-64-v4, interpreter.");
  }
}

TEST(Target, TheHostIsAPresetWithMeasuredCaches) {
  const Target& host = host_target();
  const Target preset = target_preset(host.name);
  EXPECT_EQ(host.features, preset.features);
  EXPECT_EQ(host.native, preset.native);
  EXPECT_GE(host.threads, 1);
  EXPECT_GE(host.level_one_cache, 8 << 10);
  EXPECT_GT(host.last_level_cache, host.level_one_cache);
  EXPECT_EQ(&host, &host_target());
}

}  // namespace
}  // namespace cermet::testing
