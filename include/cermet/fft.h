// Discrete Fourier transforms.
//
// Forward: out[k] = sum over j of x[j] exp(-2 pi i j k / n); inverse: the same with +, divided by n (see Norm). Results
// are complex64, or float32 for irfft and its kin: other dtypes are converted, float64 too. An axis is cut or padded
// with zeros at its end to the length that is asked for. An axis that does not exist is an IndexError; lengths below 1,
// axes given twice and a wrong number of lengths are a ValueError.
//
//     array spectrum = fft::rfft(signal);                  // (..., n) -> (..., n / 2 + 1)
//     array again = fft::irfft(spectrum, signal.shape(-1));
#pragma once

#include <cermet/array.h>

#include <optional>
#include <string_view>
#include <vector>

namespace cermet::fft {

/// Which direction is divided by n, the number of points: the inverse, both by its square root, or the forward one.
enum class Norm { backward, ortho, forward };

/// Of all axes, or of the last ones if only lengths are given.
using Axes = std::optional<std::vector<int>>;
/// A length an axis.
using Lengths = std::optional<Shape>;

array fft(const array& a, std::optional<Dim> n = std::nullopt, int axis = -1, Norm norm = Norm::backward,
          StreamOrDevice s = {});
array ifft(const array& a, std::optional<Dim> n = std::nullopt, int axis = -1, Norm norm = Norm::backward,
           StreamOrDevice s = {});
array fftn(const array& a, const Lengths& n = std::nullopt, const Axes& axes = std::nullopt, Norm norm = Norm::backward,
           StreamOrDevice s = {});
array ifftn(const array& a, const Lengths& n = std::nullopt, const Axes& axes = std::nullopt,
            Norm norm = Norm::backward, StreamOrDevice s = {});

/// Of real numbers (of a complex array the real parts): the n / 2 + 1 frequencies that are not negative, along the last
/// of the axes. irfft is its inverse, to n points, by default 2 (frequencies - 1).
array rfft(const array& a, std::optional<Dim> n = std::nullopt, int axis = -1, Norm norm = Norm::backward,
           StreamOrDevice s = {});
array irfft(const array& a, std::optional<Dim> n = std::nullopt, int axis = -1, Norm norm = Norm::backward,
            StreamOrDevice s = {});
array rfftn(const array& a, const Lengths& n = std::nullopt, const Axes& axes = std::nullopt,
            Norm norm = Norm::backward, StreamOrDevice s = {});
array irfftn(const array& a, const Lengths& n = std::nullopt, const Axes& axes = std::nullopt,
             Norm norm = Norm::backward, StreamOrDevice s = {});

/// The frequency 0 to the middle of the axes (all by default), and back.
array fftshift(const array& a, const Axes& axes = std::nullopt, StreamOrDevice s = {});
array ifftshift(const array& a, const Axes& axes = std::nullopt, StreamOrDevice s = {});
/// The frequencies of the n results of fft, or of the n / 2 + 1 of rfft, for samples d apart: float32.
array fftfreq(int n, double d = 1.0, StreamOrDevice s = {});
array rfftfreq(int n, double d = 1.0, StreamOrDevice s = {});

}  // namespace cermet::fft
