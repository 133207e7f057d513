// Normal forms of symbolic integers: construction and simplification. Queries and text are in
// integer_expression_query.cpp and integer_expression_text.cpp.
#include "base/integer_expression.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/hash.h"
#include "base/symbol_values.h"

namespace cermet {

namespace {
thread_local SymbolValues* symbol_values = nullptr;
}

SymbolValues* SymbolValues::current() { return symbol_values; }
SymbolValues* SymbolValues::install(SymbolValues* values) { return std::exchange(symbol_values, values); }

std::int64_t IntExpr::value() const {
  if (is_constant()) [[likely]]
    return raw_ >> 1;
  check(symbol_values != nullptr, "a symbolic integer was read as a constant");
  return symbol_values->specialised(*this);
}

IntExprTable::IntExprTable() = default;

IntExpr IntExprTable::add_symbol(Symbol symbol) {
  check(!find_symbol(symbol.name), "symbol {} exists already", symbol.name);
  if (symbol.upper.is_constant() && symbol.upper.value() != 0) {
    symbol.range.high = std::min(symbol.range.high, symbol.upper.value() - 1);
  }
  Node node;
  node.kind = Kind::symbol;
  node.symbol = static_cast<SymbolId>(symbols_.size());
  symbols_.push_back(std::move(symbol));
  const IntExpr e = intern(std::move(node));
  symbol_expressions_.push_back(e);
  return e;
}

void IntExprTable::refine(SymbolId id, IntRange range, std::int64_t multiple_of) {
  Symbol& s = symbols_[id];
  s.range.low = std::max(s.range.low, range.low);
  s.range.high = std::min(s.range.high, range.high);
  s.multiple_of = std::lcm(s.multiple_of, multiple_of);
}

bool IntExprTable::equal(const Node& a, const Node& b) const {
  if (a.kind != b.kind || a.symbol != b.symbol || !(a.left == b.left) || !(a.right == b.right)) return false;
  return std::equal(
      a.terms.begin(), a.terms.end(), b.terms.begin(), b.terms.end(),
      [](const IntTerm& x, const IntTerm& y) { return x.coefficient == y.coefficient && x.factors == y.factors; });
}

IntExpr IntExprTable::intern(Node node) {
  std::uint64_t h = hash_combine(static_cast<std::uint64_t>(node.kind), node.symbol);
  h = hash_combine(h, static_cast<std::uint64_t>(node.left.raw()));
  h = hash_combine(h, static_cast<std::uint64_t>(node.right.raw()));
  for (const IntTerm& t : node.terms) {
    h = hash_combine(h, static_cast<std::uint64_t>(t.coefficient));
    for (IntExpr f : t.factors) h = hash_combine(h, static_cast<std::uint64_t>(f.raw()));
  }
  const auto [first, last] = index_.equal_range(h);
  for (auto it = first; it != last; ++it) {
    if (equal(nodes_[it->second], node)) return IntExpr::from_table(it->second);
  }
  node.range = range_of(node);
  const auto id = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back(std::move(node));
  index_.emplace(h, id);
  return IntExpr::from_table(id);
}

IntExpr IntExprTable::atom(Kind kind, IntExpr left, IntExpr right) {
  Node node;
  node.kind = kind;
  node.left = left;
  node.right = right;
  return intern(std::move(node));
}

// A structural order, independent of the order in which expressions were made, so that text round-trips.
int IntExprTable::compare(IntExpr a, IntExpr b) const {
  if (a == b) return 0;
  if (a.is_constant() || b.is_constant()) {
    if (a.is_constant() != b.is_constant()) return a.is_constant() ? 1 : -1;
    return a.value() < b.value() ? -1 : 1;
  }
  const Node& x = node(a);
  const Node& y = node(b);
  if (x.kind != y.kind) return x.kind < y.kind ? -1 : 1;
  if (x.kind == Kind::symbol) return x.symbol < y.symbol ? -1 : 1;
  if (x.kind == Kind::polynomial) {
    for (std::size_t i = 0; i < std::min(x.terms.size(), y.terms.size()); ++i) {
      if (const int c = compare(x.terms[i], y.terms[i])) return c;
      if (x.terms[i].coefficient != y.terms[i].coefficient) {
        return x.terms[i].coefficient < y.terms[i].coefficient ? -1 : 1;
      }
    }
    return x.terms.size() < y.terms.size() ? -1 : 1;
  }
  const int c = compare(x.left, y.left);
  return c != 0 ? c : compare(x.right, y.right);
}

// Longer products first, the constant last.
int IntExprTable::compare(const IntTerm& a, const IntTerm& b) const {
  if (a.factors.size() != b.factors.size()) return a.factors.size() > b.factors.size() ? -1 : 1;
  for (std::size_t i = 0; i < a.factors.size(); ++i) {
    if (const int c = compare(a.factors[i], b.factors[i])) return c;
  }
  return 0;
}

void IntExprTable::sort_terms(Terms& terms) const {
  for (IntTerm& t : terms) {
    std::sort(t.factors.begin(), t.factors.end(), [&](IntExpr a, IntExpr b) { return compare(a, b) < 0; });
  }
  std::sort(terms.begin(), terms.end(), [&](const IntTerm& a, const IntTerm& b) { return compare(a, b) < 0; });
  Terms merged;
  for (IntTerm& t : terms) {
    if (!merged.empty() && merged.back().factors == t.factors) {
      merged.back().coefficient += t.coefficient;
    } else {
      merged.push_back(std::move(t));
    }
  }
  std::erase_if(merged, [](const IntTerm& t) { return t.coefficient == 0; });
  terms = std::move(merged);
}

// c*F*b*(a // b) + c*F*(a % b) is c*F*a: what collapsing two loops into one leaves behind.
bool IntExprTable::recombine(Terms& terms) {
  for (std::size_t i = 0; i < terms.size(); ++i) {
    for (std::size_t f = 0; f < terms[i].factors.size(); ++f) {
      const IntExpr atom = terms[i].factors[f];
      if (kind(atom) != Kind::mod) continue;
      const auto [a, b] = operands(atom);
      IntTerm outer = terms[i];
      outer.factors.erase(outer.factors.begin() + static_cast<std::ptrdiff_t>(f));
      const Terms divisor = this->terms(b);
      const IntExpr quotient = floordiv(a, b);
      if (divisor.size() != 1 || quotient.is_constant() || kind(quotient) == Kind::polynomial) continue;
      IntTerm wanted = outer;
      wanted.coefficient *= divisor[0].coefficient;
      wanted.factors.insert(wanted.factors.end(), divisor[0].factors.begin(), divisor[0].factors.end());
      wanted.factors.push_back(quotient);
      Terms sorted{wanted};
      sort_terms(sorted);
      const auto match = std::find_if(terms.begin(), terms.end(), [&](const IntTerm& t) {
        return t.coefficient == sorted[0].coefficient && t.factors == sorted[0].factors;
      });
      if (match == terms.end()) continue;
      const auto at = static_cast<std::size_t>(match - terms.begin());
      terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(std::max(at, i)));
      terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(std::min(at, i)));
      for (IntTerm t : this->terms(a)) {
        t.coefficient *= outer.coefficient;
        t.factors.insert(t.factors.end(), outer.factors.begin(), outer.factors.end());
        terms.push_back(std::move(t));
      }
      return true;
    }
  }
  return false;
}

IntExpr IntExprTable::from_terms(Terms terms) {
  sort_terms(terms);
  while (recombine(terms)) sort_terms(terms);
  if (terms.empty()) return 0;
  if (terms.size() == 1) {
    const IntTerm& t = terms[0];
    if (t.factors.empty()) return t.coefficient;
    if (t.coefficient == 1 && t.factors.size() == 1) return t.factors[0];
  }
  Node node;
  node.kind = Kind::polynomial;
  node.terms = std::move(terms);
  return intern(std::move(node));
}

IntExpr IntExprTable::add(IntExpr a, IntExpr b) {
  if (a.is_constant() && b.is_constant()) return a.value() + b.value();
  if (a == IntExpr(0)) return b;
  if (b == IntExpr(0)) return a;
  Terms all = terms(a);
  for (IntTerm& t : terms(b)) all.push_back(std::move(t));
  return from_terms(std::move(all));
}

IntExpr IntExprTable::subtract(IntExpr a, IntExpr b) { return add(a, multiply(b, -1)); }

IntExpr IntExprTable::multiply(IntExpr a, IntExpr b) {
  if (a.is_constant() && b.is_constant()) return a.value() * b.value();
  if (a == IntExpr(1)) return b;
  if (b == IntExpr(1)) return a;
  if (a == IntExpr(0) || b == IntExpr(0)) return 0;
  Terms all;
  for (const IntTerm& x : terms(a)) {
    for (const IntTerm& y : terms(b)) {
      IntTerm product{x.coefficient * y.coefficient, x.factors};
      product.factors.insert(product.factors.end(), y.factors.begin(), y.factors.end());
      all.push_back(std::move(product));
    }
  }
  return from_terms(std::move(all));
}

IntExpr IntExprTable::product(std::span<const IntExpr> factors) {
  IntExpr out = 1;
  for (IntExpr f : factors) out = multiply(out, f);
  return out;
}

// a == b * quotient + rest, moving every term that b divides into the quotient. b has one term.
bool IntExprTable::split_divisible(IntExpr a, IntExpr b, IntExpr& quotient, IntExpr& rest) {
  const Terms divisor = terms(b);
  if (divisor.size() != 1) return false;
  Terms whole, left;
  for (const IntTerm& t : terms(a)) {
    IntTerm q = t;
    bool divides = t.coefficient % divisor[0].coefficient == 0;
    for (IntExpr f : divisor[0].factors) {
      const auto it = std::find(q.factors.begin(), q.factors.end(), f);
      if (it == q.factors.end()) {
        divides = false;
        break;
      }
      q.factors.erase(it);
    }
    if (divides) {
      q.coefficient /= divisor[0].coefficient;
      whole.push_back(std::move(q));
    } else {
      left.push_back(t);
    }
  }
  if (whole.empty()) return false;
  quotient = from_terms(std::move(whole));
  rest = from_terms(std::move(left));
  return true;
}

// a == grain * coarse + fine with 0 <= fine < grain and grain a divisor of b: the low part does not reach the division.
bool IntExprTable::split_granular(IntExpr a, std::int64_t b, std::int64_t& grain, IntExpr& coarse, IntExpr& fine) {
  const Terms all = terms(a);
  for (const IntTerm& candidate : all) {
    const std::int64_t g = std::gcd(candidate.coefficient, b);
    if (g <= 1 || candidate.factors.empty()) continue;
    Terms high, low;
    for (const IntTerm& t : all) {
      const std::int64_t quotient = t.coefficient >= 0 ? t.coefficient / g : -((-t.coefficient + g - 1) / g);
      if (t.coefficient % g == 0) {
        high.push_back({t.coefficient / g, t.factors});
      } else if (t.factors.empty() && t.coefficient >= g) {
        high.push_back({quotient, {}});
        low.push_back({t.coefficient - quotient * g, {}});
      } else {
        low.push_back(t);
      }
    }
    const IntExpr rest = from_terms(std::move(low));
    const IntRange r = range(rest);
    if (r.low >= 0 && r.high < g) {
      grain = g;
      coarse = from_terms(std::move(high));
      fine = rest;
      return true;
    }
  }
  return false;
}

bool IntExprTable::within(IntExpr e, IntExpr bound) { return known_less_equal(0, e) && known_less(e, bound); }

IntExpr IntExprTable::floordiv(IntExpr a, IntExpr b) {
  if (a.is_constant() && b.is_constant()) return floor_quotient(a.value(), b.value());
  if (b == IntExpr(1)) return a;
  if (a == IntExpr(0) || b == IntExpr(0)) return 0;
  if (range(b).low > 0) {
    if (a == b) return 1;
    if (within(a, b)) return 0;
    IntExpr quotient, rest;
    if (split_divisible(a, b, quotient, rest)) return add(quotient, floordiv(rest, b));
    if (kind(a) == Kind::floordiv && range(operands(a).second).low > 0) {
      return floordiv(operands(a).first, multiply(operands(a).second, b));
    }
    std::int64_t grain = 0;
    IntExpr coarse, fine;
    if (b.is_constant() && split_granular(a, b.value(), grain, coarse, fine))
      return floordiv(coarse, b.value() / grain);
  }
  return atom(Kind::floordiv, a, b);
}

IntExpr IntExprTable::mod(IntExpr a, IntExpr b) {
  if (a.is_constant() && b.is_constant()) {
    return b.value() == 0 ? 0 : a.value() - b.value() * floor_quotient(a.value(), b.value());
  }
  if (b == IntExpr(1) || b == IntExpr(0) || a == IntExpr(0)) return 0;
  if (range(b).low > 0) {
    if (a == b) return 0;
    if (within(a, b)) return a;
    IntExpr quotient, rest;
    if (split_divisible(a, b, quotient, rest)) return mod(rest, b);
    std::int64_t grain = 0;
    IntExpr coarse, fine;
    if (b.is_constant() && split_granular(a, b.value(), grain, coarse, fine)) {
      return add(multiply(mod(coarse, b.value() / grain), grain), fine);
    }
    if (b.is_constant() && known_divisor(a) % b.value() == 0) return 0;
  }
  return atom(Kind::mod, a, b);
}

IntExpr IntExprTable::minimum(IntExpr a, IntExpr b) {
  if (known_less_equal(a, b)) return a;
  if (known_less_equal(b, a)) return b;
  return compare(a, b) <= 0 ? atom(Kind::minimum, a, b) : atom(Kind::minimum, b, a);
}

IntExpr IntExprTable::maximum(IntExpr a, IntExpr b) {
  if (known_less_equal(a, b)) return b;
  if (known_less_equal(b, a)) return a;
  return compare(a, b) <= 0 ? atom(Kind::maximum, a, b) : atom(Kind::maximum, b, a);
}

IntExpr IntExprTable::ceildiv(IntExpr a, IntExpr b) { return floordiv(add(a, subtract(b, 1)), b); }

}  // namespace cermet
