// The shape and dtype rules of all primitives. Every rule throws before it returns a type that could not be computed.
#include <algorithm>

#include "base/error.h"
#include "graph/ops/composite.h"
#include "graph/ops/gather.h"
#include "graph/ops/library_op.h"
#include "graph/ops/scan.h"
#include "graph/primitive.h"

namespace cermet {
namespace {

using Types = std::span<const ArrayType>;

std::string_view op_name(const Primitive& p) {
  switch (p.kind) {
    case PrimitiveKind::elementwise:
      return name(p.op);
    case PrimitiveKind::reduce:
      return name(p.reduction);
    case PrimitiveKind::convert:
      return "astype";
    case PrimitiveKind::bitcast:
      return "view";
    case PrimitiveKind::composite:
    case PrimitiveKind::library:
      return p.text;
    case PrimitiveKind::random_bits:
      return "random.bits";
    case PrimitiveKind::strided:
      return "as_strided";
    case PrimitiveKind::broadcast:
      return "broadcast_to";
    default:
      return name(p.kind);
  }
}

void expect_inputs(const Primitive& p, Types inputs, std::size_t low, std::size_t high) {
  if (inputs.size() < low || inputs.size() > high) {
    fail<ValueError>("[{}] Takes {} array{}, got {}.", op_name(p),
                     low == high ? fmt::format("{}", low) : fmt::format("{} to {}", low, high), high == 1 ? "" : "s",
                     inputs.size());
  }
}

void expect_not_negative(std::string_view op, std::span<const Dim> dims, IntExprTable& table) {
  for (Dim d : dims) {
    if (table.range(d).high < 0 || (d.is_constant() && d.value() < 0)) {
      fail<ValueError>("[{}] Negative dimension {} in the shape; dimensions are 0 or more.", op, table.print(d));
    }
  }
}

/// The row-major element count of a concrete shape must fit an int64 (with room for the element size).
void expect_not_huge(std::string_view op, std::span<const Dim> dims) {
  constexpr std::int64_t limit = std::int64_t{1} << 58;
  std::int64_t count = 1;
  for (Dim d : dims) {
    if (d.is_constant() && d.value() == 0) return;
  }
  for (Dim d : dims) {
    if (!d.is_constant()) continue;
    if (d.value() > limit / std::max<std::int64_t>(count, 1)) {
      fail<ValueError>("[{}] The shape has more than 2^58 elements, more than any memory holds.", op);
    }
    count *= d.value();
  }
}

ArrayType infer_elementwise(const Primitive& p, Types inputs, IntExprTable& table) {
  const Row& r = row(p.op);
  expect_inputs(p, inputs, r.arity, r.arity);
  const bool selects = r.types == cermet::Types::select;
  const ArrayType& last = inputs.back();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].shape != last.shape) {
      fail<ValueError>("[{}] Operands of shapes {} and {} must be broadcast to one shape first.", r.name,
                       to_string(inputs[i].shape, table), to_string(last.shape, table));
    }
    const Dtype wanted = selects && i == 0 ? bool_ : last.dtype;
    if (inputs[i].dtype != wanted) {
      fail<TypeError>("[{}] Operand {} has dtype {}; {} is required.", r.name, i, name(inputs[i].dtype), name(wanted));
    }
  }
  const Dtype taken = operand_dtype(p.op, last.dtype);
  if (taken != last.dtype) {
    fail<TypeError>("[{}] Operands of dtype {} must be converted to {} first.", r.name, name(last.dtype), name(taken));
  }
  return {last.shape, result_dtype(p.op, last.dtype)};
}

ArrayType infer_bitcast(const Primitive& p, Types inputs) {
  expect_inputs(p, inputs, 1, 1);
  if (p.dtype.size() != inputs[0].dtype.size()) {
    fail<ValueError>("[view] Cannot view {} ({} bytes) as {} ({} bytes); the sizes must be equal.",
                     name(inputs[0].dtype), inputs[0].dtype.size(), name(p.dtype), p.dtype.size());
  }
  return {inputs[0].shape, p.dtype};
}

void expect_axis(std::string_view op, std::int64_t axis, std::size_t rank) {
  if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) {
    fail<IndexError>("[{}] Axis {} is out of range for an array of {} dimension{}.", op, axis, rank,
                     rank == 1 ? "" : "s");
  }
}

ArrayType infer_reduce(const Primitive& p, Types inputs, IntExprTable& table) {
  expect_inputs(p, inputs, 1, 1);
  const ReduceRow& r = row(p.reduction);
  const Shape& shape = inputs[0].shape;
  for (std::size_t i = 0; i < p.axes.size(); ++i) {
    expect_axis(r.name, p.axes[i], shape.size());
    if (i > 0 && p.axes[i] <= p.axes[i - 1]) {
      fail<ValueError>("[{}] Axis {} is given twice or out of order.", r.name, p.axes[i]);
    }
    const Dim extent = shape[static_cast<std::size_t>(p.axes[i])];
    if (!r.empty_allowed && extent == Dim(0)) {
      fail<ValueError>("[{}] Cannot reduce axis {} of an array of shape {}: it is empty and {} has no identity.",
                       r.name, p.axes[i], to_string(shape, table), r.name);
    }
  }
  ArrayType result{{}, r.result(inputs[0].dtype)};
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (!std::binary_search(p.axes.begin(), p.axes.end(), static_cast<std::int64_t>(k))) {
      result.shape.push_back(shape[k]);
    }
  }
  return result;
}

Shape shape_of(std::span<const Dim> dims) {
  Shape s;
  for (Dim d : dims) s.push_back(d);
  return s;
}

ArrayType infer_reshape(const Primitive& p, Types inputs, IntExprTable& table) {
  expect_inputs(p, inputs, 1, 1);
  const Shape result = shape_of({p.dims.data(), p.dims.size()});
  expect_not_negative("reshape", {result.data(), result.size()}, table);
  if (table.product({result.data(), result.size()}) !=
      table.product({inputs[0].shape.data(), inputs[0].shape.size()})) {
    fail<ValueError>("[reshape] Cannot reshape array of shape {} into shape {}.", to_string(inputs[0].shape, table),
                     to_string(result, table));
  }
  return {result, inputs[0].dtype};
}

ArrayType infer_transpose(const Primitive& p, Types inputs) {
  expect_inputs(p, inputs, 1, 1);
  const Shape& shape = inputs[0].shape;
  if (p.axes.size() != shape.size()) {
    fail<ValueError>("[transpose] {} axes given for an array of {} dimensions; each dimension is named once.",
                     p.axes.size(), shape.size());
  }
  SmallVector<std::int64_t, 4> seen(shape.size(), 0);
  ArrayType result{{}, inputs[0].dtype};
  for (std::int64_t axis : p.axes) {
    expect_axis("transpose", axis, shape.size());
    if (seen[static_cast<std::size_t>(axis)]++ != 0) fail<ValueError>("[transpose] Axis {} is given twice.", axis);
    result.shape.push_back(shape[static_cast<std::size_t>(axis)]);
  }
  return result;
}

ArrayType infer_broadcast(const Primitive& p, Types inputs, IntExprTable& table) {
  expect_inputs(p, inputs, 1, 1);
  const Shape& from = inputs[0].shape;
  const Shape to = shape_of({p.dims.data(), p.dims.size()});
  expect_not_negative("broadcast_to", {to.data(), to.size()}, table);
  expect_not_huge("broadcast_to", {to.data(), to.size()});
  bool fits = from.size() <= to.size();
  for (std::size_t k = 0; fits && k < from.size(); ++k) {
    fits = from[k] == Dim(1) || from[k] == to[to.size() - from.size() + k];
  }
  if (!fits) {
    fail<ValueError>("[broadcast_to] Cannot broadcast array of shape {} to shape {}.", to_string(from, table),
                     to_string(to, table));
  }
  return {to, inputs[0].dtype};
}

ArrayType infer_slice(const Primitive& p, Types inputs, IntExprTable& table) {
  expect_inputs(p, inputs, 1, 1);
  const Shape& shape = inputs[0].shape;
  const std::size_t rank = shape.size();
  if (p.dims.size() != 2 * rank || p.axes.size() != rank) {
    fail<ValueError>("[slice] Needs a start, an extent and a step for each of the {} dimensions.", rank);
  }
  ArrayType result{{}, inputs[0].dtype};
  for (std::size_t k = 0; k < rank; ++k) {
    const Dim start = p.dims[k];
    const Dim extent = p.dims[rank + k];
    const std::int64_t step = p.axes[k];
    if (step == 0) fail<ValueError>("[slice] The step of axis {} is 0.", k);
    expect_not_negative("slice", {&p.dims[rank + k], 1}, table);
    if (start.is_constant() && extent.is_constant() && shape[k].is_constant() && extent.value() > 0) {
      const std::int64_t last = start.value() + (extent.value() - 1) * step;
      if (start.value() < 0 || start.value() >= shape[k].value() || last < 0 || last >= shape[k].value()) {
        fail<IndexError>("[slice] Elements {} to {} of axis {} are outside of shape {}.", start.value(), last, k,
                         to_string(shape, table));
      }
    }
    result.shape.push_back(extent);
  }
  return result;
}

ArrayType infer_strided(const Primitive& p, Types inputs, IntExprTable& table) {
  expect_inputs(p, inputs, 1, 1);
  const Shape& from = inputs[0].shape;
  check(from.size() == 1 && p.dims.size() == p.axes.size() + 1, "strided takes a vector, a start and a step an axis");
  ArrayType result{shape_of({p.dims.data() + 1, p.axes.size()}), inputs[0].dtype};
  expect_not_negative("as_strided", {result.shape.data(), result.shape.size()}, table);
  bool known = from[0].is_constant() && p.dims[0].is_constant();
  std::int64_t low = known ? p.dims[0].value() : 0, high = low;
  for (std::size_t k = 0; known && k < p.axes.size(); ++k) {
    known = result.shape[k].is_constant();
    if (!known) break;
    if (result.shape[k] == Dim(0)) return result;
    (p.axes[k] < 0 ? low : high) += (result.shape[k].value() - 1) * p.axes[k];
  }
  if (known && (low < 0 || high >= from[0].value())) {
    fail<ValueError>("[as_strided] Elements {} to {} are not all in the array of {} elements.", low, high,
                     from[0].value());
  }
  return result;
}

ArrayType infer_concatenate(const Primitive& p, Types inputs, IntExprTable& table) {
  if (inputs.empty()) fail<ValueError>("[concatenate] Needs at least one array.");
  check(p.axes.size() == 1, "concatenate has {} axes", p.axes.size());
  ArrayType result = inputs[0];
  expect_axis("concatenate", p.axes[0], result.shape.size());
  const auto axis = static_cast<std::size_t>(p.axes[0]);
  for (const ArrayType& t : inputs.subspan(1)) {
    if (t.dtype != result.dtype) {
      fail<TypeError>("[concatenate] Arrays of dtypes {} and {} must be converted to one dtype first.",
                      name(result.dtype), name(t.dtype));
    }
    bool fits = t.shape.size() == result.shape.size();
    for (std::size_t k = 0; fits && k < t.shape.size(); ++k) fits = k == axis || t.shape[k] == result.shape[k];
    if (!fits) {
      fail<ValueError>("[concatenate] Arrays of shapes {} and {} differ outside of axis {}.",
                       to_string(inputs[0].shape, table), to_string(t.shape, table), axis);
    }
    result.shape[axis] = table.add(result.shape[axis], t.shape[axis]);
  }
  return result;
}

ArrayType infer_iota(const Primitive& p, Types inputs, IntExprTable& table) {
  expect_inputs(p, inputs, 0, 0);
  expect_not_negative("arange", {p.dims.data(), p.dims.size()}, table);
  expect_not_huge("arange", {p.dims.data(), p.dims.size()});
  check(p.axes.size() == 1, "iota has {} axes", p.axes.size());
  expect_axis("arange", p.axes[0], p.dims.size());
  if (is_bool(p.dtype)) fail<TypeError>("[arange] dtype bool is not supported; use an integer or floating dtype.");
  return {shape_of({p.dims.data(), p.dims.size()}), p.dtype};
}

ArrayType infer_random_bits(const Primitive& p, Types inputs, IntExprTable& table) {
  expect_inputs(p, inputs, 1, 1);
  expect_not_negative("random.bits", {p.dims.data(), p.dims.size()}, table);
  expect_not_huge("random.bits", {p.dims.data(), p.dims.size()});
  if (inputs[0].dtype != uint32 || inputs[0].shape != Shape{2}) {
    fail<ValueError>(
        "[random.bits] The key is an array of shape {} and dtype {}; a key has shape (2,) and dtype uint32.",
        to_string(inputs[0].shape, table), name(inputs[0].dtype));
  }
  if (!is_unsigned(p.dtype)) {
    fail<TypeError>("[random.bits] dtype {} is not an unsigned integer.", name(p.dtype));
  }
  return {shape_of({p.dims.data(), p.dims.size()}), p.dtype};
}

ArrayType infer_matmul(const Primitive& p, Types inputs, IntExprTable& table) {
  const bool has_bias = p.text.starts_with("bias");
  expect_inputs(p, inputs, has_bias ? 3 : 2, has_bias ? 3 : 2);
  const Shape& a = inputs[0].shape;
  const Shape& b = inputs[1].shape;
  if (inputs[0].dtype != inputs[1].dtype || !is_inexact(inputs[0].dtype)) {
    fail<TypeError>("[matmul] Operands have dtypes {} and {}; one floating or complex dtype is required.",
                    name(inputs[0].dtype), name(inputs[1].dtype));
  }
  const std::size_t rank = a.size();
  bool fits = rank >= 2 && b.size() == rank && a[rank - 1] == b[rank - 2];
  for (std::size_t k = 0; fits && k + 2 < rank; ++k) fits = a[k] == b[k];
  if (!fits) {
    fail<ValueError>(
        "[matmul] Cannot multiply shapes {} and {}: the last dimension of the first must equal the "
        "second last of the second, and batch dimensions must be equal.",
        to_string(a, table), to_string(b, table));
  }
  Shape result = a;
  result[rank - 1] = b[rank - 1];
  if (has_bias &&
      (inputs[2].shape.size() != 1 || inputs[2].shape[0] != result[rank - 1] || inputs[2].dtype != inputs[0].dtype)) {
    fail<ValueError>("[matmul] The bias of shape {} must have shape ({},) and the operands' dtype.",
                     to_string(inputs[2].shape, table), table.print(result[rank - 1]));
  }
  return {result, inputs[0].dtype};
}

}  // namespace

Shape resolve_reshape(const Shape& input, const Shape& wanted, IntExprTable& table) {
  const Dim total = table.product({input.data(), input.size()});
  Shape result = wanted;
  Dim known = 1;
  int unknown = -1;
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    if (wanted[k] != Dim(-1)) {
      known = table.multiply(known, wanted[k]);
    } else if (unknown >= 0) {
      fail<ValueError>("[reshape] Reshape can only infer one dimension; shape {} has several -1.",
                       to_string(wanted, table));
    } else {
      unknown = static_cast<int>(k);
    }
  }
  if (unknown < 0) return result;
  const bool divides =
      known.is_constant() && known.value() == 0 ? false : table.multiply(table.floordiv(total, known), known) == total;
  if (!divides) {
    fail<ValueError>("[reshape] Cannot reshape array of shape {} into shape {}.", to_string(input, table),
                     to_string(wanted, table));
  }
  result[static_cast<std::size_t>(unknown)] = table.floordiv(total, known);
  return result;
}

ArrayType infer(const Primitive& p, std::span<const ArrayType> inputs, IntExprTable& table) {
  switch (p.kind) {
    case PrimitiveKind::input:
      fail<InternalError>("internal error: the type of an input is given, not inferred");
    case PrimitiveKind::constant:
      expect_inputs(p, inputs, 0, 0);
      return {{}, p.literal.dtype};
    case PrimitiveKind::elementwise:
      return infer_elementwise(p, inputs, table);
    case PrimitiveKind::convert:
      expect_inputs(p, inputs, 1, 1);
      return {inputs[0].shape, p.dtype};
    case PrimitiveKind::bitcast:
      return infer_bitcast(p, inputs);
    case PrimitiveKind::reduce:
      return infer_reduce(p, inputs, table);
    case PrimitiveKind::reshape:
      return infer_reshape(p, inputs, table);
    case PrimitiveKind::transpose:
      return infer_transpose(p, inputs);
    case PrimitiveKind::broadcast:
      return infer_broadcast(p, inputs, table);
    case PrimitiveKind::slice:
      return infer_slice(p, inputs, table);
    case PrimitiveKind::strided:
      return infer_strided(p, inputs, table);
    case PrimitiveKind::depends:
      check(!inputs.empty(), "depends has no input");
      return inputs[0];
    case PrimitiveKind::concatenate:
      return infer_concatenate(p, inputs, table);
    case PrimitiveKind::iota:
      return infer_iota(p, inputs, table);
    case PrimitiveKind::dim_value:
      expect_inputs(p, inputs, 0, 0);
      check(p.dims.size() == 1, "dim_value holds {} dims", p.dims.size());
      return {{}, p.dtype};
    case PrimitiveKind::random_bits:
      return infer_random_bits(p, inputs, table);
    case PrimitiveKind::matmul:
      return infer_matmul(p, inputs, table);
    case PrimitiveKind::composite:
      return graph::find_composite(p.text).infer(p, inputs, table);
    case PrimitiveKind::copy:
      expect_inputs(p, inputs, 1, 1);
      return inputs[0];
    case PrimitiveKind::gather:
      return graph::infer_gather(p, inputs, table);
    case PrimitiveKind::scan:
      return graph::infer_scan(p, inputs, table);
    case PrimitiveKind::library:
      return graph::find_library_op(p.text).infer(p, inputs, table);
  }
  fail<InternalError>("internal error: primitive kind {} has no rule", static_cast<int>(p.kind));
}

}  // namespace cermet
