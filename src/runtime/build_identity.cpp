// Reads the GNU build id note of the object file that this code was linked into.
#include "runtime/build_identity.h"

#include <dlfcn.h>
#include <elf.h>
#include <fmt/format.h>
#include <link.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstring>

namespace cermet::runtime {
namespace {

struct Search {
  std::uintptr_t address;
  std::string build_id;
};

bool holds(const dl_phdr_info& object, std::uintptr_t address) {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object.dlpi_phdr[i];
    const std::uintptr_t begin = object.dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && address >= begin && address - begin < segment.p_memsz) return true;
  }
  return false;
}

// A note is three sizes, a padded name and a padded description.
std::string build_id_in(const char* note, const char* end) {
  constexpr auto padded = [](std::size_t n) { return (n + 3) / 4 * 4; };
  while (note + sizeof(ElfW(Nhdr)) <= end) {
    ElfW(Nhdr) header;
    std::memcpy(&header, note, sizeof header);
    const char* const name = note + sizeof header;
    const char* const description = name + padded(header.n_namesz);
    if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
      return std::string(description, header.n_descsz);
    }
    note = description + padded(header.n_descsz);
  }
  return {};
}

int visit(dl_phdr_info* object, std::size_t, void* context) {
  Search& search = *static_cast<Search*>(context);
  if (!holds(*object, search.address)) return 0;
  for (int i = 0; i < object->dlpi_phnum && search.build_id.empty(); ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* const note = reinterpret_cast<const char*>(object->dlpi_addr + segment.p_vaddr);
    search.build_id = build_id_in(note, note + segment.p_memsz);
  }
  return 1;
}

std::string find_identity() {
  Search search{reinterpret_cast<std::uintptr_t>(&build_identity), {}};
  dl_iterate_phdr(visit, &search);
  if (!search.build_id.empty()) return search.build_id;
  Dl_info info{};
  struct stat status {};
  if (dladdr(reinterpret_cast<const void*>(&build_identity), &info) == 0 || stat(info.dli_fname, &status) != 0)
    return "unknown";
  return fmt::format("{} {} {}.{}", info.dli_fname, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

}  // namespace

const std::string& build_identity() {
  static const std::string identity = find_identity();
  return identity;
}

}  // namespace cermet::runtime
