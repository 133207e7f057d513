// Arrays that stand on memory of somebody else: what they read, who releases it, and that nothing writes to it.
#include <gmock/gmock.h>

#include <array>
#include <memory>
#include <numeric>
#include <thread>

#include "array/values.h"
#include "runtime/buffer.h"

namespace cermet {
namespace {

using test::message_of;
using test::values;
using testing::ElementsAre;
using testing::HasSubstr;

struct Source {
  std::vector<float> elements = std::vector<float>(24);
  std::shared_ptr<int> released = std::make_shared<int>(0);
  Source() { std::iota(elements.begin(), elements.end(), 0.0F); }
  ForeignMemory window(std::int64_t first, Shape shape, std::vector<std::int64_t> strides) {
    ForeignMemory memory;
    memory.first = elements.data() + first;
    memory.dtype = float32;
    memory.shape = std::move(shape);
    memory.strides = std::move(strides);
    memory.release = [count = released] { ++*count; };
    return memory;
  }
};

TEST(ForeignMemory, IsReadThroughAnyStrides) {
  Source s;
  EXPECT_THAT(values<float>(array::adopt(s.window(2, {3}, {1}))), ElementsAre(2, 3, 4));
  EXPECT_THAT(values<float>(array::adopt(s.window(5, {3}, {-2}))), ElementsAre(5, 3, 1));
  EXPECT_THAT(values<float>(array::adopt(s.window(0, {2, 2}, {1, 6}))), ElementsAre(0, 6, 1, 7));
  EXPECT_THAT(values<float>(array::adopt(s.window(7, {2, 2}, {-6, 0}))), ElementsAre(7, 7, 1, 1));
  EXPECT_THAT(values<float>(array::adopt(s.window(3, {1, 2}, {99999, 1}))), ElementsAre(3, 4));
  EXPECT_THAT(values<float>(array::adopt(s.window(9, {}, {}))), ElementsAre(9));
  const array x = array::adopt(s.window(1, {4, 5}, {6, 1}));
  EXPECT_THAT(values<float>(sum(x + x, 1)), ElementsAre(30, 90, 150, 210));
  EXPECT_THAT(values<float>(slice(x, {3, 4}, {-5, -6}, {-2, -3})), ElementsAre(23, 20, 11, 8));
}

TEST(ForeignMemory, IsReleasedOnceWhenNobodyNeedsIt) {
  Source s;
  {
    array x = array::adopt(s.window(0, {4}, {1}));
    array tail = slice(x, {1}, {4});
    tail.eval();
    x = array(0);
    EXPECT_EQ(*s.released, 0);
    EXPECT_THAT(values<float>(tail), ElementsAre(1, 2, 3));
  }
  EXPECT_EQ(*s.released, 1);
  { const array empty = array::adopt(s.window(0, {0, 3}, {3, 1})); }
  EXPECT_EQ(*s.released, 2);
  {
    array x = array::adopt(s.window(0, {4}, {1}));
    std::thread([y = std::move(x)]() mutable { y = array(0); }).join();
  }
  EXPECT_EQ(*s.released, 3);
}

TEST(ForeignMemory, IsNeverWritten) {
  Source s;
  const std::vector<float> before = s.elements;
  array x = array::adopt(s.window(0, {24}, {1}));
  x += 1;
  x = exp(x);
  x.eval();
  array dying = exp(array::adopt(s.window(0, {24}, {1})));
  dying.eval();
  EXPECT_EQ(s.elements, before);
}

TEST(ForeignMemory, WritesOfItsOwnerAreSeen) {
  Source s;
  const array x = array::adopt(s.window(0, {2}, {1}));
  const array pending = x + 1;
  s.elements[0] = 10;
  EXPECT_THAT(values<float>(x), ElementsAre(10, 1));
  EXPECT_THAT(values<float>(pending), ElementsAre(11, 2));
}

TEST(ForeignMemory, OfWrongFormIsRefusedAndNotReleased) {
  Source s;
  EXPECT_THAT(message_of<ValueError>([&] { array::adopt(s.window(0, {2, 2}, {1})); }), HasSubstr("strides"));
  EXPECT_THAT(message_of<ValueError>([&] { array::adopt(s.window(0, {-2}, {1})); }), HasSubstr("negative"));
  ForeignMemory odd = s.window(0, {2}, {1});
  odd.first = reinterpret_cast<char*>(s.elements.data()) + 1;
  EXPECT_THAT(message_of<ValueError>([&] { array::adopt(std::move(odd)); }), HasSubstr("aligned"));
}

TEST(ForeignMemory, ConstructorTakesADeleter) {
  auto* const data = new float[6]{1, 2, 3, 4, 5, 6};
  int deleted = 0;
  {
    const array x(data, Shape{2, 3}, float32, [&](void* p) {
      ++deleted;
      delete[] static_cast<float*>(p);
    });
    EXPECT_THAT(values<float>(transpose(x)), ElementsAre(1, 4, 2, 5, 3, 6));
  }
  EXPECT_EQ(deleted, 1);
}

TEST(ForeignMemory, ExportsKeepMemoryFromBeingReused) {
  array x = array({1.0F, 2.0F}) * 2;
  x.eval();
  {
    const runtime::BufferExport held(x.node()->data.buffer);
    EXPECT_TRUE(held.buffer()->shared());
    x = x + 1;
    x.eval();
    const auto* seen = static_cast<const float*>(held.buffer()->data());
    EXPECT_EQ(seen[0], 2);
    EXPECT_EQ(seen[1], 4);
  }
  EXPECT_FALSE(x.node()->data.buffer->shared());
}

}  // namespace
}  // namespace cermet
