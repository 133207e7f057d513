// oneDNN's C API as opened at run time, for the files of this folder that call it. Whoever calls a function of it is
// inside the gate while primitives are made (never while holding a lock of ours that is also taken outside), and holds
// a OneThread.
#pragma once

#include <oneapi/dnnl/dnnl.h>

#include "runtime/fork_gate.h"

namespace cermet::library::cpu {

struct Dnnl {
#define CERMET_DNNL(function) decltype(&::dnnl_##function) function = nullptr;
#include "library/cpu/onednn_functions.def"
#undef CERMET_DNNL
  int (*get_openmp_threads)() = nullptr;
  void (*set_openmp_threads)(int) = nullptr;
  dnnl_engine_t engine = nullptr;
};

/// Opened on the first call; throws InternalError where it cannot be.
const Dnnl& open_dnnl();
runtime::ForkGate& onednn_gate();
/// Throws InternalError naming `what` for any other status than success.
void expect(dnnl_status_t status, const char* what);

/// Sets OpenMP's number of threads, which belongs to the calling thread, to one, and back.
class OneThread {
 public:
  explicit OneThread(const Dnnl& dnnl) : dnnl_(dnnl), old_(dnnl.get_openmp_threads()) { dnnl_.set_openmp_threads(1); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;
  ~OneThread() { dnnl_.set_openmp_threads(old_); }

 private:
  const Dnnl& dnnl_;
  int old_;
};

/// Memory objects and a stream of one execution.
class Execution {
 public:
  explicit Execution(const Dnnl& api) : api_(api) {
    expect(api_.stream_create(&stream_, api_.engine, dnnl_stream_default_flags), "stream");
  }
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;
  ~Execution() {
    for (int i = 0; i < count_; ++i) api_.memory_destroy(arguments_[i].memory);
    api_.stream_destroy(stream_);
  }
  void pass(int role, const dnnl_memory_desc_t& description, const void* data) {
    dnnl_memory_t memory = nullptr;
    expect(api_.memory_create(&memory, &description, api_.engine, const_cast<void*>(data)), "memory");
    arguments_[count_++] = {role, memory};
  }
  void run(const_dnnl_primitive_t primitive) {
    expect(api_.primitive_execute(primitive, stream_, count_, arguments_), "execution");
  }

 private:
  const Dnnl& api_;
  dnnl_stream_t stream_ = nullptr;
  dnnl_exec_arg_t arguments_[5] = {};
  int count_ = 0;
};

}  // namespace cermet::library::cpu
