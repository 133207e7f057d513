// Library calls: what is not generated (sort, scatter, LAPACK, ...). A row of the table runs what the row of the same
// name in graph/ops/library_op.h describes.
#pragma once

#include <cstdint>
#include <optional>
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

/// True if some byte belongs to both windows, or may (the ranges from first to last byte are compared).
bool overlaps(const Operand& a, const Operand& b);

/// Bytes of a result, from its first element on.
struct ByteRange {
  std::size_t offset = 0, bytes = 0;
};

struct Function {
  std::string_view name;
  /// `operands`: the inputs, then the result, which is row-major and overlaps no input except that of `in_place`. All
  /// dims of `call` are constants. Operands may have no elements, the result has some. Runs in the caller's thread and
  /// may use runtime::parallel_for. Throws before it writes (ValueError: a matrix that has no inverse, ...), or leaves
  /// a result that nobody sees.
  void (*run)(const Primitive& call, std::span<const Operand> operands);
  /// The input (of as many bytes as the result) whose memory the result may take, or -1. Where it does, both have the
  /// same pointer and are row-major; other inputs may be windows on that memory too, and must be read as they were
  /// before anything is written (see `overlaps`). The function writes all of the result where the pointers differ.
  int in_place = -1;
  /// May throw because of what the operands hold (besides running out of memory). No memory of the caller is taken up
  /// to the last such call of a program, so that the inputs are whole when it throws. Say false where it cannot happen.
  bool fails = true;
  /// Where a call in place, of operands laid out like these (their pointers mean nothing), does no more than copy the
  /// row-major input 1 to a few bytes of the result, as memmove does: which bytes. Null: it never does.
  std::optional<ByteRange> (*copied_range)(const Primitive& call, std::span<const Operand> operands) = nullptr;
};

/// Throws InternalError for an unknown name.
const Function& find_function(std::string_view name);
/// What a node of kind library or matmul calls.
const Function& function_of(const Primitive& call);
/// Every row; a test compares the names with graph::library_ops().
std::span<const Function> functions();

}  // namespace cermet::library
