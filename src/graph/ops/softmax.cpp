// The body of softmax.
#include "graph/ops/softmax.h"

#include <array>

#include "base/error.h"

namespace cermet::graph {

ArrayType infer_softmax(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  if (inputs.size() != 1) fail<ValueError>("[softmax] Takes 1 array, got {}.", inputs.size());
  for (std::int64_t axis : call.axes) {
    if (axis < 0 || axis >= static_cast<std::int64_t>(inputs[0].shape.size())) {
      fail<IndexError>("[softmax] Axis {} is out of range for an array of shape {}.", axis,
                       to_string(inputs[0].shape, table));
    }
  }
  return {inputs[0].shape, at_least_float(inputs[0].dtype)};
}

Value build_softmax(Builder& builder, std::span<const Value> inputs, const Primitive& call) {
  const Dtype result = at_least_float(builder.type(inputs[0]).dtype);
  const bool precise = call.literal.dtype == bool_ && call.literal.as_bool();
  const Value x = builder.convert(inputs[0], precise ? compute_dtype(result) : result);
  const Shape& shape = builder.type(x).shape;
  const std::span<const std::int64_t> axes(call.axes.data(), call.axes.size());
  for (std::int64_t axis : axes) {
    // An empty row has no maximum, and no element that would need it.
    if (shape[static_cast<std::size_t>(axis)] == Dim(0)) return builder.convert(x, result);
  }
  const Value top = builder.reduce(Reduction::max, x, axes, true);
  const Value shifted = builder.elementwise(Op::subtract, std::array{x, top});
  const Value e = builder.elementwise(Op::exp, std::array{shifted});
  const Value total = builder.reduce(Reduction::sum, e, axes, true);
  return builder.convert(builder.elementwise(Op::divide, std::array{e, total}), result);
}

}  // namespace cermet::graph
