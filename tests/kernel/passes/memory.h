// Buffers for running a kernel: filled with random values of each dtype (special ones among them), compared bit by bit
// but for the sign and payload of NaN, which no IEEE operation defines.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernel/kernel.h"

namespace cermet::kernel {

/// One 64-byte aligned buffer a non-scratch buffer of `kernel`, of `sizes[i]` elements. Even seeds put zeros,
/// infinities and NaN among the floats; odd ones do not, since one NaN would hide what else is wrong in a sum.
class Memory {
 public:
  Memory(const Kernel& kernel, std::vector<std::int64_t> sizes, unsigned seed) : sizes_(std::move(sizes)) {
    std::mt19937 random(seed);
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      dtypes_.push_back(kernel.buffers[i].dtype);
      const auto bytes = static_cast<std::size_t>(sizes_[i]) * dtypes_[i].size();
      blocks_.emplace_back((bytes + 127) / 64);
      for (std::int64_t j = 0; j < sizes_[i]; ++j) {
        element(dtypes_[i], random, seed % 2 == 0).store(address(i, j));
      }
    }
  }

  std::vector<void*> pointers() {
    std::vector<void*> all;
    for (Block& block : blocks_) {
      all.push_back(block.data());
    }
    return all;
  }
  const std::vector<std::int64_t>& sizes() const { return sizes_; }

  /// The first element that differs, in words, or nothing. `tolerance`: relative, 0 for equal bits.
  std::string difference(Memory& other, double tolerance = 0) {
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      for (std::int64_t j = 0; j < sizes_[i]; ++j) {
        const Literal a = Literal::load(dtypes_[i], address(i, j)), b = Literal::load(dtypes_[i], other.address(i, j));
        if (!same(a, b, tolerance)) {
          return fmt::format("buffer {} element {}: {} and {}", i, j, a.print(), b.print());
        }
      }
    }
    return {};
  }

 private:
  struct alignas(64) Line {
    unsigned char bytes[64];
  };
  using Block = std::vector<Line>;

  void* address(std::size_t i, std::int64_t j) {
    return reinterpret_cast<unsigned char*>(blocks_[i].data()) + j * dtypes_[i].size();
  }

  static Literal element(Dtype dtype, std::mt19937& random, bool specials) {
    if (is_integer(dtype)) {
      const auto wide = static_cast<std::int64_t>((std::uint64_t{random()} << 32) | random());
      return Literal::of_integer(dtype, random() % 4 == 0 ? wide : static_cast<std::int64_t>(random() % 200) - 100);
    }
    constexpr double infinity = std::numeric_limits<double>::infinity();
    constexpr double special[] = {0.0, -0.0, 1.0, infinity, -infinity, std::numeric_limits<double>::quiet_NaN()};
    std::normal_distribution<double> normal(0, 3);
    const double re = specials && random() % 40 == 0 ? special[random() % 6] : normal(random);
    return is_complex(dtype) ? Literal::of_complex(dtype, {normal(random), normal(random)}) : Literal::of(dtype, re);
  }

  static bool same(Literal a, Literal b, double tolerance) {
    if (a == b || !is_inexact(a.dtype)) {
      return a == b;
    }
    const auto close = [&](double x, double y) {
      return (std::isnan(x) && std::isnan(y)) || x == y || std::abs(x - y) <= tolerance * std::abs(x);
    };
    const bool equal_zeros =
        tolerance > 0 || std::signbit(a.as_double()) == std::signbit(b.as_double()) || std::isnan(a.as_double());
    return equal_zeros && close(a.as_complex().real(), b.as_complex().real()) &&
           close(a.as_complex().imag(), b.as_complex().imag());
  }

  std::vector<std::int64_t> sizes_;
  std::vector<Dtype> dtypes_;
  std::vector<Block> blocks_;
};

}  // namespace cermet::kernel
