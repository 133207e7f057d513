// Conversion, comparison of whole arrays, and element-wise functions that are no rows of a table.
#include "bindings.h"
#include "function.h"

namespace cermet::python {
namespace {

void bind_conversion(nb::module_& m) {
  bind_function(
      m, "astype(a, /, dtype)",
      "Converts the elements: integers wrap, floats saturate in integers with NaN as 0, complex numbers lose their "
      "imaginary part.",
      [](const array& a, Dtype dtype, StreamOrDevice s) { return astype(a, dtype, s); }, Binding::also_method);
  bind_function(
      m, "view(a, /, dtype)",
      "The storage read as another dtype. Where its size is another, the last axis grows or shrinks by that factor.",
      [](const array& a, Dtype dtype, StreamOrDevice s) { return view(a, dtype, s); }, Binding::also_method);
  bind_function(m, "stop_gradient(a, /)", "The same value; derivatives do not pass.",
                [](const array& a, StreamOrDevice s) { return stop_gradient(a, s); });
  bind_function(
      m, "contiguous(a, /, allow_col_major=False)",
      "The elements row-major in memory, copied where they are not; column-major counts too if allowed.",
      [](const array& a, bool allow_col_major, StreamOrDevice s) { return contiguous(a, allow_col_major, s); });
}

void bind_arithmetic(nb::module_& m) {
  bind_function(m, "clip(a, /, a_min, a_max)", "Limits the values to [a_min, a_max]; None leaves a side open.",
                [](const array& a, const std::optional<Operand>& low, const std::optional<Operand>& high,
                   StreamOrDevice s) { return clip(a, low, high, s); });
  bind_function(
      m, "round(a, /, decimals=0)", "Rounds half to even at a number of decimals; negative ones are tens, hundreds.",
      [](const array& a, int decimals, StreamOrDevice s) { return round(a, decimals, s); }, Binding::also_method);
  bind_function(m, "divmod(a, b, /)", "[a // b, a % b]",
                [](const Operand& a, const Operand& b, StreamOrDevice s) { return divmod(a, b, s); });
  bind_function(m, "nan_to_num(a, nan=0.0, posinf=None, neginf=None)",
                "Numbers in place of NaN and the infinities; None stands for the largest and the lowest finite value.",
                [](const array& a, double nan, std::optional<double> posinf, std::optional<double> neginf,
                   StreamOrDevice s) { return nan_to_num(a, nan, posinf, neginf, s); });
  bind_function(m, "diff(a, /, n=1, axis=-1)",
                "a[i + 1] - a[i] along an axis, n times over; True where booleans differ.",
                [](const array& a, int n, int axis, StreamOrDevice s) { return diff(a, n, axis, s); });
}

using Axes = std::optional<std::vector<int>>;

void bind_counting(nb::module_& m) {
  bind_function(m, "count_nonzero(a, /, *, axis=None, keepdims=False)",
                "How many elements are not zero, over the axes.",
                [](const array& a, const Axes& axis, bool keepdims, StreamOrDevice s) {
                  return count_nonzero(a, axis, keepdims, s);
                });
  bind_function(
      m, "minmax(a, /, axis=None, keepdims=False)", "The pair (min(a), max(a)) over the axes.",
      [](const array& a, const Axes& axis, bool keepdims, StreamOrDevice s) { return minmax(a, axis, keepdims, s); });
}

void bind_comparison(nb::module_& m) {
  bind_function(
      m, "array_equal(a, b, equal_nan=False)", "One bool: equal shapes and equal elements.",
      [](const array& a, const array& b, bool equal_nan, StreamOrDevice s) { return array_equal(a, b, equal_nan, s); });
  bind_function(m, "isclose(a, b, /, rtol=1e-05, atol=1e-08, *, equal_nan=False)",
                "abs(a - b) <= atol + rtol * abs(b), element by element; equal infinities are close.",
                [](const array& a, const array& b, double rtol, double atol, bool equal_nan, StreamOrDevice s) {
                  return isclose(a, b, rtol, atol, equal_nan, s);
                });
  bind_function(m, "allclose(a, b, /, rtol=1e-05, atol=1e-08, *, equal_nan=False)",
                "One bool: isclose for all elements.",
                [](const array& a, const array& b, double rtol, double atol, bool equal_nan, StreamOrDevice s) {
                  return allclose(a, b, rtol, atol, equal_nan, s);
                });
}

}  // namespace

void bind_ops(nb::module_& m) {
  bind_conversion(m);
  bind_arithmetic(m);
  bind_counting(m);
  bind_comparison(m);
}

}  // namespace cermet::python
