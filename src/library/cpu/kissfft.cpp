// See kissfft.h.
#include "library/cpu/kissfft.h"

#include <kissfft/kiss_fft.h>

#include <cstdlib>

#include "base/error.h"
#include "library/cpu/open_library.h"

namespace cermet::library::cpu {
namespace {

struct Kiss {
  decltype(&::kiss_fft_alloc) alloc = nullptr;
  decltype(&::kiss_fft) transform = nullptr;
};

const Kiss& open_kissfft() {
  static const Kiss* instance = [] {
    auto kiss = std::make_unique<Kiss>();
    void* library =
        open_library({"libkissfft-float.so.131", "libkissfft-float.so"}, "A Fourier transform", "libkissfft-float131");
    find_function(library, "kiss_fft_alloc", kiss->alloc);
    find_function(library, "kiss_fft", kiss->transform);
    return kiss.release();
  }();
  return *instance;
}

}  // namespace

KissPlan::KissPlan(std::int64_t n, bool inverse)
    : state_(open_kissfft().alloc(static_cast<int>(n), inverse ? 1 : 0, nullptr, nullptr)) {
  if (state_ == nullptr) fail<OutOfMemoryError>("[fft] There is no memory for the plan of {} points.", n);
}

KissPlan::~KissPlan() { std::free(state_); }

void KissPlan::run(const std::complex<float>* in, std::complex<float>* out) const {
  static_assert(sizeof(kiss_fft_cpx) == sizeof(std::complex<float>));
  open_kissfft().transform(static_cast<kiss_fft_cfg>(state_), reinterpret_cast<const kiss_fft_cpx*>(in),
                           reinterpret_cast<kiss_fft_cpx*>(out));
}

}  // namespace cermet::library::cpu
