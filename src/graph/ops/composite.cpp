// The table of composites: every name that a composite primitive may carry, with its type rule and its body.
#include "graph/ops/composite.h"

#include <array>

#include "base/error.h"
#include "graph/ops/softmax.h"
#include "graph/ops/statistics.h"

namespace cermet::graph {

const Composite& find_composite(std::string_view name) {
  static constexpr std::array table = {
      Composite{"softmax", infer_softmax, build_softmax}, Composite{"logsumexp", infer_statistic, build_logsumexp},
      Composite{"mean", infer_statistic, build_mean},     Composite{"var", infer_statistic, build_var},
      Composite{"std", infer_statistic, build_std},
  };
  for (const Composite& c : table) {
    if (c.name == name) return c;
  }
  fail<InternalError>("internal error: there is no composite named '{}'", name);
}

}  // namespace cermet::graph
