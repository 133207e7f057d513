// From a call to a graph: runs the user's function under a trace and sorts out what its results are.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "array/node_building.h"
#include "transforms/entry.h"
#include "transforms/trace.h"

namespace cermet {

namespace {

/// One number behind all elements, in memory of our own: what ones(), zeros() and full() give.
bool is_filled(const exec::Node& node) {
  if (!node.is_done()) {
    return node.primitive.kind == PrimitiveKind::broadcast && !node.inputs.empty() &&
           node.inputs[0]->primitive.kind == PrimitiveKind::constant;
  }
  return !node.data.contiguous && node.data.buffer && node.data.buffer->capacity() > 0 &&
         std::all_of(node.data.strides.begin(), node.data.strides.end(), [](std::int64_t s) { return s == 0; });
}

/// What stands for a captured array at every call. Programs take row-major inputs: one number behind all elements would
/// be spread out again each time.
exec::NodeRef spread_out(const exec::NodeRef& node) {
  if (!is_filled(*node.get())) return node;
  Primitive copy;
  copy.kind = PrimitiveKind::copy;
  return exec::make_node(std::move(copy), {&node, 1}, node->stream);
}

/// Says where graph values come from, and collects those that the program must compute.
class Sources {
 public:
  Sources(Trace& trace, CompiledEntry& entry) : trace_(trace), entry_(entry) {
    const graph::Graph& graph = trace.graph();
    for (const auto& capture : trace.captures()) {
      known_[capture.value] = {ValueSource::Kind::constant, 0, spread_out(capture.node)};
    }
    for (std::size_t i = 0; i < trace.states().size(); ++i) {
      known_[trace.states()[i].initial] = {ValueSource::Kind::state, i, {}};
    }
    std::size_t argument = 0;
    for (graph::Value input : graph.inputs) {
      const auto [source, is_argument] = known_.try_emplace(input);
      if (is_argument) source->second = {ValueSource::Kind::argument, argument++, {}};
      entry_.inputs.push_back(source->second);
    }
  }

  ValueSource of(graph::Value value) {
    const auto [source, is_new] = known_.try_emplace(value);
    if (is_new) source->second = computed(value);
    return source->second;
  }

 private:
  ValueSource computed(graph::Value value) {
    graph::Graph& graph = trace_.graph();
    const Primitive& primitive = graph.nodes[static_cast<std::size_t>(value)].primitive;
    if (primitive.kind == PrimitiveKind::constant) {
      return {ValueSource::Kind::constant, 0, make_constant(primitive.literal, {}).node()};
    }
    graph.outputs.push_back(value);
    return {ValueSource::Kind::program, graph.outputs.size() - 1, {}};
  }

  Trace& trace_;
  CompiledEntry& entry_;
  std::unordered_map<graph::Value, ValueSource> known_;
};

/// In C++ nothing tells whether a handle outlives the call, so that a write to one can't be replayed.
void refuse_writes(const Trace& trace, const std::string& name, std::span<array* const> state) {
  auto written = trace.written_handles();
  if (!state.empty()) {
    const std::unordered_set<const array*> declared(state.begin(), state.end());
    std::erase_if(written, [&](const array* handle) { return declared.contains(handle); });
  }
  if (written.empty()) return;
  fail<TraceError>(
      "the compiled function {} assigned to {} array{} that it captured (of shape {}): captured arrays are "
      "constants of a compiled function; return the new value, take the array as an argument, or declare it as state "
      "(inputs=, outputs=)",
      name, written.size(), written.size() == 1 ? "" : "s", to_string(written[0]->shape()));
}

std::string describe_capture(const Trace::Capture& capture, const CallArguments& call) {
  const std::string name = call.name_of_capture == nullptr ? "" : (*call.name_of_capture)(capture.node);
  const ArrayType& type = capture.node->type;
  return fmt::format("{}{} array of shape {}{}", name.empty() ? "" : name + ", a ", cermet::name(type.dtype),
                     to_string(type.shape), capture.line.empty() ? "" : fmt::format(" ({})", capture.line));
}

/// Arrays from before the trace that the function used without being given them. Those that it made of data inside are
/// held by the trace alone.
void refuse_captures(const Trace& trace, const std::string& name, const CallArguments& call) {
  std::vector<std::string> found;
  for (const auto* captures : {&trace.captures(), &trace.captured_scalars()}) {
    for (const Trace::Capture& capture : *captures) {
      if (capture.node->use_count() <= 1) continue;
      std::string text = describe_capture(capture, call);
      if (std::find(found.begin(), found.end(), text) == found.end()) found.push_back(std::move(text));
    }
  }
  if (found.empty()) return;
  fail<TraceError>(
      "the compiled function {} uses arrays that it was not given, and capture=\"error\" refuses them: {}. Pass them "
      "as "
      "arguments or declare what holds them as state (inputs=, outputs=)",
      name, fmt::join(found, "; "));
}

}  // namespace

graph::Graph trace_call(const std::string& name, const CallArguments& call, FunctionBody body, capture captures,
                        CompiledEntry& entry) {
  for (const array* handle : call.arrays) {
    if (handle->is_traced()) {
      fail<TraceError>("{} was called with a traced array of shape {} outside the trace that made it", name,
                       to_string(handle->shape()));
    }
  }
  const auto given = call.arrays.first(call.arrays.size() - call.state_count);
  const auto state = call.arrays.last(call.state_count);
  TraceSymbols symbols;
  Trace trace(name, entry.shapeless ? &symbols : nullptr);
  if (captures == capture::error) trace.note_lines_of_captures();
  std::vector<graph::Value> results, arguments, inputs;
  {
    std::vector<array> handles;
    for (const array* handle : given) {
      handles.push_back(trace.symbolic_input(handle->node()->type, static_cast<std::int32_t>(inputs.size())));
      inputs.push_back(handles.back().node()->traced);
    }
    for (array* handle : state) {
      const std::size_t i = inputs.size();
      const array input =
          trace.symbolic_input(handle->node()->type, static_cast<std::int32_t>(i), entry.symbolic_axes_of(i));
      inputs.push_back(input.node()->traced);
      handle->overwrite(input);  // in the trace only
    }
    const FunctionResult result = body(handles);
    entry.structure = result.structure;
    for (const array& output : result.outputs) results.push_back(trace.value_of(output.node()));
    for (const array& handle : handles) arguments.push_back(trace.value_of(handle.node()));
    for (const array* handle : state) arguments.push_back(trace.value_of(handle->node()));
  }
  trace.stop();
  if (entry.shapeless) entry.guards = ShapeGuards(symbols, trace.graph().dims, entry.description.argument_names);
  refuse_writes(trace, name, state);
  if (captures == capture::error) refuse_captures(trace, name, call);
  std::vector<graph::Value> states;
  for (const auto& state : trace.states()) states.push_back(trace.value_of(state.final));
  Sources sources(trace, entry);
  for (graph::Value value : results) entry.outputs.push_back(sources.of(value));
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] != inputs[i]) entry.writes.push_back({i, sources.of(arguments[i])});
  }
  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto& state = trace.states()[i];
    const ArrayType& type = trace.graph().nodes[static_cast<std::size_t>(state.initial)].type;
    entry.states.push_back({state.handle, type, sources.of(states[i])});
  }
  return std::move(trace.graph());
}

}  // namespace cermet
