// The disk tier of the kernel cache. A file is a header and an object; it is written beside its place and renamed.
#include "runtime/disk_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/settings.h"

namespace cermet::runtime {
namespace {

constexpr std::uint64_t largest_entry = std::uint64_t{1} << 30;
constexpr std::string_view suffix = ".cermet";
constexpr std::string_view unfinished = "unfinished-";

struct Header {
  char magic[8] = {'C', 'E', 'R', 'M', 'E', 'T', 'K', '1'};
  Hash128 key;
  Hash128 content;
  std::uint64_t bytes = 0;
};
static_assert(sizeof(Header) == 48);

std::atomic<std::uint64_t> errors{0};
std::atomic<bool> complained{false};

void complain(std::string_view what, const std::string& path, int error) {
  if (complained.exchange(true)) return;
  log("cache", "{} {}: {}; the disk cache is not used", what, path, strerror(error));
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }
  explicit operator bool() const { return value_ >= 0; }

 private:
  int value_;
};

std::string home_folder() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') return home;
  struct passwd entry {};
  struct passwd* found = nullptr;
  char buffer[4096];
  if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr) return entry.pw_dir;
  return {};
}

std::string folder() {
  if (!settings().cache) return {};
  if (!settings().cache_dir.empty()) return settings().cache_dir;
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') {
    return std::string(cache) + "/cermet";
  }
  const std::string home = home_folder();
  return home.empty() ? std::string() : home + "/.cache/cermet";
}

// Code from a place that somebody else can write would run as this user.
bool trusted(const struct stat& status) {
  return (status.st_uid == geteuid() || status.st_uid == 0) && (status.st_mode & S_IWOTH) == 0;
}

void make_folders(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    ::mkdir(path.substr(0, slash).c_str(), 0700);
  }
  ::mkdir(path.c_str(), 0700);
}

Descriptor open_folder(const std::string& path, bool make) {
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  int value = ::open(path.c_str(), flags);
  if (value < 0 && errno == ENOENT && make) {
    make_folders(path);
    value = ::open(path.c_str(), flags);
  }
  if (value < 0) {
    if (make) complain("cannot open", path, errno);
    return Descriptor(-1);
  }
  struct stat status {};
  if (::fstat(value, &status) != 0 || !trusted(status)) {
    ::close(value);
    complain("others may write to", path, EPERM);
    return Descriptor(-1);
  }
  return Descriptor(value);
}

std::string file_name(const Hash128& key) { return key.hex() + std::string(suffix); }

bool read_all(int file, char* out, std::size_t bytes) {
  while (bytes > 0) {
    const ssize_t got = ::read(file, out, bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(int file, const char* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t put = ::write(file, bytes, count);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes += put;
    count -= static_cast<std::size_t>(put);
  }
  return true;
}

std::optional<std::string> read_entry(int file, const struct stat& status, const Hash128& key) {
  const auto size = static_cast<std::uint64_t>(status.st_size);
  Header header;
  const Header expected;
  if (!S_ISREG(status.st_mode) || size < sizeof header || size > largest_entry) return std::nullopt;
  if (!read_all(file, reinterpret_cast<char*>(&header), sizeof header)) return std::nullopt;
  if (std::memcmp(header.magic, expected.magic, sizeof header.magic) != 0 || header.key != key) return std::nullopt;
  if (header.bytes != size - sizeof header) return std::nullopt;
  std::string content(header.bytes, '\0');
  if (!read_all(file, content.data(), content.size()) || hash128(content) != header.content) return std::nullopt;
  return content;
}

// The time of the last use is what eviction goes by; a day's resolution spares most of the writes.
void note_use(int file, const struct stat& status) {
  constexpr std::time_t day = 24 * 60 * 60;
  if (status.st_mtime + day < std::time(nullptr)) ::futimens(file, nullptr);
}

struct Entry {
  std::time_t used;
  std::uint64_t bytes;
  std::string name;
};

// The entries of an open folder. Files that a dead process left unfinished are removed on the way.
std::vector<Entry> list_entries(int folder_descriptor) {
  std::vector<Entry> out;
  DIR* listing = ::fdopendir(::openat(folder_descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (listing == nullptr) return out;
  while (const dirent* item = ::readdir(listing)) {
    const std::string name = item->d_name;
    const bool stray = name.starts_with(unfinished);
    struct stat status {};
    if (!stray && !name.ends_with(suffix)) continue;
    if (::fstatat(folder_descriptor, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    constexpr std::time_t hour = 60 * 60;
    if (stray) {
      if (status.st_mtime + hour < std::time(nullptr)) ::unlinkat(folder_descriptor, name.c_str(), 0);
    } else {
      out.push_back({status.st_mtime, static_cast<std::uint64_t>(status.st_size), name});
    }
  }
  ::closedir(listing);
  return out;
}

std::uint64_t size_limit() { return static_cast<std::uint64_t>(settings().cache_size_mb) << 20; }

// A sweep lists the folder, so it runs after every 64th of the limit written by this process, and after one write in 64
// at random, for the sake of processes that write little.
void sweep_now_and_then(const Hash128& key, std::uint64_t written) {
  static std::atomic<std::uint64_t> unswept{0};
  const std::uint64_t limit = size_limit();
  if (unswept.fetch_add(written) + written > limit / 64 || key.low % 64 == 0) {
    unswept.store(0);
    sweep_disk_cache(limit);
  }
}

}  // namespace

std::string disk_cache_path(const Hash128& key) {
  const std::string path = folder();
  return path.empty() ? path : path + "/" + file_name(key);
}

std::optional<std::string> read_disk_cache(const Hash128& key) {
  const std::string path = folder();
  if (path.empty()) return std::nullopt;
  const Descriptor directory = open_folder(path, false);
  if (!directory) return std::nullopt;
  const Descriptor file(
      ::openat(directory.get(), file_name(key).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return std::nullopt;
  std::optional<std::string> content;
  if (trusted(status)) content = read_entry(file.get(), status, key);
  if (content) {
    note_use(file.get(), status);
  } else {
    errors.fetch_add(1);
    log("cache", "the entry {} is damaged and will be rewritten", file_name(key));
  }
  return content;
}

void write_disk_cache(const Hash128& key, std::string_view object) {
  static std::atomic<std::uint64_t> counter{0};
  const std::string path = folder();
  if (path.empty() || object.size() > largest_entry - sizeof(Header)) return;
  const Descriptor directory = open_folder(path, true);
  if (!directory) return;
  struct timespec now {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  // Process numbers repeat between containers that share a folder; the clock tells those apart, O_EXCL the rest.
  const std::string draft = fmt::format("{}{}-{}-{}-{}", unfinished, ::getpid(), now.tv_sec, now.tv_nsec, counter++);
  Header header;
  header.key = key;
  header.content = hash128(object);
  header.bytes = object.size();
  bool written = false;
  {
    const Descriptor file(::openat(directory.get(), draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) return complain("cannot write to", path, errno);
    written = write_all(file.get(), reinterpret_cast<const char*>(&header), sizeof header) &&
              write_all(file.get(), object.data(), object.size());
  }
  const int error = errno;
  if (!written || ::renameat(directory.get(), draft.c_str(), directory.get(), file_name(key).c_str()) != 0) {
    complain("cannot write to", path, written ? errno : error);
    ::unlinkat(directory.get(), draft.c_str(), 0);
    return;
  }
  sweep_now_and_then(key, sizeof header + object.size());
}

void sweep_disk_cache(std::uint64_t limit) {
  const std::string path = folder();
  if (path.empty()) return;
  const Descriptor directory = open_folder(path, false);
  if (!directory) return;
  std::vector<Entry> entries = list_entries(directory.get());
  std::uint64_t total = 0;
  for (const Entry& entry : entries) total += entry.bytes;
  if (total <= limit) return;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (total <= limit - limit / 4) break;
    if (::unlinkat(directory.get(), entry.name.c_str(), 0) == 0 || errno == ENOENT) total -= entry.bytes;
  }
  log("cache", "removed the oldest entries; {} bytes are left", total);
}

std::pair<Hash128, std::string> unpack_disk_entry(std::string content) {
  Header header;
  const Header expected;
  const bool has_header = content.size() >= sizeof header;
  if (has_header) std::memcpy(&header, content.data(), sizeof header);
  content.erase(0, sizeof header);
  if (!has_header || std::memcmp(header.magic, expected.magic, sizeof header.magic) != 0 ||
      header.bytes != content.size() || hash128(content) != header.content) {
    fail<ValueError>("[disk cache] A file of {} bytes is no entry, or a damaged one.", content.size());
  }
  return {header.key, std::move(content)};
}

std::uint64_t disk_cache_errors() { return errors.load(); }

}  // namespace cermet::runtime
