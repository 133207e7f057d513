// The rules that every graph keeps; passes are checked against them on both sides.
#include "base/error.h"
#include "graph/graph.h"

namespace cermet::graph {
namespace {

void verify_node(const Graph& graph, std::size_t v, IntExprTable& table) {
  const Node& node = graph.nodes[v];
  SmallVector<ArrayType, 3> types;
  for (Value input : node.inputs) {
    check(input >= 0 && static_cast<std::size_t>(input) < v, "graph node %{} reads %{}, which does not come before it",
          v, input);
    types.push_back(graph.nodes[static_cast<std::size_t>(input)].type);
  }
  check(node.source < graph.sources.size(), "graph node %{} names source {} of {}", v, node.source,
        graph.sources.size());
  if (node.primitive.kind == PrimitiveKind::input) {
    check(node.inputs.empty(), "graph input %{} has inputs", v);
    return;
  }
  ArrayType expected;
  try {
    expected = infer(node.primitive, {types.data(), types.size()}, table);
  } catch (const InternalError&) {
    throw;
  } catch (const Error& error) {
    fail<InternalError>("internal error: graph node %{} breaks a rule: {}", v, error.what());
  }
  check(expected == node.type, "graph node %{} ({}) says {}{} but its rule gives {}{}", v, name(node.primitive.kind),
        short_name(node.type.dtype), to_string(node.type.shape, table), short_name(expected.dtype),
        to_string(expected.shape, table));
}

}  // namespace

void verify(const Graph& graph) {
  IntExprTable table = graph.dims;  // inference may make expressions; equal ones keep their bits
  for (std::size_t v = 0; v < graph.nodes.size(); ++v) verify_node(graph, v, table);
  check(graph.inputs.size() == graph.input_layouts.size(), "{} inputs have {} layouts", graph.inputs.size(),
        graph.input_layouts.size());
  std::size_t input_nodes = 0;
  for (const Node& node : graph.nodes) input_nodes += node.primitive.kind == PrimitiveKind::input ? 1 : 0;
  check(input_nodes == graph.inputs.size(), "{} input nodes, but {} listed inputs", input_nodes, graph.inputs.size());
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const auto v = static_cast<std::size_t>(graph.inputs[i]);
    check(v < graph.nodes.size() && graph.nodes[v].primitive.kind == PrimitiveKind::input,
          "input {} is %{}, which is no input node", i, v);
    check(i == 0 || graph.inputs[i - 1] < graph.inputs[i], "inputs are not listed in the order of their nodes");
    const InputLayout& layout = graph.input_layouts[i];
    check(layout.contiguous || layout.strides.size() == graph.nodes[v].type.shape.size(),
          "input %{} has {} strides for {} axes", v, layout.strides.size(), graph.nodes[v].type.shape.size());
  }
  for (Value v : graph.outputs) {
    check(v >= 0 && static_cast<std::size_t>(v) < graph.nodes.size(), "output %{} does not exist", v);
  }
}

}  // namespace cermet::graph
