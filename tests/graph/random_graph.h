// Random well-formed graphs over small shapes: what passes and fusion are tried on.
#pragma once

#include <random>

#include "graph_building.h"

namespace cermet::graph::testing {

class RandomGraph {
 public:
  explicit RandomGraph(unsigned seed) : random_(seed) {}

  Graph make(int nodes) {
    const Dim rows = pick(3) == 0 ? sketch_.symbol("s0", 4) : Dim(4);
    for (int k = 0; k < 3; ++k) values_.push_back(sketch_.input(Shape{rows, 6}));
    values_.push_back(sketch_.input(Shape{6}, pick(2) == 0 ? float16 : float32));
    values_.push_back(sketch_.input(Shape{rows, 1}));
    values_.push_back(sketch_.input(Shape{6, 2}, int32));
    values_.push_back(sketch_.number(pick(5) - 2.0));
    key_ = sketch_.input({2}, uint32);
    for (int k = 0; k < nodes; ++k) grow();
    std::vector<Value> outputs;
    for (std::uint32_t k = 1 + pick(4); k > 0; --k) outputs.push_back(values_[values_.size() - 1 - pick(6)]);
    return sketch_.finish(outputs);
  }

 private:
  std::uint32_t pick(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  /// Recent values more often than old ones.
  Value any() {
    return values_[pick(3) == 0 ? pick(static_cast<std::uint32_t>(values_.size()))
                                : values_.size() - 1 -
                                      pick(std::min<std::uint32_t>(6, static_cast<std::uint32_t>(values_.size())))];
  }
  const ArrayType& type(Value v) { return sketch_.b.type(v); }

  void grow() {
    try {
      const Value v = next();
      if (count(sketch_.graph, type(v).shape) <= 600) values_.push_back(v);
    } catch (const Error&) {
      // Two random operands that do not fit: nothing was added.
    }
  }

  Value next() {
    const Value x = any();
    const auto rank = static_cast<std::uint32_t>(type(x).shape.size());
    switch (pick(17)) {
      case 0:
      case 1:
      case 2:
        return binary(x, any());
      case 3:
      case 4:
        return unary(x);
      case 5:
        return sketch_.call(binary_op(), x, pick(3) * 0.5);
      case 6:
      case 7:
        return rank == 0 ? x : sketch_.reduce(reduction(), x, {pick(rank)}, pick(2) == 0);
      case 8:
        return rank < 2 ? sketch_.b.reshape(x, Shape{1, -1}) : swapped(x, rank);
      case 9:
        return sketch_.b.reshape(x, pick(2) == 0 ? Shape{-1} : Shape{2, -1});
      case 10:
        return rank == 0 ? x : sliced(x);
      case 11:
        return rank == 0 ? x : sketch_.concatenate({x, x}, pick(rank));
      case 12:
        return sketch_.b.convert(x, std::array{float32, float16, int32, bfloat16, float32}[pick(5)]);
      case 13:
        return rank == 0 ? x : gathered(x, sketch_.b.convert(any(), int32), pick(rank));
      case 14:
        return rank == 0 ? x : sketch_.scan(scanned(), x, pick(rank), pick(2) == 0, pick(2) == 0);
      default:
        return leaf(x);
    }
  }

  Value gathered(Value x, Value index, std::uint32_t axis) {
    const Shape shape = type(x).shape;
    if (pick(2) == 0) return sketch_.take(x, sketch_.b.reshape(index, Shape{-1}), axis);
    return sketch_.take_along(x, sketch_.b.broadcast(index, shape), axis);
  }
  Reduction scanned() {
    constexpr std::array all = {Reduction::sum, Reduction::max, Reduction::prod, Reduction::sum, Reduction::min};
    return all[pick(all.size())];
  }

  Value unary(Value x) {
    constexpr std::array ops = {Op::negative, Op::abs, Op::exp, Op::sqrt, Op::square, Op::tanh, Op::erf, Op::floor};
    return sketch_.call(ops[pick(ops.size())], x);
  }
  Op binary_op() {
    constexpr std::array ops = {Op::add, Op::subtract, Op::multiply, Op::maximum, Op::divide};
    return ops[pick(ops.size())];
  }
  Value binary(Value x, Value y) { return sketch_.call(binary_op(), x, y); }
  Reduction reduction() {
    constexpr std::array all = {Reduction::sum, Reduction::max, Reduction::min, Reduction::argmax, Reduction::sum};
    return all[pick(all.size())];
  }
  Value swapped(Value x, std::uint32_t rank) {
    std::vector<std::int64_t> axes(rank);
    for (std::uint32_t k = 0; k < rank; ++k) axes[k] = k;
    std::swap(axes[pick(rank)], axes[pick(rank)]);
    return sketch_.transpose(x, axes);
  }
  Value sliced(Value x) {
    std::vector<std::int64_t> start, extent, step;
    for (Dim d : type(x).shape) {
      if (!d.is_constant()) return x;
      const bool backwards = pick(3) == 0;
      start.push_back(backwards ? d.value() - 1 : pick(2) % std::max<std::int64_t>(d.value(), 1));
      extent.push_back(backwards ? d.value() : d.value() - start.back());
      step.push_back(backwards ? -1 : 1);
    }
    return sketch_.slice(x, start, extent, step);
  }
  Value leaf(Value x) {
    const Shape shape = type(x).shape;
    switch (pick(3)) {
      case 0:
        return shape.empty() || !shape.is_constant() ? x
                                                     : sketch_.random_bits(key_, shape, pick(2) == 0 ? uint32 : uint8);
      case 1:
        return shape.empty() ? x : sketch_.iota(shape, pick(static_cast<std::uint32_t>(shape.size())), int32);
      default:
        return sketch_.b.broadcast(x, broadcast_shapes(shape, Shape{3, 1, 1}, "test", sketch_.graph.dims));
    }
  }

  std::mt19937 random_;
  Sketch sketch_;
  std::vector<Value> values_;
  Value key_ = 0;
};

inline Graph random_graph(unsigned seed, int nodes = 30) { return RandomGraph(seed).make(nodes); }

}  // namespace cermet::graph::testing
