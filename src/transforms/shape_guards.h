// What a shapeless entry asks of the shapes of a call: the guards of its trace, as one flat list of integer code.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "array/symbols.h"
#include "exec/integer_code.h"

namespace cermet {

class ShapeGuards {
 public:
  ShapeGuards() = default;
  /// `names`: of the call's arrays, for messages.
  ShapeGuards(const TraceSymbols& symbols, const IntExprTable& dims, std::span<const std::string> names);

  bool empty() const { return guards_.empty(); }
  /// Whether all guards hold for arrays of these shapes (ranks and constant axes match already).
  bool hold(std::span<const Shape* const> shapes) const;
  /// "x.shape[0] > 4 (model.py:12) no longer holds: 3 > 4", of the first that does not; "" if all do.
  std::string first_broken(std::span<const Shape* const> shapes) const;
  /// One line a guard, for statistics: "x.shape[0] > 4 (model.py:12)".
  std::vector<std::string> texts() const;

 private:
  struct Guard {
    TraceSymbols::Relation relation{};
    exec::Integer left, right;
    std::string text, where;
    bool holds(const std::int64_t* slots) const;
  };
  using Slots = SmallVector<std::int64_t, 32>;
  Slots computed(std::span<const Shape* const> shapes) const;

  std::vector<TraceSymbols::Source> sources_;
  std::vector<exec::IntegerCode> code_;  // one, if there are guards
  std::vector<Guard> guards_;
};

}  // namespace cermet
