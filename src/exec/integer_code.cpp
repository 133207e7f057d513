// Flattens integer expressions; see integer_code.h.
#include "exec/integer_code.h"

#include <algorithm>

#include "base/error.h"

namespace cermet::exec {
namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  if (b == 0) return 0;
  const std::int64_t q = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? q - 1 : q;
}

}  // namespace

IntegerCode::IntegerCode(const IntExprTable& table)
    : table_(&table), symbol_count_(table.symbol_count()), slot_count_(symbol_count_) {}

Integer IntegerCode::add(IntExpr e) {
  if (e.is_constant()) return {e.value(), -1};
  return {0, slot_of(e)};
}

std::int32_t IntegerCode::add_consecutive(std::span<const IntExpr> values) {
  std::vector<std::int32_t> from;
  for (IntExpr e : values) from.push_back(slot_of(e));
  const auto first = static_cast<std::int32_t>(slot_count_);
  for (std::int32_t slot : from) emit(Kind::copy, slot, 0);
  return first;
}

std::int32_t IntegerCode::emit(Kind kind, std::int32_t a, std::int32_t b, std::int64_t constant) {
  const auto to = static_cast<std::int32_t>(slot_count_++);
  steps_.push_back({kind, to, a, b, constant});
  return to;
}

std::int32_t IntegerCode::slot_of(IntExpr e) {
  if (const auto found = known_.find(e.raw()); found != known_.end()) return found->second;
  std::int32_t slot = -1;
  using K = IntExprTable::Kind;
  switch (table_->kind(e)) {
    case K::constant:
      slot = emit(Kind::constant, 0, 0, e.value());
      break;
    case K::symbol: {
      const SymbolId id = table_->symbol_id(e);
      check(id < symbol_count_, "a symbol was added after the slots were laid out");
      slot = static_cast<std::int32_t>(id);
      break;
    }
    case K::polynomial:
      slot = emit_polynomial(e);
      break;
    case K::floordiv:
    case K::mod:
    case K::minimum:
    case K::maximum: {
      const auto [a, b] = table_->operands(e);
      const std::int32_t x = slot_of(a), y = slot_of(b);
      const K k = table_->kind(e);
      slot = emit(k == K::floordiv  ? Kind::floordiv
                  : k == K::mod     ? Kind::mod
                  : k == K::minimum ? Kind::minimum
                                    : Kind::maximum,
                  x, y);
      break;
    }
  }
  known_.emplace(e.raw(), slot);
  return slot;
}

std::int32_t IntegerCode::emit_polynomial(IntExpr e) {
  std::int32_t sum = -1;
  for (const IntTerm& term : table_->terms(e)) {
    std::int32_t product = -1;
    for (IntExpr factor : term.factors) {
      const std::int32_t f = slot_of(factor);
      product = product < 0 ? f : emit(Kind::multiply, product, f);
    }
    if (product < 0 || term.coefficient != 1) {
      const std::int32_t c = slot_of(term.coefficient);
      product = product < 0 ? c : emit(Kind::multiply, product, c);
    }
    sum = sum < 0 ? product : emit(Kind::add, sum, product);
  }
  return sum;
}

void IntegerCode::run(std::int64_t* slots) const {
  for (const Step& s : steps_) {
    const std::int64_t a = slots[s.a], b = slots[s.b];
    switch (s.kind) {
      case Kind::constant:
        slots[s.to] = s.constant;
        break;
      case Kind::copy:
        slots[s.to] = a;
        break;
      case Kind::add:
        slots[s.to] = a + b;
        break;
      case Kind::multiply:
        slots[s.to] = a * b;
        break;
      case Kind::floordiv:
        slots[s.to] = floor_divide(a, b);
        break;
      case Kind::mod:
        slots[s.to] = b == 0 ? 0 : a - b * floor_divide(a, b);
        break;
      case Kind::minimum:
        slots[s.to] = std::min(a, b);
        break;
      case Kind::maximum:
        slots[s.to] = std::max(a, b);
        break;
    }
  }
}

}  // namespace cermet::exec
