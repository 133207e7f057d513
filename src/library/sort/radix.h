// Radix sort of unsigned entries: stable, linear, one pass a byte that is not the same everywhere.
#pragma once

#include <cstdint>

namespace cermet::library::sorting {

/// A key too wide to share a word with its index.
struct Indexed {
  std::uint64_t key;
  std::uint64_t index;
  friend bool operator<(const Indexed& a, const Indexed& b) {
    return a.key != b.key ? a.key < b.key : a.index < b.index;
  }
};

/// Sorts `n` entries by the bits from `first_bit` up, in the calling thread. `scratch` holds as many; returns which of
/// the two holds the result. Entries that are equal in these bits keep their order, if those below ascend: packed
/// indices do.
template <class Entry>
Entry* sort_entries(Entry* entries, Entry* scratch, std::int64_t n, int first_bit);
/// The same with all threads, for long arrays.
template <class Entry>
Entry* sort_entries_in_parallel(Entry* entries, Entry* scratch, std::int64_t n, int first_bit);
/// The key that is at position `k` of the sorted keys. Keys are moved about; `scratch` holds as many.
template <class Key>
Key select_key(Key* keys, Key* scratch, std::int64_t n, std::int64_t k);

}  // namespace cermet::library::sorting
