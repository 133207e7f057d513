// The symbols of a shapeless trace: which extents they stand for, and what the trace took for granted about them.
//
// Every answer that depends on symbols is the one of the call that is traced, and a guard: another call may use the
// trace if all guards answer the same. An equality is used, too: one side is replaced by the other everywhere in the
// traces of the thread, so that normal forms agree from then on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/symbol_values.h"
#include "graph/shape.h"

namespace cermet {

class TraceSymbols final : public SymbolValues {
 public:
  TraceSymbols();
  /// Unique in the process: dimensions that left their trace are told by it.
  std::uint64_t id() const { return id_; }

  /// Extents that become symbols; others are constants.
  static constexpr std::int64_t lowest = 2, highest = (std::int64_t{1} << 31) - 1;
  static bool is_symbolic(std::int64_t extent) { return extent >= lowest && extent <= highest; }
  /// Rows up to this length are summed in one chunk and kept in the first-level cache: kernels want to know.
  static constexpr std::int64_t longest_row = 8192;
  /// The extents that one symbol may stand for; a call with one outside is traced again.
  static IntRange range_of(std::int64_t extent) {
    return extent <= longest_row ? IntRange{lowest, longest_row} : IntRange{longest_row + 1, highest};
  }

  /// Which extent of which array of the call a symbol is.
  struct Source {
    SymbolId symbol = 0;
    std::int32_t array = 0, axis = 0;
  };
  enum class Relation : std::uint8_t { equal, not_equal, less, not_less };
  /// Holds in the traced call; over symbols with a Source only.
  struct Guard {
    Relation relation{};
    Dim left, right;
    std::string where;  ///< "model.py:12 in step", "" if unknown.
  };

  /// The symbol of an extent of an array of the call.
  Dim add(IntExprTable& table, std::int64_t extent, std::int32_t array, std::int32_t axis);
  const std::vector<Source>& sources() const { return sources_; }
  const std::vector<Guard>& guards() const { return guards_; }

  // What follows works on the table of this thread's innermost trace.

  /// `e` after all that is known by now.
  Dim resolved(Dim e);
  /// The value in the traced call. No guard.
  std::int64_t hint(Dim e) const;
  bool equal(Dim a, Dim b);
  bool less(Dim a, Dim b);
  /// a / b if `b` divides `a` in this call, which becomes a guard.
  std::optional<Dim> quotient(Dim a, Dim b);

  std::int64_t specialised(Dim e) override;
  std::string text(Dim e) override;

 private:
  static IntExprTable& table();
  void record(Relation relation, Dim a, Dim b);
  Dim over_sources(Dim e) const;
  void assume_equal(Dim a, Dim b);
  bool replace_a_symbol(Dim zero);
  bool settle_a_division(Dim e);
  bool settle_an_atom(Dim zero);
  void specialise_a_symbol(Dim zero);
  bool make_multiple(Dim e, std::int64_t divisor);
  bool replace_by_a_factor(Dim b, Dim a);
  void assume_not_negative(Dim e);
  void replace(Dim from, Dim to);
  void rewrite_traces();
  Dim rebuilt(Dim e);

  std::uint64_t id_;
  bool has_facts_ = false;  // something was replaced or bounded
  std::vector<Source> sources_;
  std::vector<Guard> guards_;
  std::unordered_set<std::string> known_guards_;
  std::unordered_map<std::int64_t, Dim> replaced_;  // raw bits of a symbol or an atom
  std::vector<std::pair<SymbolId, Dim>> defined_;   // symbols without a source, in terms of earlier ones
  std::unordered_map<std::int64_t, Dim> resolved_;  // by raw bits; forgotten with every new fact
};

}  // namespace cermet
