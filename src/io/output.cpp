#include "io/output.h"

#include <cermet/io.h>
#include <cermet/ops.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "array/node_building.h"

namespace cermet::io {
namespace {

[[noreturn]] void refuse(const std::string& file, const char* action, int code) {
  throw FileError(fmt::format("[save] Cannot {} {}: {}.", action, file, std::strerror(code)), file, code);
}

/// A descriptor being written; closes, and removes its file unless that was kept.
class Writing {
 public:
  Writing(const std::string& name, const std::string& path, int flags, bool temporary)
      : name_(name), path_(path), temporary_(temporary), descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) refuse(name_, "write", errno);
  }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;
  ~Writing() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (temporary_) ::unlink(path_.c_str());
  }

  void write(const void* data, std::size_t size) {
    const char* at = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t wrote = ::write(descriptor_, at, std::min<std::size_t>(size, std::size_t{1} << 30));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) refuse(name_, "write", errno);
      at += wrote;
      size -= static_cast<std::size_t>(wrote);
    }
  }
  void take_mode(mode_t mode) { std::ignore = ::fchmod(descriptor_, mode & 07777); }
  void close() {
    const int descriptor = std::exchange(descriptor_, -1);
    if (::close(descriptor) != 0) refuse(name_, "write", errno);
  }
  void become(const std::string& target) {
    if (::rename(path_.c_str(), target.c_str()) != 0) refuse(name_, "write", errno);
    temporary_ = false;
  }

 private:
  const std::string& name_;
  std::string path_;
  bool temporary_;
  int descriptor_;
};

/// The file behind symbolic links: the rename must not replace a link.
std::string resolved(const std::string& file) {
  char* const path = ::realpath(file.c_str(), nullptr);
  if (path == nullptr) return file;
  std::string out(path);
  std::free(path);
  return out;
}

std::string temporary_name(const std::string& target) {
  static std::atomic<unsigned> count = 0;
  const std::size_t slash = target.rfind('/');
  const std::size_t start = slash == std::string::npos ? 0 : slash + 1;
  // File names end at 255 bytes: the target's own may have them all.
  return fmt::format("{}.{}.{}-{}.tmp", target.substr(0, start), target.substr(start, 200), ::getpid(), count++);
}

}  // namespace

void write_file(const std::string& file, const std::function<void(const Sink&)>& write) {
  const std::string target = resolved(file);
  struct stat old {};
  const bool exists = ::stat(target.c_str(), &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) refuse(file, "write", EISDIR);
  if (exists && !S_ISREG(old.st_mode)) {
    Writing direct(file, target, O_WRONLY, false);
    write([&](const void* data, std::size_t size) { direct.write(data, size); });
    direct.close();
    return;
  }
  if (exists && ::access(target.c_str(), W_OK) != 0) refuse(file, "write", errno);
  Writing fresh(file, temporary_name(target), O_WRONLY | O_CREAT | O_EXCL, true);
  if (exists) fresh.take_mode(old.st_mode);
  write([&](const void* data, std::size_t size) { fresh.write(data, size); });
  fresh.close();
  fresh.become(target);
}

std::string with_extension(const std::string& file, std::string_view extension) {
  return file.ends_with(extension) ? file : file + std::string(extension);
}

Rows rows_of(const array& x) {
  array value = x;
  evaluated(value, "save");
  if (!value.node()->data.contiguous) {
    value = contiguous(value);
    evaluated(value, "save");
  }
  const exec::Data& data = value.node()->data;
  const std::size_t size = value.nbytes();
  return {std::move(value), size == 0 ? nullptr : data.pointer(), size};
}

}  // namespace cermet::io
