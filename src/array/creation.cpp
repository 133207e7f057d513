// Arrays from nothing: constants are 0-d values broadcast to a shape, ranges are an index times a step.
#include <cermet/ops.h>

#include <cmath>
#include <numbers>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet {

namespace {

array filled(const Shape& shape, Literal value, std::string_view op, const StreamOrDevice& s) {
  checked_elements(shape, op);
  return broadcast_node(make_constant(value, s), shape, s);
}

array iota(Dim count, Dtype dtype, const StreamOrDevice& s) { return dim_range(count, dtype, s); }

}  // namespace

array full(const Shape& shape, const array& values, Dtype dtype, StreamOrDevice s) {
  checked_elements(shape, "full");
  return broadcast_to(astype(values, dtype, s), shape, s);
}

array full(const Shape& shape, const array& values, StreamOrDevice s) { return full(shape, values, values.dtype(), s); }

array full_like(const array& a, const array& values, Dtype dtype, StreamOrDevice s) {
  return full(a.shape(), values, dtype, s);
}

array full_like(const array& a, const Operand& value, StreamOrDevice s) {
  if (!value.is_weak()) return full(a.shape(), value.strong(), a.dtype(), s);
  return filled(a.shape(), value.literal().converted(a.dtype()), "full_like", s);
}

array zeros(const Shape& shape, Dtype dtype, StreamOrDevice s) {
  return filled(shape, Literal::of_integer(dtype, 0), "zeros", s);
}
array zeros_like(const array& a, Dtype dtype, StreamOrDevice s) { return zeros(a.shape(), dtype, s); }
array zeros_like(const array& a, StreamOrDevice s) { return zeros(a.shape(), a.dtype(), s); }

array ones(const Shape& shape, Dtype dtype, StreamOrDevice s) {
  return filled(shape, Literal::of_integer(dtype, 1), "ones", s);
}
array ones_like(const array& a, Dtype dtype, StreamOrDevice s) { return ones(a.shape(), dtype, s); }
array ones_like(const array& a, StreamOrDevice s) { return ones(a.shape(), a.dtype(), s); }

array eye(Dim n, Dim m, int k, Dtype dtype, StreamOrDevice s) {
  Shape shape(1, n);
  shape.push_back(m);
  checked_elements(shape, "eye");
  const array rows = expand_dims(iota(n, int32, s), 1, s);
  const array columns = iota(m, int32, s);
  return astype(equal(add(rows, k, s), columns, s), dtype, s);
}

array arange(double start, double stop, double step, Dtype dtype, StreamOrDevice s) {
  if (is_bool(dtype) || is_complex(dtype)) fail<ValueError>("[arange] does not make {} arrays", name(dtype));
  if (std::isnan(start) || std::isnan(stop) || std::isnan(step) || std::isinf(start)) {
    fail<ValueError>("[arange] cannot count from {} to {} in steps of {}", start, stop, step);
  }
  if (step == 0) fail<ValueError>("[arange] the step must not be zero");
  const double count = std::max(0.0, std::ceil((stop - start) / step));
  if (count > 0x1p60) fail<ValueError>("[arange] {} to {} in steps of {} has too many elements", start, stop, step);
  const auto elements = static_cast<std::int64_t>(count);
  // Counting is exact in these types up to 2^24 (float32), 2^53 (float64) elements; halves round once, at the end.
  const Dtype counter = is_half(dtype) ? float32 : is_integer(dtype) && dtype.size() < 4 ? int32 : dtype;
  array result = iota(elements, counter, s);
  const auto scalar = [&](double value) {
    return make_constant(is_integer(counter) ? Literal::of_integer(counter, static_cast<std::int64_t>(value))
                                             : Literal::of(counter, value),
                         s);
  };
  if (step != 1) result = multiply(result, scalar(step), s);
  if (start != 0) result = add(result, scalar(start), s);
  return astype(result, dtype, s);
}

array arange(double start, double stop, double step, StreamOrDevice s) { return arange(start, stop, step, float32, s); }
array arange(double start, double stop, Dtype dtype, StreamOrDevice s) { return arange(start, stop, 1.0, dtype, s); }
array arange(double start, double stop, StreamOrDevice s) { return arange(start, stop, 1.0, float32, s); }
array arange(double stop, Dtype dtype, StreamOrDevice s) { return arange(0.0, stop, 1.0, dtype, s); }
array arange(double stop, StreamOrDevice s) { return arange(0.0, stop, 1.0, float32, s); }
array arange(int start, int stop, int step, StreamOrDevice s) {
  return arange(static_cast<double>(start), static_cast<double>(stop), static_cast<double>(step), int32, s);
}
array arange(int start, int stop, StreamOrDevice s) { return arange(start, stop, 1, s); }
array arange(int stop, StreamOrDevice s) { return arange(0, stop, 1, s); }

array integer_range(std::int64_t start, std::int64_t stop, std::int64_t step, Dtype dtype, StreamOrDevice s) {
  if (step == 0) fail<ValueError>("[arange] the step must not be zero");
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  const auto is_exact = [&](std::int64_t x) { return x >= -exact && x <= exact; };
  if (!is_integer(dtype) || (is_exact(start) && is_exact(stop) && is_exact(step))) {
    return arange(static_cast<double>(start), static_cast<double>(stop), static_cast<double>(step), dtype, s);
  }
  const bool counts_up = step > 0, is_empty = counts_up ? stop <= start : stop >= start;
  const auto unsigned_of = [](std::int64_t x) { return static_cast<std::uint64_t>(x); };
  const std::uint64_t distance =
      counts_up ? unsigned_of(stop) - unsigned_of(start) : unsigned_of(start) - unsigned_of(stop);
  const std::uint64_t stride = counts_up ? unsigned_of(step) : 0 - unsigned_of(step);
  const std::uint64_t count = is_empty ? 0 : (distance - 1) / stride + 1;
  if (count > (std::uint64_t{1} << 60)) {
    fail<ValueError>("[arange] {} to {} in steps of {} has too many elements", start, stop, step);
  }
  const array place = iota(static_cast<std::int64_t>(count), int64, s);
  const auto number = [&](std::int64_t value) { return make_constant(Literal::of_integer(int64, value), s); };
  return astype(add(multiply(place, number(step), s), number(start), s), dtype, s);
}

array linspace(double start, double stop, int num, bool endpoint, Dtype dtype, StreamOrDevice s) {
  if (num < 0) fail<ValueError>("[linspace] the number of samples must not be negative, got {}", num);
  const Dtype real = dtype == float64 ? float64 : float32;
  if (num == 1) return astype(full({1}, array(start, real), s), dtype, s);
  // A weighted mean of both ends, so that the last sample is `stop` exactly.
  const array count(static_cast<double>(num) - (endpoint ? 1 : 0), real);
  const array t = divide(iota(num, real, s), count, s);
  const array t1 = multiply(subtract(1, t, s), start, s);
  return astype(add(t1, multiply(t, stop, s), s), dtype, s);
}

array linspace(double start, double stop, int num, Dtype dtype, StreamOrDevice s) {
  return linspace(start, stop, num, true, dtype, s);
}

namespace {

/// sum of terms[k] * cos(2 pi k i / (m - 1)), computed in float64 and rounded once.
array cosine_window(int m, std::initializer_list<double> terms, const StreamOrDevice& s) {
  if (m < 1) return zeros({0}, float32, s);
  if (m == 1) return ones({1}, float32, s);
  const array angle = multiply(iota(m, float64, s), 2 * std::numbers::pi / (m - 1), s);
  array window = zeros({m}, float64, s);
  double harmonic = 0;
  for (double term : terms) {
    const array wave = harmonic == 0 ? ones({m}, float64, s) : cos(multiply(angle, harmonic, s), s);
    window = add(window, multiply(wave, term, s), s);
    ++harmonic;
  }
  return astype(window, float32, s);
}

}  // namespace

array hanning(int m, StreamOrDevice s) { return cosine_window(m, {0.5, -0.5}, s); }
array hamming(int m, StreamOrDevice s) { return cosine_window(m, {0.54, -0.46}, s); }
array blackman(int m, StreamOrDevice s) { return cosine_window(m, {0.42, -0.5, 0.08}, s); }

array bartlett(int m, StreamOrDevice s) {
  if (m < 1) return zeros({0}, float32, s);
  if (m == 1) return ones({1}, float32, s);
  const array place = divide(multiply(iota(m, float64, s), 2.0, s), static_cast<double>(m) - 1, s);
  return astype(minimum(place, subtract(2.0, place, s), s), float32, s);
}

}  // namespace cermet
