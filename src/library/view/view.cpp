// See view.h.
#include "library/view/view.h"

#include "library/scatter/writes.h"

namespace cermet::library {

void view(const Primitive&, std::span<const Operand> operands) {
  const Operand& x = operands[0];
  const Operand& result = operands[1];
  if (x.data == result.data) return;
  Writes copy;
  copy.dtype = x.dtype;
  copy.to = static_cast<char*>(result.data);
  copy.from = static_cast<const char*>(x.data);
  std::int64_t step = 1;
  for (std::size_t k = x.shape.size(); k-- > 0; step *= x.shape[k]) {
    copy.inner.push_back({x.shape[k], step, x.strides[k]});
  }
  write(std::move(copy));
}

}  // namespace cermet::library
