// slice_update and scatter against their references, for every dtype, combiner, layout and kind of index; equal bits
// with any number of threads.
#include "graph/ops/updates.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "graph/ops/library_op.h"
#include "library/library.h"
#include "runtime/thread_pool.h"

namespace cermet::library {
namespace {

using graph::Combiner;
using graph::ReferenceArray;
using Extents = std::vector<std::int64_t>;

constexpr Combiner combiners[] = {Combiner::set, Combiner::add, Combiner::prod, Combiner::max, Combiner::min};

std::int64_t count(const Extents& shape) {
  std::int64_t n = 1;
  for (std::int64_t extent : shape) n *= extent;
  return n;
}

/// A strided window with memory of its own, and its elements.
struct Array {
  std::vector<char> memory;
  Operand window;
  ReferenceArray reference;
};

enum class Layout { row_major, transposed, backwards, broadcast };

/// Lays the elements out; `broadcast` repeats the first index of the first axis.
Array lay_out(ReferenceArray reference, Layout layout) {
  Array out;
  const std::size_t rank = reference.shape.size(), size = reference.dtype.size();
  Extents order(rank), strides(rank, 1);
  for (std::size_t k = 0; k < rank; ++k) order[k] = static_cast<std::int64_t>(k);
  if (layout == Layout::transposed) std::reverse(order.begin(), order.end());
  std::int64_t step = layout == Layout::row_major ? 1 : 2;
  for (std::size_t i = rank; i-- > 0;) {
    const auto k = static_cast<std::size_t>(order[i]);
    strides[k] = step;
    step *= std::max<std::int64_t>(reference.shape[k], 1);
  }
  if (layout == Layout::broadcast && rank > 0) strides[0] = 0;
  out.memory.resize(static_cast<std::size_t>(std::max<std::int64_t>(step, 1)) * size + 64);
  std::int64_t origin = 0;
  if (layout == Layout::backwards) {
    for (std::size_t k = 0; k < rank; ++k) {
      origin += std::max<std::int64_t>(reference.shape[k] - 1, 0) * strides[k];
      strides[k] = -strides[k];
    }
  }
  out.window.data = out.memory.data() + origin * static_cast<std::int64_t>(size);
  out.window.dtype = reference.dtype;
  out.window.shape.assign(reference.shape.begin(), reference.shape.end());
  out.window.strides.assign(strides.begin(), strides.end());
  Extents index(rank, 0);
  for (Literal& element : reference.elements) {
    std::int64_t at = 0;
    for (std::size_t k = 0; k < rank; ++k) at += index[k] * strides[k];
    char* place = static_cast<char*>(out.window.data) + at * static_cast<std::int64_t>(size);
    if (layout == Layout::broadcast && rank > 0 && index[0] > 0) {
      element = Literal::load(reference.dtype, place);
    } else {
      element.store(place);
    }
    for (std::size_t k = rank; k-- > 0;) {
      if (++index[k] < reference.shape[k]) break;
      index[k] = 0;
    }
  }
  out.reference = std::move(reference);
  return out;
}

class Cases {
 public:
  explicit Cases(unsigned seed) : random_(seed) {}
  std::int64_t number(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  Layout layout() { return static_cast<Layout>(number(0, 3)); }
  Dtype dtype() { return static_cast<Dtype::Val>(number(0, 13)); }
  Dtype index_dtype() { return static_cast<Dtype::Val>(number(1, 8)); }
  ReferenceArray values(Extents shape, Dtype dtype) {
    ReferenceArray out{std::move(shape), dtype, {}};
    for (std::int64_t i = 0; i < count(out.shape); ++i) {
      const double special[] = {0.0, -0.0, NAN, INFINITY};
      const double x = number(0, 9) == 0 ? special[number(0, 3)] : static_cast<double>(number(-90, 90)) / 8;
      out.elements.push_back(is_complex(dtype) ? Literal::of_complex(dtype, {x, static_cast<double>(number(-3, 3))})
                                               : Literal::of(dtype, x));
    }
    return out;
  }
  ReferenceArray indices(Extents shape, Dtype dtype, std::int64_t extent) {
    ReferenceArray out{std::move(shape), dtype, {}};
    for (std::int64_t i = 0; i < count(out.shape); ++i) {
      out.elements.push_back(Literal::of_integer(dtype, number(-extent - 2, extent + 2)));
    }
    return out;
  }
  Extents shape(std::int64_t rank, std::int64_t low, std::int64_t high) {
    Extents out;
    for (std::int64_t k = 0; k < rank; ++k) out.push_back(number(low, high));
    return out;
  }

 private:
  std::mt19937 random_;
};

std::vector<Literal> elements_of(const Operand& row_major) {
  std::vector<Literal> out;
  for (std::int64_t i = 0; i < row_major.elements(); ++i) {
    out.push_back(
        Literal::load(row_major.dtype, static_cast<const char*>(row_major.data) + i * row_major.dtype.size()));
  }
  return out;
}

/// Runs a call on the arrays, in place or not; the elements of the result.
std::vector<Literal> run(const Primitive& call, std::vector<Array>& arrays, bool in_place) {
  std::vector<Operand> operands;
  for (Array& array : arrays) operands.push_back(array.window);
  Array fresh =
      lay_out({arrays[0].reference.shape, arrays[0].reference.dtype, arrays[0].reference.elements}, Layout::row_major);
  if (in_place) {
    operands[0] = fresh.window;
  } else {
    std::fill(fresh.memory.begin(), fresh.memory.end(), '\x5a');
  }
  operands.push_back(fresh.window);
  if (fresh.window.elements() > 0) find_function(call.text).run(call, operands);
  return elements_of(fresh.window);
}

void expect_equal(const std::vector<Literal>& actual, const std::vector<Literal>& expected, const Primitive& call) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const auto is_nan = [](const Literal& x) { return x.as_complex() != x.as_complex(); };
    if (is_nan(actual[i]) && is_nan(expected[i])) continue;
    ASSERT_EQ(actual[i], expected[i]) << call.text << " of " << name(actual[i].dtype) << " at " << i << ": "
                                      << actual[i].print() << ", expected " << expected[i].print();
  }
}

void expect_reference(const Primitive& call, std::vector<Array>& arrays) {
  std::vector<ReferenceArray> references;
  SmallVector<ArrayType, 4> types;
  for (const Array& array : arrays) {
    references.push_back(array.reference);
    types.push_back({Shape(array.reference.shape.begin(), array.reference.shape.end()), array.reference.dtype});
  }
  IntExprTable table;
  const graph::LibraryOp& op = graph::find_library_op(call.text);
  ASSERT_EQ(op.infer(call, types, table), types[0]);
  const std::vector<Literal> expected = op.interpret(call, references);
  expect_equal(run(call, arrays, false), expected, call);
  if (!::testing::Test::HasFatalFailure()) expect_equal(run(call, arrays, true), expected, call);
}

Primitive update_call(std::string_view family, Combiner combiner) {
  Primitive call;
  call.kind = PrimitiveKind::library;
  call.text = graph::update_name(family, combiner);
  return call;
}

TEST(library_table, has_the_names_of_the_graph) {
  std::vector<std::string_view> known, runnable;
  for (const graph::LibraryOp& op : graph::library_ops()) known.push_back(op.name);
  for (const Function& function : functions()) runnable.push_back(function.name);
  std::sort(known.begin(), known.end());
  std::sort(runnable.begin(), runnable.end());
  EXPECT_EQ(known, runnable);
  EXPECT_EQ(std::adjacent_find(known.begin(), known.end()), known.end());
}

TEST(slice_update, windows_of_every_dtype_and_layout) {
  Cases cases(1);
  for (int round = 0; round < 3000; ++round) {
    const Dtype dtype = cases.dtype();
    const Extents shape = cases.shape(cases.number(0, 4), 1, 5);
    Primitive call = update_call("slice_update", combiners[cases.number(0, 4)]);
    Extents part;
    for (std::int64_t extent : shape) {
      const std::int64_t n = cases.number(0, extent), step = n < 2 ? 1 : cases.number(1, (extent - 1) / (n - 1));
      const std::int64_t first = cases.number(0, extent - 1 - (n < 2 ? 0 : (n - 1) * step));
      const bool backwards = cases.number(0, 1) == 1 && n > 0;
      call.dims.push_back(backwards ? first + (n - 1) * step : first);
      call.axes.push_back(backwards ? -step : step);
      part.push_back(n);
    }
    std::vector<Array> arrays;
    arrays.push_back(lay_out(cases.values(shape, dtype), cases.layout()));
    arrays.push_back(lay_out(cases.values(part, dtype), cases.layout()));
    ASSERT_NO_FATAL_FAILURE(expect_reference(call, arrays)) << "round " << round;
  }
}

TEST(slice_update, starts_read_at_run_time) {
  Cases cases(2);
  for (int round = 0; round < 2000; ++round) {
    const Dtype dtype = cases.dtype();
    const Extents shape = cases.shape(cases.number(1, 4), 1, 5);
    Primitive call = update_call("slice_update", combiners[cases.number(0, 4)]);
    Extents part;
    for (std::size_t k = 0; k < shape.size(); ++k) {
      part.push_back(cases.number(0, shape[k]));
      if (cases.number(0, 1) == 1) call.axes.insert(call.axes.begin(), static_cast<std::int64_t>(k));
    }
    const bool scalar = call.axes.size() == 1 && cases.number(0, 1) == 1;
    const Extents start = scalar ? Extents{} : Extents{static_cast<std::int64_t>(call.axes.size())};
    std::vector<Array> arrays;
    arrays.push_back(lay_out(cases.values(shape, dtype), cases.layout()));
    arrays.push_back(lay_out(cases.values(part, dtype), cases.layout()));
    arrays.push_back(lay_out(cases.indices(start, cases.index_dtype(), 5), cases.layout()));
    ASSERT_NO_FATAL_FAILURE(expect_reference(call, arrays)) << "round " << round;
  }
}

/// A random scatter: which of the updates' axes x follows, which come from index arrays.
void random_scatter(Cases& cases, std::int64_t longest, Primitive& call, std::vector<Array>& arrays) {
  const Dtype dtype = cases.dtype();
  const Extents shape = cases.shape(cases.number(0, 3), 1, longest);
  const Extents updates = cases.shape(cases.number(0, 3), cases.number(0, 9) == 0 ? 0 : 1, longest);
  call = update_call("scatter", combiners[cases.number(0, 4)]);
  std::vector<std::int64_t> free;
  for (std::size_t m = 0; m < updates.size(); ++m) free.push_back(static_cast<std::int64_t>(m));
  arrays.clear();
  arrays.push_back(lay_out(cases.values(shape, dtype), cases.layout()));
  for (std::int64_t extent : shape) {
    const std::size_t pick = static_cast<std::size_t>(cases.number(0, 3));
    if (pick < free.size() && updates[static_cast<std::size_t>(free[pick])] <= extent) {
      call.axes.push_back(free[pick]);
      free.erase(free.begin() + static_cast<std::ptrdiff_t>(pick));
      continue;
    }
    call.axes.push_back(-static_cast<std::int64_t>(arrays.size()));
    arrays.push_back(lay_out(cases.indices(updates, cases.index_dtype(), extent), cases.layout()));
  }
  arrays.push_back(lay_out(cases.values(updates, dtype), cases.layout()));
}

TEST(scatter, every_dtype_layout_and_kind_of_axis) {
  Cases cases(3);
  Primitive call;
  std::vector<Array> arrays;
  for (int round = 0; round < 4000; ++round) {
    random_scatter(cases, 5, call, arrays);
    ASSERT_NO_FATAL_FAILURE(expect_reference(call, arrays)) << "round " << round;
  }
}

TEST(scatter, blocks_of_many_positions) {
  Cases cases(4);
  Primitive call;
  std::vector<Array> arrays;
  for (int round = 0; round < 150; ++round) {
    random_scatter(cases, 25, call, arrays);
    ASSERT_NO_FATAL_FAILURE(expect_reference(call, arrays)) << "round " << round;
  }
}

/// Rows of `width` at `rows` positions of a table with `height` rows.
void row_scatter(Cases& cases, Dtype dtype, std::int64_t height, std::int64_t rows, std::int64_t width,
                 Combiner combiner, Primitive& call, std::vector<Array>& arrays) {
  call = update_call("scatter", combiner);
  call.axes.push_back(-1);
  Extents shape{height}, updates{rows};
  if (width > 0) {
    call.axes.push_back(1);
    shape.push_back(width);
    updates.push_back(width);
  }
  arrays.clear();
  arrays.push_back(lay_out(cases.values(shape, dtype), Layout::row_major));
  Array index = lay_out(cases.indices({rows}, int32, height), Layout::row_major);
  if (width > 0) {
    index.window.shape.push_back(width);
    index.window.strides.push_back(0);
  }
  arrays.push_back(std::move(index));
  arrays.push_back(lay_out(cases.values(updates, dtype), Layout::row_major));
}

TEST(scatter, equal_bits_for_all_numbers_of_threads) {
  Cases cases(5);
  Primitive call;
  std::vector<Array> arrays;
  const int before = runtime::thread_count();
  for (Dtype dtype : {float32, bfloat16, int8}) {
    for (Combiner combiner : {Combiner::set, Combiner::add, Combiner::max}) {
      for (const Extents& sizes : {Extents{1000, 200000, 0}, {300, 2000, 96}, {50, 30000, 8}, {2, 200000, 1}}) {
        row_scatter(cases, dtype, sizes[0], sizes[1], sizes[2], combiner, call, arrays);
        runtime::set_thread_count(1);
        const std::vector<Literal> alone = run(call, arrays, true);
        for (int threads : {2, 3, 8}) {
          runtime::set_thread_count(threads);
          ASSERT_EQ(run(call, arrays, threads == 2), alone) << threads << " threads, " << sizes[2] << " wide";
        }
      }
    }
  }
  runtime::set_thread_count(before);
}

TEST(slice_update, equal_bits_for_all_numbers_of_threads) {
  Cases cases(6);
  const int before = runtime::thread_count();
  for (Layout layout : {Layout::row_major, Layout::transposed, Layout::broadcast}) {
    Primitive call = update_call("slice_update", Combiner::add);
    call.dims = {3, 5};
    call.axes = {1, 2};
    std::vector<Array> arrays;
    arrays.push_back(lay_out(cases.values({400, 700}, float32), layout));
    arrays.push_back(lay_out(cases.values({390, 340}, float32), layout));
    runtime::set_thread_count(1);
    const std::vector<Literal> alone = run(call, arrays, false);
    for (int threads : {2, 8}) {
      runtime::set_thread_count(threads);
      ASSERT_EQ(run(call, arrays, threads == 2), alone);
    }
    ASSERT_NO_FATAL_FAILURE(expect_reference(call, arrays));
  }
  runtime::set_thread_count(before);
}

TEST(slice_update, reads_an_overlapping_update_first) {
  std::vector<float> memory{0, 1, 2, 3, 4, 5, 6, 7};
  Operand x{memory.data(), float32, {8}, {1}}, shifted = x;
  shifted.shape = {7};
  Primitive call = update_call("slice_update", Combiner::set);
  call.dims = {1};
  call.axes = {1};
  const std::array<Operand, 3> forward = {x, shifted, x};
  find_function("slice_update").run(call, forward);
  EXPECT_EQ(memory, (std::vector<float>{0, 0, 1, 2, 3, 4, 5, 6}));
  Operand reversed = x;
  reversed.data = memory.data() + 7;
  reversed.strides = {-1};
  call.dims = {0};
  const std::array<Operand, 3> backwards = {x, reversed, x};
  find_function("slice_update").run(call, backwards);
  EXPECT_EQ(memory, (std::vector<float>{6, 5, 4, 3, 2, 1, 0, 0}));
}

TEST(scatter, reads_overlapping_updates_and_indices_first) {
  std::vector<std::int32_t> memory{3, 1, 0, 2};
  const Operand x{memory.data(), int32, {4}, {1}};
  Primitive call = update_call("scatter", Combiner::set);
  call.axes = {-1};
  const std::array<Operand, 4> operands = {x, x, x, x};  // inverts the permutation squared: x[x] = x
  find_function("scatter").run(call, operands);
  EXPECT_EQ(memory, (std::vector<std::int32_t>{0, 1, 2, 3}));
}

template <class E>
std::string message_of(const Primitive& call, std::vector<ArrayType> types) {
  IntExprTable table;
  try {
    graph::find_library_op(call.text).infer(call, types, table);
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(updates, wrong_operands_are_refused) {
  Primitive slice = update_call("slice_update_max", Combiner::set);
  slice.text = "slice_update_max";
  slice.dims = {2};
  slice.axes = {1};
  EXPECT_EQ(message_of<TypeError>(slice, {{{4}, float32}, {{2}, int32}}),
            "[slice_update_max] The updates have dtype int32, the array has float32; they must be converted first.");
  EXPECT_EQ(message_of<ValueError>(slice, {{{4}, float32}, {{5}, float32}}),
            "[slice_update_max] An update of shape (5,) does not fit into an array of shape (4,).");
  EXPECT_EQ(message_of<IndexError>(slice, {{{4}, float32}, {{3}, float32}}),
            "[slice_update_max] Elements 2 to 4 of axis 0 are outside of shape (4,).");
  Primitive into = update_call("scatter", Combiner::add);
  into.axes = {-1};
  EXPECT_EQ(message_of<TypeError>(into, {{{4}, float32}, {{5}, float32}, {{5}, float32}}),
            "[scatter_add] Indices have dtype float32; an integer dtype is required.");
  EXPECT_EQ(message_of<ValueError>(into, {{{4}, float32}, {{3}, int32}, {{5}, float32}}),
            "[scatter_add] Indices of shape (3,) must be broadcast to the updates' shape (5,) first.");
  EXPECT_EQ(message_of<ValueError>(into, {{{0}, float32}, {{5}, int32}, {{5}, float32}}),
            "[scatter_add] Updates of shape (5,) do not fit into axis 0 of an array of shape (0,).");
}

}  // namespace
}  // namespace cermet::library
