// What a symbolic integer means where only a number will do: a trace with symbols installs what answers.
#pragma once

#include "base/integer_expression.h"

namespace cermet {

/// Answers for the symbols of the traces of one thread.
class SymbolValues {
 public:
  virtual ~SymbolValues() = default;
  /// The value of `e` in the call that is traced; the trace holds for this value only from then on. What
  /// IntExpr::value() returns for a symbolic expression while this is installed.
  virtual std::int64_t specialised(IntExpr e) = 0;
  /// "6": for messages, without a consequence.
  virtual std::string text(IntExpr e) = 0;

  /// The one of this thread, or null: IntExpr::value() of a symbolic expression is an internal error then.
  static SymbolValues* current();
  /// Returns the one that was installed.
  static SymbolValues* install(SymbolValues* values);
};

}  // namespace cermet
