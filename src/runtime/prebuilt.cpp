// A header, an index sorted by key, the entries. Nothing of it is trusted before it was compared with the file's size
// and, for an entry, with its hash.
#include "runtime/prebuilt.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <mutex>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/settings.h"
#include "runtime/disk_cache.h"

namespace cermet::runtime {
namespace {

constexpr char magic[8] = {'C', 'E', 'R', 'M', 'E', 'T', 'P', '1'};

struct Header {
  char magic[8];
  std::uint64_t count = 0;  ///< Of index entries, which follow the header.
  std::uint64_t bytes = 0;  ///< Of the whole file.
};

struct IndexEntry {
  Hash128 key;
  Hash128 content;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

bool before(const Hash128& a, const Hash128& b) { return a.high != b.high ? a.high < b.high : a.low < b.low; }

/// The whole file, mapped; never unmapped, since entries are handed out by address. No file: empty.
std::string_view map(const std::string& path) {
  const int file = path.empty() ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  struct stat status {};
  std::string_view content;
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
    const auto bytes = static_cast<std::size_t>(status.st_size);
    void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0);
    if (memory != MAP_FAILED) content = {static_cast<const char*>(memory), bytes};
  }
  ::close(file);
  return content;
}

struct File {
  std::string_view content;
  std::span<const IndexEntry> index;
};

File open_file() {
  const std::string path = prebuilt_path();
  const std::string_view content = map(path);
  Header header{};
  if (content.size() < sizeof header) return {};
  std::memcpy(&header, content.data(), sizeof header);
  const bool fits = header.count <= content.size() / sizeof(IndexEntry) &&
                    sizeof header + header.count * sizeof(IndexEntry) <= content.size();
  if (std::memcmp(header.magic, magic, sizeof magic) != 0 || header.bytes != content.size() || !fits) {
    log("cache", "{} is no file of prebuilt kernels, or a damaged one; it is not used", path);
    return {};
  }
  return {content, {reinterpret_cast<const IndexEntry*>(content.data() + sizeof header), header.count}};
}

std::atomic<const File*> opened{nullptr};

const File& file() {
  if (const File* found = opened.load(std::memory_order_acquire)) return *found;
  // Two threads may both map it: the second mapping is dropped from sight, which costs address space only.
  auto* fresh = new File(open_file());
  const File* expected = nullptr;
  if (opened.compare_exchange_strong(expected, fresh, std::memory_order_acq_rel)) return *fresh;
  delete fresh;
  return *expected;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail<ValueError>("[prebuilt] Cannot read {}.", path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> entries_of(const std::string& folder) {
  std::vector<std::string> names;
  DIR* listing = ::opendir(folder.c_str());
  if (listing == nullptr) fail<ValueError>("[prebuilt] Cannot read the folder {}: {}.", folder, strerror(errno));
  while (const dirent* item = ::readdir(listing)) {
    const std::string_view name = item->d_name;
    if (name.ends_with(".cermet")) names.emplace_back(name);
  }
  ::closedir(listing);
  return names;
}

}  // namespace

std::string prebuilt_path() {
  if (settings().prebuilt == "none") return {};
  if (!settings().prebuilt.empty()) return settings().prebuilt;
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&find_prebuilt), &info) == 0 || info.dli_fname == nullptr) return {};
  const std::string library = info.dli_fname;
  return library.substr(0, library.rfind('/') + 1) + "libcermet.kernels";
}

std::optional<std::string_view> find_prebuilt(const Hash128& key) {
  const File& f = file();
  const auto found = std::lower_bound(f.index.begin(), f.index.end(), key,
                                      [](const IndexEntry& e, const Hash128& k) { return before(e.key, k); });
  if (found == f.index.end() || found->key != key) return std::nullopt;
  if (found->offset > f.content.size() || found->bytes > f.content.size() - found->offset) return std::nullopt;
  const std::string_view entry = f.content.substr(found->offset, found->bytes);
  if (hash128(entry) != found->content) return std::nullopt;
  return entry;
}

std::size_t pack_prebuilt(const std::string& folder, const std::string& file) {
  std::vector<std::pair<Hash128, std::string>> entries;
  for (const std::string& name : entries_of(folder)) {
    entries.push_back(unpack_disk_entry(read_file(folder + "/" + name)));
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return before(a.first, b.first); });
  std::vector<IndexEntry> index;
  std::uint64_t offset = sizeof(Header) + entries.size() * sizeof(IndexEntry);
  for (const auto& [key, content] : entries) {
    index.push_back({key, hash128(content), offset, content.size()});
    offset += content.size();
  }
  Header header{};
  std::memcpy(header.magic, magic, sizeof magic);
  header.count = index.size();
  header.bytes = offset;
  const std::string draft = fmt::format("{}.{}", file, ::getpid());
  std::ofstream out(draft, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&header), sizeof header);
  out.write(reinterpret_cast<const char*>(index.data()),
            static_cast<std::streamsize>(index.size() * sizeof(IndexEntry)));
  for (const auto& [key, content] : entries) out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out || std::rename(draft.c_str(), file.c_str()) != 0) {
    ::unlink(draft.c_str());
    fail<ValueError>("[prebuilt] Cannot write {}.", file);
  }
  return entries.size();
}

void forget_prebuilt() { opened.store(nullptr, std::memory_order_release); }

}  // namespace cermet::runtime
