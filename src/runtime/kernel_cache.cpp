// The memory tier over the disk tier over LLVM. The lock guards the table alone: files are read and code is generated
// outside of it, once for all threads that ask for the same key.
#include "runtime/kernel_cache.h"

#include <pthread.h>

#include <atomic>
#include <condition_variable>
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
#include "target/target.h"

namespace cermet::runtime {
namespace {

// Part of the name of every object on disk: to be raised when the same LLVM module would give other machine code.
constexpr std::string_view code_generation_version = "llvm 19, level default, pic, 1";
// Kernels that nothing but the table holds; programs hold theirs, so this bounds what clearing programs leaves behind.
constexpr std::size_t idle_kernels_kept = 2048;

class ObjectKernel final : public LoadedKernel {
 public:
  explicit ObjectKernel(std::unique_ptr<cpu::LoadedObject> object) : object_(std::move(object)) {
    entry = reinterpret_cast<Entry>(object_->entry());
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

std::atomic<std::uint64_t> memory_hits{0}, disk_hits{0}, compiled{0}, unusable_objects{0};

// In a forked child the threads that were at work on unfinished slots are gone.
void before_fork() { table().mutex.lock(); }
void after_fork_in_parent() { table().mutex.unlock(); }
void after_fork_in_child() {
  std::erase_if(table().slots, [](const auto& item) { return !item.second->done; });
  new (&table().changed) std::condition_variable;
  table().mutex.unlock();
}

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

KernelPointer load(const std::string& object, const std::string& symbol) {
  return std::make_shared<const ObjectKernel>(cpu::load_object(object, symbol));
}

KernelPointer load_from_disk(const Hash128& key, const std::string& symbol) {
  const std::optional<std::string> object = read_disk_cache(key);
  if (!object) return nullptr;
  try {
    KernelPointer kernel = load(*object, symbol);
    disk_hits.fetch_add(1);
    return kernel;
  } catch (const ValueError& error) {
    unusable_objects.fetch_add(1);
    log("cache", "an entry on disk cannot be loaded and will be rewritten: {}", error.what());
    return nullptr;
  }
}

KernelPointer make_kernel(const Hash128& key, const std::function<std::string(const std::string&)>& make_source) {
  const std::string symbol = "cermet_" + key.hex();
  const Hash128 name = object_key(key);
  if (KernelPointer kernel = load_from_disk(name, symbol)) return kernel;
  const std::string source = make_source(symbol);
  const std::string object = cpu::compile_object(source, host_code_generation(), symbol);
  KernelPointer kernel = load(object, symbol);
  compiled.fetch_add(1);
  write_disk_cache(name, object);
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

}  // namespace

KernelPointer get_kernel(const Hash128& key, const std::function<std::string(const std::string&)>& make_source) {
  Table& t = table();
  std::shared_ptr<Slot> slot;
  {
    std::unique_lock lock(t.mutex);
    static const int registered = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    check(registered == 0, "pthread_atfork failed with {}", registered);
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
  return {memory_hits.load(), disk_hits.load(), compiled.load(), disk_cache_errors() + unusable_objects.load(),
          cpu::llvm_loaded()};
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
