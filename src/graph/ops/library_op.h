// What the graph knows of library calls (PrimitiveKind::library): a name, a type rule and, for tests, a reference. The
// code that runs is in library/ under the same name (library/library.h).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "graph/primitive.h"

namespace cermet::graph {

/// One array of the reference: row-major elements.
struct ReferenceArray {
  std::vector<std::int64_t> shape;
  Dtype dtype;
  std::vector<Literal> elements;
};

/// A call has one result. An op with several results (svd) packs them: the last axis holds all of them one after the
/// other, and slices and reshapes (views) take them out.
struct LibraryOp {
  std::string_view name;
  /// Throws as cermet::infer does: ValueError, TypeError or IndexError naming the op, before anything is computed.
  ArrayType (*infer)(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
  /// The reference that graph::interpret uses; dims of `call` and extents are constants. Null where there is none.
  std::vector<Literal> (*interpret)(const Primitive& call, std::span<const ReferenceArray> inputs) = nullptr;
};

/// Throws InternalError for an unknown name.
const LibraryOp& find_library_op(std::string_view name);
/// Every row.
std::span<const LibraryOp> library_ops();

}  // namespace cermet::graph
