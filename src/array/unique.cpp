// The distinct elements of an array, by sorting: an element that differs from its neighbour is the next one.
#include <cermet/indexing.h>
#include <cermet/manipulation.h>
#include <cermet/ops.h>
#include <cermet/scans.h>
#include <cermet/sorting.h>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet {
namespace {

Shape vector_shape(Dim n) {
  Shape shape{0};
  shape[0] = n;
  return shape;
}

// The first `size` of x, filled up with `fill`.
array with_size(const array& x, int size, const array& fill, const StreamOrDevice& s) {
  const Dim n = x.shape()[0];
  if (!dim_less(n, size)) return slice(x, Shape{0}, Shape{size}, s);
  const array rest = broadcast_to(astype(fill, x.dtype(), s), vector_shape(dim_subtract(size, n)), s);
  return concatenate({x, rest}, 0, s);
}

}  // namespace

Unique unique(const array& a, int size, const std::optional<array>& fill_value, StreamOrDevice s) {
  if (size < 0) fail<ValueError>("[unique] `size` must not be negative, got {}.", size);
  if (fill_value && fill_value->ndim() != 0) {
    fail<ValueError>("[unique] `fill_value` must be a single value, got shape {}.", to_string(fill_value->shape()));
  }
  const array flat = reshape(a, {-1}, s);
  const Dim n = flat.shape()[0];
  if (dim_equal(n, 0)) {
    if (!fill_value && size > 0) {
      fail<ValueError>("[unique] An empty array has no element to fill up with; give `fill_value`.");
    }
    const array fill = fill_value ? *fill_value : zeros({}, a.dtype(), s);
    return {broadcast_to(astype(fill, a.dtype(), s), Shape{size}, s), zeros(Shape{size}, uint32, s),
            zeros(a.shape(), uint32, s), zeros(Shape{size}, int32, s)};
  }
  const array order = argsort(flat, 0, s), sorted = take(flat, order, 0, s);
  Shape one{1}, all = vector_shape(n), but_last = vector_shape(dim_subtract(n, 1));
  const array differs = not_equal(slice(sorted, one, all, s), slice(sorted, Shape{0}, but_last, s), s);
  const array fresh = concatenate({ones(one, bool_, s), differs}, 0, s);
  const array rank = subtract(cumsum(astype(fresh, int32, s), 0, false, true, s), array(1), s);  // among the distinct

  // By rank; places behind the last distinct element keep what they were filled with.
  const auto column = [&](const array& x) { return expand_dims(x, -1, s); };
  const array least = slice(sorted, Shape{0}, one, s);
  const array fill = fill_value ? astype(*fill_value, a.dtype(), s) : reshape(least, Shape{}, s);
  const array values = scatter(broadcast_to(fill, all, s), rank, column(sorted), 0, s);
  const array counts = scatter_add(zeros(all, int32, s), rank, column(ones(all, int32, s)), 0, s);
  const array last_place = array(std::int64_t{0xffffffff}, uint32);
  const array first = scatter_min(broadcast_to(last_place, all, s), rank, column(astype(order, uint32, s)), 0, s);
  const array found = slice(order, Shape{0}, one, s);
  const array index = where(equal(first, last_place, s), astype(found, uint32, s), first, s);
  const array inverse = scatter(zeros(all, int32, s), order, column(rank), 0, s);
  const array clamped = minimum(inverse, array(std::max(size - 1, 0)), s);
  return {with_size(values, size, fill, s), with_size(index, size, reshape(found, Shape{}, s), s),
          reshape(astype(clamped, uint32, s), a.shape(), s), with_size(counts, size, zeros({}, int32, s), s)};
}

}  // namespace cermet
