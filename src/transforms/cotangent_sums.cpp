// See cotangent_sums.h.
#include "transforms/cotangent_sums.h"

#include <cermet/ops.h>

#include <algorithm>
#include <optional>

#include "array/dims.h"

namespace cermet {

namespace {

struct Range {
  std::size_t axis = 0;
  std::int64_t begin = 0, extent = 0;
};

/// The one axis along which a slice takes a dense part, if it takes all of the others and extents are known.
std::optional<Range> range_of(const Primitive& slice, const Shape& shape) {
  std::optional<Range> found;
  const std::size_t rank = shape.size();
  for (std::size_t k = 0; k < rank; ++k) {
    const Dim begin = slice.dims[k], extent = slice.dims[rank + k];
    if (slice.axes[k] != 1) return std::nullopt;
    if (begin == Dim(0) && extent == shape[k]) continue;
    const bool known = begin.is_constant() && extent.is_constant() && shape[k].is_constant();
    if (found || !known || extent.value() == 0) return std::nullopt;
    found = Range{k, begin.value(), extent.value()};
  }
  return found;
}

/// A join is a kernel a part: those of a few parts are the same kernels for every group of a long sequence.
constexpr std::size_t joined_at_once = 16;

std::vector<array> joined_by_groups(const std::vector<array>& parts, int axis) {
  std::vector<array> groups;
  for (std::size_t first = 0; first < parts.size(); first += joined_at_once) {
    const auto begin = parts.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = parts.begin() + static_cast<std::ptrdiff_t>(std::min(first + joined_at_once, parts.size()));
    groups.push_back(end - begin == 1 ? *begin : concatenate(std::vector<array>(begin, end), axis));
  }
  return groups;
}

}  // namespace

void CotangentSums::add(const exec::Node* node, const array& cotangent) {
  Sum& sum = sums_[node];
  sum.whole = sum.whole ? cermet::add(*sum.whole, cotangent) : cotangent;
}

bool CotangentSums::add_slice(const exec::NodeRef& node, const Primitive& slice, const array& cotangent) {
  const Shape shape = resolved(node->type.shape);
  const std::optional<Range> range = range_of(slice, shape);
  if (!range) return false;
  Sum& sum = sums_[node.get()];
  sum.type = {shape, node->type.dtype};
  sum.pieces.push_back({range->axis, range->begin, range->extent, cotangent});
  return true;
}

/// Pieces along one axis, in order and apart from each other, with zeros between them.
array CotangentSums::joined(const ArrayType& type, std::size_t axis, std::vector<Piece> pieces) {
  std::vector<array> parts;
  std::int64_t at = 0;
  const auto fill_until = [&](std::int64_t end) {
    if (at == end) return;
    Shape gap = type.shape;
    gap[axis] = end - at;
    parts.push_back(zeros(gap, type.dtype));
  };
  for (const Piece& piece : pieces) {
    fill_until(piece.begin);
    parts.push_back(piece.cotangent);
    at = piece.begin + piece.extent;
  }
  fill_until(type.shape[axis].value());
  while (parts.size() > 1) parts = joined_by_groups(parts, static_cast<int>(axis));
  return parts[0];
}

MaybeArray CotangentSums::take(const exec::Node* node) {
  const auto found = sums_.find(node);
  if (found == sums_.end()) return std::nullopt;
  Sum sum = std::move(found->second);
  sums_.erase(found);
  std::vector<Piece>& pieces = sum.pieces;
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
    return std::pair(a.axis, a.begin) < std::pair(b.axis, b.begin);
  });
  while (!pieces.empty()) {  // what overlaps goes to the next round
    std::vector<Piece> round, rest;
    for (Piece& piece : pieces) {
      const bool apart =
          round.empty() || (round.back().axis == piece.axis && round.back().begin + round.back().extent <= piece.begin);
      (apart ? round : rest).push_back(std::move(piece));
    }
    const std::size_t axis = round[0].axis;
    const array all = joined(sum.type, axis, std::move(round));
    sum.whole = sum.whole ? cermet::add(*sum.whole, all) : all;
    pieces = std::move(rest);
  }
  return sum.whole;
}

}  // namespace cermet
