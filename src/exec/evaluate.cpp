// Evaluation of pending nodes. A thread claims every pending node below what it was asked for, computes them inputs
// first, and waits for nodes that others claimed only when it has nothing else to do, so that waiting makes no cycle:
// of all claimed nodes, the owner of a deepest one can always proceed.
#include <algorithm>
#include <atomic>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "exec/async.h"
#include "exec/collapse.h"
#include "exec/eager.h"
#include "exec/node.h"
#include "exec/planned_program.h"
#include "library/library.h"
#include "runtime/thread_pool.h"

namespace cermet::exec {
namespace {

std::atomic<std::uint64_t> next_token{1};

Claim& claim_of(Node& node) { return node.call ? node.call->claim : node.claim; }

std::span<const NodeRef> inputs_of(const Node& node) {
  if (node.call) return node.call->inputs;
  return {node.inputs.data(), node.inputs.size()};
}

class Evaluation {
 public:
  Evaluation() : token_(next_token.fetch_add(1, std::memory_order_relaxed)) {}
  void run(std::span<const NodeRef> roots);

 private:
  bool is_mine(Node& node) const { return claim_of(node).claimant.load(std::memory_order_relaxed) == token_; }
  bool take(Node& node);
  void claim_below(Node& root);
  bool is_ready(Node& node) const;
  void compute_claimed();
  void wait_for_others();
  void wait_for(Node& node);
  void release_claims();
  void compute(Node& node);
  Data row_major_copy(const NodeRef& input);
  Data copied_view(const Node& node);
  void run_call(Node& node);
  std::shared_ptr<const Program> program_for(const EagerCall& call);
  void prepare_programs();

  std::uint64_t token_;
  SmallVector<Node*, 16> order_;  // mine, inputs first; computed ones are removed
  std::size_t position_ = 0;      // in order_: what comes before is computed or kept for later
  bool prepared_ = false;
};

// ---- Claims --------------------------------------------------------------------------------------------------------

/// True if the node was pending and is this evaluation's now.
bool Evaluation::take(Node& node) {
  if (node.is_done()) return false;
  if (node.is_traced()) {
    fail<TraceError>("[eval] A traced array, shape={}, dtype={}, has no value while its function is traced.",
                     to_string(node.type.shape), name(node.type.dtype));
  }
  Claim& claim = claim_of(node);
  NodeState expected = NodeState::pending;
  if (!claim.state.compare_exchange_strong(expected, NodeState::claimed, std::memory_order_acq_rel)) return false;
  claim.claimant.store(token_, std::memory_order_relaxed);
  return true;
}

void Evaluation::claim_below(Node& root) {
  struct Visit {
    Node* node;
    std::size_t next;
  };
  take_from_queue(root);
  if (!take(root)) return;
  SmallVector<Visit, 16> stack;
  stack.push_back({&root, 0});
  try {
    while (!stack.empty()) {
      Visit& visit = stack.back();
      const std::span<const NodeRef> inputs = inputs_of(*visit.node);
      if (visit.next == inputs.size()) {
        order_.push_back(visit.node);
        stack.pop_back();
        continue;
      }
      Node& input = *inputs[visit.next++].get();
      take_from_queue(input);
      if (take(input)) stack.push_back({&input, 0});
    }
  } catch (...) {
    for (const Visit& visit : stack) order_.push_back(visit.node);  // claimed: to be released
    throw;
  }
}

void set_state(Claim& claim, NodeState state) {
  claim.claimant.store(0, std::memory_order_relaxed);
  claim.state.store(state, std::memory_order_release);
  claim.state.notify_all();
}

void Evaluation::release_claims() {
  for (Node* node : order_) set_state(claim_of(*node), NodeState::pending);
  order_.clear();
}

// ---- Order ---------------------------------------------------------------------------------------------------------

bool Evaluation::is_ready(Node& node) const {
  const std::span<const NodeRef> inputs = inputs_of(node);
  return std::all_of(inputs.begin(), inputs.end(), [](const NodeRef& input) { return input->is_done(); });
}

/// Computes what is ready; keeps the rest, which waits for nodes of other threads.
void Evaluation::compute_claimed() {
  std::size_t kept = 0;
  try {
    for (position_ = 0; position_ < order_.size(); ++position_) {
      Node& node = *order_[position_];
      if (is_ready(node)) {
        compute(node);
      } else {
        order_[kept++] = &node;
      }
    }
  } catch (...) {
    order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(kept),
                 order_.begin() + static_cast<std::ptrdiff_t>(position_));
    throw;
  }
  order_.resize(kept);
}

/// Waits until a node of another thread is done, or takes it over if that thread failed.
void Evaluation::wait_for(Node& node) {
  Claim& claim = claim_of(node);
  while (!node.is_done()) {
    claim_below(node);
    if (is_mine(node)) return;
    claim.state.wait(NodeState::claimed, std::memory_order_acquire);
  }
}

void Evaluation::wait_for_others() {
  for (Node* node : order_) {
    for (const NodeRef& input : inputs_of(*node)) {
      if (!input->is_done() && !is_mine(*input.get())) return wait_for(*input.get());
    }
  }
}

void Evaluation::run(std::span<const NodeRef> roots) {
  try {
    for (const NodeRef& root : roots) claim_below(*root.get());
    for (std::size_t next = 0; next < roots.size();) {
      compute_claimed();
      if (!order_.empty()) {
        wait_for_others();
      } else if (roots[next]->is_done()) {
        ++next;
      } else {
        wait_for(*roots[next].get());
      }
    }
  } catch (...) {
    release_claims();
    throw;
  }
}

// ---- One node ------------------------------------------------------------------------------------------------------

Data filled(const ArrayType& type, Literal value) {
  Data data = row_major(type);
  const std::int64_t n = type.shape.elements();
  const std::size_t size = type.dtype.size();
  data.buffer = runtime::allocate(static_cast<std::size_t>(n) * size);
  for (std::int64_t i = 0; i < n; ++i)
    value.store(static_cast<char*>(data.buffer->data()) + static_cast<std::size_t>(i) * size);
  return data;
}

/// Nothing to compute: no elements, or a reduction of none.
bool needs_no_program(const Node& node) {
  const Shape& shape = node.type.shape;
  if (std::find(shape.begin(), shape.end(), Dim(0)) != shape.end()) return true;
  return node.primitive.kind == PrimitiveKind::reduce && node.inputs[0]->type.shape.elements() == 0;
}

/// Constants, and results that need no program because nothing is computed.
bool fill_without_program(const Node& node, Data& result) {
  const Primitive& p = node.primitive;
  const ArrayType& type = node.type;
  if (p.kind == PrimitiveKind::constant) {
    result = filled(type, p.literal);
  } else if (p.kind == PrimitiveKind::dim_value) {
    result = filled(type, Literal::of_integer(int64, p.dims[0].value()).converted(type.dtype));
  } else if (!needs_no_program(node)) {
    return false;
  } else if (type.shape.elements() == 0) {
    result = filled(type, {});
  } else {
    const Dtype accumulator = row(p.reduction).accumulator(node.inputs[0]->type.dtype);
    result = filled(type, row(p.reduction).identity(accumulator, 0).converted(type.dtype));
  }
  return true;
}

library::Operand library_operand(const Data& data) {
  library::Operand operand;
  operand.data = data.pointer();
  operand.dtype = data.dtype;
  operand.shape = data.shape;
  operand.strides = data.strides;
  return operand;
}

/// Nobody but this node, which is about to drop them, sees the memory of input `k`: this node's inputs are all that
/// holds the buffer, and nobody else holds these inputs.
bool is_dying(std::span<const NodeRef> inputs, std::size_t k) {
  const runtime::BufferRef& buffer = inputs[k]->data.buffer;
  if (buffer->shared()) return false;
  std::uint32_t holders = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i]->data.buffer.get() != buffer.get()) continue;
    std::uint32_t same = 0;
    bool first = true;
    for (std::size_t j = 0; j < inputs.size(); ++j) {
      if (!(inputs[j] == inputs[i])) continue;
      ++same;
      first = first && j >= i;
    }
    if (inputs[i]->use_count() != same) return false;
    if (first) ++holders;
  }
  return buffer->use_count() == holders;
}

/// The result of a library call in the memory of the input that it may change, if nobody else needs that.
bool take_in_place(const library::Function& function, const Node& node, Data& result) {
  if (function.in_place < 0 || function.fails) return false;
  const auto k = static_cast<std::size_t>(function.in_place);
  const Data& input = node.inputs[k]->data;
  const auto bytes_of = [](const Node& n) { return n.type.shape.elements() * n.type.dtype.size(); };
  const std::int64_t bytes = bytes_of(node), offset = input.offset * input.dtype.size();
  constexpr std::int64_t kept = 2;  // a small part of a large array does not keep all of it alive for long
  if (!input.contiguous || bytes_of(*node.inputs[k].get()) != bytes || offset % result.dtype.size() != 0 ||
      static_cast<std::int64_t>(input.buffer->bytes()) > kept * bytes ||
      !is_dying({node.inputs.data(), node.inputs.size()}, k)) {
    return false;
  }
  result.buffer = input.buffer;
  result.offset = offset / result.dtype.size();
  return true;
}

Data run_library(const Node& node) {
  const library::Function& function = library::function_of(node.primitive);
  Data result = row_major(node.type);
  if (!take_in_place(function, node, result)) {
    result.buffer = runtime::allocate(static_cast<std::size_t>(node.type.shape.elements()) * node.type.dtype.size());
  }
  SmallVector<library::Operand, 4> operands;
  for (const NodeRef& input : node.inputs) operands.push_back(library_operand(input->data));
  operands.push_back(library_operand(result));
  call_library(function, node.primitive, operands);
  return result;
}

/// The result of a program in the shape of its node.
Data shaped(const ArrayType& type, Data&& result) {
  check(result.contiguous, "the program of one primitive returned a view");
  Data data = row_major(type);
  data.buffer = std::move(result.buffer);
  data.offset = result.offset;
  return data;
}

SmallVector<const Data*, 4> operands_of(const Node& node) {
  SmallVector<const Data*, 4> operands;
  for (const NodeRef& input : node.inputs) operands.push_back(&input->data);
  return operands;
}

/// The same of an input whose memory no other input shares: kernels read all of their inputs while they write.
/// `held`: further references of the evaluation.
bool is_dying_alone(const NodeRef& input, std::uint32_t held) {
  const runtime::BufferRef& buffer = input->data.buffer;
  return input->use_count() == 1 && buffer->use_count() == 1 + held && !buffer->shared();
}

Data run_program(const Node& node, const EagerCall& call, const Program& program) {
  SmallVector<bool, 4> donatable(call.operands.size(), false);
  if (node.primitive.kind == PrimitiveKind::elementwise || node.primitive.kind == PrimitiveKind::convert) {
    for (std::size_t k = 0; k < donatable.size(); ++k) donatable[k] = is_dying_alone(node.inputs[k], 1);
  }
  std::vector<Data> results =
      program.run({call.operands.data(), call.operands.size()}, {donatable.data(), donatable.size()});
  return shaped(node.type, std::move(results[0]));
}

void finish(Node& node, Data&& data) {
  node.data = std::move(data);
  SmallVector<NodeRef, 3> inputs = std::move(node.inputs);
  set_state(node.claim, NodeState::done);
}

/// A row-major array of which each element is repeated a few times (a broadcast last axis): that array with a last axis
/// of 1, else nothing.
std::optional<Data> repeated_elements(const Data& data) {
  constexpr std::int64_t most = 4;  // wider ones are faster in the loop
  if (data.shape.size() < 2 || data.strides.back() != 0 || data.shape.back() < 2 || data.shape.back() > most) {
    return std::nullopt;
  }
  Data once = data;
  once.shape.back() = 1;
  once.strides.back() = 1;
  once.contiguous = is_row_major(once.shape, once.strides);
  if (!once.contiguous) return std::nullopt;
  return once;
}

Data Evaluation::row_major_copy(const NodeRef& input) {
  Node copy;
  copy.primitive.kind = PrimitiveKind::copy;
  copy.type = input->type;
  copy.inputs.push_back(input);
  // Joins write side by side what a loop over the short axis would write one by one.
  if (const std::optional<Data> once = repeated_elements(input->data)) {
    copy.primitive.kind = PrimitiveKind::concatenate;
    copy.primitive.axes = {static_cast<std::int64_t>(once->shape.size()) - 1};
    const SmallVector<const Data*, 8> operands(static_cast<std::size_t>(input->data.shape.back()), &*once);
    const EagerCall call = describe(copy, {operands.data(), operands.size()});
    return run_program(copy, call, *program_for(call));
  }
  const Data* operand = &input->data;
  const EagerCall call = describe(copy, std::span(&operand, 1));
  return run_program(copy, call, *program_for(call));
}

// Programs of calls are planned for row-major inputs: a strided one is copied first, and the copy given up.
void Evaluation::run_call(Node& node) {
  const std::shared_ptr<ProgramCall> call = node.call;
  if (!call->lost.empty()) throw OutOfMemoryError(call->lost);
  SmallVector<Data, 8> inputs;
  SmallVector<bool, 8> donatable, overwritten(call->inputs.size(), false);
  for (const NodeRef& input : call->inputs) {
    const bool strided = !input->data.contiguous;
    donatable.push_back(strided || is_dying_alone(input, 0));
    inputs.push_back(strided ? row_major_copy(input) : input->data);
  }
  std::vector<Data> results;
  try {
    results = call->program->run({inputs.data(), inputs.size()}, {donatable.data(), donatable.size()},
                                 {overwritten.data(), overwritten.size()});
  } catch (const std::exception& error) {
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (!overwritten[k] || !call->inputs[k]->data.contiguous) continue;  // a copy is no loss
      call->lost =
          fmt::format("{} (the call had begun to change its arguments in place and cannot be repeated)", error.what());
    }
    throw;
  }
  inputs.clear();
  const std::vector<NodeRef> dropped = std::move(call->inputs);
  {
    const CallGuard guard(*call);
    for (std::size_t k = 0; k < call->outputs.size(); ++k) {
      if (Node* output = call->outputs[k]) {
        output->data = std::move(results[k]);
        set_state(output->claim, NodeState::done);
      }
    }
  }
  set_state(call->claim, NodeState::done);
}

// A reshape whose elements are not a window: of a row-major copy they are.
Data Evaluation::copied_view(const Node& node) {
  const Data whole = row_major_copy(node.inputs[0]);
  std::optional<Data> window = view_of(node.primitive, whole, node.type.shape);
  check(window.has_value(), "a {} of a row-major array is no window", name(node.primitive.kind));
  return std::move(*window);
}

std::shared_ptr<const Program> Evaluation::program_for(const EagerCall& call) {
  if (auto program = find_program(call)) return program;
  prepare_programs();
  if (auto program = find_program(call)) return program;
  return make_program(call);
}

// At the first miss, all programs that the nodes to come will miss are made at once, side by side: their layouts are
// known before their values.
void Evaluation::prepare_programs() {
  if (std::exchange(prepared_, true)) return;
  std::unordered_map<const Node*, Data> layouts;
  std::vector<EagerCall> jobs;
  for (std::size_t i = position_; i < order_.size(); ++i) {
    const Node& node = *order_[i];
    SmallVector<const Data*, 4> operands;
    for (const NodeRef& input : inputs_of(node)) {
      const auto found = layouts.find(input.get());
      if (found != layouts.end())
        operands.push_back(&found->second);
      else if (input->is_done())
        operands.push_back(&input->data);
    }
    const bool known = operands.size() == inputs_of(node).size();
    std::optional<Data> window;
    if (!node.call && is_view(node.primitive.kind) && known) {
      window = view_of(node.primitive, *operands[0], node.type.shape);
    } else if (has_eager_program(node) && known && !needs_no_program(node)) {
      EagerCall call = describe(node, {operands.data(), operands.size()});
      const bool queued =
          std::any_of(jobs.begin(), jobs.end(), [&](const EagerCall& c) { return c.words == call.words; });
      if (!queued && !find_program(call)) jobs.push_back(std::move(call));
    }
    layouts.emplace(&node, window ? std::move(*window) : row_major(node.type));
  }
  if (jobs.size() < 2) return;
  runtime::parallel_for(static_cast<std::int64_t>(jobs.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      try {
        make_program(jobs[static_cast<std::size_t>(i)]);
      } catch (const Error&) {  // thrown again, in its place, by the node that needs it
      }
    }
  });
}

void Evaluation::compute(Node& node) {
  if (node.call) return run_call(node);
  Data result;
  if (fill_without_program(node, result)) return finish(node, std::move(result));
  const PrimitiveKind kind = node.primitive.kind;
  if (is_view(kind)) {
    if (std::optional<Data> window = view_of(node.primitive, node.inputs[0]->data, node.type.shape)) {
      return finish(node, std::move(*window));
    }
    return finish(node, copied_view(node));
  }
  if (kind == PrimitiveKind::matmul || kind == PrimitiveKind::library) return finish(node, run_library(node));
  check(has_eager_program(node), "a node of kind {} cannot be evaluated", name(kind));
  const SmallVector<const Data*, 4> operands = operands_of(node);
  const EagerCall call = describe(node, {operands.data(), operands.size()});
  finish(node, run_program(node, call, *program_for(call)));
}

}  // namespace

void evaluate(std::span<const NodeRef> nodes) {
  for (const NodeRef& node : nodes) {
    if (!node->is_done()) return Evaluation().run(nodes);
  }
}

}  // namespace cermet::exec
