// A product that is read transposed is computed transposed: (a b)^T = b^T a^T. Libraries read transposed operands as
// they are, while a transposed result is a strided array that nothing else reads well: the gradient of w in x w^T comes
// out in the layout of w, so that its update runs over flat memory.
// Requires: a verified graph, after simplify and dce (no reader is dead).
// Ensures: no matmul without an epilogue has a swap of its last two axes as its only reader.
#pragma once

#include "graph/graph.h"

namespace cermet::graph {

Graph transpose_products(const Graph& graph);

}  // namespace cermet::graph
