// Dimensions and shapes of arrays. A concrete array has constant dims only; a symbolic one belongs to a Graph.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "base/integer_expression.h"
#include "base/small_vector.h"

namespace cermet {

using Dim = IntExpr;

/// The extents of an array, outermost first.
class Shape : public SmallVector<Dim, 6> {
 public:
  using SmallVector<Dim, 6>::SmallVector;
  Shape(std::initializer_list<std::int64_t> dims) {
    for (auto d : dims) push_back(Dim(d));
  }
  bool is_constant() const {
    for (Dim d : *this)
      if (!d.is_constant()) return false;
    return true;
  }
  /// The number of elements of a constant shape (1 for rank 0).
  std::int64_t elements() const {
    std::int64_t n = 1;
    for (Dim d : *this) n *= d.value();
    return n;
  }
};

/// "(2, 3)", "(4,)", "()"; symbols print as in the table's text form.
std::string to_string(const Shape& shape);
std::string to_string(const Shape& shape, const IntExprTable& table);

/// NumPy's broadcasting; throws ValueError naming `op` and both shapes. Two different symbols are an equality that the
/// caller must have established (Graph does): they are refused here too.
Shape broadcast_shapes(const Shape& a, const Shape& b, std::string_view op, IntExprTable& table);

/// axis in [-rank, rank) to [0, rank); throws IndexError "[op] axis 3 is out of range for an array of 2 dimensions".
int normalize_axis(std::string_view op, int axis, int rank);

}  // namespace cermet
