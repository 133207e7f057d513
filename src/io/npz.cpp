#include "io/npz.h"

#include <unordered_set>

#include "io/npy.h"
#include "io/zip.h"

namespace cermet::io {

constexpr std::string_view member_extension = ".npy";

NamedArrays read_npz(const Bytes& bytes) {
  NamedArrays out;
  std::unordered_set<std::string> names;
  for (Member& member : read_zip(bytes)) {
    if (!member.name.ends_with(member_extension)) {
      fail<ValueError>("[load] {}: its member '{}' is not a .npy file; expected an archive of arrays.", bytes.name,
                       readable(member.name));
    }
    member.name.resize(member.name.size() - member_extension.size());
    if (!names.insert(member.name).second) {
      fail<ValueError>("[load] {}: it has two arrays called '{}'.", bytes.name, readable(member.name));
    }
    out.emplace_back(std::move(member.name), read_npy(member.bytes));
  }
  return out;
}

void refuse_repeated_names(const char* op, const NamedArrays& arrays) {
  std::unordered_set<std::string_view> names;
  for (const auto& [name, value] : arrays) {
    if (!names.insert(name).second) fail<ValueError>("[{}] Two arrays are called '{}'.", op, name);
  }
}

void write_npz(const NamedArrays& arrays, bool compressed, const Sink& sink) {
  ZipWriter zip(sink, compressed);
  for (const auto& [name, value] : arrays) {
    const Rows rows = rows_of(value);
    zip.add(name + std::string(member_extension), npy_header(value), {static_cast<const char*>(rows.data), rows.size});
  }
  zip.finish();
}

}  // namespace cermet::io
