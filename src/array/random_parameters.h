// Parameters of distributions: arrays or scalars, checked against the shape of the result and cast to its dtype.
#pragma once

#include <cermet/ops.h>

#include <string_view>

namespace cermet::random {

array cast_parameter(const Operand& x, Dtype dtype, const StreamOrDevice& s);
/// Throws ValueError naming `op` unless `x` is a scalar or broadcasts to exactly `shape`.
void require_broadcasts(std::string_view op, const Operand& x, const Shape& shape);

}  // namespace cermet::random
