// The table of library calls: every name that a library primitive may carry, with its type rule.
#include "graph/ops/library_op.h"

#include "base/error.h"

namespace cermet::graph {

std::span<const LibraryOp> library_ops() {
  return {};  // rows are added here: {"sort", infer_sort, interpret_sort}, ...
}

const LibraryOp& find_library_op(std::string_view name) {
  for (const LibraryOp& op : library_ops()) {
    if (op.name == name) return op;
  }
  fail<InternalError>("internal error: there is no library op named '{}'", name);
}

}  // namespace cermet::graph
