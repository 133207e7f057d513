// Derivatives of Fourier transforms: linear maps, whose adjoint is a transform in the other direction. A transform of
// real numbers gives half of a spectrum; its adjoint counts each frequency once, where the inverse transform counts all
// but the first and the middle one twice.
#include <cermet/cermet.h>

#include "array/dims.h"
#include "graph/ops/fft.h"
#include "transforms/derivative_rules.h"

namespace cermet {

namespace {

array number(Dim value) {
  Primitive p;
  p.kind = PrimitiveKind::dim_value;
  p.dims.push_back(value);
  p.dtype = int32;
  return apply_primitive(p, {});
}

/// 1 for the frequencies that are their own mirror image, `others` for the rest, shaped to multiply along the axis.
array mirrored_weights(Dim n, std::size_t axis, std::size_t rank, float others) {
  const Dim half = dim_add(dim_floordiv(n, 2), 1);
  Primitive p;
  p.kind = PrimitiveKind::iota;
  p.axes.push_back(static_cast<std::int64_t>(axis));
  p.dims = SmallVector<Dim, 6>(rank, Dim(1));
  p.dims[axis] = half;
  p.dtype = int32;
  const array k = apply_primitive(p, {});
  array own = equal(k, number(0));
  if (dim_equal(dim_mod(n, 2), 0)) own = logical_or(own, equal(k, number(dim_subtract(half, 1))));
  return where(own, array(1.0F), array(others));
}

}  // namespace

array pull_back_fft(const Application& of, const array& cotangent) {
  const graph::FourierArguments a = graph::fourier_arguments(of.primitive);
  const int axis = static_cast<int>(a.axis);
  const auto apply = [](const Primitive& p, const array& x) { return apply_primitive(p, std::span(&x, 1)); };
  const std::size_t rank = of.output.shape().size();
  if (of.primitive.text == "fft") return apply(graph::fft_call(axis, !a.inverse, a.scaling), cotangent);
  if (of.primitive.text == "rfft") {
    const Dim n = of.inputs[0].shape()[a.axis];
    const array weighted = multiply(cotangent, mirrored_weights(n, a.axis, rank, 0.5F));
    return apply(graph::irfft_call(axis, a.scaling, n), weighted);
  }
  return multiply(apply(graph::rfft_call(axis, a.scaling), cotangent),
                  mirrored_weights(of.primitive.dims[0], a.axis, rank, 2.0F));
}

}  // namespace cermet
