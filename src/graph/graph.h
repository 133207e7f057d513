// The array-level SSA of one traced function: nodes in topological order, one result each. Cons-ed while it is built,
// printed, parsed and verified (docs/ir.md). Passes are free functions that return a new graph or rewrite in place.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/primitive.h"

namespace cermet::graph {

using Value = std::int32_t;  ///< Index into Graph::nodes.

struct Node {
  Primitive primitive;
  SmallVector<Value, 3> inputs;
  ArrayType type;
  std::uint32_t source = 0;  ///< Index into Graph::sources (0: unknown).
};

/// The inputs whose elements the node takes: of `depends` the first one, which the others only come before.
inline std::span<const Value> values_read(const Node& node) {
  const std::size_t count = node.primitive.kind == PrimitiveKind::depends ? 1 : node.inputs.size();
  return {node.inputs.data(), count};
}

/// `d` as symbol * number: an extent of an input from which the symbol's value is read.
std::optional<std::pair<SymbolId, std::int64_t>> multiple_of_symbol(const IntExprTable& dims, Dim d);

/// How an input array lies in memory, as far as the kernels may rely on it.
struct InputLayout {
  bool contiguous = true;  ///< Row-major, whole 64-byte aligned allocations at offset 0 if `aligned`.
  bool aligned = false;
  SmallVector<Dim, 6> strides;  ///< If not contiguous: elements per step, constants or symbols; 0 where broadcast.
};

struct Graph {
  IntExprTable dims;
  std::vector<Node> nodes;
  std::vector<Value> inputs;               ///< Nodes of kind input, in call order.
  std::vector<InputLayout> input_layouts;  ///< Parallel to `inputs`.
  std::vector<Value> outputs;
  std::vector<std::string> sources{""};  ///< "file.py:12 in gelu", shown in errors and explain.
  std::string name = "graph";
};

/// Values by the hash of what they are; several may share one. Open addressing: consing is most of what a pass costs.
class ValueTable {
 public:
  /// Room for `count` values in all.
  void reserve(std::size_t count) {
    std::size_t slots = 64;
    while (slots < 2 * count) slots *= 2;
    if (slots > slots_.size()) grow(slots);
  }
  void insert(std::uint64_t hash, Value value) {
    if (2 * ++used_ > slots_.size()) grow(slots_.empty() ? 64 : 2 * slots_.size());
    put({hash, value});
  }
  /// The first value of this hash that `same` accepts, or -1.
  template <class Same>
  Value find(std::uint64_t hash, Same&& same) const {
    if (slots_.empty()) return -1;
    for (std::size_t at = hash & (slots_.size() - 1); slots_[at].value >= 0; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].hash == hash && same(slots_[at].value)) return slots_[at].value;
    }
    return -1;
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    Value value = -1;
  };
  void put(const Slot& slot) {
    std::size_t at = slot.hash & (slots_.size() - 1);
    while (slots_[at].value >= 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
  void grow(std::size_t slots) {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots));
    for (const Slot& slot : old) {
      if (slot.value >= 0) put(slot);
    }
  }

  std::vector<Slot> slots_;  ///< A power of two, at most half full.
  std::size_t used_ = 0;
};

/// Appends nodes with shape and dtype inference, cons-ing equal ones (constants by type and bits).
class Builder {
 public:
  explicit Builder(Graph& graph);
  Value input(ArrayType type, InputLayout layout = {});
  Value constant(Literal value);
  /// Any primitive on operands that already satisfy its rules.
  Value add(Primitive primitive, std::span<const Value> inputs);
  /// Element-wise with promotion to the row's operand dtype and broadcasting of shapes inserted as nodes.
  Value elementwise(Op op, std::span<const Value> inputs);
  Value convert(Value x, Dtype dtype);
  Value reduce(Reduction reduction, Value x, std::span<const std::int64_t> axes, bool keepdims);
  Value reshape(Value x, Shape shape);
  Value broadcast(Value x, Shape shape);
  const Node& node(Value v) const { return graph_.nodes[static_cast<std::size_t>(v)]; }
  const ArrayType& type(Value v) const { return node(v).type; }
  Graph& graph() { return graph_; }
  /// Room for a graph of so many nodes.
  void reserve(std::size_t nodes) {
    graph_.nodes.reserve(nodes);
    cons_.reserve(nodes);
  }
  void set_source(std::uint32_t source) { source_ = source; }

 private:
  Graph& graph_;
  std::uint32_t source_ = 0;
  ValueTable cons_;
};

/// Text form; `parse` accepts what `print` writes.
std::string print(const Graph& graph);
Graph parse(std::string_view text);
/// Throws InternalError naming the first broken rule.
void verify(const Graph& graph);

/// Runs the graph element by element in double precision rules of ops/row.h `evaluate`: the reference for tests.
/// Inputs and results are row-major element lists.
std::vector<std::vector<Literal>> interpret(const Graph& graph, std::span<const std::vector<Literal>> inputs,
                                            const std::function<std::int64_t(SymbolId)>& symbol_value);

}  // namespace cermet::graph
