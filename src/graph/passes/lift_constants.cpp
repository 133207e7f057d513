// Regions by the hash of all but their constants; see lift_constants.h. Two different regions of one hash would only
// get parameters where they need none.
#include "graph/passes/lift_constants.h"

#include <algorithm>
#include <unordered_map>

#include "base/hash.h"
#include "graph/passes/rewrite.h"

namespace cermet::graph {
namespace {

std::size_t at(Value v) { return static_cast<std::size_t>(v); }

/// What a kernel can take as a parameter: one or two 32-bit words.
bool is_liftable(Dtype dtype) { return !is_bool(dtype) && !is_complex(dtype); }

std::uint64_t hash_of(const ArrayType& type) {
  std::uint64_t h = static_cast<std::uint64_t>(type.dtype.val);
  for (Dim d : type.shape) h = hash_combine(h, static_cast<std::uint64_t>(d.raw()));
  return h;
}

class Comparison {
 public:
  explicit Comparison(const Graph& graph) : graph_(graph), root_(graph.nodes.size(), -1) {
    for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
      ++nodes_visited();
      const Node& node = graph.nodes[v];
      if (node.primitive.kind == PrimitiveKind::constant) root_[v] = static_cast<Value>(v);
      if (is_view(node.primitive.kind)) root_[v] = root_[at(node.inputs[0])];
    }
    place_.resize(graph.nodes.size());
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
      const InputLayout& layout = graph.input_layouts[i];
      std::uint64_t h = (layout.contiguous ? 1U : 0U) + (layout.aligned ? 2U : 0U);
      for (Dim stride : layout.strides) h = hash_combine(h, static_cast<std::uint64_t>(stride.raw()));
      layouts_.emplace(graph.inputs[i], h);
    }
  }

  /// The hash of a region without its constants, which are appended to `uses`.
  std::uint64_t look_at(const FusedRegion& region, std::vector<LiftedConstant>& uses) {
    std::uint64_t h = static_cast<std::uint64_t>(region.kind);
    for (Dim d : region.domain) h = hash_combine(h, static_cast<std::uint64_t>(d.raw()));
    for (std::int64_t axis : region.reduced_axes) h = hash_combine(h, static_cast<std::uint64_t>(axis));
    std::uint64_t next = 0;
    for (Value v : region.inputs) {
      place_[at(v)] = next++;
      const auto layout = layouts_.find(v);
      h = hash_combine(hash_combine(h, hash_of(node(v).type)), layout == layouts_.end() ? 7 : layout->second);
    }
    for (Value v : region.nodes) {
      ++nodes_visited();
      if (root_[at(v)] >= 0) continue;
      place_[at(v)] = next++;
      h = hash_combine(h, node(v).primitive.hash());
      h = hash_combine(h, hash_of(node(v).type));
      for (std::size_t k = 0; k < values_read(node(v)).size(); ++k) h = hash_combine(h, operand(v, k, uses));
    }
    for (Value v : region.outputs) h = hash_combine(h, root_[at(v)] < 0 ? place_[at(v)] : constant(v));
    return hash_combine(h, uses.size());
  }

 private:
  const Node& node(Value v) const { return graph_.nodes[at(v)]; }
  std::uint64_t constant(Value v) const {
    return hash_combine(node(root_[at(v)]).primitive.hash(), hash_of(node(v).type));
  }

  std::uint64_t operand(Value user, std::size_t k, std::vector<LiftedConstant>& uses) const {
    const Value v = node(user).inputs[k];
    if (root_[at(v)] < 0) return place_[at(v)];
    const Literal& value = node(root_[at(v)]).primitive.literal;
    if (node(user).primitive.kind != PrimitiveKind::elementwise || !is_liftable(value.dtype)) return constant(v);
    uses.push_back({user, static_cast<int>(k), value});
    return hash_combine(0xc0057, hash_of(node(v).type));
  }

  const Graph& graph_;
  std::vector<Value> root_;  ///< The constant that a value is a view of, or -1.
  std::vector<std::uint64_t> place_;
  std::unordered_map<Value, std::uint64_t> layouts_;
};

struct Family {
  std::vector<std::size_t> regions;
  std::vector<bool> differs;  ///< By constant.
};

}  // namespace

void lift_constants(const Graph& graph, std::vector<FusedRegion>& regions) {
  if (regions.size() < 2) return;
  Comparison comparison(graph);
  std::vector<std::vector<LiftedConstant>> uses(regions.size());
  std::unordered_map<std::uint64_t, Family> families;
  for (std::size_t r = 0; r < regions.size(); ++r) {
    if (regions[r].kind == RegionKind::library || regions[r].kind == RegionKind::view) continue;
    const std::uint64_t hash = comparison.look_at(regions[r], uses[r]);
    if (uses[r].empty()) continue;
    Family& family = families[hash];
    if (!family.regions.empty() && uses[family.regions[0]].size() != uses[r].size()) continue;
    family.regions.push_back(r);
    family.differs.resize(uses[r].size(), false);
    const std::vector<LiftedConstant>& first = uses[family.regions[0]];
    for (std::size_t k = 0; k < first.size(); ++k) {
      if (!(first[k].value == uses[r][k].value)) family.differs[k] = true;
    }
  }
  for (const auto& [hash, family] : families) {
    for (std::size_t r : family.regions) {
      for (std::size_t k = 0; k < uses[r].size(); ++k) {
        if (family.differs[k]) regions[r].lifted.push_back(uses[r][k]);
      }
    }
  }
}

}  // namespace cermet::graph
