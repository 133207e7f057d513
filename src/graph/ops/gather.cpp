// See gather.h.
#include "graph/ops/gather.h"

#include <algorithm>

#include "base/error.h"

namespace cermet::graph {

ArrayType infer_gather(const Primitive& p, std::span<const ArrayType> inputs, IntExprTable& table) {
  if (inputs.empty()) fail<ValueError>("[gather] Takes an array and its indices, got nothing.");
  const Shape& from = inputs[0].shape;
  Shape to;
  for (Dim d : p.dims) to.push_back(d);
  check(p.axes.size() == from.size(), "gather has {} axes for an array of rank {}", p.axes.size(), from.size());
  for (const ArrayType& index : inputs.subspan(1)) {
    if (!is_integer(index.dtype)) {
      fail<TypeError>("[gather] Indices have dtype {}; an integer dtype is required.", name(index.dtype));
    }
    if (index.shape != to) {
      fail<ValueError>("[gather] Indices of shape {} must be broadcast to the result's shape {} first.",
                       to_string(index.shape, table), to_string(to, table));
    }
  }
  const bool no_result = std::find(to.begin(), to.end(), Dim(0)) != to.end();
  for (std::size_t k = 0; k < from.size(); ++k) {
    const std::int64_t source = p.axes[k];
    if (source < 0) {
      check(static_cast<std::size_t>(-source) < inputs.size(), "gather has no index array {}", -1 - source);
      if (from[k] == Dim(0) && !no_result) {
        fail<IndexError>("[gather] Axis {} of the array of shape {} is empty: it has no element to take.", k,
                         to_string(from, table));
      }
    } else {
      check(static_cast<std::size_t>(source) < to.size() && from[k] == to[static_cast<std::size_t>(source)],
            "gather: axis {} does not follow the result's axis {}", k, source);
    }
  }
  return {to, inputs[0].dtype};
}

}  // namespace cermet::graph
