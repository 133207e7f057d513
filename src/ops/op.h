// The names of the element-wise operations, made from the one table ops/elementwise.def.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cermet {

/// An element-wise operation: one value per row of ops/elementwise.def.
enum class Op : std::uint16_t {
#define CERMET_ELEMENTWISE(op_name, ...) op_name,
#include "ops/elementwise.def"
#undef CERMET_ELEMENTWISE
  count_
};

inline constexpr int op_count = static_cast<int>(Op::count_);

std::string_view name(Op op);
/// The op with that name or alias.
std::optional<Op> find_op(std::string_view text);

}  // namespace cermet
