// The rules behind derivative.h, a function a family of primitives.
#pragma once

#include "transforms/batching.h"
#include "transforms/derivative.h"

namespace cermet {

using Cotangents = std::vector<MaybeArray>;

Cotangents pull_back_elementwise(const Application& of, const array& cotangent, std::span<const bool> wanted);
MaybeArray push_forward_elementwise(const Application& of, std::span<const MaybeArray> tangents);

Cotangents pull_back_reduce(const Application& of, const array& cotangent);
Cotangents pull_back_scan(const Application& of, const array& cotangent);
/// The tangent of logcumsumexp, whose rule going back is linear in its values only, not in its form.
MaybeArray push_forward_log_sum_scan(const Application& of, const array& tangent);
Cotangents pull_back_composite(const Application& of, const array& cotangent);
Cotangents pull_back_view(const Application& of, const array& cotangent);
Cotangents pull_back_concatenate(const Application& of, const array& cotangent, std::span<const bool> wanted);
Cotangents pull_back_gather(const Application& of, const array& cotangent);
Cotangents pull_back_matmul(const Application& of, const array& cotangent, std::span<const bool> wanted);
Cotangents pull_back_factorization(const Application& of, const array& cotangent);
Cotangents pull_back_linalg(const Application& of, const array& cotangent);
Cotangents pull_back_convolution(const Application& of, const array& cotangent, std::span<const bool> wanted);
array pull_back_fft(const Application& of, const array& cotangent);
/// A convolution, or the gradient of its weight, on a batch of operands (vmap).
array batched_convolution(const Primitive& call, std::span<const BatchedArray> operands, Dim size);
Cotangents pull_back_attention(const Application& of, const array& cotangent, std::span<const bool> wanted);
/// A call of attention, or of its gradient, on a batch of operands (vmap).
array batched_attention(const Primitive& call, std::span<const BatchedArray> operands, Dim size);
Cotangents pull_back_library(const Application& of, const array& cotangent, std::span<const bool> wanted);

/// The axes of a primitive as the array functions take them.
std::vector<int> int_axes(const Primitive& primitive);
/// `reduced` with an axis of extent 1 where `axes` were, broadcast to `shape`.
array spread(const array& reduced, const Shape& shape, std::span<const std::int64_t> axes);
/// The primitive itself on other operands (of a linear operation: on their tangents).
array apply_primitive(const Primitive& primitive, std::span<const array> operands);

}  // namespace cermet
