// Derivatives of single primitives, written with array operations. Element-wise ops take theirs from their rows.
#pragma once

#include <span>
#include <vector>

#include "array/observer.h"
#include "graph/primitive.h"

namespace cermet {

/// One application of a primitive.
struct Application {
  const Primitive& primitive;
  std::span<const array> inputs;
  const array& output;
};

/// The cotangents of the inputs that are wanted, given that of the output; no value means zero. Throws ValueError for
/// an operation that has no derivative.
std::vector<MaybeArray> pull_back(const Application& of, const array& cotangent, std::span<const bool> wanted);

/// The tangent of the output, given those of the inputs; no value means zero.
MaybeArray push_forward(const Application& of, std::span<const MaybeArray> tangents);

}  // namespace cermet
