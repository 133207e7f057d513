// Quicksort and selection of unsigned words in vectors, for processors with AVX-512: three times as fast as radix sort
// on rows. Not stable, which nobody sees: equal words are the same, and words with an index below their key are never
// equal.
#pragma once

#include <cstdint>

namespace cermet::library::sorting {

/// The processor has what the functions below need.
bool has_vector_sort();

/// Sorts n words in place, in the calling thread or, if `parallel`, with all of them; `scratch` holds as many.
void sort_words(std::uint32_t* words, std::uint32_t* scratch, std::int64_t n, bool parallel);
void sort_words(std::uint64_t* words, std::uint64_t* scratch, std::int64_t n, bool parallel);

/// The word at position k of the sorted words, which are moved about; `scratch` holds as many.
std::uint32_t select_word(std::uint32_t* words, std::uint32_t* scratch, std::int64_t n, std::int64_t k);
std::uint64_t select_word(std::uint64_t* words, std::uint64_t* scratch, std::int64_t n, std::int64_t k);

/// Writes values[i], or i where values are null, for all i with keys[i] < pivot (`less`) or > pivot: in order; `count`
/// of them exist.
void collect(const std::uint32_t* keys, std::int64_t n, std::uint32_t pivot, bool less, const std::uint32_t* values,
             std::uint32_t* out, std::int64_t count);
void collect(const std::uint64_t* keys, std::int64_t n, std::uint64_t pivot, bool less, const std::uint64_t* values,
             std::uint64_t* out, std::int64_t count);
void collect_indices(const std::uint64_t* keys, std::int64_t n, std::uint64_t pivot, bool less, std::uint32_t* out,
                     std::int64_t count);

}  // namespace cermet::library::sorting
