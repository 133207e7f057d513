// Arrays in files: npy, npz (NumPy's formats) and safetensors.
#pragma once

#include <cermet/array.h>

#include <string>
#include <utility>
#include <vector>

namespace cermet {

/// A file could not be opened, read or written. `code` is the system's errno.
class FileError : public Error {
 public:
  FileError(const std::string& message, std::string file, int code)
      : Error(message), file_(std::move(file)), code_(code) {}
  const std::string& file() const { return file_; }
  int code() const { return code_; }

 private:
  std::string file_;
  int code_;
};

/// Arrays by name, in the order of the file.
using NamedArrays = std::vector<std::pair<std::string, array>>;
using Metadata = std::vector<std::pair<std::string, std::string>>;

/// Saving evaluates the arrays, writes a temporary file beside the old one and renames it: a save that fails leaves the
/// old file as it was. The format's extension is added to names without it. Throws FileError, and ValueError for names
/// that the format cannot hold (repeated ones).
///
///     save("weights", w);                                 // weights.npy
///     save_safetensors("model", {{"w", w}, {"b", b}});    // model.safetensors
///
/// One array as .npy; bfloat16 as two-byte records ('<V2'), as ml_dtypes and MLX do.
void save(const std::string& file, const array& x);
/// Several arrays as .npz, a zip of .npy members; deflated if `compressed`.
void savez(const std::string& file, const NamedArrays& arrays, bool compressed = false);
/// Several arrays as .safetensors, with text for the header's metadata.
void save_safetensors(const std::string& file, const NamedArrays& arrays, const Metadata& metadata = {});

/// Loading reads what the header says and checks it against the file; ValueError names the file, what was found and
/// what was expected, and nothing is half-loaded. Elements of .npy and .safetensors stay in the file, which is mapped
/// into memory (read-only) until the last array over it is gone: the file may be renamed, replaced by a save or
/// deleted meanwhile, not cut short in place. Throws FileError where the file cannot be read.
array load(const std::string& file);
NamedArrays load_npz(const std::string& file);

struct Safetensors {
  NamedArrays arrays;
  Metadata metadata;
};
Safetensors load_safetensors(const std::string& file);

}  // namespace cermet
