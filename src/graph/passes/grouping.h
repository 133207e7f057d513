// The greedy partition behind fuse: which homes are computed together.
// Requires: a verified graph and its inlining. Ensures: groups are totally ordered and a group reads only values of
// inputs and of earlier groups, so that the partition has no cycle; no group exceeds the limits.
#pragma once

#include <unordered_map>
#include <vector>

#include "graph/passes/fuse.h"
#include "graph/passes/inlining.h"

namespace cermet::graph {

/// What a group iterates over.
struct Space {
  enum class Kind : std::uint8_t {
    alone,        ///< one node that nothing joins (matmul, library, concatenate)
    elementwise,  ///< every home has `elements` elements
    reduction,    ///< homes have the domain's elements, or one a row of the reduced axes
    scan          ///< homes have the domain's elements; `axes` are the scanned axis and the direction
  };
  Kind kind = Kind::elementwise;
  Shape domain;
  Dim elements = 1;
  SmallVector<std::int64_t, 4> axes;
  Dim rows = 1;              ///< Elements of the reductions' results.
  bool single_pass = false;  ///< Rows are whole and short: what follows from their results may stay. Of a scan: there
                             ///< are rows for all threads, so that other work may join.
};

struct Group {
  Space space;
  std::vector<Value> members;
  std::vector<Value> inputs;  ///< Roots that members read from elsewhere.
  int cost = 0;
  int live = 0;          ///< Members with readers outside, as far as known: at least the outputs.
  int first_reader = 0;  ///< The earliest group that reads a member; no_reader if none.
  int merged_into = -1;
};

class Grouping {
 public:
  Grouping(const Graph& graph, const Inlining& inlining, IntExprTable& table, const FuseLimits& limits);
  void run();
  /// In order; groups that were merged into others have no members.
  std::vector<Group>& groups() { return groups_; }
  /// The group of a home, -1 for inputs.
  int group_of(Value v);

 private:
  struct Operand {
    Path path;
    int group = -1;
    bool only_before = false;  ///< Not read: its group comes first.
  };

  const Node& node(Value v) const { return graph_.nodes[static_cast<std::size_t>(v)]; }
  int find(int group);
  Dim elements(Value v) const;
  Space space_of(Value v) const;
  void describe_scan(const Primitive& p, Space& space) const;
  std::optional<Space> unify(const Space& a, const Space& b) const;
  void count_uses();
  void find_waits();
  void place(Value v);
  int choose(Value v, const Space& space, std::span<const Operand> operands);
  std::vector<Operand> operands_of(Value v);
  bool can_move_down(int from, int into);
  void move_down(Value v, const Space& space, std::span<Operand> operands);
  bool can_join(Value v, int group, const Space& space, std::span<const Operand> operands);
  bool path_fits(const Space& space, Value v, const Path& path) const;
  bool aligned(const Space& space, Value broadcast) const;
  void join(Value v, int group, const Space& space, std::span<const Operand> operands);
  bool can_merge(Value v, int from, int into, std::span<const Operand> operands);
  void merge(int from, int into);
  bool within_limits(const Group& a, const Group& b) const;
  int sibling(Value v, const Space& space, std::span<const Operand> operands, int after);
  bool reads_large(const Group& group, Value v) const;
  bool is_flat(const Group& group) const;
  bool same_form(const Group& a, const Group& b) const;
  bool share_producer(const Group& a, const Group& b);
  bool worth_packing(const Group& a, const Group& b);
  void pack_siblings();

  const Graph& graph_;
  const Inlining& inlining_;
  IntExprTable& table_;
  FuseLimits limits_;
  std::vector<Group> groups_;
  std::vector<int> group_;      ///< By value.
  std::vector<int> uses_left_;  ///< Readers of a home that are not known to be in its group.
  std::vector<bool> barrier_;   ///< No group from before this value is joined by it or later ones.
  int first_open_ = 0;
  std::unordered_map<Value, std::vector<Value>> waits_;  ///< Homes that come before a value, through `depends`.
  std::unordered_map<std::uint64_t, int> latest_;        ///< By domain and axes.
};

}  // namespace cermet::graph
