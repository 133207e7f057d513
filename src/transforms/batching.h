// Running a traced graph on arrays that carry one more axis, in front: what vmap does.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "array/observer.h"
#include "graph/graph.h"

namespace cermet {

/// A value of the graph for all elements of the batch: with the batch as its first axis, or the same for all.
struct BatchedArray {
  array value;
  bool batched = false;
};

/// The values of `wanted`, given those of the graph's inputs (in their order). `size`: elements in the batch.
std::vector<BatchedArray> run_batched(const graph::Graph& graph, std::span<const BatchedArray> inputs,
                                      std::span<const graph::Value> wanted, std::int64_t size);

/// The value with the batch in front, as a view where it is the same for all elements.
array spread_batch(const BatchedArray& x, std::int64_t size);

}  // namespace cermet
