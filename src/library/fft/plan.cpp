// See plan.h.
#include "library/fft/plan.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <numbers>
#include <utility>

#include "runtime/fork_gate.h"

namespace cermet::library::fft {
namespace {

constexpr std::int64_t largest_factor = 64;  // above, a chirp is faster

std::int64_t largest_prime_factor(std::int64_t n) {
  std::int64_t largest = 1;
  for (std::int64_t p = 2; p * p <= n; ++p) {
    while (n % p == 0) {
      n /= p;
      largest = p;
    }
  }
  return std::max(largest, n);
}

// The least number of at least n that is made of 2, 3 and 5.
std::int64_t fast_length(std::int64_t n) {
  for (;; ++n) {
    std::int64_t rest = n;
    for (std::int64_t p : {2, 3, 5}) {
      while (rest % p == 0) rest /= p;
    }
    if (rest == 1) return n;
  }
}

// exp(i pi numerator / denominator), from an angle that is exact up to one rounding.
Number turn(std::int64_t numerator, std::int64_t denominator) {
  const double angle = std::numbers::pi * (static_cast<double>(numerator) / static_cast<double>(denominator));
  return {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
}

// Without C's recovery of infinities, which costs a branch an element.
Number product(Number a, Number b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

template <class T>
std::shared_ptr<const T> find(std::int64_t n, bool inverse) {
  constexpr std::size_t kept = 256;
  static auto* gate = new runtime::ForkGate;  // the mutex is never held across a fork
  static auto* mutex = new std::mutex;
  static auto* plans = new std::map<std::pair<std::int64_t, bool>, std::shared_ptr<const T>>;
  const std::pair key(n, inverse);
  const auto found = [&]() -> std::shared_ptr<const T> {
    const runtime::ForkGate::Inside inside(*gate);
    const std::lock_guard lock(*mutex);
    const auto at = plans->find(key);
    return at == plans->end() ? nullptr : at->second;
  };
  if (auto plan = found()) return plan;
  auto made = std::make_shared<const T>(n, inverse);
  const runtime::ForkGate::Inside inside(*gate);
  const std::lock_guard lock(*mutex);
  if (plans->size() >= kept) plans->clear();
  return plans->emplace(key, std::move(made)).first->second;
}

}  // namespace

Plan::Plan(std::int64_t n, bool inverse) : n_(n) {
  if (largest_prime_factor(n) <= largest_factor) {
    forward_ = std::make_unique<cpu::KissPlan>(n, inverse);
    return;
  }
  padded_ = fast_length(2 * n - 1);
  forward_ = std::make_unique<cpu::KissPlan>(padded_, false);
  back_ = std::make_unique<cpu::KissPlan>(padded_, true);
  // j k = (j^2 + k^2 - (k - j)^2) / 2, so the transform is chirp * (chirp x convolved with the conjugate chirp).
  chirp_.resize(static_cast<std::size_t>(n));
  std::vector<Number> spread(static_cast<std::size_t>(padded_));
  std::int64_t square = 0;  // k^2 mod 2 n
  for (std::int64_t k = 0; k < n; ++k) {
    const Number w = turn(inverse ? square : -square, n);
    chirp_[static_cast<std::size_t>(k)] = w;
    spread[static_cast<std::size_t>(k)] = std::conj(w);
    if (k > 0) spread[static_cast<std::size_t>(padded_ - k)] = std::conj(w);
    square = (square + 2 * k + 1) % (2 * n);
  }
  filter_.resize(spread.size());
  forward_->run(spread.data(), filter_.data());
  for (Number& f : filter_) f /= static_cast<float>(padded_);
}

void Plan::run(const Number* in, Number* out, Number* scratch) const {
  if (padded_ == 0) return forward_->run(in, out);
  Number* const a = scratch;
  Number* const b = scratch + padded_;
  const auto n = static_cast<std::size_t>(n_), padded = static_cast<std::size_t>(padded_);
  for (std::size_t k = 0; k < n; ++k) a[k] = product(in[k], chirp_[k]);
  std::fill(a + n, a + padded, Number(0));
  forward_->run(a, b);
  for (std::size_t k = 0; k < padded; ++k) b[k] = product(b[k], filter_[k]);
  back_->run(b, a);
  for (std::size_t k = 0; k < n; ++k) out[k] = product(a[k], chirp_[k]);
}

RealPlan::RealPlan(std::int64_t n, bool inverse) : n_(n), plan_(find_plan(n % 2 == 0 ? n / 2 : n, inverse)) {
  if (n % 2 != 0) return;
  turns_.resize(static_cast<std::size_t>(n / 2 + 1));
  for (std::int64_t k = 0; k <= n / 2; ++k) turns_[static_cast<std::size_t>(k)] = turn(-2 * k, n);
}

void RealPlan::forward(const float* in, Number* out, Number* scratch) const {
  if (n_ % 2 != 0) {
    std::copy(in, in + n_, scratch);
    plan_->run(scratch, scratch + n_, scratch + 2 * n_);
    std::copy(scratch + n_, scratch + n_ + n_ / 2 + 1, out);
    return;
  }
  // Even and odd points are the parts of n / 2 complex points, whose transform z holds both: even[k] is
  // (z[k] + conj z[-k]) / 2, odd[k] is (z[k] - conj z[-k]) / 2i, and out[k] = even[k] + turn[k] odd[k].
  const auto half = static_cast<std::size_t>(n_ / 2);
  Number* const z = scratch;
  plan_->run(reinterpret_cast<const Number*>(in), z, scratch + half + 1);
  z[half] = z[0];
  for (std::size_t k = 0; k <= half; ++k) {
    const Number mirrored = std::conj(z[half - k]);
    const Number even = (z[k] + mirrored) * 0.5F, difference = (z[k] - mirrored) * 0.5F;
    out[k] = even + product(turns_[k], {difference.imag(), -difference.real()});
  }
}

void RealPlan::inverse(const Number* in, float* out, Number* scratch) const {
  const auto half = static_cast<std::size_t>(n_ / 2);
  if (n_ % 2 != 0) {
    const auto n = static_cast<std::size_t>(n_);
    scratch[0] = in[0].real();
    for (std::size_t k = 1; k <= half; ++k) {
      scratch[k] = in[k];
      scratch[n - k] = std::conj(in[k]);
    }
    plan_->run(scratch, scratch + n, scratch + 2 * n);
    for (std::size_t k = 0; k < n; ++k) out[k] = scratch[n + k].real();
    return;
  }
  const auto at = [&](std::size_t k) { return k == 0 || k == half ? Number(in[k].real()) : in[k]; };
  for (std::size_t k = 0; k < half; ++k) {  // forward() backwards, twice as large
    const Number mirrored = std::conj(at(half - k)), even = at(k) + mirrored;
    const Number odd = product(at(k) - mirrored, std::conj(turns_[k]));
    scratch[k] = {even.real() - odd.imag(), even.imag() + odd.real()};
  }
  plan_->run(scratch, reinterpret_cast<Number*>(out), scratch + half);
}

std::shared_ptr<const Plan> find_plan(std::int64_t n, bool inverse) { return find<Plan>(n, inverse); }
std::shared_ptr<const RealPlan> find_real_plan(std::int64_t n, bool inverse) { return find<RealPlan>(n, inverse); }

}  // namespace cermet::library::fft
