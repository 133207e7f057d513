// NumPy's .npz format: a zip archive whose members are .npy files.
#pragma once

#include <cermet/io.h>

#include "io/bytes.h"
#include "io/output.h"

namespace cermet::io {

NamedArrays read_npz(const Bytes& bytes);
void write_npz(const NamedArrays& arrays, bool compressed, const Sink& sink);

/// Throws ValueError for names that appear twice, naming `op`.
void refuse_repeated_names(const char* op, const NamedArrays& arrays);

}  // namespace cermet::io
