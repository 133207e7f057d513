// The tables as a whole: names, aliases, docs and dtype rules.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/error.h"
#include "ops/row.h"

namespace cermet::testing {
namespace {

std::vector<Op> all_ops() {
  std::vector<Op> result;
  for (int i = 0; i < op_count; ++i) result.push_back(static_cast<Op>(i));
  return result;
}

TEST(Table, NamesAndAliasesAreUniqueAndFindTheirOp) {
  std::set<std::string> seen;
  for (const Op op : all_ops()) {
    std::string names = std::string(name(op)) + " " + std::string(row(op).aliases);
    for (std::size_t at = 0; at < names.size();) {
      const std::size_t end = std::min(names.find(' ', at), names.size());
      const std::string one = names.substr(at, end - at);
      if (!one.empty()) {
        EXPECT_TRUE(seen.insert(one).second) << one;
        EXPECT_EQ(find_op(one), op) << one;
      }
      at = end + 1;
    }
  }
  EXPECT_GE(seen.size(), 80U);
  EXPECT_EQ(find_op("nonsense"), std::nullopt);
  EXPECT_EQ(find_op(""), std::nullopt);
  EXPECT_EQ(find_op("acosh"), Op::arccosh);
}

TEST(Table, DocsAreSentencesAndStayInsideLines) {
  for (const Op op : all_ops()) {
    const std::string doc(row(op).doc);
    EXPECT_TRUE(doc.ends_with('.')) << name(op);
    EXPECT_TRUE(std::isupper(doc[0]) != 0 || doc.starts_with("a *") || doc.starts_with("log(") ||
                doc.starts_with("exp("))
        << name(op) << ": " << doc;
    EXPECT_EQ(doc.find("  "), std::string::npos) << name(op) << ": two blanks, a literal is broken badly";
  }
}

/// Every op is core, or has an expansion, and claims an error bound only with one.
TEST(Table, CoreOpsAreTheDocumentedOnes) {
  std::set<std::string> core;
  for (const Op op : all_ops()) {
    if (row(op).expand == nullptr) core.insert(std::string(name(op)));
  }
  const std::set<std::string> documented{"abs",        "add",         "subtract",       "multiply",    "divide",
                                         "negative",   "sqrt",        "floor",          "ceil",        "round",
                                         "trunc",      "minimum",     "maximum",        "where",       "equal",
                                         "not_equal",  "less",        "less_equal",     "greater",     "greater_equal",
                                         "quotient",   "logical_and", "logical_or",     "logical_not", "bitwise_and",
                                         "bitwise_or", "bitwise_xor", "bitwise_invert", "left_shift",  "right_shift"};
  EXPECT_EQ(core, documented);
}

struct DtypeCase {
  Op op;
  Dtype in, operand, result;
};

TEST(Table, DtypeRules) {
  const DtypeCase cases[] = {
      {Op::add, bool_, bool_, bool_},
      {Op::add, uint8, uint8, uint8},
      {Op::divide, int32, float32, float32},
      {Op::divide, bool_, float32, float32},
      {Op::divide, float16, float16, float16},
      {Op::exp, int64, float32, float32},
      {Op::exp, complex64, complex64, complex64},
      {Op::erf, bfloat16, bfloat16, bfloat16},
      {Op::floor, int8, int8, int8},
      {Op::negative, int16, int16, int16},
      {Op::abs, complex64, complex64, float32},
      {Op::abs, uint32, uint32, uint32},
      {Op::less, float64, float64, bool_},
      {Op::isnan, int32, int32, bool_},
      {Op::logical_and, float32, bool_, bool_},
      {Op::bitwise_and, bool_, bool_, bool_},
      {Op::left_shift, bool_, uint8, uint8},
      {Op::left_shift, int64, int64, int64},
      {Op::imag, complex64, complex64, float32},
      {Op::imag, float16, float16, float16},
      {Op::conjugate, complex64, complex64, complex64},
      {Op::where, int8, int8, int8},
      {Op::maximum, complex64, complex64, complex64},
      {Op::power, int32, int32, int32},
  };
  for (const DtypeCase& c : cases) {
    EXPECT_EQ(operand_dtype(c.op, c.in), c.operand) << name(c.op) << " of " << name(c.in);
    EXPECT_EQ(result_dtype(c.op, c.operand), c.result) << name(c.op) << " of " << name(c.in);
  }
}

void expect_refusal(Op op, Dtype t, std::string_view message) {
  try {
    operand_dtype(op, t);
    FAIL() << name(op) << " took " << name(t);
  } catch (const TypeError& e) {
    EXPECT_EQ(std::string_view(e.what()), message);
  }
}

TEST(Table, RefusalsNameTheOpAndTheDtype) {
  expect_refusal(Op::negative, bool_, "[negative] takes numbers (for bool use logical_not), not bool.");
  expect_refusal(Op::bitwise_or, float32, "[bitwise_or] takes integers and bool, not float32.");
  expect_refusal(Op::right_shift, complex64, "[right_shift] takes integers and bool, not complex64.");
  expect_refusal(Op::erf, complex64, "[erf] takes real numbers, not complex64.");
  expect_refusal(Op::floor, complex64, "[floor] takes real numbers, not complex64.");
  expect_refusal(Op::remainder, complex64, "[remainder] takes real numbers, not complex64.");
}

/// What the rules allow, evaluate can do: one application for every op and dtype.
TEST(Table, EveryAcceptedDtypeEvaluates) {
  int applications = 0;
  for (const Op op : all_ops()) {
    for (int v = 0; v < dtype_count; ++v) {
      Dtype t(static_cast<Dtype::Val>(v));
      try {
        t = operand_dtype(op, t);
      } catch (const TypeError&) {
        continue;
      }
      if (row(op).internal && is_complex(t)) continue;
      std::vector<Literal> args(row(op).arity, Literal::of(t, 1));
      if (op == Op::where) args[0] = Literal::of(bool_, 1);
      EXPECT_EQ(evaluate(op, args).dtype, result_dtype(op, t)) << name(op) << " of " << name(t);
      ++applications;
    }
  }
  EXPECT_GT(applications, 700);
}

}  // namespace
}  // namespace cermet::testing
