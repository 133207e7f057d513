// Shape and dtype rules: results, symbols, and the errors that users see.
#include "graph_building.h"

namespace cermet::graph::testing {
namespace {

using ::testing::Test;

std::string reshape_error(Shape from, Shape to) {
  return message_of<ValueError>([&] {
    Sketch s;
    s.b.reshape(s.input(from), to);
  });
}

TEST(infer, reshape_names_both_shapes) {
  EXPECT_EQ(reshape_error({2, 3}, {4}), "[reshape] Cannot reshape array of shape (2, 3) into shape (4,).");
  EXPECT_EQ(reshape_error({2, 3}, {-1, 4}), "[reshape] Cannot reshape array of shape (2, 3) into shape (-1, 4).");
  EXPECT_EQ(reshape_error({2, 3}, {-1, -1}),
            "[reshape] Reshape can only infer one dimension; shape (-1, -1) has several -1.");
  EXPECT_EQ(reshape_error({0, 3}, {-1, 0}), "[reshape] Cannot reshape array of shape (0, 3) into shape (-1, 0).");
  EXPECT_NE(reshape_error({6}, {-2, -3}).find("Negative dimension"), std::string::npos);
}

TEST(infer, reshape_infers_what_is_left) {
  Sketch s;
  const Value x = s.input({2, 3, 4});
  EXPECT_EQ(s.b.type(s.b.reshape(x, Shape{-1, 4})).shape, (Shape{6, 4}));
  EXPECT_EQ(s.b.type(s.b.reshape(x, Shape{24})).shape, Shape{24});
  EXPECT_EQ(s.b.type(s.b.reshape(s.input({0, 5}), Shape{0})).shape, Shape{0});
  EXPECT_EQ(s.b.type(s.b.reshape(s.input({}), Shape{1, 1})).shape, (Shape{1, 1}));
}

TEST(infer, reshape_of_symbols) {
  Sketch s;
  const Dim n = s.symbol("s0", 5);
  const Dim m = s.symbol("s1", 7);
  const Value x = s.input(Shape{n, m, 4});
  const Shape merged = s.b.type(s.b.reshape(x, Shape{s.graph.dims.multiply(n, m), -1})).shape;
  ASSERT_EQ(merged.size(), 2U);
  EXPECT_EQ(merged[1], Dim(4));
  EXPECT_THROW(s.b.reshape(x, Shape{n, n, 4}), ValueError);
}

TEST(infer, broadcast_follows_numpy) {
  Sketch s;
  EXPECT_EQ(s.b.type(s.b.broadcast(s.input({3, 1}), Shape{2, 3, 4})).shape, (Shape{2, 3, 4}));
  EXPECT_EQ(message_of<ValueError>([&] {
              s.b.broadcast(s.input({3}), Shape{2, 4});
            }),
            "[broadcast_to] Cannot broadcast array of shape (3,) to shape (2, 4).");
  EXPECT_THROW(s.b.broadcast(s.input({3, 4}), Shape{4}), ValueError);
  EXPECT_NE(message_of<ValueError>([&] {
              s.b.broadcast(s.number(1), Shape{1LL << 40, 1LL << 40});
            }).find("2^58"),
            std::string::npos);
}

TEST(infer, elementwise_promotes_and_broadcasts_in_the_builder) {
  Sketch s;
  const Value sum = s.call(Op::add, s.input({2, 1}, int8), s.input({3}, uint8));
  EXPECT_EQ(s.b.type(sum), (ArrayType{{2, 3}, int16}));
  EXPECT_EQ(s.b.type(s.call(Op::exp, s.input({4}, int32))), (ArrayType{{4}, float32}));
  EXPECT_EQ(s.b.type(s.call(Op::less, s.input({4}), s.input({}))), (ArrayType{{4}, bool_}));
  const Value chosen =
      s.b.elementwise(Op::where, std::array{s.input({2, 1}, int32), s.input({3}, float16), s.number(1, int8)});
  EXPECT_EQ(s.b.type(chosen), (ArrayType{{2, 3}, float16}));
  EXPECT_NE(message_of<ValueError>([&] { s.call(Op::add, s.input({2}), s.input({3})); }).find("[add]"),
            std::string::npos);
  EXPECT_THROW(s.b.elementwise(Op::add, std::array{s.input({2})}), ValueError);
}

TEST(infer, elementwise_primitive_itself_is_strict) {
  Sketch s;
  Primitive p = primitive(PrimitiveKind::elementwise);
  p.op = Op::add;
  EXPECT_THROW(s.b.add(p, std::array{s.input({2}), s.input({1})}), ValueError);
  EXPECT_THROW(s.b.add(p, std::array{s.input({2}), s.input({2}, int32)}), TypeError);
  p.op = Op::exp;
  EXPECT_THROW(s.b.add(p, std::array{s.input({2}, int32)}), TypeError);
}

TEST(infer, reduce) {
  Sketch s;
  const Value x = s.input({2, 3, 4}, float16);
  EXPECT_EQ(s.b.type(s.reduce(Reduction::sum, x, {-1, 0})), (ArrayType{{3}, float16}));
  EXPECT_EQ(s.b.type(s.reduce(Reduction::max, x, {1}, true)), (ArrayType{{2, 1, 4}, float16}));
  EXPECT_EQ(s.b.type(s.reduce(Reduction::argmax, x, {2})), (ArrayType{{2, 3}, uint32}));
  EXPECT_EQ(s.b.type(s.reduce(Reduction::all, x, {0, 1, 2})), (ArrayType{{}, bool_}));
  EXPECT_THROW(s.reduce(Reduction::sum, x, {3}), IndexError);
  EXPECT_THROW(s.reduce(Reduction::sum, x, {-4}), IndexError);
  EXPECT_THROW(s.reduce(Reduction::sum, x, {1, -2}), ValueError);
  EXPECT_EQ(message_of<ValueError>([&] {
              s.reduce(Reduction::max, s.input({2, 0}), {1});
            }),
            "[max] Cannot reduce axis 1 of an array of shape (2, 0): it is empty and max has no identity.");
  EXPECT_EQ(s.b.type(s.reduce(Reduction::sum, s.input({2, 0}), {1})).shape, Shape{2});
}

TEST(infer, transpose) {
  Sketch s;
  const Value x = s.input({2, 3, 4});
  EXPECT_EQ(s.b.type(s.transpose(x, {2, 0, 1})).shape, (Shape{4, 2, 3}));
  EXPECT_THROW(s.transpose(x, {0, 1}), ValueError);
  EXPECT_THROW(s.transpose(x, {0, 1, 1}), ValueError);
  EXPECT_THROW(s.transpose(x, {0, 1, 3}), IndexError);
}

TEST(infer, slice_stays_inside) {
  Sketch s;
  const Value x = s.input({5});
  EXPECT_EQ(s.b.type(s.slice(x, {4}, {3}, {-2})).shape, Shape{3});
  EXPECT_EQ(s.b.type(s.slice(x, {5}, {0}, {1})).shape, Shape{0});
  EXPECT_THROW(s.slice(x, {4}, {4}, {-2}), IndexError);
  EXPECT_THROW(s.slice(x, {3}, {3}, {1}), IndexError);
  EXPECT_THROW(s.slice(x, {0}, {2}, {0}), ValueError);
}

TEST(infer, concatenate) {
  Sketch s;
  EXPECT_EQ(s.b.type(s.concatenate({s.input({2, 3}), s.input({2, 0}), s.input({2, 4})}, 1)).shape, (Shape{2, 7}));
  EXPECT_THROW(s.concatenate({}, 0), ValueError);
  EXPECT_THROW(s.concatenate({s.input({2, 3}), s.input({3, 3})}, 1), ValueError);
  EXPECT_THROW(s.concatenate({s.input({2}), s.input({2}, int32)}, 0), TypeError);
  EXPECT_THROW(s.concatenate({s.input({2})}, 1), IndexError);
}

TEST(infer, matmul) {
  Sketch s;
  EXPECT_EQ(s.b.type(s.matmul(s.input({5, 2, 3}), s.input({5, 3, 4}))).shape, (Shape{5, 2, 4}));
  EXPECT_THROW(s.matmul(s.input({2, 3}), s.input({2, 3})), ValueError);
  EXPECT_THROW(s.matmul(s.input({2, 3}, int32), s.input({3, 2}, int32)), TypeError);
  EXPECT_THROW(s.matmul(s.input({3}), s.input({3, 2})), ValueError);
}

TEST(infer, random_bits_wants_a_key) {
  Sketch s;
  EXPECT_EQ(s.b.type(s.random_bits(s.input({2}, uint32), {3, 5}, uint8)), (ArrayType{{3, 5}, uint8}));
  EXPECT_THROW(s.random_bits(s.input({3}, uint32), {3}, uint32), ValueError);
  EXPECT_THROW(s.random_bits(s.input({2}, float32), {3}, uint32), ValueError);
  EXPECT_THROW(s.random_bits(s.input({2}, uint32), {3}, float32), TypeError);
  EXPECT_THROW(s.random_bits(s.input({2}, uint32), {-3}, uint32), ValueError);
}

TEST(infer, composites_say_what_their_bodies_give) {
  for (const char* name : {"softmax", "mean", "var", "std", "logsumexp"}) {
    for (Dtype dtype : {float32, float16, int32, bool_}) {
      for (bool keepdims : {false, true}) {
        Sketch s;
        const Value x = s.input({2, 3, 4}, dtype);
        const Value call = s.composite(name, x, {0, 2}, keepdims, Literal::of_integer(int32, 1));
        const Node node = s.b.node(call);
        const Value body = find_composite(name).build(s.b, std::array{x}, node.primitive);
        EXPECT_EQ(s.b.type(body), node.type) << name << " of " << cermet::name(dtype);
      }
    }
  }
  EXPECT_THROW(find_composite("median"), InternalError);
}

}  // namespace
}  // namespace cermet::graph::testing
