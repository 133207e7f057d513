#include "io/bytes.h"

#include <cermet/io.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cermet::io {
namespace {

[[noreturn]] void refuse(const std::string& file, const char* action) {
  const int code = errno;
  throw FileError(fmt::format("[load] Cannot {} {}: {}.", action, file, std::strerror(code)), file, code);
}

/// A descriptor that closes.
struct Descriptor {
  explicit Descriptor(int number) : number(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  int number;
};

Bytes read_to_the_end(int descriptor, const std::string& file) {
  auto buffer = std::make_shared<std::vector<std::byte>>();
  std::size_t size = 0;
  for (;;) {
    buffer->resize(std::max<std::size_t>(65536, 2 * size));
    const ssize_t got = ::read(descriptor, buffer->data() + size, buffer->size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse(file, "read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return {buffer->data(), size, buffer, file};
}

void swap_bytes(std::byte* data, std::size_t bytes, std::size_t width) {
  for (std::size_t at = 0; at + width <= bytes; at += width) std::reverse(data + at, data + at + width);
}

void check_bools(const Bytes& bytes, const Elements& elements, std::size_t size) {
  const std::byte* const first = bytes.data + elements.offset;
  const std::byte* const bad = std::find_if(first, first + size, [](std::byte b) { return b > std::byte{1}; });
  if (bad != first + size) {
    fail<ValueError>("[load] {}: element {} of a bool array is {}; expected 0 or 1.", bytes.name, bad - first,
                     static_cast<int>(*bad));
  }
}

}  // namespace

std::string readable(std::string_view text) {
  std::string out;
  for (const char c : text) out += c >= ' ' && c <= '~' ? c : '?';
  return out;
}

Bytes read_file(const std::string& file) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.number < 0) refuse(file, "open");
  struct stat status {};
  if (::fstat(descriptor.number, &status) != 0) refuse(file, "read");
  if (S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    refuse(file, "read");
  }
  if (!S_ISREG(status.st_mode) || status.st_size == 0) return read_to_the_end(descriptor.number, file);
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.number, 0);
  if (mapped == MAP_FAILED) return read_to_the_end(descriptor.number, file);
  return {static_cast<const std::byte*>(mapped), size,
          std::shared_ptr<const void>(mapped, [size](const void* p) { ::munmap(const_cast<void*>(p), size); }), file};
}

bool byte_count(const std::vector<std::int64_t>& shape, Dtype dtype, std::size_t& bytes) {
  // Extents are multiplied without the zeros too: strides are made of these products.
  std::int64_t product = dtype.size();
  bool empty = false;
  for (const std::int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(product, std::max<std::int64_t>(extent, 1), &product)) return false;
    empty = empty || extent == 0;
  }
  bytes = empty ? 0 : static_cast<std::size_t>(product);
  return true;
}

array array_over(const Bytes& bytes, const Elements& elements) {
  const std::size_t width = elements.dtype.size();
  std::size_t size = 0;
  check(byte_count(elements.shape, elements.dtype, size) && elements.offset + size <= bytes.size,
        "elements reach beyond {}", bytes.name);
  if (elements.dtype == bool_) check_bools(bytes, elements, size);
  ForeignMemory memory;
  memory.dtype = elements.dtype;
  for (const std::int64_t extent : elements.shape) memory.shape.push_back(Dim(extent));
  memory.strides.resize(elements.shape.size());
  std::int64_t step = 1;
  for (std::size_t i = 0; i < elements.shape.size(); ++i) {
    const std::size_t axis = elements.fortran_order ? i : elements.shape.size() - 1 - i;
    memory.strides[axis] = step;
    step *= std::max<std::int64_t>(elements.shape[axis], 1);
  }
  memory.read_only = true;
  const std::byte* first = bytes.data + elements.offset;
  std::shared_ptr<const void> owner = bytes.owner;
  if (size != 0 && (elements.swapped || reinterpret_cast<std::uintptr_t>(first) % width != 0)) {
    auto copy = std::make_shared<std::vector<std::byte>>(first, first + size);
    // A complex number is two parts, each of them swapped.
    if (elements.swapped) swap_bytes(copy->data(), size, is_complex(elements.dtype) ? width / 2 : width);
    first = copy->data();
    owner = std::move(copy);
  }
  memory.first = const_cast<std::byte*>(first);
  if (size == 0) memory.first = nullptr;
  memory.release = [owner = std::move(owner)]() mutable { owner.reset(); };
  return array::adopt(std::move(memory));
}

}  // namespace cermet::io
