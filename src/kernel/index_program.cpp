// Postfix code for integer expressions and the small stack machine that runs it.
#include "kernel/index_program.h"

#include <algorithm>

namespace cermet::kernel {

namespace {

std::int64_t wrapped(std::uint64_t value) { return static_cast<std::int64_t>(value); }

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  if (b == 0) {
    return 0;
  }
  if (b == -1) {
    return wrapped(0 - static_cast<std::uint64_t>(a));
  }
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

std::int64_t floor_remainder(std::int64_t a, std::int64_t b) {
  if (b == 0 || b == -1) {
    return 0;
  }
  const std::int64_t remainder = a % b;
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

}  // namespace

IndexProgram::IndexProgram(const IntExprTable& integers, IntExpr e) { compile(integers, e); }

void IndexProgram::compile(const IntExprTable& integers, IntExpr e) {
  using Kind = IntExprTable::Kind;
  const Kind kind = integers.kind(e);
  switch (kind) {
    case Kind::constant:
      steps_.push_back({Code::constant, e.value()});
      return;
    case Kind::symbol:
      steps_.push_back({Code::symbol, integers.symbol_id(e)});
      return;
    case Kind::polynomial: {
      bool first = true;
      for (const IntTerm& term : integers.terms(e)) {
        steps_.push_back({Code::constant, term.coefficient});
        for (const IntExpr factor : term.factors) {
          compile(integers, factor);
          steps_.push_back({Code::multiply, 0});
        }
        if (!first) {
          steps_.push_back({Code::add, 0});
        }
        first = false;
      }
      return;
    }
    default: {
      const auto [left, right] = integers.operands(e);
      compile(integers, left);
      compile(integers, right);
      steps_.push_back({kind == Kind::floordiv  ? Code::floordiv
                        : kind == Kind::mod     ? Code::mod
                        : kind == Kind::minimum ? Code::minimum
                                                : Code::maximum,
                        0});
    }
  }
}

std::int64_t IndexProgram::operator()(std::span<const std::int64_t> symbols) const {
  thread_local std::vector<std::int64_t> stack;
  stack.clear();
  for (const Step& step : steps_) {
    if (step.code == Code::constant || step.code == Code::symbol) {
      stack.push_back(step.code == Code::constant ? step.operand : symbols[static_cast<std::size_t>(step.operand)]);
      continue;
    }
    const std::int64_t right = stack.back();
    stack.pop_back();
    std::int64_t& left = stack.back();
    switch (step.code) {
      case Code::add:
        left = wrapped(static_cast<std::uint64_t>(left) + static_cast<std::uint64_t>(right));
        break;
      case Code::multiply:
        left = wrapped(static_cast<std::uint64_t>(left) * static_cast<std::uint64_t>(right));
        break;
      case Code::floordiv:
        left = floor_divide(left, right);
        break;
      case Code::mod:
        left = floor_remainder(left, right);
        break;
      case Code::minimum:
        left = std::min(left, right);
        break;
      default:
        left = std::max(left, right);
    }
  }
  return stack.back();
}

}  // namespace cermet::kernel
