// Decides, node by node, what is cheap enough to repeat. Views always are, as long as their chains stay short.
#include "graph/passes/inlining.h"

#include <optional>

#include "base/error.h"
#include "graph/passes/rewrite.h"

namespace cermet::graph {
namespace {

/// Core operations that may be repeated instead of storing and loading a value of the same size.
constexpr int cheap_cost = 4;
/// The same for 0-d values, which kernels compute once a tile.
constexpr int cheap_scalar_cost = 32;
/// Longer chains of inlined nodes get a home, so that walks over them stay linear in the graph.
constexpr int longest_chain = 32;

std::size_t at(Value v) { return static_cast<std::size_t>(v); }

int own_cost(const Primitive& p) {
  switch (p.kind) {
    case PrimitiveKind::elementwise:
      return row(p.op).cost;
    case PrimitiveKind::convert:
      return 1;
    case PrimitiveKind::reduce:
    case PrimitiveKind::scan:
      return 2;
    case PrimitiveKind::gather:
      return 4;  // wrapping and clamping an index
    case PrimitiveKind::random_bits:
      return 100;  // 20 rounds of an addition, a rotation and an exclusive or
    default:
      return 0;
  }
}

bool is_leaf(PrimitiveKind kind) {
  return kind == PrimitiveKind::constant || kind == PrimitiveKind::iota || kind == PrimitiveKind::dim_value;
}

bool is_repeatable(PrimitiveKind kind) {
  return kind == PrimitiveKind::elementwise || kind == PrimitiveKind::convert || kind == PrimitiveKind::bitcast;
}

Path through_view(const Path& below, const Primitive& view, Value v) {
  if (below.root < 0 || view.kind == PrimitiveKind::reshape || view.kind == PrimitiveKind::depends) return below;
  if (view.kind == PrimitiveKind::broadcast && below.kind == PathKind::linear) {
    return {below.root, PathKind::broadcast, v};
  }
  return {below.root, PathKind::other, -1};
}

class Chooser {
 public:
  Chooser(const Graph& graph, IntExprTable& table)
      : graph_(graph), table_(table), must_home_(graph.nodes.size(), false), depth_(graph.nodes.size(), 0) {
    const std::size_t n = graph.nodes.size();
    result_ = {std::vector<bool>(n, false), std::vector<Path>(n), std::vector<int>(n, 0), std::vector<int>(n, 0),
               std::vector<Value>(n)};
  }

  Inlining run() {
    find_bases();
    for (Value v : graph_.outputs) need_in_memory(v, false);
    for (const Node& node : graph_.nodes) {
      const bool product = node.primitive.kind == PrimitiveKind::matmul;
      if (!product && node.primitive.kind != PrimitiveKind::library) continue;
      for (Value v : node.inputs) need_in_memory(v, product);
    }
    for (std::size_t v = 0; v < graph_.nodes.size(); ++v) {
      ++nodes_visited();
      decide(static_cast<Value>(v));
    }
    return std::move(result_);
  }

 private:
  const Node& node(Value v) const { return graph_.nodes[at(v)]; }

  /// Bases and the strided layouts of chains of views over them.
  void find_bases() {
    layouts_.resize(graph_.nodes.size());
    std::size_t next_input = 0;
    for (std::size_t v = 0; v < graph_.nodes.size(); ++v) {
      ++nodes_visited();
      const Node& n = graph_.nodes[v];
      if (is_view(n.primitive.kind)) {
        const Value below = n.inputs[0];
        result_.base[v] = result_.base[at(below)];
        if (layouts_[at(below)]) {
          layouts_[v] = view_layout(n.primitive, node(below).type.shape, *layouts_[at(below)], n.type.shape, table_);
        }
        continue;
      }
      result_.base[v] = static_cast<Value>(v);
      const InputLayout* layout =
          n.primitive.kind == PrimitiveKind::input ? &graph_.input_layouts[next_input++] : nullptr;
      layouts_[v] = layout != nullptr && !layout->contiguous ? StridedLayout{layout->strides, 0}
                                                             : contiguous_layout(n.type.shape, table_);
    }
  }

  /// Rows or columns of the last two axes must be dense for the matrix libraries.
  static bool fits_matrix(const Shape& shape, const StridedLayout& layout) {
    const std::size_t rank = shape.size();
    if (rank < 2) return layout.strides.empty() || layout.strides[0] == Dim(1) || shape[0] == Dim(1);
    const auto dense = [&](std::size_t k) { return layout.strides[k] == Dim(1) || shape[k] == Dim(1); };
    const auto spread = [&](std::size_t k) { return layout.strides[k] != Dim(0) || shape[k] == Dim(1); };
    return (dense(rank - 1) && spread(rank - 2)) || (dense(rank - 2) && spread(rank - 1));
  }

  /// `v` is handed out as a strided window: what it is a view of gets a home, or it gets one itself.
  void need_in_memory(Value v, bool as_matrix) {
    const Value base = result_.base[at(v)];
    const std::optional<StridedLayout>& layout = layouts_[at(v)];
    const bool window = layout.has_value() && !is_leaf(node(base).primitive.kind) &&
                        (!as_matrix || fits_matrix(node(v).type.shape, *layout));
    must_home_[at(window ? base : v)] = true;
  }

  void decide(Value v) {
    const Node& n = node(v);
    if (n.primitive.kind == PrimitiveKind::input) {
      result_.path[at(v)] = {v, PathKind::linear, -1};
      return;
    }
    int cost = own_cost(n.primitive);
    int depth = 0;
    for (Value input : values_read(n)) {
      cost += result_.cost[at(input)];
      depth = std::max(depth, depth_[at(input)] + 1);
    }
    const std::optional<Path> path = can_inline(v, cost, depth) ? common_path(v) : std::nullopt;
    if (path) {
      result_.path[at(v)] = *path;
      result_.cost[at(v)] = cost;
      depth_[at(v)] = depth;
    } else {
      result_.home[at(v)] = true;
      result_.home_cost[at(v)] = cost;
      result_.path[at(v)] = {v, PathKind::linear, -1};
    }
  }

  bool can_inline(Value v, int cost, int depth) const {
    const Node& n = node(v);
    if (must_home_[at(v)] || depth > longest_chain) return false;
    if (is_view(n.primitive.kind) || is_leaf(n.primitive.kind)) return true;
    if (!is_repeatable(n.primitive.kind)) return false;
    const bool scalar = table_.product({n.type.shape.data(), n.type.shape.size()}) == Dim(1);
    return cost <= (scalar ? cheap_scalar_cost : cheap_cost);
  }

  std::optional<Path> common_path(Value v) const {
    Path common;
    for (Value input : values_read(node(v))) {
      const Path& path = result_.path[at(input)];
      if (path.root < 0) continue;
      if (common.root < 0) {
        common = path;
      } else if (common.root != path.root) {
        return std::nullopt;
      } else if (common != path) {
        common = {path.root, PathKind::other, -1};
      }
    }
    return is_view(node(v).primitive.kind) ? through_view(common, node(v).primitive, v) : common;
  }

  const Graph& graph_;
  IntExprTable& table_;
  Inlining result_;
  std::vector<bool> must_home_;
  std::vector<int> depth_;
  std::vector<std::optional<StridedLayout>> layouts_;
};

}  // namespace

Path Inlining::operand_path(const Graph& graph, Value v, Value operand) const {
  const Primitive& p = graph.nodes[at(v)].primitive;
  const Path below = path[at(operand)];
  if (is_view(p.kind)) return through_view(below, p, v);
  // The key of random bits and what a gather takes from are read anywhere.
  const bool anywhere = p.kind == PrimitiveKind::random_bits ||
                        (p.kind == PrimitiveKind::gather && operand == graph.nodes[at(v)].inputs[0]);
  if (anywhere && below.root >= 0) return {below.root, PathKind::other, -1};
  return below;
}

Inlining choose_inlining(const Graph& graph, IntExprTable& table) { return Chooser(graph, table).run(); }

}  // namespace cermet::graph
