// Running a traced graph on arrays that carry one more axis, in front: what vmap does.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "array/observer.h"
#include "graph/graph.h"
#include "transforms/custom_rules.h"

namespace cermet {

/// A value of the graph for all elements of the batch: with the batch as its first axis, or the same for all.
struct BatchedArray {
  array value;
  bool batched = false;
};

/// A call of a function with rules, whose outputs are values of their own in the graph.
struct TracedCall {
  std::vector<graph::Value> inputs, outputs;
  std::shared_ptr<const CustomDerivative> derivative;
};

/// The values of `wanted`, given those of the graph's inputs (in their order). `size`: elements in the batch. Tapes see
/// `calls` as calls of functions with the same rules, an element of the batch at a time.
std::vector<BatchedArray> run_batched(const graph::Graph& graph, std::span<const BatchedArray> inputs,
                                      std::span<const graph::Value> wanted, Dim size,
                                      std::span<const TracedCall> calls);

/// The value with the batch in front, as a view where it is the same for all elements.
array spread_batch(const BatchedArray& x, Dim size);

}  // namespace cermet
