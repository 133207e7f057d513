// The public functions of io.h: files in, files out.
#include <cermet/io.h>

#include "io/npy.h"
#include "io/npz.h"
#include "io/safetensors.h"

namespace cermet {
namespace {

/// All at once, before a file is opened: an error of the computation must not come in the middle of it.
void evaluate_all(const NamedArrays& arrays) {
  std::vector<array> values;
  values.reserve(arrays.size());
  for (const auto& [name, value] : arrays) values.push_back(value);
  eval(values);
}

}  // namespace

void save(const std::string& file, const array& x) {
  eval(std::vector<array>{x});
  io::write_file(io::with_extension(file, ".npy"), [&](const io::Sink& sink) { io::write_npy(x, sink); });
}

void savez(const std::string& file, const NamedArrays& arrays, bool compressed) {
  io::refuse_repeated_names("savez", arrays);
  for (const auto& [name, value] : arrays) {
    if (name.size() > 65000) fail<ValueError>("[savez] An array's name has {} bytes; 65000 are allowed.", name.size());
  }
  evaluate_all(arrays);
  io::write_file(io::with_extension(file, ".npz"),
                 [&](const io::Sink& sink) { io::write_npz(arrays, compressed, sink); });
}

void save_safetensors(const std::string& file, const NamedArrays& arrays, const Metadata& metadata) {
  const io::SafetensorsLayout layout = io::lay_out(arrays, metadata);
  evaluate_all(arrays);
  io::write_file(io::with_extension(file, ".safetensors"),
                 [&](const io::Sink& sink) { io::write_safetensors(arrays, layout, sink); });
}

array load(const std::string& file) { return io::read_npy(io::read_file(file)); }

NamedArrays load_npz(const std::string& file) { return io::read_npz(io::read_file(file)); }

Safetensors load_safetensors(const std::string& file) { return io::read_safetensors(io::read_file(file)); }

}  // namespace cermet
