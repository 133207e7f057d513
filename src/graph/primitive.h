// What a node does: one small value type for every primitive operation, shared by lazy arrays (exec::Node) and traced
// graphs (graph::Graph). Equality and hash cover every field, so that it can key caches.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dtype/literal.h"
#include "graph/shape.h"
#include "ops/row.h"

namespace cermet {

enum class PrimitiveKind : std::uint8_t {
  input,        ///< a leaf: an argument of the graph, or an array that already has a buffer
  constant,     ///< `literal`, 0-d
  elementwise,  ///< `op` on operands of one shape and dtype (where: bool condition first); see graph/build.h for
                ///< broadcast
  convert,      ///< to `dtype`
  bitcast,      ///< storage reinterpreted as `dtype` of the same size
  reduce,     ///< `reduction` over sorted `axes`, which are dropped from the shape; argmax/argmin: uint32 index in the
              ///< row-major order of the reduced axes
  reshape,    ///< to `dims` (same number of elements)
  transpose,  ///< output axis k is input axis axes[k]
  broadcast,  ///< to `dims`; input aligned at the last axis
  slice,      ///< `dims` holds rank starts, then rank extents; `axes` holds rank steps (non-zero, may be negative)
  depends,  ///< the first input, once the others are computed: what barrier-like ordering is made of. A view, equal to
            ///< no other value; the values of the others are not read
  strided,  ///< of a vector: element i, j, ... is element dims[0] + i * axes[0] + j * axes[1] + ...; the other `dims`
            ///< are the result's shape. All elements exist; some may appear several times
  concatenate,  ///< along axes[0]
  iota,         ///< no input: index along axes[0] in shape `dims`, of `dtype`
  dim_value,    ///< no input: the integer dims[0] as a 0-d array of `dtype`
  random_bits,  ///< threefry2x32: key uint32 (2,) -> unsigned `dtype` of shape `dims`, MLX's stream
  matmul,  ///< (..., m, k) x (..., k, n), batch dims equal; optional epilogue in `text`: "", "bias", "bias+relu", ...
  composite,  ///< a named body over primitives (graph/ops/composite.h): `text` names it, `axes`/`literal` are its
              ///< arguments
  copy,       ///< contiguous row-major copy of the input (materialises views)
  gather,  ///< x, index arrays of shape `dims` (any integer dtype) -> elements of x in shape `dims`. axes[k] says where
           ///< the index along axis k of x comes from: m >= 0: the output's index along its axis m (equal extents);
           ///< -1 - j: index array j. Negative indices count from the end, then all are clamped into the axis
  scan,    ///< running combination along axes[0] with the monoid of `reduction`; axes[1] is 1 for reverse, axes[2] is 1
           ///< for exclusive (the first result is the identity). Accumulated in order, one element after the other
  library  ///< a call of the row `text` of graph/ops/library_op.h on arrays in memory; `axes`, `dims`, `literal`,
           ///< `dtype` and `reduction` are its arguments
};

std::string_view name(PrimitiveKind kind);

struct Primitive {
  PrimitiveKind kind = PrimitiveKind::input;
  Op op{};
  Reduction reduction{};
  Dtype dtype;
  SmallVector<Dim, 6> dims;
  SmallVector<std::int64_t, 4> axes;
  Literal literal;
  std::string text;

  friend bool operator==(const Primitive&, const Primitive&) = default;
  std::uint64_t hash() const;
};

/// Shape and dtype of one operand or result.
struct ArrayType {
  Shape shape;
  Dtype dtype;
  friend bool operator==(const ArrayType&, const ArrayType&) = default;
};

/// The result type of a primitive: the one place for shape and dtype rules. Throws ValueError, TypeError or IndexError
/// naming the op, what came in and what is allowed. Works on symbols of `table`.
ArrayType infer(const Primitive& primitive, std::span<const ArrayType> inputs, IntExprTable& table);

/// The shape that `wanted` means for an array of shape `input`: one -1 stands for what is left. Throws ValueError.
Shape resolve_reshape(const Shape& input, const Shape& wanted, IntExprTable& table);

/// For view primitives (is_view): the index into the input that output index `index`
/// reads, all expressions in `table`. Shapes are those of the input and output, already in `table`.
SmallVector<IntExpr, 6> map_index(const Primitive& view, const Shape& input, const Shape& output,
                                  std::span<const IntExpr> index, IntExprTable& table);
bool is_view(PrimitiveKind kind);

/// Strides and offset in elements: where a view of a strided array lies, or nothing if it needs a copy.
struct StridedLayout {
  SmallVector<Dim, 6> strides;
  Dim offset = 0;
};
std::optional<StridedLayout> view_layout(const Primitive& view, const Shape& input, const StridedLayout& layout,
                                         const Shape& output, IntExprTable& table);
/// Row-major strides.
StridedLayout contiguous_layout(const Shape& shape, IntExprTable& table);

}  // namespace cermet
