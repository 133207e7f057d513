// The text form: what print writes, parse reads back to the same text, facts and results; other text is refused.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "examples.h"
#include "kernel/kernel.h"
#include "random_kernel.h"

namespace cermet::kernel {
namespace {

class TextExample : public testing::TestWithParam<examples::Example> {};

TEST_P(TextExample, RoundTripsExactly) {
  const Kernel kernel = parse(GetParam().text);
  EXPECT_EQ(print(kernel), GetParam().text);
  EXPECT_EQ(print(parse(print(kernel))), GetParam().text);
}

TEST_P(TextExample, IsValid) {
  const Kernel kernel = parse(GetParam().text);
  EXPECT_NO_THROW(verify(kernel, GetParam().mapped ? Stage::mapped : Stage::built));
}

INSTANTIATE_TEST_SUITE_P(All, TextExample, testing::ValuesIn(examples::all),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Text, ParsesFacts) {
  const Kernel kernel = parse(examples::vectors);
  const IntExprTable& integers = kernel.integers;
  const Symbol& j = integers.symbol(*integers.find_symbol("j"));
  EXPECT_EQ(j.range, (IntRange{0, 1023}));
  EXPECT_EQ(j.multiple_of, 2);
  const Symbol& i = integers.symbol(*integers.find_symbol("i"));
  EXPECT_EQ(i.range.low, 0);
  EXPECT_EQ(integers.print(i.upper), "min(p0, 256*t + 256)");
  EXPECT_EQ(i.multiple_of, 1) << "facts of a lane symbol hold for symbol + lane";
  const Symbol p0 = parse(examples::elementwise).integers.symbol(0);
  EXPECT_EQ(p0.range.low, 2);
  EXPECT_EQ(p0.range.high, IntRange::unbounded_high);
  EXPECT_EQ(p0.hint, 4096);
}

TEST(Text, ParsesBuffersAndLiterals) {
  const Kernel kernel = parse(examples::vectors);
  EXPECT_EQ(kernel.buffers[0].alignment, 64);
  EXPECT_EQ(kernel.buffers[2].role, BufferRole::output);
  EXPECT_EQ(parse(examples::elementwise).buffers[1].may_alias, 0);
  const auto gather = std::find_if(kernel.instructions.begin(), kernel.instructions.end(),
                                   [](const Instruction& in) { return in.access == Access::gather; });
  ASSERT_NE(gather, kernel.instructions.end());
  EXPECT_EQ(gather->literal.bits, 0x7fc00001U);
  const Kernel softmax = parse(examples::softmax);
  EXPECT_EQ(softmax.buffers[2].role, BufferRole::scratch);
  EXPECT_EQ(softmax.buffers[2].size.value(), 1000);
}

TEST(Text, PrintsFactsThatBoundsDoNotImply) {
  Kernel kernel = parse(examples::column_sum);
  kernel.integers.refine(*kernel.integers.find_symbol("c"), {0, 99}, 2);
  const std::string text = print(kernel);
  EXPECT_NE(text.find("parallel c in [0, columns) [0, 99] multiple 2 {"), std::string::npos) << text;
  EXPECT_EQ(print(parse(text)), text);
}

TEST(Text, NumbersValuesInTextualOrder) {
  const Kernel kernel = parse(
      "kernel k(b0: f32 in, b1: f32 out) { %x: f32 = load b0[0] ; a comment\n"
      "  %unused: f32 = negative %x  store b1[0] = %x }");
  EXPECT_EQ(print(kernel),
            "kernel k(b0: f32 in, b1: f32 out) {\n  %0: f32 = load b0[0]\n  %1: f32 = negative %0\n"
            "  store b1[0] = %0\n}\n");
}

TEST(Text, RandomKernelsRoundTrip) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    const Kernel kernel = RandomKernel(seed, seed % 2 == 1).make();
    ASSERT_NO_THROW(verify(kernel, seed % 2 == 1 ? Stage::mapped : Stage::built)) << print(kernel);
    const std::string text = print(kernel);
    const Kernel again = parse(text);
    ASSERT_EQ(print(again), text) << "seed " << seed;
    ASSERT_EQ(run_random_kernel(again, 3, 20), run_random_kernel(kernel, 3, 20)) << text;
  }
}

struct BadText {
  std::string_view name, text, message;
};

class TextRefusal : public testing::TestWithParam<BadText> {};

TEST_P(TextRefusal, NamesLineAndProblem) {
  try {
    parse(GetParam().text);
    FAIL() << "parsed";
  } catch (const ValueError& error) {
    EXPECT_NE(std::string(error.what()).find(GetParam().message), std::string::npos) << error.what();
  }
}

constexpr BadText bad_texts[] = {
    {"empty", "", "line 1: expected \"kernel\""},
    {"no_body", "kernel k()", "expected '{'"},
    {"open_region", "kernel k() {\n", "line 2: expected a name"},
    {"trailing", "kernel k() { }\n}", "line 2: unexpected text after the kernel"},
    {"unknown_op", "kernel k() {\n  %0: f32 = frobnicate\n}", "line 2: frobnicate is no instruction"},
    {"unknown_word", "kernel k() {\n  jump\n}", "jump is no instruction"},
    {"unknown_reduction", "kernel k() {\n %0 = reduce avg chunked i in [0, 3) {\n } }", "avg is no reduction"},
    {"unknown_value", "kernel k() {\n\n  %0: f32 = negative %7\n}", "line 3: %7 is not defined before"},
    {"twice", "kernel k() {\n  %0: f32 = literal 1\n  %0: f32 = literal 2\n}", "%0 is defined twice"},
    {"unknown_buffer", "kernel k() {\n  prefetch b9[0]\n}", "there is no buffer b9"},
    {"unknown_symbol", "kernel k(b0: f32 in) {\n  prefetch b0[q]\n}", "unknown name \"q\""},
    {"taken_symbol", "kernel k(p: i64, p: i64) { }", "the name p is taken"},
    {"bad_type", "kernel k(b0: f99 in) { }", "f99"},
    {"bad_literal", "kernel k() {\n  %0: f32 = literal one\n}", "one"},
    {"open_index", "kernel k(b0: f32 in) {\n  prefetch b0[0\n}", "expected ']'"},
    {"bad_range", "kernel k(p: i64 [0, 4)) { }", "expected ']'"},
};

INSTANTIATE_TEST_SUITE_P(All, TextRefusal, testing::ValuesIn(bad_texts),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(TextRefusal, DamagedTextIsRefusedOrVerified) {
  std::mt19937 random(7);
  int parsed = 0, refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string text(examples::all[random() % std::size(examples::all)].text);
    for (auto damage = 1 + random() % 3; damage > 0; --damage) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text.erase(at, 1 + random() % 4);
          break;
        case 1:
          text.insert(at, text.substr(random() % text.size(), random() % 9));
          break;
        default:
          text[at] = "0123456789abfilpx%[](){},.:=<*+-/ \n"[random() % 36];
      }
    }
    try {
      const Kernel kernel = parse(text);
      ++parsed;
      print(kernel);
      verify(kernel, Stage::built);
    } catch (const Error&) {  // anything else, a crash above all, fails the test
      ++refused;
    }
  }
  EXPECT_GT(parsed, 100);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace cermet::kernel
