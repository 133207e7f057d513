// Compiled kernels by content; see kernel_table.h. The lock guards the table alone, never a compilation.
#include "exec/kernel_table.h"

#include <pthread.h>

#include <chrono>
#include <mutex>
#include <unordered_map>

#include "base/log.h"
#include "base/settings.h"
#include "codegen/print_llvm.h"
#include "kernel/passes/legalize.h"

namespace cermet::exec {
namespace {

// To be raised when the passes or the printer make something else of the same kernel.
constexpr std::string_view kernel_version = "cermet kernel 2";

struct Table {
  std::mutex mutex;
  std::unordered_map<Hash128, std::weak_ptr<const CompiledKernel>, Hash128Hasher> kernels;
  std::size_t prune_at = 256;
};

Table& table();

// A forked child must not find the lock taken by a thread that it does not have.
void lock_table() { table().mutex.lock(); }
void unlock_table() { table().mutex.unlock(); }

Table& table() {
  static Table* instance = [] {
    pthread_atfork(lock_table, unlock_table, unlock_table);
    return new Table;  // programs may be destroyed after static destructors ran
  }();
  return *instance;
}

std::shared_ptr<const CompiledKernel> find(const Hash128& key) {
  Table& t = table();
  const std::lock_guard lock(t.mutex);
  const auto found = t.kernels.find(key);
  return found == t.kernels.end() ? nullptr : found->second.lock();
}

void remember(const Hash128& key, const std::shared_ptr<const CompiledKernel>& kernel) {
  Table& t = table();
  const std::lock_guard lock(t.mutex);
  t.kernels[key] = kernel;
  if (t.kernels.size() < t.prune_at) return;
  std::erase_if(t.kernels, [](const auto& entry) { return entry.second.expired(); });
  t.prune_at = 2 * t.kernels.size() + 256;
}

bool is_interpreter(const Target& target) { return target.name == "interpreter"; }

kernel::Kernel legal_form(const kernel::Kernel& built, const Target& target) {
  kernel::Kernel legal = built;
  kernel::legalize(legal, target, [&](std::string_view pass, const kernel::Kernel& after) {
    if (log_enabled("passes")) write_log("passes", std::string(pass) + "\n" + kernel::print(after));
  });
  return legal;
}

/// The module, and the extent of the grid as the note that stays with the code: a hit runs no pass.
runtime::KernelSource source_of(const kernel::Kernel& built, const Target& target, const std::string& symbol) {
  const kernel::Kernel legal = legal_form(built, target);
  return {codegen::print_llvm(legal, target, symbol), legal.integers.print(kernel::grid_extent(legal))};
}

/// The grid over the parameters alone: passes keep those.
void read_grid(const kernel::Kernel& built, CompiledKernel& made) {
  for (SymbolId parameter : built.parameters) {
    Symbol symbol = built.integers.symbol(parameter);
    symbol.upper = 0;
    made.parameters.push_back(made.integers.symbol_id(made.integers.add_symbol(std::move(symbol))));
  }
  made.grid = made.integers.parse(made.code->note);
}

}  // namespace

Hash128 kernel_key(const std::string& printed, const Target& target) {
  std::string content(kernel_version);
  for (std::string_view part : {std::string_view(target.name), std::string_view(target.cpu),
                                std::string_view(target.features), std::string_view(printed)}) {
    content += '\n';
    content += part;
  }
  return hash128(content);
}

std::shared_ptr<const CompiledKernel> compile_kernel(const kernel::Kernel& built, const Target& target) {
  const std::string printed = kernel::print(built);
  for (std::string_view stage : {"kernel", "legal", "llvm", "asm"}) {
    if (dump_enabled(stage)) write_log(stage, kernel_text(built, target, stage));
  }
  const Hash128 key = kernel_key(printed, target);
  if (auto kernel = find(key)) return kernel;
  const auto start = std::chrono::steady_clock::now();
  auto made = std::make_shared<CompiledKernel>();
  if (is_interpreter(target)) {
    made->interpreted = built;
  } else {
    made->code = runtime::get_kernel(key, [&](const std::string& symbol) { return source_of(built, target, symbol); });
    read_grid(built, *made);
  }
  log("compile", "kernel {} in {:.2f} ms", key.hex(),
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  remember(key, made);
  return made;
}

std::string kernel_text(const kernel::Kernel& built, const Target& target, std::string_view stage) {
  if (stage == "kernel" || is_interpreter(target)) return kernel::print(built);
  const kernel::Kernel legal = legal_form(built, target);
  if (stage == "legal") return kernel::print(legal);
  const std::string source = codegen::print_llvm(legal, target, "kernel");
  return stage == "llvm" ? source : runtime::assemble(source);
}

}  // namespace cermet::exec
