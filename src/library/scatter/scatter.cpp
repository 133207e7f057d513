// From the operands of slice_update and scatter to writes. A result that is not in the array's own memory is filled
// with the array first; what is read from memory that is about to change is copied before.
#include "library/scatter/scatter.h"

#include <algorithm>

#include "base/error.h"
#include "library/scatter/writes.h"
#include "runtime/buffer.h"

namespace cermet::library {
namespace {

char* element(const Operand& operand, std::int64_t offset) {
  return static_cast<char*>(operand.data) + offset * static_cast<std::int64_t>(operand.dtype.size());
}

/// `to` and `from` have one shape and dtype.
void copy_window(const Operand& to, const Operand& from) {
  Writes copy;
  copy.dtype = to.dtype;
  copy.to = static_cast<char*>(to.data);
  copy.from = static_cast<const char*>(from.data);
  for (std::size_t k = 0; k < to.shape.size(); ++k) copy.inner.push_back({to.shape[k], to.strides[k], from.strides[k]});
  write(std::move(copy));
}

/// Operands that lie in memory which is about to be written, moved out of the way.
class Copies {
 public:
  Operand copy(const Operand& x) {
    Operand once = x;  // broadcast axes are copied once
    for (std::size_t k = 0; k < x.shape.size(); ++k) {
      if (x.strides[k] == 0) once.shape[k] = std::min<std::int64_t>(x.shape[k], 1);
    }
    Operand out = once;
    std::int64_t step = 1;
    for (std::size_t k = x.shape.size(); k-- > 0; step *= once.shape[k]) out.strides[k] = step;
    buffers_.push_back(runtime::allocate(once.bytes()));
    out.data = buffers_.back()->data();
    copy_window(out, once);
    for (std::size_t k = 0; k < x.shape.size(); ++k) {
      if (x.strides[k] == 0) out.strides[k] = 0;
    }
    out.shape = x.shape;
    return out;
  }

 private:
  SmallVector<runtime::BufferRef, 3> buffers_;
};

std::int64_t load_index(const Operand& index, std::int64_t i) {
  const Literal value = Literal::load(index.dtype, element(index, i * (index.strides.empty() ? 0 : index.strides[0])));
  return is_unsigned(index.dtype) && value.bits > static_cast<std::uint64_t>(INT64_MAX) ? INT64_MAX : value.as_int64();
}

/// Gives the result the shape and strides of the part that is written; returns where that begins, in elements.
std::int64_t cut_window(const Primitive& call, std::span<const Operand> operands, Operand& window) {
  const Operand& update = operands[1];
  const std::size_t rank = window.shape.size();
  SmallVector<std::int64_t, 6> starts(rank, 0);
  const bool dynamic = operands.size() == 4;
  for (std::size_t k = 0; k < rank; ++k) {
    check(update.shape[k] <= window.shape[k], "[{}] an update of {} elements for an axis of {}", call.text,
          update.shape[k], window.shape[k]);
  }
  if (dynamic) {
    for (std::size_t i = 0; i < call.axes.size(); ++i) {
      const auto k = static_cast<std::size_t>(call.axes[i]);
      std::int64_t at = load_index(operands[2], static_cast<std::int64_t>(i));
      if (at < 0) at += window.shape[k];
      starts[k] = std::clamp<std::int64_t>(at, 0, window.shape[k] - update.shape[k]);
    }
  } else {
    for (std::size_t k = 0; k < rank; ++k) starts[k] = call.dims[k].value();
  }
  std::int64_t offset = 0;
  for (std::size_t k = 0; k < rank; ++k) {
    offset += starts[k] * window.strides[k];
    if (!dynamic) window.strides[k] *= call.axes[k];
  }
  window.shape = update.shape;
  return offset;
}

/// The part of the result that is written.
Operand window_of(const Primitive& call, std::span<const Operand> operands) {
  Operand window = operands.back();
  const std::int64_t offset = cut_window(call, operands, window);
  window.data = element(window, offset);
  return window;
}

bool covers(const Operand& window, const Operand& whole) {
  return window.data == whole.data && window.shape == whole.shape && window.strides == whole.strides;
}

/// Which axes of x, if any, follow each of the updates' axes: the result's stride there, else 0.
SmallVector<std::int64_t, 6> followed_strides(const Primitive& call, const Operand& result, std::size_t rank) {
  SmallVector<std::int64_t, 6> strides(rank, 0);
  for (std::size_t k = 0; k < result.shape.size(); ++k) {
    if (call.axes[k] >= 0) strides[static_cast<std::size_t>(call.axes[k])] = result.strides[k];
  }
  return strides;
}

}  // namespace

void slice_update(const Primitive& call, std::span<const Operand> operands) {
  const Operand& x = operands[0];
  const Operand& result = operands.back();
  Operand update = operands[1];
  const Operand window = window_of(call, operands);
  const graph::Combiner combiner = graph::combiner_of(call.text);
  Copies copies;
  if (x.data == result.data) {
    if (overlaps(update, window)) update = copies.copy(update);
  } else if (combiner != graph::Combiner::set || !covers(window, result)) {
    copy_window(result, x);
  }
  if (update.elements() == 0) return;
  Writes writes;
  writes.combiner = combiner;
  writes.dtype = result.dtype;
  writes.to = static_cast<char*>(window.data);
  writes.from = static_cast<const char*>(update.data);
  for (std::size_t k = 0; k < update.shape.size(); ++k) {
    writes.inner.push_back({update.shape[k], window.strides[k], update.strides[k]});
  }
  write(std::move(writes));
}

std::optional<ByteRange> slice_update_range(const Primitive& call, std::span<const Operand> operands) {
  constexpr std::size_t most_bytes = 1 << 17;  // more may be worth several threads
  if (operands.size() != 3 || !operands[1].row_major() || operands[1].bytes() > most_bytes) return std::nullopt;
  Operand window = operands.back();
  const std::int64_t offset = cut_window(call, operands, window);
  if (!window.row_major()) return std::nullopt;
  return ByteRange{static_cast<std::size_t>(offset) * window.dtype.size(), window.bytes()};
}

void scatter(const Primitive& call, std::span<const Operand> operands) {
  const Operand& x = operands[0];
  const Operand& result = operands.back();
  SmallVector<Operand, 4> inputs;  // index arrays, then updates
  for (const Operand& operand : operands.subspan(1, operands.size() - 2)) inputs.push_back(operand);
  Copies copies;
  if (x.data == result.data) {
    for (Operand& input : inputs) {
      if (overlaps(input, result)) input = copies.copy(input);
    }
  } else {
    copy_window(result, x);
  }
  const Operand updates = inputs.back();
  inputs.pop_back();
  if (updates.elements() == 0) return;
  Writes writes;
  writes.combiner = graph::combiner_of(call.text);
  writes.dtype = result.dtype;
  writes.to = static_cast<char*>(result.data);
  writes.from = static_cast<const char*>(updates.data);
  writes.elements = result.elements();
  for (std::size_t k = 0; k < result.shape.size(); ++k) {
    if (call.axes[k] >= 0) continue;
    const Operand& index = inputs[static_cast<std::size_t>(-1 - call.axes[k])];
    writes.indices.push_back(
        {static_cast<const char*>(index.data), index.dtype, {}, result.shape[k], result.strides[k]});
  }
  const SmallVector<std::int64_t, 6> followed = followed_strides(call, result, updates.shape.size());
  for (std::size_t m = 0; m < updates.shape.size(); ++m) {
    if (updates.shape[m] == 1) continue;
    const bool moves = std::any_of(call.axes.begin(), call.axes.end(), [&](std::int64_t source) {
      return source < 0 && inputs[static_cast<std::size_t>(-1 - source)].strides[m] != 0;
    });
    const WriteAxis axis{updates.shape[m], followed[m], updates.strides[m]};
    if (followed[m] != 0 && !moves) {
      writes.inner.push_back(axis);
      continue;
    }
    writes.outer.push_back(axis);
    std::size_t i = 0;
    for (std::int64_t source : call.axes) {
      if (source >= 0) continue;
      writes.indices[i++].strides.push_back(inputs[static_cast<std::size_t>(-1 - source)].strides[m]);
    }
  }
  write(std::move(writes));
}

}  // namespace cermet::library
