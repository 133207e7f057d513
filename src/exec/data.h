// Where the elements of a concrete array are.
#pragma once

#include "graph/primitive.h"
#include "runtime/buffer.h"

namespace cermet::exec {

using Strides = SmallVector<std::int64_t, 6>;

/// A strided window on a buffer; strides and offset in elements, constant.
struct Data {
  runtime::BufferRef buffer;
  SmallVector<std::int64_t, 6> shape;
  Strides strides;
  std::int64_t offset = 0;
  Dtype dtype;
  bool contiguous = true;  ///< Row-major.
  void* pointer() const {
    return static_cast<char*>(buffer->data()) + offset * static_cast<std::int64_t>(dtype.size());
  }
};

}  // namespace cermet::exec
