// mx.fft: Fourier transforms.
#include <cermet/fft.h>

#include "base/error.h"
#include "bindings.h"
#include "function.h"

namespace cermet::python {
namespace {

fft::Norm norm_of(const char* op, const std::string& text) {
  if (text == "backward") return fft::Norm::backward;
  if (text == "ortho") return fft::Norm::ortho;
  if (text == "forward") return fft::Norm::forward;
  fail<ValueError>("[fft.{}] `norm` must be 'backward', 'ortho' or 'forward', got '{}'.", op, text);
}

std::optional<Dim> length_of(const char* op, const fft::Lengths& n) {
  if (!n) return std::nullopt;
  if (n->size() != 1) fail<ValueError>("[fft.{}] `n` must be one integer, got {}.", op, n->size());
  return (*n)[0];
}

using Line = array (*)(const array&, std::optional<Dim>, int, fft::Norm, StreamOrDevice);
using Many = array (*)(const array&, const fft::Lengths&, const fft::Axes&, fft::Norm, StreamOrDevice);

// Binds name(a, n, axis), name2(a, s, axes) and namen(a, s, axes).
template <Line line, Many many>
void bind_family(nb::module_& m, const char* name, const std::string& what, const std::string& more) {
  const char* const op = keep(name);
  const std::string scaling =
      "\n\nnorm        forward      inverse\n'backward'  1            1 / n\n'ortho'     1 / sqrt(n)  1 / sqrt(n)\n"
      "'forward'   1 / n        1";
  bind_function(m, keep(fmt::format("{}(a, n=None, axis=-1, norm='backward')", name)),
                keep(what + " along one axis, which is cut or padded with zeros to `n` points. " + more + scaling),
                [op](const array& a, const fft::Lengths& n, int axis, const std::string& norm, StreamOrDevice s) {
                  return line(a, length_of(op, n), axis, norm_of(op, norm), s);
                });
  bind_function(
      m, keep(fmt::format("{}2(a, s=None, axes=(-2, -1), norm='backward')", name)),
      keep(what + " along two axes, which are cut or padded with zeros to the lengths `s`. " + more + scaling),
      [op](const array& a, const fft::Lengths& n, const fft::Axes& axes, const std::string& norm, StreamOrDevice s) {
        return many(a, n, axes, norm_of(op, norm), s);
      });
  bind_function(m, keep(fmt::format("{}n(a, s=None, axes=None, norm='backward')", name)),
                keep(what +
                     " along several axes (by default all, or the last ones where only `s` is given), which are cut or "
                     "padded with zeros to the lengths `s`. " +
                     more + scaling),
                [op](const array& a, const fft::Lengths& n, const fft::Axes& axes, const std::string& norm,
                     StreamOrDevice s) { return many(a, n, axes, norm_of(op, norm), s); });
}

void bind_transforms(nb::module_& m) {
  bind_family<fft::fft, fft::fftn>(m, "fft", "The discrete Fourier transform", "The result is complex64.");
  bind_family<fft::ifft, fft::ifftn>(m, "ifft", "The inverse discrete Fourier transform", "The result is complex64.");
  bind_family<fft::rfft, fft::rfftn>(
      m, "rfft", "The discrete Fourier transform of real numbers",
      "Along the (last) axis the result, complex64, holds the n // 2 + 1 frequencies that are not negative. Imaginary "
      "parts of the input are dropped.");
  bind_family<fft::irfft, fft::irfftn>(
      m, "irfft", "The inverse of the Fourier transform of real numbers",
      "The result is float32. The (last) axis holds n // 2 + 1 frequencies and gives n points, by default "
      "2 * (frequencies - 1).");
}

void bind_frequencies(nb::module_& m) {
  bind_function(m, "fftshift(a, axes=None)", "Moves the frequency 0 to the middle of the axes (all by default).",
                [](const array& a, const fft::Axes& axes, StreamOrDevice s) { return fft::fftshift(a, axes, s); });
  bind_function(m, "ifftshift(a, axes=None)", "Undoes fftshift.",
                [](const array& a, const fft::Axes& axes, StreamOrDevice s) { return fft::ifftshift(a, axes, s); });
  bind_function(m, "fftfreq(n, d=1.0)",
                "The frequencies of the `n` results of fft, for samples `d` apart: float32.\n\n"
                ">>> mx.fft.fftfreq(4, 0.5).tolist()\n[0.0, 0.5, -1.0, -0.5]",
                [](int n, double d, StreamOrDevice s) { return fft::fftfreq(n, d, s); });
  bind_function(m, "rfftfreq(n, d=1.0)", "The frequencies of the n // 2 + 1 results of rfft, for samples `d` apart.",
                [](int n, double d, StreamOrDevice s) { return fft::rfftfreq(n, d, s); });
}

void bind_short_time(nb::module_& m) {
  bind_function(
      m,
      "stft(x, n_fft=2048, hop_length=None, win_length=None, window=None, center=True, pad_mode='reflect', "
      "norm='backward', onesided=None)",
      "The short-time Fourier transform: frames of `n_fft` samples along the last axis, `hop_length` (n_fft // 4) "
      "apart, "
      "times the window, transformed: (..., samples) -> (..., frequencies, frames), complex64.\n\n"
      "window      a vector of at most n_fft elements, set in the middle of a frame; without one, `win_length` ones\n"
      "center      frames are centred: the signal is padded by n_fft // 2 on both sides ('reflect', 'constant', "
      "'edge')\n"
      "onesided    only the n_fft // 2 + 1 frequencies that are not negative; by default for real signals",
      [](const array& x, int n_fft, std::optional<int> hop_length, std::optional<int> win_length,
         std::optional<array> window, bool center, const std::string& pad_mode, const std::string& norm,
         std::optional<bool> onesided, StreamOrDevice s) {
        return fft::stft(x, n_fft, {hop_length, win_length, window, center, norm_of("stft", norm), onesided}, pad_mode,
                         s);
      });
  bind_function(
      m,
      "istft(stft_matrix, n_fft=None, hop_length=None, win_length=None, window=None, center=True, norm='backward', "
      "onesided=None, length=None)",
      "The signal, float32, of a short-time Fourier transform with the same arguments: frames times the window, added "
      "where they overlap, over the sum of the squared windows (0 where no window reaches). `n_fft` is by default "
      "2 * (frequencies - 1), or their number where `onesided` is False. The result is cut or padded with zeros to "
      "`length`.",
      [](const array& stft_matrix, std::optional<int> n_fft, std::optional<int> hop_length,
         std::optional<int> win_length, std::optional<array> window, bool center, const std::string& norm,
         std::optional<bool> onesided, std::optional<int> length, StreamOrDevice s) {
        return fft::istft(stft_matrix, n_fft,
                          {hop_length, win_length, window, center, norm_of("istft", norm), onesided}, length, s);
      });
}

}  // namespace

void bind_fft(nb::module_& m) {
  nb::module_ fft = m.def_submodule("fft", "Discrete Fourier transforms.");
  bind_transforms(fft);
  bind_frequencies(fft);
  bind_short_time(fft);
}

}  // namespace cermet::python
