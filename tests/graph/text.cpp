// The text form: exact round trips, readable form, errors of the parser and of the verifier.
#include "graph_building.h"
#include "random_graph.h"

namespace cermet::graph::testing {
namespace {

TEST(text, reads_as_documented) {
  Sketch s;
  const Dim n = s.symbol("s0", 32);
  s.graph.name = "gelu";
  s.graph.sources.push_back("demo.py:12 in \"gelu\"");
  const Value x = s.b.input({Shape{n, 4096}, float32}, {.contiguous = false, .aligned = true, .strides = {n, Dim(1)}});
  s.b.set_source(1);
  s.finish({s.call(Op::multiply, x, 0.5), s.reduce(Reduction::sum, x, {1})});
  EXPECT_EQ(print(s.graph),
            "graph \"gelu\"\n"
            "symbol s0 in [1, inf] hint 32\n"
            "source 1 \"demo.py:12 in \\\"gelu\\\"\"\n"
            "%0: f32[s0, 4096] = input aligned strides=[s0, 1]\n"
            "%1: f32[] = constant 0.5 @1\n"
            "%2: f32[s0, 4096] = broadcast(%1) @1\n"
            "%3: f32[s0, 4096] = elementwise.multiply(%0, %2) @1\n"
            "%4: f32[s0] = reduce.sum(%0) axes=[1] @1\n"
            "return %3, %4\n");
}

TEST(text, every_primitive_survives) {
  Sketch s;
  const Dim n = s.symbol("n", 6);
  const Value x = s.input({4, 6});
  const Value key = s.input({2}, uint32);
  Primitive dim = primitive(PrimitiveKind::dim_value);
  dim.dims.push_back(s.graph.dims.add(s.graph.dims.floordiv(n, 4), s.graph.dims.minimum(n, 7)));
  dim.dtype = int64;
  Primitive bits = primitive(PrimitiveKind::bitcast);
  bits.dtype = uint32;
  Primitive product = primitive(PrimitiveKind::matmul);
  product.text = "bias+relu";
  Primitive update = primitive(PrimitiveKind::library);
  update.text = "slice_update_max";
  update.dims = {n, Dim(0)};
  update.axes = {-1, 2};
  Primitive scatter = primitive(PrimitiveKind::library);
  scatter.text = "scatter_add";
  scatter.axes = {-1, -1};
  scatter.dtype = int8;
  scatter.reduction = Reduction::prod;
  scatter.literal = Literal::of(float16, 0.5);
  s.finish({s.b.add(dim, {}),
            s.b.add(bits, std::array{x}),
            s.b.convert(x, bfloat16),
            s.b.reshape(x, Shape{3, 8}),
            s.transpose(x, {1, 0}),
            s.slice(x, {3, 1}, {2, 3}, {-2, 1}),
            s.strided(s.b.reshape(x, Shape{24}), 3, {4, 3}, {5, -1}),
            s.concatenate({x, x}, 0),
            s.iota({3, 2}, 1, int8),
            s.random_bits(key, {5}, uint16),
            s.reduce(Reduction::argmin, x, {0}),
            s.b.add(product, std::array{x, s.transpose(x, {1, 0}), s.input({4})}),
            s.b.add(primitive(PrimitiveKind::copy), std::array{x}),
            s.b.add(update, std::array{x, s.input({2, 3})}),
            s.b.add(scatter, std::array{x, s.input({3}, int8), s.input({3})}),
            s.composite("softmax", x, {1}),
            s.composite("var", x, {0, 1}, true, Literal::of_integer(int32, 1)),
            s.b.constant(Literal::of(float32, -INFINITY)),
            s.b.constant(Literal::of(bfloat16, NAN)),
            s.b.constant(Literal{float32, 0xffc00123}),
            s.b.constant(Literal::of_complex(complex64, {1.5, -2})),
            s.b.constant(Literal::of(bool_, 1)),
            s.number(0.1),
            s.b.constant(Literal::of_unsigned(uint64, ~0ULL)),
            x});
  const std::string text = print(s.graph);
  const Graph again = parse(text);
  verify(again);
  EXPECT_EQ(print(again), text);
  ASSERT_EQ(again.nodes.size(), s.graph.nodes.size());
  for (std::size_t v = 0; v < again.nodes.size(); ++v) {
    EXPECT_EQ(again.nodes[v].primitive.text, s.graph.nodes[v].primitive.text);
    EXPECT_EQ(again.nodes[v].primitive.axes, s.graph.nodes[v].primitive.axes);
    EXPECT_EQ(again.nodes[v].primitive.dtype, s.graph.nodes[v].primitive.dtype) << "node " << v;
    EXPECT_EQ(again.nodes[v].primitive.literal, s.graph.nodes[v].primitive.literal);
  }
}

TEST(text, random_graphs_survive) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    const Graph graph = random_graph(seed);
    const std::string text = print(graph);
    ASSERT_EQ(print(parse(text)), text);
  }
}

TEST(text, parser_names_the_line) {
  const auto error = [](std::string_view text) { return message_of<ValueError>([&] { parse(text); }); };
  EXPECT_EQ(error("graph \"g\"\n%0: f32[2] = input\n%1: f32[2] = elementwise.frobnicate(%0)\nreturn %1\n"),
            "[parse] Line 3: unknown element-wise op `frobnicate` in `%1: f32[2] = elementwise.frobnicate(%0)`.");
  EXPECT_NE(error("%0: f32[2] = input\nreturn %7\n").find("value %7 is not defined yet"), std::string::npos);
  EXPECT_NE(error("%0: f32[2 = input\nreturn %0\n").find("list is not closed"), std::string::npos);
  EXPECT_NE(error("%1: f32[2] = input\nreturn\n").find("out of order"), std::string::npos);
  EXPECT_NE(error("%0: f32[2] = input\n").find("no `return`"), std::string::npos);
  EXPECT_NE(error("hello\nreturn\n").find("Line 1"), std::string::npos);
  EXPECT_NE(error("%0: f32[2] = input\nreturn %0 %0\n").find("expected `,`"), std::string::npos);
  EXPECT_THROW(parse("%0: q7[2] = input\nreturn\n"), ValueError);
  EXPECT_THROW(parse("%0: f32[m] = input\nreturn\n"), ValueError);
}

TEST(verifier, finds_what_is_broken) {
  const auto broken = [](auto&& change) {
    Sketch s;
    const Value x = s.input({2, 3});
    s.finish({s.call(Op::exp, x)});
    change(s.graph);
    return message_of<InternalError>([&] { verify(s.graph); });
  };
  EXPECT_NE(broken([](Graph& g) { g.nodes[1].inputs[0] = 1; }).find("does not come before"), std::string::npos);
  EXPECT_NE(broken([](Graph& g) { g.nodes[1].type.dtype = int32; }).find("its rule gives"), std::string::npos);
  EXPECT_NE(broken([](Graph& g) { g.nodes[1].inputs.push_back(0); }).find("breaks a rule"), std::string::npos);
  EXPECT_NE(broken([](Graph& g) { g.outputs[0] = 9; }).find("does not exist"), std::string::npos);
  EXPECT_NE(broken([](Graph& g) {
              g.inputs.clear();
              g.input_layouts.clear();
            }).find("input nodes"),
            std::string::npos);
  EXPECT_NE(broken([](Graph& g) { g.nodes[1].source = 3; }).find("source"), std::string::npos);
  EXPECT_NE(broken([](Graph& g) { g.input_layouts[0].contiguous = false; }).find("strides"), std::string::npos);
}

TEST(builder, equal_nodes_are_one_and_inputs_are_not) {
  Sketch s;
  const Value x = s.input({2});
  EXPECT_NE(x, s.input({2}));
  EXPECT_EQ(s.call(Op::exp, x), s.call(Op::exp, x));
  EXPECT_EQ(s.number(1), s.number(1));
  EXPECT_NE(s.number(1), s.number(1, float16));
  EXPECT_NE(s.number(0.0), s.number(-0.0));
  EXPECT_EQ(s.number(NAN), s.number(NAN));
  // A builder on a graph that has nodes already knows them.
  Builder again(s.graph);
  EXPECT_EQ(again.elementwise(Op::exp, std::array{x}), s.call(Op::exp, x));
}

}  // namespace
}  // namespace cermet::graph::testing
