// Tracing: ops of this thread are recorded into a graph instead of being evaluated.
#include "transforms/trace.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "graph/ops/composite.h"

namespace cermet {

namespace {

std::atomic<SourceHook> source_hook{nullptr};

std::string user_source() {
  const SourceHook hook = source_hook.load(std::memory_order_acquire);
  return hook == nullptr ? std::string() : hook();
}

}  // namespace

void set_source_hook(SourceHook hook) { source_hook.store(hook, std::memory_order_release); }

bool is_tracing() { return Recorder::current() != nullptr || Observer::current() != nullptr; }

Trace::Trace(std::string name, TraceSymbols* symbols) : name_(std::move(name)), symbols_(symbols), builder_(graph_) {
  graph_.name = name_;
  unobserved_.emplace();
  enter();
  if (outer() != nullptr) {
    graph_.dims = std::move(outer()->dims());
    symbols_ = outer()->symbols();
  }
  replaced_values_ = SymbolValues::install(symbols_);
}

Trace::~Trace() { stop(); }

void Trace::stop() {
  if (std::exchange(active_, false)) {
    for (State& state : states_) {
      if (const auto written = overlay_.find(state.handle); written != overlay_.end()) state.final = written->second;
    }
    leave();
    SymbolValues::install(replaced_values_);
    if (outer() != nullptr) outer()->dims() = std::move(graph_.dims);
    unobserved_.reset();
  }
}

array Trace::input(const ArrayType& type) { return array(traced_node(builder_.input(type), {})); }

array Trace::symbolic_input(ArrayType type, std::int32_t array, std::uint64_t axes) {
  for (std::size_t axis = 0; symbols_ != nullptr && axis < type.shape.size(); ++axis) {
    Dim& extent = type.shape[axis];
    if ((axes >> std::min<std::size_t>(axis, 63) & 1) != 0 && TraceSymbols::is_symbolic(extent.value())) {
      extent = symbols_->add(graph_.dims, extent.value(), array, static_cast<std::int32_t>(axis));
    }
  }
  return input(type);
}

void Trace::rewrite_dims(const std::function<Dim(Dim)>& replacement) {
  for (graph::Node& node : graph_.nodes) {
    for (Dim& d : node.type.shape) d = replacement(d);
    for (Dim& d : node.primitive.dims) d = replacement(d);
  }
  for (const exec::NodeRef& node : traced_nodes_) {
    for (Dim& d : node->type.shape) d = replacement(d);
  }
}

exec::NodeRef Trace::traced_node(graph::Value value, const Stream& stream) {
  exec::NodeRef node(new exec::Node);
  node->type = builder_.type(value);
  node->stream = stream;
  node->trace_id = id();
  node->traced = value;
  if (symbols_ != nullptr) traced_nodes_.push_back(node);
  return node;
}

void Trace::mark_source() {
  std::string line = user_source();
  if (line.empty()) return;
  const auto next = static_cast<std::uint32_t>(graph_.sources.size());
  const auto [known, is_new] = source_index_.try_emplace(line, next);
  if (is_new) graph_.sources.push_back(std::move(line));
  builder_.set_source(known->second);
}

graph::Value Trace::capture_value(const exec::NodeRef& node) {
  // Arrays made from a scalar stay literals, so that passes may fold them.
  if (node->primitive.kind == PrimitiveKind::constant) {
    if (notes_lines_) captured_scalars_.push_back({node, -1, user_source()});
    return builder_.constant(node->primitive.literal);
  }
  const auto [known, is_new] = captured_.try_emplace(node.get(), -1);
  if (is_new) {
    known->second = builder_.input(node->type);
    captures_.push_back({node, known->second, notes_lines_ ? user_source() : std::string()});
  }
  return known->second;
}

bool Trace::is_of_surrounding_trace(const exec::Node& node) const {
  for (const Recorder* recorder = outer(); recorder != nullptr; recorder = recorder->outer()) {
    if (node.trace_id == recorder->id()) return true;
  }
  return false;
}

graph::Value Trace::value_of(const exec::NodeRef& node) {
  if (node->trace_id == id()) return node->traced;
  if (node->is_traced() && !is_of_surrounding_trace(*node.get())) {
    fail<TraceError>(
        "a traced array of shape {} was used outside the trace that made it{}; return it from the compiled "
        "function that made it instead",
        to_string(node->type.shape), where());
  }
  return capture_value(node);
}

exec::NodeRef Trace::record(Primitive primitive, std::span<const exec::NodeRef> inputs, const Stream& stream) {
  SmallVector<graph::Value, 3> values;
  for (const auto& input : inputs) values.push_back(value_of(input));
  mark_source();
  const std::span<const graph::Value> operands(values.data(), values.size());
  if (primitive.kind != PrimitiveKind::composite)
    return traced_node(builder_.add(std::move(primitive), operands), stream);
  SmallVector<ArrayType, 3> types;
  for (graph::Value value : values) types.push_back(builder_.type(value));
  const graph::Composite& body = graph::find_composite(primitive.text);
  body.infer(primitive, {types.data(), types.size()},
             graph_.dims);  // the rule's errors name the op, the body's would not
  return traced_node(body.build(builder_, operands, primitive), stream);
}

exec::NodeRef Trace::capture(const exec::NodeRef& node) { return traced_node(value_of(node), node->stream); }

const exec::NodeRef* Trace::overlay(const array* handle) const {
  const auto written = overlay_.find(handle);
  if (written != overlay_.end()) return &written->second;
  return outer() == nullptr ? nullptr : outer()->overlay(handle);
}

void Trace::write(array* handle, exec::NodeRef node) { overlay_[handle] = std::move(node); }

void Trace::use_state(array* handle) {
  for (const State& state : states_) {
    if (state.handle == handle) return;
  }
  const ArrayType type = [&] {
    const std::lock_guard lock(state_mutex());
    return handle->node()->type;
  }();
  const graph::Value value = builder_.input(type);
  states_.push_back({handle, value, {}});
  overlay_[handle] = traced_node(value, {});
}

exec::NodeRef Trace::concrete(const exec::NodeRef& node) const {
  if (node->trace_id != id()) return {};
  for (const Capture& capture : captures_) {
    if (capture.value != node->traced) continue;
    return capture.node->is_traced() ? outer()->concrete(capture.node) : capture.node;
  }
  return {};
}

std::vector<array*> Trace::written_handles() const {
  std::vector<array*> handles;
  for (const auto& [handle, node] : overlay_) {
    bool is_state = false;
    for (const State& state : states_) is_state |= state.handle == handle;
    if (!is_state) handles.push_back(const_cast<array*>(handle));
  }
  return handles;
}

std::string Trace::source() const { return user_source(); }

std::string Trace::where() const {
  const std::string line = user_source();
  return line.empty() ? fmt::format(" while tracing {}", name_) : fmt::format(" while tracing {} ({})", name_, line);
}

}  // namespace cermet
