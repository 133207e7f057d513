// The memory tier over the prebuilt tier over the disk tier over LLVM. The lock guards the table alone: files are read
// and code is generated outside of it, once for all threads that ask for the same key.
#include "runtime/kernel_cache.h"

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <list>
#include <mutex>
#include <new>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "runtime/build_identity.h"
#include "runtime/cpu/elf_object.h"
#include "runtime/cpu/llvm.h"
#include "runtime/disk_cache.h"
#include "runtime/fork_gate.h"
#include "runtime/prebuilt.h"
#include "target/target.h"

namespace cermet::runtime {
namespace {

// Part of the name of every object on disk: to be raised when the same LLVM module would give other machine code.
constexpr std::string_view code_generation_version = "llvm 19, level default, pic, 2";
// Kernels that nothing but the table holds; programs hold theirs, so this bounds what clearing programs leaves behind.
constexpr std::size_t idle_kernels_kept = 2048;

class ObjectKernel final : public LoadedKernel {
 public:
  ObjectKernel(std::unique_ptr<cpu::LoadedObject> object, std::string_view its_note) : object_(std::move(object)) {
    entry = reinterpret_cast<Entry>(object_->entry());
    note = its_note;
  }

 private:
  std::unique_ptr<cpu::LoadedObject> object_;
};

using KernelPointer = std::shared_ptr<const LoadedKernel>;

struct Slot {
  bool done = false;  // then one of the two below is set
  KernelPointer kernel;
  std::exception_ptr error;
};

struct Table {
  std::mutex mutex;
  std::condition_variable changed;
  std::unordered_map<Hash128, std::shared_ptr<Slot>, Hash128Hasher> slots;
  std::list<Hash128> order;  // of the finished slots, oldest first
};

Table& table() {
  static Table* instance = new Table;  // outlives every thread and every static destructor
  return *instance;
}

std::atomic<std::uint64_t> memory_hits{0}, prebuilt_hits{0}, disk_hits{0}, compiled{0}, unusable_objects{0};

// In a forked child the threads that were at work on unfinished slots are gone.
void before_fork() { table().mutex.lock(); }
void after_fork_in_parent() { table().mutex.unlock(); }
void after_fork_in_child() {
  std::erase_if(table().slots, [](const auto& item) { return !item.second->done; });
  new (&table().changed) std::condition_variable;
  table().mutex.unlock();
}

// Both at load time: a fork may come before the first call, or in the middle of it.
[[maybe_unused]] Table& made_at_load = table();
const int fork_handlers = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);

const cpu::CodeGeneration& host_code_generation() {
  static const cpu::CodeGeneration machine{host_target().cpu, host_target().features};
  return machine;
}

// The caller's key names the source; the object also depends on the machine it was made for and on the passes and the
// printer that made it, which are this build's.
Hash128 object_key(const Hash128& key) {
  static const std::string machine =
      fmt::format("{}\n{}\n{}\n{}\n", code_generation_version, host_code_generation().cpu,
                  host_code_generation().features, build_identity());
  return hash128(machine + key.hex());
}

// An entry is the object, then the note, then the note's length.
std::string entry_of(std::string object, const std::string& note) {
  const auto length = static_cast<std::uint32_t>(note.size());
  object += note;
  object.append(reinterpret_cast<const char*>(&length), sizeof length);
  return object;
}

KernelPointer load(std::string_view entry, const std::string& symbol) {
  std::uint32_t length = 0;
  if (entry.size() < sizeof length) fail<ValueError>("[kernel cache] An entry of {} bytes.", entry.size());
  std::memcpy(&length, entry.data() + entry.size() - sizeof length, sizeof length);
  entry.remove_suffix(sizeof length);
  if (entry.size() < length) fail<ValueError>("[kernel cache] An entry's note is longer than the entry.");
  const std::string_view note = entry.substr(entry.size() - length);
  entry.remove_suffix(length);
  return std::make_shared<const ObjectKernel>(cpu::load_object(entry, symbol), note);
}

/// Null if the entry cannot be loaded.
KernelPointer load_found(std::string_view entry, const std::string& symbol, std::atomic<std::uint64_t>& hits) {
  try {
    KernelPointer kernel = load(entry, symbol);
    hits.fetch_add(1);
    return kernel;
  } catch (const ValueError& error) {
    unusable_objects.fetch_add(1);
    log("cache", "an entry cannot be loaded and the kernel will be compiled: {}", error.what());
    return nullptr;
  }
}

// What was built with the library is asked first: its file is mapped once, an entry on the user's disk is a file.
KernelPointer find_built(const Hash128& name, const std::string& symbol) {
  if (const auto entry = find_prebuilt(name)) {
    if (KernelPointer kernel = load_found(*entry, symbol, prebuilt_hits)) return kernel;
  }
  if (const auto entry = read_disk_cache(name)) return load_found(*entry, symbol, disk_hits);
  return nullptr;
}

KernelPointer make_kernel(const Hash128& key, const std::function<KernelSource(const std::string&)>& make_source) {
  const std::string symbol = "cermet_" + key.hex();
  const Hash128 name = object_key(key);
  if (KernelPointer kernel = find_built(name, symbol)) return kernel;
  const KernelSource source = make_source(symbol);
  const std::string entry = entry_of(cpu::compile_object(source.module, host_code_generation(), symbol), source.note);
  KernelPointer kernel = load(entry, symbol);
  compiled.fetch_add(1);
  write_disk_cache(name, entry);
  return kernel;
}

// Drops the oldest kernels that only the table holds. The caller holds the lock.
void drop_idle(Table& t) {
  if (t.order.size() <= idle_kernels_kept) return;
  std::size_t idle = 0;
  for (const Hash128& key : t.order) idle += t.slots.at(key)->kernel.use_count() == 1 ? 1U : 0U;
  for (auto key = t.order.begin(); key != t.order.end() && idle > idle_kernels_kept / 2;) {
    const auto slot = t.slots.find(*key);
    if (slot->second->kernel.use_count() > 1) {
      ++key;
      continue;
    }
    t.slots.erase(slot);
    key = t.order.erase(key);
    --idle;
  }
}

void finish(const Hash128& key, const std::shared_ptr<Slot>& slot, KernelPointer kernel, std::exception_ptr error) {
  Table& t = table();
  const std::lock_guard lock(t.mutex);
  slot->kernel = std::move(kernel);
  slot->error = std::move(error);
  slot->done = true;
  const auto found = t.slots.find(key);
  if (found != t.slots.end() && found->second == slot) {  // the table may have been cleared meanwhile
    if (slot->error) {
      t.slots.erase(found);
    } else {
      t.order.push_back(key);
      drop_idle(t);
    }
  }
  t.changed.notify_all();
}

ForkGate& first_use = *new ForkGate;

// What the first calls make, made while no fork can happen: a child would wait for ever for the thread that was at it.
void prepare() {
  static std::atomic<bool> ready{false};
  if (ready.load(std::memory_order_acquire)) return;
  const ForkGate::Inside inside(first_use);
  check(fork_handlers == 0, "pthread_atfork failed with {}", fork_handlers);
  find_prebuilt(object_key({}));
  ready.store(true, std::memory_order_release);
}

}  // namespace

KernelPointer get_kernel(const Hash128& key, const std::function<KernelSource(const std::string&)>& make_source) {
  prepare();
  Table& t = table();
  std::shared_ptr<Slot> slot;
  {
    std::unique_lock lock(t.mutex);
    std::shared_ptr<Slot>& found = t.slots[key];
    if (found) {
      slot = found;
      t.changed.wait(lock, [&] { return slot->done; });
      if (slot->error) std::rethrow_exception(slot->error);
      memory_hits.fetch_add(1, std::memory_order_relaxed);
      return slot->kernel;
    }
    slot = found = std::make_shared<Slot>();
  }
  try {
    finish(key, slot, make_kernel(key, make_source), nullptr);
  } catch (...) {
    finish(key, slot, nullptr, std::current_exception());
    throw;
  }
  return slot->kernel;
}

KernelCacheStatistics kernel_cache_statistics() {
  KernelCacheStatistics statistics;
  statistics.memory_hits = memory_hits.load();
  statistics.prebuilt_hits = prebuilt_hits.load();
  statistics.disk_hits = disk_hits.load();
  statistics.compiled = compiled.load();
  statistics.disk_errors = disk_cache_errors() + unusable_objects.load();
  statistics.llvm_loaded = cpu::llvm_loaded();
  return statistics;
}

void clear_kernel_cache() {
  Table& t = table();
  const std::lock_guard lock(t.mutex);
  std::erase_if(t.slots, [](const auto& item) { return item.second->done; });
  t.order.clear();
}

std::string assemble(const std::string& llvm_module) {
  return cpu::compile_assembly(llvm_module, host_code_generation());
}

std::string verify_llvm(const std::string& llvm_module) { return cpu::verify_module(llvm_module); }

}  // namespace cermet::runtime
