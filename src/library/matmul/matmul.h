// Matrix multiplication, by oneDNN and OpenBLAS. The extents alone decide how the work is cut and who does it, and sums
// over k are never divided between threads, so results are equal bit for bit with any number of threads.
#pragma once

#include <span>
#include <string_view>

#include "library/library.h"

namespace cermet::library {

/// operands: a (..., m, k), b (..., k, n), with a bias (n) before the last if the epilogue begins with "bias", and last
/// the result (..., m, n), which is written; batch dimensions are equal (broadcast by strides of 0). One inexact dtype
/// for all. Half types and float32 accumulate in float32 and round once, after the epilogue: "", "relu", "bias" or
/// "bias+relu". relu keeps NaN. The result's last axis is contiguous, and it overlaps no operand. Throws TypeError for
/// dtypes and ValueError for shapes and epilogues outside of this; nothing is written then.
void matmul(std::span<const Operand> operands, std::string_view epilogue = {});

}  // namespace cermet::library
