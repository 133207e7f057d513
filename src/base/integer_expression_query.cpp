// Facts about symbolic integers: ranges, divisors, dependence, substitution and evaluation.
#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/integer_expression.h"

namespace cermet {
namespace {

__extension__ using Wide = __int128;

std::int64_t clamp(Wide x) {
  return static_cast<std::int64_t>(std::clamp<Wide>(x, IntRange::unbounded_low, IntRange::unbounded_high));
}

bool infinite(std::int64_t x) { return x <= IntRange::unbounded_low || x >= IntRange::unbounded_high; }

Wide scaled(std::int64_t a, std::int64_t b) {
  if (a == 0 || b == 0) return 0;
  if (infinite(a) || infinite(b)) return (a < 0) != (b < 0) ? IntRange::unbounded_low : IntRange::unbounded_high;
  return static_cast<Wide>(a) * b;
}

IntRange range_product(IntRange a, IntRange b) {
  const Wide corners[] = {scaled(a.low, b.low), scaled(a.low, b.high), scaled(a.high, b.low), scaled(a.high, b.high)};
  return {clamp(*std::min_element(corners, corners + 4)), clamp(*std::max_element(corners, corners + 4))};
}

IntRange range_sum(IntRange a, IntRange b) {
  const bool low = infinite(a.low) || infinite(b.low);
  const bool high = infinite(a.high) || infinite(b.high);
  return {low ? IntRange::unbounded_low : clamp(static_cast<Wide>(a.low) + b.low),
          high ? IntRange::unbounded_high : clamp(static_cast<Wide>(a.high) + b.high)};
}

// Rounds towards minus infinity; an unknown bound stays unknown.
std::int64_t quotient_bound(std::int64_t a, std::int64_t b) { return infinite(a) ? a : floor_quotient(a, b); }

IntRange floordiv_range(IntRange a, IntRange b) {
  if (b.low <= 0) return {};
  // A larger divisor moves the quotient towards zero (towards -1 from below): the extremes are at the ends of b.
  const auto at_high_divisor = [&](std::int64_t x) {
    return infinite(b.high) ? (x < 0 ? -1 : 0) : quotient_bound(x, b.high);
  };
  return {clamp(std::min(quotient_bound(a.low, b.low), at_high_divisor(a.low))),
          clamp(std::max(quotient_bound(a.high, b.low), at_high_divisor(a.high)))};
}

}  // namespace

std::string IntExprTable::unique_name(std::string_view stem) const {
  std::string name(stem);
  for (int i = 0; find_symbol(name); ++i) name = std::string(stem) + "_" + std::to_string(i);
  return name;
}

const Symbol& IntExprTable::symbol(SymbolId id) const { return symbols_[id]; }
std::size_t IntExprTable::symbol_count() const { return symbols_.size(); }

std::optional<SymbolId> IntExprTable::find_symbol(std::string_view name) const {
  for (std::size_t i = 0; i < symbols_.size(); ++i) {
    if (symbols_[i].name == name) return static_cast<SymbolId>(i);
  }
  return std::nullopt;
}

IntExpr IntExprTable::expression(SymbolId id) const { return symbol_expressions_[id]; }

SymbolId IntExprTable::symbol_id(IntExpr e) const {
  check(kind(e) == Kind::symbol, "{} is not a symbol", print(e));
  return node(e).symbol;
}

IntExprTable::Kind IntExprTable::kind(IntExpr e) const { return e.is_constant() ? Kind::constant : node(e).kind; }

std::pair<IntExpr, IntExpr> IntExprTable::operands(IntExpr e) const { return {node(e).left, node(e).right}; }

std::vector<IntTerm> IntExprTable::terms(IntExpr e) const {
  if (e.is_constant()) return e == IntExpr(0) ? Terms{} : Terms{{e.value(), {}}};
  const Node& n = node(e);
  if (n.kind == Kind::polynomial) return n.terms;
  return {{1, {e}}};
}

IntRange IntExprTable::range_of(const IntTerm& term) const {
  IntRange r{term.coefficient, term.coefficient};
  for (std::size_t i = 0; i < term.factors.size();) {
    std::size_t next = i + 1;
    while (next < term.factors.size() && term.factors[next] == term.factors[i]) ++next;
    IntRange f = range(term.factors[i]);
    IntRange power{1, 1};
    for (std::size_t k = i; k < next; ++k) power = range_product(power, f);
    if ((next - i) % 2 == 0) power.low = std::max<std::int64_t>(power.low, 0);
    r = range_product(r, power);
    i = next;
  }
  return r;
}

IntRange IntExprTable::range_of(const Node& n) const {
  switch (n.kind) {
    case Kind::constant:
      return {n.left.value(), n.left.value()};
    case Kind::symbol:
      return symbols_[n.symbol].range;
    case Kind::floordiv:
      return floordiv_range(range(n.left), range(n.right));
    case Kind::mod: {
      const IntRange b = range(n.right);
      if (b.low < 0) return {};
      return {0, infinite(b.high) ? b.high : std::max<std::int64_t>(b.high - 1, 0)};
    }
    case Kind::minimum: {
      const IntRange a = range(n.left), b = range(n.right);
      return {std::min(a.low, b.low), std::min(a.high, b.high)};
    }
    case Kind::maximum: {
      const IntRange a = range(n.left), b = range(n.right);
      return {std::max(a.low, b.low), std::max(a.high, b.high)};
    }
    case Kind::polynomial: {
      IntRange r{0, 0};
      for (const IntTerm& t : n.terms) r = range_sum(r, range_of(t));
      return r;
    }
  }
  return {};
}

IntRange IntExprTable::range(IntExpr e) const {
  if (e.is_constant()) return {e.value(), e.value()};
  const Node& n = node(e);
  return n.kind == Kind::symbol ? symbols_[n.symbol].range : n.range;
}

std::int64_t IntExprTable::known_divisor(IntExpr e) const {
  if (e.is_constant()) return e.value() < 0 ? -e.value() : e.value();
  const Node& n = node(e);
  switch (n.kind) {
    case Kind::symbol:
      return symbols_[n.symbol].multiple_of;
    case Kind::mod:
    case Kind::minimum:
    case Kind::maximum:
      return std::gcd(known_divisor(n.left), known_divisor(n.right));
    case Kind::polynomial: {
      std::int64_t g = 0;
      for (const IntTerm& t : n.terms) {
        Wide d = t.coefficient < 0 ? -t.coefficient : t.coefficient;
        for (IntExpr f : t.factors) {
          const Wide next = d * known_divisor(f);
          if (next > (Wide{1} << 60)) break;  // leaving a factor out keeps a divisor
          d = next;
        }
        g = std::gcd(g, static_cast<std::int64_t>(d));
      }
      return g;
    }
    default:
      return 1;
  }
}

// A lower bound of e is found by moving each symbol that has a symbolic bound to its worst end.
bool IntExprTable::known_not_negative(IntExpr e) {
  if (range(e).low >= 0) return true;
  for (int round = 0; round < 4 && !e.is_constant(); ++round) {
    bool changed = false;
    for (SymbolId s : symbols_of(e)) {
      const Symbol& facts = symbols_[s];
      const auto linear = linear_in(e, s);
      if (!linear) continue;
      const IntRange slope = range(linear->first);
      if (slope.high <= 0 && !(facts.upper == IntExpr(0))) {
        e = add(multiply(linear->first, subtract(facts.upper, 1)), linear->second);
      } else if (slope.low >= 0 && !infinite(facts.range.low) && !(facts.upper == IntExpr(0))) {
        e = add(multiply(linear->first, facts.range.low), linear->second);
      } else {
        continue;
      }
      changed = true;
      if (range(e).low >= 0) return true;
      if (e.is_constant()) return false;
    }
    if (!changed) break;
  }
  return range(e).low >= 0;
}

bool IntExprTable::known_less_equal(IntExpr a, IntExpr b) {
  if (a == b) return true;
  if (a.is_constant() && b.is_constant()) return a.value() <= b.value();
  const IntRange x = range(a), y = range(b);
  if (!infinite(x.high) && !infinite(y.low) && x.high <= y.low) return true;
  if (!infinite(x.low) && !infinite(y.high) && x.low > y.high) return false;
  if (!b.is_constant()) {
    const Node n = node(b);
    if (n.kind == Kind::maximum) return known_less_equal(a, n.left) || known_less_equal(a, n.right);
  }
  if (!a.is_constant()) {
    const Node n = node(a);
    if (n.kind == Kind::minimum && (known_less_equal(n.left, b) || known_less_equal(n.right, b))) return true;
    if (n.kind == Kind::mod && range(n.right).low > 0 && known_less_equal(n.right, add(b, 1))) return true;
  }
  return known_not_negative(subtract(b, a));
}

bool IntExprTable::known_less(IntExpr a, IntExpr b) { return known_less_equal(add(a, 1), b); }

bool IntExprTable::depends_on(IntExpr e, SymbolId symbol) const {
  if (e.is_constant()) return false;
  const Node& n = node(e);
  if (n.kind == Kind::symbol) return n.symbol == symbol;
  if (n.kind == Kind::polynomial) {
    for (const IntTerm& t : n.terms) {
      for (IntExpr f : t.factors) {
        if (depends_on(f, symbol)) return true;
      }
    }
    return false;
  }
  return depends_on(n.left, symbol) || depends_on(n.right, symbol);
}

std::vector<SymbolId> IntExprTable::symbols_of(IntExpr e) const {
  std::vector<SymbolId> out;
  std::vector<IntExpr> work{e};
  while (!work.empty()) {
    const IntExpr x = work.back();
    work.pop_back();
    if (x.is_constant()) continue;
    const Node& n = node(x);
    if (n.kind == Kind::symbol) {
      out.push_back(n.symbol);
    } else if (n.kind == Kind::polynomial) {
      for (const IntTerm& t : n.terms) work.insert(work.end(), t.factors.begin(), t.factors.end());
    } else {
      work.push_back(n.left);
      work.push_back(n.right);
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::optional<std::pair<IntExpr, IntExpr>> IntExprTable::linear_in(IntExpr e, SymbolId symbol) {
  const IntExpr s = expression(symbol);
  Terms coefficient, rest;
  for (IntTerm t : terms(e)) {
    int uses = 0;
    bool nested = false;
    for (IntExpr f : t.factors) {
      if (f == s) {
        ++uses;
      } else if (depends_on(f, symbol)) {
        nested = true;
      }
    }
    if (nested || uses > 1) return std::nullopt;
    if (uses == 1) {
      t.factors.erase(std::find(t.factors.begin(), t.factors.end(), s));
      coefficient.push_back(std::move(t));
    } else {
      rest.push_back(std::move(t));
    }
  }
  return std::pair{from_terms(std::move(coefficient)), from_terms(std::move(rest))};
}

namespace {

/// Rebuilds an expression of `from` in `to`, mapping symbols and remembering shared parts.
class Rebuild {
 public:
  Rebuild(const IntExprTable& from, IntExprTable& to, const std::function<IntExpr(SymbolId)>& map)
      : from_(from), to_(to), map_(map) {}

  IntExpr operator()(IntExpr e) {
    if (e.is_constant()) return e;
    if (const auto it = done_.find(e.table_index()); it != done_.end()) return it->second;
    const IntExpr out = rebuild(e);
    done_.emplace(e.table_index(), out);
    return out;
  }

 private:
  IntExpr rebuild(IntExpr e) {
    using Kind = IntExprTable::Kind;
    const Kind kind = from_.kind(e);
    if (kind == Kind::symbol) return map_(from_.symbol_id(e));
    if (kind == Kind::polynomial) {
      IntExpr total = 0;
      for (const IntTerm& t : from_.terms(e)) {
        IntExpr product = t.coefficient;
        for (IntExpr f : t.factors) product = to_.multiply(product, (*this)(f));
        total = to_.add(total, product);
      }
      return total;
    }
    const auto [left, right] = from_.operands(e);
    const IntExpr a = (*this)(left), b = (*this)(right);
    switch (kind) {
      case Kind::floordiv:
        return to_.floordiv(a, b);
      case Kind::mod:
        return to_.mod(a, b);
      case Kind::minimum:
        return to_.minimum(a, b);
      default:
        return to_.maximum(a, b);
    }
  }

  const IntExprTable& from_;
  IntExprTable& to_;
  const std::function<IntExpr(SymbolId)>& map_;
  std::unordered_map<std::uint32_t, IntExpr> done_;
};

}  // namespace

IntExpr IntExprTable::substitute(IntExpr e, const std::function<std::optional<IntExpr>(SymbolId)>& replacement) {
  const std::function<IntExpr(SymbolId)> map = [&](SymbolId id) { return replacement(id).value_or(expression(id)); };
  return Rebuild(*this, *this, map)(e);
}

IntExpr IntExprTable::import(const IntExprTable& other, IntExpr e, const std::function<IntExpr(SymbolId)>& map_symbol) {
  return Rebuild(other, *this, map_symbol)(e);
}

std::int64_t IntExprTable::evaluate(IntExpr e, const std::function<std::int64_t(SymbolId)>& value_of) const {
  if (e.is_constant()) return e.value();
  const Node& n = node(e);
  if (n.kind == Kind::symbol) return value_of(n.symbol);
  if (n.kind == Kind::polynomial) {
    std::int64_t total = 0;
    for (const IntTerm& t : n.terms) {
      std::int64_t product = t.coefficient;
      for (IntExpr f : t.factors) product *= evaluate(f, value_of);
      total += product;
    }
    return total;
  }
  const std::int64_t a = evaluate(n.left, value_of), b = evaluate(n.right, value_of);
  switch (n.kind) {
    case Kind::floordiv:
      return floor_quotient(a, b);
    case Kind::mod:
      return b == 0 ? 0 : a - b * floor_quotient(a, b);
    case Kind::minimum:
      return std::min(a, b);
    default:
      return std::max(a, b);
  }
}

}  // namespace cermet
