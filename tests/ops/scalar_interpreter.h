// Runs scalar expressions on many lanes in exact float32, float64 and integer arithmetic, so that the tests measure the
// formulas themselves and not a compiler's reading of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ops/row.h"

namespace cermet::testing {

/// The storage bits of one value per lane.
using Lanes = std::vector<std::uint64_t>;

/// Appends op(args) to the arena with every op that is not core (fma counts as core) replaced by its expansion.
Scalar expand_fully(Op op, std::span<const Scalar> args);

/// The values of `roots` for the given arguments, in the order in which the arena made them.
std::vector<Lanes> interpret(const ScalarArena& arena, std::span<const Scalar> roots, std::span<const Lanes> arguments);

/// op(arguments), all of `dtype` (where: bool first), through its expansion.
Lanes run_expansion(Op op, Dtype dtype, std::span<const Lanes> arguments);

}  // namespace cermet::testing
