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
#include <string>
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

/// How frames are cut from a signal. Where nothing is said: hop n_fft / 4, a window of ones.
struct Frames {
  std::optional<int> hop_length;
  std::optional<int> win_length;  ///< Of a window of ones, at most n_fft.
  std::optional<array> window;    ///< 1-D, at most n_fft long, set in the middle of a frame.
  bool center = true;             ///< Frames are centred: the signal is padded by n_fft / 2 on both sides.
  Norm norm = Norm::backward;
  std::optional<bool> onesided;  ///< Only frequencies that are not negative; by default for real signals.
};

/// The short-time Fourier transform: frames of n_fft samples along the last axis, times the window, transformed:
/// (..., samples) -> (..., frequencies, frames), complex64. `pad_mode`: "reflect", "constant" or "edge".
array stft(const array& x, int n_fft = 2048, const Frames& frames = {}, const std::string& pad_mode = "reflect",
           StreamOrDevice s = {});
/// The signal of a short-time transform, float32: frames times the window, added where they overlap, over the sum of
/// the squared windows (0 where no window reaches). Cut or padded with zeros to `length`.
array istft(const array& spectrum, std::optional<int> n_fft = std::nullopt, const Frames& frames = {},
            std::optional<int> length = std::nullopt, StreamOrDevice s = {});

}  // namespace cermet::fft
