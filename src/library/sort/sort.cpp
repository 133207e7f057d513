// Lines become keys (order.h), keys are sorted or selected (radix.h), and the result is made of them. All results are
// stable: equal elements, -0 and 0 and NaNs among them, keep the order of the input.
#include "library/sort/sort.h"

#include <algorithm>
#include <type_traits>

#include "library/sort/lines.h"
#include "library/sort/order.h"
#include "library/sort/quick.h"
#include "library/sort/radix.h"
#include "runtime/thread_pool.h"

namespace cermet::library {
namespace {

using namespace sorting;  // NOLINT(google-build-using-namespace): this file is their user

constexpr std::int64_t long_line = 1 << 16;  // threads share the sort of a line that is alone

template <class T>
T* aligned_part(char* scratch, std::int64_t elements_before) {
  return reinterpret_cast<T*>(scratch + (elements_before * static_cast<std::int64_t>(sizeof(T)) + 63) / 64 * 64);
}
// Bytes for `arrays` arrays of n elements, as aligned_part cuts them.
template <class T>
std::size_t scratch_for(std::int64_t n, std::size_t arrays) {
  return arrays * (static_cast<std::size_t>(n) * sizeof(T) + 64);
}

template <class Entry>
Entry* sort_all(Entry* entries, Entry* scratch, std::int64_t n, int first_bit, bool alone) {
  const bool parallel = alone && n >= long_line && runtime::thread_count() > 1;
  if constexpr (std::is_same_v<Entry, std::uint32_t> || std::is_same_v<Entry, std::uint64_t>) {
    // Half the bits of a packed index are no key: four passes of radix sort are quicker on long lines.
    constexpr std::int64_t long_packed = 512;
    if (has_vector_sort() && (first_bit == 0 || n <= long_packed)) {
      sort_words(entries, scratch, n, parallel);
      return entries;
    }
  }
  return parallel ? sort_entries_in_parallel(entries, scratch, n, first_bit)
                  : sort_entries(entries, scratch, n, first_bit);
}

template <class Key>
Key select(Key* keys, Key* scratch, std::int64_t n, std::int64_t k) {
  if constexpr (sizeof(Key) >= 4) {
    if (has_vector_sort()) return select_word(keys, scratch, n, k);
  }
  return select_key(keys, scratch, n, k);
}

template <class Order>
void elements_to_keys(const typename Order::Element* in, typename Order::Key* keys, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) keys[i] = Order::key(in[i]);
}

// Zeros of both signs have one key, and so have all NaNs: the input's own are put where theirs came out.
template <class Order>
void restore_ambiguous(const typename Order::Element* in, const typename Order::Key* sorted,
                       typename Order::Element* out, std::int64_t n) {
  const auto* zeros = std::lower_bound(sorted, sorted + n, Order::zero);
  const auto* nans = std::lower_bound(zeros, sorted + n, Order::nan);
  const bool has_zeros = zeros != sorted + n && *zeros == Order::zero;
  if (!has_zeros && nans == sorted + n) return;
  auto* zero = out + (zeros - sorted);
  auto* nan = out + (nans - sorted);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto key = Order::key(in[i]);
    if (key == Order::zero) *zero++ = in[i];
    if (key == Order::nan) *nan++ = in[i];
  }
}

template <class Order>
void sort_line(const typename Order::Element* in, typename Order::Element* out, char* scratch, std::int64_t n,
               bool alone) {
  using Key = typename Order::Key;
  auto* keys = reinterpret_cast<Key*>(scratch);
  elements_to_keys<Order>(in, keys, n);
  const Key* sorted = sort_all(keys, aligned_part<Key>(scratch, n), n, 0, alone);
  for (std::int64_t i = 0; i < n; ++i) out[i] = Order::element(sorted[i]);
  if constexpr (Order::ambiguous) restore_ambiguous<Order>(in, sorted, out, n);
}

// What carries a key and its index: a word where both fit.
template <class Order>
using Entry = std::conditional_t<sizeof(typename Order::Key) == 8, Indexed, std::uint64_t>;

std::int64_t index_of(const Indexed& entry) { return static_cast<std::int64_t>(entry.index); }
std::int64_t index_of(std::uint64_t entry) { return static_cast<std::int64_t>(entry & 0xffffffff); }

template <class Order>
const Entry<Order>* sort_indices(const typename Order::Element* in, char* scratch, std::int64_t n, bool alone) {
  auto* entries = reinterpret_cast<Entry<Order>*>(scratch);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    if constexpr (sizeof(typename Order::Key) == 8) {
      entries[i] = {Order::key(in[i]), index};
    } else {
      entries[i] = static_cast<std::uint64_t>(Order::key(in[i])) << 32 | index;
    }
  }
  constexpr int first_bit = sizeof(typename Order::Key) == 8 ? 0 : 32;
  return sort_all(entries, aligned_part<Entry<Order>>(scratch, n), n, first_bit, alone);
}

// What a partition writes for element i: the element, or its index.
template <class Element>
struct ElementValues {
  using Out = Element;
  const Element* elements;
  Element operator()(std::int64_t i) const { return elements[i]; }
};
struct IndexValues {
  using Out = std::uint32_t;
  std::uint32_t operator()(std::int64_t i) const { return static_cast<std::uint32_t>(i); }
};

// Writes the values of the keys below the pivot (`less`) or above it: `count` of them exist.
template <class Key, class Values>
void collect_side(const Key* keys, std::int64_t n, Key pivot, bool less, const Values& values,
                  typename Values::Out* out, std::int64_t count) {
  constexpr bool indices = std::is_same_v<Values, IndexValues>;
  if constexpr (sizeof(Key) >= 4) {
    if (has_vector_sort()) {
      if constexpr (!indices)
        return collect(keys, n, pivot, less, values.elements, out, count);
      else if constexpr (sizeof(Key) == 4)
        return collect(keys, n, pivot, less, nullptr, out, count);
      else
        return collect_indices(keys, n, pivot, less, out, count);
    }
  }
  std::int64_t found = 0;  // every value is written, and stays where the key is on this side: no branch to mispredict
  if (less) {
    for (std::int64_t i = 0; found < count; ++i) {
      out[found] = values(i);
      found += keys[i] < pivot ? 1 : 0;
    }
  } else {
    for (std::int64_t i = 0; found < count; ++i) {
      out[found] = values(i);
      found += keys[i] > pivot ? 1 : 0;
    }
  }
}

// The values of the keys that equal the pivot, but for the first `skipped`.
template <class Key, class Values>
void collect_equal(const Key* keys, Key pivot, const Values& values, typename Values::Out* out, std::int64_t skipped,
                   std::int64_t count, std::int64_t n) {
  constexpr std::int64_t block = 64;  // most hold none
  for (std::int64_t begin = 0; count > 0; begin += block) {
    const std::int64_t end = std::min(begin + block, n);
    bool any = false;
    for (std::int64_t i = begin; i < end; ++i) any |= keys[i] == pivot;
    for (std::int64_t i = begin; any && i < end && count > 0; ++i) {
      if (keys[i] != pivot || skipped-- > 0) continue;
      *out++ = values(i);
      --count;
    }
  }
}

// Elements less than the key of position `k`, then those equal to it, then those greater, each in their order. What
// comes before position `first`, 0 or k, is dropped.
template <class Order, class Values>
void partition_line(const typename Order::Element* in, typename Values::Out* out, char* scratch, std::int64_t n,
                    std::int64_t k, std::int64_t first, const Values& values) {
  using Key = typename Order::Key;
  auto* keys = reinterpret_cast<Key*>(scratch);
  elements_to_keys<Order>(in, keys, n);
  const Key pivot = select(keys, aligned_part<Key>(scratch, n), n, k);
  elements_to_keys<Order>(in, keys, n);  // as they were
  std::int64_t less = 0, equal = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    less += keys[i] < pivot ? 1 : 0;
    equal += keys[i] == pivot ? 1 : 0;
  }
  if (first == 0) collect_side(keys, n, pivot, true, values, out, less);
  const std::int64_t dropped = std::max<std::int64_t>(first - less, 0);
  out += std::max<std::int64_t>(less - first, 0);
  collect_equal(keys, pivot, values, out, dropped, equal - dropped, n);
  collect_side(keys, n, pivot, false, values, out + equal - dropped, n - less - equal);
}

void expect_indexable(std::string_view op, std::int64_t length) {
  constexpr std::int64_t limit = std::int64_t{1} << 32;  // indices are uint32
  if (length > limit) fail<ValueError>("[{}] An axis of {} elements is too long; at most 2^32 are.", op, length);
}

template <class Order>
void partition_lines(const Lines& lines, std::int64_t k, std::int64_t first, bool indices) {
  using Element = typename Order::Element;
  const std::int64_t n = lines.length;
  for_each_line(lines, scratch_for<typename Order::Key>(n, 2), [&](const char* in, char* out, char* scratch) {
    const auto* elements = reinterpret_cast<const Element*>(in);
    if (indices) {
      partition_line<Order>(elements, reinterpret_cast<std::uint32_t*>(out), scratch, n, k, first, IndexValues{});
    } else {
      partition_line<Order>(elements, reinterpret_cast<Element*>(out), scratch, n, k, first,
                            ElementValues<Element>{elements});
    }
  });
}

void partition(const Primitive& call, std::span<const Operand> operands, std::int64_t k, std::int64_t first,
               bool indices) {
  if (operands.back().elements() == 0) return;
  const Lines lines = lines_along(operands[0], operands.back(), call.axes[0]);
  if (indices) expect_indexable(call.text, lines.length);
  with_order(operands[0].dtype, [&](auto order) { partition_lines<decltype(order)>(lines, k, first, indices); });
}

// The number of elements of the sorted sequence before which `key` goes: those less, or those less or equal.
template <class Order>
std::uint32_t search(const char* sequence, std::int64_t step, std::int64_t n, typename Order::Key key, bool right) {
  const auto* elements = reinterpret_cast<const typename Order::Element*>(sequence);
  std::int64_t base = 0;
  while (n > 0) {
    const std::int64_t half = n / 2;
    const auto middle = Order::key(elements[(base + half) * step]);
    const bool after = middle < key || (right && middle == key);
    base = after ? base + half + 1 : base;
    n = after ? n - half - 1 : half;
  }
  return static_cast<std::uint32_t>(base);
}

template <class Order>
void search_all(const Operand& sequence, const Operand& values, const Operand& out, bool right) {
  using Element = typename Order::Element;
  const std::int64_t n = sequence.shape[0], step = sequence.strides[0];
  // Values as lines along their last axis: the windows of both arrays come for nothing.
  Operand in = values, result = out;
  if (in.shape.empty()) {
    in.shape = result.shape = {1};
    in.strides = result.strides = {1};
  }
  const Lines lines = lines_along(in, result, static_cast<std::int64_t>(in.shape.size()) - 1);
  const auto* data = static_cast<const char*>(sequence.data);
  for_each_line(lines, 0, [&](const char* elements, char* places, char*) {
    runtime::parallel_for(lines.length, 4096, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const auto key = Order::key(reinterpret_cast<const Element*>(elements)[i]);
        reinterpret_cast<std::uint32_t*>(places)[i] = search<Order>(data, step, n, key, right);
      }
    });
  });
}

}  // namespace

void run_argsort(const Primitive& call, std::span<const Operand> operands) {
  if (operands.back().elements() == 0) return;
  const Lines lines = lines_along(operands[0], operands[1], call.axes[0]);
  expect_indexable(call.text, lines.length);
  const std::int64_t n = lines.length;
  with_order(operands[0].dtype, [&](auto order) {
    using Order = decltype(order);
    for_each_line(lines, scratch_for<Entry<Order>>(n, 2), [&](const char* in, char* out, char* scratch) {
      const auto* elements = reinterpret_cast<const typename Order::Element*>(in);
      const auto* sorted = sort_indices<Order>(elements, scratch, n, lines.count == 1);
      auto* places = reinterpret_cast<std::uint32_t*>(out);
      for (std::int64_t i = 0; i < n; ++i) places[i] = static_cast<std::uint32_t>(index_of(sorted[i]));
    });
  });
}

void run_sort(const Primitive& call, std::span<const Operand> operands) {
  if (operands.back().elements() == 0) return;
  const Lines lines = lines_along(operands[0], operands[1], call.axes[0]);
  const std::int64_t n = lines.length;
  with_order(operands[0].dtype, [&](auto order) {
    using Order = decltype(order);
    using Element = typename Order::Element;
    constexpr bool by_index = std::is_same_v<Order, ComplexOrder>;  // no way back from keys to elements
    const std::size_t scratch_bytes = by_index ? scratch_for<Indexed>(n, 2) : scratch_for<typename Order::Key>(n, 2);
    for_each_line(lines, scratch_bytes, [&](const char* in, char* out, char* scratch) {
      const auto* elements = reinterpret_cast<const Element*>(in);
      auto* result = reinterpret_cast<Element*>(out);
      if constexpr (by_index) {
        const auto* sorted = sort_indices<Order>(elements, scratch, n, lines.count == 1);
        for (std::int64_t i = 0; i < n; ++i) result[i] = elements[index_of(sorted[i])];
      } else {
        sort_line<Order>(elements, result, scratch, n, lines.count == 1);
      }
    });
  });
}

void run_partition(const Primitive& call, std::span<const Operand> operands) {
  partition(call, operands, call.dims[0].value(), 0, false);
}

void run_argpartition(const Primitive& call, std::span<const Operand> operands) {
  partition(call, operands, call.dims[0].value(), 0, true);
}

void run_topk(const Primitive& call, std::span<const Operand> operands) {
  const std::int64_t length = operands[0].shape[static_cast<std::size_t>(call.axes[0])];
  const std::int64_t first = length - call.dims[0].value();
  partition(call, operands, first, first, false);
}

void run_searchsorted(const Primitive& call, std::span<const Operand> operands) {
  if (operands[2].elements() == 0) return;
  expect_indexable(call.text, operands[0].elements());
  with_order(operands[0].dtype, [&](auto order) {
    search_all<decltype(order)>(operands[0], operands[1], operands[2], call.axes[0] != 0);
  });
}

}  // namespace cermet::library
