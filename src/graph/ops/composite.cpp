// The table of composites: every name that a composite primitive may carry, with its type rule and its body.
#include "graph/ops/composite.h"

#include <array>

#include "base/error.h"
#include "graph/ops/norms.h"
#include "graph/ops/rope.h"
#include "graph/ops/softmax.h"
#include "graph/ops/statistics.h"

namespace cermet::graph {

const Composite& find_composite(std::string_view name) {
  static constexpr std::array table = {
      Composite{"softmax", infer_softmax, build_softmax},    Composite{"logsumexp", infer_statistic, build_logsumexp},
      Composite{"mean", infer_statistic, build_mean},        Composite{"var", infer_statistic, build_var},
      Composite{"std", infer_statistic, build_std},          Composite{"rms_norm", infer_norm, build_rms_norm},
      Composite{"layer_norm", infer_norm, build_layer_norm}, Composite{"rope", infer_rope, build_rope},
  };
  for (const Composite& c : table) {
    if (c.name == name) return c;
  }
  fail<InternalError>("internal error: there is no composite named '{}'", name);
}

}  // namespace cermet::graph
