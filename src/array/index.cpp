// Reading by an index: views first, then one gather for all index arrays.
#include <cermet/index.h>

#include "array/index_select.h"

namespace cermet {

namespace {

array gathered(const array& x, const IndexPlan& plan, const StreamOrDevice& s) {
  const Selection selection = select(x, plan, SelectFrom::window, s);
  Primitive gather;
  gather.kind = PrimitiveKind::gather;
  gather.dims = selection.result;
  gather.axes = selection.axes;
  SmallVector<exec::NodeRef, 3> inputs;
  inputs.push_back(with_shape(window_of(x, plan, s), selection.shape, s).node());
  for (const array& positions : selection.positions) inputs.push_back(positions.node());
  return make_array(std::move(gather), {inputs.data(), inputs.size()}, s);
}

}  // namespace

array index(const array& x, std::span<const Index> items, StreamOrDevice s) {
  const IndexPlan plan(x.shape(), items);
  if (!plan.pickers.empty()) return gathered(x, plan, s);
  const array window = window_of(x, plan, s);
  return plan.reshapes ? with_shape(window, plan.kept_shape(), s) : window;
}

array index(const array& x, std::initializer_list<Index> items, StreamOrDevice s) {
  return index(x, std::span<const Index>(items.begin(), items.size()), s);
}

}  // namespace cermet
