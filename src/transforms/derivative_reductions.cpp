// Derivatives of reductions, scans and the composites over axes.
#include <cermet/cermet.h>

#include <array>

#include "array/dims.h"
#include "array/node_building.h"
#include "graph/ops/composite.h"
#include "transforms/derivative_rules.h"
#include "transforms/tape.h"

namespace cermet {

namespace {

std::span<const std::int64_t> axes_of(const Primitive& p) { return {p.axes.data(), p.axes.size()}; }

/// Elements equal to the extremum share its cotangent equally, as in JAX.
array pull_back_extremum(const Application& of, const array& cotangent) {
  const array& x = of.inputs[0];
  const array hit = astype(equal(x, spread(of.output, x.shape(), axes_of(of.primitive))), x.dtype());
  const array count = sum(hit, int_axes(of.primitive), true);
  return multiply(hit, divide(spread(cotangent, x.shape(), axes_of(of.primitive)), count));
}

array scanned(Reduction reduction, const array& x, int axis, bool reverse, bool exclusive) {
  Primitive p;
  p.kind = PrimitiveKind::scan;
  p.reduction = reduction;
  p.axes = {axis, reverse ? 1 : 0, exclusive ? 1 : 0};
  return apply_primitive(p, std::span(&x, 1));
}

/// The product of all other elements: what comes before times what comes after, so that zeros need no division.
array product_of_others(const array& x, const std::vector<int>& axes) {
  std::vector<int> order;
  for (int k = 0; k < x.ndim(); ++k) {
    if (std::find(axes.begin(), axes.end(), k) == axes.end()) order.push_back(k);
  }
  const int kept = static_cast<int>(order.size());
  order.insert(order.end(), axes.begin(), axes.end());
  const array moved = transpose(x, order);
  const array rows = flatten(moved, kept);
  const array others =
      multiply(scanned(Reduction::prod, rows, kept, false, true), scanned(Reduction::prod, rows, kept, true, true));
  std::vector<int> back(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) back[static_cast<std::size_t>(order[k])] = static_cast<int>(k);
  return transpose(reshape(others, moved.shape()), back);
}

}  // namespace

Cotangents pull_back_reduce(const Application& of, const array& cotangent) {
  const array& x = of.inputs[0];
  if (!is_inexact(x.dtype())) return {std::nullopt};
  switch (of.primitive.reduction) {
    case Reduction::sum:
      return {astype(spread(cotangent, x.shape(), axes_of(of.primitive)), x.dtype())};
    case Reduction::prod:
      return {
          multiply(spread(cotangent, x.shape(), axes_of(of.primitive)), product_of_others(x, int_axes(of.primitive)))};
    case Reduction::max:
    case Reduction::min:
      return {pull_back_extremum(of, cotangent)};
    default:
      return {std::nullopt};
  }
}

// ---- Scans ----------------------------------------------------------------------------------------------------------

namespace {

/// Where a running maximum (or minimum) was last raised: each result came from the element at that index.
array source_of_extremum(const Application& of, int axis, bool reverse) {
  const array& x = of.inputs[0];
  Primitive iota;
  iota.kind = PrimitiveKind::iota;
  iota.dtype = int32;
  iota.dims = x.shape();
  iota.axes = {axis};
  const array index = make_array(std::move(iota), std::span<const exec::NodeRef>(), {});
  const array before = scanned(of.primitive.reduction, x, axis, reverse, true);
  const array raised = of.primitive.reduction == Reduction::max ? greater(x, before) : less(x, before);
  const Operand last = Operand::weak(dim_subtract(x.shape()[static_cast<std::size_t>(axis)], 1));
  if (reverse) return scanned(Reduction::min, where(raised, index, last), axis, true, false);
  return scanned(Reduction::max, where(raised, index, 0), axis, false, false);
}

array pull_back_extremum_scan(const Application& of, const array& cotangent, int axis, bool reverse) {
  check(of.primitive.axes[2] == 0, "an exclusive running extremum has no derivative rule");
  Primitive scatter;
  scatter.kind = PrimitiveKind::library;
  scatter.text = "scatter_add";
  for (int k = 0; k < cotangent.ndim(); ++k) scatter.axes.push_back(k == axis ? -1 : k);
  return apply_primitive(scatter,
                         std::array{zeros_like(of.inputs[0]), source_of_extremum(of, axis, reverse), cotangent});
}

/// d(cumulative product): sums of cotangent * result, divided by the element. Where the first zero of a row stands, the
/// products are taken as if it were a one; elements behind it reach nothing.
array pull_back_product_scan(const array& x, const array& cotangent, int axis, bool reverse, bool exclusive) {
  const array zero = equal(x, 0);
  const array zeros_before = scanned(Reduction::sum, astype(zero, int32), axis, reverse, true);
  const array first = logical_and(zero, equal(zeros_before, 0));
  const array replaced = where(first, 1.0F, x);
  const auto sums = [&](const array& of_x) {
    const array results = scanned(Reduction::prod, of_x, axis, reverse, exclusive);
    return scanned(Reduction::sum, multiply(cotangent, results), axis, !reverse, exclusive);
  };
  const array divided = divide(sums(x), where(zero, 1.0F, x));
  return where(first, sums(replaced), where(zero, zeros_like(x), divided));
}

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

/// log(x), -inf where x is not positive or `counts` is false; no infinite derivative there.
array log_of_positive(const array& x, const array& counts) {
  const array positive = logical_and(greater(x, 0), counts);
  return where(positive, log(where(positive, x, 1.0F)), minus_infinity);
}

/// False where nothing but -inf has been summed up: such sums have the derivative 0.
array has_sum(const array& sums) { return greater(sums, minus_infinity); }

/// d(logcumsumexp) = exp(x + log of the running sum of cotangent * exp(-result)), for each sign of the cotangent.
array pull_back_log_sum_scan(const Application& of, const array& cotangent, int axis, bool reverse, bool exclusive) {
  const array& x = of.inputs[0];
  const array some = has_sum(of.output);
  const auto part = [&](const array& positive) {
    const array sums = where(some, of.output, zeros_like(of.output));
    const array logs = subtract(log_of_positive(positive, some), sums);
    return exp(add(x, scanned(of.primitive.reduction, logs, axis, !reverse, exclusive)));
  };
  return subtract(part(cotangent), part(negative(cotangent)));
}

}  // namespace

Cotangents pull_back_scan(const Application& of, const array& cotangent) {
  const array& x = of.inputs[0];
  if (!is_inexact(x.dtype())) return {std::nullopt};
  const int axis = static_cast<int>(of.primitive.axes[0]);
  const bool reverse = of.primitive.axes[1] != 0, exclusive = of.primitive.axes[2] != 0;
  switch (of.primitive.reduction) {
    case Reduction::sum:
      return {scanned(Reduction::sum, cotangent, axis, !reverse, exclusive)};
    case Reduction::prod:
      return {pull_back_product_scan(x, cotangent, axis, reverse, exclusive)};
    case Reduction::max:
    case Reduction::min:
      return {pull_back_extremum_scan(of, cotangent, axis, reverse)};
    default:
      return {pull_back_log_sum_scan(of, cotangent, axis, reverse, exclusive)};
  }
}

MaybeArray push_forward_log_sum_scan(const Application& of, const array& tangent) {
  const array some = has_sum(of.output);
  const array sums = where(some, of.output, zeros_like(of.output));
  const auto part = [&](const array& positive) {
    Primitive scan = of.primitive;
    const array logs = add(of.inputs[0], log_of_positive(positive, array(true)));
    return exp(subtract(apply_primitive(scan, std::span(&logs, 1)), sums));
  };
  return subtract(part(tangent), part(negative(tangent)));
}

// ---- Composites -----------------------------------------------------------------------------------------------------

namespace {

/// The body of a composite as array operations.
array unfolded(const Application& of) {
  graph::Graph graph;
  graph::Builder builder(graph);
  std::vector<graph::Value> inputs;
  std::vector<MaybeArray> values;
  for (const array& x : of.inputs) inputs.push_back(builder.input({x.shape(), x.dtype()}));
  const graph::Value root = [&] {
    const LentDims dims(graph.dims);
    return graph::find_composite(of.primitive.text).build(builder, inputs, of.primitive);
  }();
  values.resize(graph.nodes.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) values[static_cast<std::size_t>(inputs[i])] = of.inputs[i];
  for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
    const graph::Node& node = graph.nodes[v];
    if (node.primitive.kind == PrimitiveKind::input) continue;
    SmallVector<exec::NodeRef, 3> operands;
    for (graph::Value input : node.inputs) operands.push_back(values[static_cast<std::size_t>(input)]->node());
    values[v] = make_array(node.primitive, std::span<const exec::NodeRef>(operands.data(), operands.size()), {});
  }
  return *values[static_cast<std::size_t>(root)];
}

/// `result` as the body keeps it: with its reduced axes as ones, or without them.
array spread_result(const array& result, const Application& of) {
  return spread(result, of.inputs[0].shape(), axes_of(of.primitive));
}

}  // namespace

Cotangents pull_back_composite(const Application& of, const array& cotangent) {
  const array& x = of.inputs[0];
  const std::string_view name = of.primitive.text;
  if (is_inexact(x.dtype()) && name == "softmax") {
    const array weighted = multiply(cotangent, of.output);
    return {subtract(weighted, multiply(of.output, sum(weighted, int_axes(of.primitive), true)))};
  }
  if (is_inexact(x.dtype()) && name == "logsumexp") {
    return {multiply(spread_result(cotangent, of), exp(subtract(x, spread_result(of.output, of))))};
  }
  std::vector<array> variables;
  for (const array& input : of.inputs) variables.push_back(fresh_variable(input));
  Tape tape;
  const array y = unfolded({of.primitive, variables, of.output});
  tape.stop();
  const MaybeArray seed = cotangent;
  return tape.pull_back(std::span(&y, 1), std::span(&seed, 1), variables);
}

}  // namespace cermet
