// A lazy array value: what it is made of until it is evaluated, its data afterwards. Immutable but for that change.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "exec/data.h"
#include "exec/program.h"
#include "graph/primitive.h"
#include "runtime/device.h"

namespace cermet::exec {

class Node;

class NodeRef {
 public:
  NodeRef() = default;
  explicit NodeRef(Node* node);
  NodeRef(const NodeRef& other);
  NodeRef(NodeRef&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  NodeRef& operator=(NodeRef other) noexcept { std::swap(node_, other.node_); return *this; }
  ~NodeRef();
  Node* get() const { return node_; }
  Node* operator->() const { return node_; }
  explicit operator bool() const { return node_ != nullptr; }
  friend bool operator==(const NodeRef& a, const NodeRef& b) { return a.node_ == b.node_; }

 private:
  Node* node_ = nullptr;
};

enum class NodeState : std::uint8_t { pending, claimed, done, failed };

/// One call of a compiled program; its outputs are nodes that share it.
struct ProgramCall {
  std::shared_ptr<const Program> program;
  std::vector<NodeRef> inputs;
  std::vector<Node*> outputs;  ///< Weak; entries are cleared when a node dies. Guarded by `mutex` in node.cpp.
};

class Node {
 public:
  Primitive primitive;             ///< kind input: a leaf with data, a traced value, or an output of `call`.
  SmallVector<NodeRef, 3> inputs;  ///< Cleared after evaluation.
  ArrayType type;
  Stream stream;
  std::atomic<NodeState> state{NodeState::pending};
  Data data;                       ///< Valid in state done.
  std::shared_ptr<ProgramCall> call;  ///< This node is output `call_output` of a program call.
  std::uint32_t call_output = 0;
  /// A traced value: which trace it belongs to (0: none) and its value in that trace's graph.
  std::uint64_t trace_id = 0;
  graph::Value traced = -1;

  bool is_done() const { return state.load(std::memory_order_acquire) == NodeState::done; }
  bool is_traced() const { return trace_id != 0; }

 private:
  friend class NodeRef;
  std::atomic<std::uint32_t> count_{0};
  static void destroy(Node* node);  ///< Work list: never recursive, however deep the graph.
};

/// A pending node; shape and dtype by infer().
NodeRef make_node(Primitive primitive, std::span<const NodeRef> inputs, const Stream& stream);
NodeRef make_leaf(Data data, const Stream& stream);
/// Pending outputs of one program call.
std::vector<NodeRef> make_call(std::shared_ptr<const Program> program, std::vector<NodeRef> inputs, const Stream& stream);

/// Evaluates what is pending below `nodes`, once each however many threads ask; throws what the evaluation threw, after
/// which the nodes are pending again. Traced nodes are a TraceError.
void evaluate(std::span<const NodeRef> nodes);

}  // namespace cermet::exec
