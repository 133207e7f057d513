// Sorting, partitioning and searching.
#include <cermet/sorting.h>

#include "bindings.h"
#include "function.h"

namespace cermet::python {

void bind_sorting(nb::module_& m) {
  using Axis = std::optional<int>;
  bind_function(
      m, "sort(a, /, axis=-1)",
      "The elements along an axis in ascending order (axis=None: of the flattened array). Stable; NaN comes "
      "last.",
      [](const array& a, const Axis& axis, StreamOrDevice s) { return axis ? sort(a, *axis, s) : sort(a, s); });
  bind_function(
      m, "argsort(a, /, axis=-1)",
      "The uint32 indices that sort the array along an axis (axis=None: the flattened array). Stable; NaN "
      "comes last.",
      [](const array& a, const Axis& axis, StreamOrDevice s) { return axis ? argsort(a, *axis, s) : argsort(a, s); });
  bind_function(m, "partition(a, /, kth, axis=-1)",
                "The element at position `kth` is where sorting puts it; none before it is greater and none behind it "
                "less. axis=None takes the flattened array.",
                [](const array& a, int kth, const Axis& axis, StreamOrDevice s) {
                  return axis ? partition(a, kth, *axis, s) : partition(a, kth, s);
                });
  bind_function(m, "argpartition(a, /, kth, axis=-1)",
                "The uint32 indices that partition the array. axis=None takes the flattened array.",
                [](const array& a, int kth, const Axis& axis, StreamOrDevice s) {
                  return axis ? argpartition(a, kth, *axis, s) : argpartition(a, kth, s);
                });
  bind_function(m, "topk(a, /, k, axis=-1)",
                "The `k` greatest elements along an axis, in no particular order (axis=None: of the flattened array).",
                [](const array& a, int k, const Axis& axis, StreamOrDevice s) {
                  return axis ? topk(a, k, *axis, s) : topk(a, k, s);
                });
  bind_function(m, "searchsorted(sorted_sequence, values, /, side='left')",
                "Where to insert each of `values` into an ascending 1-D sequence: uint32 in the shape of `values`. "
                "'left': the number of elements less than the value; 'right': less or equal.",
                [](const array& sorted_sequence, const array& values, const std::string& side, StreamOrDevice s) {
                  return searchsorted(sorted_sequence, values, side, s);
                });
  bind_function(m, "median(a, /, axis=None, keepdims=False)",
                "The middle element, or the mean of the two middle ones, over one, several or all axes; NaN if there "
                "is a NaN. float32 for integers.",
                [](const array& a, const std::optional<std::vector<int>>& axis, bool keepdims, StreamOrDevice s) {
                  return axis ? median(a, *axis, keepdims, s) : median(a, keepdims, s);
                });
  bind_function(
      m, "unique(a, /, size, return_index=False, return_inverse=False, return_counts=False, fill_value=None)",
      "The distinct elements of the flattened array in ascending order, `size` of them, so that the shape does not "
      "depend on values: the least ones, or behind the last one `fill_value` (None: the least element).\n\n"
      "return_index    also where each first occurs in the flattened array\n"
      "return_inverse  also which of the values each element of `a` is (the last one at most)\n"
      "return_counts   also how often each occurs, 0 behind the last one\n\n"
      ">>> mx.unique(mx.array([2, 1, 2, 3, 1]), 3).tolist()\n[1, 2, 3]",
      [](const array& a, int size, bool return_index, bool return_inverse, bool return_counts, nb::handle fill_value,
         StreamOrDevice s) -> nb::object {
        std::optional<array> fill;
        if (const array* const held = as_array(fill_value); held != nullptr) {
          fill = *held;
        } else if (!fill_value.is_none()) {
          fill = make_array(fill_value, std::nullopt);
        }
        const Unique found = unique(a, size, fill, s);
        if (!return_index && !return_inverse && !return_counts) return wrap(found.values);
        ArrayTuple out{{found.values}};
        if (return_index) out.items.push_back(found.index);
        if (return_inverse) out.items.push_back(found.inverse);
        if (return_counts) out.items.push_back(found.counts);
        return Result<ArrayTuple>::to_python(std::move(out));
      });
}

}  // namespace cermet::python
