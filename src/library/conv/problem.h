// A convolution in numbers, and the two ways to compute one: generated code on tiles (tiles.cpp) and products over
// columns (columns.cpp).
#pragma once

#include <cstdint>

#include "base/small_vector.h"
#include "library/library.h"
#include "runtime/buffer.h"

namespace cermet::library::conv {

struct Axis {
  std::int64_t in = 0, kernel = 0, out = 0;
  std::int64_t stride = 1, low = 0, kernel_dilation = 1, input_dilation = 1;
  /// How far the last element of the kernel is from the first.
  std::int64_t reach() const { return (kernel - 1) * kernel_dilation; }
};

/// All three arrays are row-major: input (batch, in..., groups * channels), weight (groups * outputs, kernel...,
/// channels), result (batch, out..., groups * outputs). No extent is zero.
struct Problem {
  Dtype dtype;
  std::int64_t batch = 0, groups = 1;
  std::int64_t channels = 0, outputs = 0;  ///< Of a group.
  bool flip = false;
  SmallVector<Axis, 3> axes;

  std::int64_t in_places() const { return product(&Axis::in); }
  std::int64_t out_places() const { return product(&Axis::out); }
  std::int64_t taps() const { return product(&Axis::kernel); }
  std::int64_t in_channels() const { return groups * channels; }
  std::int64_t out_channels() const { return groups * outputs; }
  /// A kernel of one element on every place of the input: a matrix product.
  bool pointwise() const;

 private:
  std::int64_t product(std::int64_t Axis::*extent) const {
    std::int64_t n = 1;
    for (const Axis& a : axes) n *= a.*extent;
    return n;
  }
};

/// Row-major memory of an operand: its own, or a copy.
class Packed {
 public:
  Packed() = default;
  /// With half types converted to float32 if `widen`.
  explicit Packed(const Operand& operand, bool widen = false);
  const char* data() const { return data_; }

 private:
  runtime::BufferRef buffer_;
  const char* data_ = nullptr;
};

/// The operand with its axes [1, rank - 1) read backwards.
Operand reversed(Operand weight);

/// `weight` is as given, with any strides. False if oneDNN has no code for the problem; nothing is written then.
bool convolve_tiles(const Problem& problem, const char* input, const Operand& weight, char* out);
bool weight_gradient_tiles(const Problem& problem, const char* input, const char* cotangent, char* out);

void convolve_columns(const Problem& problem, const char* input, const Operand& weight, char* out);
void weight_gradient_columns(const Problem& problem, const char* input, const char* cotangent, char* out);

}  // namespace cermet::library::conv
