// Reductions over axes, and the composites that are made of them (mean, var, std, logsumexp, softmax).
#include <cermet/ops.h>

#include <algorithm>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet {

namespace {

using Axes = SmallVector<std::int64_t, 4>;

/// Sorted and in range; nullopt means all. Throws IndexError and ValueError.
Axes normalized_axes(std::string_view op, const array& a, const std::optional<std::vector<int>>& axes) {
  Axes result;
  if (!axes) {
    for (int axis = 0; axis < a.ndim(); ++axis) result.push_back(axis);
    return result;
  }
  for (int axis : *axes) result.push_back(normalize_axis(op, axis, a.ndim()));
  std::sort(result.begin(), result.end());
  const auto* duplicate = std::adjacent_find(result.begin(), result.end());
  if (duplicate != result.end()) {
    fail<ValueError>("[{}] axis {} is given twice for an array of {} dimensions", op, *duplicate, a.ndim());
  }
  return result;
}

array restored_dimensions(const array& reduced, const array& a, const Axes& axes, bool keepdims,
                          const StreamOrDevice& s) {
  if (!keepdims || axes.empty()) return reduced;
  Shape shape = a.shape();
  for (std::int64_t axis : axes) shape[static_cast<std::size_t>(axis)] = 1;
  return reshape(reduced, shape, s);
}

}  // namespace

array reduce(Reduction reduction, const array& a, const std::optional<std::vector<int>>& axes, bool keepdims,
             StreamOrDevice s) {
  const std::string_view op = name(reduction);
  const Axes reduced = normalized_axes(op, a, axes);
  if (reduced.empty()) {  // every element by itself: an axis of extent 1 makes it an ordinary reduction
    return reduce(reduction, expand_dims(a, -1, s), std::vector<int>{-1}, false, s);
  }
  if (!row(reduction).empty_allowed) {
    for (std::int64_t axis : reduced) {
      if (dim_equal(a.shape()[static_cast<std::size_t>(axis)], 0)) {
        fail<ValueError>("[{}] cannot reduce axis {} of extent 0 of shape {}: there is no identity", op, axis,
                         to_string(a.shape()));
      }
    }
  }
  Primitive primitive;
  primitive.kind = PrimitiveKind::reduce;
  primitive.reduction = reduction;
  primitive.axes = reduced;
  return restored_dimensions(make_array(std::move(primitive), a, s), a, reduced, keepdims, s);
}

array composite(std::string_view op, const array& a, const std::optional<std::vector<int>>& axes, bool keepdims,
                int ddof, StreamOrDevice s) {
  const Axes reduced = normalized_axes(op, a, axes);
  if (reduced.empty()) {
    const array result = composite(op, expand_dims(a, -1, s), std::vector<int>{-1}, true, ddof, s);
    return squeeze(result, -1, s);
  }
  Primitive primitive;
  primitive.kind = PrimitiveKind::composite;
  primitive.text = op;
  primitive.axes = reduced;
  primitive.literal = Literal::of_integer(int32, ddof);
  primitive.dtype = keepdims ? bool_ : float32;
  return make_array(std::move(primitive), a, s);
}

#define CERMET_COMPOSITE(op_name)                                                                \
  array op_name(const array& a, bool keepdims, StreamOrDevice s) {                               \
    return composite(#op_name, a, std::nullopt, keepdims, 0, s);                                 \
  }                                                                                              \
  array op_name(const array& a, StreamOrDevice s) { return op_name(a, false, s); }               \
  array op_name(const array& a, const std::vector<int>& axes, bool keepdims, StreamOrDevice s) { \
    return composite(#op_name, a, axes, keepdims, 0, s);                                         \
  }                                                                                              \
  array op_name(const array& a, int axis, bool keepdims, StreamOrDevice s) {                     \
    return composite(#op_name, a, std::vector<int>{axis}, keepdims, 0, s);                       \
  }
CERMET_COMPOSITE(mean)
CERMET_COMPOSITE(logsumexp)
#undef CERMET_COMPOSITE

#define CERMET_COMPOSITE(op_name)                                                                          \
  array op_name(const array& a, bool keepdims, int ddof, StreamOrDevice s) {                               \
    return composite(#op_name, a, std::nullopt, keepdims, ddof, s);                                        \
  }                                                                                                        \
  array op_name(const array& a, StreamOrDevice s) { return op_name(a, false, 0, s); }                      \
  array op_name(const array& a, const std::vector<int>& axes, bool keepdims, int ddof, StreamOrDevice s) { \
    return composite(#op_name, a, axes, keepdims, ddof, s);                                                \
  }                                                                                                        \
  array op_name(const array& a, int axis, bool keepdims, int ddof, StreamOrDevice s) {                     \
    return composite(#op_name, a, std::vector<int>{axis}, keepdims, ddof, s);                              \
  }
CERMET_COMPOSITE(var)
CERMET_COMPOSITE(std)
#undef CERMET_COMPOSITE

array softmax(const array& a, const std::vector<int>& axes, bool, StreamOrDevice s) {
  return composite("softmax", a, axes, false, 0, s);
}
array softmax(const array& a, bool, StreamOrDevice s) { return composite("softmax", a, std::nullopt, false, 0, s); }
array softmax(const array& a, int axis, bool, StreamOrDevice s) {
  return composite("softmax", a, std::vector<int>{axis}, false, 0, s);
}

array count_nonzero(const array& a, const std::optional<std::vector<int>>& axes, bool keepdims, StreamOrDevice s) {
  return reduce(Reduction::sum, astype(not_equal(a, zeros({}, a.dtype(), s), s), int32, s), axes, keepdims, s);
}

std::pair<array, array> minmax(const array& a, const std::optional<std::vector<int>>& axes, bool keepdims,
                               StreamOrDevice s) {
  return {reduce(Reduction::min, a, axes, keepdims, s), reduce(Reduction::max, a, axes, keepdims, s)};
}

}  // namespace cermet
