// Where files are written: a sink of bytes, and files that appear whole or not at all.
#pragma once

#include <cermet/array.h>

#include <functional>
#include <string>
#include <string_view>

namespace cermet::io {

/// Takes the bytes of a file in order; throws if it cannot.
using Sink = std::function<void(const void* data, std::size_t size)>;

inline void put(const Sink& sink, std::string_view text) { sink(text.data(), text.size()); }

/// Calls write(sink) with a temporary file beside `file`, which then takes its place. If write throws or the disk is
/// full, the temporary file is removed and what was there stays. Pipes and devices are written directly. Throws
/// FileError.
void write_file(const std::string& file, const std::function<void(const Sink&)>& write);

/// The file's name, with the extension unless it has it.
std::string with_extension(const std::string& file, std::string_view extension);

/// An evaluated array whose elements lie row-major, and where.
struct Rows {
  array value;
  const void* data = nullptr;
  std::size_t size = 0;
};
/// Throws TraceError for a traced array.
Rows rows_of(const array& x);

}  // namespace cermet::io
