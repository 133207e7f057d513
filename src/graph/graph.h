// The array-level SSA of one traced function: nodes in topological order, one result each. Cons-ed while it is built,
// printed, parsed and verified (docs/ir.md). Passes are free functions that return a new graph or rewrite in place.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
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
  void set_source(std::uint32_t source) { source_ = source; }

 private:
  Graph& graph_;
  std::uint32_t source_ = 0;
  std::unordered_multimap<std::uint64_t, Value> cons_;
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
