// oneDNN through its C API. It is built on OpenMP, whose number of threads belongs to the calling thread: it is set to
// one around every call and put back, so no team of threads ever starts (they would hang in a forked child).
#include "library/cpu/onednn_api.h"

#include <memory>

#include "base/error.h"
#include "library/cpu/open_library.h"

namespace cermet::library::cpu {

runtime::ForkGate& onednn_gate() {
  static auto* instance = new runtime::ForkGate;
  return *instance;
}

void expect(dnnl_status_t status, const char* what) {
  if (status != dnnl_success) fail<InternalError>("oneDNN's {} failed with status {}.", what, static_cast<int>(status));
}

const Dnnl& open_dnnl() {
  static const Dnnl* instance = [] {
    auto dnnl = std::make_unique<Dnnl>();
    void* library = open_library({"libdnnl.so.2", "libdnnl.so"}, "A matrix product or convolution", "libdnnl2");
#define CERMET_DNNL(function) find_function(library, "dnnl_" #function, dnnl->function);
#include "library/cpu/onednn_functions.def"
#undef CERMET_DNNL
    find_function(library, "omp_get_max_threads", dnnl->get_openmp_threads);
    find_function(library, "omp_set_num_threads", dnnl->set_openmp_threads);
    const OneThread alone(*dnnl);
    expect(dnnl->engine_create(&dnnl->engine, dnnl_cpu, 0), "engine");
    return dnnl.release();
  }();
  return *instance;
}

}  // namespace cermet::library::cpu
