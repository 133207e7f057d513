// Integer expressions flattened for repeated evaluation (the interpreter evaluates each of them once an element).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/integer_expression.h"

namespace cermet::kernel {

class IndexProgram {
 public:
  IndexProgram() = default;
  IndexProgram(const IntExprTable& integers, IntExpr e);
  /// The value of the expression, given that of each symbol by id. Wraps where 64 bits overflow.
  std::int64_t operator()(std::span<const std::int64_t> symbols) const;

 private:
  enum class Code : std::uint8_t { constant, symbol, add, multiply, floordiv, mod, minimum, maximum };
  struct Step {
    Code code;
    std::int64_t operand;
  };
  void compile(const IntExprTable& integers, IntExpr e);

  std::vector<Step> steps_;  // postfix
};

}  // namespace cermet::kernel
