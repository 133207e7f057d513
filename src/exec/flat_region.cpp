// Flattening walks down from the outputs, so that equal regions become equal graphs in whatever order they were traced.
// Every value is wanted as the whole axis or as a single element; one that is wanted as both is no flat region, unless
// it is a constant.
#include "exec/flat_region.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace cermet::exec {
namespace {

using graph::Value;

/// A value of the old graph as the whole axis, or as its single element.
struct Wanted {
  Value value = -1;
  bool whole = true;
  friend bool operator==(const Wanted&, const Wanted&) = default;
};

struct WantedHasher {
  std::size_t operator()(const Wanted& w) const { return static_cast<std::size_t>(w.value) * 2 + (w.whole ? 1 : 0); }
};

class Flattener {
 public:
  Flattener(graph::Graph& graph, const graph::FusedRegion& region, FlatExtent extent)
      : graph_(graph), region_(region), builder_(out_.graph) {
    if (extent.known) {
      axis_ = extent.value;
      return;
    }
    Symbol symbol;
    symbol.name = "n";
    symbol.range = {1, std::int64_t{1} << 40};
    symbol.hint = extent.value;
    axis_ = out_.graph.dims.add_symbol(std::move(symbol));
  }

  std::optional<FlatRegion> run() {
    const bool reduces = region_.kind == graph::RegionKind::reduction;
    if (!region_.lifted.empty() || (!reduces && region_.kind != graph::RegionKind::elementwise)) return std::nullopt;
    out_.elements = elements(reduces ? region_.domain : node(region_.outputs[0]).type.shape);
    if (out_.elements == Dim(0) || (reduces && out_.elements == Dim(1))) return std::nullopt;
    for (Value v : region_.outputs) {
      const Value made = build({v, !reduces});
      if (made < 0 || is_input(v)) return std::nullopt;
      if (std::find(out_.graph.outputs.begin(), out_.graph.outputs.end(), made) != out_.graph.outputs.end()) {
        return std::nullopt;
      }
      out_.graph.outputs.push_back(made);
      out_.outputs.push_back(v);
    }
    describe();
    return std::move(out_);
  }

 private:
  const graph::Node& node(Value v) const { return graph_.nodes[static_cast<std::size_t>(v)]; }
  Dim elements(const Shape& shape) { return graph_.dims.product({shape.data(), shape.size()}); }
  bool is_input(Value v) const { return std::binary_search(region_.inputs.begin(), region_.inputs.end(), v); }
  Shape shape_of(bool whole) const { return whole ? Shape{axis_} : Shape{}; }

  /// The value in the flat graph, or -1.
  Value build(Wanted root) {
    std::vector<Wanted> work{root};
    while (!work.empty()) {
      const Wanted w = work.back();
      if (made_.contains(w)) {
        work.pop_back();
        continue;
      }
      bool ready = true;
      const std::optional<SmallVector<Wanted, 3>> needs = operands(w);
      if (!needs) return -1;
      for (std::size_t k = needs->size(); k-- > 0;) {
        if (made_.contains((*needs)[k])) continue;
        work.push_back((*needs)[k]);
        ready = false;
      }
      if (!ready) continue;
      work.pop_back();
      const Value value = make(w, *needs);
      if (value < 0) return -1;
      made_.emplace(w, value);
    }
    return made_.at(root);
  }

  /// What `w` is made of; nothing if it is not flat.
  std::optional<SmallVector<Wanted, 3>> operands(Wanted w) {
    SmallVector<Wanted, 3> needs;
    const graph::Node& n = node(w.value);
    const Dim count = elements(n.type.shape);
    if (n.primitive.kind == PrimitiveKind::constant) return needs;
    if (count != (w.whole ? out_.elements : Dim(1))) return std::nullopt;
    if (is_input(w.value)) return needs;
    switch (n.primitive.kind) {
      case PrimitiveKind::elementwise:
      case PrimitiveKind::convert:
      case PrimitiveKind::bitcast:
      case PrimitiveKind::copy:
      case PrimitiveKind::reshape:
        for (Value v : n.inputs) needs.push_back({v, w.whole});
        return needs;
      case PrimitiveKind::broadcast:
        needs.push_back({n.inputs[0], w.whole && elements(node(n.inputs[0]).type.shape) != Dim(1)});
        return needs;
      case PrimitiveKind::reduce:
        if (w.whole || region_.kind != graph::RegionKind::reduction) return std::nullopt;
        needs.push_back({n.inputs[0], true});
        return needs;
      default:
        return std::nullopt;
    }
  }

  Value make(Wanted w, const SmallVector<Wanted, 3>& needs) {
    const graph::Node& n = node(w.value);
    SmallVector<Value, 3> inputs;
    for (const Wanted& need : needs) inputs.push_back(made_.at(need));
    if (is_input(w.value)) return input(w);
    switch (n.primitive.kind) {
      case PrimitiveKind::constant: {
        const Value value = builder_.constant(n.primitive.literal);
        return w.whole ? builder_.broadcast(value, shape_of(true)) : value;
      }
      case PrimitiveKind::reshape:
        return inputs[0];
      case PrimitiveKind::broadcast:
        return needs[0].whole == w.whole ? inputs[0] : builder_.broadcast(inputs[0], shape_of(true));
      case PrimitiveKind::reduce: {
        Primitive p = n.primitive;
        p.axes = {0};
        return builder_.add(std::move(p), {inputs.data(), 1});
      }
      default:
        return builder_.add(n.primitive, {inputs.data(), inputs.size()});
    }
  }

  Value input(Wanted w) {
    graph::InputLayout layout;
    layout.aligned = true;  // what a program makes
    const auto at = std::find(graph_.inputs.begin(), graph_.inputs.end(), w.value) - graph_.inputs.begin();
    if (at < std::ssize(graph_.inputs)) layout = graph_.input_layouts[static_cast<std::size_t>(at)];
    if (!layout.contiguous || std::find(out_.inputs.begin(), out_.inputs.end(), w.value) != out_.inputs.end()) {
      return -1;
    }
    out_.inputs.push_back(w.value);
    return builder_.input({shape_of(w.whole), node(w.value).type.dtype}, layout);
  }

  void describe() {
    graph::FusedRegion& flat = out_.region;
    flat.kind = region_.kind;
    flat.domain = shape_of(true);
    if (flat.kind == graph::RegionKind::reduction) flat.reduced_axes = {0};
    flat.inputs = out_.graph.inputs;
    flat.outputs = out_.graph.outputs;
    for (std::size_t v = 0; v < out_.graph.nodes.size(); ++v) {
      if (out_.graph.nodes[v].primitive.kind != PrimitiveKind::input) flat.nodes.push_back(static_cast<Value>(v));
    }
  }

  graph::Graph& graph_;
  const graph::FusedRegion& region_;
  FlatRegion out_;
  graph::Builder builder_;
  Dim axis_ = 1;
  std::unordered_map<Wanted, Value, WantedHasher> made_;
};

}  // namespace

std::optional<FlatRegion> flatten(graph::Graph& graph, const graph::FusedRegion& region, FlatExtent extent) {
  return Flattener(graph, region, extent).run();
}

}  // namespace cermet::exec
