// Names, hashes and construction of primitives.
#include "graph/primitive.h"

#include "base/error.h"
#include "base/hash.h"

namespace cermet {

std::string_view name(PrimitiveKind kind) {
  switch (kind) {
    case PrimitiveKind::input:
      return "input";
    case PrimitiveKind::constant:
      return "constant";
    case PrimitiveKind::elementwise:
      return "elementwise";
    case PrimitiveKind::convert:
      return "convert";
    case PrimitiveKind::bitcast:
      return "bitcast";
    case PrimitiveKind::reduce:
      return "reduce";
    case PrimitiveKind::reshape:
      return "reshape";
    case PrimitiveKind::transpose:
      return "transpose";
    case PrimitiveKind::broadcast:
      return "broadcast";
    case PrimitiveKind::slice:
      return "slice";
    case PrimitiveKind::strided:
      return "strided";
    case PrimitiveKind::depends:
      return "depends";
    case PrimitiveKind::concatenate:
      return "concatenate";
    case PrimitiveKind::iota:
      return "iota";
    case PrimitiveKind::dim_value:
      return "dim_value";
    case PrimitiveKind::random_bits:
      return "random_bits";
    case PrimitiveKind::matmul:
      return "matmul";
    case PrimitiveKind::composite:
      return "composite";
    case PrimitiveKind::copy:
      return "copy";
    case PrimitiveKind::gather:
      return "gather";
    case PrimitiveKind::scan:
      return "scan";
    case PrimitiveKind::library:
      return "library";
  }
  fail<InternalError>("internal error: primitive kind {} has no name", static_cast<int>(kind));
}

std::uint64_t Primitive::hash() const {
  std::uint64_t h = hash_combine(static_cast<std::uint64_t>(kind), static_cast<std::uint64_t>(op) << 16 |
                                                                       static_cast<std::uint64_t>(reduction) << 8 |
                                                                       static_cast<std::uint64_t>(dtype.val));
  for (Dim d : dims) h = hash_combine(h, static_cast<std::uint64_t>(d.raw()));
  h = hash_combine(h, dims.size());
  for (std::int64_t axis : axes) h = hash_combine(h, static_cast<std::uint64_t>(axis));
  h = hash_combine(h, axes.size() << 8 | static_cast<std::uint64_t>(literal.dtype.val));
  h = hash_combine(h, literal.bits);
  return text.empty() ? h : hash_combine(h, hash64(text));
}

bool is_view(PrimitiveKind kind) {
  return kind == PrimitiveKind::reshape || kind == PrimitiveKind::transpose || kind == PrimitiveKind::broadcast ||
         kind == PrimitiveKind::slice || kind == PrimitiveKind::strided || kind == PrimitiveKind::depends;
}

}  // namespace cermet
