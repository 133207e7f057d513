// Rows of half types to float32 and back, and strided copies: what surrounds a product that a library cannot take as it
// is.
#pragma once

#include <cstdint>

#include "dtype/dtype.h"

namespace cermet::library {

/// out[i] = in[i * stride] for i < n, both of `from`, or out of float32 if `from` is a half type and `widen`.
void copy_row(const char* in, std::int64_t stride, Dtype from, bool widen, char* out, std::int64_t n);
/// Rounds n floats to nearest even into contiguous float16 or bfloat16.
void narrow_row(const float* in, Dtype to, char* out, std::int64_t n);

}  // namespace cermet::library
