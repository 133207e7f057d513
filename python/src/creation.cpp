// Arrays from nothing: constants, ranges, unit matrices, windows.
#include <limits>

#include "array/dims.h"
#include "array/node_building.h"
#include "base/error.h"
#include "bindings.h"
#include "dim.h"
#include "function.h"

namespace cermet::python {
namespace {

using OptionalDtype = std::optional<Dtype>;

void bind_constants(nb::module_& m) {
  bind_function(
      m, "zeros(shape, dtype=float32)", "Zeros in a shape (an int or a sequence).",
      [](const Shape& shape, OptionalDtype dtype, StreamOrDevice s) {
        return zeros(shape, dtype.value_or(float32), s);
      },
      Binding::function_only, "empty");
  bind_function(m, "ones(shape, dtype=float32)", "Ones in a shape (an int or a sequence).",
                [](const Shape& shape, OptionalDtype dtype, StreamOrDevice s) {
                  return ones(shape, dtype.value_or(float32), s);
                });
  bind_function(m, "full(shape, vals, dtype=None)",
                "A value in a shape, or an array broadcast to it; the dtype is that of `vals`.",
                [](const Shape& shape, const array& values, OptionalDtype dtype, StreamOrDevice s) {
                  return full(shape, values, dtype.value_or(values.dtype()), s);
                });
  bind_function(
      m, "zeros_like(a, /, dtype=None)", "Zeros in the shape and dtype of an array.",
      [](const array& a, OptionalDtype dtype, StreamOrDevice s) { return zeros_like(a, dtype.value_or(a.dtype()), s); },
      Binding::function_only, "empty_like");
  bind_function(
      m, "ones_like(a, /, dtype=None)", "Ones in the shape and dtype of an array.",
      [](const array& a, OptionalDtype dtype, StreamOrDevice s) { return ones_like(a, dtype.value_or(a.dtype()), s); });
  bind_function(m, "full_like(a, vals, dtype=None)",
                "A value, or an array broadcast, in the shape and dtype of an array.",
                [](const array& a, const Operand& values, OptionalDtype dtype, StreamOrDevice s) {
                  if (!dtype) return full_like(a, values, s);
                  return full_like(zeros_like(a, *dtype, s), values, s);
                });
}

void bind_matrices(nb::module_& m) {
  bind_function(m, "eye(n, m=None, k=0, dtype=float32)",
                "Ones on the k-th diagonal of an n x m matrix (m: n), zeros elsewhere.",
                [](Dim n, std::optional<Dim> columns, int k, OptionalDtype dtype, StreamOrDevice s) {
                  return eye(n, columns.value_or(n), k, dtype.value_or(float32), s);
                });
  bind_function(m, "identity(n, dtype=float32)", "The n x n unit matrix.",
                [](Dim n, OptionalDtype dtype, StreamOrDevice s) { return eye(n, n, 0, dtype.value_or(float32), s); });
  bind_function(m, "tri(n, m=None, k=0, dtype=None)", "Ones on and below the k-th diagonal of an n x m matrix (m: n).",
                [](Dim n, std::optional<Dim> columns, int k, OptionalDtype dtype, StreamOrDevice s) {
                  return tri(n, columns.value_or(n), k, dtype.value_or(float32), s);
                });
}

/// start, stop or step of a range: a real number, or None.
struct RangeNumber {
  double real = 0;
  std::int64_t integer = 0;
  bool is_integer = true;
};

std::optional<RangeNumber> range_number(const char* name, nb::handle x) {
  if (x.is_none()) return std::nullopt;
  auto scalar = weak_scalar_of(x);
  if (const array* const a = as_array(x);
      a != nullptr && dim_equal(dim_product(a->shape()), 1) && !is_complex(a->dtype())) {
    const Literal value = a->item();
    scalar = {{value, is_inexact(value.dtype) ? WeakKind::floating : WeakKind::integer}};
  }
  if (!scalar || scalar->second == WeakKind::complex) {
    fail<TypeError>("[arange] `{}` must be a real number, not {}.", name, type_text(x));
  }
  const Literal& value = scalar->first;
  const double real = value.as_double();
  if (scalar->second == WeakKind::floating) return RangeNumber{real, 0, false};
  if (real >= 0x1p63) fail<ValueError>("[arange] `{}` does not fit in 64 bits: {}.", name, value.print());
  return RangeNumber{real, value.as_int64(), true};
}

/// The range over dimensions: start, stop or both are symbolic, the step is a number.
array symbolic_range(Dim start, Dim stop, std::int64_t step, Dtype dtype, StreamOrDevice s) {
  if (step == 0) fail<ValueError>("[arange] the step must not be zero");
  const Dim distance = step < 0 ? dim_subtract(start, stop) : dim_subtract(stop, start);
  const Dim count = dim_max(0, dim_ceildiv(distance, std::abs(step)));
  const Dtype counter = is_half(dtype) ? float32 : is_integer(dtype) && dtype.size() < 4 ? int32 : dtype;
  array result = dim_range(count, counter, s);
  if (step != 1) result = multiply(result, step, s);
  if (!same(start, 0)) result = add(result, Operand::weak(start), s);
  return astype(result, dtype, s);
}

/// An int or a dimension; `otherwise` for None; nothing for other objects.
std::optional<Dim> range_end(nb::handle x, Dim otherwise) {
  if (x.is_none()) return otherwise;
  if (const auto dim = dim_of(x)) return dim;
  if (!PyLong_CheckExact(x.ptr())) return std::nullopt;
  const RangeNumber number = *range_number("stop", x);
  return std::abs(number.real) < 0x1p60 ? std::optional(Dim(number.integer)) : std::nullopt;
}

array make_range(nb::handle given_start, nb::handle given_stop, nb::handle given_step, OptionalDtype dtype,
                 StreamOrDevice s) {
  if (is_dim(given_start) || is_dim(given_stop) || is_dim(given_step)) {
    const bool is_stop_alone = given_stop.is_none();
    const auto start = range_end(is_stop_alone ? given_stop : given_start, 0);
    const auto stop = range_end(is_stop_alone ? given_start : given_stop, 0);
    const auto step = range_end(given_step, 1);
    if (start && stop && step) return symbolic_range(*start, *stop, step->value(), dtype.value_or(int32), s);
    const auto number = [](nb::handle x) { return is_dim(x) ? nb::object(nb::int_(x)) : nb::borrow<nb::object>(x); };
    return make_range(number(given_start), number(given_stop), number(given_step), dtype, s);
  }
  auto first = range_number("start", given_start), last = range_number("stop", given_stop);
  if (!last) std::swap(first, last);  // arange(stop)
  if (!last) fail<TypeError>("[arange] `stop` is missing: arange(stop) or arange(start, stop, step).");
  const RangeNumber start = first.value_or(RangeNumber{}), stop = *last;
  const RangeNumber step = range_number("step", given_step).value_or(RangeNumber{1, 1, true});
  if (!start.is_integer || !stop.is_integer || !step.is_integer) {
    return arange(start.real, stop.real, step.real, dtype.value_or(float32), s);
  }
  const auto is_small = [](const RangeNumber& x) {
    return x.integer == static_cast<std::int64_t>(static_cast<std::int32_t>(x.integer));
  };
  const bool small = is_small(start) && is_small(stop) && is_small(step);
  return integer_range(start.integer, stop.integer, step.integer, dtype.value_or(small ? int32 : int64), s);
}

void bind_ranges(nb::module_& m) {
  bind_function(
      m, "arange(start=None, stop=None, step=None, dtype=None)",
      "arange(stop), arange(start, stop) or arange(start, stop, step): start, start + step, ... before stop. The dtype "
      "is int32 for integers (int64 where one needs it), float32 otherwise.",
      [](nb::handle start, nb::handle stop, nb::handle step, OptionalDtype dtype, StreamOrDevice s) {
        return make_range(start, stop, step, dtype, s);
      });
  bind_function(
      m, "linspace(start, stop, num=50, endpoint=True, dtype=float32)",
      "`num` numbers at equal distances from start to stop; without endpoint, stop would be the next one.",
      [](double start, double stop, std::optional<int> num, bool endpoint, OptionalDtype dtype, StreamOrDevice s) {
        return linspace(start, stop, num.value_or(50), endpoint, dtype.value_or(float32), s);
      });
}

void bind_windows(nb::module_& m) {
  const auto window = [&m](const char* signature, const char* doc, array (*function)(int, StreamOrDevice)) {
    bind_function(m, signature, doc, function);
  };
  window("bartlett(M)", "The triangular window of M samples.", bartlett);
  window("hanning(M)", "The Hann window: 0.5 - 0.5 cos(2 pi i / (M - 1)).", hanning);
  window("hamming(M)", "The Hamming window: 0.54 - 0.46 cos(2 pi i / (M - 1)).", hamming);
  window("blackman(M)", "The Blackman window: 0.42 - 0.5 cos(2 pi i / (M - 1)) + 0.08 cos(4 pi i / (M - 1)).",
         blackman);
}

}  // namespace

void bind_creation(nb::module_& m) {
  bind_constants(m);
  bind_matrices(m);
  bind_ranges(m);
  bind_windows(m);
}

}  // namespace cermet::python
