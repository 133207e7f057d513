// Scaled dot-product attention on the CPU, a block of queries at a time: memory grows with the lengths, not with their
// product. The extents alone decide how the work is cut, so results are equal bit for bit with any number of threads.
#pragma once

#include <span>

#include "library/library.h"

namespace cermet::library {

/// Operands and results as graph/ops/attention.h describes them. Products and sums are float32 for all dtypes. Keys go
/// block by block with a running maximum (N. Milakov, N. Gimelshein, arXiv:1805.02867; T. Dao et al.,
/// arXiv:2205.14135).
void run_attention(const Primitive& call, std::span<const Operand> operands);
/// Computes the probabilities again, for a block of queries and all keys that they see at once.
void run_attention_grad(const Primitive& call, std::span<const Operand> operands);
void run_attention_mask_grad(const Primitive& call, std::span<const Operand> operands);

}  // namespace cermet::library
