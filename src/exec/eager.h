// One pending primitive at a time: the program of its structure, cached by what the kernels depend on. Extents and
// strides are run-time symbols, so that one program serves all sizes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "exec/data.h"
#include "exec/node.h"

namespace cermet::exec {

/// The layout of a view of `input` (Data without a buffer has a layout, too), or nothing if the elements must be
/// copied.
std::optional<Data> view_of(const Primitive& view, const Data& input, const Shape& shape);
/// Row-major, without a buffer.
Data row_major(const ArrayType& type);

/// What stands for a node's structure in the cache. `words` is the key; the rest is what a program run needs.
struct EagerCall {
  SmallVector<std::uint64_t, 16> words;
  Primitive primitive;            ///< In terms of the collapsed axes; dims of kinds that have some are left out.
  SmallVector<Data, 4> operands;  ///< Collapsed; layouts only while no buffers are known.
  Strides hints;                  ///< Likely extents of the axes: representatives of the classes in the key.
  Strides limits;                 ///< Largest extents of the axes that the key allows; empty: unknown.
  bool rows_known = false;        ///< The last extents of operands are in the key: constants of the program.
};

/// Describes `node` on these operands (in the layouts that they have or will have).
EagerCall describe(const Node& node, std::span<const Data* const> operands);
/// The cached program, or null.
std::shared_ptr<const Program> find_program(const EagerCall& call);
/// Plans, compiles and caches it.
std::shared_ptr<const Program> make_program(const EagerCall& call);

/// True for kinds that run through a program of their own (not views, constants, calls, library calls).
bool has_eager_program(const Node& node);

}  // namespace cermet::exec
