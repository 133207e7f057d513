// Repetition, rolling, strided windows and grids from views, joins and gathers.
#include <cermet/indexing.h>
#include <cermet/manipulation.h>
#include <cermet/ops.h>

#include <limits>
#include <numeric>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet {

Shape broadcast_shapes(const std::vector<Shape>& shapes) {
  Shape out;
  for (const Shape& shape : shapes) {
    checked_elements(shape, "broadcast_shapes");
    out = broadcast_dims(out, shape, "broadcast_shapes");
  }
  return out;
}

array atleast_1d(const array& a, StreamOrDevice s) { return a.ndim() == 0 ? reshape(a, {1}, s) : a; }

array atleast_2d(const array& a, StreamOrDevice s) {
  if (a.ndim() >= 2) return a;
  return expand_dims(atleast_1d(a, s), 0, s);
}

array atleast_3d(const array& a, StreamOrDevice s) {
  if (a.ndim() >= 3) return a;
  return expand_dims(atleast_2d(a, s), 2, s);
}

array matrix_transpose(const array& a, StreamOrDevice s) {
  if (a.ndim() < 2) {
    fail<ValueError>("[matrix_transpose] Needs at least two dimensions, got shape {}.", to_string(a.shape()));
  }
  return swapaxes(a, -1, -2, s);
}

std::vector<array> unstack(const array& a, int axis, StreamOrDevice s) {
  const int along = normalize_axis("unstack", axis, a.ndim());
  Shape start(a.shape().size(), 0), stop = a.shape();
  std::vector<array> parts;
  for (std::int64_t i = 0; i < a.shape(along); ++i) {
    start[static_cast<std::size_t>(along)] = i;
    stop[static_cast<std::size_t>(along)] = i + 1;
    parts.push_back(squeeze(slice(a, start, stop, s), along, s));
  }
  return parts;
}

// ---- Repetition ---------------------------------------------------------------------------------------------------

array repeat(const array& a, int repeats, int axis, StreamOrDevice s) {
  const auto along = static_cast<std::size_t>(normalize_axis("repeat", axis, a.ndim()));
  if (repeats < 0) fail<ValueError>("[repeat] The number of repeats must not be negative, got {}.", repeats);
  if (repeats == 1) return a;
  Shape wide = a.shape(), out = a.shape();
  wide.insert(wide.begin() + static_cast<std::ptrdiff_t>(along) + 1, Dim(repeats));
  checked_elements(wide, "repeat");
  out[along] = dim_multiply(a.shape()[along], repeats);
  return reshape(broadcast_node(expand_dims(a, static_cast<int>(along) + 1, s), wide, s), out, s);
}

array repeat(const array& a, int repeats, StreamOrDevice s) { return repeat(flatten(a, s), repeats, 0, s); }

array tile(const array& a, const std::vector<int>& reps, StreamOrDevice s) {
  const std::size_t rank = std::max(reps.size(), a.shape().size());
  Shape extents(rank, 1), counts(rank, 1);
  std::copy(a.shape().begin(), a.shape().end(), extents.end() - static_cast<std::ptrdiff_t>(a.shape().size()));
  std::copy(reps.begin(), reps.end(), counts.end() - static_cast<std::ptrdiff_t>(reps.size()));
  // (n, m) repeated (p, q) times: (1, n, 1, m) -> (p, n, q, m) -> (p * n, q * m)
  Shape narrow, wide, out;
  for (std::size_t k = 0; k < rank; ++k) {
    if (counts[k].value() < 0) {
      fail<ValueError>("[tile] The numbers of repeats must not be negative, got {}.", to_string(counts));
    }
    if (!(counts[k] == Dim(1))) {
      narrow.push_back(1);
      wide.push_back(counts[k]);
    }
    narrow.push_back(extents[k]);
    wide.push_back(extents[k]);
  }
  checked_elements(wide, "tile");
  for (std::size_t k = 0; k < rank; ++k) out.push_back(dim_multiply(extents[k], counts[k]));
  return reshape(broadcast_node(reshape(a, narrow, s), wide, s), out, s);
}

namespace {

array rolled(const array& a, Dim shift, std::size_t along, const StreamOrDevice& s) {
  const Dim extent = a.shape()[along];
  if (dim_equal(extent, 0)) return a;
  // Shifts shorter than the axis need no remainder.
  const bool is_short = dim_less(shift, extent) && dim_less(dim_subtract(0, extent), shift);
  const Dim by = !is_short ? dim_mod(shift, extent) : dim_less(shift, 0) ? dim_add(shift, extent) : shift;
  if (dim_equal(by, 0)) return a;
  const auto part = [&](Dim from, Dim to) {
    Shape start(a.shape().size(), 0), stop = a.shape();
    start[along] = from;
    stop[along] = to;
    return slice(a, start, stop, s);
  };
  const Dim split_at = dim_subtract(extent, by);
  return concatenate({part(split_at, extent), part(0, split_at)}, static_cast<int>(along), s);
}

}  // namespace

array roll(const array& a, std::int64_t shift, int axis, StreamOrDevice s) {
  const auto along = static_cast<std::size_t>(normalize_axis("roll", axis, a.ndim()));
  const Dim extent = a.shape()[along];
  // A Dim has 62 bits: a shift beyond them is reduced for the extent of this call.
  const bool is_huge =
      shift > std::numeric_limits<std::int32_t>::max() || shift < std::numeric_limits<std::int32_t>::min();
  if ((extent.is_constant() || is_huge) && !dim_equal(extent, 0)) shift %= extent.value();
  return rolled(a, shift, along, s);
}

array roll(const array& a, const Shape& shift, const std::vector<int>& axes, StreamOrDevice s) {
  if (shift.size() != axes.size() && shift.size() != 1 && axes.size() != 1) {
    fail<ValueError>("[roll] {} shifts do not fit {} axes; one shift or one axis stands for all.", shift.size(),
                     axes.size());
  }
  // Shifts of one axis add up: one join an axis.
  Shape total(a.shape().size(), 0);
  for (std::size_t i = 0; i < std::max(shift.size(), axes.size()); ++i) {
    if (shift.empty() || axes.empty()) break;
    const auto axis = static_cast<std::size_t>(normalize_axis("roll", axes.size() == 1 ? axes[0] : axes[i], a.ndim()));
    const Dim extent = a.shape()[axis];
    const Dim by = shift.size() == 1 ? shift[0] : shift[i];
    if (!extent.is_constant()) {
      total[axis] = dim_add(total[axis], by);
    } else if (extent.value() > 0) {
      total[axis] = dim_add(total[axis], dim_mod(by, extent));
    }
  }
  array out = a;
  for (std::size_t axis = 0; axis < total.size(); ++axis) out = rolled(out, total[axis], axis, s);
  return out;
}

array roll(const array& a, std::int64_t shift, StreamOrDevice s) {
  return reshape(roll(flatten(a, s), shift, 0, s), a.shape(), s);
}

// ---- Layout -------------------------------------------------------------------------------------------------------

namespace {

/// Throws unless all of offset + sum(i * stride) lies in [0, size).
void require_inside(const array& a, const Shape& shape, const std::vector<std::int64_t>& strides, std::int64_t offset) {
  double lowest = 0, highest = 0;  // exact below 2^53, and far outside beyond
  for (std::size_t k = 0; k < shape.size(); ++k) {
    const double reach = static_cast<double>(shape[k].value() - 1) * static_cast<double>(strides[k]);
    (reach < 0 ? lowest : highest) += reach;
  }
  const auto first = static_cast<double>(offset), elements = static_cast<double>(a.size());
  if (first + lowest < 0 || first + highest >= elements) {
    fail<ValueError>("[as_strided] Shape {} with strides ({}) and offset {} leaves the {} elements of the array.",
                     to_string(shape), fmt::join(strides, ", "), offset, a.size());
  }
}

bool is_row_major(const Shape& shape, const std::vector<std::int64_t>& strides) {
  std::int64_t expected = 1;
  for (std::size_t k = shape.size(); k-- > 0;) {
    if (!(shape[k] == Dim(1)) && strides[k] != expected) return false;
    expected *= shape[k].value();
  }
  return true;
}

}  // namespace

array as_strided(const array& a, const Shape& shape, const std::vector<std::int64_t>& strides, std::int64_t offset,
                 StreamOrDevice s) {
  const std::int64_t elements = checked_elements(shape, "as_strided").value();
  if (shape.size() != strides.size()) {
    fail<ValueError>("[as_strided] Shape {} takes {} strides, got {}.", to_string(shape), shape.size(), strides.size());
  }
  if (elements == 0) return zeros(shape, a.dtype(), s);
  require_inside(a, shape, strides, offset);
  const array flat = flatten(a, s);
  if (is_row_major(shape, strides)) return reshape(slice(flat, {offset}, {offset + elements}, s), shape, s);
  Primitive view;
  view.kind = PrimitiveKind::strided;
  view.dims.push_back(offset);
  for (Dim extent : shape) view.dims.push_back(extent);
  for (std::int64_t stride : strides) view.axes.push_back(stride);
  return make_array(std::move(view), flat, s);
}

std::vector<array> meshgrid(const std::vector<array>& arrays, bool sparse, const std::string& indexing,
                            StreamOrDevice s) {
  if (indexing != "xy" && indexing != "ij") {
    fail<ValueError>("[meshgrid] `indexing` must be 'xy' or 'ij', got '{}'.", indexing);
  }
  const std::size_t rank = arrays.size();
  Shape full;
  std::vector<array> out;
  for (std::size_t k = 0; k < rank; ++k) {
    if (arrays[k].ndim() > 1) {
      fail<ValueError>("[meshgrid] Takes vectors, array {} has shape {}.", k, to_string(arrays[k].shape()));
    }
    const std::size_t axis = indexing == "xy" && k < 2 && rank > 1 ? 1 - k : k;
    Shape shape(rank, 1);
    shape[axis] = dim_product(arrays[k].shape());
    out.push_back(reshape(arrays[k], shape, s));
    full = broadcast_dims(full, shape, "meshgrid");
  }
  if (sparse) return out;
  checked_elements(full, "meshgrid");
  for (array& x : out) x = broadcast_node(x, full, s);
  return out;
}

}  // namespace cermet
