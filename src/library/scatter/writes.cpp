// How writes are cut between threads and in what order their positions are visited; see writes.h.
#include "library/scatter/writes.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "library/scatter/combine.h"
#include "runtime/thread_pool.h"

namespace cermet::library {
namespace {

/// Fewer elements are not worth a second thread.
constexpr std::int64_t elements_per_thread = 1 << 15;
/// Bytes that two threads should not share.
constexpr std::int64_t cache_line = 64;

std::int64_t product(const SmallVector<WriteAxis, 6>& axes) {
  std::int64_t n = 1;
  for (const WriteAxis& axis : axes) n *= axis.extent;
  return n;
}

// ---- Axes ----------------------------------------------------------------------------------------------------------

/// Inner axes may be visited in any order: the one with the smallest steps in the array comes last, and what is
/// contiguous on both sides becomes one axis.
void collapse_inner(SmallVector<WriteAxis, 6>& axes) {
  SmallVector<WriteAxis, 6> kept;
  for (const WriteAxis& axis : axes) {
    if (axis.extent != 1) kept.push_back(axis);
  }
  std::stable_sort(kept.begin(), kept.end(),
                   [](const WriteAxis& a, const WriteAxis& b) { return std::abs(a.to) > std::abs(b.to); });
  axes.clear();
  for (const WriteAxis& axis : kept) {
    if (!axes.empty() && axes.back().to == axis.to * axis.extent && axes.back().from == axis.from * axis.extent) {
      axes.back() = {axes.back().extent * axis.extent, axis.to, axis.from};
    } else {
      axes.push_back(axis);
    }
  }
}

/// Outer axes keep their order; neighbours that everything walks alike become one.
void collapse_outer(Writes& w) {
  std::size_t last = 0;
  for (std::size_t m = 1; m < w.outer.size(); ++m) {
    WriteAxis& a = w.outer[last];
    const WriteAxis& b = w.outer[m];
    bool merges = a.to == b.to * b.extent && a.from == b.from * b.extent;
    for (const WriteIndex& index : w.indices) {
      merges = merges && index.strides[last] == index.strides[m] * b.extent;
    }
    if (merges) {
      a = {a.extent * b.extent, b.to, b.from};
    } else {
      w.outer[++last] = b;
    }
    for (WriteIndex& index : w.indices) index.strides[last] = index.strides[m];
  }
  if (w.outer.empty()) return;
  w.outer.resize(last + 1);
  for (WriteIndex& index : w.indices) index.strides.resize(last + 1);
}

// ---- Positions -----------------------------------------------------------------------------------------------------

/// The position that an index stands for. In 32 bits where they hold it, which vectorises.
template <class T>
auto position_of(T value, std::int64_t extent) {
  if constexpr (sizeof(T) == 8) {
    const bool huge = value > static_cast<T>(INT64_MAX);
    std::int64_t at = huge ? INT64_MAX : static_cast<std::int64_t>(value);
    at += at < 0 ? extent : 0;
    at = at < 0 ? 0 : at;
    return at < extent ? at : extent - 1;
  } else if constexpr (std::is_signed_v<T>) {
    const auto limit = static_cast<std::int32_t>(std::min<std::int64_t>(extent, INT32_MAX));
    std::int32_t at = static_cast<std::int32_t>(value);
    at += at < 0 ? limit : 0;
    at = at < 0 ? 0 : at;
    return at < limit ? at : limit - 1;
  } else {
    const auto last = static_cast<std::uint32_t>(std::min<std::int64_t>(extent - 1, UINT32_MAX));
    const auto at = static_cast<std::uint32_t>(value);
    return at < last ? at : last;
  }
}

template <class T>
void add_positions(const WriteIndex& index, const char* data, std::int64_t stride, std::int64_t n, std::int64_t* to) {
  const T* values = reinterpret_cast<const T*>(data);
  const std::int64_t extent = index.extent, step = index.to;
  if (std::is_signed_v<T> && sizeof(T) < 8 && extent > INT32_MAX) {
    for (std::int64_t i = 0; i < n; ++i) {
      to[i] += position_of(static_cast<std::int64_t>(values[i * stride]), extent) * step;
    }
  } else if (stride == 1 && step == 1) {
    for (std::int64_t i = 0; i < n; ++i) to[i] += static_cast<std::int64_t>(position_of(values[i], extent));
  } else if (stride == 1) {
    for (std::int64_t i = 0; i < n; ++i) to[i] += static_cast<std::int64_t>(position_of(values[i], extent)) * step;
  } else {
    for (std::int64_t i = 0; i < n; ++i) {
      to[i] += static_cast<std::int64_t>(position_of(values[i * stride], extent)) * step;
    }
  }
}

void add_positions(const WriteIndex& index, const char* data, std::int64_t stride, std::int64_t n, std::int64_t* to) {
  switch (index.dtype.val) {
    case Dtype::Val::uint8:
      return add_positions<std::uint8_t>(index, data, stride, n, to);
    case Dtype::Val::uint16:
      return add_positions<std::uint16_t>(index, data, stride, n, to);
    case Dtype::Val::uint32:
      return add_positions<std::uint32_t>(index, data, stride, n, to);
    case Dtype::Val::uint64:
      return add_positions<std::uint64_t>(index, data, stride, n, to);
    case Dtype::Val::int8:
      return add_positions<std::int8_t>(index, data, stride, n, to);
    case Dtype::Val::int16:
      return add_positions<std::int16_t>(index, data, stride, n, to);
    case Dtype::Val::int32:
      return add_positions<std::int32_t>(index, data, stride, n, to);
    case Dtype::Val::int64:
      return add_positions<std::int64_t>(index, data, stride, n, to);
    default:
      fail<InternalError>("internal error: positions of dtype {}", name(index.dtype));
  }
}

/// Visits all outer indices in row-major order, a block of the last axis at a time. Only positions in [low, high) are
/// written.
void visit(const Writes& w, Combine combine, std::int64_t low, std::int64_t high) {
  const WriteAxis single;
  const WriteAxis& last = w.outer.empty() ? single : w.outer.back();
  const std::size_t leading = w.outer.empty() ? 0 : w.outer.size() - 1;
  const bool filtered = low > 0 || high < w.elements;
  SmallVector<std::int64_t, 6> at(leading, 0);
  Block block;
  while (true) {
    std::int64_t to = 0, from = 0;
    for (std::size_t m = 0; m < leading; ++m) {
      to += at[m] * w.outer[m].to;
      from += at[m] * w.outer[m].from;
    }
    for (std::int64_t begin = 0; begin < last.extent; begin += Block::capacity) {
      block.count = std::min(Block::capacity, last.extent - begin);
      block.first = from + begin * last.from;
      block.step = last.from;
      block.listed = false;
      for (std::int64_t i = 0; i < block.count; ++i) block.to[i] = to + (begin + i) * last.to;
      for (const WriteIndex& index : w.indices) {
        std::int64_t offset = 0;
        for (std::size_t m = 0; m < leading; ++m) offset += at[m] * index.strides[m];
        const std::int64_t stride = w.outer.empty() ? 0 : index.strides.back();
        const char* data = index.data + (offset + begin * stride) * static_cast<std::int64_t>(index.dtype.size());
        add_positions(index, data, stride, block.count, block.to);
      }
      if (filtered) block.keep_between(low, high);
      combine(w, block);
    }
    std::size_t m = leading;
    while (m > 0 && ++at[m - 1] == w.outer[m - 1].extent) at[--m] = 0;
    if (m == 0) return;
  }
}

// ---- Threads -------------------------------------------------------------------------------------------------------

/// Inner axis `axis` from `begin` to `end` only.
Writes part_of_inner(const Writes& w, std::size_t axis, std::int64_t begin, std::int64_t end) {
  Writes part = w;
  const auto size = static_cast<std::int64_t>(w.dtype.size());
  part.to += begin * w.inner[axis].to * size;
  part.from += begin * w.inner[axis].from * size;
  part.inner[axis].extent = end - begin;
  return part;
}

Writes part_of_outer(const Writes& w, std::size_t axis, std::int64_t begin, std::int64_t end) {
  Writes part = w;
  const auto size = static_cast<std::int64_t>(w.dtype.size());
  part.to += begin * w.outer[axis].to * size;
  part.from += begin * w.outer[axis].from * size;
  part.outer[axis].extent = end - begin;
  for (WriteIndex& index : part.indices) {
    index.data += begin * index.strides[axis] * static_cast<std::int64_t>(index.dtype.size());
  }
  return part;
}

/// Elements along an axis that threads should not share, for neighbours are in one cache line.
std::int64_t unit_of(const WriteAxis& axis, Dtype dtype) {
  const std::int64_t step = std::max<std::int64_t>(std::abs(axis.to), 1) * dtype.size();
  return std::max<std::int64_t>(1, cache_line / step);
}

struct Cut {
  std::int64_t pieces = 1;  // that the axis falls into at most
  std::size_t axis = 0;
  bool inner = false;
};

/// The axis that falls into the most pieces that threads can write without meeting.
Cut choose_cut(const Writes& w) {
  Cut best;
  for (std::size_t k = 0; k < w.inner.size(); ++k) {
    const std::int64_t pieces = w.inner[k].extent / unit_of(w.inner[k], w.dtype);
    if (pieces > best.pieces) best = {pieces, k, true};
    if (best.inner && best.pieces >= 64) return best;  // large enough: rather long rows than more pieces
  }
  for (std::size_t m = 0; m < w.outer.size(); ++m) {
    if (w.outer[m].to == 0) continue;
    const std::int64_t pieces = w.outer[m].extent / unit_of(w.outer[m], w.dtype);
    if (pieces > best.pieces) best = {pieces, m, false};
  }
  return best;
}

void write_cut(const Writes& w, Combine combine, const Cut& cut, std::int64_t wanted) {
  const WriteAxis& axis = cut.inner ? w.inner[cut.axis] : w.outer[cut.axis];
  const std::int64_t unit = unit_of(axis, w.dtype);
  const std::int64_t units = (axis.extent + unit - 1) / unit;
  const std::int64_t grain = (units + wanted - 1) / wanted;
  runtime::parallel_for(units, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * unit, last = std::min(end * unit, axis.extent);
    const Writes part = cut.inner ? part_of_inner(w, cut.axis, first, last) : part_of_outer(w, cut.axis, first, last);
    visit(part, combine, INT64_MIN, INT64_MAX);
  });
}

/// Every thread visits all positions and writes those in its part of the array.
void write_by_destination(const Writes& w, Combine combine, std::int64_t parts) {
  runtime::parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    const auto bound = [&](std::int64_t p) { return p * (w.elements / parts); };
    visit(w, combine, begin == 0 ? 0 : bound(begin), end == parts ? w.elements : bound(end));
  });
}

}  // namespace

void write(Writes w) {
  collapse_inner(w.inner);
  collapse_outer(w);
  const std::int64_t rows = product(w.outer), row = product(w.inner);
  if (rows == 0 || row == 0) return;
  const Combine combine = find_combine(w.combiner, w.dtype);
  const std::int64_t wanted = std::min<std::int64_t>(runtime::thread_count(), rows * row / elements_per_thread);
  if (wanted > 1) {
    const Cut cut = choose_cut(w);
    if (cut.pieces >= wanted) return write_cut(w, combine, cut, wanted);
    // Scanning the indices again costs each thread about as much as eight elements.
    constexpr std::int64_t most_parts = 8;
    if (!w.indices.empty() && w.elements > 1) {
      return write_by_destination(w, combine, std::min({wanted, most_parts, w.elements}));
    }
  }
  visit(w, combine, INT64_MIN, INT64_MAX);
}

}  // namespace cermet::library
