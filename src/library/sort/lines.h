// The lines of arrays along one axis, brought to a kernel that only knows contiguous memory.
#pragma once

#include <functional>

#include "library/library.h"

namespace cermet::library::sorting {

/// Lines of `length` elements of the input, and of `out_length` elements of the result at the same outer indices.
struct Lines {
  std::int64_t length = 0, out_length = 0;
  std::int64_t count = 0;
  std::int64_t in_step = 1, out_step = 1;  ///< from an element of a line to the next, in elements
  SmallVector<std::int64_t, 6> extents, in_strides, out_strides;
  const char* in = nullptr;
  char* out = nullptr;
  std::int64_t in_size = 0, out_size = 0;  ///< of an element, in bytes
};

Lines lines_along(const Operand& in, const Operand& out, std::int64_t axis);

/// Sorts one line: contiguous elements of the input to contiguous elements of the result, which overlap nothing.
/// `scratch` has the bytes that were asked for and is 64-byte aligned.
using LineKernel = std::function<void(const char* in, char* out, char* scratch)>;
/// Calls `kernel` for every line; lines are shared out to the threads if there is more than one, so a kernel may use
/// parallel_for itself where there is one.
void for_each_line(const Lines& lines, std::size_t scratch_bytes, const LineKernel& kernel);

}  // namespace cermet::library::sorting
