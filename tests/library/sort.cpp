// Sorting calls against the references of the graph, over dtypes, layouts, lengths and axes; and keys by themselves.
#include "library/sort/sort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <vector>

#include "base/error.h"
#include "graph/ops/library_op.h"
#include "library/sort/order.h"
#include "library/sort/quick.h"
#include "library/sort/radix.h"

namespace cermet::library {
namespace {

using graph::ReferenceArray;

constexpr Dtype dtypes[] = {bool_, uint8, uint16,  uint32,   uint64,  int8,    int16,
                            int32, int64, float16, bfloat16, float32, float64, complex64};

/// Values with many ties, and the values that sort in their own way.
Literal sample(Dtype dtype, std::mt19937& random) {
  static constexpr double specials[] = {0.0,
                                        -0.0,
                                        std::numeric_limits<double>::infinity(),
                                        -std::numeric_limits<double>::infinity(),
                                        std::numeric_limits<double>::quiet_NaN(),
                                        -std::numeric_limits<double>::quiet_NaN()};
  const auto real = [&] {
    if (random() % 4 == 0) return specials[random() % std::size(specials)];
    return static_cast<double>(static_cast<int>(random() % 200) - 100) / 8;
  };
  if (is_complex(dtype)) return Literal::of_complex(dtype, {real(), real()});
  if (is_inexact(dtype)) return Literal::of(dtype, real());
  const auto wide = static_cast<std::int64_t>((std::uint64_t{random()} << 32) | random());
  return Literal::of_integer(dtype, random() % 2 == 0 ? wide : static_cast<std::int64_t>(random() % 5));
}

struct Window {
  std::vector<char> memory;
  Operand operand;
  ReferenceArray reference;
};

/// Random elements; `steps` are what every axis is strided by beyond row-major, negative for reversed axes.
Window random_window(Dtype dtype, const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& steps,
                     std::mt19937& random) {
  Window w;
  const std::int64_t size = dtype.size();
  std::int64_t stride = 1;
  w.operand.dtype = w.reference.dtype = dtype;
  w.operand.shape.resize(shape.size());
  w.operand.strides.resize(shape.size());
  w.reference.shape = shape;
  std::int64_t first = 0;
  for (std::size_t k = shape.size(); k-- > 0;) {
    w.operand.shape[k] = shape[k];
    w.operand.strides[k] = stride * steps[k];
    if (steps[k] < 0) first -= w.operand.strides[k] * (shape[k] - 1);
    stride *= shape[k] * std::abs(steps[k]);
  }
  w.memory.resize(static_cast<std::size_t>(stride * size + 64));
  char* const base = w.memory.data() + first * size;
  w.operand.data = base;
  const std::int64_t n = w.operand.elements();
  for (std::int64_t i = 0; i < n; ++i) {
    std::int64_t rest = i, at = 0;
    for (std::size_t k = shape.size(); k-- > 0; rest /= shape[k]) at += rest % shape[k] * w.operand.strides[k];
    w.reference.elements.push_back(sample(dtype, random));
    w.reference.elements.back().store(base + at * size);
  }
  return w;
}

Window result_window(const graph::LibraryOp& op, const Primitive& call, std::span<const Window* const> inputs) {
  std::vector<ArrayType> types;
  for (const Window* w : inputs) {
    ArrayType& type = types.emplace_back();
    for (std::int64_t extent : w->reference.shape) type.shape.push_back(extent);
    type.dtype = w->reference.dtype;
  }
  IntExprTable table;
  const ArrayType type = op.infer(call, types, table);
  Window out;
  out.operand.dtype = type.dtype;
  std::int64_t stride = 1;
  out.operand.shape.resize(type.shape.size());
  out.operand.strides.resize(type.shape.size());
  for (std::size_t k = type.shape.size(); k-- > 0;) {
    out.operand.shape[k] = type.shape[k].value();
    out.operand.strides[k] = stride;
    stride *= type.shape[k].value();
  }
  out.memory.resize(static_cast<std::size_t>(stride) * type.dtype.size() + 1);
  out.operand.data = out.memory.data();
  return out;
}

Literal element(const Window& w, std::int64_t i) {
  return Literal::load(w.operand.dtype, static_cast<const char*>(w.operand.data) + i * w.operand.dtype.size());
}

Window run(const Primitive& call, std::initializer_list<const Window*> inputs) {
  Window out = result_window(graph::find_library_op(call.text), call, {inputs.begin(), inputs.size()});
  std::vector<Operand> operands;
  for (const Window* w : inputs) operands.push_back(w->operand);
  operands.push_back(out.operand);
  find_function(call.text).run(call, operands);
  return out;
}

Primitive sorting_call(std::string_view name, std::int64_t axis) {
  Primitive call;
  call.kind = PrimitiveKind::library;
  call.text = name;
  call.axes.push_back(axis);
  return call;
}

struct Layout {
  std::vector<std::int64_t> shape, steps;
};
const Layout layouts[] = {{{1}, {1}},
                          {{50}, {-2}},
                          {{3000}, {1}},
                          {{5, 400}, {1, 1}},
                          {{400, 37}, {1, -3}},
                          {{3, 20, 30}, {1, 2, 1}},
                          {{2, 3, 4}, {1, -1, -1}},
                          {{100'000}, {1}}};

TEST(Sort, EqualsTheReferenceForEveryDtypeLayoutAndAxis) {
  std::mt19937 random(1);
  for (const Layout& layout : layouts) {
    for (Dtype dtype : dtypes) {
      const Window x = random_window(dtype, layout.shape, layout.steps, random);
      for (std::size_t axis = 0; axis < layout.shape.size(); ++axis) {
        for (const char* name : {"sort", "argsort"}) {
          const Primitive call = sorting_call(name, static_cast<std::int64_t>(axis));
          const Window out = run(call, {&x});
          const auto expected = graph::find_library_op(name).interpret(call, std::span(&x.reference, 1));
          for (std::size_t i = 0; i < expected.size(); ++i) {
            ASSERT_EQ(element(out, static_cast<std::int64_t>(i)), expected[i])
                << name << " of " << cermet::name(dtype) << ", axis " << axis << ", element " << i;
          }
        }
      }
    }
  }
}

TEST(Partition, SplitsAtThePositionAndKeepsTheOrderOfEqualElements) {
  std::mt19937 random(2);
  for (Dtype dtype : dtypes) {
    for (std::int64_t n : {1, 30, 1000, 20'000}) {
      const Window x = random_window(dtype, {n}, {1}, random);
      Primitive call = sorting_call("argsort", 0);
      const auto order = graph::find_library_op("argsort").interpret(call, std::span(&x.reference, 1));
      std::vector<std::int64_t> rank(static_cast<std::size_t>(n));
      for (std::size_t i = 0; i < order.size(); ++i) rank[order[i].as_uint64()] = static_cast<std::int64_t>(i);
      for (std::int64_t kth : {std::int64_t{0}, n / 3, n - 1}) {
        call = sorting_call("argpartition", 0);
        call.dims.push_back(kth);
        const Window indices = run(call, {&x});
        call.text = "partition";
        const Window values = run(call, {&x});
        std::set<std::uint64_t> seen;
        const Literal pivot = x.reference.elements[order[static_cast<std::size_t>(kth)].as_uint64()];
        for (std::int64_t i = 0; i < n; ++i) {
          const std::uint64_t index = element(indices, i).as_uint64();
          ASSERT_LT(index, static_cast<std::uint64_t>(n));
          seen.insert(index);
          ASSERT_EQ(element(values, i), x.reference.elements[index]);
          sorting::with_order(dtype, [&](auto o) {
            using Element = typename decltype(o)::Element;
            const auto key = o.key(static_cast<Element>(x.reference.elements[index].bits));
            const auto middle = o.key(static_cast<Element>(pivot.bits));
            EXPECT_TRUE(i < kth ? key <= middle : i > kth ? key >= middle : key == middle);
          });
        }
        ASSERT_EQ(seen.size(), static_cast<std::size_t>(n));
        call.text = "topk";
        call.dims[0] = n - kth;
        const Window greatest = run(call, {&x});
        for (std::int64_t i = kth; i < n; ++i) ASSERT_EQ(element(greatest, i - kth), element(values, i));
      }
    }
  }
}

TEST(SearchSorted, EqualsTheReference) {
  std::mt19937 random(3);
  for (Dtype dtype : dtypes) {
    Window sequence = random_window(dtype, {70}, {1}, random);
    const Primitive sort = sorting_call("sort", 0);
    Window sorted = run(sort, {&sequence});
    sorted.reference = sequence.reference;
    sorted.reference.elements = graph::find_library_op("sort").interpret(sort, std::span(&sequence.reference, 1));
    const Window values = random_window(dtype, {6, 300}, {-1, 2}, random);
    for (int right : {0, 1}) {
      const Primitive call = sorting_call("searchsorted", right);
      const Window out = run(call, {&sorted, &values});
      const ReferenceArray references[] = {sorted.reference, values.reference};
      const auto expected =
          graph::find_library_op("searchsorted").interpret(call, std::span<const ReferenceArray>(references, 2));
      for (std::size_t i = 0; i < expected.size(); ++i) {
        ASSERT_EQ(element(out, static_cast<std::int64_t>(i)), expected[i]) << cermet::name(dtype) << " at " << i;
      }
    }
  }
}

template <class Word>
std::vector<Word> pattern(int kind, std::int64_t n, std::mt19937_64& random) {
  std::vector<Word> words(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto wide = static_cast<Word>(random());
    const Word values[] = {wide,
                           static_cast<Word>(i),
                           static_cast<Word>(words.size() - i),
                           Word{7},
                           static_cast<Word>(wide % 2),
                           static_cast<Word>(std::min(i, words.size() - i)),
                           static_cast<Word>(wide % 3 == 0 ? std::numeric_limits<Word>::max() : wide)};
    words[i] = values[kind];
  }
  return words;
}

template <class Word>
void expect_all_ways_to_sort(int kind, std::int64_t n, std::mt19937_64& random) {
  using namespace sorting;  // NOLINT(google-build-using-namespace)
  const std::vector<Word> words = pattern<Word>(kind, n, random);
  std::vector<Word> expected = words, copy = words, scratch(words.size());
  std::sort(expected.begin(), expected.end());
  const auto same = [&](const Word* sorted) { return std::equal(expected.begin(), expected.end(), sorted); };
  EXPECT_TRUE(same(sort_entries(copy.data(), scratch.data(), n, 0))) << kind << ", " << n;
  copy = words;
  EXPECT_TRUE(same(sort_entries_in_parallel(copy.data(), scratch.data(), n, 0))) << kind << ", " << n;
  for (std::int64_t k = 0; k < n; k += 1 + n / 3) {
    copy = words;
    EXPECT_EQ(select_key(copy.data(), scratch.data(), n, k), expected[static_cast<std::size_t>(k)]) << kind;
    if (!has_vector_sort()) continue;
    copy = words;
    EXPECT_EQ(select_word(copy.data(), scratch.data(), n, k), expected[static_cast<std::size_t>(k)]) << kind;
  }
  for (bool parallel : {false, true}) {
    if (!has_vector_sort()) continue;
    copy = words;
    sort_words(copy.data(), scratch.data(), n, parallel);
    EXPECT_TRUE(same(copy.data())) << kind << ", " << n;
  }
}

TEST(Sort, RadixAndVectorsSortEveryPatternAndLength) {
  std::mt19937_64 random(4);
  for (int kind = 0; kind < 7; ++kind) {
    for (std::int64_t n : {0, 1, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 128, 129, 255, 257, 1000, 70'000}) {
      expect_all_ways_to_sort<std::uint32_t>(kind, n, random);
      expect_all_ways_to_sort<std::uint64_t>(kind, n, random);
    }
  }
}

TEST(SortTypes, RefuseWhatDoesNotFit) {
  IntExprTable table;
  const ArrayType x{{2, 3}, float32};
  const auto infer = [&](std::string_view name, std::int64_t axis, std::optional<std::int64_t> position) {
    Primitive call = sorting_call(name, axis);
    if (position) call.dims.push_back(*position);
    return graph::find_library_op(name).infer(call, std::span(&x, 1), table);
  };
  EXPECT_EQ(infer("argsort", 1, std::nullopt), (ArrayType{{2, 3}, uint32}));
  EXPECT_EQ(infer("topk", 1, 2), (ArrayType{{2, 2}, float32}));
  EXPECT_THROW(infer("sort", 2, std::nullopt), IndexError);
  EXPECT_THROW(infer("partition", 1, 3), ValueError);
  EXPECT_THROW(infer("topk", 1, 4), ValueError);
}

}  // namespace
}  // namespace cermet::library
