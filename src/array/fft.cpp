// Fourier transforms: one library call an axis, after the axis has the length that is asked for.
#include "graph/ops/fft.h"

#include <cermet/fft.h>
#include <cermet/manipulation.h>
#include <cermet/ops.h>

#include <algorithm>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet::fft {
namespace {

using graph::FourierScaling;

FourierScaling scaling_of(Norm norm, bool inverse) {
  if (norm == Norm::ortho) return FourierScaling::by_root;
  return (norm == Norm::forward) == inverse ? FourierScaling::none : FourierScaling::by_n;
}

// The axis cut or filled up with zeros to n elements.
array with_length(std::string_view op, const array& a, int axis, Dim n, const StreamOrDevice& s) {
  const auto at = static_cast<std::size_t>(axis);
  if (dim_less(n, 1)) {
    fail<ValueError>("[fft.{}] A transform has one point or more, got {} (shape {}, axis {}).", op, dim_hint(n),
                     to_string(a.shape()), axis);
  }
  const Shape shape = resolved(a.shape());
  if (dim_equal(shape[at], n)) return a;
  if (dim_less(n, shape[at])) {
    Shape stop = shape;
    stop[at] = n;
    return slice(a, Shape(shape.size(), Dim(0)), stop, s);
  }
  Shape missing = shape;
  missing[at] = dim_subtract(n, shape[at]);
  return concatenate({a, zeros(missing, a.dtype(), s)}, axis, s);
}

// The axes to go along, checked, and their lengths where they are given.
struct Plan {
  std::vector<int> axes;
  std::vector<std::optional<Dim>> lengths;
};

Plan plan_of(std::string_view op, const array& a, const Lengths& n, const Axes& axes) {
  Plan plan;
  const int rank = a.ndim();
  if (axes) {
    for (int axis : *axes) plan.axes.push_back(normalize_axis(std::string("fft.") + std::string(op), axis, rank));
  } else {
    const int count = n ? static_cast<int>(n->size()) : rank;
    if (count > rank) fail<ValueError>("[fft.{}] {} lengths for shape {}.", op, count, to_string(a.shape()));
    for (int axis = rank - count; axis < rank; ++axis) plan.axes.push_back(axis);
  }
  std::vector<int> sorted = plan.axes;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    fail<ValueError>("[fft.{}] An axis is given twice in axes ({}).", op, fmt::join(*axes, ", "));
  }
  if (n && n->size() != plan.axes.size()) {
    fail<ValueError>("[fft.{}] {} lengths for {} axes; there must be one an axis.", op, n->size(), plan.axes.size());
  }
  for (std::size_t k = 0; k < plan.axes.size(); ++k) {
    plan.lengths.push_back(n ? std::optional((*n)[k]) : std::nullopt);
  }
  return plan;
}

Dim extent(const array& a, int axis) { return resolved(a.shape()[static_cast<std::size_t>(axis)]); }

array complex_along(std::string_view op, const array& a, int axis, std::optional<Dim> n, bool inverse, Norm norm,
                    const StreamOrDevice& s) {
  const array x = with_length(op, astype(a, complex64, s), axis, n.value_or(extent(a, axis)), s);
  return make_array(graph::fft_call(axis, inverse, scaling_of(norm, inverse)), x, s);
}

array real_along(std::string_view op, const array& a, int axis, std::optional<Dim> n, Norm norm,
                 const StreamOrDevice& s) {
  const array x = with_length(op, astype(a, float32, s), axis, n.value_or(extent(a, axis)), s);
  return make_array(graph::rfft_call(axis, scaling_of(norm, false)), x, s);
}

array inverse_real_along(std::string_view op, const array& a, int axis, std::optional<Dim> n, Norm norm,
                         const StreamOrDevice& s) {
  const Dim points = n.value_or(dim_multiply(dim_subtract(extent(a, axis), 1), 2));
  if (dim_less(points, 1)) {
    fail<ValueError>("[fft.{}] A transform has one point or more, got {} (shape {}, axis {}).", op, dim_hint(points),
                     to_string(a.shape()), axis);
  }
  const Dim half = dim_add(dim_floordiv(points, 2), 1);
  const array x = with_length(op, astype(a, complex64, s), axis, half, s);
  return make_array(graph::irfft_call(axis, scaling_of(norm, true), points), x, s);
}

int axis_of(std::string_view op, const array& a, int axis) {
  return normalize_axis(std::string("fft.") + std::string(op), axis, a.ndim());
}

array shifted(std::string_view op, const array& a, const Axes& axes, bool back, const StreamOrDevice& s) {
  Plan plan = plan_of(op, a, std::nullopt, axes);
  Shape shift;
  for (int axis : plan.axes) {
    const Dim half = dim_floordiv(extent(a, axis), 2);
    shift.push_back(back ? dim_subtract(0, half) : half);
  }
  return plan.axes.empty() ? a : roll(a, shift, plan.axes, s);
}

void expect_frequencies(std::string_view op, int n, double d) {
  if (n < 1) fail<ValueError>("[fft.{}] `n` must be positive, got {}.", op, n);
  if (d == 0) fail<ValueError>("[fft.{}] `d` must not be zero.", op);
}

}  // namespace

array fft(const array& a, std::optional<Dim> n, int axis, Norm norm, StreamOrDevice s) {
  return complex_along("fft", a, axis_of("fft", a, axis), n, false, norm, s);
}
array ifft(const array& a, std::optional<Dim> n, int axis, Norm norm, StreamOrDevice s) {
  return complex_along("ifft", a, axis_of("ifft", a, axis), n, true, norm, s);
}
array rfft(const array& a, std::optional<Dim> n, int axis, Norm norm, StreamOrDevice s) {
  return real_along("rfft", a, axis_of("rfft", a, axis), n, norm, s);
}
array irfft(const array& a, std::optional<Dim> n, int axis, Norm norm, StreamOrDevice s) {
  return inverse_real_along("irfft", a, axis_of("irfft", a, axis), n, norm, s);
}

array fftn(const array& a, const Lengths& n, const Axes& axes, Norm norm, StreamOrDevice s) {
  const Plan plan = plan_of("fftn", a, n, axes);
  array x = a;
  for (std::size_t k = plan.axes.size(); k-- > 0;) {
    x = complex_along("fftn", x, plan.axes[k], plan.lengths[k], false, norm, s);
  }
  return x;
}

array ifftn(const array& a, const Lengths& n, const Axes& axes, Norm norm, StreamOrDevice s) {
  const Plan plan = plan_of("ifftn", a, n, axes);
  array x = a;
  for (std::size_t k = plan.axes.size(); k-- > 0;) {
    x = complex_along("ifftn", x, plan.axes[k], plan.lengths[k], true, norm, s);
  }
  return x;
}

array rfftn(const array& a, const Lengths& n, const Axes& axes, Norm norm, StreamOrDevice s) {
  const Plan plan = plan_of("rfftn", a, n, axes);
  if (plan.axes.empty()) return a;
  const std::size_t last = plan.axes.size() - 1;
  array x = real_along("rfftn", a, plan.axes[last], plan.lengths[last], norm, s);
  for (std::size_t k = last; k-- > 0;) {
    x = complex_along("rfftn", x, plan.axes[k], plan.lengths[k], false, norm, s);
  }
  return x;
}

array irfftn(const array& a, const Lengths& n, const Axes& axes, Norm norm, StreamOrDevice s) {
  const Plan plan = plan_of("irfftn", a, n, axes);
  if (plan.axes.empty()) return a;
  const std::size_t last = plan.axes.size() - 1;
  array x = a;
  for (std::size_t k = 0; k < last; ++k) {
    x = complex_along("irfftn", x, plan.axes[k], plan.lengths[k], true, norm, s);
  }
  return inverse_real_along("irfftn", x, plan.axes[last], plan.lengths[last], norm, s);
}

array fftshift(const array& a, const Axes& axes, StreamOrDevice s) { return shifted("fftshift", a, axes, false, s); }
array ifftshift(const array& a, const Axes& axes, StreamOrDevice s) { return shifted("ifftshift", a, axes, true, s); }

array fftfreq(int n, double d, StreamOrDevice s) {
  expect_frequencies("fftfreq", n, d);
  const array k = arange(0, n, 1, s);
  const array signed_k = where(less(k, array((n + 1) / 2), s), k, subtract(k, array(n), s), s);
  return multiply(astype(signed_k, float32, s), array(static_cast<float>(1 / (static_cast<double>(n) * d))), s);
}

array rfftfreq(int n, double d, StreamOrDevice s) {
  expect_frequencies("rfftfreq", n, d);
  return multiply(astype(arange(0, n / 2 + 1, 1, s), float32, s),
                  array(static_cast<float>(1 / (static_cast<double>(n) * d))), s);
}

}  // namespace cermet::fft
