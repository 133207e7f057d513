// One core operation or conversion on LLVM values as text, with the results that kernel.h defines for every input.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "codegen/llvm_writer.h"
#include "ops/row.h"

namespace cermet::codegen {

/// Writes `op` on operands of `operand` dtype (`where`: of the branches) and returns the result's name. `shift` is the
/// shift amount when it is a known constant. Throws InternalError for an op outside of the core (see ops/row.h).
std::string write_call(LlvmWriter& writer, Op op, Dtype operand, int lanes, std::span<const std::string> args,
                       std::optional<std::uint64_t> shift = {});
/// Writes the conversion of kernel.h; pairs that promote_types expands (bfloat16, float64 to float16) are refused.
std::string write_convert(LlvmWriter& writer, Dtype from, Dtype to, int lanes, const std::string& x);
std::string write_bitcast(LlvmWriter& writer, Dtype from, Dtype to, int lanes, const std::string& x);
/// Combines `width` vectors to scalars by halving, with the reduction's combine.
std::vector<std::string> write_reduce_lanes(LlvmWriter& writer, Reduction reduction, std::span<const Dtype> dtypes,
                                            int lanes, std::vector<std::string> vectors);

}  // namespace cermet::codegen
