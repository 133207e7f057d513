// See symbols.h.
#include "array/symbols.h"

#include <algorithm>
#include <atomic>
#include <numeric>

#include "array/recorder.h"
#include "base/error.h"

namespace cermet {

namespace {

using Kind = IntExprTable::Kind;

bool is_atom(Kind kind) {
  return kind == Kind::floordiv || kind == Kind::mod || kind == Kind::minimum || kind == Kind::maximum;
}

Dim apply(IntExprTable& table, Kind kind, Dim a, Dim b) {
  switch (kind) {
    case Kind::floordiv:
      return table.floordiv(a, b);
    case Kind::mod:
      return table.mod(a, b);
    case Kind::minimum:
      return table.minimum(a, b);
    default:
      return table.maximum(a, b);
  }
}

/// The atoms that are not symbols, inner ones first.
void collect_atoms(const IntExprTable& table, Dim e, std::vector<Dim>& atoms) {
  if (e.is_constant()) return;
  const Kind kind = table.kind(e);
  if (kind == Kind::polynomial) {
    for (const IntTerm& term : table.terms(e)) {
      for (Dim factor : term.factors) collect_atoms(table, factor, atoms);
    }
  } else if (is_atom(kind)) {
    const auto [left, right] = table.operands(e);
    collect_atoms(table, left, atoms);
    collect_atoms(table, right, atoms);
    atoms.push_back(e);
  }
}

/// The product `b` with one of its factors taken out.
Dim without_factor(IntExprTable& table, Dim b, Dim factor) {
  IntTerm term = table.terms(b)[0];
  term.factors.erase(std::find(term.factors.begin(), term.factors.end(), factor));
  return table.multiply(term.coefficient, table.product(term.factors));
}

/// What `b` is a product of and all terms of `a` have. `b` is not 0.
void cancel_common_factors(IntExprTable& table, Dim& a, Dim& b) {
  const std::vector<IntTerm> divisor = table.terms(b);
  if (divisor.size() != 1) return;
  for (Dim factor : divisor[0].factors) {
    std::vector<IntTerm> terms = table.terms(a);
    const bool is_common = std::all_of(terms.begin(), terms.end(), [&](IntTerm& term) {
      const auto found = std::find(term.factors.begin(), term.factors.end(), factor);
      if (found == term.factors.end()) return false;
      term.factors.erase(found);
      return true;
    });
    if (!is_common) continue;
    a = 0;
    for (const IntTerm& term : terms) a = table.add(a, table.multiply(term.coefficient, table.product(term.factors)));
    b = without_factor(table, b, factor);
  }
}

}  // namespace

TraceSymbols::TraceSymbols() {
  static std::atomic<std::uint64_t> last_id{0};
  id_ = last_id.fetch_add(1, std::memory_order_relaxed) + 1;
}

IntExprTable& TraceSymbols::table() {
  check(Recorder::current() != nullptr, "a symbol was asked for while its trace is paused");
  return Recorder::current()->dims();
}

Dim TraceSymbols::add(IntExprTable& table, std::int64_t extent, std::int32_t array, std::int32_t axis) {
  Symbol symbol;
  symbol.name = table.unique_name(fmt::format("s{}", table.symbol_count()));
  symbol.range = range_of(extent);
  symbol.hint = extent;
  const Dim d = table.add_symbol(std::move(symbol));
  sources_.push_back({table.symbol_id(d), array, axis});
  return d;
}

Dim TraceSymbols::rebuilt(Dim e) {
  IntExprTable& t = table();
  const Kind kind = t.kind(e);
  Dim out = e;
  if (kind == Kind::polynomial) {
    out = 0;
    for (const IntTerm& term : t.terms(e)) {
      Dim product = term.coefficient;
      for (Dim factor : term.factors) product = t.multiply(product, resolved(factor));
      out = t.add(out, product);
    }
  } else if (is_atom(kind)) {
    const auto [left, right] = t.operands(e);
    out = apply(t, kind, resolved(left), resolved(right));
  }
  const auto known = replaced_.find(out.raw());
  return known == replaced_.end() ? out : resolved(known->second);
}

Dim TraceSymbols::resolved(Dim e) {
  if (e.is_constant() || !has_facts_) return e;
  if (const auto known = resolved_.find(e.raw()); known != resolved_.end()) return known->second;
  const Dim out = rebuilt(e);
  resolved_.insert_or_assign(e.raw(), out);
  return out;
}

std::int64_t TraceSymbols::hint(Dim e) const {
  if (e.is_constant()) return e.value();
  const IntExprTable& t = table();
  return t.evaluate(e, [&](SymbolId id) { return t.symbol(id).hint; });
}

std::string TraceSymbols::text(Dim e) { return std::to_string(hint(e)); }

/// Guards are checked where only the extents of arrays are known.
Dim TraceSymbols::over_sources(Dim e) const {
  for (auto it = defined_.rbegin(); it != defined_.rend(); ++it) {
    e = table().substitute(
        e, [&](SymbolId id) { return id == it->first ? std::optional<IntExpr>(it->second) : std::nullopt; });
  }
  return e;
}

void TraceSymbols::record(Relation relation, Dim a, Dim b) {
  a = over_sources(a), b = over_sources(b);
  if (!known_guards_.insert(fmt::format("{} {} {}", static_cast<int>(relation), a.raw(), b.raw())).second) return;
  guards_.push_back({relation, a, b, Recorder::current()->source()});
}

bool TraceSymbols::equal(Dim a, Dim b) {
  a = resolved(a), b = resolved(b);
  if (a == b) return true;
  const Dim difference = table().subtract(a, b);
  const IntRange range = table().range(difference);
  if (range.low > 0 || range.high < 0) return false;
  if (hint(difference) != 0) {
    record(Relation::not_equal, a, b);
    return false;
  }
  record(Relation::equal, a, b);
  assume_equal(a, b);
  return true;
}

bool TraceSymbols::less(Dim a, Dim b) {
  a = resolved(a), b = resolved(b);
  if (table().known_less(a, b)) return true;
  if (table().known_less_equal(b, a)) return false;
  const bool answer = hint(a) < hint(b);
  record(answer ? Relation::less : Relation::not_less, a, b);
  assume_not_negative(answer ? table().subtract(table().subtract(b, a), 1) : table().subtract(a, b));
  return answer;
}

std::optional<Dim> TraceSymbols::quotient(Dim a, Dim b) {
  a = resolved(a), b = resolved(b);
  const std::int64_t n = hint(a), d = hint(b);
  if (d == 0 || n % d != 0) {
    record(Relation::not_equal, table().mod(a, b), 0);
    return std::nullopt;
  }
  for (;;) {
    a = resolved(a), b = resolved(b);
    cancel_common_factors(table(), a, b);
    const Dim whole = table().floordiv(a, b);
    if (table().multiply(whole, b) == a) return whole;
    if (!b.is_constant() && (replace_by_a_factor(b, a) || settle_a_division(b))) continue;
    if (b.is_constant() && make_multiple(a, b.value())) continue;
    specialise_a_symbol(b.is_constant() ? a : b);
  }
}

/// (batch * length) by a width: it is one of the factors, most often.
bool TraceSymbols::replace_by_a_factor(Dim b, Dim a) {
  const std::int64_t value = hint(b);
  for (const IntTerm& term : table().terms(a)) {
    for (Dim factor : term.factors) {
      if (hint(factor) == value && !(factor == b) && equal(factor, b)) return true;
    }
  }
  return false;
}

/// A symbol of a product becomes a multiple, so that the product is known to be one.
bool TraceSymbols::make_multiple(Dim e, std::int64_t divisor) {
  IntExprTable& t = table();
  const std::vector<IntTerm> terms = t.terms(e);
  if (terms.size() != 1) return false;
  const std::int64_t missing = divisor / std::gcd(terms[0].coefficient, divisor);
  for (Dim factor : terms[0].factors) {
    if (t.kind(factor) != Kind::symbol || hint(factor) % missing != 0) continue;
    record(Relation::equal, t.mod(factor, missing), 0);
    Symbol part;
    part.name = t.unique_name(fmt::format("s{}", t.symbol_count()));
    part.range = {1, t.symbol(t.symbol_id(factor)).range.high / missing};
    part.hint = hint(factor) / missing;
    const Dim quotient = t.add_symbol(std::move(part));
    defined_.emplace_back(t.symbol_id(quotient), t.floordiv(factor, missing));
    replace(factor, t.multiply(quotient, missing));
    return true;
  }
  return false;
}

void TraceSymbols::replace(Dim from, Dim to) {
  replaced_.insert_or_assign(from.raw(), to);
  rewrite_traces();
}

void TraceSymbols::rewrite_traces() {
  has_facts_ = true;
  resolved_.clear();
  for (Recorder* recorder = Recorder::current(); recorder != nullptr; recorder = recorder->outer()) {
    recorder->rewrite_dims([this](Dim d) { return resolved(d); });
  }
}

bool TraceSymbols::replace_a_symbol(Dim zero) {
  IntExprTable& t = table();
  std::vector<SymbolId> symbols = t.symbols_of(zero);
  std::sort(symbols.rbegin(), symbols.rend());  // the first extents of the call keep their symbols
  for (SymbolId id : symbols) {
    const auto linear = t.linear_in(zero, id);
    if (!linear || !linear->first.is_constant() || linear->first == Dim(0)) continue;
    const std::int64_t slope = linear->first.value();
    const Dim rest = linear->second;
    if (slope != 1 && slope != -1 && !rest.is_constant()) continue;
    replace(t.expression(id), slope == 1 ? t.subtract(0, rest) : slope == -1 ? rest : Dim(-rest.value() / slope));
    return true;
  }
  return false;
}

/// x // n where n divides x in this call: x becomes a multiple of n.
bool TraceSymbols::settle_a_division(Dim e) {
  IntExprTable& t = table();
  std::vector<Dim> atoms;
  collect_atoms(t, e, atoms);
  for (Dim atom : atoms) {
    if (t.kind(atom) != Kind::floordiv) continue;
    const auto [left, right] = t.operands(atom);
    if (!right.is_constant() || right.value() < 2 || hint(left) % right.value() != 0) continue;
    if (make_multiple(left, right.value())) return true;
  }
  return false;
}

bool TraceSymbols::settle_an_atom(Dim zero) {
  IntExprTable& t = table();
  std::vector<Dim> atoms;
  collect_atoms(t, zero, atoms);
  for (Dim atom : atoms) {
    const Kind kind = t.kind(atom);
    if (kind != Kind::minimum && kind != Kind::maximum) continue;
    const auto [left, right] = t.operands(atom);
    const bool first = less(left, right);
    const bool take_left = (kind == Kind::minimum) == first;
    if (resolved(atom) == atom) replace(atom, take_left ? left : right);
    return true;
  }
  if (settle_a_division(zero)) return true;
  const std::vector<IntTerm> terms = t.terms(zero);
  for (const IntTerm& term : terms) {  // x // n == m
    if (term.factors.size() != 1 || (term.coefficient != 1 && term.coefficient != -1)) continue;
    const Dim atom = term.factors[0];
    if (!is_atom(t.kind(atom))) continue;
    Dim rest = t.subtract(zero, t.multiply(atom, term.coefficient));
    if (term.coefficient == 1) rest = t.subtract(0, rest);
    std::vector<Dim> inside;
    collect_atoms(t, rest, inside);
    if (std::find(inside.begin(), inside.end(), atom) != inside.end()) continue;
    replace(atom, rest);
    return true;
  }
  return false;
}

void TraceSymbols::specialise_a_symbol(Dim e) {
  const Dim symbol = table().expression(table().symbols_of(e).back());
  const Dim value = hint(symbol);
  record(Relation::equal, symbol, value);
  replace(symbol, value);
}

void TraceSymbols::assume_equal(Dim a, Dim b) {
  for (;;) {
    const Dim zero = table().subtract(resolved(a), resolved(b));
    if (zero.is_constant()) return check(zero == Dim(0), "an equality of a trace contradicts itself");
    if (!replace_a_symbol(zero) && !settle_an_atom(zero)) specialise_a_symbol(zero);
  }
}

/// A bound of one symbol by a number is a fact for its range.
void TraceSymbols::assume_not_negative(Dim e) {
  IntExprTable& t = table();
  const std::vector<SymbolId> symbols = t.symbols_of(e);
  if (symbols.size() != 1) return;
  const auto linear = t.linear_in(e, symbols[0]);
  if (!linear || !linear->first.is_constant() || !linear->second.is_constant()) return;
  const std::int64_t slope = linear->first.value(), rest = linear->second.value();
  if (slope == 0) return;
  IntRange range;
  if (slope > 0) {
    range.low = -floor_quotient(rest, slope);
  } else {
    range.high = floor_quotient(rest, -slope);
  }
  t.refine(symbols[0], range);
  const IntRange known = t.symbol(symbols[0]).range;
  if (known.low == known.high) return replace(t.expression(symbols[0]), known.low);
  rewrite_traces();
}

std::int64_t TraceSymbols::specialised(Dim e) {
  e = resolved(e);
  const std::int64_t value = hint(e);
  if (e.is_constant()) return value;
  record(Relation::equal, e, value);
  replace_a_symbol(table().subtract(e, value));  // where it is one symbol; a product keeps its factors
  return value;
}

}  // namespace cermet
