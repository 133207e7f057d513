// Differences of neighbours, and numbers in place of what is none.
#include <cermet/ops.h>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet {

array diff(const array& a, int n, int axis, StreamOrDevice s) {
  const auto along = static_cast<std::size_t>(normalize_axis("diff", axis, a.ndim()));
  if (n < 0) fail<ValueError>("[diff] `n` must not be negative, got {}.", n);
  array out = a;
  for (; n > 0 && dim_less(0, out.shape()[along]); --n) {
    Shape start(out.shape().size(), 0), second = start, stop = out.shape(), last = stop;
    second[along] = 1;
    last[along] = dim_subtract(stop[along], 1);
    const array right = slice(out, second, stop, s), left = slice(out, start, last, s);
    out = is_bool(a.dtype()) ? not_equal(right, left, s) : subtract(right, left, s);
  }
  return out;
}

namespace {

/// The largest finite value of a floating dtype.
double largest_finite(Dtype dtype) {
  if (dtype == float16) return 65504;
  if (dtype == bfloat16) return 0x1.FEp127;
  if (dtype == float64) return 0x1.fffffffffffffp1023;
  return 0x1.fffffep127;
}

array repaired(const array& a, double nan, double posinf, double neginf, const StreamOrDevice& s) {
  const auto number = [&](double value) { return make_constant(Literal::of(a.dtype(), value), s); };
  array out = where(isnan(a, s), number(nan), a, s);
  out = where(isposinf(a, s), number(posinf), out, s);
  return where(isneginf(a, s), number(neginf), out, s);
}

}  // namespace

array nan_to_num(const array& a, double nan, std::optional<double> posinf, std::optional<double> neginf,
                 StreamOrDevice s) {
  if (!is_inexact(a.dtype())) return a;
  const double largest = largest_finite(a.dtype());
  const double high = posinf.value_or(largest), low = neginf.value_or(-largest);
  if (!is_complex(a.dtype())) return repaired(a, nan, high, low, s);
  const array re = repaired(real(a, s), nan, high, low, s), im = repaired(imag(a, s), nan, high, low, s);
  return add(astype(re, complex64, s), multiply(astype(im, complex64, s), std::complex<float>(0, 1), s), s);
}

}  // namespace cermet
