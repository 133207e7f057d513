// Library calls in evaluation and in programs: values, what changes in place and what must not, errors at run time.
#include "graph/ops/updates.h"
#include "library/library.h"
#include "programs.h"

namespace cermet::exec::testing {
namespace {

using graph::Value;

Primitive library_primitive(std::string name, std::vector<std::int64_t> dims, std::vector<std::int64_t> axes) {
  Primitive p;
  p.kind = PrimitiveKind::library;
  p.text = std::move(name);
  for (std::int64_t d : dims) p.dims.push_back(d);
  p.axes.assign(axes.begin(), axes.end());
  return p;
}

NodeRef numbers(std::vector<std::int64_t> shape) {
  std::int64_t n = 1;
  for (std::int64_t d : shape) n *= d;
  std::vector<float> values(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  return leaf(floats(std::move(shape), values));
}

/// x[start : start + n] = update along the only axis.
NodeRef put(const NodeRef& x, std::int64_t start, const NodeRef& update) {
  return make(PrimitiveKind::library, {x, update}, library_primitive("slice_update", {start}, {1}));
}

NodeRef window(const NodeRef& x, std::int64_t start, std::int64_t extent, std::int64_t step = 1) {
  Primitive p;
  p.dims = {start, extent};
  p.axes = {step};
  return make(PrimitiveKind::slice, {x}, p);
}

NodeRef filled(std::int64_t n, float value) { return leaf(floats({n}, std::vector<float>(std::size_t(n), value))); }

const void* memory_of(const NodeRef& x) { return x->data.buffer->data(); }

TEST(LibraryCalls, UncompiledUpdatesChangeWhatNobodyHolds) {
  NodeRef x = numbers({1000});
  const void* const memory = memory_of(x);
  for (int i = 0; i < 10; ++i) {
    x = put(x, i, filled(1, -1));
    evaluated(x);
    EXPECT_EQ(memory_of(x), memory);
  }
  const std::uint64_t before = library_calls_made();
  for (int i = 0; i < 1000; ++i) x = put(x, i, filled(1, 7));
  evaluated(x);
  EXPECT_EQ(memory_of(x), memory);
  EXPECT_EQ(library_calls_made(), before + 1000);
  EXPECT_EQ(values_of(x->data), std::vector<float>(1000, 7));
}

TEST(LibraryCalls, UncompiledUpdatesLeaveWhatIsHeld) {
  const NodeRef x = numbers({4});
  const NodeRef y = put(x, 1, filled(1, 9));
  EXPECT_EQ(values_of(evaluated(y)), (std::vector<float>{0, 9, 2, 3}));
  EXPECT_EQ(values_of(x->data), (std::vector<float>{0, 1, 2, 3}));

  NodeRef held = numbers({4});
  const NodeRef view = window(held, 0, 2);
  evaluated(view);
  held = put(held, 0, filled(2, 5));
  EXPECT_EQ(values_of(evaluated(held)), (std::vector<float>{5, 5, 2, 3}));
  EXPECT_EQ(values_of(view->data), (std::vector<float>{0, 1}));

  held = numbers({4});
  const NodeRef pending = window(held, 0, 2);
  held = put(held, 0, filled(2, 5));
  evaluated(held);
  EXPECT_EQ(values_of(evaluated(pending)), (std::vector<float>{0, 1}));

  held = numbers({4});
  held->data.buffer->mark_shared();
  const runtime::BufferRef outside = held->data.buffer;
  held = put(held, 0, filled(4, 5));
  evaluated(held);
  EXPECT_EQ(static_cast<const float*>(outside->data())[3], 3);
}

TEST(LibraryCalls, PeakMemoryOfManyUpdatesIsOneArray) {
  constexpr std::int64_t n = 1 << 20;
  NodeRef x = numbers({n});
  for (int i = 0; i < 1000; ++i) x = put(x, 1000 * i, filled(4, 1));
  runtime::reset_peak_memory();
  const std::size_t before = runtime::active_memory();
  evaluated(x);
  EXPECT_LT(runtime::peak_memory(), before + 4096);
}

TEST(LibraryCalls, AnUpdateMayBeAWindowOnTheSameArray) {
  NodeRef x = numbers({6});
  const void* const memory = memory_of(x);
  x = put(x, 1, window(x, 0, 5));  // x[1:] = x[:-1]
  EXPECT_EQ(values_of(evaluated(x)), (std::vector<float>{0, 0, 1, 2, 3, 4}));
  EXPECT_EQ(memory_of(x), memory);
  x = put(x, 0, window(x, 5, 6, -1));  // x[:] = x[::-1]
  EXPECT_EQ(values_of(evaluated(x)), (std::vector<float>{4, 3, 2, 1, 0, 0}));
  EXPECT_EQ(memory_of(x), memory);
  const NodeRef twice = put(x, 0, x);
  x = NodeRef();
  EXPECT_EQ(values_of(evaluated(twice)), (std::vector<float>{4, 3, 2, 1, 0, 0}));
}

TEST(LibraryCalls, StridedOperandsAndEmptyOnes) {
  const NodeRef x = transpose(numbers({2, 3}), {1, 0});
  const NodeRef update = broadcast_like(numbers({1}), numbers({1, 2}));
  const NodeRef y = make(PrimitiveKind::library, {x, update}, library_primitive("slice_update", {1, 0}, {1, 1}));
  EXPECT_EQ(values_of(evaluated(y)), (std::vector<float>{0, 3, 0, 0, 2, 5}));
  EXPECT_EQ(values_of(evaluated(put(numbers({3}), 0, numbers({0})))), (std::vector<float>{0, 1, 2}));
  EXPECT_EQ(evaluated(put(numbers({0}), 0, numbers({0}))).shape[0], 0);
}

TEST(LibraryCalls, StartsReadAtRunTime) {
  const NodeRef start = leaf(data_of<std::int32_t>({1}, {-2}, int32));
  const NodeRef y =
      make(PrimitiveKind::library, {numbers({5}), filled(2, 9), start}, library_primitive("slice_update", {}, {0}));
  EXPECT_EQ(values_of(evaluated(y)), (std::vector<float>{0, 1, 2, 9, 9}));
}

// ---- Programs ------------------------------------------------------------------------------------------------------

/// cache[start : start + n] = exp(update), then the sum of all of it.
TEST(LibraryCalls, ProgramsUpdateDonatedInputsInPlace) {
  Sketch s;
  const Value cache = s.input({256, 64}), update = s.input({4, 64}), start = s.input({}, int32);
  const Value next =
      s.b.add(library_primitive("slice_update", {}, {0}), std::array{cache, s.call(Op::exp, update), start});
  const auto program = plan(s.finish({next, s.reduce(Reduction::sum, next, {0, 1})}), host_target());
  EXPECT_EQ(program->statistics().library_calls, 1);
  Data memory = floats({256, 64}, std::vector<float>(256 * 64, 0));
  const void* const place = memory.buffer->data();
  for (int step = 0; step < 8; ++step) {
    const std::vector<Data> inputs = {std::move(memory), floats({4, 64}, std::vector<float>(256, 0)),
                                      data_of<std::int32_t>({}, {4 * step}, int32)};
    std::vector<Data> results = program->run(inputs, std::array{true, false, false});
    EXPECT_EQ(values_of(results[1]), std::vector<float>{256.0F * static_cast<float>(step + 1)});
    memory = std::move(results[0]);
    EXPECT_EQ(memory.buffer->data(), place);
  }
  const Data kept = floats({256, 64}, std::vector<float>(256 * 64, 0));
  program->run(std::vector{kept, floats({4, 64}, std::vector<float>(256, 0)), data_of<std::int32_t>({}, {0}, int32)});
  EXPECT_EQ(values_of(kept), std::vector<float>(256 * 64, 0));
}

TEST(LibraryCalls, ProgramsPlanUpdatesOfTheirOwnValuesInPlace) {
  Sketch s;
  const Value x = s.input({1024}), update = s.input({1});
  Value v = s.call(Op::exp, x);
  for (std::int64_t i = 0; i < 20; ++i) v = s.b.add(library_primitive("slice_update", {i}, {1}), std::array{v, update});
  const auto program = plan(s.finish({v}), host_target());
  EXPECT_EQ(program->statistics().planned_bytes, 4096);
  const std::vector<float> y =
      values_of(run_first(*program, {floats({1024}, std::vector<float>(1024, 0)), floats({1}, {5})}));
  EXPECT_EQ(y[19], 5);
  EXPECT_EQ(y[20], 1);
}

// Contiguous windows are plain copies, but where they overlap what they are made from, or are not in place.
TEST(LibraryCalls, ProgramsCopyRows) {
  Sketch s;
  const Value x = s.input({4, 3}), update = s.input({1, 3});
  const Value first = s.b.add(library_primitive("slice_update", {3, 0}, {1, 1}), std::array{x, update});
  const Value reversed = s.b.add(library_primitive("slice_update", {0, 0}, {-1, 1}), std::array{first, update});
  const Value shifted = s.b.add(library_primitive("slice_update", {1, 0}, {1, 1}),
                                std::array{reversed, s.slice(reversed, {0, 0}, {3, 3}, {1, 1})});
  const Value column = s.b.add(library_primitive("slice_update", {0, 1}, {1, 1}),
                               std::array{shifted, s.slice(update, {0, 1}, {1, 1}, {1, 1})});
  const Value inner = s.b.add(library_primitive("slice_update", {2, 1}, {1, 1}),
                              std::array{column, s.slice(update, {0, 1}, {1, 2}, {1, 1})});
  const auto program = plan(s.finish({inner}), host_target());
  const std::vector<float> expected = {7, 8, 9, 7, 8, 9, 3, 8, 9, 6, 7, 8};
  for (const bool given_up : {false, true}) {
    const std::vector<Data> inputs = {floats({4, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0}), floats({1, 3}, {7, 8, 9})};
    const std::uint64_t before = library_calls_made();
    EXPECT_EQ(values_of(program->run(inputs, std::array{given_up, false})[0]), expected);
    EXPECT_EQ(library_calls_made(), before + 5);
    if (!given_up) {
      EXPECT_EQ(values_of(inputs[0])[0], 0);
    }
  }
}

TEST(LibraryCalls, ProgramsCopyWhatIsReadLater) {
  Sketch s;
  const Value x = s.input({8}), update = s.input({2});
  const Value y = s.b.add(library_primitive("slice_update_add", {3}, {1}), std::array{x, update});
  const Value z = s.b.add(library_primitive("slice_update", {0}, {1}), std::array{y, s.slice(x, {3}, {2}, {1})});
  const auto program = plan(s.finish({y, z, s.call(Op::multiply, x, 2.0)}), host_target());
  const Data in = floats({8}, {0, 1, 2, 3, 4, 5, 6, 7});
  const std::vector<Data> results = program->run(std::vector{in, floats({2}, {10, 20})}, std::array{true, true});
  EXPECT_EQ(values_of(results[0]), (std::vector<float>{0, 1, 2, 13, 24, 5, 6, 7}));
  EXPECT_EQ(values_of(results[1]), (std::vector<float>{3, 4, 2, 13, 24, 5, 6, 7}));
  EXPECT_EQ(values_of(results[2]), (std::vector<float>{0, 2, 4, 6, 8, 10, 12, 14}));
}

TEST(LibraryCalls, ProgramsShiftDonatedInputsOntoThemselves) {
  Sketch s;
  const Value x = s.input({6});
  const Value y = s.b.add(library_primitive("slice_update", {1}, {1}), std::array{x, s.slice(x, {0}, {5}, {1})});
  const auto program = plan(s.finish({y}), host_target());
  std::vector<Data> inputs = {floats({6}, {0, 1, 2, 3, 4, 5})};
  const Data result = program->run(inputs, std::array{true})[0];
  EXPECT_EQ(values_of(result), (std::vector<float>{0, 0, 1, 2, 3, 4}));
  EXPECT_EQ(result.buffer.get(), inputs[0].buffer.get());
}

TEST(LibraryCalls, ProgramsTakeSymbolicStarts) {
  Sketch s;
  const Dim n = s.symbol("n", 8);
  const Value x = s.input({n}), update = s.input({2});
  Primitive last = library_primitive("slice_update", {}, {1});
  last.dims.push_back(s.graph.dims.add(n, -2));
  const auto program = plan(s.finish({s.b.add(last, std::array{x, update})}), host_target());
  for (std::int64_t extent : {2, 5, 300}) {
    const std::vector<float> y = values_of(
        run_first(*program, {floats({extent}, std::vector<float>(std::size_t(extent), 1)), floats({2}, {7, 8})}));
    EXPECT_EQ(y[std::size_t(extent) - 2], 7);
    EXPECT_EQ(y[std::size_t(extent) - 1], 8);
  }
}

TEST(LibraryCalls, ProgramsTakeConstantsAndSkipEmptyResults) {
  Sketch s;
  const Value x = s.input({4}), none = s.input({0});
  const Value zeros = s.b.broadcast(s.number(0), {2});
  const Value y = s.b.add(library_primitive("slice_update", {1}, {1}), std::array{x, zeros});
  const Value z = s.b.add(library_primitive("slice_update", {0}, {1}), std::array{none, none});
  const auto program = plan(s.finish({y, z}), host_target());
  const std::vector<Data> results = program->run(std::vector{floats({4}, {1, 2, 3, 4}), floats({0}, {})});
  EXPECT_EQ(values_of(results[0]), (std::vector<float>{1, 0, 0, 4}));
  EXPECT_EQ(results[1].shape[0], 0);
}

// ---- Errors at run time --------------------------------------------------------------------------------------------

TEST(LibraryCalls, AFailingCallLeavesEverythingEvaluable) {
  const NodeRef matrix = leaf(floats({2, 2}, {1, 2, 2, 4}));
  const NodeRef inverse = make(PrimitiveKind::library, {matrix}, library_primitive("linalg_inv", {}, {}));
  const NodeRef root = call(Op::exp, {inverse});
  EXPECT_THROW(evaluated(root), ValueError);
  EXPECT_THROW(evaluated(root), ValueError);
  EXPECT_FALSE(root->is_done());
  static_cast<float*>(matrix->data.buffer->data())[0] = 3;  // now there is one
  EXPECT_NEAR(values_of(evaluated(inverse))[3], 0.375, 1e-6);
  EXPECT_TRUE(evaluated(root).contiguous);
}

TEST(LibraryCalls, NothingIsDonatedBeforeACallThatMayFail) {
  Sketch s;
  const Value x = s.input({64}), matrix = s.input({2, 2});
  const Value y = s.call(Op::exp, x);
  const Value inverse = s.b.add(library_primitive("linalg_inv", {}, {}), std::array{matrix});
  const Value scaled = s.call(Op::multiply, y, s.b.broadcast(s.reduce(Reduction::sum, inverse, {0, 1}), {64}));
  const auto program = plan(s.finish({y, inverse, scaled}), host_target());
  const std::vector<Data> inputs = {floats({64}, std::vector<float>(64, 1)), floats({2, 2}, {1, 2, 2, 4})};
  EXPECT_THROW(program->run(inputs, std::array{true, true}), ValueError);
  EXPECT_EQ(values_of(inputs[0]), std::vector<float>(64, 1));
  EXPECT_EQ(values_of(inputs[1]), (std::vector<float>{1, 2, 2, 4}));
}

TEST(LibraryCalls, ACallThatFailsHalfwayIsNotRepeatedOnWhatItOverwrote) {
  constexpr std::int64_t n = 1 << 20;
  Sketch s;
  const Value x = s.input({n}), w = s.input({n});
  const Value e = s.call(Op::exp, x);
  const Value reversed =
      s.b.add(library_primitive("slice_update", {0}, {1}), std::array{w, s.slice(w, {n - 1}, {n}, {-1})});
  const auto program = plan(s.finish({e, reversed}), host_target());
  const auto outputs = [&] { return make_call(program, {numbers({n}), numbers({n})}, {}); };
  std::vector<NodeRef> fine = outputs();
  EXPECT_EQ(values_of(evaluated(fine[1]))[0], static_cast<float>(n - 1));
  fine.clear();

  std::vector<NodeRef> halfway = outputs();  // exp is in x's memory when the copy of w cannot be made
  const std::size_t limit = runtime::set_memory_limit(runtime::active_memory() + 1000);
  EXPECT_THROW(evaluated(halfway[0]), OutOfMemoryError);
  runtime::set_memory_limit(limit);
  EXPECT_EQ(graph::testing::message_of<OutOfMemoryError>([&] { evaluated(halfway[1]); }).find("cannot be repeated") !=
                std::string::npos,
            true);

  const NodeRef held = numbers({n});  // nothing was given up: it can be repeated
  std::vector<NodeRef> whole = make_call(program, {held, numbers({n})}, {});
  runtime::set_memory_limit(runtime::active_memory() + 4 * n + 1000);
  EXPECT_THROW(evaluated(whole[1]), OutOfMemoryError);
  runtime::set_memory_limit(limit);
  EXPECT_EQ(values_of(held->data)[1], 1);
}

}  // namespace
}  // namespace cermet::exec::testing
