// Radix sort and selection. The histograms of all bytes are counted in one pass over the entries; a byte that is the
// same everywhere costs nothing more, so small integers in wide types are as cheap as narrow ones.
#include "library/sort/radix.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "runtime/thread_pool.h"

namespace cermet::library::sorting {
namespace {

template <class Entry>
struct Digits {
  using Word = Entry;
  static Word word(const Entry& e) { return e; }
};
template <>
struct Digits<Indexed> {
  using Word = std::uint64_t;
  static Word word(const Indexed& e) { return e.key; }
};

template <class Entry>
constexpr int digit_count = static_cast<int>(sizeof(typename Digits<Entry>::Word));
template <class Entry>
std::size_t digit(const Entry& e, int bit) {
  return static_cast<std::size_t>(Digits<Entry>::word(e) >> bit) & 0xff;
}

using Counts = std::array<std::int64_t, 256>;

template <class Entry>
void count_digit(const Entry* entries, std::int64_t begin, std::int64_t end, int bit, Counts& counts) {
  counts.fill(0);
  for (std::int64_t i = begin; i < end; ++i) ++counts[digit(entries[i], bit)];
}

// For keys of `bits` bits above first_bit.
template <class Entry, int digits>
void count_digits(const Entry* entries, std::int64_t begin, std::int64_t end, int first_bit, Counts* counts) {
  for (int d = 0; d < digits; ++d) counts[d].fill(0);
  for (std::int64_t i = begin; i < end; ++i) {
    const auto word = static_cast<std::uint64_t>(Digits<Entry>::word(entries[i])) >> first_bit;
    for (int d = 0; d < digits; ++d) ++counts[d][(word >> (8 * d)) & 0xff];
  }
}

template <class Entry>
void move_entries(const Entry* from, Entry* to, std::int64_t begin, std::int64_t end, int bit, Counts& offsets) {
  for (std::int64_t i = begin; i < end; ++i) to[offsets[digit(from[i], bit)]++] = from[i];
}

void counts_to_offsets(Counts& counts) {
  std::int64_t sum = 0;
  for (std::int64_t& count : counts) sum += std::exchange(count, sum);
}

bool is_constant(const Counts& counts, std::int64_t n) {
  return std::find(counts.begin(), counts.end(), n) != counts.end();
}

template <class Entry, int digits>
Entry* sort_digits(Entry* entries, Entry* scratch, std::int64_t n, int first_bit) {
  std::array<Counts, digits> counts;
  count_digits<Entry, digits>(entries, 0, n, first_bit, counts.data());
  for (int d = 0; d < digits; ++d) {
    Counts& offsets = counts[static_cast<std::size_t>(d)];
    if (is_constant(offsets, n)) continue;
    counts_to_offsets(offsets);
    move_entries(entries, scratch, 0, n, first_bit + 8 * d, offsets);
    std::swap(entries, scratch);
  }
  return entries;
}

// Every thread has a chunk: it counts, then moves, its entries. The offsets of a digit are those of the chunks one
// after the other, which keeps the order of equal entries.
template <class Entry>
class ParallelSort {
 public:
  ParallelSort(std::int64_t n, int chunks) : n_(n), chunks_(chunks), counts_(static_cast<std::size_t>(chunks)) {}

  Entry* run(Entry* entries, Entry* scratch, int first_bit) {
    const int last_bit = 8 * digit_count<Entry>;
    for (int bit = first_bit; bit < last_bit; bit += 8) {
      each_chunk([&](std::size_t chunk, std::int64_t begin, std::int64_t end) {
        count_digit(entries, begin, end, bit, counts_[chunk]);
      });
      if (!counts_to_chunk_offsets()) continue;
      each_chunk([&](std::size_t chunk, std::int64_t begin, std::int64_t end) {
        move_entries(entries, scratch, begin, end, bit, counts_[chunk]);
      });
      std::swap(entries, scratch);
    }
    return entries;
  }

 private:
  template <class Body>
  void each_chunk(Body&& body) {
    runtime::parallel_for(chunks_, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t chunk = begin; chunk < end; ++chunk) {
        body(static_cast<std::size_t>(chunk), n_ / chunks_ * chunk,
             chunk + 1 == chunks_ ? n_ : n_ / chunks_ * (chunk + 1));
      }
    });
  }

  // False if all entries have the same digit.
  bool counts_to_chunk_offsets() {
    std::int64_t sum = 0;
    for (std::size_t d = 0; d < 256; ++d) {
      const std::int64_t before = sum;
      for (Counts& counts : counts_) sum += std::exchange(counts[d], sum);
      if (sum - before == n_) return false;
    }
    return true;
  }

  std::int64_t n_;
  std::int64_t chunks_;
  std::vector<Counts> counts_;
};

}  // namespace

template <class Entry>
Entry* sort_entries(Entry* entries, Entry* scratch, std::int64_t n, int first_bit) {
  // Below, a comparison sort is quicker than clearing and summing the counts.
  const std::int64_t short_array = 48 * (digit_count<Entry> - first_bit / 8);
  if (n <= short_array) {
    std::sort(entries, entries + n);
    return entries;
  }
  if constexpr (sizeof(Entry) == 8) {
    if (first_bit == 32) return sort_digits<Entry, 4>(entries, scratch, n, first_bit);
  }
  return sort_digits<Entry, digit_count<Entry>>(entries, scratch, n, first_bit);
}

template <class Entry>
Entry* sort_entries_in_parallel(Entry* entries, Entry* scratch, std::int64_t n, int first_bit) {
  return ParallelSort<Entry>(n, runtime::thread_count()).run(entries, scratch, first_bit);
}

template <class Key>
Key select_key(Key* keys, Key* scratch, std::int64_t n, std::int64_t k) {
  constexpr std::int64_t short_array = 256;
  for (int bit = 8 * digit_count<Key> - 8; bit >= 0 && n > short_array; bit -= 8) {
    Counts counts;
    count_digit(keys, 0, n, bit, counts);
    std::size_t wanted = 0;
    for (; k >= counts[wanted]; ++wanted) k -= counts[wanted];
    if (counts[wanted] == n) continue;
    std::int64_t kept = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      scratch[kept] = keys[i];
      kept += digit(keys[i], bit) == wanted ? 1 : 0;
    }
    n = kept;
    std::swap(keys, scratch);
  }
  std::nth_element(keys, keys + k, keys + n);
  return keys[k];
}

template std::uint8_t* sort_entries(std::uint8_t*, std::uint8_t*, std::int64_t, int);
template std::uint16_t* sort_entries(std::uint16_t*, std::uint16_t*, std::int64_t, int);
template std::uint32_t* sort_entries(std::uint32_t*, std::uint32_t*, std::int64_t, int);
template std::uint64_t* sort_entries(std::uint64_t*, std::uint64_t*, std::int64_t, int);
template Indexed* sort_entries(Indexed*, Indexed*, std::int64_t, int);
template std::uint8_t* sort_entries_in_parallel(std::uint8_t*, std::uint8_t*, std::int64_t, int);
template std::uint16_t* sort_entries_in_parallel(std::uint16_t*, std::uint16_t*, std::int64_t, int);
template std::uint32_t* sort_entries_in_parallel(std::uint32_t*, std::uint32_t*, std::int64_t, int);
template std::uint64_t* sort_entries_in_parallel(std::uint64_t*, std::uint64_t*, std::int64_t, int);
template Indexed* sort_entries_in_parallel(Indexed*, Indexed*, std::int64_t, int);
template std::uint8_t select_key(std::uint8_t*, std::uint8_t*, std::int64_t, std::int64_t);
template std::uint16_t select_key(std::uint16_t*, std::uint16_t*, std::int64_t, std::int64_t);
template std::uint32_t select_key(std::uint32_t*, std::uint32_t*, std::int64_t, std::int64_t);
template std::uint64_t select_key(std::uint64_t*, std::uint64_t*, std::int64_t, std::int64_t);

}  // namespace cermet::library::sorting
