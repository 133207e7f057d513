// Index maps and strided layouts of views, against element lists that say where everything went.
#include <numeric>

#include "graph_building.h"

namespace cermet::graph::testing {
namespace {

struct View {
  Primitive primitive;
  Shape input, output;
};

/// A random view of `input`.
View random_view(const Shape& input, std::mt19937& random) {
  Sketch s;
  const Value x = s.input(input);
  std::vector<std::int64_t> axes(input.size());
  std::iota(axes.begin(), axes.end(), 0);
  Value v = x;
  switch (random() % 4) {
    case 0:
      std::shuffle(axes.begin(), axes.end(), random);
      v = s.transpose(x, axes);
      break;
    case 1: {
      Shape shape = input;
      for (Dim& d : shape)
        if (d == Dim(1)) d = 3;
      shape.insert(shape.begin(), Dim(2));
      v = s.b.broadcast(x, shape);
      break;
    }
    case 2: {
      std::vector<std::int64_t> start, extent, step;
      for (Dim d : input) {
        const bool backwards = random() % 2 != 0;
        start.push_back(backwards ? d.value() - 1 : 0);
        step.push_back(backwards ? -2 : 2);
        extent.push_back((d.value() + 1) / 2);
      }
      v = s.slice(x, start, extent, step);
      break;
    }
    default: {
      std::vector<std::int64_t> factors;
      for (std::int64_t n = input.elements(), f = 2; n > 1; f = n % f == 0 ? f : f + 1) {
        if (n % f == 0) {
          factors.push_back(f);
          n /= f;
        }
      }
      std::shuffle(factors.begin(), factors.end(), random);
      Shape shape;
      for (std::int64_t f : factors) {
        if (shape.empty() || random() % 2 != 0)
          shape.push_back(f);
        else
          shape.back() = shape.back().value() * f;
        if (random() % 4 == 0) shape.push_back(1);
      }
      v = s.b.reshape(x, shape);
      if (v == x) v = s.transpose(x, axes);
    }
  }
  return {s.b.node(v).primitive, input, s.b.type(v).shape};
}

/// Row-major positions 0, 1, ... moved as the interpreter moves them.
std::vector<std::int64_t> moved(const View& view) {
  Sketch s;
  s.finish({s.b.add(view.primitive, std::array{s.input(view.input, int32)})});
  Elements positions;
  for (std::int64_t i = 0; i < view.input.elements(); ++i) positions.push_back(Literal::of_integer(int32, i));
  std::vector<std::int64_t> out;
  const std::vector<Elements> results = run(s.graph, std::array{positions});
  for (const Literal& x : results[0]) out.push_back(x.as_int64());
  return out;
}

std::vector<std::int64_t> indices_at(std::int64_t at, const Shape& shape) {
  std::vector<std::int64_t> index(shape.size());
  for (std::size_t k = shape.size(); k-- > 0;) {
    index[k] = at % shape[k].value();
    at /= shape[k].value();
  }
  return index;
}

TEST(views, map_index_and_layout_agree_with_the_interpreter) {
  std::mt19937 random(7);
  int layouts = 0;
  for (int round = 0; round < 400; ++round) {
    Shape input;
    for (std::uint32_t k = random() % 4 + 1; k > 0; --k) input.push_back(static_cast<std::int64_t>(random() % 5 + 1));
    const View view = random_view(input, random);
    const std::vector<std::int64_t> expected = moved(view);
    IntExprTable table;
    SmallVector<IntExpr, 6> index;
    for (std::size_t k = 0; k < view.output.size(); ++k) {
      Symbol symbol;
      symbol.name = fmt::format("i{}", k);
      symbol.range = {0, view.output[k].value() - 1};
      index.push_back(table.add_symbol(symbol));
    }
    const auto mapped = map_index(view.primitive, view.input, view.output, {index.data(), index.size()}, table);
    const auto layout =
        view_layout(view.primitive, view.input, contiguous_layout(view.input, table), view.output, table);
    ASSERT_EQ(mapped.size(), view.input.size());
    ASSERT_TRUE(layout.has_value()) << "a view of row-major data never needs a copy";
    ++layouts;
    for (std::int64_t at = 0; at < view.output.elements(); ++at) {
      const std::vector<std::int64_t> values = indices_at(at, view.output);
      std::int64_t by_index = 0;
      for (std::size_t k = 0; k < mapped.size(); ++k) {
        by_index =
            by_index * view.input[k].value() + table.evaluate(mapped[k], [&](SymbolId id) { return values[id]; });
      }
      std::int64_t by_layout = layout->offset.value();
      for (std::size_t k = 0; k < values.size(); ++k) by_layout += values[k] * layout->strides[k].value();
      ASSERT_EQ(by_index, expected[static_cast<std::size_t>(at)]) << to_string(view.input) << to_string(view.output);
      ASSERT_EQ(by_layout, expected[static_cast<std::size_t>(at)]) << to_string(view.input) << to_string(view.output);
    }
  }
  EXPECT_EQ(layouts, 400);
}

std::optional<StridedLayout> reshaped(const Shape& from, std::vector<std::int64_t> strides, const Shape& to) {
  IntExprTable table;
  StridedLayout layout;
  for (std::int64_t s : strides) layout.strides.push_back(s);
  Primitive p = primitive(PrimitiveKind::reshape);
  p.dims.assign(to.begin(), to.end());
  return view_layout(p, from, layout, to, table);
}

std::vector<std::int64_t> strides_of(const std::optional<StridedLayout>& layout) {
  std::vector<std::int64_t> out;
  if (layout)
    for (Dim d : layout->strides) out.push_back(d.value());
  return out;
}

TEST(views, reshape_of_strided_data_without_a_copy_where_possible) {
  using List = std::vector<std::int64_t>;
  // A transposed (4, 6): its axes split but do not merge.
  EXPECT_EQ(strides_of(reshaped({6, 4}, {1, 6}, {2, 3, 4})), (List{3, 1, 6}));
  EXPECT_FALSE(reshaped({6, 4}, {1, 6}, {24}).has_value());
  EXPECT_FALSE(reshaped({6, 4}, {1, 6}, {3, 8}).has_value());
  // Rows with a gap between them; a broadcast; every second element.
  EXPECT_EQ(strides_of(reshaped({2, 3, 4}, {100, 4, 1}, {2, 12})), (List{100, 1}));
  EXPECT_FALSE(reshaped({2, 3, 4}, {100, 4, 1}, {6, 4}).has_value());
  EXPECT_EQ(strides_of(reshaped({3, 4}, {0, 0}, {12})), (List{0}));
  EXPECT_EQ(strides_of(reshaped({8}, {2}, {2, 4})), (List{8, 2}));
  // Axes of extent 1 have no stride worth keeping; empty arrays are always fine.
  EXPECT_EQ(strides_of(reshaped({4, 1, 3}, {3, 77, 1}, {12})), (List{1}));
  EXPECT_TRUE(reshaped({0, 4}, {1, 6}, {4, 0}).has_value());
  EXPECT_EQ(strides_of(reshaped({}, {}, {1, 1})), (List{1, 1}));
}

TEST(views, symbols_stay_symbolic_and_simple) {
  Sketch s;
  IntExprTable& table = s.graph.dims;
  const Dim n = s.symbol("s0", 5);
  const Shape from{n, 4096};
  const Shape to{n, 64, 64};
  Primitive p = primitive(PrimitiveKind::reshape);
  p.dims.assign(to.begin(), to.end());
  Symbol row{.name = "r", .range = {0, IntRange::unbounded_high}, .upper = n};
  Symbol i{.name = "i", .range = {0, 63}};
  Symbol j{.name = "j", .range = {0, 63}};
  const SmallVector<IntExpr, 6> index{table.add_symbol(row), table.add_symbol(i), table.add_symbol(j)};
  const auto mapped = map_index(p, from, to, {index.data(), index.size()}, table);
  EXPECT_EQ(table.print(mapped[0]), "r");
  EXPECT_EQ(mapped[1], table.add(table.multiply(index[1], 64), index[2]));
  const auto layout = view_layout(p, from, contiguous_layout(from, table), to, table);
  ASSERT_TRUE(layout.has_value());
  EXPECT_EQ(layout->strides, (SmallVector<Dim, 6>{Dim(4096), Dim(64), Dim(1)}));
}

}  // namespace
}  // namespace cermet::graph::testing
