// See view_bytes.h.
#include "graph/ops/view_bytes.h"

#include "base/error.h"

namespace cermet::graph {

ArrayType infer_view(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  if (inputs.size() != 1) fail<ValueError>("[view] Takes one array, got {}.", inputs.size());
  ArrayType out{inputs[0].shape, call.dtype};
  const std::int64_t from = inputs[0].dtype.size(), to = call.dtype.size();
  if (from == to) return out;
  if (out.shape.empty()) {
    fail<ValueError>("[view] A 0-d array of {} cannot be viewed as {}: the sizes differ.", name(inputs[0].dtype),
                     name(call.dtype));
  }
  const Dim bytes = table.multiply(out.shape.back(), from);
  const Dim extent = table.floordiv(bytes, to);
  if (table.multiply(extent, to) != bytes) {
    fail<ValueError>("[view] The last axis of shape {} has {} bytes of {}, no multiple of the {} of {}.",
                     to_string(inputs[0].shape, table), table.print(bytes), name(inputs[0].dtype), to,
                     name(call.dtype));
  }
  out.shape.back() = extent;
  return out;
}

std::vector<Literal> interpret_view(const Primitive& call, std::span<const ReferenceArray> inputs) {
  const std::size_t from = inputs[0].dtype.size(), to = call.dtype.size();
  std::vector<char> bytes(inputs[0].elements.size() * from);
  for (std::size_t i = 0; i < inputs[0].elements.size(); ++i) inputs[0].elements[i].store(&bytes[i * from]);
  std::vector<Literal> out;
  for (std::size_t at = 0; at < bytes.size(); at += to) out.push_back(Literal::load(call.dtype, &bytes[at]));
  return out;
}

}  // namespace cermet::graph
