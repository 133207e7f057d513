// The bodies of rms_norm and layer_norm.
#include "graph/ops/norms.h"

#include <array>

#include "base/error.h"

namespace cermet::graph {
namespace {

Dtype norm_dtype(std::span<const ArrayType> inputs) {
  Dtype dtype = inputs[0].dtype;
  for (const ArrayType& input : inputs) dtype = promote_types(dtype, input.dtype);
  return dtype;
}

Value number_of(Builder& builder, Dim value, Dtype dtype) {
  if (value.is_constant()) return builder.constant(Literal::of_integer(dtype, value.value()));
  Primitive p;
  p.kind = PrimitiveKind::dim_value;
  p.dtype = dtype;
  p.dims.push_back(value);
  return builder.add(std::move(p), {});
}

Value last_axis_mean(Builder& builder, Value x) {
  const auto axis = static_cast<std::int64_t>(builder.type(x).shape.size()) - 1;
  const Value total = builder.reduce(Reduction::sum, x, std::array{axis}, true);
  const ArrayType& type = builder.type(x);
  return builder.elementwise(Op::divide, std::array{total, number_of(builder, type.shape.back(), type.dtype)});
}

// The factor that brings the mean of squares to 1.
Value inverse_size(Builder& builder, Value x, const Primitive& call) {
  const Value squares = last_axis_mean(builder, builder.elementwise(Op::square, std::array{x}));
  const Value eps = builder.constant(Literal::of(builder.type(x).dtype, call.literal.as_double()));
  const Value moved = builder.elementwise(Op::add, std::array{squares, eps});
  return builder.elementwise(Op::rsqrt, std::array{moved});
}

// Applies the weight and the bias, where given, and rounds.
Value finish(Builder& builder, std::span<const Value> inputs, Dtype result, Value y) {
  constexpr Op ops[] = {Op::multiply, Op::add};
  for (std::size_t k = 1; k < inputs.size(); ++k) {
    const Value factor = builder.convert(inputs[k], compute_dtype(result));
    y = builder.elementwise(ops[k - 1], std::array{y, factor});
  }
  return builder.convert(y, result);
}

Dtype result_dtype(const Builder& builder, std::span<const Value> inputs) {
  Dtype dtype = builder.type(inputs[0]).dtype;
  for (Value input : inputs) dtype = promote_types(dtype, builder.type(input).dtype);
  return dtype;
}

}  // namespace

ArrayType infer_norm(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  const std::string_view op = call.text;
  const std::size_t most = op == "layer_norm" ? 3 : 2;
  if (inputs.empty() || inputs.size() > most) fail<ValueError>("[{}] Got {} arrays.", op, inputs.size());
  const Shape& shape = inputs[0].shape;
  if (shape.empty()) fail<ValueError>("[{}] `x` has no axis to normalize over: its shape is ().", op);
  for (std::size_t k = 1; k < inputs.size(); ++k) {
    const Shape& given = inputs[k].shape;
    if (given.size() == 1 && given[0] == shape.back()) continue;
    fail<ValueError>("[{}] The {} has shape {}; for `x` of shape {} it must have shape ({},).", op,
                     k == 1 ? "weight" : "bias", to_string(given, table), to_string(shape, table),
                     table.print(shape.back()));
  }
  const Dtype result = norm_dtype(inputs);
  if (!is_floating(result)) {
    fail<ValueError>("[{}] Takes real floating arrays, got {}; convert with astype.", op, name(result));
  }
  return {shape, result};
}

Value build_rms_norm(Builder& builder, std::span<const Value> inputs, const Primitive& call) {
  const Dtype result = result_dtype(builder, inputs);
  const Value x = builder.convert(inputs[0], compute_dtype(result));
  const Value y = builder.elementwise(Op::multiply, std::array{x, inverse_size(builder, x, call)});
  return finish(builder, inputs, result, y);
}

Value build_layer_norm(Builder& builder, std::span<const Value> inputs, const Primitive& call) {
  const Dtype result = result_dtype(builder, inputs);
  const Value x = builder.convert(inputs[0], compute_dtype(result));
  const Value centred = builder.elementwise(Op::subtract, std::array{x, last_axis_mean(builder, x)});
  const Value y = builder.elementwise(Op::multiply, std::array{centred, inverse_size(builder, centred, call)});
  return finish(builder, inputs, result, y);
}

}  // namespace cermet::graph
