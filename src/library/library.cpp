// The table of library calls.
#include "library/library.h"

#include <utility>

#include "base/error.h"
#include "library/attention/attention.h"
#include "library/conv/conv.h"
#include "library/fft/fft.h"
#include "library/linalg/linalg.h"
#include "library/matmul/matmul.h"
#include "library/scatter/scatter.h"
#include "library/sort/sort.h"
#include "library/view/view.h"

namespace cermet::library {

std::span<const Function> functions() {
  // A row: name, function, the input that it may change in place or -1, whether it may throw for what its operands
  // hold, and what tells whether it is a plain copy.
  static constexpr Function rows[] = {
      {"slice_update", slice_update, 0, false, slice_update_range},
      {"slice_update_add", slice_update, 0, false},
      {"slice_update_prod", slice_update, 0, false},
      {"slice_update_max", slice_update, 0, false},
      {"slice_update_min", slice_update, 0, false},
      {"scatter", scatter, 0, false},
      {"scatter_add", scatter, 0, false},
      {"scatter_prod", scatter, 0, false},
      {"scatter_max", scatter, 0, false},
      {"scatter_min", scatter, 0, false},
      {"view", view, 0, false},
      {"sort", run_sort, -1, false},
      {"argsort", run_argsort, -1, false},
      {"partition", run_partition, -1, false},
      {"argpartition", run_argpartition, -1, false},
      {"topk", run_topk, -1, false},
      {"searchsorted", run_searchsorted, -1, false},
      {"linalg_qr", run_qr},
      {"linalg_cholesky", run_cholesky},
      {"linalg_lu", run_lu},
      {"linalg_lu_factor", run_lu_factor},
      {"linalg_det", run_determinant},
      {"linalg_slogdet", run_determinant},
      {"linalg_inv", run_inv},
      {"linalg_tri_inv", run_tri_inv},
      {"linalg_cholesky_inv", run_cholesky_inv},
      {"linalg_solve", run_solve},
      {"linalg_solve_triangular", run_solve_triangular},
      {"linalg_svd", run_svd},
      {"linalg_svdvals", run_svd},
      {"linalg_eigh", run_eigh},
      {"linalg_eigvalsh", run_eigh},
      {"linalg_eig", run_eig},
      {"linalg_eigvals", run_eig},
      {"attention", run_attention, -1, false},
      {"attention_grad", run_attention_grad, -1, false},
      {"attention_mask_grad", run_attention_mask_grad, -1, false},
      {"convolution", run_convolution, -1, false},
      {"convolution_weight_gradient", run_convolution_weight_gradient, -1, false},
      {"fft", run_fft},
      {"rfft", run_fft},
      {"irfft", run_fft},
  };
  return rows;
}

const Function& find_function(std::string_view name) {
  for (const Function& f : functions()) {
    if (f.name == name) return f;
  }
  fail<InternalError>("internal error: there is no library function named '{}'", name);
}

const Function& function_of(const Primitive& call) {
  static constexpr Function product{
      "matmul", [](const Primitive& p, std::span<const Operand> operands) { matmul(operands, p.text); }, -1, false};
  return call.kind == PrimitiveKind::matmul ? product : find_function(call.text);
}

bool overlaps(const Operand& a, const Operand& b) {
  const auto range = [](const Operand& x) {
    const auto first = reinterpret_cast<std::uintptr_t>(x.data);
    std::int64_t low = 0, high = x.dtype.size();
    for (std::size_t k = 0; k < x.shape.size(); ++k) {
      if (x.shape[k] == 0) return std::pair(first, first);
      const std::int64_t reach = (x.shape[k] - 1) * x.strides[k] * x.dtype.size();
      (reach < 0 ? low : high) += reach;
    }
    return std::pair(first + static_cast<std::uintptr_t>(low), first + static_cast<std::uintptr_t>(high));
  };
  const auto [a_begin, a_end] = range(a);
  const auto [b_begin, b_end] = range(b);
  return a_begin < b_end && b_begin < a_end && a_begin != a_end && b_begin != b_end;
}

}  // namespace cermet::library
