// Functions that networks are made of, each as one composite or library call: norms, rotary position encoding,
// attention. Their naive spellings compile to kernels as good; uncompiled, one call is one kernel.
//
//     array y = fast::rms_norm(x, weight, 1e-5f);                                   // x (..., d), weight (d)
//     array q = fast::rope(heads, 64, false, 10000.0f, 1.0f, offset);               // heads (B, H, T, 64)
//     array o = fast::scaled_dot_product_attention(q, k, v, 0.125f, "causal");      // (B, H, T, 64)
#pragma once

#include <cermet/array.h>

#include <optional>
#include <string>

namespace cermet::fast {

/// x / sqrt(mean(x^2) + eps) over the last axis, times `weight` (as long as that axis) if there is one. The result has
/// the promoted dtype of both, which must be real and floating; float32 inside for half types. Throws ValueError for
/// another shape or dtype.
array rms_norm(const array& x, const std::optional<array>& weight, float eps, StreamOrDevice s = {});

/// (x - mean(x)) / sqrt(var(x) + eps) over the last axis, times `weight`, plus `bias`, where these are given. The dtype
/// is that of all together, but a bias without a weight does not widen it; errors as for rms_norm.
array layer_norm(const array& x, const std::optional<array>& weight, const std::optional<array>& bias, float eps,
                 StreamOrDevice s = {});

/// Rotary position encoding of x (B, ..., T, D): in the first `dims` elements of the last axis, pair i of position t
/// turns by (offset + t) * scale * base^(-2 i / dims), or by (offset + t) * scale / freqs[i] without a base. Pairs are
/// neighbours if `traditional`, else elements i and i + dims / 2. The result is like x. Throws ValueError for shapes
/// and dtypes that do not fit, and unless exactly one of `base` and `freqs` (dims / 2) is given.
array rope(const array& x, int dims, bool traditional, std::optional<float> base, float scale, int offset,
           const std::optional<array>& freqs = std::nullopt, StreamOrDevice s = {});
/// The same with offsets in an integer array: one for all, (), or one for each x[b], (B).
array rope(const array& x, int dims, bool traditional, std::optional<float> base, float scale, const array& offset,
           const std::optional<array>& freqs = std::nullopt, StreamOrDevice s = {});

/// softmax(scale * q k^T) v for q (B, N, T, D), k (B, M, S, D) and v (B, M, S, E), where M divides N: each head of k
/// and v serves N / M neighbouring heads of q. The result is (B, N, T, E) of the promoted dtype. No T x S matrix is
/// made.
///
/// `mask_mode` "causal" lets query i see keys up to i + S - T. `mask` broadcasts with (B, N, T, S): booleans (true:
/// seen), or numbers that are added to the products. A query that sees nothing gets the mean of v. `sinks` (N) are
/// products with one more key for each head, whose value is zero. Throws ValueError for shapes that do not fit and for
/// dtypes other than floats up to float32, TypeError for a mask or sinks that would widen the result.
array scaled_dot_product_attention(const array& q, const array& k, const array& v, float scale,
                                   const std::string& mask_mode = "", const std::optional<array>& mask = std::nullopt,
                                   const std::optional<array>& sinks = std::nullopt, StreamOrDevice s = {});

/// logsumexp(logits) - logits[..., target] over the last axis, computed in float32: `targets` are integers in the shape
/// of `logits` without that axis.
array cross_entropy(const array& logits, const array& targets, StreamOrDevice s = {});

}  // namespace cermet::fast
