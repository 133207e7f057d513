// See eager_gather.h.
#include "exec/eager_gather.h"

#include <algorithm>
#include <limits>

#include "exec/collapse.h"

namespace cermet::exec {
namespace {

/// Extents up to here are indexed in 32 bits, which fills vectors with twice the lanes.
constexpr std::int64_t narrow_extent = std::numeric_limits<std::int32_t>::max();

/// An axis of what is taken from: where it is in memory and where its index comes from.
struct SourceAxis {
  std::int64_t extent, stride, from;
};

/// Strides of the array along the output's axes that its own axes follow; `groups` tells these axes from the others.
Strides followed_strides(const Primitive& p, const Data& x, std::size_t rank, SmallVector<std::int64_t, 6>& groups) {
  Strides strides(rank, 0);
  for (std::size_t k = 0; k < x.shape.size(); ++k) {
    if (p.axes[k] < 0) continue;
    strides[static_cast<std::size_t>(p.axes[k])] += x.strides[k];
    groups[static_cast<std::size_t>(p.axes[k])] = 1;
  }
  return strides;
}

}  // namespace

void describe_gather(EagerCall& call, const Node& node, std::span<const Data* const> operands) {
  const Data& x = *operands[0];
  Extents shape;
  for (Dim d : node.type.shape) shape.push_back(d.value());
  SmallVector<std::int64_t, 6> groups(shape.size(), 0);
  SmallVector<Strides, 4> strides{followed_strides(node.primitive, x, shape.size(), groups)};
  for (const Data* index : operands.subspan(1)) strides.push_back(index->strides);
  const CollapsedAxes axes = collapse(shape, strides, groups);

  SmallVector<SourceAxis, 6> source;
  for (std::size_t m = 0; m < axes.extents.size(); ++m) {
    if (axes.groups[m] == 1) {
      source.push_back({axes.extents[m], axes.strides[0][m], static_cast<std::int64_t>(m)});
    }
  }
  bool narrow = true;
  for (std::size_t k = 0; k < x.shape.size(); ++k) {
    if (node.primitive.axes[k] >= 0) continue;
    source.push_back({x.shape[k], x.strides[k], node.primitive.axes[k]});
    narrow = narrow && x.shape[k] <= narrow_extent;
  }
  // In the order of memory, so that a row-major array stays one.
  std::stable_sort(source.begin(), source.end(),
                   [](const SourceAxis& a, const SourceAxis& b) { return a.stride > b.stride; });

  Data from;
  from.buffer = x.buffer;
  from.dtype = x.dtype;
  from.offset = x.offset;
  call.words.push_back(source.size() << 1 | (narrow ? 1U : 0U));
  for (const SourceAxis& axis : source) {
    from.shape.push_back(axis.extent);
    from.strides.push_back(axis.stride);
    call.primitive.axes.push_back(axis.from);
    call.words.push_back(static_cast<std::uint64_t>(axis.from) << 1 | (axis.extent == 1 ? 1U : 0U));
  }
  from.contiguous = is_row_major(from.shape, from.strides);
  call.operands.push_back(std::move(from));
  for (std::size_t j = 1; j < operands.size(); ++j) {
    Data index;
    index.buffer = operands[j]->buffer;
    index.dtype = operands[j]->dtype;
    index.offset = operands[j]->offset;
    index.shape = axes.extents;
    index.strides = axes.strides[j];
    index.contiguous = is_row_major(index.shape, index.strides);
    call.operands.push_back(std::move(index));
  }
  call.limits.push_back(narrow ? narrow_extent : std::numeric_limits<std::int64_t>::max());
}

Strides gather_extents(const EagerCall& call) {
  if (call.operands.size() > 1) return call.operands[1].shape;
  Strides extents(call.operands[0].shape.size(), 1);
  for (std::size_t k = 0; k < extents.size(); ++k) {
    extents[static_cast<std::size_t>(call.primitive.axes[k])] = call.operands[0].shape[k];
  }
  return extents;
}

std::int64_t gather_limit(const EagerCall& call, std::size_t k) {
  return call.primitive.axes[k] < 0 ? call.limits[0] : std::numeric_limits<std::int64_t>::max();
}

}  // namespace cermet::exec
