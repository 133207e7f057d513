// Field offsets and signatures are those of PKWARE's APPNOTE 6.3, sections 4.3 to 4.5.
#include "io/zip.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>

namespace cermet::io {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50, entry_signature = 0x02014b50, end_signature = 0x06054b50,
                        end64_signature = 0x06064b50, locator_signature = 0x07064b50;
constexpr std::size_t local_size = 30, entry_size = 46, end_size = 22, end64_size = 56, locator_size = 20;
constexpr std::uint32_t no_32 = 0xffffffff;
constexpr std::uint16_t no_16 = 0xffff;
constexpr std::uint16_t stored = 0, deflated = 8;
constexpr std::uint16_t encrypted_flag = 1;

// ---- Reading ------------------------------------------------------------------------------------------------------

/// Little-endian numbers of an archive; every read is checked against its end.
class Reader {
 public:
  explicit Reader(const Bytes& bytes) : bytes_(bytes) {}

  [[noreturn]] void refuse(const std::string& what) const {
    fail<ValueError>("[load] {}: {}; expected a whole zip archive (.npz).", bytes_.name, readable(what));
  }
  void need(std::uint64_t offset, std::uint64_t size, const char* what) const {
    if (offset > bytes_.size || size > bytes_.size - offset) {
      refuse(fmt::format("cut short: {} would be at bytes {} to {} of {}", what, offset, offset + size, bytes_.size));
    }
  }
  std::uint64_t number(std::uint64_t offset, int width) const {
    std::uint64_t value = 0;
    for (int i = 0; i < width; ++i) {
      value |= static_cast<std::uint64_t>(bytes_.data[offset + static_cast<std::uint64_t>(i)]) << (8 * i);
    }
    return value;
  }
  std::uint32_t u32(std::uint64_t offset) const { return static_cast<std::uint32_t>(number(offset, 4)); }
  std::uint16_t u16(std::uint64_t offset) const { return static_cast<std::uint16_t>(number(offset, 2)); }
  std::uint64_t u64(std::uint64_t offset) const { return number(offset, 8); }
  const Bytes& bytes() const { return bytes_; }

 private:
  const Bytes& bytes_;
};

struct Directory {
  std::uint64_t offset, size, count;
};

Directory find_directory(const Reader& in) {
  const std::uint64_t total = in.bytes().size;
  if (total < end_size) in.refuse(fmt::format("it has {} bytes", total));
  // The end record is last but for a comment of at most 65535 bytes.
  const std::uint64_t last = total - end_size, first = last > no_16 ? last - no_16 : 0;
  std::uint64_t end = last + 1;
  do {
    if (end-- == first) in.refuse("it has no end record");
  } while (in.u32(end) != end_signature || end + end_size + in.u16(end + 20) != total);
  Directory found{in.u32(end + 16), in.u32(end + 12), in.u16(end + 10)};
  if (end >= locator_size && in.u32(end - locator_size) == locator_signature) {
    const std::uint64_t end64 = in.u64(end - locator_size + 8);
    in.need(end64, end64_size, "the end record");
    if (in.u32(end64) != end64_signature) in.refuse("its 64-bit end record is not where it should be");
    found = {in.u64(end64 + 48), in.u64(end64 + 40), in.u64(end64 + 32)};
  }
  in.need(found.offset, found.size, "the directory");
  if (found.count > found.size / entry_size) {
    in.refuse(fmt::format("its directory of {} bytes says that it has {} members", found.size, found.count));
  }
  return found;
}

struct Entry {
  std::string name;
  std::uint16_t flags, method;
  std::uint32_t checksum;
  std::uint64_t stored_size, size, offset;
  std::uint64_t data = 0;  ///< where its bytes begin
};

/// Replaces the sizes that do not fit into 32 bits by those of the extra field.
void read_extra(const Reader& in, std::uint64_t at, std::uint64_t end, Entry& entry) {
  while (end - at >= 4) {
    const std::uint16_t id = in.u16(at), size = in.u16(at + 2);
    at += 4;
    if (size > end - at) in.refuse(fmt::format("the extra field of '{}' is cut short", entry.name));
    std::uint64_t field = at, left = size;
    if (id == 1) {
      for (std::uint64_t* value : {&entry.size, &entry.stored_size, &entry.offset}) {
        if (*value != no_32) continue;
        if (left < 8) in.refuse(fmt::format("the 64-bit sizes of '{}' are missing", entry.name));
        *value = in.u64(field);
        field += 8;
        left -= 8;
      }
    }
    at += size;
  }
}

std::vector<Entry> read_directory(const Reader& in) {
  const Directory directory = find_directory(in);
  const std::uint64_t end = directory.offset + directory.size;
  std::uint64_t at = directory.offset;
  std::vector<Entry> entries;
  for (std::uint64_t i = 0; i < directory.count; ++i) {
    if (end - at < entry_size || in.u32(at) != entry_signature) {
      in.refuse(fmt::format("entry {} of its directory is not one", i));
    }
    const std::uint64_t name = in.u16(at + 28), extra = in.u16(at + 30), comment = in.u16(at + 32);
    if (name + extra + comment > end - at - entry_size) {
      in.refuse(fmt::format("entry {} of its directory is cut short", i));
    }
    Entry entry{std::string(in.bytes().text(at + entry_size, name)),
                in.u16(at + 8),
                in.u16(at + 10),
                in.u32(at + 16),
                in.u32(at + 20),
                in.u32(at + 24),
                in.u32(at + 42)};
    read_extra(in, at + entry_size + name, at + entry_size + name + extra, entry);
    entries.push_back(std::move(entry));
    at += entry_size + name + extra + comment;
  }
  return entries;
}

/// Finds where an entry's bytes begin, and checks what can be checked before they are read.
void locate(const Reader& in, Entry& entry) {
  if ((entry.flags & encrypted_flag) != 0) in.refuse(fmt::format("'{}' is encrypted", entry.name));
  if (entry.method != stored && entry.method != deflated) {
    in.refuse(fmt::format("'{}' is compressed by method {}, not stored (0) or deflated (8)", entry.name, entry.method));
  }
  in.need(entry.offset, local_size, "a member's header");
  if (in.u32(entry.offset) != local_signature) in.refuse(fmt::format("'{}' is not where it should be", entry.name));
  entry.data = entry.offset + local_size + in.u16(entry.offset + 26) + in.u16(entry.offset + 28);
  in.need(entry.data, entry.stored_size, "a member");
  if (entry.method == stored && entry.stored_size != entry.size) {
    in.refuse(fmt::format("'{}' is stored in {} bytes but has {}", entry.name, entry.stored_size, entry.size));
  }
  // Deflate can't shrink by more than 1032: a small file must not ask for all memory.
  if (entry.method == deflated && entry.size / 1032 > entry.stored_size) {
    in.refuse(fmt::format("'{}' says that its {} bytes inflate to {}", entry.name, entry.stored_size, entry.size));
  }
}

void refuse_overlaps(const Reader& in, const std::vector<Entry>& entries) {
  std::vector<const Entry*> order;
  for (const Entry& entry : entries) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) { return a->offset < b->offset; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (order[i]->offset < order[i - 1]->data + order[i - 1]->stored_size) {
      in.refuse(fmt::format("'{}' and '{}' overlap", order[i - 1]->name, order[i]->name));
    }
  }
}

/// zlib counts in 32 bits: calls step(in bytes, out bytes) on pieces that fit.
constexpr std::uint64_t largest_piece = std::uint64_t{1} << 30;

std::uint32_t checksum_of(std::string_view data, std::uint32_t so_far = 0) {
  if (data.empty()) return so_far;  // zlib takes a null pointer for the request of a first value
  return static_cast<std::uint32_t>(
      ::crc32_z(so_far, reinterpret_cast<const unsigned char*>(data.data()), data.size()));
}

/// False unless the deflated data inflate to exactly as many bytes as `out` has room for.
bool inflate_to(std::string_view data, std::span<std::byte> out) {
  z_stream stream{};
  if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(data.data()));
  unsigned char nothing = 0;  // zlib wants a place even for no bytes
  stream.next_out = out.empty() ? &nothing : reinterpret_cast<unsigned char*>(out.data());
  std::uint64_t in_left = data.size(), out_left = out.size();
  int state = Z_OK;
  while (state == Z_OK) {
    const auto in_piece = static_cast<unsigned>(std::min(in_left, largest_piece));
    const auto out_piece = static_cast<unsigned>(std::min(out_left, largest_piece));
    stream.avail_in = in_piece;
    stream.avail_out = out_piece;
    state = ::inflate(&stream, Z_NO_FLUSH);
    in_left -= in_piece - stream.avail_in;
    out_left -= out_piece - stream.avail_out;
    if (stream.avail_in == in_piece && stream.avail_out == out_piece) break;  // no progress
  }
  ::inflateEnd(&stream);
  return state == Z_STREAM_END && out_left == 0;
}

Bytes contents(const Reader& in, const Entry& entry) {
  const std::string name = in.bytes().name + ":" + readable(entry.name);
  Bytes out{in.bytes().data + entry.data, entry.size, in.bytes().owner, name};
  if (entry.method == deflated) {
    auto inflated = std::make_shared<std::vector<std::byte>>(entry.size);
    if (!inflate_to(in.bytes().text(entry.data, entry.stored_size), *inflated)) {
      in.refuse(fmt::format("'{}' does not inflate to {} bytes", entry.name, entry.size));
    }
    out.data = inflated->data();
    out.owner = std::move(inflated);
  }
  if (checksum_of(out.text(0, out.size)) != entry.checksum) {
    in.refuse(fmt::format("the checksum of '{}' is not that of its bytes", entry.name));
  }
  return out;
}

}  // namespace

std::vector<Member> read_zip(const Bytes& bytes) {
  const Reader in(bytes);
  std::vector<Entry> entries = read_directory(in);
  for (Entry& entry : entries) locate(in, entry);
  refuse_overlaps(in, entries);
  std::vector<Member> members;
  for (Entry& entry : entries) members.push_back({entry.name, contents(in, entry)});
  return members;
}

// ---- Writing ------------------------------------------------------------------------------------------------------

namespace {

class Fields {
 public:
  Fields& u16(std::uint64_t value) { return add(value, 2); }
  Fields& u32(std::uint64_t value) { return add(value, 4); }
  Fields& u64(std::uint64_t value) { return add(value, 8); }
  Fields& text(std::string_view value) {
    out_ += value;
    return *this;
  }
  const std::string& get() const { return out_; }

 private:
  Fields& add(std::uint64_t value, int width) {
    for (int i = 0; i < width; ++i) out_ += static_cast<char>(value >> (8 * i));
    return *this;
  }
  std::string out_;
};

std::uint64_t short_or_none(std::uint64_t value) { return std::min<std::uint64_t>(value, no_32); }

constexpr std::uint16_t utf8_flag = 1 << 11;
constexpr std::uint16_t version_64 = 45;           // of a reader that knows 64-bit sizes
constexpr std::uint64_t date_1980 = (1 << 5) | 1;  // the first day there is: archives of equal arrays are equal
constexpr std::uint16_t padding_id = 0xd935;       // the extra field that Android's zipalign pads with

std::string deflate_all(std::string_view head, std::string_view data) {
  z_stream stream{};
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string out;
  std::vector<unsigned char> piece(1 << 18);
  for (const std::string_view part : {head, data}) {
    std::uint64_t left = part.size();
    stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(part.data()));
    const bool is_last = part.data() == data.data();
    do {
      const auto step = static_cast<unsigned>(std::min(left, largest_piece));
      stream.avail_in = step;
      left -= step;
      do {
        stream.next_out = piece.data();
        stream.avail_out = static_cast<unsigned>(piece.size());
        ::deflate(&stream, is_last && left == 0 ? Z_FINISH : Z_NO_FLUSH);
        out.append(reinterpret_cast<char*>(piece.data()), piece.size() - stream.avail_out);
      } while (stream.avail_out == 0);
    } while (left > 0);
  }
  ::deflateEnd(&stream);
  return out;
}

}  // namespace

void ZipWriter::add(const std::string& name, std::string_view head, std::string_view data) {
  Entry entry{name, position_, head.size() + data.size(), head.size() + data.size(),
              checksum_of(data, checksum_of(head))};
  std::string packed;
  if (compressed_) {
    packed = deflate_all(head, data);
    entry.stored_size = packed.size();
  }
  Fields extra;
  if (entry.size >= no_32 || entry.stored_size >= no_32) extra.u16(1).u16(16).u64(entry.size).u64(entry.stored_size);
  const std::uint64_t start = position_ + local_size + name.size() + extra.get().size() + 4;
  const std::uint64_t padding = (64 - start % 64) % 64;
  extra.u16(padding_id).u16(padding).text(std::string(padding, '\0'));
  const bool wide = entry.size >= no_32 || entry.stored_size >= no_32;
  Fields local;
  local.u32(local_signature).u16(version_64).u16(utf8_flag).u16(compressed_ ? deflated : stored);
  local.u16(0).u16(date_1980).u32(entry.checksum).u32(wide ? no_32 : entry.stored_size).u32(wide ? no_32 : entry.size);
  local.u16(name.size()).u16(extra.get().size()).text(name).text(extra.get());
  emit(local.get());
  emit(compressed_ ? std::string_view(packed) : head);
  if (!compressed_) emit(data);
  entries_.push_back(std::move(entry));
}

void ZipWriter::finish() {
  const std::uint64_t start = position_;
  for (const Entry& entry : entries_) {
    Fields extra;
    for (const std::uint64_t value : {entry.size, entry.stored_size, entry.offset}) {
      if (value >= no_32) extra.u64(value);
    }
    const std::size_t wide = extra.get().size();
    Fields fields;
    fields.u32(entry_signature).u16(version_64).u16(version_64).u16(utf8_flag).u16(compressed_ ? deflated : stored);
    fields.u16(0).u16(date_1980).u32(entry.checksum);
    fields.u32(short_or_none(entry.stored_size)).u32(short_or_none(entry.size));
    fields.u16(entry.name.size()).u16(wide == 0 ? 0 : wide + 4).u16(0).u16(0).u16(0).u32(0);
    fields.u32(short_or_none(entry.offset)).text(entry.name);
    if (wide != 0) fields.u16(1).u16(wide).text(extra.get());
    emit(fields.get());
  }
  const std::uint64_t size = position_ - start, count = entries_.size(), end64 = position_;
  Fields fields;
  if (start >= no_32 || size >= no_32 || count >= no_16) {
    fields.u32(end64_signature).u64(end64_size - 12).u16(version_64).u16(version_64).u32(0).u32(0);
    fields.u64(count).u64(count).u64(size).u64(start);
    fields.u32(locator_signature).u32(0).u64(end64).u32(1);
  }
  const std::uint64_t short_count = std::min<std::uint64_t>(count, no_16);
  fields.u32(end_signature).u16(0).u16(0).u16(short_count).u16(short_count);
  fields.u32(short_or_none(size)).u32(short_or_none(start)).u16(0);
  emit(fields.get());
}

}  // namespace cermet::io
