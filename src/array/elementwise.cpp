// Element-wise operations: operands get one dtype and one shape, by nodes that are made only where something changes.
#include <cermet/ops.h>

#include <limits>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet {

namespace {

/// Integers that the dtype cannot hold are refused: an 8-bit array plus 300 has no right answer.
void require_representable(std::string_view op, const Literal& value, Dtype to) {
  if (!is_integer(value.dtype) || !is_integer(to)) return;
  const bool negative = is_signed_integer(value.dtype) && value.as_int64() < 0;
  const int bits = to.size() * 8 - (is_signed_integer(to) ? 1 : 0);
  const std::uint64_t highest = std::numeric_limits<std::uint64_t>::max() >> (64 - bits);
  const bool fits = negative ? is_signed_integer(to) && value.as_int64() >= -static_cast<std::int64_t>(highest) - 1
                             : value.as_uint64() <= highest;
  if (!fits) fail<ValueError>("[{}] the scalar {} does not fit into {}", op, value.print(), name(to));
}

Shape common_shape(Op op, std::span<const Operand> operands) {
  const Shape* shape = nullptr;
  Shape joined;
  for (const Operand& operand : operands) {
    if (operand.is_weak()) continue;
    const Shape& next = operand.strong().shape();
    if (shape == nullptr) {
      shape = &next;
    } else if (!same(*shape, next)) {
      joined = broadcast_dims(*shape, next, name(op));
      shape = &joined;
    }
  }
  return shape == nullptr ? Shape{} : *shape;
}

array converted(const array& x, Dtype dtype, const StreamOrDevice& s) {
  if (x.dtype() == dtype) return x;
  Primitive convert;
  convert.kind = PrimitiveKind::convert;
  convert.dtype = dtype;
  return make_array(std::move(convert), x, s);
}

}  // namespace

Operand Operand::weak(Dim value) {
  Operand operand(Literal::of_integer(int64, dim_hint(value)), WeakKind::integer);
  operand.dim_ = value;
  return operand;
}

Dtype result_type(std::span<const Operand> operands) {
  std::optional<Dtype> common;
  std::optional<WeakKind> weak;
  for (const Operand& operand : operands) {
    if (operand.is_weak()) {
      weak = weak ? std::max(*weak, operand.kind()) : operand.kind();
    } else {
      const Dtype dtype = operand.strong().dtype();
      common = common && *common != dtype ? promote_types(*common, dtype) : dtype;
    }
  }
  if (!common) return weak ? default_dtype(*weak) : float32;
  return weak ? weak_result(*common, *weak) : *common;
}

array weak_scalar(Literal value, WeakKind kind, Dtype like, StreamOrDevice s) {
  const Dtype dtype = weak_result(like, kind);
  require_representable("array", value, dtype);
  return make_constant(value.converted(dtype), s);
}

array elementwise(Op op, std::span<const Operand> operands, StreamOrDevice s) {
  const Row& facts = row(op);
  if (operands.size() != facts.arity) {
    fail<TypeError>("[{}] takes {} operands, got {}", facts.name, facts.arity, operands.size());
  }
  const std::size_t first = facts.types == Types::select ? 1 : 0;
  const Dtype common = result_type(operands.subspan(first));
  const Dtype dtype = operand_dtype(op, common);
  const Shape shape = common_shape(op, operands);
  SmallVector<exec::NodeRef, 3> inputs;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Operand& operand = operands[i];
    const Dtype wanted = i < first ? bool_ : dtype;
    if (operand.is_symbolic()) {
      inputs.push_back(broadcast_node(dim_scalar(operand.dim(), wanted, s), shape, s).node());
    } else if (operand.is_weak()) {
      if (i >= first) require_representable(facts.name, operand.literal(), common);
      const Literal value = i < first ? operand.literal() : operand.literal().converted(common);
      inputs.push_back(broadcast_node(make_constant(value.converted(wanted), s), shape, s).node());
    } else if (operand.strong().dtype() == wanted && same(operand.strong().shape(), shape)) {
      inputs.push_back(operand.strong().node());
    } else {
      inputs.push_back(broadcast_node(converted(operand.strong(), wanted, s), shape, s).node());
    }
  }
  Primitive primitive;
  primitive.kind = PrimitiveKind::elementwise;
  primitive.op = op;
  return make_array(std::move(primitive), std::span<const exec::NodeRef>(inputs.data(), inputs.size()), s);
}

array astype(const array& a, Dtype dtype, StreamOrDevice s) { return converted(a, dtype, s); }

array stop_gradient(const array& a, StreamOrDevice s) {
  Primitive same;
  same.kind = PrimitiveKind::reshape;
  same.dims = a.shape();
  same.text = "stop_gradient";  // what the derivative looks for
  return make_array(std::move(same), a, s);
}

std::vector<array> depends(const std::vector<array>& inputs, const std::vector<array>& dependencies) {
  if (dependencies.empty()) return inputs;
  std::vector<array> results;
  for (const array& x : inputs) {
    Primitive after;
    after.kind = PrimitiveKind::depends;
    SmallVector<exec::NodeRef, 3> nodes;
    nodes.push_back(x.node());
    for (const array& d : dependencies) nodes.push_back(d.node());
    results.push_back(make_array(std::move(after), std::span<const exec::NodeRef>(nodes.data(), nodes.size()), {}));
  }
  return results;
}

array view(const array& a, Dtype dtype, StreamOrDevice s) {
  if (a.dtype() == dtype) return a;
  // Booleans have no bits in kernels: 0 and 1, and any byte but 0 is true.
  if (is_bool(a.dtype())) return view(astype(a, uint8, s), dtype, s);
  if (is_bool(dtype)) return astype(view(a, uint8, s), dtype, s);
  if (a.dtype().size() != dtype.size()) {
    Primitive bytes;
    bytes.kind = PrimitiveKind::library;
    bytes.text = "view";
    bytes.dtype = dtype;
    return make_array(std::move(bytes), a, s);
  }
  Primitive bitcast;
  bitcast.kind = PrimitiveKind::bitcast;
  bitcast.dtype = dtype;
  return make_array(std::move(bitcast), a, s);
}

array copy(const array& a, StreamOrDevice s) {
  Primitive copy;
  copy.kind = PrimitiveKind::copy;
  return make_array(std::move(copy), a, s);
}

array contiguous(const array& a, bool, StreamOrDevice s) { return copy(a, s); }

array clip(const array& a, const std::optional<Operand>& a_min, const std::optional<Operand>& a_max, StreamOrDevice s) {
  if (!a_min && !a_max) fail<ValueError>("[clip] at most one of a_min and a_max may be None");
  array result = a_max ? minimum(a, *a_max, s) : a;
  return a_min ? maximum(result, *a_min, s) : result;
}

array round(const array& a, int decimals, StreamOrDevice s) {
  if (decimals == 0) return elementwise(Op::round, std::initializer_list<Operand>{a}, s);
  if (is_integer(a.dtype()) || is_bool(a.dtype())) {
    if (decimals > 0) return a;
    return astype(round(astype(a, float64, s), decimals, s), a.dtype(), s);
  }
  // Scaling rounds too: halves go through float32, which is what a kernel computes in anyway.
  const array wide = is_half(a.dtype()) ? astype(a, float32, s) : a;
  const double scale = std::pow(10.0, std::abs(decimals));
  const array scaled = decimals > 0 ? multiply(wide, scale, s) : divide(wide, scale, s);
  const array rounded = elementwise(Op::round, std::initializer_list<Operand>{scaled}, s);
  return astype(decimals > 0 ? divide(rounded, scale, s) : multiply(rounded, scale, s), a.dtype(), s);
}

std::vector<array> divmod(const Operand& a, const Operand& b, StreamOrDevice s) {
  return {floor_divide(a, b, s), remainder(a, b, s)};
}

array operator-(const array& a) { return negative(a); }
array operator!(const array& a) { return logical_not(a); }
array operator~(const array& a) { return bitwise_invert(a); }

array array_equal(const array& a, const array& b, bool equal_nan, StreamOrDevice s) {
  if (!shapes_equal(a.shape(), b.shape())) return make_constant(Literal::of_integer(bool_, 0), s);
  array same = equal(a, b, s);
  if (equal_nan) same = logical_or(same, logical_and(isnan(a, s), isnan(b, s), s), s);
  return all(same, s);
}

array isclose(const array& a, const array& b, double rtol, double atol, bool equal_nan, StreamOrDevice s) {
  const array bound = add(multiply(abs(b, s), rtol, s), atol, s);
  const array near =
      logical_and(less_equal(abs(subtract(a, b, s), s), bound, s), logical_and(isfinite(a, s), isfinite(b, s), s), s);
  array close = logical_or(near, equal(a, b, s), s);  // equal infinities are close
  if (equal_nan) close = logical_or(close, logical_and(isnan(a, s), isnan(b, s), s), s);
  return close;
}

array allclose(const array& a, const array& b, double rtol, double atol, bool equal_nan, StreamOrDevice s) {
  return all(isclose(a, b, rtol, atol, equal_nan, s), s);
}

}  // namespace cermet
