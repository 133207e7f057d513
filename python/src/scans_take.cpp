// Running reductions, and reading at indices that are arrays.
#include <cermet/indexing.h>
#include <cermet/ops.h>
#include <cermet/scans.h>

#include "bindings.h"
#include "function.h"

namespace cermet::python {

namespace {

using Axis = std::optional<int>;

array scan_over(Reduction reduction, const array& a, const Axis& axis, bool reverse, bool inclusive,
                const std::optional<Dtype>& dtype, const StreamOrDevice& s) {
  const array x = dtype ? astype(a, *dtype, s) : a;
  return scan(reduction, axis ? x : flatten(x, s), axis.value_or(0), reverse, inclusive, s);
}

/// With a dtype to convert to first, as cumsum and cumprod have it.
template <Reduction reduction>
array converting_scan(const array& a, const Axis& axis, bool reverse, bool inclusive, const std::optional<Dtype>& dtype,
                      StreamOrDevice s) {
  return scan_over(reduction, a, axis, reverse, inclusive, dtype, s);
}

template <Reduction reduction>
array plain_scan(const array& a, const Axis& axis, bool reverse, bool inclusive, StreamOrDevice s) {
  return scan_over(reduction, a, axis, reverse, inclusive, std::nullopt, s);
}

array take_any(const array& a, const std::variant<int, array>& indices, const Axis& axis, StreamOrDevice s) {
  if (const int* index = std::get_if<int>(&indices)) return axis ? take(a, *index, *axis, s) : take(a, *index, s);
  const array& places = std::get<array>(indices);
  return axis ? take(a, places, *axis, s) : take(a, places, s);
}

array take_along(const array& a, const array& indices, const Axis& axis, StreamOrDevice s) {
  return axis ? take_along_axis(a, indices, *axis, s) : take_along_axis(flatten(a, s), indices, 0, s);
}

}  // namespace

void bind_scans_take(nanobind::module_& m) {
  bind_function(
      m, "cumsum(a, /, axis=None, *, reverse=False, inclusive=True, dtype=None)",
      "Running sum along an axis (None: over the flattened array), of the dtype of `a` (bool: int32).\n\n"
      "out[i] is a[0] + ... + a[i] in that order; reverse starts at the other end; inclusive=False leaves out\n"
      "a[i] itself. Integers wrap; halves accumulate in float32. `dtype` converts the array first.",
      converting_scan<Reduction::sum>, Binding::also_method, "cumulative_sum");
  bind_function(m, "cumprod(a, /, axis=None, *, reverse=False, inclusive=True, dtype=None)",
                "Running product along an axis (None: over the flattened array); see cumsum.",
                converting_scan<Reduction::prod>, Binding::also_method, "cumulative_prod");
  bind_function(m, "cummax(a, /, axis=None, *, reverse=False, inclusive=True)",
                "Running maximum along an axis (None: over the flattened array); NaN from the first NaN on.",
                plain_scan<Reduction::max>, Binding::also_method);
  bind_function(m, "cummin(a, /, axis=None, *, reverse=False, inclusive=True)",
                "Running minimum along an axis (None: over the flattened array); NaN from the first NaN on.",
                plain_scan<Reduction::min>, Binding::also_method);
  bind_function(m, "logcumsumexp(a, /, axis=None, *, reverse=False, inclusive=True)",
                "log(cumsum(exp(a))) along an axis (None: over the flattened array), computed without overflow.",
                plain_scan<Reduction::logaddexp>, Binding::also_method);
  bind_function(
      m, "take(a, /, indices, axis=None)",
      "Slices of `a` at `indices`, an integer array of any shape or one integer, along an axis.\n\n"
      "The result has shape a.shape[:axis] + indices.shape + a.shape[axis + 1:]. Without an axis, elements of\n"
      "the flattened array. Negative indices count from the end; in an array, indices out of bounds read the\n"
      "nearest slice, a Python integer out of bounds is an IndexError.",
      take_any);
  bind_function(m, "take_along_axis(a, /, indices, axis=-1)",
                "One element for every index along an axis: out[i, j] = a[i, indices[i, j]] for axis 1 of two.\n\n"
                "`indices` has as many axes as `a`; all but `axis` broadcast. axis=None: over the flattened array.\n"
                "Negative indices count from the end; those out of bounds read the nearest element.",
                take_along);
}

}  // namespace cermet::python
