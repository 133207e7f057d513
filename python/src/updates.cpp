// Slices whose start is an array, and writing at indices that are arrays.
#include <cermet/indexing.h>
#include <cermet/ops.h>

#include "bindings.h"
#include "function.h"

namespace cermet::python {

namespace {

array put_along(const array& a, const array& indices, const array& values, const std::optional<int>& axis,
                StreamOrDevice s) {
  return axis ? put_along_axis(a, indices, values, *axis, s) : put_along_axis(a, indices, values, s);
}

}  // namespace

void bind_updates(nanobind::module_& m) {
  bind_function(
      m, "slice(a, start_indices, axes, slice_size)",
      "The part of `a` of shape `slice_size` that starts at start_indices[i] along axes[i], elsewhere at 0.\n\n"
      "`start_indices` is a 0-d or 1-d integer array that is read when the slice is evaluated, so that one\n"
      "compiled function serves all starts. Negative ones count from the end; a part that would reach over the\n"
      "end is moved back inside.",
      [](const array& a, const array& start, const std::vector<int>& axes, const Shape& size, StreamOrDevice s) {
        return slice(a, start, axes, size, s);
      });
  bind_function(
      m, "slice_update(a, update, start_indices, axes)",
      "`a` with the part of the shape of `update` that starts at start_indices[i] along axes[i], elsewhere at 0,\n"
      "replaced by `update` (which is converted to the dtype of `a`).\n\n"
      "The start is read when the result is evaluated, as in slice. Where nobody else holds `a`, its memory is\n"
      "changed in place.",
      [](const array& a, const array& update, const array& start, const std::vector<int>& axes, StreamOrDevice s) {
        return slice_update(a, update, start, axes, s);
      });
  bind_function(
      m, "put_along_axis(a, /, indices, values, axis=None)",
      "`a` with values written at `indices` along an axis: out[i, indices[i, j]] = values[i, j] for axis 1 of two.\n\n"
      "`indices` has as many axes as `a` and broadcasts to its shape except along `axis`; values broadcast to the\n"
      "indices. axis=None: into the flattened array. Negative indices count from the end, those out of bounds\n"
      "write the nearest element; of an index given twice, the last value counts.",
      put_along);
}

}  // namespace cermet::python
