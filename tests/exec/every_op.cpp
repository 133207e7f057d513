// Every element-wise op on every dtype it takes, as machine code of the host, against the exact semantics of its row.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/error.h"
#include "exec/kernel_table.h"
#include "kernel/builder.h"
#include "target/target.h"

namespace cermet::testing {
namespace {

constexpr int elements = 1003;  // full vectors and a tail

/// One operand: special values, the row's domain, small and arbitrary integers.
std::vector<Literal> sample(const Row& r, Dtype t, std::mt19937_64& random) {
  const double low = std::isfinite(r.domain.low) ? r.domain.low : -4;
  const double high = std::isfinite(r.domain.high) ? r.domain.high : 4;
  const double special[] = {0.0, -0.0, HUGE_VAL, -HUGE_VAL, std::nan(""), 1, -1};
  const auto unit = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  std::vector<Literal> result;
  for (int i = 0; i < elements; ++i) {
    if (is_complex(t)) {
      result.push_back(Literal::of_complex(t, {6 * unit() - 3, 6 * unit() - 3}));
    } else if (is_floating(t)) {
      result.push_back(Literal::of(t, i % 17 == 0 ? special[random() % 7] : low + (high - low) * unit()));
    } else {
      const std::uint64_t any = random();
      result.push_back(
          Literal::of_integer(t, i % 3 == 0 ? static_cast<std::int64_t>(any) : static_cast<std::int64_t>(any % 7) - 3));
    }
  }
  return result;
}

kernel::Kernel one_op(Op op, Dtype t) {
  kernel::Kernel result;
  result.name = name(op);
  kernel::Builder builder(result);
  std::vector<kernel::BufferId> inputs;
  for (int i = 0; i < row(op).arity; ++i) {
    const Dtype dtype = op == Op::where && i == 0 ? bool_ : t;
    inputs.push_back(builder.add_buffer(fmt::format("x{}", i), dtype, kernel::BufferRole::input));
  }
  const kernel::BufferId output = builder.add_buffer("out", result_dtype(op, t), kernel::BufferRole::output);
  builder.loop(kernel::LoopKind::parallel, "i", elements, [&](IntExpr i) {
    std::vector<kernel::Value> args;
    for (const kernel::BufferId input : inputs) args.push_back(builder.load(input, i));
    builder.store(output, i, builder.call(op, args));
  });
  return result;
}

std::vector<Literal> run(Op op, Dtype t, const std::vector<std::vector<Literal>>& operands) {
  const auto compiled = exec::compile_kernel(one_op(op, t), host_target());
  std::vector<std::vector<unsigned char>> memory;
  for (const std::vector<Literal>& operand : operands) {
    const std::size_t size = operand[0].dtype.size();
    std::vector<unsigned char>& bytes = memory.emplace_back(operand.size() * size);
    for (std::size_t i = 0; i < operand.size(); ++i) operand[i].store(&bytes[i * size]);
  }
  const Dtype to = result_dtype(op, t);
  memory.emplace_back(static_cast<std::size_t>(elements) * to.size());
  std::vector<void*> buffers;
  for (std::vector<unsigned char>& bytes : memory) buffers.push_back(bytes.data());
  compiled->code->entry(buffers.data(), nullptr, 0, compiled->grid.value());
  std::vector<Literal> result;
  for (std::size_t i = 0; i < elements; ++i) result.push_back(Literal::load(to, &memory.back()[i * to.size()]));
  return result;
}

/// Error in units of the bound that holds for this row and dtype; 0 for equal bits.
double error_over_bound(Op op, std::span<const Literal> args, Literal want, Literal got) {
  if (want == got) return 0;
  if (is_complex(args[0].dtype)) {
    // Parts cancel: the error is relative to the whole number; near log1p(0) to the argument.
    const double scale = std::abs(want.as_complex()) * (op == Op::power ? 10 : 1) + (op == Op::log1p ? 0.3 : 0);
    return std::abs(want.as_complex() - got.as_complex()) / (4e-6 * scale + 1e-30);
  }
  const Dtype t = want.dtype;
  if (!is_floating(t)) return HUGE_VAL;
  const double w = want.as_double(), g = got.as_double();
  if (w == g || (std::isnan(w) && std::isnan(g))) return 0;
  const double epsilon = t == float64 ? 0x1p-52 : t == float32 ? 0x1p-23 : t == float16 ? 0x1p-10 : 0x1p-7;
  double scale = std::max(std::fabs(w), t == float16 ? 0x1p-14 : 0x1p-126);
  if (op == Op::logaddexp) scale = std::max({scale, std::fabs(args[0].as_double()), std::fabs(args[1].as_double())});
  const double ulps = std::fabs(w - g) / (scale * epsilon);
  // Halves round a float32 result once more; float64 has libm's own error in the reference.
  return std::isnan(ulps) ? HUGE_VAL : ulps / (is_half(t) ? 1.01 : row(op).ulp + 0.51);
}

class EveryOp : public ::testing::TestWithParam<Op> {};

TEST_P(EveryOp, OnEveryDtypeIsWithinItsBound) {
  const Op op = GetParam();
  int kernels = 0;
  for (int v = 0; v < dtype_count; ++v) {
    const Dtype t(static_cast<Dtype::Val>(v));
    try {
      if (operand_dtype(op, t) != t) continue;
    } catch (const TypeError&) {
      continue;
    }
    std::mt19937_64 random(static_cast<unsigned>(v) + 100);
    std::vector<std::vector<Literal>> operands;
    for (int i = 0; i < row(op).arity; ++i)
      operands.push_back(sample(row(op), op == Op::where && i == 0 ? bool_ : t, random));
    const std::vector<Literal> results = run(op, t, operands);
    ++kernels;
    for (std::size_t i = 0; i < results.size(); ++i) {
      std::vector<Literal> args;
      for (const std::vector<Literal>& operand : operands) args.push_back(operand[i]);
      const Literal want = evaluate(op, args);
      ASSERT_LE(error_over_bound(op, args, want, results[i]), 1)
          << fmt::format("{} of {}: ({}, {}) gives {}, want {}", name(op), name(t), args[0].print(),
                         args.back().print(), results[i].print(), want.print());
    }
  }
  EXPECT_GE(kernels, 1);
}

std::vector<Op> public_ops() {
  std::vector<Op> result;
  for (int i = 0; i < op_count; ++i) {
    if (!row(static_cast<Op>(i)).internal) result.push_back(static_cast<Op>(i));
  }
  return result;
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOp, ::testing::ValuesIn(public_ops()),
                         [](const auto& info) { return std::string(name(info.param)); });

}  // namespace
}  // namespace cermet::testing
