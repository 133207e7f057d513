// Transforms of one line of any length, by KissFFT.
#pragma once

#include <complex>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "library/cpu/kissfft.h"

namespace cermet::library::fft {

using Number = std::complex<float>;

/// The complex transform of n points, not scaled. Lengths with a large prime factor are a convolution with a chirp (L.
/// Bluestein, "A linear filtering approach to the computation of discrete Fourier transform", 1970), done by transforms
/// of a length with small factors: KissFFT takes n p operations for a factor p.
class Plan {
 public:
  Plan(std::int64_t n, bool inverse);
  std::int64_t points() const { return n_; }
  /// Elements of scratch that run() needs.
  std::int64_t scratch() const { return 2 * padded_; }
  /// `in` and `out` do not overlap.
  void run(const Number* in, Number* out, Number* scratch) const;

 private:
  std::int64_t n_, padded_ = 0;  // 0: by factors
  std::unique_ptr<cpu::KissPlan> forward_, back_;
  std::vector<Number> chirp_, filter_;
};

/// Shared plans, the last few hundred lengths.
std::shared_ptr<const Plan> find_plan(std::int64_t n, bool inverse);

/// The transform of n real points and its inverse, not scaled. An even n goes over n / 2 complex points (H. Sorensen et
/// al., "Real-valued fast Fourier transform algorithms", 1987), an odd one over n.
class RealPlan {
 public:
  explicit RealPlan(std::int64_t n, bool inverse);
  std::int64_t scratch() const { return 2 * n_ + 2 + plan_->scratch(); }
  void forward(const float* in, Number* out, Number* scratch) const;
  void inverse(const Number* in, float* out, Number* scratch) const;

 private:
  std::int64_t n_;
  std::shared_ptr<const Plan> plan_;
  std::vector<Number> turns_;  // exp(-2 pi i k / n), k <= n / 2
};

std::shared_ptr<const RealPlan> find_real_plan(std::int64_t n, bool inverse);

}  // namespace cermet::library::fft
