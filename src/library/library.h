// Library calls: what is not generated (sort, scatter, LAPACK, ...). A row of the table runs what the row of the same
// name in graph/ops/library_op.h describes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "graph/primitive.h"

namespace cermet::library {

/// A strided window on memory; strides in elements, of any sign (0: broadcast).
struct Operand {
  void* data = nullptr;  ///< Of the element at index 0.
  Dtype dtype;
  SmallVector<std::int64_t, 6> shape;
  SmallVector<std::int64_t, 6> strides;

  std::int64_t elements() const {
    std::int64_t n = 1;
    for (std::int64_t extent : shape) n *= extent;
    return n;
  }
  std::size_t bytes() const { return static_cast<std::size_t>(elements()) * dtype.size(); }
  bool row_major() const {
    std::int64_t expected = 1;
    for (std::size_t k = shape.size(); k-- > 0; expected *= shape[k]) {
      if (shape[k] != 1 && strides[k] != expected) return false;
    }
    return true;
  }
};

struct Function {
  std::string_view name;
  /// `operands`: the inputs, then the result, which is row-major and overlaps no input except that of `in_place`. All
  /// dims of `call` are constants. Runs in the caller's thread and may use runtime::parallel_for. Throws before it
  /// writes (ValueError: a matrix that has no inverse, ...), or leaves a result that nobody sees.
  void (*run)(const Primitive& call, std::span<const Operand> operands);
  /// The input whose memory the result may take (then both operands have the same pointer and layout), or -1. The
  /// function writes all of the result if they differ.
  int in_place = -1;
};

/// Throws InternalError for an unknown name.
const Function& find_function(std::string_view name);
/// Every row; a test compares the names with graph::library_ops().
std::span<const Function> functions();

}  // namespace cermet::library
