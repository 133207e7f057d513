// Checks the promises of fuse.h.
#include <algorithm>

#include "base/error.h"
#include "graph/passes/fuse.h"

namespace cermet::graph {
namespace {

std::size_t at(Value v) { return static_cast<std::size_t>(v); }

bool holds(const std::vector<Value>& sorted, Value v) { return std::binary_search(sorted.begin(), sorted.end(), v); }

void verify_nodes(const Graph& graph, const FusedRegion& r, std::size_t number) {
  check(std::is_sorted(r.nodes.begin(), r.nodes.end()), "region {} is not in topological order", number);
  check(std::is_sorted(r.inputs.begin(), r.inputs.end()), "region {} lists its inputs out of order", number);
  for (Value v : r.nodes) {
    check(!holds(r.inputs, v), "region {} both reads and computes %{}", number, v);
    check(graph.nodes[at(v)].primitive.kind != PrimitiveKind::input, "region {} computes the input %{}", number, v);
    for (Value input : values_read(graph.nodes[at(v)])) {
      check(holds(r.nodes, input) || holds(r.inputs, input), "region {} computes %{} without its operand %{}", number,
            v, input);
    }
  }
  for (Value v : r.outputs) {
    const bool handed_on = r.kind == RegionKind::view && holds(r.inputs, v);
    check(holds(r.nodes, v) || handed_on, "region {} does not compute its output %{}", number, v);
  }
}

/// What a gather takes from is in memory, or a cheap function of that, which can be computed at any index.
void verify_gather(const Graph& graph, const FusedRegion& r, std::size_t number, Value gather) {
  std::vector<Value> work{graph.nodes[at(gather)].inputs[0]};
  while (!work.empty()) {
    const Value v = work.back();
    work.pop_back();
    if (holds(r.inputs, v)) continue;
    const Node& node = graph.nodes[at(v)];
    const PrimitiveKind kind = node.primitive.kind;
    const bool anywhere = is_view(kind) || kind == PrimitiveKind::elementwise || kind == PrimitiveKind::convert ||
                          kind == PrimitiveKind::bitcast || node.inputs.empty();
    check(anywhere, "region {} computes %{} ({}), from which the gather %{} reads elements that others own", number, v,
          name(kind), gather);
    work.insert(work.end(), values_read(node).begin(), values_read(node).end());
  }
}

void verify_space(const Graph& graph, const FusedRegion& r, std::size_t number, IntExprTable& table) {
  if (!is_generated(r.kind)) return;
  const Dim elements = table.product({r.domain.data(), r.domain.size()});
  Dim rows = 1;
  for (std::size_t k = 0; k < r.domain.size(); ++k) {
    const bool reduced =
        std::find(r.reduced_axes.begin(), r.reduced_axes.end(), static_cast<std::int64_t>(k)) != r.reduced_axes.end();
    if (!reduced) rows = table.multiply(rows, r.domain[k]);
  }
  for (Value v : r.outputs) {
    const Shape& shape = graph.nodes[at(v)].type.shape;
    const Dim count = table.product({shape.data(), shape.size()});
    check(count == elements || (r.kind == RegionKind::reduction && count == rows),
          "region {} over {} writes %{} of shape {}", number, to_string(r.domain, table), v, to_string(shape, table));
  }
  for (Value v : r.nodes) {
    const Node& node = graph.nodes[at(v)];
    if (node.primitive.kind == PrimitiveKind::gather) verify_gather(graph, r, number, v);
    if (node.primitive.kind == PrimitiveKind::scan) {
      check(r.kind == RegionKind::scan && node.primitive.axes[0] == r.reduced_axes[0] && node.type.shape == r.domain,
            "region {} scans %{} over another domain or along another axis", number, v);
    }
    if (node.primitive.kind != PrimitiveKind::reduce) continue;
    check(r.kind == RegionKind::reduction && node.primitive.axes == r.reduced_axes &&
              graph.nodes[at(node.inputs[0])].type.shape == r.domain,
          "region {} reduces %{} over another domain or other axes", number, v);
  }
}

}  // namespace

void verify(const Graph& graph, const std::vector<FusedRegion>& regions, const FuseLimits& limits) {
  IntExprTable table = graph.dims;
  std::vector<bool> ready(graph.nodes.size(), false);
  for (Value v : graph.inputs) ready[at(v)] = true;
  std::vector<bool> handed_out(graph.nodes.size(), false);
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const FusedRegion& r = regions[i];
    check(!r.outputs.empty(), "region {} has no output", i);
    verify_nodes(graph, r, i);
    verify_space(graph, r, i, table);
    for (Value v : r.inputs) check(ready[at(v)], "region {} reads %{} before it is in memory", i, v);
    for (Value v : r.outputs) {
      check(r.kind == RegionKind::view || !ready[at(v)], "region {} writes %{} a second time", i, v);
      (r.kind == RegionKind::view ? handed_out : ready)[at(v)] = true;
    }
    const bool one_node =
        r.nodes.size() == 1 || graph.nodes[at(r.outputs[0])].primitive.kind == PrimitiveKind::concatenate;
    check(one_node || r.inputs.size() + r.outputs.size() <= static_cast<std::size_t>(limits.max_arguments),
          "region {} has {} inputs and {} outputs", i, r.inputs.size(), r.outputs.size());
  }
  for (Value v : graph.outputs) {
    check(ready[at(v)] || handed_out[at(v)], "no region writes the output %{}", v);
  }
}

}  // namespace cermet::graph
