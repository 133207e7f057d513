// Type rules of the linear algebra calls. Operands are float32, float64 or complex64 (ValueError otherwise, as in MLX)
// and hold matrices in their last two axes; all axes before these are the batch. Results of several parts are packed in
// the last axis, each part row-major, in the order that is given here; k is min(m, n):
//
//   name                     axes[0]                  input           result, behind the batch
//   linalg_qr                                         (m, n)          (m k + k n): q, r
//   linalg_cholesky          1: upper                 (n, n)          (n, n)
//   linalg_lu                                         (m, n)          (m + m k + k n): p as numbers, l, u
//   linalg_lu_factor                                  (m, n)          (m n + k): lu, pivots as numbers
//   linalg_det                                        (n, n)          ()
//   linalg_slogdet                                    (n, n)          (2): sign, logarithm
//   linalg_inv                                        (n, n)          (n, n)
//   linalg_tri_inv           1: upper                 (n, n)          (n, n)
//   linalg_cholesky_inv      1: upper                 (n, n)          (n, n)
//   linalg_solve                                      (n, n), (n, r)  (n, r)
//   linalg_solve_triangular  1: upper                 (n, n), (n, r)  (n, r)
//   linalg_svd               1: thin, 2: all vectors  (m, n)          (m k + k + k n) or (m m + k + n n): u, s, vt
//   linalg_svdvals           0                        (m, n)          (k), real
//   linalg_eigh              1: upper                 (n, n)          (n + n n): values, vectors
//   linalg_eigvalsh          1: upper                 (n, n)          (n), real
//   linalg_eig                                        (n, n)          (n + n n) complex64: values, vectors
//   linalg_eigvals                                    (n, n)          (n) complex64
#pragma once

#include "graph/ops/library_op.h"

namespace cermet::graph {

/// All of them.
ArrayType infer_linalg(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);

}  // namespace cermet::graph
