// Lays out, relocates and maps a relocatable x86-64 ELF file; trusts nothing that the file says.
#include "runtime/cpu/elf_object.h"

#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "base/error.h"

namespace cermet::runtime::cpu {
namespace {

constexpr std::uint64_t largest_object = std::uint64_t{1} << 30;
constexpr std::uint64_t not_loaded = std::numeric_limits<std::uint64_t>::max();

template <class... Args>
[[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) {
  throw ValueError("[load_object] " + fmt::format(format, std::forward<Args>(args)...));
}

// A view of the file whose reads are checked.
class File {
 public:
  explicit File(std::string_view bytes) : bytes_(bytes) {}

  std::string_view range(std::uint64_t offset, std::uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
      refuse("The file ends at {}; a part of it is said to be at {} with {} bytes.", bytes_.size(), offset, size);
    }
    return bytes_.substr(offset, size);
  }

  template <class T>
  T read(std::uint64_t offset) const {
    T out;
    std::memcpy(&out, range(offset, sizeof(T)).data(), sizeof(T));
    return out;
  }

 private:
  std::string_view bytes_;
};

template <class T>
T entry_of(std::string_view table, std::uint64_t index) {
  T out;
  std::memcpy(&out, table.data() + index * sizeof(T), sizeof(T));
  return out;
}

std::string_view text_at(std::string_view strings, std::uint64_t offset) {
  if (offset >= strings.size()) refuse("A name lies outside of its string table.");
  const auto end = strings.find('\0', offset);
  if (end == std::string_view::npos) refuse("A name is not terminated.");
  return strings.substr(offset, end - offset);
}

struct Section {
  Elf64_Shdr header;
  std::string_view name;
  std::string_view content;           // empty for sections that have none
  std::uint64_t offset = not_loaded;  // in the mapping
};

// The part of an object file that is used.
struct Object {
  std::vector<Section> sections;
  std::string_view symbols, symbol_names;
  std::uint64_t mapped_bytes = 0;
  std::uint64_t symbol_count() const { return symbols.size() / sizeof(Elf64_Sym); }
};

void check_header(const Elf64_Ehdr& header) {
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) refuse("The file is no ELF file.");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != EM_X86_64 || header.e_type != ET_REL) {
    refuse("The file is no relocatable object for x86-64.");
  }
  if (header.e_shnum == 0 || header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shstrndx >= header.e_shnum) {
    refuse("The table of sections is damaged.");
  }
}

bool is_loaded(const Section& section) {
  const Elf64_Shdr& header = section.header;
  if ((header.sh_flags & SHF_ALLOC) == 0 || header.sh_size == 0) return false;
  if (section.name == ".eh_frame" || header.sh_type == SHT_NOTE) return false;  // kernels throw nothing
  if (header.sh_type != SHT_PROGBITS) refuse("Section {} has type {}.", section.name, header.sh_type);
  if ((header.sh_flags & (SHF_TLS | SHF_COMPRESSED)) != 0) refuse("Section {} has unknown flags.", section.name);
  if ((header.sh_flags & SHF_WRITE) != 0 && !section.name.starts_with(".data.rel.ro")) {
    refuse("Section {} is writable data; kernels have none.", section.name);
  }
  return true;
}

void place_section(Section& section, std::uint64_t& end) {
  const std::uint64_t alignment = section.header.sh_addralign == 0 ? 1 : section.header.sh_addralign;
  if (!std::has_single_bit(alignment) || alignment > 4096) {
    refuse("Section {} has alignment {}.", section.name, alignment);
  }
  section.offset = (end + alignment - 1) & ~(alignment - 1);
  end = section.offset + section.header.sh_size;  // sizes are bounded by the file's, so this cannot wrap
  if (end > largest_object) refuse("The object is larger than {} bytes.", largest_object);
}

void find_symbols(const File& file, Object& object) {
  for (const Section& section : object.sections) {
    if (section.header.sh_type != SHT_SYMTAB) continue;
    if (!object.symbols.empty()) refuse("The object has two symbol tables.");
    if (section.header.sh_entsize != sizeof(Elf64_Sym) || section.header.sh_link >= object.sections.size()) {
      refuse("The symbol table is damaged.");
    }
    const Elf64_Shdr& strings = object.sections[section.header.sh_link].header;
    object.symbols = section.content;
    object.symbol_names = file.range(strings.sh_offset, strings.sh_size);
  }
}

Object read_object(std::string_view bytes) {
  const File file(bytes);
  const auto header = file.read<Elf64_Ehdr>(0);
  check_header(header);
  const std::string_view table = file.range(header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr));
  const auto names_header = entry_of<Elf64_Shdr>(table, header.e_shstrndx);
  const std::string_view names = file.range(names_header.sh_offset, names_header.sh_size);
  Object object;
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    Section section{entry_of<Elf64_Shdr>(table, i), {}, {}};
    if (section.header.sh_type != SHT_NULL) section.name = text_at(names, section.header.sh_name);
    if (section.header.sh_type != SHT_NULL && section.header.sh_type != SHT_NOBITS) {
      section.content = file.range(section.header.sh_offset, section.header.sh_size);
    }
    if (is_loaded(section)) place_section(section, object.mapped_bytes);
    object.sections.push_back(section);
  }
  find_symbols(file, object);
  return object;
}

// Where a symbol lies in the mapping.
std::uint64_t offset_of(const Object& object, const Elf64_Sym& symbol) {
  const std::string_view name = text_at(object.symbol_names, symbol.st_name);
  if (symbol.st_shndx == SHN_UNDEF) refuse("The object needs the undefined symbol \"{}\".", name);
  if (symbol.st_shndx >= object.sections.size()) refuse("Symbol \"{}\" has no section.", name);
  const Section& section = object.sections[symbol.st_shndx];
  if (section.offset == not_loaded)
    refuse("Symbol \"{}\" lies in section {}, which is not loaded.", name, section.name);
  if (symbol.st_value > section.header.sh_size) refuse("Symbol \"{}\" lies outside of its section.", name);
  return section.offset + symbol.st_value;
}

template <class T>
void write_checked(std::byte* memory, const Section& section, std::uint64_t at, std::uint64_t value) {
  if (at > section.header.sh_size || sizeof(T) > section.header.sh_size - at) {
    refuse("A relocation lies outside of section {}.", section.name);
  }
  const T narrow = static_cast<T>(value);
  if (static_cast<std::uint64_t>(static_cast<std::int64_t>(narrow)) != value && sizeof(T) < sizeof(value)) {
    refuse("A relocation of section {} does not fit.", section.name);
  }
  std::memcpy(memory + section.offset + at, &narrow, sizeof(T));
}

void relocate(const Object& object, const Section& section, const Elf64_Rela& relocation, std::byte* memory) {
  const std::uint64_t index = ELF64_R_SYM(relocation.r_info);
  if (index == 0 || index >= object.symbol_count()) refuse("A relocation of section {} has no symbol.", section.name);
  const auto symbol = entry_of<Elf64_Sym>(object.symbols, index);
  const std::uint64_t base = reinterpret_cast<std::uintptr_t>(memory);
  const std::uint64_t value = base + offset_of(object, symbol) + static_cast<std::uint64_t>(relocation.r_addend);
  const std::uint64_t place = base + section.offset + relocation.r_offset;
  switch (ELF64_R_TYPE(relocation.r_info)) {
    case R_X86_64_PC32:
    case R_X86_64_PLT32:
      return write_checked<std::int32_t>(memory, section, relocation.r_offset, value - place);
    case R_X86_64_PC64:
      return write_checked<std::int64_t>(memory, section, relocation.r_offset, value - place);
    case R_X86_64_64:
      return write_checked<std::int64_t>(memory, section, relocation.r_offset, value);
    case R_X86_64_32S:
      return write_checked<std::int32_t>(memory, section, relocation.r_offset, value);
    default:
      refuse("Section {} has a relocation of type {}.", section.name, ELF64_R_TYPE(relocation.r_info));
  }
}

void relocate_all(const Object& object, std::byte* memory) {
  for (const Section& table : object.sections) {
    const bool addends = table.header.sh_type == SHT_RELA;
    if (!addends && table.header.sh_type != SHT_REL) continue;
    if (table.header.sh_info >= object.sections.size()) refuse("Section {} relocates no section.", table.name);
    const Section& section = object.sections[table.header.sh_info];
    if (section.offset == not_loaded) continue;
    if (!addends || table.header.sh_entsize != sizeof(Elf64_Rela)) refuse("Section {} is damaged.", table.name);
    for (std::uint64_t i = 0; i < table.content.size() / sizeof(Elf64_Rela); ++i) {
      relocate(object, section, entry_of<Elf64_Rela>(table.content, i), memory);
    }
  }
}

std::uint64_t find_function(const Object& object, std::string_view wanted) {
  for (std::uint64_t i = 1; i < object.symbol_count(); ++i) {
    const auto symbol = entry_of<Elf64_Sym>(object.symbols, i);
    if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC) continue;
    if (text_at(object.symbol_names, symbol.st_name) != wanted) continue;
    const std::uint64_t offset = offset_of(object, symbol);
    if (symbol.st_value == object.sections[symbol.st_shndx].header.sh_size) refuse("Function {} is empty.", wanted);
    if ((object.sections[symbol.st_shndx].header.sh_flags & SHF_EXECINSTR) == 0) refuse("{} is no function.", wanted);
    return offset;
  }
  refuse("The object defines no function {}.", wanted);
}

}  // namespace

LoadedObject::~LoadedObject() { munmap(memory_, bytes_); }

std::unique_ptr<LoadedObject> load_object(std::string_view file, std::string_view symbol) {
  const Object object = read_object(file);
  const std::uint64_t entry = find_function(object, symbol);
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t bytes = (object.mapped_bytes + page - 1) / page * page;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    fail<OutOfMemoryError>("[load_object] The system maps no {} bytes for machine code: {}.", bytes, strerror(errno));
  }
  auto* start = static_cast<std::byte*>(memory);
  auto loaded = std::make_unique<LoadedObject>(memory, bytes, start + entry);
  for (const Section& section : object.sections) {
    if (section.offset == not_loaded) continue;
    std::memcpy(start + section.offset, section.content.data(), section.content.size());
  }
  relocate_all(object, start);
  if (mprotect(memory, bytes, PROT_READ | PROT_EXEC) != 0) {
    refuse("The system refuses executable memory: {}.", strerror(errno));
  }
  return loaded;
}

}  // namespace cermet::runtime::cpu
