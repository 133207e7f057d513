// Text, broadcasting and axes of shapes.
#include "graph/shape.h"

#include "base/error.h"
#include "base/symbol_values.h"

namespace cermet {
namespace {

template <class Print>
std::string print_dims(const Shape& shape, Print&& print) {
  std::string out = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) out += (i > 0 ? ", " : "") + print(shape[i]);
  return out + (shape.size() == 1 ? ",)" : ")");
}

}  // namespace

std::string to_string(const Shape& shape) {
  return print_dims(shape, [](Dim d) {
    if (d.is_constant()) return std::to_string(d.value());
    return SymbolValues::current() == nullptr ? std::string("?") : SymbolValues::current()->text(d);
  });
}

std::string to_string(const Shape& shape, const IntExprTable& table) {
  return print_dims(shape, [&](Dim d) { return table.print(d); });
}

Shape broadcast_shapes(const Shape& a, const Shape& b, std::string_view op, IntExprTable& table) {
  const std::size_t rank = std::max(a.size(), b.size());
  Shape out;
  out.resize(rank);
  for (std::size_t k = 0; k < rank; ++k) {
    const Dim x = k < a.size() ? a[a.size() - 1 - k] : Dim(1);
    const Dim y = k < b.size() ? b[b.size() - 1 - k] : Dim(1);
    if (!(x == y) && !(x == Dim(1)) && !(y == Dim(1))) {
      fail<ValueError>("[{}] Shapes {} and {} cannot be broadcast.", op, to_string(a, table), to_string(b, table));
    }
    out[rank - 1 - k] = x == Dim(1) ? y : x;
  }
  return out;
}

int normalize_axis(std::string_view op, int axis, int rank) {
  if (axis < -rank || axis >= rank) {
    fail<IndexError>("[{}] Axis {} is out of range for an array of {} dimension{}.", op, axis, rank,
                     rank == 1 ? "" : "s");
  }
  return axis < 0 ? axis + rank : axis;
}

}  // namespace cermet
