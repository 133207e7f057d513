// Symbolic integers: the one engine behind array dimensions (graph::Dim) and the index expressions of kernels.
// Invariant: a table keeps every expression in one normal form (a polynomial over atoms, with the ranges of its
// symbols applied), so two IntExpr of one table are known to be equal if and only if their bits are equal.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cermet {

/// A 62-bit integer, or an index into the IntExprTable that made it. 8 bytes, trivially copyable.
class IntExpr {
 public:
  constexpr IntExpr() = default;
  constexpr IntExpr(std::int64_t value) : raw_(value * 2) {}  // NOLINT(google-explicit-constructor): integers are dims
  static constexpr IntExpr from_table(std::uint32_t index) {
    IntExpr e;
    e.raw_ = static_cast<std::int64_t>(index) * 2 + 1;
    return e;
  }
  constexpr bool is_constant() const { return (raw_ & 1) == 0; }
  /// The integer; throws InternalError for a symbolic expression.
  std::int64_t value() const;
  constexpr std::uint32_t table_index() const { return static_cast<std::uint32_t>(raw_ >> 1); }
  constexpr std::int64_t raw() const { return raw_; }
  /// Equality of bits: within one table, equality of normal forms.
  friend constexpr bool operator==(IntExpr a, IntExpr b) { return a.raw_ == b.raw_; }

 private:
  std::int64_t raw_ = 0;
};

using SymbolId = std::uint32_t;

/// Python's `//` on integers, with x // 0 = 0.
constexpr std::int64_t floor_quotient(std::int64_t a, std::int64_t b) {
  if (b == 0) return 0;
  const std::int64_t q = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? q - 1 : q;
}

/// Inclusive bounds of an integer; `unbounded_low`/`unbounded_high` stand for "no bound known".
struct IntRange {
  static constexpr std::int64_t unbounded_low = -(std::int64_t{1} << 61);
  static constexpr std::int64_t unbounded_high = std::int64_t{1} << 61;
  std::int64_t low = unbounded_low;
  std::int64_t high = unbounded_high;
  friend bool operator==(const IntRange&, const IntRange&) = default;
};

/// An unknown integer: a parameter of a kernel, a loop variable, an extent of an input, a loaded value.
struct Symbol {
  std::string name;  ///< Unique within its table; what the text form prints.
  IntRange range;    ///< Facts the simplifier may use.
  IntExpr upper;     ///< Optional symbolic bound: value <= upper - 1 (loop variables: the loop's end); 0 = none.
  std::int64_t multiple_of = 1;  ///< The value is known to be a multiple of this.
  std::int64_t hint = 0;         ///< A likely value, for heuristics only.
};

/// One product of a polynomial: coefficient * factors[0] * factors[1] * ... (factors are atoms, sorted).
struct IntTerm {
  std::int64_t coefficient = 0;
  std::vector<IntExpr> factors;
};

/// Makes, simplifies, prints and evaluates expressions. Values of different tables must not be mixed.
class IntExprTable {
 public:
  enum class Kind : std::uint8_t { constant, symbol, floordiv, mod, minimum, maximum, polynomial };

  IntExprTable();

  /// A new symbol. `symbol.name` must be new in this table (see unique_name).
  IntExpr add_symbol(Symbol symbol);
  std::string unique_name(std::string_view stem) const;
  const Symbol& symbol(SymbolId id) const;
  std::size_t symbol_count() const;
  std::optional<SymbolId> find_symbol(std::string_view name) const;
  /// The expression of a symbol, and the symbol of an expression of Kind::symbol.
  IntExpr expression(SymbolId id) const;
  SymbolId symbol_id(IntExpr e) const;
  /// Narrows the facts known of a symbol; expressions made before keep their form.
  void refine(SymbolId id, IntRange range, std::int64_t multiple_of = 1);

  IntExpr add(IntExpr a, IntExpr b);
  IntExpr subtract(IntExpr a, IntExpr b);
  IntExpr multiply(IntExpr a, IntExpr b);
  /// Python's `//`: rounds towards minus infinity. x // 0 is 0 (the kernel IR's rule).
  IntExpr floordiv(IntExpr a, IntExpr b);
  /// Python's `%`: the sign of the divisor. x % 0 is 0.
  IntExpr mod(IntExpr a, IntExpr b);
  IntExpr minimum(IntExpr a, IntExpr b);
  IntExpr maximum(IntExpr a, IntExpr b);
  IntExpr ceildiv(IntExpr a, IntExpr b);
  IntExpr product(std::span<const IntExpr> factors);

  Kind kind(IntExpr e) const;
  /// The two operands of floordiv, mod, minimum, maximum.
  std::pair<IntExpr, IntExpr> operands(IntExpr e) const;
  /// The terms of any expression (a constant or an atom has one term; zero has none), constant term last.
  std::vector<IntTerm> terms(IntExpr e) const;

  IntRange range(IntExpr e) const;
  /// The largest known constant that divides e (0 divides by everything: returns 0 for the constant 0).
  std::int64_t known_divisor(IntExpr e) const;
  /// True if `a <= b` (`a < b`) follows from the ranges; false if unknown.
  bool known_less_equal(IntExpr a, IntExpr b);
  bool known_less(IntExpr a, IntExpr b);
  bool depends_on(IntExpr e, SymbolId symbol) const;
  std::vector<SymbolId> symbols_of(IntExpr e) const;
  /// e == coefficient * symbol + rest with both free of the symbol, if e has that form.
  std::optional<std::pair<IntExpr, IntExpr>> linear_in(IntExpr e, SymbolId symbol);
  IntExpr substitute(IntExpr e, const std::function<std::optional<IntExpr>(SymbolId)>& replacement);
  /// Rebuilds `e`, an expression of `other`, in this table, mapping each symbol of `other`.
  IntExpr import(const IntExprTable& other, IntExpr e, const std::function<IntExpr(SymbolId)>& map_symbol);
  std::int64_t evaluate(IntExpr e, const std::function<std::int64_t(SymbolId)>& value_of) const;

  /// `4096*r + c`, `(i // 3)`, `min(a, b)`; parse accepts what print writes (unknown names: ValueError).
  std::string print(IntExpr e) const;
  IntExpr parse(std::string_view text);

 private:
  struct Node {
    Kind kind = Kind::constant;
    SymbolId symbol = 0;         // Kind::symbol
    IntExpr left, right;         // the two-operand kinds
    std::vector<IntTerm> terms;  // Kind::polynomial
    IntRange range;              // from the facts known when it was made
  };
  using Terms = std::vector<IntTerm>;

  const Node& node(IntExpr e) const { return nodes_[e.table_index()]; }
  IntExpr intern(Node node);
  IntExpr atom(Kind kind, IntExpr left, IntExpr right);
  IntExpr from_terms(Terms terms);
  void sort_terms(Terms& terms) const;
  bool recombine(Terms& terms);
  int compare(IntExpr a, IntExpr b) const;
  int compare(const IntTerm& a, const IntTerm& b) const;
  bool equal(const Node& a, const Node& b) const;
  IntRange range_of(const IntTerm& term) const;
  IntRange range_of(const Node& node) const;
  bool known_not_negative(IntExpr e);
  bool within(IntExpr e, IntExpr bound);
  bool split_divisible(IntExpr a, IntExpr b, IntExpr& quotient, IntExpr& rest);
  bool split_granular(IntExpr a, std::int64_t b, std::int64_t& grain, IntExpr& coarse, IntExpr& fine);

  std::vector<Node> nodes_;
  std::vector<Symbol> symbols_;
  std::vector<IntExpr> symbol_expressions_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> index_;
};

}  // namespace cermet
