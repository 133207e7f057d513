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
  inline explicit NodeRef(Node* node);
  inline NodeRef(const NodeRef& other);
  NodeRef(NodeRef&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  NodeRef& operator=(NodeRef other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  inline ~NodeRef();
  Node* get() const { return node_; }
  Node* operator->() const { return node_; }
  explicit operator bool() const { return node_ != nullptr; }
  friend bool operator==(const NodeRef& a, const NodeRef& b) { return a.node_ == b.node_; }

 private:
  Node* node_ = nullptr;
};

enum class NodeState : std::uint8_t { pending, claimed, done };

/// Who evaluates: claimed by one thread at a time; `claimant` is that evaluation's number. Others wait on `state`.
struct Claim {
  std::atomic<NodeState> state{NodeState::pending};
  std::atomic<std::uint64_t> claimant{0};
};

/// One call of a compiled program; its outputs are nodes that share it, evaluated together.
struct ProgramCall {
  std::shared_ptr<const Program> program;
  std::vector<NodeRef> inputs;    ///< Cleared after evaluation.
  SmallVector<Node*, 2> outputs;  ///< Weak; entries are cleared when a node dies. Guarded by `guard`.
  Claim claim;
  std::string lost;  ///< Why it can never be evaluated: it failed after it had changed what it was given in place.
  std::atomic_flag guard = ATOMIC_FLAG_INIT;
};

/// Holds ProgramCall::guard while it lives.
class CallGuard {
 public:
  explicit CallGuard(ProgramCall& call) : flag_(call.guard) {
    while (flag_.test_and_set(std::memory_order_acquire)) flag_.wait(true, std::memory_order_relaxed);
  }
  ~CallGuard() {
    flag_.clear(std::memory_order_release);
    flag_.notify_one();
  }
  CallGuard(const CallGuard&) = delete;
  CallGuard& operator=(const CallGuard&) = delete;

 private:
  std::atomic_flag& flag_;
};

class Node {
 public:
  Primitive primitive;             ///< kind input: a leaf with data, a traced value, or an output of `call`.
  SmallVector<NodeRef, 3> inputs;  ///< Cleared after evaluation.
  ArrayType type;
  Stream stream;
  Claim claim;                        ///< Of this node; outputs of a call are claimed by the call.
  Data data;                          ///< Valid in state done.
  std::shared_ptr<ProgramCall> call;  ///< This node is output `call_output` of a program call.
  std::uint32_t call_output = 0;
  std::uint32_t depth = 0;                ///< Pending nodes on the longest way down from here, this one included.
  std::size_t held = 0;                   ///< Bytes of evaluated arrays that pending nodes on one way down keep alive.
  std::atomic<NodeRef*> queued{nullptr};  ///< The reference that evaluate_async()'s queue holds, if it holds one.
  /// A traced value: which trace it belongs to (0: none) and its value in that trace's graph.
  std::uint64_t trace_id = 0;
  graph::Value traced = -1;

  bool is_done() const { return claim.state.load(std::memory_order_acquire) == NodeState::done; }
  bool is_traced() const { return trace_id != 0; }

  std::uint32_t use_count() const { return count_.load(std::memory_order_acquire); }

  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();

 private:
  friend class NodeRef;
  std::atomic<std::uint32_t> count_{0};
  Node* next_dead_ = nullptr;
  static void destroy(Node* node);  ///< Work list: never recursive, however deep the graph.
};

inline NodeRef::NodeRef(Node* node) : node_(node) {
  if (node_ != nullptr) node_->count_.fetch_add(1, std::memory_order_relaxed);
}
inline NodeRef::NodeRef(const NodeRef& other) : NodeRef(other.node_) {}
inline NodeRef::~NodeRef() {
  if (node_ != nullptr && node_->count_.fetch_sub(1, std::memory_order_acq_rel) == 1) Node::destroy(node_);
}

/// Pending work is bounded: a new node finds its inputs evaluated if they are so many pending nodes deep, or keep more
/// than an eighth of the memory limit alive (docs/decisions.md). Making a node then throws what evaluation throws.
inline constexpr std::uint32_t deepest_pending = 1024;

/// A pending node; shape and dtype by infer().
NodeRef make_node(Primitive primitive, std::span<const NodeRef> inputs, const Stream& stream);
NodeRef make_leaf(Data data, const Stream& stream);
/// Pending outputs of one program call.
std::vector<NodeRef> make_call(std::shared_ptr<const Program> program, std::vector<NodeRef> inputs,
                               const Stream& stream);

/// Evaluates what is pending below `nodes`, once each however many threads ask; throws what the evaluation threw, after
/// which the nodes that have no value yet are pending again. Traced nodes are a TraceError. Inputs of a node are
/// dropped as soon as it has its value, so that memory of intermediates is free for what follows.
void evaluate(std::span<const NodeRef> nodes);

}  // namespace cermet::exec
