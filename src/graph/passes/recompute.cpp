// The elements under a reduction are usually a few operations on what is in memory: softmax of a long row reads it
// three times instead of writing the exponentials once and reading them twice.
#include "graph/passes/recompute.h"

#include <algorithm>

#include "graph/passes/rewrite.h"

namespace cermet::graph {
namespace {

/// Core operations an element; a load and a store of one cost more, on all cores together.
constexpr int recomputed_cost = 64;
constexpr std::size_t recomputed_large_loads = 2;
constexpr std::size_t recomputed_loads = 4;

std::size_t at(Value v) { return static_cast<std::size_t>(v); }

bool contains(const std::vector<Value>& values, Value v) {
  return std::find(values.begin(), values.end(), v) != values.end();
}

/// What it takes to compute a value from memory.
struct Cone {
  int cost = 0;
  std::vector<Value> loads;
};

class Recompute {
 public:
  Recompute(const Graph& graph, const Inlining& inlining, IntExprTable& table, const FuseLimits& limits,
            Grouping& grouping)
      : graph_(graph),
        inlining_(inlining),
        table_(table),
        limits_(limits),
        grouping_(grouping),
        chosen_(graph.nodes.size(), false),
        stored_(graph.nodes.size(), false),
        readers_(graph.nodes.size()),
        cones_(graph.nodes.size()) {}

  std::vector<bool> run() {
    for (Value v : graph_.outputs) stored_[at(inlining_.home[at(v)] ? v : inlining_.base[at(v)])] = true;
    std::vector<Group>& groups = grouping_.groups();
    bool any = false;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      for (Value v : groups[g].inputs) readers_[at(v)].push_back(static_cast<int>(g));
      any = any || (groups[g].space.kind == Space::Kind::reduction && !groups[g].space.single_pass);
    }
    for (std::size_t v = 0; any && v < graph_.nodes.size(); ++v) {
      ++nodes_visited();
      if (inlining_.home[v]) consider(static_cast<Value>(v));
    }
    return std::move(chosen_);
  }

 private:
  Dim elements(Value v) const {
    const Shape& shape = graph_.nodes[at(v)].type.shape;
    return table_.product({shape.data(), shape.size()});
  }

  void consider(Value v) {
    const Space& space = grouping_.groups()[at(grouping_.group_of(v))].space;
    const PrimitiveKind kind = graph_.nodes[at(v)].primitive.kind;
    const bool plain = kind == PrimitiveKind::elementwise || kind == PrimitiveKind::convert;
    if (!plain || space.kind != Space::Kind::reduction || space.single_pass || elements(v) == space.rows) return;
    Cone cone;
    if (stored_[at(v)] || !find_cone(v, cone)) return;
    const std::vector<int>& readers = readers_[at(v)];
    if (!std::all_of(readers.begin(), readers.end(), [&](int g) { return has_room(g, v, cone); })) return;
    for (int g : readers) take(g, v, cone);
    chosen_[at(v)] = true;
    cones_[at(v)] = std::move(cone);
  }

  bool find_cone(Value v, Cone& cone) {
    cone.cost = inlining_.home_cost[at(v)];
    std::size_t large = 0;
    const auto load = [&](Value root) {
      if (contains(cone.loads, root)) return;
      cone.loads.push_back(root);
      if (elements(root) == elements(v)) ++large;
    };
    for (Value input : graph_.nodes[at(v)].inputs) {
      const Value root = inlining_.path[at(input)].root;
      if (root < 0) continue;
      if (chosen_[at(root)]) {
        cone.cost += cones_[at(root)].cost;
        for (Value leaf : cones_[at(root)].loads) load(leaf);
        continue;
      }
      const bool inside = inlining_.home[at(root)] && grouping_.group_of(root) == grouping_.group_of(v);
      if (inside && !stored_[at(root)] && readers_[at(root)].empty()) return false;
      load(root);
    }
    return cone.cost <= recomputed_cost && large <= recomputed_large_loads && cone.loads.size() <= recomputed_loads;
  }

  bool has_room(int g, Value v, const Cone& cone) const {
    const Group& group = grouping_.groups()[at(g)];
    if (group.space.kind == Space::Kind::alone || group.cost + cone.cost > limits_.max_cost) return false;
    std::size_t inputs = group.inputs.size() - (contains(group.inputs, v) ? 1 : 0);
    for (Value leaf : cone.loads) inputs += contains(group.inputs, leaf) ? 0 : 1;
    return inputs + static_cast<std::size_t>(group.live) <= static_cast<std::size_t>(limits_.max_arguments);
  }

  void take(int g, Value v, const Cone& cone) {
    Group& group = grouping_.groups()[at(g)];
    group.cost += cone.cost;
    std::erase(group.inputs, v);
    for (Value leaf : cone.loads) {
      if (contains(group.inputs, leaf)) continue;
      group.inputs.push_back(leaf);
      readers_[at(leaf)].push_back(g);
    }
  }

  const Graph& graph_;
  const Inlining& inlining_;
  IntExprTable& table_;
  const FuseLimits& limits_;
  Grouping& grouping_;
  std::vector<bool> chosen_, stored_;
  std::vector<std::vector<int>> readers_;  ///< Groups that load a value.
  std::vector<Cone> cones_;
};

}  // namespace

std::vector<bool> choose_recomputed(const Graph& graph, const Inlining& inlining, IntExprTable& table,
                                    const FuseLimits& limits, Grouping& grouping) {
  return Recompute(graph, inlining, table, limits, grouping).run();
}

}  // namespace cermet::graph
