// The bytes of a file in memory, kept alive by what stands on them, and arrays over parts of them.
#pragma once

#include <cermet/array.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cermet::io {

/// Read-only bytes. `name` is what errors call them: the file, or "the file object".
struct Bytes {
  const std::byte* data = nullptr;
  std::size_t size = 0;
  std::shared_ptr<const void> owner;
  std::string name;

  std::string_view text(std::size_t offset, std::size_t length) const {
    return {reinterpret_cast<const char*>(data) + offset, length};
  }
};

/// Text of a file as an error shows it: what is neither ASCII nor printable as '?'.
std::string readable(std::string_view text);

/// A regular file mapped into memory, anything else (a pipe) read to its end. Throws FileError.
Bytes read_file(const std::string& file);

/// Elements in a file: where, and how they lie.
struct Elements {
  std::size_t offset = 0;
  Dtype dtype;
  std::vector<std::int64_t> shape;
  bool fortran_order = false;
  bool swapped = false;  ///< of the other byte order than this machine's
};

/// The bytes that `count(shape)` elements take; false if that overflows or an extent is negative.
bool byte_count(const std::vector<std::int64_t>& shape, Dtype dtype, std::size_t& bytes);

/// An array over the elements, which lie within the bytes: without a copy where they are aligned and in this machine's
/// byte order. Throws ValueError for a bool that is neither 0 nor 1.
array array_over(const Bytes& bytes, const Elements& elements);

}  // namespace cermet::io
