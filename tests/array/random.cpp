// Random streams: the words and numbers that MLX 0.32 gives for the same keys, and the process-wide state.
#include <gmock/gmock.h>

#include <bit>
#include <set>
#include <thread>

#include "array/values.h"

namespace cermet {
namespace {

using test::message_of;
using test::truths;
using test::values;
using testing::ElementsAre;
using testing::HasSubstr;

/// The bits of the elements as numbers.
std::vector<std::uint32_t> words(const array& x) {
  if (x.itemsize() == 4) return values<std::uint32_t>(view(x, uint32));
  const auto narrow = values<std::uint16_t>(view(x, uint16));
  return {narrow.begin(), narrow.end()};
}

TEST(Random, Keys) {
  EXPECT_THAT(words(random::key((std::uint64_t{3} << 32) + 5)), ElementsAre(3U, 5U));
  const array key = random::key(7);
  EXPECT_THAT(words(random::split(key, 2)), ElementsAre(0x399897a9U, 0x3af75d5dU, 0x741fbe03U, 0x3f1826cbU));
  EXPECT_THAT(words(random::split(key, 3)),
              ElementsAre(0x107b9334U, 0x33609431U, 0x71979c42U, 0x61dcd604U, 0xace8297eU, 0x539bb5acU));
  EXPECT_THAT(words(random::split(key).second), ElementsAre(0x741fbe03U, 0x3f1826cbU));
}

TEST(Random, Bits) {
  const array key = random::key(7);
  EXPECT_THAT(words(random::bits({1}, key)), ElementsAre(0xd817648bU));
  EXPECT_THAT(words(random::bits({3}, key)), ElementsAre(0x399897a9U, 0x6d18d948U, 0x741fbe03U));
  EXPECT_THAT(words(random::bits({5}, key)),
              ElementsAre(0x107b9334U, 0x33609431U, 0xa6847f6eU, 0x61dcd604U, 0xace8297eU));
  EXPECT_THAT(words(random::bits({5}, 2, key)), ElementsAre(0x97a9U, 0x3998U, 0xd948U, 0x6d18U, 0xbe03U));
  EXPECT_THAT(values<std::uint8_t>(random::bits({5}, 1, key)), ElementsAre(0xbf, 0x28, 0xa0, 0x0b, 0xbf));
  EXPECT_EQ(random::bits({0, 3}, key).size(), 0);
}

TEST(Random, Uniform) {
  const array key = random::key(7);
  EXPECT_THAT(words(random::uniform({5}, key)),
              ElementsAre(0x3d83dc9aU, 0x3e4d8251U, 0x3f26847fU, 0x3ec3b9acU, 0x3f2ce829U));
  EXPECT_THAT(words(random::uniform({5}, float16, key)), ElementsAre(0x2c1fU, 0x326cU, 0x3934U, 0x361eU, 0x3967U));
  EXPECT_THAT(words(random::uniform({5}, bfloat16, key)), ElementsAre(0x3d84U, 0x3e4eU, 0x3f27U, 0x3ec4U, 0x3f2dU));
  EXPECT_THAT(words(random::uniform(-2.0F, 3.0F, {5}, float32, key)),
              ElementsAre(0xbfd6cb10U, 0xbf7f1d1aU, 0x3fa04b3eU, 0xbdb57e90U, 0x3fb04466U));
  const array many = random::uniform({1 << 20}, bfloat16, key);
  EXPECT_LT(max(many).item<float>(), 1.0F);
  EXPECT_GE(min(many).item<float>(), 0.0F);
}

/// Element by element within `ulp` units of the reference's bits.
void expect_close(const array& x, const std::vector<std::uint32_t>& reference, float tolerance) {
  const auto got = values<float>(astype(x, float32));
  ASSERT_EQ(got.size(), reference.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], std::bit_cast<float>(reference[i]), tolerance) << i;
}

TEST(Random, Normal) {
  const array key = random::key(7);
  expect_close(random::normal({5}, key), {0xbfc26d72U, 0xbf56d28eU, 0x3ec5eb48U, 0xbe995934U, 0x3ee8eb9bU}, 1e-6F);
  expect_close(random::normal({5}, float32, 3.0F, 2.0F, key),
               {0xbd1b5c80U, 0x3fa92d72U, 0x40717ad2U, 0x4019a9b3U, 0x407a3ae7U}, 2e-6F);
  expect_close(random::normal({5}, float16, key), {0xbfc26d72U, 0xbf56d28eU, 0x3ec5eb48U, 0xbe995934U, 0x3ee8eb9bU},
               1e-3F);
  const array z = random::normal({3}, complex64, key);
  expect_close(real(z), {0xbf897b24U, 0xbdccfaa8U, 0x3ea4b316U}, 1e-6F);
  expect_close(imag(z), {0xbf17e706U, 0xbe58de12U, 0xbea2ad4dU}, 1e-6F);
}

TEST(Random, GumbelAndLaplace) {
  const array key = random::key(7);
  expect_close(random::gumbel({5}, float32, key), {0xbf812703U, 0xbef28d6cU, 0x3f5802bdU, 0x3d205512U, 0x3f6f7724U},
               1e-6F);
  expect_close(random::laplace({5}, float32, 1.0F, 3.0F, key),
               {0x40e4c5daU, 0x406f43a2U, 0xbd977a60U, 0x3fe71737U, 0xbe97a838U}, 3e-6F);
  EXPECT_EQ(random::laplace({5}, float64, 0, 1, key).dtype(), float64);
}

TEST(Random, TruncatedNormal) {
  const array key = random::key(7);
  expect_close(random::truncated_normal(-1.0F, 2.0F, {5}, float32, key),
               {0xbf4d3cb9U, 0xbeeb4254U, 0x3eff7fafU, 0xbd91ff61U, 0x3f0ed372U}, 1e-6F);
  const array bounds({-1.0F, 0.0F, 1.0F});
  EXPECT_EQ(random::truncated_normal(bounds, 2.0F).shape(), Shape({3}));
  EXPECT_THAT(message_of<ValueError>([&] { random::truncated_normal(bounds, 2.0F, Shape{2}); }),
              HasSubstr("cannot be broadcast"));
}

TEST(Random, Categorical) {
  const array key = random::key(7);
  const array logits = multiply(reshape(arange(12.0, float32), {3, 4}), 0.25F);
  EXPECT_THAT(values<std::uint32_t>(random::categorical(logits, -1, key)), ElementsAre(0U, 1U, 3U));
  EXPECT_THAT(values<std::uint32_t>(random::categorical(logits, 0, key)), ElementsAre(1U, 1U, 1U, 2U));
  EXPECT_THAT(values<std::uint32_t>(random::categorical(logits, -1, {2, 3}, key)), ElementsAre(0U, 3U, 1U, 2U, 1U, 2U));
  EXPECT_EQ(random::categorical(logits, -1, 6, key).shape(), Shape({3, 6}));
  EXPECT_THAT(message_of<ValueError>([&] { random::categorical(logits, -1, {2}); }), HasSubstr("cannot be broadcast"));
  EXPECT_THROW(random::categorical(logits, 2), IndexError);
}

TEST(Random, PermutationAndJointNumbers) {
  const array key = random::key(7);
  EXPECT_THAT(values<std::uint32_t>(random::permutation(9, key)), ElementsAre(6U, 1U, 2U, 5U, 4U, 7U, 8U, 3U, 0U));
  EXPECT_THAT(values<int>(random::permutation(reshape(arange(10), {2, 5}), 1, key)),
              ElementsAre(0, 1, 3, 2, 4, 5, 6, 8, 7, 9));
  const array cov = reshape(array({2.0F, 0.5F, 0.5F, 1.0F}), {2, 2});
  expect_close(random::multivariate_normal(array({1.0F, -1.0F}), cov, {3}, float32, key),
               {0xbfa680f4U, 0xc008f5b8U, 0x3f3d30eaU, 0xbfa94a8eU, 0x3fc55482U, 0xbfabf948U}, 2e-6F);
}

TEST(Random, BernoulliAndIntegers) {
  const array key = random::key(7);
  EXPECT_THAT(truths(random::bernoulli(0.3F, {16}, key)), ElementsAre(0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0));
  EXPECT_THAT(values<int>(random::randint(-5, 100, {6}, int32, key)), ElementsAre(0x1, 0x10, 0x29, 0x23, 0x41, 0x1d));
  EXPECT_EQ(random::randint(-5, 100, {6}, int8, key).dtype(), int8);
}

TEST(Random, StateSplitsAtEveryDraw) {
  random::seed(7);
  EXPECT_THAT(words(random::bits({2})), ElementsAre(0x83c7c643U, 0x1417fff3U));
  EXPECT_THAT(words(random::bits({2})), ElementsAre(0xcd219678U, 0x2f36c7fdU));
  EXPECT_THAT(words(random::bits({2})), ElementsAre(0x3dcc60e0U, 0x923ec71cU));
  random::seed(7);
  EXPECT_THAT(words(random::bits({2})), ElementsAre(0x83c7c643U, 0x1417fff3U));
  const array saved = random::state();
  const auto first = words(random::uniform({4}));
  random::state().overwrite(saved);
  EXPECT_EQ(words(random::uniform({4})), first);
}

TEST(Random, ThreadsNeverShareAKey) {
  random::seed(1);
  std::vector<std::vector<array>> drawn(4);
  std::vector<std::thread> threads;
  for (auto& mine : drawn) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < 100; ++i) mine.push_back(random::next_key());
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::vector<std::uint32_t>> keys;
  for (const auto& mine : drawn) {
    for (const array& key : mine) keys.insert(words(key));
  }
  EXPECT_EQ(keys.size(), 400U);
}

TEST(Random, RefuseBadArguments) {
  EXPECT_THROW(random::bits({2}, 3), ValueError);
  EXPECT_THROW(random::bits({-1}), ValueError);
  EXPECT_THAT(message_of<ValueError>([] { random::bits({2}, zeros({3})); }), HasSubstr("key"));
  EXPECT_THROW(random::uniform({2}, int32), ValueError);
  EXPECT_THROW(random::uniform(zeros({3}), 1, {2}), ValueError);
  EXPECT_THROW(random::normal({2}, int32), ValueError);
  EXPECT_THROW(random::bernoulli(1, {2}), ValueError);
  EXPECT_THROW(random::randint(0, 5, {2}, float32), ValueError);
}

}  // namespace
}  // namespace cermet
