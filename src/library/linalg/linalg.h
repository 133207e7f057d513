// Linear algebra by LAPACK: the run functions of the library calls of graph/ops/linalg.h, which says what each takes
// and how its results are packed.
#pragma once

#include "library/library.h"

namespace cermet::library {

// factorizations.cpp
void run_qr(const Primitive& call, std::span<const Operand> operands);
void run_cholesky(const Primitive& call, std::span<const Operand> operands);
void run_lu(const Primitive& call, std::span<const Operand> operands);
void run_lu_factor(const Primitive& call, std::span<const Operand> operands);
void run_determinant(const Primitive& call, std::span<const Operand> operands);

// inverses.cpp
void run_inv(const Primitive& call, std::span<const Operand> operands);
void run_tri_inv(const Primitive& call, std::span<const Operand> operands);
void run_cholesky_inv(const Primitive& call, std::span<const Operand> operands);
void run_solve(const Primitive& call, std::span<const Operand> operands);
void run_solve_triangular(const Primitive& call, std::span<const Operand> operands);

// spectra.cpp
void run_svd(const Primitive& call, std::span<const Operand> operands);
void run_eigh(const Primitive& call, std::span<const Operand> operands);
void run_eig(const Primitive& call, std::span<const Operand> operands);

}  // namespace cermet::library
