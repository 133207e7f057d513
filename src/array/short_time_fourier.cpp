// Short-time Fourier transforms: frames are a gather along the last axis, their sum is a scatter.
#include <cermet/fft.h>
#include <cermet/indexing.h>
#include <cermet/manipulation.h>
#include <cermet/ops.h>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet::fft {
namespace {

// What a call says, completed and checked.
struct Layout {
  int n = 0, hop = 0, before = 0;  ///< Samples of a frame, between frames, and padded on each side.
  array window;                    ///< n elements
};

array middle_of_frame(std::string_view op, const Frames& frames, int n, const StreamOrDevice& s) {
  if (frames.window && frames.window->ndim() != 1) {
    fail<ValueError>("[fft.{}] The window must be a vector, got shape {}.", op, to_string(frames.window->shape()));
  }
  const std::int64_t length = frames.window ? frames.window->shape(0) : frames.win_length.value_or(n);
  if (length < 1 || length > n) {
    fail<ValueError>("[fft.{}] The window has {} elements; there must be 1 to n_fft = {}.", op, length, n);
  }
  const array window = frames.window ? astype(*frames.window, float32, s) : ones(Shape{length}, float32, s);
  const std::int64_t left = (n - length) / 2;
  return pad(window, {{left, n - length - left}}, array(0.0F), "constant", s);
}

Layout layout_of(std::string_view op, const Frames& frames, int n, const StreamOrDevice& s) {
  if (n < 1) fail<ValueError>("[fft.{}] `n_fft` must be positive, got {}.", op, n);
  const int hop = frames.hop_length.value_or(std::max(1, n / 4));
  if (hop < 1) fail<ValueError>("[fft.{}] `hop_length` must be positive, got {}.", op, hop);
  return {n, hop, frames.center ? n / 2 : 0, middle_of_frame(op, frames, n, s)};
}

// places[f, i] = f hop + i
array places(const Layout& l, Dim count, const StreamOrDevice& s) {
  const auto index = [&](int axis) {
    Primitive p;
    p.kind = PrimitiveKind::iota;
    p.axes.push_back(axis);
    p.dims.push_back(count);
    p.dims.push_back(l.n);
    p.dtype = int32;
    return make_array(std::move(p), std::span<const exec::NodeRef>(), s);
  };
  return add(multiply(index(0), array(l.hop), s), index(1), s);
}

}  // namespace

array stft(const array& x, int n_fft, const Frames& frames, const std::string& pad_mode, StreamOrDevice s) {
  if (x.ndim() == 0) fail<ValueError>("[fft.stft] The signal must have an axis, got a single number.");
  const Layout l = layout_of("stft", frames, n_fft, s);
  const bool onesided = frames.onesided.value_or(!is_complex(x.dtype()));
  array signal = astype(x, is_complex(x.dtype()) && !onesided ? complex64 : float32, s);
  if (l.before > 0) {
    std::vector<std::pair<std::int64_t, std::int64_t>> widths(x.shape().size(), {0, 0});
    widths.back() = {l.before, l.before};
    signal = pad(signal, widths, array(0.0F), pad_mode, s);
  }
  const Dim samples = resolved(signal.shape().back());
  if (dim_less(samples, l.n)) {
    fail<ValueError>("[fft.stft] The signal has {} samples (with its padding), a frame has {}.", dim_hint(samples),
                     l.n);
  }
  const Dim count = dim_add(dim_floordiv(dim_subtract(samples, l.n), l.hop), 1);
  const array cut = multiply(take(signal, places(l, count, s), -1, s), l.window, s);
  const array spectrum =
      onesided ? rfft(cut, std::nullopt, -1, frames.norm, s) : fft(cut, std::nullopt, -1, frames.norm, s);
  return swapaxes(spectrum, -1, -2, s);
}

array istft(const array& spectrum, std::optional<int> n_fft, const Frames& frames, std::optional<int> length,
            StreamOrDevice s) {
  if (spectrum.ndim() < 2) {
    fail<ValueError>("[fft.istft] The spectrum must have shape (..., frequencies, frames), got {}.",
                     to_string(spectrum.shape()));
  }
  const bool onesided = frames.onesided.value_or(true);
  const int frequencies = static_cast<int>(spectrum.shape(-2));
  const Layout l = layout_of("istft", frames, n_fft.value_or(onesided ? 2 * (frequencies - 1) : frequencies), s);
  const array columns = swapaxes(spectrum, -1, -2, s);  // (..., frames, frequencies)
  const array lines =
      onesided ? irfft(columns, l.n, -1, frames.norm, s) : astype(ifft(columns, l.n, -1, frames.norm, s), float32, s);
  const Shape shape = lines.shape();
  const Dim count = shape[shape.size() - 2];
  if (dim_less(count, 1))
    fail<ValueError>("[fft.istft] The spectrum has no frames: shape {}.", to_string(spectrum.shape()));
  const Shape batch(shape.begin(), shape.end() - 2);
  const Dim signals = dim_product(batch), total = dim_add(dim_multiply(dim_subtract(count, 1), l.hop), l.n);
  const array where_to = reshape(places(l, count, s), {-1}, s);

  // Added up along a first axis, which takes the frames' samples of all signals at once.
  const auto overlap = [&](const array& parts, Dim width) {  // (frames * n, width)
    Shape sums{0, 0}, updates{0, 1, 0};
    sums[0] = total;
    sums[1] = width;
    updates[0] = dim_multiply(count, l.n);
    updates[2] = width;
    return scatter_add(zeros(sums, float32, s), where_to, reshape(parts, updates, s), 0, s);
  };
  Shape flat{0, 0};
  flat[0] = signals;
  flat[1] = dim_multiply(count, l.n);
  const array weighted = transpose(reshape(multiply(lines, l.window, s), flat, s), s);
  const array squares = broadcast_to(
      square(l.window, s),
      [&] {
        Shape all{0, l.n};
        all[0] = count;
        return all;
      }(),
      s);
  const array envelope = overlap(squares, 1), sum = overlap(weighted, signals);
  const array reached = greater(envelope, array(1e-11F), s);
  array out = where(reached, divide(sum, where(reached, envelope, array(1.0F), s), s), array(0.0F), s);

  Shape start{0, 0}, stop = out.shape();
  start[0] = l.before;
  stop[0] = dim_subtract(total, l.before);
  if (length) stop[0] = dim_min(total, l.before + *length);
  if (dim_less(stop[0], start[0])) stop[0] = start[0];
  out = slice(out, start, stop, s);
  if (length) {
    const Dim missing = dim_subtract(*length, out.shape()[0]);
    Shape rest{0, 0};
    rest[0] = missing;
    rest[1] = signals;
    if (dim_less(0, missing)) out = concatenate({out, zeros(rest, float32, s)}, 0, s);
  }
  Shape final_shape = batch;
  final_shape.push_back(out.shape()[0]);
  return reshape(transpose(out, s), final_shape, s);
}

}  // namespace cermet::fft
