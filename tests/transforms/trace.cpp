// Traces: what is recorded, what handles show meanwhile, and that nothing of it stays behind.
#include "transforms/trace.h"

#include <gmock/gmock.h>

#include <thread>

#include "array/values.h"

namespace cermet {
namespace {

using test::message_of;
using testing::HasSubstr;

const ArrayType pair_of_floats{Shape{2}, float32};

std::size_t count(const Trace& trace, PrimitiveKind kind) {
  std::size_t n = 0;
  for (const auto& node : const_cast<Trace&>(trace).graph().nodes) n += node.primitive.kind == kind ? 1 : 0;
  return n;
}

TEST(Traces, RecordInsteadOfBuildingNodes) {
  Trace trace("f");
  const array x = trace.input(pair_of_floats);
  const array y = x * 2 + 1;
  EXPECT_TRUE(y.is_traced());
  EXPECT_EQ(y.shape(), (Shape{2}));
  EXPECT_EQ(y.dtype(), float32);
  EXPECT_EQ(count(trace, PrimitiveKind::elementwise), 2U);
  EXPECT_EQ(count(trace, PrimitiveKind::constant), 2U);
  EXPECT_EQ((x * 2 + 1).node()->traced, y.node()->traced) << "equal expressions are one node";
}

TEST(Traces, InlineComposites) {
  Trace trace("f");
  const array x = trace.input({Shape{4, 8}, float32});
  EXPECT_EQ(softmax(x, -1).shape(), (Shape{4, 8}));
  EXPECT_EQ(count(trace, PrimitiveKind::composite), 0U);
  EXPECT_EQ(count(trace, PrimitiveKind::reduce), 2U);
  EXPECT_THROW(softmax(x, 2), IndexError);
}

TEST(Traces, CaptureConcreteArraysOnce) {
  const array weight({1.0F, 2.0F}), scalar(3.0F);
  Trace trace("f");
  const array x = trace.input(pair_of_floats);
  const array y = x * weight + weight * scalar;
  ASSERT_EQ(trace.captures().size(), 1U) << "arrays made from scalars are literals";
  EXPECT_EQ(trace.captures()[0].node, weight.node());
  const array z = weight + weight;
  EXPECT_TRUE(z.is_traced()) << "also ops on concrete arrays alone are recorded";
  EXPECT_EQ(trace.captures().size(), 1U);
}

TEST(Traces, ShowTracedArraysWithoutTheirValue) {
  Trace trace("f");
  const array x = trace.input({Shape{2, 3}, float32});
  EXPECT_EQ(to_string(x), "array(traced, shape=(2, 3), dtype=float32)");
}

TEST(Traces, RefuseToReadValues) {
  Trace trace("gelu");
  array x = trace.input(pair_of_floats);
  const std::string message = message_of<TraceError>([&] { sum(x).item<float>(); });
  EXPECT_THAT(message, HasSubstr("item"));
  EXPECT_THAT(message, HasSubstr("gelu"));
  EXPECT_THAT(message, HasSubstr("mx.where"));
  EXPECT_THAT(message, HasSubstr("mx.disable_compile"));
  EXPECT_THROW(x.eval(), TraceError);
  EXPECT_THROW(eval(x), TraceError);
  EXPECT_THROW(x.data<float>(), TraceError);
}

TEST(Traces, ReadCapturedValues) {
  const array known({1.0F, 2.0F});
  Trace trace("f");
  const array copy = known;
  EXPECT_TRUE(copy.is_traced());
  std::vector<float> out(2);
  copy.copy_to(out.data());
  EXPECT_EQ(out, (std::vector<float>{1, 2}));
}

TEST(Traces, NeverWriteHandlesFromBefore) {
  array state({1.0F, 2.0F});
  const exec::NodeRef before = state.node();
  {
    Trace trace("f");
    const array x = trace.input(pair_of_floats);
    state = state + x;
    EXPECT_TRUE(state.is_traced());
    EXPECT_EQ(state.shape(), (Shape{2}));
    state += 1;
    EXPECT_EQ(trace.written_handles(), (std::vector<array*>{&state}));
    std::thread([&] { EXPECT_FALSE(state.is_traced()) << "other threads see the value from before"; }).join();
  }
  EXPECT_FALSE(state.is_traced());
  EXPECT_EQ(state.node(), before);
}

TEST(Traces, WriteTheirOwnHandlesDirectly) {
  const array outside({1.0F, 2.0F});
  Trace trace("f");
  array mine = outside;
  mine = mine + 1;
  std::vector<array> many(3, mine);
  for (array& x : many) x *= 2;
  many.push_back(array({5.0F}));
  many.back() = mine;
  EXPECT_TRUE(trace.written_handles().empty());
}

TEST(Traces, StateIsAnInputAndAnOutput) {
  array state(1);
  Trace trace("f");
  trace.use_state(&state);
  state += 1;
  state += 1;
  trace.stop();
  ASSERT_EQ(trace.states().size(), 1U);
  EXPECT_EQ(trace.states()[0].handle, &state);
  EXPECT_NE(trace.states()[0].final->traced, trace.states()[0].initial);
  EXPECT_TRUE(trace.written_handles().empty());
  EXPECT_FALSE(state.is_traced());
}

TEST(Traces, DrawingUsesTheRandomState) {
  random::seed(3);
  const exec::NodeRef before = random::state().node();
  {
    Trace trace("f");
    random::uniform({2});
    random::uniform({2});
    EXPECT_EQ(trace.states().size(), 1U);
    EXPECT_TRUE(trace.captures().empty());
  }
  EXPECT_EQ(random::state().node(), before);
}

TEST(Traces, ArraysThatOutliveTheirTraceAreRefused) {
  std::vector<array> leaked;
  {
    Trace trace("f");
    leaked.push_back(trace.input(pair_of_floats));
  }
  EXPECT_EQ(to_string(leaked[0]), "array(traced, shape=(2,), dtype=float32)");
  EXPECT_THAT(message_of<TraceError>([&] { leaked[0] + 1; }), HasSubstr("outside the trace"));
  EXPECT_THROW(leaked[0].eval(), TraceError);
  Trace other("g");
  EXPECT_THROW(leaked[0] + 1, TraceError);
}

TEST(Traces, ArraysOfAnotherThreadsTraceAreRefused) {
  Trace trace("f");
  const array x = trace.input(pair_of_floats);
  const exec::NodeRef node = x.node();
  std::thread([node] {
    EXPECT_FALSE(is_tracing());
    EXPECT_THROW(array(node) + 1, TraceError);
    EXPECT_EQ((array(1) + 1).item<int>(), 2);
  }).join();
}

TEST(Traces, NestAndCaptureWhatTheOuterOneMade) {
  Trace outer("f");
  const array x = outer.input(pair_of_floats);
  const array doubled = x * 2;
  {
    Trace inner("g");
    const array y = inner.input(pair_of_floats) + doubled;
    EXPECT_EQ(y.node()->trace_id, inner.id());
    ASSERT_EQ(inner.captures().size(), 1U);
    EXPECT_EQ(inner.captures()[0].node, doubled.node());
  }
  EXPECT_EQ((doubled + 1).node()->trace_id, outer.id());
}

std::string fake_source() { return "model.py:12 in gelu"; }

TEST(Traces, NodesAndErrorsKnowTheUsersLine) {
  set_source_hook(fake_source);
  {
    Trace trace("gelu");
    const array x = trace.input(pair_of_floats);
    const array y = x + 1;
    const auto& node = trace.graph().nodes[static_cast<std::size_t>(y.node()->traced)];
    EXPECT_EQ(trace.graph().sources[node.source], "model.py:12 in gelu");
    EXPECT_THAT(message_of<TraceError>([&] { sum(x).item(); }), HasSubstr("model.py:12 in gelu"));
  }
  set_source_hook(nullptr);
}

}  // namespace
}  // namespace cermet
