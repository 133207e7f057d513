// Convolutions as library calls, channels last. Two calls are enough: the gradient of a convolution with respect to its
// input is a convolution, and each of the two calls is linear in each of its operands.
//
//   convolution                   input (n, s..., c), weight (o, k..., c / groups)  ->  (n, t..., o)
//     out[n, t, o] = sum over k, c of dilated[n, t stride + k kernel_dilation - low, group(o), c] weight[o, k, c]
//   convolution_weight_gradient   input (n, s..., c), cotangent (n, t..., o)        ->  (o, k..., c / groups)
//     out[o, k, c] = sum over n, t of dilated[n, t stride + k kernel_dilation - low, group(o), c] cotangent[n, t, o]
//
// where `dilated` is the input with input_dilation - 1 zeros between neighbours and zeros around it (a negative padding
// cuts), and with `flip` the kernel is read backwards along all spatial axes. One to three spatial axes; one floating
// dtype for all; half types and float32 accumulate in float32.
#pragma once

#include "graph/ops/library_op.h"

namespace cermet::graph {

/// The arguments of both calls, one entry a spatial axis.
struct ConvolutionArguments {
  std::int64_t groups = 1;
  bool flip = false;
  SmallVector<std::int64_t, 3> stride, kernel_dilation, input_dilation;
  SmallVector<Dim, 3> low, high;  ///< Zeros before and after.
  SmallVector<Dim, 3> kernel;     ///< Extents of the kernel; for the gradient only.

  std::size_t spatial() const { return stride.size(); }
};

Primitive convolution_call(const ConvolutionArguments& arguments);
Primitive convolution_weight_gradient_call(const ConvolutionArguments& arguments);
/// Of a call made by these functions.
ConvolutionArguments convolution_arguments(const Primitive& call);

/// The extent of the result along a spatial axis, for a padded input that is not shorter than the kernel.
Dim convolved_extent(const ConvolutionArguments& arguments, std::size_t axis, Dim input, Dim kernel,
                     IntExprTable& table);

ArrayType infer_convolution(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
ArrayType infer_convolution_weight_gradient(const Primitive& call, std::span<const ArrayType> inputs,
                                            IntExprTable& table);
std::vector<Literal> interpret_convolution(const Primitive& call, std::span<const ReferenceArray> inputs);
std::vector<Literal> interpret_convolution_weight_gradient(const Primitive& call,
                                                           std::span<const ReferenceArray> inputs);

}  // namespace cermet::graph
