// LLVM through its C API. Every compilation has a context of its own (contexts intern constants and types for ever);
// target machines are kept for reuse and never destroyed at exit, where LLVM's own globals may be gone before ours.
#include "runtime/cpu/llvm.h"

#include <dlfcn.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "runtime/cpu/llvm_functions.h"
#include "runtime/fork_gate.h"

namespace cermet::runtime::cpu {
namespace {

constexpr char triple[] = "x86_64-unknown-linux-gnu";

// What LLVM's fatal error handler throws through LLVM's frames: nothing of that compilation may be touched afterwards,
// so its objects are abandoned, not disposed.
struct FatalError {
  std::string message;
};

void on_fatal_error(const char* reason) { throw FatalError{reason}; }

// A fork waits until nobody is inside LLVM, so that its locks are free in the child.
ForkGate& gate() {
  static auto* instance = new ForkGate;
  return *instance;
}
[[maybe_unused]] ForkGate& made_at_load = gate();  // not when a fork may find another thread at it

std::atomic<const LlvmFunctions*> loaded_functions{nullptr};

void* open_library() {
  static constexpr const char* names[] = {"libLLVM.so.19.1", "libLLVM-19.so", "libLLVM-19.so.1",
                                          "/usr/lib/llvm-19/lib/libLLVM.so.19.1", "/usr/lib/llvm-19/lib/libLLVM.so"};
  std::string reasons;
  for (const char* name : names) {
    // Debian versions LLVM's symbols, so local lazy binding suffices for several LLVMs in one process.
    if (void* library = dlopen(name, RTLD_LOCAL | RTLD_LAZY)) return library;
    reasons += fmt::format("\n  {}", dlerror());
  }
  throw InternalError("LLVM 19 is needed to compile a kernel and could not be opened (Debian: libllvm19):" + reasons);
}

template <class Function>
void find(void* library, const char* name, Function& out) {
  out = reinterpret_cast<Function>(dlsym(library, name));
  if (out == nullptr) fail<InternalError>("LLVM 19 was opened, but it lacks {}.", name);
}

const LlvmFunctions& open_llvm() {
  if (const LlvmFunctions* functions = loaded_functions.load(std::memory_order_acquire)) return *functions;
  static std::mutex mutex;  // never held across a fork: callers are inside the gate
  const std::lock_guard lock(mutex);
  if (const LlvmFunctions* functions = loaded_functions.load(std::memory_order_acquire)) return *functions;
  void* library = open_library();
  auto functions = std::make_unique<LlvmFunctions>();
#define CERMET_LLVM(function) find(library, "LLVM" #function, functions->function);
#include "runtime/cpu/llvm_functions.def"
#undef CERMET_LLVM
  functions->InitializeX86TargetInfo();
  functions->InitializeX86Target();
  functions->InitializeX86TargetMC();
  functions->InitializeX86AsmPrinter();
  functions->InstallFatalErrorHandler(on_fatal_error);
  log("compile", "opened LLVM 19");
  loaded_functions.store(functions.get(), std::memory_order_release);
  return *functions.release();
}

// One target machine in use by at most one thread.
struct Machine {
  std::string cpu, features;
  LLVMTargetMachineRef reference = nullptr;
};

struct IdleMachines {
  std::mutex mutex;
  std::vector<Machine> machines;
};

IdleMachines& idle_machines() {
  static IdleMachines* instance = new IdleMachines;
  return *instance;
}

Machine make_machine(const LlvmFunctions& llvm, const CodeGeneration& wanted) {
  LLVMTargetRef target = nullptr;
  char* message = nullptr;
  if (llvm.GetTargetFromTriple(triple, &target, &message) != 0) {
    std::string text = message;
    llvm.DisposeMessage(message);
    throw InternalError("LLVM has no code generator for this machine: " + text);
  }
  Machine machine{wanted.cpu, wanted.features, nullptr};
  // Default against Less: the same time within the noise, better schedules (figures in tests/runtime/llvm_test.cpp).
  machine.reference = llvm.CreateTargetMachine(target, triple, wanted.cpu.c_str(), wanted.features.c_str(),
                                               LLVMCodeGenLevelDefault, LLVMRelocPIC, LLVMCodeModelDefault);
  check(machine.reference != nullptr, "LLVM made no target machine for cpu \"{}\"", wanted.cpu);
  return machine;
}

Machine take_machine(const LlvmFunctions& llvm, const CodeGeneration& wanted) {
  {
    IdleMachines& idle = idle_machines();
    const std::lock_guard lock(idle.mutex);
    for (Machine& machine : idle.machines) {
      if (machine.cpu != wanted.cpu || machine.features != wanted.features) continue;
      Machine taken = std::move(machine);
      machine = std::move(idle.machines.back());
      idle.machines.pop_back();
      return taken;
    }
  }
  return make_machine(llvm, wanted);
}

void give_back(const LlvmFunctions& llvm, Machine machine) {
  constexpr std::size_t kept = 64;
  IdleMachines& idle = idle_machines();
  const std::lock_guard lock(idle.mutex);
  if (idle.machines.size() < kept) {
    idle.machines.push_back(std::move(machine));
  } else {
    llvm.DisposeTargetMachine(machine.reference);
  }
}

// One module in a context of its own, with the errors that LLVM reports about it.
class Module {
 public:
  Module(const LlvmFunctions& llvm, std::string_view text) : llvm_(llvm), context_(llvm.ContextCreate()) {
    llvm_.ContextSetDiagnosticHandler(context_, &Module::on_diagnostic, this);
    guarded([&] {
      LLVMMemoryBufferRef buffer = llvm_.CreateMemoryBufferWithMemoryRangeCopy(text.data(), text.size(), "kernel");
      char* message = nullptr;
      if (llvm_.ParseIRInContext(context_, buffer, &module_, &message) != 0) {  // takes the buffer
        errors_ += message == nullptr ? "the module does not parse" : message;
        llvm_.DisposeMessage(message);
        module_ = nullptr;
      }
    });
  }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module() {
    if (abandoned_) return;
    if (module_ != nullptr) llvm_.DisposeModule(module_);
    llvm_.ContextDispose(context_);
  }

  const std::string& verify() {
    if (module_ == nullptr) return errors_;
    guarded([&] {
      char* message = nullptr;
      if (llvm_.VerifyModule(module_, LLVMReturnStatusAction, &message) != 0) errors_ += message;
      llvm_.DisposeMessage(message);
    });
    return errors_;
  }

  std::string emit(const CodeGeneration& wanted, LLVMCodeGenFileType kind) {
    Machine machine = take_machine(llvm_, wanted);
    LLVMTargetDataRef layout = llvm_.CreateTargetDataLayout(machine.reference);
    llvm_.SetModuleDataLayout(module_, layout);
    llvm_.DisposeTargetData(layout);
    llvm_.SetTarget(module_, triple);
    LLVMMemoryBufferRef buffer = nullptr;
    char* message = nullptr;
    guarded([&] {
      if (llvm_.TargetMachineEmitToMemoryBuffer(machine.reference, module_, kind, &message, &buffer) != 0) {
        errors_ += message;
        llvm_.DisposeMessage(message);
      }
    });
    give_back(llvm_, std::move(machine));
    std::string out;
    if (buffer != nullptr) {
      out.assign(llvm_.GetBufferStart(buffer), llvm_.GetBufferSize(buffer));
      llvm_.DisposeMemoryBuffer(buffer);
    }
    if (!errors_.empty()) throw InternalError("LLVM cannot generate code for a kernel: " + errors_);
    return out;
  }

 private:
  template <class F>
  void guarded(F&& body) {
    try {
      body();
    } catch (const FatalError& error) {
      abandoned_ = true;
      throw InternalError("LLVM cannot generate code for a kernel: " + error.message);
    }
  }

  static void on_diagnostic(LLVMDiagnosticInfoRef info, void* self_pointer) {
    Module& self = *static_cast<Module*>(self_pointer);
    if (self.llvm_.GetDiagInfoSeverity(info) != LLVMDSError) return;
    char* text = self.llvm_.GetDiagInfoDescription(info);
    self.errors_ += text;
    self.llvm_.DisposeMessage(text);
  }

  const LlvmFunctions& llvm_;
  LLVMContextRef context_;
  LLVMModuleRef module_ = nullptr;
  std::string errors_;
  bool abandoned_ = false;
};

std::string compile(std::string_view text, const CodeGeneration& machine, LLVMCodeGenFileType kind,
                    std::string_view name) {
  const ForkGate::Inside inside(gate());
  Module module(open_llvm(), text);
  // The verifier takes about 1 % of the time, and code generation has no defined behaviour without it.
  if (const std::string& errors = module.verify(); !errors.empty()) {
    fail<ValueError>("[llvm] The module {} is not valid LLVM IR: {}", name, errors);
  }
  return module.emit(machine, kind);
}

}  // namespace

std::string compile_object(std::string_view module_text, const CodeGeneration& machine, std::string_view name) {
  return compile(module_text, machine, LLVMObjectFile, name);
}

std::string compile_assembly(std::string_view module_text, const CodeGeneration& machine) {
  return compile(module_text, machine, LLVMAssemblyFile, "text");
}

std::string verify_module(std::string_view module_text) {
  const ForkGate::Inside inside(gate());
  return Module(open_llvm(), module_text).verify();
}

bool llvm_loaded() { return loaded_functions.load(std::memory_order_acquire) != nullptr; }

}  // namespace cermet::runtime::cpu
