// The safetensors format: the length of a header, the header (JSON: what lies where), and the elements.
#pragma once

#include <cermet/io.h>

#include "io/bytes.h"
#include "io/output.h"

namespace cermet::io {

/// Throws ValueError unless the header says for every byte of the file whose it is.
Safetensors read_safetensors(const Bytes& bytes);

/// Everything that stands before the elements, and the order in which these follow: wide ones first, so that all are
/// aligned. Throws ValueError for repeated names, the name "__metadata__", and text that is not UTF-8.
struct SafetensorsLayout {
  std::string head;
  std::vector<std::size_t> order;
};
SafetensorsLayout lay_out(const NamedArrays& arrays, const Metadata& metadata);

void write_safetensors(const NamedArrays& arrays, const SafetensorsLayout& layout, const Sink& sink);

}  // namespace cermet::io
