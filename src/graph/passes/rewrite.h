// Walks a graph once, in order, and builds its replacement: what the passes that keep the signature share.
#pragma once

#include <functional>
#include <vector>

#include "graph/graph.h"

namespace cermet::graph {

/// Given the replacement's builder, a node of the old graph and its inputs in the new one, returns the new value.
using RewriteNode = std::function<Value(Builder&, const Node&, std::span<const Value>)>;

/// Copies inputs, layouts, symbols and sources, calls `rewrite` for every other node, maps the outputs. Each node is
/// visited once; equal nodes become one. `rewrite` must return a value of the old node's type.
Graph rewrite(const Graph& graph, const RewriteNode& rewrite);

/// Counts the nodes that passes have visited in this thread: tests hold it linear in the size of graphs.
std::uint64_t& nodes_visited();

}  // namespace cermet::graph
