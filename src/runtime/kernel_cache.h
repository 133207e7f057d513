// Machine code by content: memory, then what was built with the library, then the user's disk, then the code generator.
// A hit never loads LLVM.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/hash.h"

namespace cermet::runtime {

/// Executable code; freed with the last reference.
class LoadedKernel {
 public:
  using Entry = void (*)(void* const* buffers, const std::int64_t* parameters, std::int64_t begin, std::int64_t end);
  virtual ~LoadedKernel() = default;
  Entry entry = nullptr;
  std::string note;  ///< What the maker of the source wanted to find again with the code (KernelSource::note).
};

/// What is compiled, and a text that every tier keeps with the code, so that a hit needs nothing else of the kernel.
struct KernelSource {
  std::string module;
  std::string note;
  KernelSource(std::string llvm_module, std::string its_note = {})  // NOLINT(google-explicit-constructor)
      : module(std::move(llvm_module)), note(std::move(its_note)) {}
};

/// The kernel whose content hash is `key`. On a miss `make_source(symbol)` is called outside any lock and returns the
/// LLVM module that defines `symbol`; it is compiled for the host, written to the disk cache and loaded. Two threads
/// that miss the same key compile once. Thread safe.
std::shared_ptr<const LoadedKernel> get_kernel(
    const Hash128& key, const std::function<KernelSource(const std::string& symbol)>& make_source);

struct KernelCacheStatistics {
  std::uint64_t memory_hits = 0, prebuilt_hits = 0, disk_hits = 0, compiled = 0, disk_errors = 0;
  bool llvm_loaded = false;
};
KernelCacheStatistics kernel_cache_statistics();
/// Drops the memory tier (tests); live kernels stay valid.
void clear_kernel_cache();
/// Assembly text for a module, for CERMET_DUMP=asm and explain.
std::string assemble(const std::string& llvm_module);
/// Runs LLVM's verifier and returns its message, empty if the module is valid (tests).
std::string verify_llvm(const std::string& llvm_module);

}  // namespace cermet::runtime
