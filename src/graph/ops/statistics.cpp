// The bodies of mean, var, std and logsumexp.
#include "graph/ops/statistics.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace cermet::graph {
namespace {

std::span<const std::int64_t> axes_of(const Primitive& call) { return {call.axes.data(), call.axes.size()}; }

bool keeps_dims(const Primitive& call) { return call.dtype == bool_; }

/// The number of elements that one result stands for.
Dim count(const Shape& shape, const Primitive& call, IntExprTable& table) {
  Dim n = 1;
  for (std::int64_t axis : call.axes) n = table.multiply(n, shape[static_cast<std::size_t>(axis)]);
  return n;
}

Value number(Builder& builder, Dim value, Dtype dtype) {
  if (value.is_constant()) return builder.constant(Literal::of_integer(dtype, value.value()));
  Primitive p;
  p.kind = PrimitiveKind::dim_value;
  p.dtype = dtype;
  p.dims.push_back(value);
  return builder.add(std::move(p), {});
}

/// Complex and double stay, everything else is summed in float32.
Dtype accumulating(Dtype dtype) { return compute_dtype(at_least_float(dtype)); }

Value mean_of(Builder& builder, Value x, const Primitive& call, bool keepdims) {
  const Dim n = count(builder.type(x).shape, call, builder.graph().dims);
  const Value total = builder.reduce(Reduction::sum, x, axes_of(call), keepdims);
  return builder.elementwise(Op::divide, std::array{total, number(builder, n, builder.type(total).dtype)});
}

Value squared_modulus(Builder& builder, Value x) {
  if (!is_complex(builder.type(x).dtype)) return builder.elementwise(Op::square, std::array{x});
  const auto square_of = [&](Op part) {
    const Value y = builder.elementwise(part, std::array{x});
    return builder.elementwise(Op::square, std::array{y});
  };
  return builder.elementwise(Op::add, std::array{square_of(Op::real), square_of(Op::imag)});
}

/// Spreads of complex numbers are real.
Dtype spread_dtype(Dtype dtype) { return is_complex(dtype) ? float32 : at_least_float(dtype); }

Value variance(Builder& builder, Value x, const Primitive& call) {
  IntExprTable& dims = builder.graph().dims;
  const Value wide = builder.convert(x, accumulating(builder.type(x).dtype));
  const Value centre = mean_of(builder, wide, call, true);
  const Value distance = builder.elementwise(Op::subtract, std::array{wide, centre});
  const Value squared = squared_modulus(builder, distance);
  const Value total = builder.reduce(Reduction::sum, squared, axes_of(call), keeps_dims(call));
  const Dim n = count(builder.type(x).shape, call, dims);
  const std::int64_t ddof = call.literal.as_int64();
  const Dim divisor = ddof == 0 ? n : dims.maximum(dims.subtract(n, ddof), 0);
  return builder.elementwise(Op::divide, std::array{total, number(builder, divisor, builder.type(total).dtype)});
}

}  // namespace

ArrayType infer_statistic(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  if (inputs.size() != 1) fail<ValueError>("[{}] Takes 1 array, got {}.", call.text, inputs.size());
  const Shape& shape = inputs[0].shape;
  const bool is_spread = call.text == "var" || call.text == "std";
  ArrayType result{{}, is_spread ? spread_dtype(inputs[0].dtype) : at_least_float(inputs[0].dtype)};
  for (std::int64_t axis : call.axes) {
    if (axis < 0 || axis >= static_cast<std::int64_t>(shape.size())) {
      fail<IndexError>("[{}] Axis {} is out of range for an array of shape {}.", call.text, axis,
                       to_string(shape, table));
    }
  }
  for (std::size_t k = 0; k < shape.size(); ++k) {
    const bool reduced = std::find(call.axes.begin(), call.axes.end(), static_cast<std::int64_t>(k)) != call.axes.end();
    if (!reduced) result.shape.push_back(shape[k]);
    if (reduced && keeps_dims(call)) result.shape.push_back(1);
  }
  return result;
}

Value build_mean(Builder& builder, std::span<const Value> inputs, const Primitive& call) {
  const Dtype result = at_least_float(builder.type(inputs[0]).dtype);
  const Value wide = builder.convert(inputs[0], accumulating(result));
  return builder.convert(mean_of(builder, wide, call, keeps_dims(call)), result);
}

Value build_var(Builder& builder, std::span<const Value> inputs, const Primitive& call) {
  const Dtype result = spread_dtype(builder.type(inputs[0]).dtype);
  return builder.convert(variance(builder, inputs[0], call), result);
}

Value build_std(Builder& builder, std::span<const Value> inputs, const Primitive& call) {
  const Dtype result = spread_dtype(builder.type(inputs[0]).dtype);
  const Value root = builder.elementwise(Op::sqrt, std::array{variance(builder, inputs[0], call)});
  return builder.convert(root, result);
}

Value build_logsumexp(Builder& builder, std::span<const Value> inputs, const Primitive& call) {
  const Dtype result = at_least_float(builder.type(inputs[0]).dtype);
  const Value x = builder.convert(inputs[0], accumulating(result));
  const Dtype dtype = builder.type(x).dtype;
  const ArrayType type = infer_statistic(call, std::array{builder.type(x)}, builder.graph().dims);
  for (std::int64_t axis : call.axes) {
    if (builder.type(x).shape[static_cast<std::size_t>(axis)] == Dim(0)) {
      const Value nothing = builder.constant(Literal::of(result, -std::numeric_limits<double>::infinity()));
      return builder.broadcast(nothing, type.shape);
    }
  }
  const Value top = builder.reduce(Reduction::max, x, axes_of(call), true);
  const Value e = builder.elementwise(Op::exp, std::array{builder.elementwise(Op::subtract, std::array{x, top})});
  const Value total = builder.reduce(Reduction::sum, e, axes_of(call), keeps_dims(call));
  const Value kept = builder.reshape(top, type.shape);
  const Value finite = builder.elementwise(Op::add, std::array{builder.elementwise(Op::log, std::array{total}), kept});
  const Value infinite = builder.elementwise(Op::isinf, std::array{kept});
  const Value sum = builder.elementwise(Op::where, std::array{infinite, kept, finite});
  check(builder.type(sum).dtype == dtype, "logsumexp changed its dtype");
  return builder.convert(sum, result);
}

}  // namespace cermet::graph
