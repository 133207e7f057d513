// Each home joins the latest group that it reads from, if it fits there, and pulls its other producers in.
#include "graph/passes/grouping.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/hash.h"
#include "graph/passes/repeats.h"
#include "graph/passes/rewrite.h"

namespace cermet::graph {
namespace {

constexpr int no_reader = std::numeric_limits<int>::max();
/// Groups of so few elements share a kernel even if they share no input: a launch costs more than the work.
constexpr std::int64_t small_domain = 1 << 16;
/// A scan of fewer pieces of work (of so many columns each) would leave threads idle.
constexpr std::int64_t scan_tasks = 64;
constexpr std::int64_t scanned_together = 128;
/// Members of a group that moves to an earlier one: all of them are looked at.
constexpr std::size_t most_moved = 16;

std::size_t at(Value v) { return static_cast<std::size_t>(v); }

/// By domain and reduced axes (none: element-wise).
std::uint64_t space_hash(const Space& space) {
  std::uint64_t h = space.domain.size();
  for (Dim d : space.domain) h = hash_combine(h, static_cast<std::uint64_t>(d.raw()));
  for (std::int64_t axis : space.axes) h = hash_combine(h, static_cast<std::uint64_t>(axis));
  return h;
}

std::int64_t hint(const IntExprTable& table, Dim d) {
  return d.is_constant() ? d.value() : table.evaluate(d, [&](SymbolId id) { return table.symbol(id).hint; });
}

void add_input(std::vector<Value>& inputs, Value v) {
  if (std::find(inputs.begin(), inputs.end(), v) == inputs.end()) inputs.push_back(v);
}

}  // namespace

Grouping::Grouping(const Graph& graph, const Inlining& inlining, IntExprTable& table, const FuseLimits& limits)
    : graph_(graph),
      inlining_(inlining),
      table_(table),
      limits_(limits),
      group_(graph.nodes.size(), -1),
      uses_left_(graph.nodes.size(), 0),
      barrier_(find_cuts(graph, inlining, limits.max_cost)) {}

int Grouping::find(int group) {
  int root = group;
  while (groups_[at(root)].merged_into >= 0) root = groups_[at(root)].merged_into;
  while (group != root) {
    const int next = groups_[at(group)].merged_into;
    groups_[at(group)].merged_into = root;
    group = next;
  }
  return root;
}

int Grouping::group_of(Value v) { return group_[at(v)] < 0 ? -1 : find(group_[at(v)]); }

Dim Grouping::elements(Value v) const {
  const Shape& shape = node(v).type.shape;
  return table_.product({shape.data(), shape.size()});
}

Space Grouping::space_of(Value v) const {
  const Primitive& p = node(v).primitive;
  Space space;
  if (p.kind == PrimitiveKind::matmul || p.kind == PrimitiveKind::library || p.kind == PrimitiveKind::concatenate) {
    space.kind = Space::Kind::alone;
  }
  if (p.kind != PrimitiveKind::reduce) {
    space.domain = node(v).type.shape;
    space.elements = elements(v);
    if (p.kind == PrimitiveKind::scan) describe_scan(p, space);
    return space;
  }
  space.kind = Space::Kind::reduction;
  space.domain = node(node(v).inputs[0]).type.shape;
  space.elements = elements(node(v).inputs[0]);
  space.axes = p.axes;
  space.rows = elements(v);
  bool trailing = true;
  Dim row = 1;
  for (std::size_t i = 0; i < p.axes.size(); ++i) {
    trailing = trailing && p.axes[i] == static_cast<std::int64_t>(space.domain.size() - p.axes.size() + i);
    row = table_.multiply(row, space.domain[static_cast<std::size_t>(p.axes[i])]);
  }
  space.single_pass = trailing && hint(table_, row) <= limits_.single_pass_row;
  return space;
}

void Grouping::describe_scan(const Primitive& p, Space& space) const {
  space.kind = Space::Kind::scan;
  space.axes = {p.axes[0], p.axes[1]};
  // Rows side by side are taken together; what would keep one thread busy alone stays with element-wise work.
  std::int64_t tasks = 1, across = 1;
  for (std::size_t k = 0; k < space.domain.size(); ++k) {
    const auto axis = static_cast<std::size_t>(p.axes[0]);
    (k < axis ? tasks : across) *= k == axis ? 1 : hint(table_, space.domain[k]);
  }
  tasks *= (across + scanned_together - 1) / scanned_together;
  space.single_pass = tasks >= scan_tasks || hint(table_, space.elements) <= small_domain;
}

std::optional<Space> Grouping::unify(const Space& a, const Space& b) const {
  using Kind = Space::Kind;
  if (a.kind == Kind::alone || b.kind == Kind::alone) return std::nullopt;
  if (a.kind == Kind::elementwise && b.kind == Kind::elementwise) {
    return a.elements == b.elements ? std::optional(a) : std::nullopt;
  }
  if (a.kind == Kind::reduction && b.kind == Kind::reduction) {
    return a.domain == b.domain && a.axes == b.axes ? std::optional(a) : std::nullopt;
  }
  if (a.kind == Kind::scan || b.kind == Kind::scan) {
    if (a.kind == b.kind) return a.domain == b.domain && a.axes == b.axes ? std::optional(a) : std::nullopt;
    const Space& scan = a.kind == Kind::scan ? a : b;
    const Space& plain = a.kind == Kind::scan ? b : a;
    const bool joins = plain.kind == Kind::elementwise && plain.domain == scan.domain && scan.single_pass;
    return joins ? std::optional(scan) : std::nullopt;
  }
  const Space& reduction = a.kind == Kind::reduction ? a : b;
  const Space& other = a.kind == Kind::reduction ? b : a;
  const bool fits = other.elements == reduction.elements || other.elements == reduction.rows;
  return fits ? std::optional(reduction) : std::nullopt;
}

void Grouping::count_uses() {
  SmallVector<Value, 3> roots;
  for (std::size_t v = 0; v < graph_.nodes.size(); ++v) {
    ++nodes_visited();
    if (!inlining_.home[v]) continue;
    roots.clear();
    for (Value input : values_read(graph_.nodes[v])) {
      const Value root = inlining_.path[at(input)].root;
      if (root >= 0 && std::find(roots.begin(), roots.end(), root) == roots.end()) roots.push_back(root);
    }
    for (Value root : roots) ++uses_left_[at(root)];
  }
  for (Value v : graph_.outputs) ++uses_left_[at(inlining_.home[at(v)] ? v : inlining_.base[at(v)])];
}

/// What `depends` puts before a value, directly or in what is inlined into it.
void Grouping::find_waits() {
  for (std::size_t v = 0; v < graph_.nodes.size(); ++v) {
    ++nodes_visited();
    const Node& n = graph_.nodes[v];
    const bool depends = n.primitive.kind == PrimitiveKind::depends;
    if (!depends && waits_.empty()) continue;
    std::vector<Value> found;
    for (Value input : n.inputs) {
      const bool first = input == n.inputs[0];
      if (depends && !first && inlining_.path[at(input)].root >= 0) add_input(found, inlining_.path[at(input)].root);
      const auto below = waits_.find(input);
      if (below == waits_.end() || (inlining_.home[at(input)] && (first || !depends))) continue;
      for (Value w : below->second) add_input(found, w);
    }
    if (!found.empty()) waits_.emplace(static_cast<Value>(v), std::move(found));
  }
}

void Grouping::run() {
  count_uses();
  find_waits();
  for (std::size_t v = 0; v < graph_.nodes.size(); ++v) {
    ++nodes_visited();
    if (barrier_[v]) first_open_ = static_cast<int>(groups_.size());
    if (inlining_.home[v]) place(static_cast<Value>(v));
  }
  pack_siblings();
}

std::vector<Grouping::Operand> Grouping::operands_of(Value v) {
  std::vector<Operand> operands;
  for (Value input : values_read(node(v))) {
    const Path path = inlining_.operand_path(graph_, v, input);
    if (path.root >= 0) operands.push_back({path, group_of(path.root)});
  }
  if (const auto waits = waits_.find(v); waits != waits_.end()) {
    for (Value w : waits->second) operands.push_back({{w, PathKind::other, -1}, group_of(w), true});
  }
  return operands;
}

/// Does a group read nothing that comes after `into`, and fit there?
bool Grouping::can_move_down(int from, int into) {
  const Group& g = groups_[at(from)];
  if (g.members.size() > most_moved || g.space.kind != Space::Kind::elementwise) return false;
  const std::optional<Space> merged = unify(groups_[at(into)].space, g.space);
  if (!merged || !within_limits(groups_[at(into)], g)) return false;
  const auto fits = [&](Value v, const Operand& o) {
    return o.group < into || o.group == from || (o.group == into && path_fits(*merged, v, o.path));
  };
  return std::all_of(g.members.begin(), g.members.end(), [&](Value v) {
    const std::vector<Operand> operands = operands_of(v);
    return std::all_of(operands.begin(), operands.end(), [&](const Operand& o) { return fits(v, o); });
  });
}

/// A reduction of rows that others have read already takes no producers from later groups with `v`: these move to it
/// instead, if they read nothing later (the indices of a cross entropy's gradient, whose loss is summed up).
void Grouping::move_down(Value v, const Space& space, std::span<Operand> operands) {
  int into = -1;
  for (const Operand& o : operands) {
    if (o.group >= 0 && groups_[at(o.group)].space.kind == Space::Kind::reduction) into = std::max(into, o.group);
  }
  if (into < first_open_ || !groups_[at(into)].space.single_pass) return;
  const std::optional<Space> merged = unify(groups_[at(into)].space, space);
  if (!merged) return;
  for (const Operand& o : operands) {
    if (o.group < into) continue;
    if (o.only_before || !path_fits(*merged, v, o.path)) return;
    if (o.group > into && !can_move_down(o.group, into)) return;
  }
  for (Operand& o : operands) {
    o.group = o.group < 0 ? -1 : find(o.group);
    if (o.group > into) merge(o.group, into);
    o.group = o.group < 0 ? -1 : find(o.group);
  }
}

void Grouping::place(Value v) {
  std::vector<Operand> operands = operands_of(v);
  const std::span<Operand> all(operands);
  const Space space = space_of(v);
  if (space.kind == Space::Kind::elementwise) move_down(v, space, all);
  const int group = choose(v, space, all);
  // The other producers of `v` follow it where nothing else needs them earlier.
  // Again after a reduction: what is computed once a row fits only then.
  for (bool merged = true; merged;) {
    merged = false;
    for (Operand& operand : operands) {
      operand.group = operand.group < 0 ? -1 : find(operand.group);
      if (operand.group >= 0 && operand.group != group && can_merge(v, operand.group, group, all)) {
        merge(operand.group, group);
        merged = operands.size() > 1;
      }
    }
  }
  for (Operand& operand : operands) operand.group = operand.group < 0 ? -1 : find(operand.group);
  join(v, group, space, all);
}

int Grouping::choose(Value v, const Space& space, std::span<const Operand> operands) {
  int latest = -1;
  for (const Operand& operand : operands) latest = std::max(latest, operand.group);
  if (space.kind != Space::Kind::alone) {
    if (latest >= first_open_ && can_join(v, latest, space, operands)) return latest;
    if (const int group = sibling(v, space, operands, latest); group >= 0) return group;
  }
  groups_.push_back({});
  groups_.back().space = space;
  groups_.back().first_reader = no_reader;
  return static_cast<int>(groups_.size()) - 1;
}

/// The latest reduction over the same axes that reads one of the large values that the reduction `v` reads.
int Grouping::sibling(Value v, const Space& space, std::span<const Operand> operands, int after) {
  if (space.kind != Space::Kind::reduction) return -1;  // pack_siblings knows better, at the end
  const auto found = latest_.find(space_hash(space));
  if (found == latest_.end()) return -1;
  const int group = find(found->second);
  if (group <= after || group < first_open_) return -1;
  for (const Operand& operand : operands) {
    if (reads_large(groups_[at(group)], operand.path.root) && can_join(v, group, space, operands)) return group;
  }
  return -1;
}

/// Does the group read `v`, a value of its domain's size?
bool Grouping::reads_large(const Group& group, Value v) const {
  return elements(v) == group.space.elements &&
         std::find(group.inputs.begin(), group.inputs.end(), v) != group.inputs.end();
}

/// In the space of a group, may home `v` read a member along `path`?
bool Grouping::path_fits(const Space& space, Value v, const Path& path) const {
  if (space.kind != Space::Kind::reduction) return path.kind == PathKind::linear;
  const bool from_row = elements(path.root) == space.rows;
  const bool reduces = node(v).primitive.kind == PrimitiveKind::reduce;
  if (path.kind == PathKind::linear) return !(reduces && from_row) || space.single_pass;
  if (path.kind == PathKind::other || !from_row || !space.single_pass) return false;
  return (reduces || elements(v) == space.elements) && aligned(space, path.broadcast);
}

/// Does this broadcast give every element of the domain the value of its own row?
bool Grouping::aligned(const Space& space, Value broadcast) const {
  const Shape& from = node(node(broadcast).inputs[0]).type.shape;
  const Shape& to = node(broadcast).type.shape;
  if (to != space.domain) return false;
  for (std::size_t k = 0; k < to.size(); ++k) {
    const std::size_t lead = to.size() - from.size();
    const Dim extent = k < lead ? Dim(1) : from[k - lead];
    const bool reduced = std::binary_search(space.axes.begin(), space.axes.end(), static_cast<std::int64_t>(k));
    if (extent != (reduced ? Dim(1) : to[k])) return false;
  }
  return true;
}

bool Grouping::can_join(Value v, int group, const Space& space, std::span<const Operand> operands) {
  const Group& g = groups_[at(group)];
  const std::optional<Space> merged = unify(g.space, space);
  if (!merged) return false;
  Group single;
  single.cost = inlining_.home_cost[at(v)];
  single.live = 1;
  for (const Operand& operand : operands) {
    if (operand.group > group) return false;
    if (operand.group == group) {
      if (!path_fits(*merged, v, operand.path)) return false;
      if (uses_left_[at(operand.path.root)] == 1) single.live = 0;
    } else if (!operand.only_before) {
      single.inputs.push_back(operand.path.root);
    }
  }
  return within_limits(g, single);
}

bool Grouping::within_limits(const Group& a, const Group& b) const {
  if (a.cost + b.cost > limits_.max_cost) return false;
  std::size_t arguments = a.inputs.size() + static_cast<std::size_t>(a.live) + static_cast<std::size_t>(b.live);
  for (std::size_t i = 0; i < b.inputs.size(); ++i) {
    const Value v = b.inputs[i];
    const bool again = std::find(b.inputs.begin(), b.inputs.begin() + static_cast<std::ptrdiff_t>(i), v) !=
                       b.inputs.begin() + static_cast<std::ptrdiff_t>(i);
    if (!again && std::find(a.inputs.begin(), a.inputs.end(), v) == a.inputs.end()) ++arguments;
  }
  return arguments <= static_cast<std::size_t>(limits_.max_arguments);
}

void Grouping::join(Value v, int group, const Space& space, std::span<const Operand> operands) {
  Group& g = groups_[at(group)];
  g.space = unify(g.space, space).value_or(space);
  latest_[space_hash(g.space)] = group;
  g.members.push_back(v);
  g.cost += inlining_.home_cost[at(v)];
  if (uses_left_[at(v)] > 0) ++g.live;
  group_[at(v)] = group;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Value root = operands[i].path.root;
    bool again = false;
    for (std::size_t j = 0; j < i; ++j) again = again || operands[j].path.root == root;
    if (again) continue;
    if (operands[i].group == group) {
      if (--uses_left_[at(root)] == 0) --g.live;
      continue;
    }
    if (!operands[i].only_before) add_input(g.inputs, root);
    if (operands[i].group >= 0) {
      int& first = groups_[at(operands[i].group)].first_reader;
      first = std::min(first, group);
    }
  }
}

bool Grouping::can_merge(Value v, int from, int into, std::span<const Operand> operands) {
  const Group& a = groups_[at(from)];
  const Group& b = groups_[at(into)];
  if (from < first_open_ || from > into || a.first_reader <= into) return false;
  if (space_of(v).kind == Space::Kind::alone) return false;
  const std::optional<Space> merged = unify(a.space, b.space);
  if (!merged) return false;
  const std::optional<Space> with_v = unify(*merged, space_of(v));
  if (!with_v) return false;
  for (const Operand& operand : operands) {
    if (operand.group >= 0 && find(operand.group) == from && !path_fits(*with_v, v, operand.path)) return false;
  }
  Group rest = b;
  rest.cost += inlining_.home_cost[at(v)];
  rest.live += 1;
  for (const Operand& operand : operands) {
    if (operand.only_before) continue;
    if (operand.group < 0 || (find(operand.group) != from && find(operand.group) != into)) {
      add_input(rest.inputs, operand.path.root);
    }
  }
  return within_limits(rest, a);
}

void Grouping::merge(int from, int into) {
  Group& a = groups_[at(from)];
  Group& b = groups_[at(into)];
  b.space = *unify(b.space, a.space);
  b.cost += a.cost;
  b.live += a.live;
  b.first_reader = std::min(a.first_reader, b.first_reader);
  for (Value v : a.inputs) add_input(b.inputs, v);
  if (a.members.size() > b.members.size()) std::swap(a.members, b.members);
  b.members.insert(b.members.end(), a.members.begin(), a.members.end());
  std::vector<Value>().swap(a.members);
  std::vector<Value>().swap(a.inputs);
  a.merged_into = into;
  latest_[space_hash(b.space)] = into;
}

/// Element-wise work on whole arrays and single elements, whose kernel does not depend on shapes.
bool Grouping::is_flat(const Group& group) const {
  const auto is_constant = [&](Value v) {
    return node(inlining_.base[at(v)]).primitive.kind == PrimitiveKind::constant;
  };
  const auto fits = [&](Value v) {
    const PrimitiveKind kind = node(v).primitive.kind;
    if (kind != PrimitiveKind::elementwise && kind != PrimitiveKind::convert && kind != PrimitiveKind::bitcast &&
        kind != PrimitiveKind::copy) {
      return false;
    }
    return std::all_of(node(v).inputs.begin(), node(v).inputs.end(), [&](Value operand) {
      const Path path = inlining_.operand_path(graph_, v, operand);
      if (path.root < 0) return is_constant(operand);
      return path.kind == PathKind::linear || (path.kind == PathKind::broadcast && elements(path.root) == Dim(1));
    });
  };
  return group.space.kind == Space::Kind::elementwise && std::all_of(group.members.begin(), group.members.end(), fits);
}

/// Does one kernel do the work of both, one after the other? As far as a look at the operations tells.
bool Grouping::same_form(const Group& a, const Group& b) const {
  if (a.members.size() != b.members.size() || a.inputs.size() != b.inputs.size() || a.cost != b.cost ||
      a.live != b.live) {
    return false;
  }
  for (std::size_t k = 0; k < a.members.size(); ++k) {
    const Node &x = node(a.members[k]), &y = node(b.members[k]);
    if (x.primitive.kind != y.primitive.kind || x.primitive.op != y.primitive.op || x.type.dtype != y.type.dtype) {
      return false;
    }
  }
  return is_flat(a) && is_flat(b);
}

/// Do two reductions go over what one kernel before them reads and writes? (The sums of a layer norm's gradients, after
/// the kernel of its rows.) Nothing lives longer for it, whereas all reductions of a graph over like shapes would keep
/// everything until the last.
bool Grouping::share_producer(const Group& a, const Group& b) {
  const auto large = [&](Value v) { return elements(v) == a.space.elements; };
  const auto around = [&](int producer, const Group& g) {
    const std::vector<Value>& read = groups_[at(producer)].inputs;
    return std::all_of(g.inputs.begin(), g.inputs.end(), [&](Value v) {
      return !large(v) || group_of(v) == producer || std::find(read.begin(), read.end(), v) != read.end();
    });
  };
  return std::any_of(b.inputs.begin(), b.inputs.end(), [&](Value v) {
    const int producer = large(v) ? group_of(v) : -1;
    const bool kernel = producer >= 0 && groups_[at(producer)].space.kind != Space::Kind::alone;
    return kernel && around(producer, a) && around(producer, b);
  });
}

bool Grouping::worth_packing(const Group& a, const Group& b) {
  using Kind = Space::Kind;
  const auto mixes = [](const Group& x, const Group& y) {
    return x.space.kind == Kind::elementwise && y.space.kind == Kind::reduction && y.space.single_pass;
  };
  const bool alike = a.space.kind == b.space.kind && a.space.axes == b.space.axes;
  if (a.space.domain != b.space.domain || !(alike || mixes(a, b) || mixes(b, a))) return false;
  const auto both_read = [&](Value v) { return reads_large(a, v) && reads_large(b, v); };
  if (std::any_of(a.inputs.begin(), a.inputs.end(), both_read)) return true;
  if (a.space.kind == Kind::reduction && b.space.kind == Kind::reduction && share_producer(a, b)) return true;
  return hint(table_, a.space.elements) <= small_domain && !same_form(a, b);
}

/// Groups over one domain become one where no reader lies between: small ones always, but for repetitions of one form
/// (an optimizer's updates of hundreds of parameters: one kernel, launched once), large ones if they read a common
/// input or reduce what one group reads and writes.
void Grouping::pack_siblings() {
  std::unordered_map<std::uint64_t, int> open;
  for (int g = 0; g < static_cast<int>(groups_.size()); ++g) {
    const Space space = groups_[at(g)].space;
    if (groups_[at(g)].members.empty() || space.kind == Space::Kind::alone) continue;
    Space other = space;  // rows that are reduced in one pass go well with element-wise work
    other.axes.clear();
    if (space.kind == Space::Kind::elementwise && !space.domain.empty()) {
      other.axes.push_back(static_cast<std::int64_t>(space.domain.size()) - 1);
    }
    for (const Space& candidate : {space, other}) {
      const auto found = open.find(space_hash(candidate));
      if (found == open.end() || find(found->second) == g) continue;
      const int earlier = find(found->second);
      const Group& a = groups_[at(earlier)];
      const bool fits = a.first_reader > g && within_limits(groups_[at(g)], a) && unify(a.space, groups_[at(g)].space);
      if (fits && worth_packing(a, groups_[at(g)])) merge(earlier, g);
    }
    open[space_hash(groups_[at(g)].space)] = g;
  }
}

}  // namespace cermet::graph
