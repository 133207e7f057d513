// See batching.h: one rule a family of primitives. Operands that are the same for the whole batch stay so as long as
// nothing else makes a result differ.
#include "transforms/batching.h"

#include <cermet/cermet.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "transforms/derivative_rules.h"

namespace cermet {

namespace {

using Operands = std::span<const BatchedArray>;

class Batch {
 public:
  explicit Batch(std::int64_t size) : size_(size) {}

  array apply(const graph::Node& node, Operands operands) const {
    const Primitive& p = node.primitive;
    switch (p.kind) {
      case PrimitiveKind::elementwise:
      case PrimitiveKind::convert:
      case PrimitiveKind::bitcast:
      case PrimitiveKind::copy:
      case PrimitiveKind::depends:
        return apply_primitive(p, all_batched(operands));
      case PrimitiveKind::reduce:
        return apply_primitive(with_axes_moved(p), all_batched(operands));
      case PrimitiveKind::scan:
      case PrimitiveKind::concatenate: {
        Primitive moved = p;
        ++moved.axes[0];
        return apply_primitive(moved, all_batched(operands));
      }
      case PrimitiveKind::reshape:
        return apply_primitive(with_batch_extent(p), all_batched(operands));
      case PrimitiveKind::transpose: {
        Primitive moved = with_axes_moved(p);
        moved.axes.insert(moved.axes.begin(), 0);
        return apply_primitive(moved, all_batched(operands));
      }
      case PrimitiveKind::broadcast:
        return broadcast(p, operands[0].value);
      case PrimitiveKind::slice:
        return slice(p, operands[0].value);
      case PrimitiveKind::gather:
        return gather(p, operands);
      case PrimitiveKind::matmul:
        return matmul(p, operands);
      case PrimitiveKind::library:
        return library(node, operands);
      default:
        return one_by_one(node, operands);
    }
  }

 private:
  array spread(const BatchedArray& x) const { return spread_batch(x, size_); }

  std::vector<array> all_batched(Operands operands) const {
    std::vector<array> out;
    for (const BatchedArray& x : operands) out.push_back(spread(x));
    return out;
  }

  static Primitive with_axes_moved(const Primitive& p) {
    Primitive moved = p;
    for (std::int64_t& axis : moved.axes) ++axis;
    return moved;
  }
  Primitive with_batch_extent(const Primitive& p) const {
    Primitive moved = p;
    moved.dims.insert(moved.dims.begin(), size_);
    return moved;
  }

  array broadcast(const Primitive& p, const array& x) const {
    Shape aligned(p.dims.size() + 1, 1);
    aligned[0] = size_;
    const Shape& from = x.shape();
    for (std::size_t k = 1; k < from.size(); ++k) aligned[aligned.size() - from.size() + k] = from[k];
    const array y = reshape(x, aligned);
    return apply_primitive(with_batch_extent(p), std::span(&y, 1));
  }

  array slice(const Primitive& p, const array& x) const {
    const std::size_t rank = p.axes.size();
    Primitive moved = p;
    moved.dims.insert(moved.dims.begin() + static_cast<std::ptrdiff_t>(rank), size_);
    moved.dims.insert(moved.dims.begin(), 0);
    moved.axes.insert(moved.axes.begin(), 1);
    return apply_primitive(moved, std::span(&x, 1));
  }

  /// Axes that follow an axis of the result move with it; a batched array follows the batch.
  static SmallVector<std::int64_t, 4> moved_sources(const Primitive& p, bool array_batched) {
    SmallVector<std::int64_t, 4> axes;
    if (array_batched) axes.push_back(0);
    for (std::int64_t source : p.axes) axes.push_back(source < 0 ? source : source + 1);
    return axes;
  }

  array gather(const Primitive& p, Operands operands) const {
    Primitive moved = with_batch_extent(p);
    moved.axes = moved_sources(p, operands[0].batched);
    std::vector<array> values{operands[0].value};
    for (const BatchedArray& index : operands.subspan(1)) values.push_back(spread(index));
    return apply_primitive(moved, values);
  }

  array matmul(const Primitive& p, Operands operands) const {
    const array& a = operands[0].value;
    const array& b = operands[1].value;
    if (operands.size() == 2 && !operands[1].batched && b.ndim() == 2) {  // one large product
      const Shape shape = a.shape();
      const array rows = reshape(a, {shape[0].value() * shape[1].value(), shape[2]});
      const array operands_2d[] = {rows, b};
      return reshape(apply_primitive(p, operands_2d), {shape[0], shape[1], b.shape()[1]});
    }
    return apply_primitive(p, all_batched(operands));
  }

  array library(const graph::Node& node, Operands operands) const {
    const std::string_view name = node.primitive.text;
    if (name.starts_with("slice_update")) return slice_update(node, operands);
    Primitive moved = node.primitive;
    if (name.starts_with("scatter")) {
      moved.axes = moved_sources(moved, true);
      return apply_primitive(moved, all_batched(operands));
    }
    if (is_along_one_axis(name)) {
      ++moved.axes[0];
      return apply_primitive(moved, all_batched(operands));
    }
    if (name.starts_with("linalg_")) return apply_primitive(moved, all_batched(operands));
    if (name.starts_with("convolution") && size_ > 0) return batched_convolution(moved, operands, size_);
    if (name.starts_with("attention")) return batched_attention(moved, operands, size_);
    if (name == "searchsorted" && !operands[0].batched) {
      return apply_primitive(moved, std::array{operands[0].value, operands[1].value});
    }
    return one_by_one(node, operands);
  }

  static bool is_along_one_axis(std::string_view name) {
    constexpr std::string_view names[] = {"sort", "argsort", "partition", "argpartition", "topk"};
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  }

  array slice_update(const graph::Node& node, Operands operands) const {
    const bool dynamic = operands.size() == 3;
    if (dynamic && operands[2].batched) return one_by_one(node, operands);
    Primitive moved = dynamic ? with_axes_moved(node.primitive) : node.primitive;
    std::vector<array> values{spread(operands[0]), spread(operands[1])};
    if (dynamic) {
      values.push_back(operands[2].value);
    } else {
      moved.dims.insert(moved.dims.begin(), 0);
      moved.axes.insert(moved.axes.begin(), 1);
    }
    return apply_primitive(moved, values);
  }

  /// Without a rule: each element by itself.
  array one_by_one(const graph::Node& node, Operands operands) const {
    if (size_ == 0) {
      Shape shape = node.type.shape;
      shape.insert(shape.begin(), 0);
      return zeros(shape, node.type.dtype);
    }
    std::vector<array> results;
    for (std::int64_t i = 0; i < size_; ++i) {
      std::vector<array> element;
      for (const BatchedArray& x : operands) {
        if (!x.batched) {
          element.push_back(x.value);
          continue;
        }
        Shape start(x.value.shape().size(), 0), stop = x.value.shape();
        start[0] = i;
        stop[0] = i + 1;
        element.push_back(squeeze(cermet::slice(x.value, start, stop), 0));
      }
      results.push_back(apply_primitive(node.primitive, element));
    }
    return stack(results, 0);
  }

  std::int64_t size_;
};

std::vector<bool> needed_nodes(const graph::Graph& graph, std::span<const graph::Value> wanted) {
  std::vector<bool> needed(graph.nodes.size(), false);
  for (graph::Value v : wanted) needed[static_cast<std::size_t>(v)] = true;
  for (std::size_t v = graph.nodes.size(); v-- > 0;) {
    if (!needed[v]) continue;
    for (graph::Value input : graph.nodes[v].inputs) needed[static_cast<std::size_t>(input)] = true;
  }
  return needed;
}

}  // namespace

array spread_batch(const BatchedArray& x, std::int64_t size) {
  if (x.batched) return x.value;
  Shape shape = x.value.shape();
  shape.insert(shape.begin(), size);
  return broadcast_to(x.value, shape);
}

std::vector<BatchedArray> run_batched(const graph::Graph& graph, std::span<const BatchedArray> inputs,
                                      std::span<const graph::Value> wanted, std::int64_t size) {
  const Batch batch(size);
  const std::vector<bool> needed = needed_nodes(graph, wanted);
  std::vector<std::optional<BatchedArray>> values(graph.nodes.size());
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) values[static_cast<std::size_t>(graph.inputs[i])] = inputs[i];
  for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
    if (!needed[v] || values[v]) continue;
    const graph::Node& node = graph.nodes[v];
    std::vector<BatchedArray> operands;
    for (graph::Value input : node.inputs) operands.push_back(*values[static_cast<std::size_t>(input)]);
    const bool batched = std::any_of(operands.begin(), operands.end(), [](const BatchedArray& x) { return x.batched; });
    if (batched) {
      values[v] = BatchedArray{batch.apply(node, operands), true};
      continue;
    }
    std::vector<array> plain;
    for (const BatchedArray& x : operands) plain.push_back(x.value);
    values[v] = BatchedArray{apply_primitive(node.primitive, plain), false};
  }
  std::vector<BatchedArray> results;
  for (graph::Value v : wanted) results.push_back(*values[static_cast<std::size_t>(v)]);
  return results;
}

}  // namespace cermet
