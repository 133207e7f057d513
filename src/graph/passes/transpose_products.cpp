#include "graph/passes/transpose_products.h"

#include <utility>

#include "graph/passes/dce.h"
#include "graph/passes/rewrite.h"
#include "graph/passes/simplify_views.h"
#include "graph/uses.h"

namespace cermet::graph {
namespace {

bool swaps_last_two(const Primitive& view) {
  if (view.kind != PrimitiveKind::transpose || view.axes.size() < 2) return false;
  const auto rank = static_cast<std::int64_t>(view.axes.size());
  for (std::int64_t k = 0; k < rank; ++k) {
    const std::int64_t source = k < rank - 2 ? k : 2 * rank - 3 - k;
    if (view.axes[static_cast<std::size_t>(k)] != source) return false;
  }
  return true;
}

Value transposed(Builder& builder, Value x) {
  Shape shape = builder.type(x).shape;
  Primitive view;
  view.kind = PrimitiveKind::transpose;
  for (std::size_t k = 0; k < shape.size(); ++k) view.axes.push_back(static_cast<std::int64_t>(k));
  std::swap(view.axes[shape.size() - 2], view.axes[shape.size() - 1]);
  std::swap(shape[shape.size() - 2], shape[shape.size() - 1]);
  const ArrayType type{std::move(shape), builder.type(x).dtype};
  const auto simpler = simplify_view(builder, view, {&x, 1}, type);
  return simpler ? *simpler : builder.add(std::move(view), {&x, 1});
}

}  // namespace

Graph transpose_products(const Graph& graph) {
  const std::vector<int> uses = count_uses(graph);
  bool any = false;
  Graph result = rewrite(graph, [&](Builder& builder, const Node& node, std::span<const Value> inputs) {
    if (swaps_last_two(node.primitive)) {
      const auto below = static_cast<std::size_t>(node.inputs[0]);
      const Node& product = graph.nodes[below];
      if (product.primitive.kind == PrimitiveKind::matmul && product.primitive.text.empty() && uses[below] == 1) {
        const Node copied = builder.node(inputs[0]);
        const Value operands[] = {transposed(builder, copied.inputs[1]), transposed(builder, copied.inputs[0])};
        any = true;
        return builder.add(product.primitive, operands);
      }
    }
    return builder.add(node.primitive, inputs);
  });
  return any ? dce(result) : result;
}

}  // namespace cermet::graph
