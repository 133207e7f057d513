// Making and destroying nodes. Destruction uses a list of dead nodes, so that a chain of a million nodes is no
// recursion.
#include "exec/node.h"

#include <algorithm>

#include "base/error.h"

namespace cermet::exec {
namespace {

IntExprTable& constant_dims() {
  thread_local IntExprTable table;  // dims of arrays are constants: nothing is ever added
  return table;
}

struct PendingWork {
  std::uint32_t depth = 0;
  std::size_t held = 0;
};

/// What a node on these inputs adds to; evaluates them first where it would be too much.
PendingWork bound_pending_work(std::span<const NodeRef> inputs) {
  PendingWork below;
  std::size_t own = 0;
  for (const NodeRef& input : inputs) {
    if (!input) continue;
    if (input->is_done()) {
      if (input->data.buffer) own += input->data.buffer->bytes();
    } else {
      below.depth = std::max(below.depth, input->depth);
      below.held = std::max(below.held, input->held);
    }
  }
  constexpr std::size_t never_too_much = std::size_t{64} << 20;
  const bool heavy = below.held > never_too_much && below.held > runtime::memory_limit() / 8;
  if (below.depth >= deepest_pending || heavy) {
    evaluate(inputs);
    below = {};
  }
  return {below.depth + 1, below.held + own};
}

}  // namespace

Node::~Node() {
  if (!call) return;
  const CallGuard guard(*call);
  if (call_output < call->outputs.size()) call->outputs[call_output] = nullptr;
}

void Node::destroy(Node* node) {
  thread_local Node* dead = nullptr;
  thread_local bool active = false;
  node->next_dead_ = dead;
  dead = node;
  if (active) return;  // the outer call takes it from the list
  active = true;
  while (dead != nullptr) {
    Node* next = dead;
    dead = next->next_dead_;
    delete next;
  }
  active = false;
}

NodeRef make_node(Primitive primitive, std::span<const NodeRef> inputs, const Stream& stream) {
  SmallVector<ArrayType, 3> types;
  for (const NodeRef& input : inputs) types.push_back(input->type);
  auto owned = std::make_unique<Node>();
  owned->type = infer(primitive, types, constant_dims());
  owned->primitive = std::move(primitive);
  const PendingWork work = bound_pending_work(inputs);
  owned->depth = work.depth;
  owned->held = work.held;
  owned->inputs.assign(inputs.begin(), inputs.end());
  owned->stream = stream;
  return NodeRef(owned.release());
}

NodeRef make_leaf(Data data, const Stream& stream) {
  auto owned = std::make_unique<Node>();
  for (std::int64_t extent : data.shape) owned->type.shape.push_back(extent);
  owned->type.dtype = data.dtype;
  owned->data = std::move(data);
  owned->stream = stream;
  owned->claim.state.store(NodeState::done, std::memory_order_relaxed);
  return NodeRef(owned.release());
}

std::vector<NodeRef> make_call(std::shared_ptr<const Program> program, std::vector<NodeRef> inputs,
                               const Stream& stream) {
  std::vector<ArrayType> symbolic;
  if (program->has_symbolic_outputs()) {
    SmallVector<const Shape*, 8> shapes;
    for (const NodeRef& input : inputs) shapes.push_back(&input->type.shape);
    symbolic = program->output_types_for({shapes.data(), shapes.size()});
  }
  const std::vector<ArrayType>& types = symbolic.empty() ? program->output_types() : symbolic;
  auto call = std::make_shared<ProgramCall>();
  const PendingWork work = bound_pending_work(inputs);
  call->inputs = std::move(inputs);
  std::vector<NodeRef> nodes;
  nodes.reserve(types.size());
  for (std::size_t k = 0; k < types.size(); ++k) {
    auto owned = std::make_unique<Node>();
    owned->type = types[k];
    owned->depth = work.depth;
    owned->held = work.held;
    owned->stream = stream;
    call->outputs.push_back(owned.get());
    owned->call_output = static_cast<std::uint32_t>(k);
    nodes.emplace_back(owned.release());
  }
  call->program = std::move(program);
  for (NodeRef& node : nodes) node->call = call;
  return nodes;
}

}  // namespace cermet::exec
