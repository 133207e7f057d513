// Default streams of threads, and evaluation in the background.
#include <cermet/memory.h>
#include <cermet/stream.h>
#include <gmock/gmock.h>

#include <thread>

#include "array/values.h"

namespace cermet {
namespace {

using test::values;
using testing::Each;

TEST(Streams, AreTheDefaultOfTheirThreadInAContext) {
  const Stream before = default_stream(Device::cpu);
  const Stream s = new_stream(Device::cpu);
  EXPECT_FALSE(s == before);
  {
    const StreamContext context(s);
    EXPECT_EQ(default_stream(Device::cpu), s);
    EXPECT_EQ((array(1) + 1).node()->stream, s);
    EXPECT_EQ(exp(array(1), Device::cpu).node()->stream, s);
    std::thread([&] { EXPECT_EQ(default_stream(Device::cpu), before); }).join();
    {
      const StreamContext inner(before);
      EXPECT_EQ(default_stream(Device::cpu), before);
    }
    EXPECT_EQ(default_stream(Device::cpu), s);
  }
  EXPECT_EQ(default_stream(Device::cpu), before);
  EXPECT_THROW(StreamContext(Device(Device::gpu)), ValueError);
  EXPECT_EQ(default_stream(Device::cpu), before);
}

TEST(Streams, OfAThreadAreItsOwn) {
  const ThreadLocalStream local(Device::cpu);
  const Stream mine = local.stream();
  EXPECT_EQ(local.stream(), mine);
  std::thread([&] { EXPECT_FALSE(local.stream() == mine); }).join();
  EXPECT_THROW(ThreadLocalStream(Device::gpu), ValueError);
}

TEST(Streams, OnlyTheCpuExists) {
  EXPECT_THROW(set_default_device(Device::gpu), ValueError);
  EXPECT_THROW(new_stream(Device::gpu), ValueError);
  EXPECT_THROW(synchronize(Stream{0, Device::gpu}), ValueError);
  EXPECT_TRUE(is_available(Device::cpu));
  EXPECT_FALSE(is_available(Device(Device::cpu, 1)));
  EXPECT_EQ(device_count(Device::gpu), 0);
  EXPECT_EQ(default_device(), Device(Device::cpu));
}

TEST(AsyncEval, ValuesArriveInTheBackground) {
  const array x = full({1000}, 2.0F);
  const array y = x * 3 + 1;
  async_eval({x, y});
  synchronize();
  EXPECT_TRUE(y.is_available());
  EXPECT_THAT(values<float>(y), Each(7.0F));
}

TEST(AsyncEval, ArraysAreUsedMeanwhile) {
  array x = full({100, 100}, 0.5F);
  for (int i = 0; i < 50; ++i) {
    x = x + 1;
    async_eval({x});
    if (i % 10 == 9) {
      EXPECT_EQ(slice(x, {3, 3}, {4, 4}).item<float>(), static_cast<float>(i) + 1.5F);
    }
  }
  synchronize(default_stream(Device::cpu));
  EXPECT_TRUE(x.is_available());
}

TEST(AsyncEval, ErrorsComeOutAtTheRead) {
  array x = full({1 << 18}, 1.0F) + 1;
  const std::size_t old = set_memory_limit(get_active_memory() + 1024);
  async_eval({x});
  synchronize();
  EXPECT_FALSE(x.is_available());
  EXPECT_THROW(x.eval(), OutOfMemoryError);
  set_memory_limit(old);
  x.eval();
  EXPECT_TRUE(x.is_available());
}

}  // namespace
}  // namespace cermet
