// See scan.h.
#include "graph/ops/scan.h"

#include "base/error.h"

namespace cermet::graph {

Dtype scan_dtype(Reduction reduction, Dtype dtype) {
  const Dtype result = row(reduction).result(dtype);
  const bool stays = is_integer(dtype) || (is_bool(dtype) && reduction != Reduction::sum);
  return stays && is_integer(result) ? dtype : result;
}

ArrayType infer_scan(const Primitive& p, std::span<const ArrayType> inputs, IntExprTable&) {
  check(inputs.size() == 1 && p.axes.size() == 3, "scan takes one array, an axis and two flags");
  check(p.axes[0] >= 0 && p.axes[0] < static_cast<std::int64_t>(inputs[0].shape.size()), "scan along axis {} of {}",
        p.axes[0], inputs[0].shape.size());
  const ReduceRow& r = row(p.reduction);
  check(r.width == 1, "scan with {}, which has {} components", r.name, r.width);
  return {inputs[0].shape, scan_dtype(p.reduction, inputs[0].dtype)};
}

}  // namespace cermet::graph
