// Contractions of the C++ API, and the paths that einsum takes.
#include <gmock/gmock.h>

#include "array/einsum_path.h"
#include "array/values.h"

namespace cermet {
namespace {

using test::message_of;
using test::table;
using test::values;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(Contraction, InnerOuterAndKron) {
  EXPECT_EQ(inner(array({1, 2, 3}), array({4, 5, 6})).item<int>(), 32);
  EXPECT_THAT(values<int>(inner(table(), table())), ElementsAre(14, 32, 32, 77));
  EXPECT_THAT(values<int>(inner(array(2), table())), ElementsAre(2, 4, 6, 8, 10, 12));
  EXPECT_THAT(values<int>(outer(array({1, 2}), array({3, 4}))), ElementsAre(3, 4, 6, 8));
  EXPECT_THAT(values<int>(kron(array({1, 2}), array({1, 10}))), ElementsAre(1, 10, 2, 20));
  EXPECT_EQ(kron(table(), array({1, 2})).shape(), (Shape{2, 6}));
  EXPECT_THROW(inner(table(), array({1, 2})), ValueError);
}

TEST(Contraction, Tensordot) {
  EXPECT_EQ(tensordot(table(), table(), 2).item<int>(), 91);
  EXPECT_EQ(tensordot(table(), table(), 0).shape(), (Shape{2, 3, 2, 3}));
  const array x = astype(table(), float32);
  EXPECT_THAT(values<float>(tensordot(x, x, {0}, {0})), ElementsAre(17, 22, 27, 22, 29, 36, 27, 36, 45));
  EXPECT_THROW(tensordot(x, x, 1), ValueError);
  EXPECT_THROW(tensordot(x, x, 3), ValueError);
  EXPECT_THROW(tensordot(x, x, {0, 0}, {0, 1}), ValueError);
  EXPECT_THROW(tensordot(x, x, {2}, {0}), IndexError);
}

TEST(Contraction, TraceAndVecdot) {
  EXPECT_EQ(trace(table()).item<int>(), 6);
  EXPECT_EQ(trace(table(), 1, 0, 1).item<int>(), 8);
  EXPECT_EQ(trace(astype(table(), int8)).dtype(), int32);
  EXPECT_EQ(trace(astype(table(), int8), 0, 0, 1, float16).dtype(), float16);
  EXPECT_THAT(values<int>(vecdot(table(), array({1, 0, 1}))), ElementsAre(4, 10));
  const array z = array(std::complex<float>(0, 1));
  EXPECT_EQ(vecdot(reshape(z, {1}), reshape(z, {1})).item<std::complex<float>>(), std::complex<float>(1, 0));
}

TEST(Contraction, Einsum) {
  const array x = astype(table(), float32);
  EXPECT_THAT(values<float>(einsum("ij,kj->ik", {x, x})), ElementsAre(14, 32, 32, 77));
  EXPECT_THAT(values<float>(einsum("ij->j", {x})), ElementsAre(5, 7, 9));
  EXPECT_THAT(values<int>(einsum("ii->i", {reshape(arange(9), {3, 3})})), ElementsAre(0, 4, 8));
  EXPECT_EQ(einsum("...ij,jk", {zeros({5, 2, 3}), zeros({3, 4})}).shape(), (Shape{5, 2, 4}));
  EXPECT_EQ(einsum("i,ij,jk,k->", {ones({2}), x, ones({3, 4}), ones({4})}).item<float>(), 84);
  EXPECT_THAT(message_of<ValueError>([&] { einsum("ij,jk", {x, x}); }), HasSubstr("does not fit the extent 3"));
  EXPECT_THROW(einsum("ij->ik", {x}), ValueError);
  EXPECT_THROW(einsum("", {}), ValueError);
}

TEST(Contraction, TheCheapestPathIsTaken) {
  // (2, 100) (100, 3) (3, 100) (100, 2): the outer products last would cost most.
  const LabelSet chain[] = {0b00011, 0b00110, 0b01100, 0b11000};
  const double extents[] = {2, 100, 3, 100, 2};
  EinsumCosts costs;
  const auto path = contraction_path(chain, 0b10001, extents, &costs);
  EXPECT_EQ(path.size(), 3U);
  EXPECT_EQ(costs.optimized, 2 * 100 * 3 + 3 * 100 * 2 + 2 * 3 * 2);
  EXPECT_EQ(costs.naive, 3 * 2.0 * 100 * 3 * 100 * 2);
  EXPECT_EQ(costs.largest, 6);
  EXPECT_THAT(contraction_path(std::span(chain, 1), 0b11, extents), ElementsAre(Pair(0, 0)));
  EXPECT_THAT(contraction_path(std::span(chain, 2), 0b101, extents), ElementsAre(Pair(0, 1)));
}

TEST(Contraction, LongChainsTakeAGreedyPath) {
  constexpr int n = 60;
  std::vector<LabelSet> chain;
  for (int i = 0; i < n; ++i) chain.push_back(LabelSet{3} << i);
  const std::vector<double> extents(n + 1, 4.0);
  EinsumCosts costs;
  const auto path = contraction_path(chain, LabelSet{1} | LabelSet{1} << n, extents, &costs);
  EXPECT_EQ(path.size(), n - 1U);
  EXPECT_EQ(costs.optimized, 64 * (n - 1));
}

}  // namespace
}  // namespace cermet
