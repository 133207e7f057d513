// Discrete Fourier transforms along one axis as library calls: out[k] = scale * sum over j of x[j] exp(-+ 2 pi i j k /
// n) with - forward and + inverse.
//
//   name    axes                     input      result
//   fft     axis, inverse, scaling   complex64  complex64 of the same shape
//   rfft    axis, scaling            float32    complex64, the n / 2 + 1 frequencies that are not negative
//   irfft   axis, scaling; dims: n   complex64 (n / 2 + 1 along the axis)  float32, n along the axis: the inverse of a
//                                    spectrum whose other half is its mirror image; imaginary parts of the first and,
//                                    for even n, the last frequency are not read
#pragma once

#include "graph/ops/library_op.h"

namespace cermet::graph {

/// The factor in front, from the number n of points.
enum class FourierScaling : std::int64_t { none, by_n, by_root };  ///< 1, 1 / n, 1 / sqrt(n)
double fourier_scale(FourierScaling scaling, std::int64_t n);

Primitive fft_call(int axis, bool inverse, FourierScaling scaling);
Primitive rfft_call(int axis, FourierScaling scaling);
Primitive irfft_call(int axis, FourierScaling scaling, Dim n);

struct FourierArguments {
  std::size_t axis = 0;
  bool inverse = false;
  FourierScaling scaling{};
};
/// Of any of the three calls.
FourierArguments fourier_arguments(const Primitive& call);

ArrayType infer_fft(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
std::vector<Literal> interpret_fft(const Primitive& call, std::span<const ReferenceArray> inputs);

}  // namespace cermet::graph
