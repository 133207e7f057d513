// The product of two arrays whose axes have labels, summed over the labels that are not kept: the step that every
// contraction is made of.
#pragma once

#include <cermet/array.h>

#include <vector>

namespace cermet {

/// An array and the label of each of its axes; labels do not repeat.
struct Labelled {
  array value;
  std::vector<int> labels;
};

/// Sums over the axes whose label is not in `kept`; the order of the others stays.
Labelled sum_labels(const Labelled& x, const std::vector<int>& kept, const StreamOrDevice& s);
/// The axes in the order of `labels`, which are those of `x`.
array in_order(const Labelled& x, const std::vector<int>& labels, const StreamOrDevice& s);

/// The product over shared labels. Both have one dtype; extents of one label are equal, or one is 1. `kept` lists the
/// labels of the result, in its order; each is a label of an operand.
array pair_product(const Labelled& a, const Labelled& b, const std::vector<int>& kept, const StreamOrDevice& s);

}  // namespace cermet
