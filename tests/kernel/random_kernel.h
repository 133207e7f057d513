// Random kernels that are valid, in bounds and run in a moment: what text, rewriting and passes must not change.
#pragma once

#include <bit>
#include <random>
#include <string>
#include <vector>

#include "kernel/builder.h"

namespace cermet::kernel {

/// Buffers b0 f32, b1 i32, b2 bf16 (inputs) and b3 f32, b4 i64 (outputs), of `random_size` elements each; parameters
/// p0 in [1, 6] and p1 in [0, 100].
inline constexpr std::int64_t random_size = 256;

class RandomKernel {
 public:
  RandomKernel(unsigned seed, bool vectors) : random_(seed), vectors_(vectors), build_(kernel_) {}

  Kernel make() {
    kernel_.name = "random";
    build_.add_buffer("b0", float32, BufferRole::input, 0, 64);
    build_.add_buffer("b1", int32, BufferRole::input);
    build_.add_buffer("b2", bfloat16, BufferRole::input);
    build_.add_buffer("b3", float32, BufferRole::output, 0, 64);
    build_.add_buffer("b4", int64, BufferRole::output);
    symbols_.push_back(build_.add_parameter("p0", {1, 6}, 4));
    symbols_.push_back(build_.add_parameter("p1", {0, 100}, 0, 2));
    build_.loop(vectors_ ? LoopKind::grid : LoopKind::parallel, "g", symbols_[0], [&](IntExpr g) {
      symbols_.push_back(g);
      statements(2);
    });
    return std::move(kernel_);
  }

 private:
  int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
  IntExprTable& integers() { return kernel_.integers; }

  IntExpr expression(int depth) {
    if (depth == 0 || pick(4) == 0) {
      return pick(3) == 0 ? IntExpr(pick(9) - 2)
                          : symbols_[static_cast<std::size_t>(pick(static_cast<int>(symbols_.size())))];
    }
    const IntExpr a = expression(depth - 1), b = expression(depth - 1);
    switch (pick(6)) {
      case 0:
        return integers().add(a, b);
      case 1:
        return integers().subtract(a, b);
      case 2:
        return integers().multiply(a, 1 + pick(20));
      case 3:
        return integers().floordiv(a, 1 + pick(7));
      case 4:
        return integers().minimum(a, b);
      default:
        return integers().mod(a, 1 + pick(30));
    }
  }
  IntExpr in_bounds() { return integers().mod(expression(3), random_size); }

  Value value(Dtype dtype) {
    std::vector<Value> fitting;
    for (const Value v : values_) {
      if (build_.dtype(v) == dtype) fitting.push_back(v);
    }
    if (fitting.empty() || pick(6) == 0) {
      return build_.literal(Literal::of(dtype, pick(7) - 3));
    }
    return fitting[static_cast<std::size_t>(pick(static_cast<int>(fitting.size())))];
  }

  void statements(int depth) {
    const std::size_t values = values_.size(), symbols = symbols_.size();
    for (int count = 3 + pick(5); count > 0; --count) {
      statement(depth);
    }
    build_.store(3, in_bounds(), value(float32));
    values_.resize(values);
    symbols_.resize(symbols);
  }

  void statement(int depth) {
    static constexpr Op real_ops[] = {Op::add, Op::multiply, Op::subtract, Op::maximum, Op::divide};
    static constexpr Op integer_ops[] = {Op::add, Op::multiply, Op::bitwise_and, Op::left_shift, Op::floor_divide};
    switch (pick(depth > 0 ? 13 : 9)) {
      case 0:
        values_.push_back(build_.load(0, in_bounds()));
        return;
      case 1:
        values_.push_back(build_.load(1, in_bounds()));
        return;
      case 2:
        values_.push_back(build_.convert(build_.load(2, in_bounds()), float32));
        return;
      case 3:
      case 4:
        values_.push_back(build_.call(real_ops[pick(5)], {value(float32), value(float32)}));
        return;
      case 5:
        values_.push_back(build_.call(integer_ops[pick(5)], {value(int32), value(int32)}));
        return;
      case 6: {
        const Value condition = build_.call(Op::less, {value(float32), value(float32)});
        values_.push_back(build_.call(Op::where, {condition, value(int32), value(int32)}));
        return;
      }
      case 7: {
        const Value source = value(int32);
        symbols_.push_back(build_.bind(source, "k", {-(std::int64_t{1} << 31), (std::int64_t{1} << 31) - 1}));
        return;
      }
      case 8:
        build_.store(4, in_bounds(), build_.convert(value(int32), int64));
        return;
      case 9:
        serial(depth - 1);
        return;
      default:
        vectors_ ? vector(depth - 1) : reduce(depth - 1);
    }
  }

  void serial(int depth) {
    const std::vector<Value> initial{value(float32), value(int32)};
    const auto results = build_.loop(LoopKind::serial, "s", pick(3), integers().add(symbols_[0], pick(5)), 1 + pick(2),
                                     initial, [&](IntExpr s, std::span<const Value> carried) {
                                       symbols_.push_back(s);
                                       values_.insert(values_.end(), carried.begin(), carried.end());
                                       statements(depth);
                                       const std::vector<Value> next{build_.call(Op::add, {carried[0], value(float32)}),
                                                                     pick(2) == 0 ? carried[1] : value(int32)};
                                       values_.resize(values_.size() - 2);
                                       symbols_.pop_back();
                                       return next;
                                     });
    values_.insert(values_.end(), results.begin(), results.end());
  }

  void reduce(int depth) {
    const std::size_t values = values_.size(), symbols = symbols_.size();
    const bool pairs = pick(2) == 0;
    const auto results =
        build_.reduce(pairs ? Reduction::argmax : Reduction::sum, "r", integers().add(symbols_[1], 1),
                      pick(2) == 0 ? ReduceOrder::chunked : ReduceOrder::lanes, [&](IntExpr r) {
                        symbols_.push_back(r);
                        for (int i = 0; i < 3; ++i) statement(0);
                        std::vector<Value> element{build_.call(Op::add, {value(float32), build_.load(0, in_bounds())})};
                        if (pairs) element.push_back(build_.index(r, uint32));
                        symbols_.resize(symbols);
                        values_.resize(values);
                        return element;
                      });
    values_.push_back(results[0]);
    static_cast<void>(depth);
  }

  void vector(int depth) {
    const int lanes = 4 << pick(3);
    const IntExpr end = integers().add(symbols_[1], pick(100));
    const std::vector<Value> initial{build_.literal(Literal::of(float32, pick(3)), lanes)};
    const auto results = build_.loop(
        LoopKind::vector, "v", 0, end, lanes, initial,
        [&](IntExpr v, std::span<const Value> carried) {
          const SymbolId symbol = integers().symbol_id(v);
          const Value mask = build_.lane_mask(symbol, end, lanes);
          Instruction load{.opcode = Opcode::load,
                           .access = Access::contiguous,
                           .dtype = float32,
                           .lanes = lanes,
                           .args = {mask},
                           .literal = Literal::of(float32, 0.25),
                           .buffer = 0,
                           .index = v,
                           .symbol = symbol};
          const Value x = build_.emit(load);
          load.access = Access::gather;
          load.index = integers().mod(integers().multiply(v, 7), random_size);
          const Value y = build_.emit(load);
          const Value z = build_.call(Op::multiply, {build_.call(Op::add, {x, y}), value(float32)});
          Instruction store{.opcode = Opcode::store,
                            .access = Access::contiguous,
                            .dtype = float32,
                            .lanes = lanes,
                            .args = {z, mask},
                            .buffer = 3,
                            .index = v,
                            .symbol = symbol};
          build_.append(store);
          return std::vector<Value>{build_.call(Op::maximum, {carried[0], z})};
        },
        lanes);
    values_.push_back(build_.reduce_lanes(Reduction::max, results)[0]);
    static_cast<void>(depth);
  }

  std::mt19937 random_;
  bool vectors_;
  Kernel kernel_;
  Builder build_;
  std::vector<IntExpr> symbols_;
  std::vector<Value> values_;
};

/// The outputs of a random kernel (or of what became of it) on fixed inputs, as raw bytes.
inline std::vector<std::uint64_t> run_random_kernel(const Kernel& kernel, std::int64_t p0, std::int64_t p1) {
  std::vector<float> b0(random_size), b3(random_size, -1.0f);
  std::vector<std::int32_t> b1(random_size);
  std::vector<std::uint16_t> b2(random_size);
  std::vector<std::int64_t> b4(random_size, -1);
  for (std::size_t i = 0; i < b0.size(); ++i) {
    b0[i] = static_cast<float>(i % 37) * 0.37f - 3;
    b1[i] = static_cast<std::int32_t>(i * 2654435761U) >> (i % 31);
    b2[i] = static_cast<std::uint16_t>(0x3f80 + i * 3);
  }
  void* buffers[] = {b0.data(), b1.data(), b2.data(), b3.data(), b4.data()};
  const std::int64_t parameters[] = {p0, p1};
  const std::vector<std::int64_t> sizes(5, random_size);
  interpret(kernel, buffers, parameters, sizes);
  std::vector<std::uint64_t> out;
  for (std::size_t i = 0; i < b3.size(); ++i) {
    out.push_back(std::bit_cast<std::uint32_t>(b3[i]));
    out.push_back(static_cast<std::uint64_t>(b4[i]));
  }
  return out;
}

}  // namespace cermet::kernel
