// The table of library calls: every name that a library primitive may carry, with its type rule.
#include "graph/ops/library_op.h"

#include "base/error.h"
#include "graph/ops/attention.h"
#include "graph/ops/convolution.h"
#include "graph/ops/fft.h"
#include "graph/ops/linalg.h"
#include "graph/ops/sort.h"
#include "graph/ops/updates.h"
#include "graph/ops/view_bytes.h"

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
      {"view", infer_view, interpret_view},
      {"sort", infer_sort, interpret_sort},
      {"argsort", infer_argsort, interpret_argsort},
      {"partition", infer_sort},
      {"argpartition", infer_argsort},
      {"topk", infer_topk},
      {"searchsorted", infer_searchsorted, interpret_searchsorted},
      {"linalg_qr", infer_linalg},
      {"linalg_cholesky", infer_linalg},
      {"linalg_lu", infer_linalg},
      {"linalg_lu_factor", infer_linalg},
      {"linalg_det", infer_linalg},
      {"linalg_slogdet", infer_linalg},
      {"linalg_inv", infer_linalg},
      {"linalg_tri_inv", infer_linalg},
      {"linalg_cholesky_inv", infer_linalg},
      {"linalg_solve", infer_linalg},
      {"linalg_solve_triangular", infer_linalg},
      {"linalg_svd", infer_linalg},
      {"linalg_svdvals", infer_linalg},
      {"linalg_eigh", infer_linalg},
      {"linalg_eigvalsh", infer_linalg},
      {"linalg_eig", infer_linalg},
      {"linalg_eigvals", infer_linalg},
      {"attention", infer_attention, interpret_attention},
      {"attention_grad", infer_attention},
      {"attention_mask_grad", infer_attention},
      {"convolution", infer_convolution, interpret_convolution},
      {"convolution_weight_gradient", infer_convolution_weight_gradient, interpret_convolution_weight_gradient},
      {"fft", infer_fft, interpret_fft},
      {"rfft", infer_fft, interpret_fft},
      {"irfft", infer_fft, interpret_fft},
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
