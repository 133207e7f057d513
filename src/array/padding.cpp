// Padding: blocks joined at both ends of an axis, or a gather at mirrored places.
#include <cermet/indexing.h>
#include <cermet/manipulation.h>
#include <cermet/ops.h>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet {

namespace {

using Widths = std::vector<std::pair<std::int64_t, std::int64_t>>;

Shape with_extent(const Shape& shape, int axis, Dim extent) {
  Shape out = shape;
  out[static_cast<std::size_t>(axis)] = extent;
  return out;
}

/// Both blocks broadcast along the axis to the widths: a constant, or a slice of extent 1.
array join(const array& a, int axis, std::pair<std::int64_t, std::int64_t> width, const array& before,
           const array& after, const StreamOrDevice& s) {
  std::vector<array> parts;
  const auto add_block = [&](const array& block, std::int64_t extent) {
    if (extent > 0) parts.push_back(broadcast_node(block, with_extent(a.shape(), axis, extent), s));
  };
  add_block(before, width.first);
  parts.push_back(a);
  add_block(after, width.second);
  return concatenate(parts, axis, s);
}

array pad_edge(const array& a, int axis, std::pair<std::int64_t, std::int64_t> width, const StreamOrDevice& s) {
  const auto plane = [&](Dim at) {
    Shape start(a.shape().size(), 0), stop = a.shape();
    start[static_cast<std::size_t>(axis)] = at;
    stop[static_cast<std::size_t>(axis)] = dim_add(at, 1);
    return slice(a, start, stop, s);
  };
  return join(a, axis, width, plane(0), plane(dim_subtract(a.shape()[static_cast<std::size_t>(axis)], 1)), s);
}

/// Mirrored at both ends for ever: place i is i mod period, counted back from the end in the second half. `overlap`:
/// how many elements a period lacks to two lengths (the edges, where they do not repeat).
array pad_mirror(const array& a, int axis, std::pair<std::int64_t, std::int64_t> width, int overlap,
                 const StreamOrDevice& s) {
  const Dim extent = a.shape()[static_cast<std::size_t>(axis)];
  const Dim total = dim_add(extent, width.first + width.second), twice = dim_multiply(extent, 2);
  const Dim period = dim_max(1, dim_subtract(twice, overlap));
  const Dtype dtype = total.is_constant() && 2 * total.value() < (std::int64_t{1} << 31) ? int32 : int64;
  const auto number = [&](Dim value) { return dim_scalar(value, dtype, s); };
  const array place = subtract(dim_range(total, dtype, s), number(width.first), s);
  const array folded = remainder(place, number(period), s);
  const array mirrored = subtract(number(dim_subtract(twice, 1 + overlap / 2)), folded, s);
  return take(a, where(less(folded, number(extent), s), folded, mirrored, s), axis, s);
}

array pad_constant(const array& a, const Widths& widths, const array& value, const StreamOrDevice& s) {
  Shape padded = a.shape();
  for (std::size_t k = 0; k < padded.size(); ++k) {
    padded[k] = dim_add(padded[k], widths[k].first + widths[k].second);
  }
  const array fill = astype(value, a.dtype(), s);
  if (value.ndim() > 0) {
    const array all = broadcast_to(fill, padded, s);
    const array inside = pad_constant(ones(a.shape(), bool_, s), widths, array(false), s);
    return where(inside, pad_constant(a, widths, zeros({}, a.dtype(), s), s), all, s);
  }
  array out = a;
  for (int axis = 0; axis < a.ndim(); ++axis) {
    const auto& width = widths[static_cast<std::size_t>(axis)];
    if (width.first > 0 || width.second > 0) out = join(out, axis, width, fill, fill, s);
  }
  return out;
}

void check_widths(const array& a, const Widths& widths) {
  if (widths.size() != a.shape().size()) {
    fail<ValueError>("[pad] {} pairs of widths do not fit the shape {}; give one pair, or one an axis.", widths.size(),
                     to_string(a.shape()));
  }
  Shape padded = a.shape();
  for (std::size_t k = 0; k < widths.size(); ++k) {
    constexpr std::int64_t limit = std::int64_t{1} << 60;
    const auto [before, after] = widths[k];
    if (before < 0 || after < 0 || before > limit || after > limit) {
      fail<ValueError>("[pad] Widths must be between 0 and 2^60, got ({}, {}) for axis {}.", before, after, k);
    }
    padded[k] = dim_add(padded[k], before + after);
  }
  checked_elements(padded, "pad");
}

}  // namespace

array pad(const array& a, const Widths& given, const array& value, const std::string& mode, StreamOrDevice s) {
  const Widths widths = given.size() == 1 ? Widths(a.shape().size(), given[0]) : given;
  check_widths(a, widths);
  if (mode == "constant") return pad_constant(a, widths, value, s);
  if (mode != "edge" && mode != "reflect" && mode != "symmetric") {
    fail<ValueError>("[pad] `mode` must be 'constant', 'edge', 'reflect' or 'symmetric', got '{}'.", mode);
  }
  for (int axis = 0; axis < a.ndim(); ++axis) {
    const auto& width = widths[static_cast<std::size_t>(axis)];
    if (width.first + width.second > 0 && dim_equal(a.shape()[static_cast<std::size_t>(axis)], 0)) {
      fail<ValueError>("[pad] Mode '{}' needs an element on axis {} of shape {}.", mode, axis, to_string(a.shape()));
    }
  }
  array out = a;
  for (int axis = 0; axis < a.ndim(); ++axis) {
    const auto& width = widths[static_cast<std::size_t>(axis)];
    if (width.first == 0 && width.second == 0) continue;
    out = mode == "edge" ? pad_edge(out, axis, width, s) : pad_mirror(out, axis, width, mode == "reflect" ? 2 : 0, s);
  }
  return out;
}

array pad(const array& a, int width, const array& value, const std::string& mode, StreamOrDevice s) {
  return pad(a, Widths{{width, width}}, value, mode, s);
}

}  // namespace cermet
