// A loader for the objects that LLVM emits for one kernel, so that machine code from the disk runs without LLVM: only
// x86-64 ELF without undefined symbols and without writable data. Every offset of the file is checked before its use.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace cermet::runtime::cpu {

/// Mapped machine code, readable and executable, never writable; unmapped by the destructor.
class LoadedObject {
 public:
  LoadedObject(void* memory, std::size_t bytes, void* entry) : memory_(memory), bytes_(bytes), entry_(entry) {}
  LoadedObject(const LoadedObject&) = delete;
  LoadedObject& operator=(const LoadedObject&) = delete;
  ~LoadedObject();
  void* entry() const { return entry_; }
  std::size_t bytes() const { return bytes_; }

 private:
  void* memory_;
  std::size_t bytes_;
  void* entry_;
};

/// Maps the object and finds its function `symbol`. Throws ValueError, naming what is wrong, for a damaged file and for
/// anything outside of the subset above; OutOfMemoryError when the system maps no memory.
std::unique_ptr<LoadedObject> load_object(std::string_view file, std::string_view symbol);

}  // namespace cermet::runtime::cpu
