// See fft.h.
#include "graph/ops/fft.h"

#include <cmath>
#include <complex>
#include <numbers>

#include "base/error.h"

namespace cermet::graph {
namespace {

Primitive call_of(std::string_view name, int axis, FourierScaling scaling) {
  Primitive call;
  call.kind = PrimitiveKind::library;
  call.text = name;
  call.axes.push_back(axis);
  call.axes.push_back(static_cast<std::int64_t>(scaling));
  return call;
}

}  // namespace

double fourier_scale(FourierScaling scaling, std::int64_t n) {
  if (scaling == FourierScaling::none) return 1;
  return scaling == FourierScaling::by_n ? 1 / static_cast<double>(n) : 1 / std::sqrt(static_cast<double>(n));
}

Primitive fft_call(int axis, bool inverse, FourierScaling scaling) {
  Primitive call = call_of("fft", axis, scaling);
  call.axes.push_back(inverse ? 1 : 0);
  return call;
}

Primitive rfft_call(int axis, FourierScaling scaling) { return call_of("rfft", axis, scaling); }

Primitive irfft_call(int axis, FourierScaling scaling, Dim n) {
  Primitive call = call_of("irfft", axis, scaling);
  call.dims.push_back(n);
  return call;
}

FourierArguments fourier_arguments(const Primitive& call) {
  FourierArguments a;
  a.axis = static_cast<std::size_t>(call.axes[0]);
  a.scaling = static_cast<FourierScaling>(call.axes[1]);
  a.inverse = call.text == "irfft" || (call.text == "fft" && call.axes[2] != 0);
  return a;
}

ArrayType infer_fft(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  if (inputs.size() != 1) fail<ValueError>("[fft] Takes one array, got {}.", inputs.size());
  const FourierArguments a = fourier_arguments(call);
  if (a.axis >= inputs[0].shape.size()) {
    fail<IndexError>("[fft] Axis {} is out of range for shape {}.", a.axis, to_string(inputs[0].shape, table));
  }
  const bool of_reals = call.text == "rfft";
  if (inputs[0].dtype != (of_reals ? float32 : complex64)) {
    fail<TypeError>("[fft] {} takes {}, got {}.", call.text, of_reals ? "float32" : "complex64", name(inputs[0].dtype));
  }
  ArrayType out{inputs[0].shape, call.text == "irfft" ? float32 : complex64};
  Dim& extent = out.shape[a.axis];
  if (extent.is_constant() && extent.value() < 1) fail<ValueError>("[fft] Takes one point or more along the axis.");
  if (of_reals) extent = table.add(table.floordiv(extent, 2), 1);
  if (call.text == "irfft") {
    const Dim half = table.add(table.floordiv(call.dims[0], 2), 1);
    if (half.is_constant() && extent.is_constant() && !(half == extent)) {
      fail<ValueError>("[fft] {} points need {} frequencies, got {}.", table.print(call.dims[0]), table.print(half),
                       table.print(extent));
    }
    extent = call.dims[0];
  }
  return out;
}

std::vector<Literal> interpret_fft(const Primitive& call, std::span<const ReferenceArray> inputs) {
  using Number = std::complex<double>;
  const FourierArguments a = fourier_arguments(call);
  const ReferenceArray& x = inputs[0];
  const std::int64_t in = x.shape[a.axis], n = call.text == "irfft" ? call.dims[0].value() : in;
  const std::int64_t out = call.text == "rfft" ? n / 2 + 1 : n;
  std::int64_t outer = 1, inner = 1;
  for (std::size_t k = 0; k < x.shape.size(); ++k) (k < a.axis ? outer : inner) *= k == a.axis ? 1 : x.shape[k];
  const double scale = fourier_scale(a.scaling, n),
               turn = (a.inverse ? 2 : -2) * std::numbers::pi / static_cast<double>(n);
  std::vector<Literal> results(static_cast<std::size_t>(outer * out * inner));
  for (std::int64_t line = 0; line < outer * inner; ++line) {
    const std::int64_t row = line / inner, column = line % inner;
    for (std::int64_t k = 0; k < out; ++k) {
      Number sum = 0;
      for (std::int64_t j = 0; j < n; ++j) {
        const std::int64_t from = j < in ? j : n - j;  // the mirrored half
        const Number value = x.elements[static_cast<std::size_t>((row * in + from) * inner + column)].as_complex();
        sum += (from == j ? value : std::conj(value)) * std::polar(1.0, turn * static_cast<double>(j * k % n));
      }
      const auto at = static_cast<std::size_t>((row * out + k) * inner + column);
      results[at] =
          call.text == "irfft" ? Literal::of(float32, sum.real() * scale) : Literal::of_complex(complex64, sum * scale);
    }
  }
  return results;
}

}  // namespace cermet::graph
