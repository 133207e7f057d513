// Arithmetic and questions on extents, for all code that makes operations. An extent is a number, or, in a shapeless
// trace, an expression over symbols. Constants are answered at once; a question about symbols is answered for the call
// that is traced and becomes a guard of the trace (array/symbols.h).
//
// Never compare shapes by ==, and never read .value() of an extent where a symbol could stay one: value() of a symbol
// is its number in this call, and the trace then holds for that number only (correct, but a trace for each).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "graph/shape.h"

namespace cermet {

/// The table of this thread's innermost trace; a scratch one outside, where extents are constants.
IntExprTable& current_dims();

/// The table of this thread's extents in the hands of a graph that is built on the side.
class LentDims {
 public:
  explicit LentDims(IntExprTable& to) : to_(to) { to_ = std::move(current_dims()); }
  ~LentDims() { current_dims() = std::move(to_); }
  LentDims(const LentDims&) = delete;
  LentDims& operator=(const LentDims&) = delete;

 private:
  IntExprTable& to_;
};

Dim dim_add(Dim a, Dim b);
Dim dim_subtract(Dim a, Dim b);
Dim dim_multiply(Dim a, Dim b);
/// Python's `//` and `%`.
Dim dim_floordiv(Dim a, Dim b);
Dim dim_mod(Dim a, Dim b);
Dim dim_ceildiv(Dim a, Dim b);
Dim dim_min(Dim a, Dim b);
Dim dim_max(Dim a, Dim b);
/// The product of all, 1 for none: the number of elements of a shape.
Dim dim_product(std::span<const Dim> dims);
inline Dim dim_product(const Shape& shape) { return dim_product(std::span(shape.data(), shape.size())); }

/// Known to be equal, whatever the symbols are. No guard: for shortcuts ("nothing changes").
bool same(Dim a, Dim b);
bool same(const Shape& a, const Shape& b);

/// Equal in this call; what follows may rely on it (same(a, b) holds from then on). For checks and branches.
bool dim_equal(Dim a, Dim b);
/// Equal in all axes; false for different ranks.
bool shapes_equal(const Shape& a, const Shape& b);
bool dim_less(Dim a, Dim b);
inline bool dim_less_equal(Dim a, Dim b) { return !dim_less(b, a); }
/// An axis is empty.
bool is_empty(const Shape& shape);

/// a / b if b divides a in this call, nothing otherwise (and for b = 0).
std::optional<Dim> exact_quotient(Dim a, Dim b);

/// The number in this call. No guard: for choices that are right either way (heuristics) and for messages.
std::int64_t dim_hint(Dim d);

/// NumPy's broadcasting; ValueError naming `op` and both shapes.
Shape broadcast_dims(const Shape& a, const Shape& b, std::string_view op);

/// `shape` after all that the trace knows by now (dim_equal() may have replaced symbols since it was read).
Shape resolved(Shape shape);
Dim resolved(Dim d);

}  // namespace cermet
