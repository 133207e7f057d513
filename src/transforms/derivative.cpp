// Which rule a primitive has, and tangents by transposing it twice where no direct rule is given.
#include "transforms/derivative.h"

#include <cermet/cermet.h>

#include <algorithm>
#include <array>

#include "array/node_building.h"
#include "transforms/derivative_rules.h"
#include "transforms/tape.h"

namespace cermet {

std::vector<int> int_axes(const Primitive& primitive) {
  std::vector<int> axes;
  for (std::int64_t axis : primitive.axes) axes.push_back(static_cast<int>(axis));
  return axes;
}

array spread(const array& reduced, const Shape& shape, std::span<const std::int64_t> axes) {
  Shape kept = shape;
  for (std::int64_t axis : axes) kept[static_cast<std::size_t>(axis)] = 1;
  return broadcast_to(reshape(reduced, kept), shape);
}

array apply_primitive(const Primitive& primitive, std::span<const array> operands) {
  SmallVector<exec::NodeRef, 3> nodes;
  for (const array& x : operands) nodes.push_back(x.node());
  return make_array(primitive, std::span<const exec::NodeRef>(nodes.data(), nodes.size()), {});
}

std::vector<MaybeArray> pull_back(const Application& of, const array& cotangent, std::span<const bool> wanted) {
  const Primitive& p = of.primitive;
  switch (p.kind) {
    case PrimitiveKind::elementwise:
      return pull_back_elementwise(of, cotangent, wanted);
    case PrimitiveKind::convert:
      if (!is_inexact(of.inputs[0].dtype())) return {std::nullopt};
      return {astype(cotangent, of.inputs[0].dtype())};
    case PrimitiveKind::copy:
      return {cotangent};
    case PrimitiveKind::reduce:
      return pull_back_reduce(of, cotangent);
    case PrimitiveKind::scan:
      return pull_back_scan(of, cotangent);
    case PrimitiveKind::composite:
      return pull_back_composite(of, cotangent);
    case PrimitiveKind::reshape:
    case PrimitiveKind::transpose:
    case PrimitiveKind::broadcast:
    case PrimitiveKind::slice:
    case PrimitiveKind::strided:
    case PrimitiveKind::depends:
      return pull_back_view(of, cotangent);
    case PrimitiveKind::concatenate:
      return pull_back_concatenate(of, cotangent, wanted);
    case PrimitiveKind::gather:
      return pull_back_gather(of, cotangent);
    case PrimitiveKind::matmul:
      return pull_back_matmul(of, cotangent, wanted);
    case PrimitiveKind::library:
      return pull_back_library(of, cotangent, wanted);
    case PrimitiveKind::bitcast:  // of storage, not of numbers
    case PrimitiveKind::iota:
    case PrimitiveKind::dim_value:
    case PrimitiveKind::random_bits:
    case PrimitiveKind::constant:
    case PrimitiveKind::input:
      break;
  }
  return std::vector<MaybeArray>(of.inputs.size());
}

namespace {

/// A rule going back is linear in the cotangent: going back over the rule itself, from the tangents, goes forward.
MaybeArray transposed_twice(const Application& of, std::span<const MaybeArray> tangents) {
  const array cotangent = fresh_variable(zeros_like(of.output));
  SmallVector<bool, 4> wanted;
  for (const MaybeArray& t : tangents) wanted.push_back(t.has_value());
  Tape tape;
  const std::vector<MaybeArray> back = pull_back(of, cotangent, {wanted.data(), wanted.size()});
  tape.stop();
  std::vector<array> outputs;
  std::vector<MaybeArray> seeds;
  for (std::size_t i = 0; i < back.size(); ++i) {
    if (!back[i] || !tangents[i]) continue;
    outputs.push_back(*back[i]);
    seeds.push_back(tangents[i]);
  }
  return tape.pull_back(outputs, seeds, std::span(&cotangent, 1))[0];
}

bool is_linear(const Primitive& p) {
  switch (p.kind) {
    case PrimitiveKind::copy:
    case PrimitiveKind::transpose:
    case PrimitiveKind::broadcast:
    case PrimitiveKind::slice:
    case PrimitiveKind::strided:
      return true;
    case PrimitiveKind::reshape:
      return p.text != "stop_gradient";
    case PrimitiveKind::reduce:
      return p.reduction == Reduction::sum;
    case PrimitiveKind::scan:
      return p.reduction == Reduction::sum;
    case PrimitiveKind::library:
      return p.text == "fft" || p.text == "rfft" || p.text == "irfft";
    default:
      return false;
  }
}

bool is_log_sum_scan(const Primitive& p) {
  constexpr Reduction others[] = {Reduction::sum, Reduction::prod, Reduction::max, Reduction::min};
  return p.kind == PrimitiveKind::scan &&
         std::find(std::begin(others), std::end(others), p.reduction) == std::end(others);
}

MaybeArray product_rule(const Application& of, std::span<const MaybeArray> tangents) {
  MaybeArray sum;
  if (tangents[0]) sum = apply_primitive(of.primitive, std::array{*tangents[0], of.inputs[1]});
  if (!tangents[1]) return sum;
  const array term = apply_primitive(of.primitive, std::array{of.inputs[0], *tangents[1]});
  return sum ? add(*sum, term) : term;
}

MaybeArray concatenated(const Application& of, std::span<const MaybeArray> tangents) {
  std::vector<array> parts;
  for (std::size_t i = 0; i < tangents.size(); ++i) {
    parts.push_back(tangents[i] ? *tangents[i] : zeros_like(of.inputs[i]));
  }
  return concatenate(parts, static_cast<int>(of.primitive.axes[0]));
}

}  // namespace

MaybeArray push_forward(const Application& of, std::span<const MaybeArray> tangents) {
  const Primitive& p = of.primitive;
  if (!is_inexact(of.output.dtype())) return std::nullopt;
  if (p.kind == PrimitiveKind::elementwise) return push_forward_elementwise(of, tangents);
  if (p.kind == PrimitiveKind::convert && tangents[0]) return astype(*tangents[0], of.output.dtype());
  if (p.kind == PrimitiveKind::depends) return tangents[0];
  if (is_linear(p) && tangents[0]) return apply_primitive(p, std::span(&*tangents[0], 1));
  if (is_log_sum_scan(p) && tangents[0]) return push_forward_log_sum_scan(of, *tangents[0]);
  const bool convolution = p.kind == PrimitiveKind::library && p.text.starts_with("convolution");
  if (p.kind == PrimitiveKind::matmul || convolution) return product_rule(of, tangents);
  if (p.kind == PrimitiveKind::concatenate) return concatenated(of, tangents);
  if (p.kind == PrimitiveKind::gather) {
    std::vector<array> operands(of.inputs.begin(), of.inputs.end());
    operands[0] = *tangents[0];
    return apply_primitive(p, operands);
  }
  return transposed_twice(of, tangents);
}

}  // namespace cermet
