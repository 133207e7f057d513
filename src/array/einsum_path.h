// The order of pairwise contractions of an einsum, from the extents of its labels alone.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace cermet {

/// A set of labels, one bit each: at most 64 labels.
using LabelSet = std::uint64_t;

struct EinsumCosts {
  double naive = 0;      ///< multiplications of one loop over all labels
  double optimized = 0;  ///< multiplications of the path
  double largest = 0;    ///< elements of the largest intermediate result
};

/// Pairs of positions; both operands are removed from the list and their product is appended. For one operand the path
/// has one step with one position (both fields equal). The number of multiplications is minimal for up to 8 operands,
/// then the elements of intermediate results; beyond 8, each step takes the pair that leaves the fewest elements.
std::vector<std::pair<int, int>> contraction_path(std::span<const LabelSet> operands, LabelSet output,
                                                  std::span<const double> extents, EinsumCosts* costs = nullptr);

}  // namespace cermet
