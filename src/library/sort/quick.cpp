// Partitioning goes from one buffer to the other, a vector at a time: what is less than the pivot is compressed to the
// front, the rest to the back. A few vectors are sorted by a network. Where pivots are bad for too long, radix sort
// ends it, so the time is linear at worst.
#include "library/sort/quick.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <vector>

#include "library/sort/radix.h"
#include "runtime/thread_pool.h"

namespace cermet::library::sorting {

bool has_vector_sort() {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("popcnt");
  return has;
}

#pragma GCC diagnostic push
// g++ 12 takes the undefined operands inside of its own intrinsics for mistakes (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,popcnt,bmi,bmi2")

namespace {

struct Words32 {
  using Word = std::uint32_t;
  using Mask = __mmask16;
  static constexpr int lanes = 16;
  static __m512i load(Mask m, const Word* p) { return _mm512_maskz_loadu_epi32(m, p); }
  static __m512i load_or(__m512i other, Mask m, const Word* p) { return _mm512_mask_loadu_epi32(other, m, p); }
  static void store(Word* p, Mask m, __m512i v) { _mm512_mask_storeu_epi32(p, m, v); }
  static __m512i fill(Word x) { return _mm512_set1_epi32(static_cast<int>(x)); }
  static Mask less(__m512i a, __m512i b) { return _mm512_cmplt_epu32_mask(a, b); }
  static Mask less_equal(__m512i a, __m512i b) { return _mm512_cmple_epu32_mask(a, b); }
  static __m512i compress(Mask m, __m512i v) { return _mm512_maskz_compress_epi32(m, v); }
  static __m512i expand(__m512i low, Mask m, __m512i v) { return _mm512_mask_expand_epi32(low, m, v); }
  static __m512i blend(Mask m, __m512i a, __m512i b) { return _mm512_mask_blend_epi32(m, a, b); }
  static __m512i min(__m512i a, __m512i b) { return _mm512_min_epu32(a, b); }
  static __m512i max(__m512i a, __m512i b) { return _mm512_max_epu32(a, b); }
  static __m512i permute(__m512i from, __m512i v) { return _mm512_permutexvar_epi32(from, v); }
  static __m512i lanes_xor(int distance) {
    const __m512i lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    return _mm512_xor_si512(lane, _mm512_set1_epi32(distance));
  }
};

struct Words64 {
  using Word = std::uint64_t;
  using Mask = __mmask8;
  static constexpr int lanes = 8;
  static __m512i load(Mask m, const Word* p) { return _mm512_maskz_loadu_epi64(m, p); }
  static __m512i load_or(__m512i other, Mask m, const Word* p) { return _mm512_mask_loadu_epi64(other, m, p); }
  static void store(Word* p, Mask m, __m512i v) { _mm512_mask_storeu_epi64(p, m, v); }
  static __m512i fill(Word x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
  static Mask less(__m512i a, __m512i b) { return _mm512_cmplt_epu64_mask(a, b); }
  static Mask less_equal(__m512i a, __m512i b) { return _mm512_cmple_epu64_mask(a, b); }
  static __m512i compress(Mask m, __m512i v) { return _mm512_maskz_compress_epi64(m, v); }
  static __m512i expand(__m512i low, Mask m, __m512i v) { return _mm512_mask_expand_epi64(low, m, v); }
  static __m512i blend(Mask m, __m512i a, __m512i b) { return _mm512_mask_blend_epi64(m, a, b); }
  static __m512i min(__m512i a, __m512i b) { return _mm512_min_epu64(a, b); }
  static __m512i max(__m512i a, __m512i b) { return _mm512_max_epu64(a, b); }
  static __m512i permute(__m512i from, __m512i v) { return _mm512_permutexvar_epi64(from, v); }
  static __m512i lanes_xor(int distance) {
    const __m512i lane = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
    return _mm512_xor_si512(lane, _mm512_set1_epi64(distance));
  }
};

// The first `count` lanes.
template <class W>
typename W::Mask first_lanes(std::int64_t count) {
  return static_cast<typename W::Mask>(_bzhi_u32(~0U, static_cast<unsigned>(count)));
}

// What sort_few takes at most.
template <class W>
constexpr std::int64_t few = 8 * W::lanes;

template <class W>
void order(__m512i& a, __m512i& b) {
  const __m512i least = W::min(a, b);
  b = W::max(a, b);
  a = least;
}

// Compares lanes `distance` apart in all vectors; lane i takes the greater word where bit i of `greater` is set.
template <class W, int vectors>
void compare_lanes(__m512i (&v)[vectors], int distance, unsigned greater) {
  const __m512i partner = W::lanes_xor(distance);
#pragma GCC unroll 8
  for (int b = 0; b < vectors; ++b) {
    const __m512i other = W::permute(partner, v[b]);
    v[b] = W::blend(static_cast<typename W::Mask>(greater), W::min(v[b], other), W::max(v[b], other));
  }
}

// The lanes i with bit `i & a` set, differently from bit `i & b`.
constexpr unsigned lanes_where(int a, int b) {
  unsigned mask = 0;
  for (int i = 0; i < 16; ++i) mask |= static_cast<unsigned>(((i & a) != 0) != ((i & b) != 0)) << i;
  return mask;
}

// Batcher's bitonic sorting network: every vector by itself, then runs of vectors are merged.
template <class W, int vectors>
void sort_vectors(__m512i (&v)[vectors]) {
  constexpr int lanes = W::lanes;
#pragma GCC unroll 8
  for (int run = 2; run <= lanes; run *= 2) {
#pragma GCC unroll 8
    for (int distance = run / 2; distance > 0; distance /= 2) {
      compare_lanes<W>(v, distance, lanes_where(distance, run < lanes ? run : 0));
    }
  }
#pragma GCC unroll 8
  for (int run = 1; run < vectors; run *= 2) {
#pragma GCC unroll 8
    for (int first = 0; first < vectors; first += 2 * run) {
#pragma GCC unroll 8
      for (int i = 0; i < run; ++i) {  // an ascending run and a reversed one: both halves become bitonic
        __m512i& high = v[first + 2 * run - 1 - i];
        high = W::permute(W::lanes_xor(lanes - 1), high);
        order<W>(v[first + i], high);
      }
#pragma GCC unroll 8
      for (int distance = run / 2; distance > 0; distance /= 2) {
#pragma GCC unroll 8
        for (int i = 0; i < 2 * run; ++i) {
          if ((i & distance) == 0) order<W>(v[first + i], v[first + i + distance]);
        }
      }
    }
#pragma GCC unroll 8
    for (int distance = lanes / 2; distance > 0; distance /= 2) {
      compare_lanes<W>(v, distance, lanes_where(distance, 0));
    }
  }
}

// Sorts up to vectors * lanes words from `in` to `out`, which may be the same.
template <class W, int vectors>
void sort_few(const typename W::Word* in, typename W::Word* out, std::int64_t n) {
  __m512i v[vectors];
  const __m512i greatest = W::fill(std::numeric_limits<typename W::Word>::max());
  const auto valid = [n](int b) { return first_lanes<W>(std::clamp<std::int64_t>(n - b * W::lanes, 0, W::lanes)); };
#pragma GCC unroll 8
  for (int b = 0; b < vectors; ++b) v[b] = W::load_or(greatest, valid(b), in + b * W::lanes);
  sort_vectors<W>(v);
#pragma GCC unroll 8
  for (int b = 0; b < vectors; ++b) W::store(out + b * W::lanes, valid(b), v[b]);
}

template <class W>
void sort_few(const typename W::Word* in, typename W::Word* out, std::int64_t n) {
  if (n <= W::lanes) return sort_few<W, 1>(in, out, n);
  if (n <= 2 * W::lanes) return sort_few<W, 2>(in, out, n);
  if (n <= 4 * W::lanes) return sort_few<W, 4>(in, out, n);
  sort_few<W, 8>(in, out, n);
}

// The word at quantile (k + 0.5) / n of a sample.
template <class W>
typename W::Word choose_pivot(const typename W::Word* words, std::int64_t n, std::int64_t k) {
  constexpr std::int64_t most = 32;
  typename W::Word sample[most];
  const std::int64_t size = n < 1024 ? most / 2 : most;
  for (std::int64_t i = 0; i < size; ++i) sample[i] = words[(2 * i + 1) * n / (2 * size)];
  sort_few<W>(sample, sample, size);
  return sample[k * size / n];
}

// Words less than the pivot (or equal, if `or_equal`) to the front of `to`, the others to its back; how many are less.
template <class W, bool or_equal>
std::int64_t partition(const typename W::Word* from, typename W::Word* to, std::int64_t n, typename W::Word pivot) {
  using Mask = typename W::Mask;
  constexpr auto all = static_cast<Mask>(-1);
  const __m512i p = W::fill(pivot);
  typename W::Word* front = to;
  typename W::Word* back = to + n;
  std::int64_t i = 0;
  // One vector holds the lesser words, then the others, and is stored whole at both ends: between these there is room
  // for what a later vector overwrites. Stores under a mask take four times as long.
  for (; n - i >= 2 * W::lanes; i += W::lanes) {
    const __m512i v = W::load(all, from + i);
    const Mask less = or_equal ? W::less_equal(v, p) : W::less(v, p);
    const auto rest = static_cast<Mask>(~less);
    const int count = std::popcount(static_cast<unsigned>(less));
    const auto upper = static_cast<Mask>(~0U << count);
    const __m512i parted = W::expand(W::compress(less, v), upper, W::compress(rest, v));
    _mm512_storeu_si512(front, parted);
    _mm512_storeu_si512(back - W::lanes, parted);
    front += count;
    back -= W::lanes - count;
  }
  for (; i < n; i += W::lanes) {
    const auto valid = first_lanes<W>(std::min<std::int64_t>(n - i, W::lanes));
    const __m512i v = W::load(valid, from + i);
    const auto less = static_cast<Mask>((or_equal ? W::less_equal(v, p) : W::less(v, p)) & valid);
    const auto rest = static_cast<Mask>(~less & valid);
    const int count = std::popcount(static_cast<unsigned>(less)), others = std::popcount(static_cast<unsigned>(rest));
    W::store(front, first_lanes<W>(count), W::compress(less, v));
    front += count;
    back -= others;
    W::store(back, first_lanes<W>(others), W::compress(rest, v));
  }
  return front - to;
}

// Partitions in a row before radix sort or a heap takes over.
int patience(std::int64_t n) { return 2 * static_cast<int>(std::bit_width(static_cast<std::uint64_t>(n))); }

// A part of the words: those at `begin` in one of the two buffers.
struct Segment {
  std::int64_t begin, n;
  bool in_scratch;
  int depth;
};

template <class W>
class Quicksort {
 public:
  using Word = typename W::Word;
  Quicksort(Word* words, Word* scratch) : words_(words), scratch_(scratch) {}

  void sort(Segment s) {
    while (s.n > few<W>) {
      if (s.depth-- == 0) return give_up(s);
      const Segment right = split(s);
      if (s.n < right.n) {  // the smaller one by recursion: the stack stays short
        sort(s);
        s = right;
      } else {
        sort(right);
      }
    }
    sort_few<W>(buffer(s) + s.begin, words_ + s.begin, s.n);
  }

  void sort_in_parallel(Segment all) {
    constexpr std::int64_t worthwhile = 1 << 14;
    const auto wanted = static_cast<std::size_t>(4 * runtime::thread_count());
    std::vector<Segment> segments{all};
    while (segments.size() < wanted) {
      auto largest = std::max_element(segments.begin(), segments.end(),
                                      [](const Segment& a, const Segment& b) { return a.n < b.n; });
      if (largest->n < worthwhile || largest->depth-- == 0) break;
      segments.push_back(split(*largest));
    }
    std::sort(segments.begin(), segments.end(), [](const Segment& a, const Segment& b) { return a.n > b.n; });
    runtime::parallel_for(static_cast<std::int64_t>(segments.size()), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) sort(segments[static_cast<std::size_t>(i)]);
    });
  }

 private:
  Word* buffer(const Segment& s) const { return s.in_scratch ? scratch_ : words_; }

  // Leaves the lesser words in `s` and returns the others. Words equal to a pivot that is the least are done.
  Segment split(Segment& s) {
    const Word* from = buffer(s) + s.begin;
    Word* to = (s.in_scratch ? words_ : scratch_) + s.begin;
    const Word pivot = choose_pivot<W>(from, s.n, s.n / 2);
    std::int64_t less = partition<W, false>(from, to, s.n, pivot);
    const bool least = less == 0;
    if (least) less = partition<W, true>(from, to, s.n, pivot);
    const Segment right{s.begin + less, s.n - less, !s.in_scratch, s.depth};
    if (least) std::fill(words_ + s.begin, words_ + s.begin + less, pivot);
    s.n = least ? 0 : less;
    s.in_scratch = !s.in_scratch;
    return right;
  }

  void give_up(const Segment& s) {
    Word* const words = words_ + s.begin;
    if (s.in_scratch) std::copy(scratch_ + s.begin, scratch_ + s.begin + s.n, words);
    const Word* const sorted = sort_entries(words, scratch_ + s.begin, s.n, 0);
    if (sorted != words) std::copy(sorted, sorted + s.n, words);
  }

  Word *words_, *scratch_;
};

template <class W>
void sort_words_of(typename W::Word* words, typename W::Word* scratch, std::int64_t n, bool parallel) {
  const Segment all{0, n, false, patience(n)};
  Quicksort<W> sort(words, scratch);
  if (parallel)
    sort.sort_in_parallel(all);
  else
    sort.sort(all);
}

template <class W>
typename W::Word select_word_of(typename W::Word* words, typename W::Word* scratch, std::int64_t n, std::int64_t k) {
  for (int depth = patience(n); n > few<W>; --depth) {
    if (depth == 0) {
      std::nth_element(words, words + k, words + n);
      return words[k];
    }
    const auto pivot = choose_pivot<W>(words, n, k);
    std::int64_t less = partition<W, false>(words, scratch, n, pivot);
    if (less == 0) {
      less = partition<W, true>(words, scratch, n, pivot);
      if (k < less) return pivot;
    }
    const std::int64_t skipped = k < less ? 0 : less;
    n = k < less ? less : n - less;
    k -= skipped;
    std::swap(words, scratch);
    words += skipped;
    scratch += skipped;
  }
  sort_few<W>(words, words, n);
  return words[k];
}

template <class W>
typename W::Mask matches(__m512i v, __m512i pivot, bool less, typename W::Mask valid) {
  return static_cast<typename W::Mask>((less ? W::less(v, pivot) : W::less(pivot, v)) & valid);
}

// values(i) gives the vector of the values of keys i and up.
template <class W, class Values>
void collect_values(const typename W::Word* keys, std::int64_t n, typename W::Word pivot, bool less,
                    typename W::Word* out, std::int64_t count, const Values& values) {
  const __m512i p = W::fill(pivot);
  for (std::int64_t i = 0; i < n && count > 0; i += W::lanes) {
    const auto valid = first_lanes<W>(std::min<std::int64_t>(n - i, W::lanes));
    const auto chosen = matches<W>(W::load(valid, keys + i), p, less, valid);
    const int found = std::popcount(static_cast<unsigned>(chosen));
    W::store(out, first_lanes<W>(found), W::compress(chosen, values.at(i, valid)));
    out += found;
    count -= found;
  }
}

template <class W>
struct StoredValues {
  const typename W::Word* values;
  __m512i at(std::int64_t i, typename W::Mask valid) const { return W::load(valid, values + i); }
};

struct Indices32 {
  __m512i at(std::int64_t i, __mmask16) const {
    const __m512i lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    return _mm512_add_epi32(lane, _mm512_set1_epi32(static_cast<int>(i)));
  }
};

}  // namespace

void sort_words(std::uint32_t* words, std::uint32_t* scratch, std::int64_t n, bool parallel) {
  sort_words_of<Words32>(words, scratch, n, parallel);
}
void sort_words(std::uint64_t* words, std::uint64_t* scratch, std::int64_t n, bool parallel) {
  sort_words_of<Words64>(words, scratch, n, parallel);
}

std::uint32_t select_word(std::uint32_t* words, std::uint32_t* scratch, std::int64_t n, std::int64_t k) {
  return select_word_of<Words32>(words, scratch, n, k);
}
std::uint64_t select_word(std::uint64_t* words, std::uint64_t* scratch, std::int64_t n, std::int64_t k) {
  return select_word_of<Words64>(words, scratch, n, k);
}

void collect(const std::uint32_t* keys, std::int64_t n, std::uint32_t pivot, bool less, const std::uint32_t* values,
             std::uint32_t* out, std::int64_t count) {
  if (values == nullptr) return collect_values<Words32>(keys, n, pivot, less, out, count, Indices32{});
  collect_values<Words32>(keys, n, pivot, less, out, count, StoredValues<Words32>{values});
}
void collect(const std::uint64_t* keys, std::int64_t n, std::uint64_t pivot, bool less, const std::uint64_t* values,
             std::uint64_t* out, std::int64_t count) {
  collect_values<Words64>(keys, n, pivot, less, out, count, StoredValues<Words64>{values});
}
void collect_indices(const std::uint64_t* keys, std::int64_t n, std::uint64_t pivot, bool less, std::uint32_t* out,
                     std::int64_t count) {
  const __m512i p = Words64::fill(pivot);
  const __m256i lane = _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
  for (std::int64_t i = 0; i < n && count > 0; i += Words64::lanes) {
    const auto valid = first_lanes<Words64>(std::min<std::int64_t>(n - i, Words64::lanes));
    const auto chosen = matches<Words64>(Words64::load(valid, keys + i), p, less, valid);
    const int found = std::popcount(static_cast<unsigned>(chosen));
    const __m256i indices = _mm256_add_epi32(lane, _mm256_set1_epi32(static_cast<int>(i)));
    _mm256_mask_storeu_epi32(out, first_lanes<Words64>(found), _mm256_maskz_compress_epi32(chosen, indices));
    out += found;
    count -= found;
  }
}

#pragma GCC pop_options
#pragma GCC diagnostic pop

}  // namespace cermet::library::sorting
