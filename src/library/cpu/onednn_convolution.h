// Convolutions of one tile by code that oneDNN generates, run in the calling thread alone. float32, channels last.
#pragma once

#include <cstdint>
#include <memory>

#include "base/small_vector.h"

namespace cermet::library::cpu {

enum class ConvolutionPass : std::uint8_t { forward, backward_data, backward_weights };

/// All names are those of the forward pass: going back, the input is what is computed from the output.
struct ConvolutionShape {
  struct Axis {
    std::int64_t input = 0, kernel = 0, output = 0, stride = 1, dilation = 1, low = 0;
    std::int64_t weight_stride = 0;  ///< Of the kernel's elements along this axis as the caller stores them.
    /// Zeros after the input, so that the output has its extent; negative where the end of the input is not read.
    std::int64_t high() const { return (output - 1) * stride + (kernel - 1) * dilation + 1 - input - low; }
  };
  ConvolutionPass pass = ConvolutionPass::forward;
  std::int64_t batch = 0, groups = 1;
  std::int64_t inputs = 0, outputs = 0;  ///< Channels of a group.
  /// Distances of groups, outputs and inputs in the caller's weights, in elements, all positive.
  std::int64_t group_stride = 0, output_stride = 0, input_stride = 0;
  SmallVector<Axis, 3> axes;
};

/// Generated for one shape (1 to 10 ms, then cached).
class ConvolutionCode;
using ConvolutionCodeRef = std::shared_ptr<const ConvolutionCode>;

/// Null where oneDNN has no generated code for the shape.
ConvolutionCodeRef generate_convolution(const ConvolutionShape& shape);

/// oneDNN wants weights in an order of its own: how many bytes they take there, and whether two agree.
std::size_t ordered_weight_bytes(const ConvolutionCode& code);
bool same_weight_order(const ConvolutionCode& a, const ConvolutionCode& b);
/// True if that is the caller's order.
bool keeps_weight_order(const ConvolutionCode& code);
/// From the caller's order to oneDNN's, for `backward_weights` back.
void reorder_weights(const ConvolutionCode& code, const void* from, void* to);

/// Thread safe. Each pass writes what it is named for and reads the other two; weights in oneDNN's order.
void run_convolution(const ConvolutionCode& code, const float* input, const void* weights, const float* output);

}  // namespace cermet::library::cpu
