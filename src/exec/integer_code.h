// Dims as straight-line code: a program computes all its extents, strides and sizes once a call from a flat list.
// Invariant: slots [0, symbols) hold the symbols of the table by id; every instruction writes one later slot.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/integer_expression.h"

namespace cermet::exec {

/// An integer that is known, or a slot of the values that IntegerCode computes.
struct Integer {
  std::int64_t constant = 0;
  std::int32_t slot = -1;
  std::int64_t value(const std::int64_t* slots) const { return slot < 0 ? constant : slots[slot]; }
};

class IntegerCode {
 public:
  /// Reserves the slots of the symbols that `table` has now; the table may grow expressions, not symbols, after that.
  explicit IntegerCode(const IntExprTable& table);
  /// The value of `e` once run() has been called.
  Integer add(IntExpr e);
  /// Consecutive slots that hold `values` (parameters of a kernel, passed by address).
  std::int32_t add_consecutive(std::span<const IntExpr> values);
  std::size_t slots() const { return slot_count_; }
  std::size_t symbols() const { return symbol_count_; }
  /// Fills slots [symbols(), slots()) from the symbols before them.
  void run(std::int64_t* slots) const;

 private:
  enum class Kind : std::uint8_t { constant, copy, add, multiply, floordiv, mod, minimum, maximum };
  struct Step {
    Kind kind;
    std::int32_t to, a, b;
    std::int64_t constant;  ///< Of Kind::constant.
  };
  std::int32_t slot_of(IntExpr e);
  std::int32_t emit(Kind kind, std::int32_t a, std::int32_t b, std::int64_t constant = 0);
  std::int32_t emit_polynomial(IntExpr e);

  const IntExprTable* table_;
  std::size_t symbol_count_, slot_count_;
  std::vector<Step> steps_;
  std::unordered_map<std::int64_t, std::int32_t> known_;  // raw bits of an expression to its slot
};

}  // namespace cermet::exec
