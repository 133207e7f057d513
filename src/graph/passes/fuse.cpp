// Turns the groups of grouping.cpp into regions: what each materialises, reads and computes.
#include "graph/passes/fuse.h"

#include <algorithm>

#include "base/error.h"
#include "graph/passes/grouping.h"
#include "graph/passes/inlining.h"
#include "graph/passes/lift_constants.h"
#include "graph/passes/recompute.h"
#include "graph/passes/rewrite.h"

namespace cermet::graph {
namespace {

std::size_t at(Value v) { return static_cast<std::size_t>(v); }

class Regions {
 public:
  Regions(const Graph& graph, const Inlining& inlining, IntExprTable& table, Grouping& grouping,
          const std::vector<bool>& recomputed)
      : graph_(graph),
        inlining_(inlining),
        table_(table),
        grouping_(grouping),
        recomputed_(recomputed),
        in_memory_(graph.nodes.size(), false),
        seen_(graph.nodes.size(), -1) {}

  std::vector<FusedRegion> run() {
    for (Value v : graph_.outputs) in_memory_[at(inlining_.home[at(v)] ? v : inlining_.base[at(v)])] = true;
    // Backwards: what later regions read is what earlier ones materialise.
    std::vector<Group>& groups = grouping_.groups();
    for (std::size_t g = groups.size(); g-- > 0;) {
      if (!groups[g].members.empty()) add_group(groups[g], static_cast<int>(g));
    }
    std::reverse(regions_.begin(), regions_.end());
    const int mark = marks_++;
    for (Value v : graph_.outputs) {
      if (inlining_.home[at(v)] || seen_[at(v)] == mark) continue;
      seen_[at(v)] = mark;
      add_view(v);
    }
    return std::move(regions_);
  }

 private:
  bool is_full(const Space& space, Value v) const {
    const Shape& shape = graph_.nodes[at(v)].type.shape;
    return table_.product({shape.data(), shape.size()}) != space.rows;
  }

  void add_group(const Group& group, int order) {
    std::vector<Value> outputs;
    for (Value v : group.members) {
      if (in_memory_[at(v)]) outputs.push_back(v);
    }
    std::sort(outputs.begin(), outputs.end());
    if (outputs.empty()) return;
    const Space& space = group.space;
    const auto first_full =
        space.kind == Space::Kind::reduction && !space.single_pass
            ? std::stable_partition(outputs.begin(), outputs.end(), [&](Value v) { return !is_full(space, v); })
            : outputs.end();
    const std::vector<Value> full(first_full, outputs.end());
    outputs.erase(first_full, outputs.end());
    // Elements that a column or long-row reduction also leaves in memory are written by a kernel before it.
    if (!outputs.empty()) add_region(group, order, std::move(outputs), full);
    if (!full.empty()) add_region(group, order, full, {});
  }

  /// What is computed for `outputs`, stopping at other groups' values and at `loaded`.
  void add_region(const Group& group, int order, std::vector<Value> outputs, const std::vector<Value>& loaded) {
    FusedRegion region;
    PrimitiveKind shape = PrimitiveKind::elementwise;
    const int mark = marks_++;
    std::vector<Value> work;
    const auto visit = [&](Value v) {
      if (seen_[at(v)] == mark) return;
      seen_[at(v)] = mark;
      work.push_back(v);
    };
    for (Value v : outputs) visit(v);
    while (!work.empty()) {
      ++nodes_visited();
      const Value v = work.back();
      work.pop_back();
      const Node& node = graph_.nodes[at(v)];
      const bool elsewhere = node.primitive.kind == PrimitiveKind::input ||
                             (inlining_.home[at(v)] && grouping_.group_of(v) != order && !recomputed_[at(v)]) ||
                             std::binary_search(loaded.begin(), loaded.end(), v);
      if (elsewhere) {
        region.inputs.push_back(v);
        in_memory_[at(v)] = true;
        continue;
      }
      const PrimitiveKind kind = node.primitive.kind;
      if (kind == PrimitiveKind::reduce || kind == PrimitiveKind::scan) shape = kind;
      region.nodes.push_back(v);
      for (Value input : values_read(node)) visit(input);
    }
    std::sort(region.inputs.begin(), region.inputs.end());
    std::sort(region.nodes.begin(), region.nodes.end());
    region.outputs = std::move(outputs);
    describe(group, shape, region);
    regions_.push_back(std::move(region));
  }

  /// `shape`: reduce or scan if the region has such nodes.
  void describe(const Group& group, PrimitiveKind shape, FusedRegion& region) const {
    region.domain = group.space.domain;
    region.kind = RegionKind::elementwise;
    const PrimitiveKind kind = graph_.nodes[at(region.outputs[0])].primitive.kind;
    if (kind == PrimitiveKind::matmul || kind == PrimitiveKind::library) region.kind = RegionKind::library;
    if (shape == PrimitiveKind::elementwise) {
      region.domain = graph_.nodes[at(region.outputs[0])].type.shape;
      return;
    }
    region.kind = shape == PrimitiveKind::scan ? RegionKind::scan : RegionKind::reduction;
    region.reduced_axes = group.space.axes;
    if (shape == PrimitiveKind::scan) region.reduced_axes.resize(1);  // the direction is the nodes' own
  }

  void add_view(Value v) {
    FusedRegion region;
    region.kind = RegionKind::view;
    region.outputs = {v};
    region.inputs = {inlining_.base[at(v)]};
    region.domain = graph_.nodes[at(v)].type.shape;
    for (Value u = v; u != inlining_.base[at(v)]; u = graph_.nodes[at(u)].inputs[0]) region.nodes.push_back(u);
    std::reverse(region.nodes.begin(), region.nodes.end());
    regions_.push_back(std::move(region));
  }

  const Graph& graph_;
  const Inlining& inlining_;
  IntExprTable& table_;
  Grouping& grouping_;
  const std::vector<bool>& recomputed_;
  std::vector<bool> in_memory_;
  std::vector<int> seen_;
  int marks_ = 0;
  std::vector<FusedRegion> regions_;
};

std::string list(std::span<const Value> values) {
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) out += fmt::format("{}%{}", i > 0 ? ", " : "", values[i]);
  return out;
}

}  // namespace

std::vector<FusedRegion> fuse(const Graph& graph, const FuseLimits& limits) {
  IntExprTable table = graph.dims;
  const Inlining inlining = choose_inlining(graph, table);
  Grouping grouping(graph, inlining, table, limits);
  grouping.run();
  const std::vector<bool> recomputed = choose_recomputed(graph, inlining, table, limits, grouping);
  std::vector<FusedRegion> regions = Regions(graph, inlining, table, grouping, recomputed).run();
  lift_constants(graph, regions);
  return regions;
}

std::string_view name(RegionKind kind) {
  switch (kind) {
    case RegionKind::elementwise:
      return "elementwise";
    case RegionKind::reduction:
      return "reduction";
    case RegionKind::scan:
      return "scan";
    case RegionKind::library:
      return "library";
    case RegionKind::view:
      return "view";
  }
  fail<InternalError>("internal error: region kind {} has no name", static_cast<int>(kind));
}

std::string print(const Graph& graph, const std::vector<FusedRegion>& regions) {
  std::string out;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const FusedRegion& r = regions[i];
    out += fmt::format("region {}: {} over {}", i, name(r.kind), to_string(r.domain, graph.dims));
    if (!r.reduced_axes.empty()) {
      out += r.kind == RegionKind::scan ? " scans [" : " reduces [";
      for (std::size_t k = 0; k < r.reduced_axes.size(); ++k)
        out += fmt::format("{}{}", k > 0 ? ", " : "", r.reduced_axes[k]);
      out += "]";
    }
    out += fmt::format("\n  reads {}\n  computes {}\n  writes {}\n", list(r.inputs), list(r.nodes), list(r.outputs));
    if (!r.lifted.empty()) out += "  takes";
    for (std::size_t k = 0; k < r.lifted.size(); ++k) {
      const LiftedConstant& l = r.lifted[k];
      out += fmt::format("{} {} for %{}", k > 0 ? "," : "", l.value.print(), l.user);
    }
    if (!r.lifted.empty()) out += "\n";
  }
  return out;
}

}  // namespace cermet::graph
