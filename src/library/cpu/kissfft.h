// KissFFT (float32), opened when the first transform is computed.
#pragma once

#include <complex>
#include <cstdint>
#include <memory>

namespace cermet::library::cpu {

/// A complex transform of n points in one direction, n up to 2^31 - 1, made of the factors of n.
class KissPlan {
 public:
  KissPlan(std::int64_t n, bool inverse);
  KissPlan(const KissPlan&) = delete;
  KissPlan& operator=(const KissPlan&) = delete;
  ~KissPlan();
  /// Thread safe; `in` and `out` do not overlap. Not scaled.
  void run(const std::complex<float>* in, std::complex<float>* out) const;

 private:
  void* state_;
};

}  // namespace cermet::library::cpu
