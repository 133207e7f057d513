// Running reductions: one scan node each.
#include <cermet/ops.h>
#include <cermet/scans.h>

#include "array/node_building.h"

namespace cermet {

namespace {

std::string_view scan_name(Reduction reduction) {
  switch (reduction) {
    case Reduction::sum:
      return "cumsum";
    case Reduction::prod:
      return "cumprod";
    case Reduction::max:
      return "cummax";
    case Reduction::min:
      return "cummin";
    case Reduction::logaddexp:
      return "logcumsumexp";
    default:
      return name(reduction);
  }
}

}  // namespace

array scan(Reduction reduction, const array& a, int axis, bool reverse, bool inclusive, StreamOrDevice s) {
  const std::string_view op = scan_name(reduction);
  if (row(reduction).width != 1)
    fail<ValueError>("[scan] {} has {} components, a scan has one", op, row(reduction).width);
  Primitive primitive;
  primitive.kind = PrimitiveKind::scan;
  primitive.reduction = reduction;
  primitive.axes = {normalize_axis(op, axis, a.ndim()), reverse ? 1 : 0, inclusive ? 0 : 1};
  return make_array(std::move(primitive), a, s);
}

#define CERMET_SCAN(scan_name, reduction)                                                     \
  array scan_name(const array& a, int axis, bool reverse, bool inclusive, StreamOrDevice s) { \
    return scan(Reduction::reduction, a, axis, reverse, inclusive, s);                        \
  }                                                                                           \
  array scan_name(const array& a, bool reverse, bool inclusive, StreamOrDevice s) {           \
    return scan_name(flatten(a, s), 0, reverse, inclusive, s);                                \
  }
CERMET_SCAN(cumsum, sum)
CERMET_SCAN(cumprod, prod)
CERMET_SCAN(cummax, max)
CERMET_SCAN(cummin, min)
CERMET_SCAN(logcumsumexp, logaddexp)
#undef CERMET_SCAN

}  // namespace cermet
