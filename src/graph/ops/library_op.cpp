// The table of library calls: every name that a library primitive may carry, with its type rule.
#include "graph/ops/library_op.h"

#include "base/error.h"
#include "graph/ops/sort.h"
#include "graph/ops/updates.h"

namespace cermet::graph {

std::span<const LibraryOp> library_ops() {
  // A row: name, type rule, reference or nothing.
  static constexpr LibraryOp rows[] = {
      {"slice_update", infer_slice_update, interpret_slice_update},
      {"slice_update_add", infer_slice_update, interpret_slice_update},
      {"slice_update_prod", infer_slice_update, interpret_slice_update},
      {"slice_update_max", infer_slice_update, interpret_slice_update},
      {"slice_update_min", infer_slice_update, interpret_slice_update},
      {"scatter", infer_scatter, interpret_scatter},
      {"scatter_add", infer_scatter, interpret_scatter},
      {"scatter_prod", infer_scatter, interpret_scatter},
      {"scatter_max", infer_scatter, interpret_scatter},
      {"scatter_min", infer_scatter, interpret_scatter},
      {"sort", infer_sort, interpret_sort},
      {"argsort", infer_argsort, interpret_argsort},
      {"partition", infer_sort},
      {"argpartition", infer_argsort},
      {"topk", infer_topk},
      {"searchsorted", infer_searchsorted, interpret_searchsorted},
  };
  return rows;
}

const LibraryOp& find_library_op(std::string_view name) {
  for (const LibraryOp& op : library_ops()) {
    if (op.name == name) return op;
  }
  fail<InternalError>("internal error: there is no library op named '{}'", name);
}

}  // namespace cermet::graph
