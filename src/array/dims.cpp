// See dims.h: constants here, symbols by the trace that has them.
#include "array/dims.h"

#include <algorithm>

#include "array/node_building.h"
#include "array/recorder.h"
#include "array/symbols.h"
#include "base/error.h"

namespace cermet {

namespace {

bool are_constant(Dim a, Dim b) { return a.is_constant() && b.is_constant(); }

TraceSymbols& symbols() {
  Recorder* recorder = Recorder::current();
  if (recorder != nullptr && recorder->symbols() != nullptr) return *recorder->symbols();
  fail<TraceError>(
      "a dimension of a traced array was used outside the trace that made it; use it inside the compiled function, or "
      "return an array of it");
}

std::int64_t modulo(std::int64_t a, std::int64_t b) { return b == 0 ? 0 : a - b * floor_quotient(a, b); }

}  // namespace

IntExprTable& current_dims() { return scratch_dims(); }

Dim dim_add(Dim a, Dim b) { return are_constant(a, b) ? Dim(a.value() + b.value()) : current_dims().add(a, b); }
Dim dim_subtract(Dim a, Dim b) {
  return are_constant(a, b) ? Dim(a.value() - b.value()) : current_dims().subtract(a, b);
}
Dim dim_multiply(Dim a, Dim b) {
  return are_constant(a, b) ? Dim(a.value() * b.value()) : current_dims().multiply(a, b);
}
Dim dim_floordiv(Dim a, Dim b) {
  return are_constant(a, b) ? Dim(floor_quotient(a.value(), b.value())) : current_dims().floordiv(a, b);
}
Dim dim_mod(Dim a, Dim b) { return are_constant(a, b) ? Dim(modulo(a.value(), b.value())) : current_dims().mod(a, b); }
Dim dim_ceildiv(Dim a, Dim b) { return dim_floordiv(dim_add(a, dim_subtract(b, 1)), b); }
Dim dim_min(Dim a, Dim b) {
  return are_constant(a, b) ? Dim(std::min(a.value(), b.value())) : current_dims().minimum(a, b);
}
Dim dim_max(Dim a, Dim b) {
  return are_constant(a, b) ? Dim(std::max(a.value(), b.value())) : current_dims().maximum(a, b);
}
Dim dim_product(std::span<const Dim> dims) {
  Dim product = 1;
  for (Dim d : dims) product = dim_multiply(product, d);
  return product;
}

bool same(Dim a, Dim b) { return a == b || (!are_constant(a, b) && resolved(a) == resolved(b)); }

bool same(const Shape& a, const Shape& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](Dim x, Dim y) { return same(x, y); });
}

bool dim_equal(Dim a, Dim b) { return a == b || (!are_constant(a, b) && symbols().equal(a, b)); }

bool shapes_equal(const Shape& a, const Shape& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](Dim x, Dim y) { return dim_equal(x, y); });
}

bool dim_less(Dim a, Dim b) { return are_constant(a, b) ? a.value() < b.value() : symbols().less(a, b); }

bool is_empty(const Shape& shape) {
  return std::any_of(shape.begin(), shape.end(), [](Dim d) { return dim_equal(d, 0); });
}

std::optional<Dim> exact_quotient(Dim a, Dim b) {
  if (dim_equal(b, 0)) return std::nullopt;
  if (are_constant(a, b)) return modulo(a.value(), b.value()) == 0 ? std::optional(dim_floordiv(a, b)) : std::nullopt;
  return symbols().quotient(a, b);
}

std::int64_t dim_hint(Dim d) { return d.is_constant() ? d.value() : symbols().hint(d); }

Shape broadcast_dims(const Shape& a, const Shape& b, std::string_view op) {
  const std::size_t rank = std::max(a.size(), b.size());
  Shape out;
  out.resize(rank);
  for (std::size_t k = 0; k < rank; ++k) {
    const Dim x = k < a.size() ? a[a.size() - 1 - k] : Dim(1);
    const Dim y = k < b.size() ? b[b.size() - 1 - k] : Dim(1);
    // Equality comes first: two extents that happen to be 1 in this call may grow together.
    const bool equal = dim_equal(x, y);
    const bool x_is_one = !equal && dim_equal(x, 1);
    if (!equal && !x_is_one && !dim_equal(y, 1)) {
      fail<ValueError>("[{}] Shapes {} and {} cannot be broadcast.", op, to_string(a), to_string(b));
    }
    out[rank - 1 - k] = x_is_one ? y : x;
  }
  return resolved(std::move(out));
}

Dim resolved(Dim d) {
  if (d.is_constant()) return d;
  return symbols().resolved(d);
}

Shape resolved(Shape shape) {
  for (Dim& d : shape) d = resolved(d);
  return shape;
}

}  // namespace cermet
