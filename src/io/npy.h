// NumPy's .npy format: a magic string, a header that is a Python dict, and the elements.
#pragma once

#include "io/bytes.h"
#include "io/output.h"

namespace cermet::io {

/// The array that begins at the first byte; `bytes` may hold more. `end`: where its elements end. Throws ValueError.
array read_npy(const Bytes& bytes, std::size_t* end = nullptr);

/// Everything before the elements, a multiple of 64 bytes.
std::string npy_header(const array& x);

void write_npy(const array& x, const Sink& sink);

}  // namespace cermet::io
