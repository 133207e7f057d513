// Writes the scalar values of graph nodes at index vectors into one kernel: what every kind of region shares.
// Invariant: a value is written at most once per index vector and open scope, and only where it dominates its uses.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/builder.h"
#include "lower/lower.h"

namespace cermet::lower {

using Index = SmallVector<IntExpr, 6>;

/// No position: nothing equals it (Emitter::set_home).
inline constexpr IntExpr no_home{-1};

class Emitter {
 public:
  /// `inputs`: the values of the graph that are in memory when the kernel runs.
  Emitter(const graph::Graph& graph, std::span<const graph::Value> inputs, LoweredKernel& out);

  kernel::Builder& build() { return builder_; }
  IntExprTable& integers() { return out_.kernel.integers; }
  const graph::Node& node(graph::Value v) const { return graph_.nodes[static_cast<std::size_t>(v)]; }

  /// Dims of the graph in the kernel's terms: constants stay, symbols become parameters.
  IntExpr dim(Dim d);
  Index dims(std::span<const Dim> dims);

  /// The buffers of a kernel are added when they are first used.
  kernel::BufferId output(graph::Value v);
  kernel::BufferId temporary(int id, Dtype dtype, kernel::BufferRole role);

  /// Adds the buffers of these inputs now: before scratch, which comes last.
  void declare_inputs(std::span<const graph::Value> inputs);

  /// These constant operands become parameters of the kernel.
  void lift(std::span<const graph::LiftedConstant> constants);

  /// The value of node `v` at `index` (one expression per axis of its shape).
  kernel::Value at(graph::Value v, const Index& index);
  /// Says what `v` is at `index` within the open scope: results of reductions.
  void define(graph::Value v, const Index& index, kernel::Value value);
  /// Says that `v` is found in a temporary, row-major.
  void define_in_temporary(graph::Value v, int temporary);

  /// Values that are written between open_scope and close_scope are forgotten at its end: one scope per loop body.
  void open_scope() { scopes_.push_back(log_.size()); }
  void close_scope();

  /// The position at which the innermost loop will store (in elements of a row-major output), if reading other inputs
  /// at the same position is harmless when they share memory.
  void set_home(IntExpr position) { home_ = position; }
  /// Fills LoweredKernel::in_place for outputs stored at home positions.
  void find_in_place(std::span<const graph::Value> outputs);

  /// The first of stem0, stem1, ... that names no symbol yet.
  std::string fresh(std::string_view stem);
  /// Nested parallel loops over `extents`, skipping those that are 1; `body` gets one index per extent.
  void parallel(std::span<const IntExpr> extents, const std::function<void(const Index&)>& body);

 private:
  struct Key {
    graph::Value node;
    Index index;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHasher {
    std::size_t operator()(const Key& key) const;
  };
  struct Frame {
    Key key;
    std::vector<Key> needs;
    std::vector<kernel::Value> got;
  };
  struct Loaded {
    kernel::BufferId buffer = -1;
    bool only_at_home = true;
  };

  const kernel::Value* known(const Key& key) const;
  bool in_memory(graph::Value v) const;
  Frame open(Key key);
  std::optional<kernel::Value> lifted(graph::Value user, std::size_t operand);
  bool is_gather(graph::Value v) const { return node(v).primitive.kind == PrimitiveKind::gather && !in_memory(v); }
  Key gather_source(const Frame& frame);
  kernel::Value finish(const Frame& frame);
  kernel::BufferId input(graph::Value v);
  kernel::Value load(graph::Value v, const Index& index);
  IntExpr address(graph::Value v, const Index& index);
  kernel::Value integer(IntExpr e, Dtype dtype);
  std::optional<IntExpr> known_place(kernel::Value index, IntExpr extent);
  IntExpr place_in_axis(kernel::Value index, IntExpr extent);
  std::vector<Key> concatenate_needs(const Key& key);
  kernel::Value concatenate(const Frame& frame);
  kernel::Value random_bits(const Frame& frame);
  void parallel_from(std::span<const IntExpr> extents, Index& index, const std::function<void(const Index&)>& body);

  const graph::Graph& graph_;
  LoweredKernel& out_;
  kernel::Builder builder_;
  std::unordered_map<graph::Value, Loaded> inputs_;
  std::unordered_map<graph::Value, int> in_temporary_;
  std::unordered_map<int, kernel::BufferId> temporaries_;
  std::unordered_map<SymbolId, IntExpr> parameters_;
  struct Lifted {
    Literal value;
    SmallVector<IntExpr, 2> words;  ///< The parameters, once there are some.
  };
  std::unordered_map<std::uint64_t, Lifted> lifted_;  ///< By user and operand.
  std::unordered_map<Key, kernel::Value, KeyHasher> memo_;
  std::vector<Key> log_;
  std::vector<std::size_t> scopes_;
  IntExpr home_ = no_home;
};

/// Row-major position of an index vector.
IntExpr linearize(IntExprTable& integers, std::span<const IntExpr> index, std::span<const IntExpr> extents);
/// The index vector at a row-major position.
Index delinearize(IntExprTable& integers, IntExpr position, std::span<const IntExpr> extents);
/// The index vector in `to` at the row-major position of `index` in `from`; no division where they differ only in ones.
Index index_in(IntExprTable& integers, std::span<const IntExpr> to, std::span<const IntExpr> from, const Index& index);

/// True if the shapes differ in axes of extent 1 only.
bool same_but_for_ones(std::span<const Dim> a, std::span<const Dim> b);

/// `v` without the reshapes on top of it: the same elements in the same order.
graph::Value peel_reshapes(const graph::Graph& graph, graph::Value v, std::span<const graph::Value> in_memory);

/// True if every value of the region is, by row-major position, made of elements at the same position (or of single
/// ones), so that outputs of different shapes can share one nest without divisions. Scans count: what they
/// combine along their axis is at the positions of one row.
bool is_positional(const graph::Graph& graph, const graph::FusedRegion& region);

}  // namespace cermet::lower
