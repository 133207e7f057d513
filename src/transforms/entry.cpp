// One entry of a compiled function's cache: matching a call, running it, describing how it differs from another.
#include "transforms/entry.h"

#include <algorithm>
#include <unordered_map>

#include "array/recorder.h"
#include "base/hash.h"
#include "exec/program.h"
#include "target/target.h"

namespace cermet {

namespace {

/// Marks inputs of which only the extents are needed: the symbols of what is needed must be read from some input.
void keep_symbol_sources(const graph::Graph& graph, std::vector<bool>& needed) {
  std::vector<bool> used(graph.dims.symbol_count(), false);
  const auto use = [&](std::span<const Dim> dims) {
    for (Dim d : dims) {
      if (d.is_constant()) continue;
      for (SymbolId id : graph.dims.symbols_of(d)) used[id] = true;
    }
  };
  for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
    if (!needed[v]) continue;
    const graph::Node& node = graph.nodes[v];
    use({node.type.shape.data(), node.type.shape.size()});
    use({node.primitive.dims.data(), node.primitive.dims.size()});
  }
  for (const bool take_new : {false, true}) {
    for (graph::Value input : graph.inputs) {
      const auto v = static_cast<std::size_t>(input);
      if (needed[v] == take_new) continue;
      for (Dim d : graph.nodes[v].type.shape) {
        const auto symbol = graph::multiple_of_symbol(graph.dims, d);
        if (!symbol || !used[symbol->first]) continue;
        used[symbol->first] = false;  // it has a source now
        needed[v] = true;
      }
    }
  }
}

/// `graph` without the nodes that no output needs; `kept` tells which inputs stay.
graph::Graph pruned(graph::Graph graph, std::vector<bool>& kept) {
  std::vector<bool> needed(graph.nodes.size(), false);
  for (graph::Value output : graph.outputs) needed[static_cast<std::size_t>(output)] = true;
  for (std::size_t v = graph.nodes.size(); v-- > 0;) {
    if (!needed[v]) continue;
    for (graph::Value input : graph.nodes[v].inputs) needed[static_cast<std::size_t>(input)] = true;
  }
  keep_symbol_sources(graph, needed);
  std::vector<graph::Value> renamed(graph.nodes.size(), -1);
  graph::Graph result;
  for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
    if (!needed[v]) continue;
    renamed[v] = static_cast<graph::Value>(result.nodes.size());
    graph::Node node = std::move(graph.nodes[v]);
    for (graph::Value& input : node.inputs) input = renamed[static_cast<std::size_t>(input)];
    result.nodes.push_back(std::move(node));
  }
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const graph::Value value = renamed[static_cast<std::size_t>(graph.inputs[i])];
    kept.push_back(value >= 0);
    if (value < 0) continue;
    result.inputs.push_back(value);
    result.input_layouts.push_back(std::move(graph.input_layouts[i]));
  }
  for (graph::Value output : graph.outputs) result.outputs.push_back(renamed[static_cast<std::size_t>(output)]);
  result.dims = std::move(graph.dims);
  result.sources = std::move(graph.sources);
  result.name = std::move(graph.name);
  return result;
}

std::string type_text(const ArrayType& type) { return fmt::format("{}{}", name(type.dtype), to_string(type.shape)); }

}  // namespace

namespace {

/// Extents of one class may be one symbol of a shapeless trace; constants are a class of their own.
std::int64_t shape_class(Dim extent) {
  return TraceSymbols::is_symbolic(extent.value()) ? TraceSymbols::range_of(extent.value()).low : extent.value();
}

using ShapePointers = SmallVector<const Shape*, 16>;

ShapePointers shapes_of(const CallArguments& call) {
  ShapePointers shapes;
  for (const array* handle : call.arrays) shapes.push_back(&handle->node()->type.shape);
  return shapes;
}

}  // namespace

std::uint64_t hash_call(const CallArguments& call, bool shapeless) {
  std::uint64_t hash = hash64(call.statics);
  for (const array* handle : call.arrays) {
    const ArrayType& type = handle->node()->type;
    hash = hash_combine(hash, static_cast<std::uint64_t>(type.dtype.val) << 32 | type.shape.size());
    for (Dim dim : type.shape) {
      hash = hash_combine(hash, static_cast<std::uint64_t>(shapeless ? shape_class(dim) : dim.raw()));
    }
  }
  return hash;
}

bool CompiledEntry::matches(const CallArguments& call) const {
  if (call.arrays.size() != arguments.size() || call.statics != statics) return false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const exec::Node& node = *call.arrays[i]->node().get();
    if (!(node.type.dtype == arguments[i].type.dtype && matches_shape(node.type.shape, i) &&
          node.stream.device == arguments[i].device) ||
        node.is_traced()) {
      return false;
    }
  }
  return guards.empty() || guards_hold(call);
}

bool CompiledEntry::matches_shape(const Shape& shape, std::size_t argument) const {
  const Shape& traced = arguments[argument].type.shape;
  const std::uint64_t axes = shapeless ? symbolic_axes_of(argument) : 0;
  if (axes == 0) return shape == traced;
  if (shape.size() != traced.size()) return false;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    const bool symbolic = (axes >> std::min<std::size_t>(k, 63) & 1) != 0;
    if (!(shape[k] == traced[k]) && !(symbolic && shape_class(shape[k]) == shape_class(traced[k]))) return false;
  }
  return true;
}

bool CompiledEntry::guards_hold(const CallArguments& call) const {
  const ShapePointers shapes = shapes_of(call);
  return guards.hold({shapes.data(), shapes.size()});
}

FunctionResult CompiledEntry::run(const CallArguments& call) const {
  if (states.empty()) return run_locked(call);
  const std::lock_guard lock(state_mutex());
  return run_locked(call);
}

void CompiledEntry::refuse_shared_writes(const CallArguments& call) const {
  for (const Write& write : writes) {
    for (std::size_t i = 0; i < call.arrays.size(); ++i) {
      if (i == write.argument || call.arrays[i] != call.arrays[write.argument]) continue;
      fail<ValueError>(
          "[compile] arguments {} and {} are one array object, and the function changes it in place: the trace took "
          "them "
          "for two. Pass a copy (mx.array(x)) or return the new value instead",
          std::min(i, write.argument), std::max(i, write.argument));
    }
  }
}

FunctionResult CompiledEntry::run_locked(const CallArguments& call) const {
  refuse_shared_writes(call);
  for (const State& state : states) {
    if (!(state.handle->node()->type == state.type)) {
      fail<ValueError>("a state array that the compiled function uses has become {}, it was {} when it was traced",
                       type_text(state.handle->node()->type), type_text(state.type));
    }
  }
  std::vector<exec::NodeRef> computed;
  const auto value_of = [&](const ValueSource& source) -> const exec::NodeRef& {
    switch (source.kind) {
      case ValueSource::Kind::argument:
        return call.arrays[source.index]->node();
      case ValueSource::Kind::state:
        return states[source.index].handle->node();
      case ValueSource::Kind::constant:
        return source.node;
      case ValueSource::Kind::program:
        break;
    }
    return computed[source.index];
  };
  if (program != nullptr) {
    std::vector<exec::NodeRef> nodes;
    nodes.reserve(inputs.size());
    for (const ValueSource& source : inputs) nodes.push_back(value_of(source));
    computed = exec::make_call(program, std::move(nodes), stream);
  }
  FunctionResult result;
  result.structure = structure;
  result.outputs.reserve(outputs.size());
  if (returns_program_outputs) {
    for (exec::NodeRef& node : computed) result.outputs.emplace_back(std::move(node));
    return result;
  }
  for (const ValueSource& source : outputs) result.outputs.emplace_back(value_of(source));
  if (states.empty() && writes.empty()) return result;
  // Read everything before the first write: a new value may be another handle's old one.
  std::vector<exec::NodeRef> fresh;
  for (const State& state : states) fresh.push_back(value_of(state.final));
  for (const Write& write : writes) fresh.push_back(value_of(write.value));
  std::size_t next = 0;
  for (const State& state : states) state.handle->overwrite(std::move(fresh[next++]));
  for (const Write& write : writes) call.arrays[write.argument]->overwrite(std::move(fresh[next++]));
  return result;
}

void CompiledEntry::describe_call(const CallArguments& call) {
  statics = call.statics;
  hash = hash_call(call, shapeless);
  for (const array* handle : call.arrays) arguments.push_back({handle->node()->type, handle->node()->stream.device});
  if (!call.arrays.empty()) stream = call.arrays[0]->node()->stream;
  if (call.describe != nullptr) description = (*call.describe)();
  for (std::size_t i = description.argument_names.size(); i < arguments.size(); ++i) {
    description.argument_names.push_back(fmt::format("argument {}", i));
  }
}

void CompiledEntry::plan_graph(graph::Graph graph) {
  if (graph.outputs.empty()) {
    inputs.clear();
    return;
  }
  std::vector<bool> kept;
  graph::Graph needed = pruned(std::move(graph), kept);
  std::vector<ValueSource> used;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i]) used.push_back(std::move(inputs[i]));
  }
  inputs = std::move(used);
  returns_program_outputs = states.empty() && writes.empty() && outputs.size() == needed.outputs.size();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    returns_program_outputs &= outputs[i].kind == ValueSource::Kind::program && outputs[i].index == i;
  }
  program = exec::plan(std::move(needed), host_target());
}

std::string CompiledEntry::signature() const {
  std::string text;
  for (const Argument& argument : arguments) text += (text.empty() ? "" : ", ") + type_text(argument.type);
  for (const auto& [path, value] : description.constants) text += (text.empty() ? "" : ", ") + value;
  return text;
}

namespace {

/// "a['b']" is in "a".
bool is_within(const std::string& path, const std::vector<std::string>& holders) {
  return std::any_of(holders.begin(), holders.end(), [&](const std::string& holder) {
    return path.size() > holder.size() && path.starts_with(holder) &&
           (path[holder.size()] == '[' || path[holder.size()] == '.');
  });
}

/// What appeared, vanished or became something else: the first few.
std::vector<std::string> differences_of_places(const CallDescription& now, const CallDescription& before) {
  constexpr std::size_t most = 4;
  const std::unordered_map<std::string, std::string> old(before.places.begin(), before.places.end());
  const std::unordered_map<std::string, std::string> fresh(now.places.begin(), now.places.end());
  std::vector<std::string> found, appeared, vanished;
  for (const auto& [path, text] : now.places) {
    const auto there = old.find(path);
    if (there == old.end()) {
      if (!is_within(path, appeared)) found.push_back(path + " appeared");
      appeared.push_back(path);
    } else if (there->second != text) {
      found.push_back(fmt::format("{}: {} -> {}", path, there->second, text));
    }
  }
  for (const auto& [path, text] : before.places) {
    if (fresh.contains(path)) continue;
    if (!is_within(path, vanished)) found.push_back(path + " vanished");
    vanished.push_back(path);
  }
  if (found.size() > most) {
    const std::size_t rest = found.size() - most;
    found.resize(most);
    found.push_back(fmt::format("and {} more", rest));
  }
  return found;
}

}  // namespace

std::string CompiledEntry::difference_from(const CompiledEntry& before) const {
  if (description.places != before.description.places) {
    const auto found = differences_of_places(description, before.description);
    return found.empty() ? "the order of the state" : fmt::format("{}", fmt::join(found, "; "));
  }
  if (description.structure != before.description.structure || arguments.size() != before.arguments.size() ||
      description.constants.size() != before.description.constants.size()) {
    return fmt::format("structure {} -> {}", before.description.structure, description.structure);
  }
  std::vector<std::string> differences;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Argument& now = arguments[i];
    const Argument& then = before.arguments[i];
    const std::string& path = description.argument_names[i];
    if (!(now.type.dtype == then.type.dtype)) {
      differences.push_back(fmt::format("{}: dtype {} -> {}", path, name(then.type.dtype), name(now.type.dtype)));
    }
    if (!(shapeless ? before.matches_shape(now.type.shape, i) : now.type.shape == then.type.shape)) {
      differences.push_back(
          fmt::format("{}: shape {} -> {}", path, to_string(then.type.shape), to_string(now.type.shape)));
    }
    if (!(now.device == then.device)) {
      differences.push_back(fmt::format("{}: device {} -> {}", path, to_string(then.device), to_string(now.device)));
    }
  }
  for (std::size_t i = 0; i < description.constants.size(); ++i) {
    const auto& [path, now] = description.constants[i];
    const std::string& then = before.description.constants[i].second;
    if (now != then) differences.push_back(fmt::format("constant {}: {} -> {}", path, then, now));
  }
  if (shapeless && differences.empty()) {
    ShapePointers shapes;
    for (const Argument& argument : arguments) shapes.push_back(&argument.type.shape);
    const std::string broken = before.guards.first_broken({shapes.data(), shapes.size()});
    if (!broken.empty()) differences.push_back("guard: " + broken);
  }
  return differences.empty() ? "its entry had been evicted" : fmt::format("{}", fmt::join(differences, "; "));
}

}  // namespace cermet
