// Content hashes: 128 bits to name kernels on disk, 64 bits for tables in memory (XXH3, through libxxhash).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cermet {

struct Hash128 {
  std::uint64_t low = 0, high = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
  /// 32 lower-case hexadecimal digits, usable in symbol and file names.
  std::string hex() const;
};

struct Hash128Hasher {
  std::size_t operator()(const Hash128& h) const { return static_cast<std::size_t>(h.low); }
};

Hash128 hash128(std::string_view bytes);
std::uint64_t hash64(std::string_view bytes);

/// Mixes a value into a running 64-bit hash (a multiply and two shifts; for in-memory tables only).
constexpr std::uint64_t hash_combine(std::uint64_t seed, std::uint64_t value) {
  std::uint64_t x = (seed ^ (value + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2))) * 0xff51afd7ed558ccdULL;
  return x ^ (x >> 32);
}

}  // namespace cermet
