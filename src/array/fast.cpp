// Norms, rotary encodings and attention: checks, then one composite or library node each.
#include <cermet/fast.h>
#include <cermet/indexing.h>
#include <cermet/ops.h>

#include "array/attention.h"
#include "array/dims.h"
#include "array/node_building.h"
#include "array/observer.h"
#include "graph/ops/rope.h"

namespace cermet::fast {
namespace {

/// A vector as long as the last axis of x.
void expect_row(std::string_view op, std::string_view what, const array& row, const array& x) {
  if (row.ndim() == 1 && dim_equal(row.shape()[0], x.shape().back())) return;
  fail<ValueError>("[{}] `{}` has shape {}; for `x` of shape {} it must be a vector of {}.", op, what,
                   to_string(row.shape()), to_string(x.shape()), dim_hint(x.shape().back()));
}

void expect_norm(std::string_view op, const array& x, const std::optional<array>& weight,
                 const std::optional<array>& bias) {
  if (x.ndim() == 0) fail<ValueError>("[{}] `x` has no axis to normalize over: its shape is ().", op);
  if (weight) expect_row(op, "weight", *weight, x);
  if (bias) expect_row(op, "bias", *bias, x);
  Dtype dtype = weight ? promote_types(x.dtype(), weight->dtype()) : x.dtype();
  if (weight && bias) dtype = promote_types(dtype, bias->dtype());  // a bias alone does not widen, as in MLX
  if (is_floating(dtype)) return;
  fail<ValueError>("[{}] Takes real floating arrays, got {}; convert with astype.", op, name(dtype));
}

Primitive norm_call(std::string_view op, const array& x, float eps) {
  Primitive p;
  p.kind = PrimitiveKind::composite;
  p.text = op;
  p.axes = {x.ndim() - 1};
  p.literal = Literal::of(float32, static_cast<double>(eps));
  return p;
}

}  // namespace

array rms_norm(const array& x, const std::optional<array>& weight, float eps, StreamOrDevice s) {
  expect_norm("rms_norm", x, weight, std::nullopt);
  SmallVector<exec::NodeRef, 3> inputs{x.node()};
  if (weight) inputs.push_back(weight->node());
  return make_array(norm_call("rms_norm", x, eps), std::span<const exec::NodeRef>(inputs.data(), inputs.size()), s);
}

array layer_norm(const array& x, const std::optional<array>& weight, const std::optional<array>& bias, float eps,
                 StreamOrDevice s) {
  expect_norm("layer_norm", x, weight, bias);
  SmallVector<exec::NodeRef, 3> inputs{x.node()};
  if (weight) inputs.push_back(weight->node());
  if (weight && bias) inputs.push_back(bias->node());
  const array y =
      make_array(norm_call("layer_norm", x, eps), std::span<const exec::NodeRef>(inputs.data(), inputs.size()), s);
  return bias && !weight ? add(y, astype(*bias, y.dtype(), s), s) : y;
}

namespace {

/// Offsets as the composite takes them: (), or a column.
array offset_column(const array& offset, const array& x, const StreamOrDevice& s) {
  if (!is_integer(offset.dtype())) {
    fail<ValueError>("[rope] `offset` must be an integer or an array of integers, got {}.", name(offset.dtype()));
  }
  if (offset.ndim() == 0) return offset;
  if (offset.ndim() > 1 || (!dim_equal(offset.shape()[0], Dim(1)) && !dim_equal(offset.shape()[0], x.shape()[0]))) {
    fail<ValueError>("[rope] `offset` has shape {}; for an array of shape {} it must have shape () or ({},).",
                     to_string(offset.shape()), to_string(x.shape()), dim_hint(x.shape()[0]));
  }
  return reshape(offset, Shape{offset.shape()[0], Dim(1)}, s);
}

void expect_rope(const array& x, int dims, const std::optional<float>& base, const std::optional<array>& freqs) {
  if (x.ndim() < 3) {
    fail<ValueError>("[rope] Takes arrays (B, ..., T, D) of 3 dimensions or more, got shape {}.", to_string(x.shape()));
  }
  if (!is_floating(x.dtype())) {
    fail<ValueError>("[rope] Takes real floating arrays, got {}; convert with astype.", name(x.dtype()));
  }
  if (dims < 2 || dims % 2 != 0 || (!dim_equal(x.shape().back(), dims) && dim_less(x.shape().back(), dims))) {
    fail<ValueError>("[rope] `dims` must be even, positive and at most the last dimension of shape {}, got {}.",
                     to_string(x.shape()), dims);
  }
  if (base.has_value() == freqs.has_value()) {
    fail<ValueError>("[rope] Give either `base` or `freqs`; {} given.", base ? "both were" : "none was");
  }
  if (freqs && (freqs->ndim() != 1 || !dim_equal(freqs->shape()[0], dims / 2))) {
    fail<ValueError>("[rope] `freqs` has shape {}; for dims={} it must have shape ({},).", to_string(freqs->shape()),
                     dims, dims / 2);
  }
}

}  // namespace

array rope(const array& x, int dims, bool traditional, std::optional<float> base, float scale, const array& offset,
           const std::optional<array>& freqs, StreamOrDevice s) {
  expect_rope(x, dims, base, freqs);
  Primitive p;
  p.kind = PrimitiveKind::composite;
  p.text = "rope";
  p.axes = graph::RopeArguments{dims, traditional, static_cast<double>(scale), static_cast<double>(base.value_or(0))}
               .encoded();
  SmallVector<exec::NodeRef, 3> inputs{x.node(), offset_column(offset, x, s).node()};
  if (freqs) inputs.push_back(freqs->node());
  return make_array(std::move(p), std::span<const exec::NodeRef>(inputs.data(), inputs.size()), s);
}

array rope(const array& x, int dims, bool traditional, std::optional<float> base, float scale, int offset,
           const std::optional<array>& freqs, StreamOrDevice s) {
  return rope(x, dims, traditional, base, scale, array(offset), freqs, s);
}

// ---- Attention ------------------------------------------------------------------------------------------------------

namespace {

constexpr std::string_view attention = "scaled_dot_product_attention";

void expect_heads(const array& q, const array& k, const array& v) {
  const auto shapes = [&] {
    return fmt::format("q {}, k {} and v {}", to_string(q.shape()), to_string(k.shape()), to_string(v.shape()));
  };
  if (q.ndim() != 4 || k.ndim() != 4 || v.ndim() != 4) {
    fail<ValueError>("[{}] Takes arrays of 4 dimensions (batch, heads, length, size), got {}.", attention, shapes());
  }
  const auto equal = [](const array& a, const array& b, std::size_t axis) {
    return dim_equal(a.shape()[axis], b.shape()[axis]);
  };
  if (!equal(q, k, 0) || !equal(q, v, 0)) fail<ValueError>("[{}] The batches of {} differ.", attention, shapes());
  if (!equal(q, k, 3)) fail<ValueError>("[{}] q and k differ in their last dimension: {}.", attention, shapes());
  if (!equal(k, v, 1) || !equal(k, v, 2)) {
    fail<ValueError>("[{}] k and v must have the same heads and length: {}.", attention, shapes());
  }
  const Dim heads = q.shape()[1], groups = k.shape()[1];
  if (dim_equal(heads, groups) || exact_quotient(heads, groups)) return;
  fail<ValueError>("[{}] The heads of q must be a multiple of those of k and v: {}.", attention, shapes());
}

/// As the call takes it: rank 4, boolean or of the result's dtype.
array attention_mask(const array& mask, const array& q, const array& k, Dtype dtype, const StreamOrDevice& s) {
  Shape shape(static_cast<std::size_t>(std::max(0, 4 - mask.ndim())), Dim(1));
  shape.insert(shape.end(), mask.shape().begin(), mask.shape().end());
  const Dim full[] = {q.shape()[0], q.shape()[1], q.shape()[2], k.shape()[2]};
  bool fits = shape.size() == 4;
  for (std::size_t i = 0; fits && i < 4; ++i) fits = dim_equal(shape[i], Dim(1)) || dim_equal(shape[i], full[i]);
  if (!fits) {
    fail<ValueError>("[{}] The mask of shape {} does not broadcast to (batch, heads, queries, keys) = {}.", attention,
                     to_string(mask.shape()), to_string(Shape(full, full + 4)));
  }
  const array aligned = reshape(mask, shape, s);
  if (is_bool(mask.dtype())) return aligned;
  if (promote_types(mask.dtype(), dtype) != dtype) {
    fail<TypeError>("[{}] A mask of {} would widen the result, {}; convert it with astype.", attention,
                    name(mask.dtype()), name(dtype));
  }
  return astype(aligned, dtype, s);
}

array attention_sinks(const array& sinks, const array& q, Dtype dtype, const StreamOrDevice& s) {
  if (sinks.ndim() != 1 || !dim_equal(sinks.shape()[0], q.shape()[1])) {
    fail<ValueError>("[{}] `sinks` has shape {}; there must be one for each head of q {}.", attention,
                     to_string(sinks.shape()), to_string(q.shape()));
  }
  if (promote_types(sinks.dtype(), dtype) != dtype) {
    fail<TypeError>("[{}] Sinks of {} would widen the result, {}; convert them with astype.", attention,
                    name(sinks.dtype()), name(dtype));
  }
  return astype(reshape(sinks, Shape{Dim(1), sinks.shape()[0]}, s), dtype, s);
}

/// Where a derivative will follow and the scores are few, keeping them is faster than computing them again: by 40 % of
/// forward and backward for 128 queries and keys of 16 heads.
bool keeps_scores(std::span<const array> inputs) {
  constexpr std::int64_t least = 32, most = std::int64_t{1} << 16;
  const Shape &q = inputs[0].shape(), &k = inputs[1].shape();
  if (Observer::current() == nullptr || inputs[0].dtype() != float32) return false;
  if (!q.is_constant() || !k.is_constant() || !same(q[1], k[1])) return false;
  const std::int64_t queries = q[2].value(), keys = k[2].value();
  return queries >= least && keys >= least && queries * keys <= most;
}

}  // namespace

array scaled_dot_product_attention(const array& q, const array& k, const array& v, float scale,
                                   const std::string& mask_mode, const std::optional<array>& mask,
                                   const std::optional<array>& sinks, StreamOrDevice s) {
  expect_heads(q, k, v);
  const Dtype dtype = promote_types(promote_types(q.dtype(), k.dtype()), v.dtype());
  if (!is_floating(dtype)) {
    fail<ValueError>("[{}] Takes real floating arrays, got {}; convert with astype.", attention, name(dtype));
  }
  if (!mask_mode.empty() && mask_mode != "causal") {
    fail<ValueError>("[{}] A mask is \"causal\" or an array, not \"{}\".", attention, mask_mode);
  }
  if (!mask_mode.empty() && mask) {
    fail<ValueError>("[{}] Give either the mask \"causal\" or an array of masks, not both.", attention);
  }
  graph::AttentionArguments given;
  given.causal = !mask_mode.empty();
  given.scale = static_cast<double>(scale);
  given.sinks = sinks.has_value();
  std::vector<array> inputs{astype(q, dtype, s), astype(k, dtype, s), astype(v, dtype, s)};
  if (mask) {
    inputs.push_back(attention_mask(*mask, q, k, dtype, s));
    given.mask = is_bool(mask->dtype()) ? graph::MaskKind::boolean : graph::MaskKind::additive;
  }
  if (sinks) inputs.push_back(attention_sinks(*sinks, q, dtype, s));
  if (dtype == float64 || keeps_scores(inputs)) return plain_attention(given, inputs);
  SmallVector<exec::NodeRef, 5> nodes;
  for (const array& x : inputs) nodes.push_back(x.node());
  return make_array(given.call("attention"), std::span<const exec::NodeRef>(nodes.data(), nodes.size()), s);
}

array cross_entropy(const array& logits, const array& targets, StreamOrDevice s) {
  Shape rows = logits.shape();
  if (!rows.empty()) rows.pop_back();
  if (logits.ndim() == 0 || !shapes_equal(targets.shape(), rows)) {
    fail<ValueError>(
        "[cross_entropy] `targets` of shape {} must have the shape of `logits`, {}, without its last axis.",
        to_string(targets.shape()), to_string(logits.shape()));
  }
  if (!is_integer(targets.dtype()) || !is_floating(logits.dtype())) {
    fail<ValueError>("[cross_entropy] Takes floating logits and integer targets, got {} and {}.", name(logits.dtype()),
                     name(targets.dtype()));
  }
  const array x = astype(logits, float32, s);
  const array chosen = squeeze(take_along_axis(x, expand_dims(targets, -1, s), -1, s), -1, s);
  return subtract(logsumexp(x, -1, false, s), chosen, s);
}

}  // namespace cermet::fast
