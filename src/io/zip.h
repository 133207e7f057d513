// Zip archives of stored and deflated members, with 64-bit sizes.
#pragma once

#include <string>
#include <vector>

#include "io/bytes.h"
#include "io/output.h"

namespace cermet::io {

/// A member and its bytes: within the archive's where it is stored, inflated ones else.
struct Member {
  std::string name;
  Bytes bytes;
};

/// All members, their checksums verified. Throws ValueError for archives that are cut short, encrypted, or whose
/// directory contradicts itself or the file.
std::vector<Member> read_zip(const Bytes& bytes);

/// Writes an archive member by member. The data of a stored member begins at a multiple of 64 bytes.
class ZipWriter {
 public:
  ZipWriter(const Sink& sink, bool compressed) : sink_(sink), compressed_(compressed) {}
  /// Adds a member that consists of `head` and then `data`.
  void add(const std::string& name, std::string_view head, std::string_view data);
  /// Writes the directory.
  void finish();

 private:
  struct Entry {
    std::string name;
    std::uint64_t offset, stored_size, size;
    std::uint32_t checksum;
  };
  void emit(std::string_view text) {
    put(sink_, text);
    position_ += text.size();
  }

  const Sink& sink_;
  bool compressed_;
  std::uint64_t position_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace cermet::io
