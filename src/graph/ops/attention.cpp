// Type rules and the reference of attention.
#include "graph/ops/attention.h"

#include <cmath>
#include <limits>

#include "base/error.h"

namespace cermet::graph {

Primitive AttentionArguments::call(std::string_view name) const {
  Primitive p;
  p.kind = PrimitiveKind::library;
  p.text = name;
  p.literal = Literal::of(float64, scale);
  p.axes = {causal ? 1 : 0, static_cast<std::int64_t>(mask), sinks ? 1 : 0};
  return p;
}

AttentionArguments AttentionArguments::decode(const Primitive& call) {
  check(call.axes.size() == 3, "{} has {} arguments, not 3", call.text, call.axes.size());
  return {call.axes[0] != 0, static_cast<MaskKind>(call.axes[1]), call.axes[2] != 0, call.literal.as_double()};
}

namespace {

constexpr std::string_view op = "scaled_dot_product_attention";

bool differ(Dim a, Dim b) { return !(a == b); }

void expect_heads(std::span<const ArrayType> inputs, IntExprTable& table) {
  const Shape &q = inputs[0].shape, &k = inputs[1].shape, &v = inputs[2].shape;
  const auto show = [&](const Shape& shape) { return to_string(shape, table); };
  if (q.size() != 4 || k.size() != 4 || v.size() != 4) {
    fail<ValueError>("[{}] Takes q, k and v of 4 dimensions (batch, heads, length, size), got shapes {}, {} and {}.",
                     op, show(q), show(k), show(v));
  }
  if (differ(q[0], k[0]) || differ(q[0], v[0])) {
    fail<ValueError>("[{}] The batches of q {}, k {} and v {} differ.", op, show(q), show(k), show(v));
  }
  if (differ(q[3], k[3])) fail<ValueError>("[{}] The last dimensions of q {} and k {} differ.", op, show(q), show(k));
  if (differ(k[1], v[1]) || differ(k[2], v[2])) {
    fail<ValueError>("[{}] k {} and v {} must have the same heads and length.", op, show(k), show(v));
  }
  const bool known = q[1].is_constant() && k[1].is_constant();
  if (known && (k[1].value() == 0 ? q[1].value() != 0 : q[1].value() % k[1].value() != 0)) {
    fail<ValueError>("[{}] The {} heads of q {} are no multiple of the {} heads of k {}.", op, q[1].value(), show(q),
                     k[1].value(), show(k));
  }
}

void expect_dtypes(const AttentionArguments& given, std::span<const ArrayType> inputs) {
  const Dtype dtype = inputs[0].dtype;
  const bool taken = dtype == float16 || dtype == bfloat16 || dtype == float32;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const bool boolean = k == 3 && given.mask == MaskKind::boolean;
    if (taken && inputs[k].dtype == (boolean ? bool_ : dtype)) continue;
    fail<ValueError>("[{}] Takes float16, bfloat16 or float32, got {} and {}; convert with astype.", op, name(dtype),
                     name(inputs[k].dtype));
  }
}

}  // namespace

ArrayType infer_attention(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  const AttentionArguments given = AttentionArguments::decode(call);
  const bool forward = call.text == "attention";
  if (inputs.size() != given.inputs() + (forward ? 0 : 1)) fail<ValueError>("[{}] Got {} arrays.", op, inputs.size());
  expect_heads(inputs, table);
  expect_dtypes(given, inputs);
  const Shape &q = inputs[0].shape, &k = inputs[1].shape, &v = inputs[2].shape;
  const Dim full[] = {q[0], q[1], q[2], k[2]};
  if (given.mask != MaskKind::none) {
    const Shape& mask = inputs[3].shape;
    bool fits = mask.size() == 4;
    for (std::size_t i = 0; fits && i < 4; ++i) fits = mask[i] == Dim(1) || mask[i] == full[i];
    if (!fits) {
      fail<ValueError>("[{}] The mask of shape {} does not broadcast to (batch, heads, queries, keys) = {}.", op,
                       to_string(mask, table), to_string(Shape(full, full + 4), table));
    }
  }
  if (given.sinks) {
    const Shape& sinks = inputs[given.sinks_at()].shape;
    if (sinks.size() != 2 || differ(sinks[1], q[1]) || (differ(sinks[0], Dim(1)) && differ(sinks[0], q[0]))) {
      fail<ValueError>("[{}] The sinks have shape {}; there must be one for each of the {} heads of q.", op,
                       to_string(sinks, table), table.print(q[1]));
    }
  }
  const Shape result{full[0], full[1], full[2], v[3]};
  if (forward) return {result, inputs[0].dtype};
  if (inputs.back().shape != result) {
    fail<ValueError>("[{}] The cotangent has shape {}, the result {}.", op, to_string(inputs.back().shape, table),
                     to_string(result, table));
  }
  if (call.text == "attention_mask_grad") return inputs[3];
  Dim total = 0;
  for (const std::size_t i : {0, 1, 2}) {
    total = table.add(total, table.product({inputs[i].shape.data(), inputs[i].shape.size()}));
  }
  if (given.sinks) {
    const Shape& sinks = inputs[given.sinks_at()].shape;
    total = table.add(total, table.multiply(sinks[0], sinks[1]));
  }
  return {Shape{total}, inputs[0].dtype};
}

std::vector<Literal> interpret_attention(const Primitive& call, std::span<const ReferenceArray> inputs) {
  const AttentionArguments given = AttentionArguments::decode(call);
  const ReferenceArray &q = inputs[0], &k = inputs[1], &v = inputs[2];
  const std::int64_t batch = q.shape[0], heads = q.shape[1], queries = q.shape[2], size = q.shape[3];
  const std::int64_t groups = k.shape[1], keys = k.shape[2], values = v.shape[3];
  const auto at = [](const ReferenceArray& x, std::initializer_list<std::int64_t> index) {
    std::int64_t place = 0;
    const auto* extent = x.shape.data();
    for (std::int64_t i : index) {
      place = place * *extent + (*extent == 1 ? 0 : i);
      ++extent;
    }
    return x.elements[static_cast<std::size_t>(place)].as_double();
  };
  constexpr double hidden = -static_cast<double>(std::numeric_limits<float>::max());
  std::vector<Literal> out;
  for (std::int64_t row = 0; row < batch * heads * queries; ++row) {
    const std::int64_t b = row / (heads * queries), h = row / queries % heads, i = row % queries;
    const std::int64_t group = h / (heads / groups);
    std::vector<double> scores(static_cast<std::size_t>(keys));
    double top = given.sinks ? at(inputs[given.sinks_at()], {b, h}) : -std::numeric_limits<double>::infinity();
    for (std::int64_t j = 0; j < keys; ++j) {
      double& score = scores[static_cast<std::size_t>(j)];
      for (std::int64_t d = 0; d < size; ++d) score += at(q, {b, h, i, d}) * at(k, {b, group, j, d});
      score *= given.scale;
      if (given.mask == MaskKind::additive) score += at(inputs[3], {b, h, i, j});
      if (given.mask == MaskKind::boolean && at(inputs[3], {b, h, i, j}) == 0) score = hidden;
      if (given.causal && j > i + keys - queries) score = hidden;
      top = std::max(top, score);
    }
    double total = given.sinks ? std::exp(at(inputs[given.sinks_at()], {b, h}) - top) : 0;
    for (double& score : scores) total += score = std::exp(score - top);
    for (std::int64_t e = 0; e < values; ++e) {
      double sum = 0;
      for (std::int64_t j = 0; j < keys; ++j) sum += scores[static_cast<std::size_t>(j)] * at(v, {b, group, j, e});
      out.push_back(Literal::of(q.dtype, keys == 0 ? 0 : sum / total));
    }
  }
  return out;
}

}  // namespace cermet::graph
