// Sorting calls: their types, and references that sort with a comparison.
#include "graph/ops/sort.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace cermet::graph {
namespace {

std::size_t axis_of(const Primitive& call, std::span<const ArrayType> inputs) {
  if (inputs.size() != 1 || call.axes.size() != 1) {
    fail<ValueError>("[{}] Takes one array and one axis, got {} and {}.", call.text, inputs.size(), call.axes.size());
  }
  const auto rank = static_cast<std::int64_t>(inputs[0].shape.size());
  if (call.axes[0] < 0 || call.axes[0] >= rank) {
    fail<IndexError>("[{}] Axis {} is out of range for an array of {} dimensions.", call.text, call.axes[0], rank);
  }
  return static_cast<std::size_t>(call.axes[0]);
}

// dims[0] lies in [0, extent) or, for a number of elements, in [0, extent].
void expect_position(const Primitive& call, const ArrayType& input, std::size_t axis, bool is_count,
                     IntExprTable& table) {
  if (call.dims.size() != 1) fail<ValueError>("[{}] Takes one position, got {}.", call.text, call.dims.size());
  const Dim extent = input.shape[axis], position = call.dims[0];
  if (!extent.is_constant() || !position.is_constant()) return;
  if (position.value() >= 0 && position.value() < extent.value() + (is_count ? 1 : 0)) return;
  fail<ValueError>("[{}] {} is not in [0, {}{} for axis {} of shape {}.", call.text, position.value(), extent.value(),
                   is_count ? "]" : ")", axis, to_string(input.shape, table));
}

bool is_nan(std::complex<double> x) { return std::isnan(x.real()) || std::isnan(x.imag()); }

// NumPy's order: -0 equals 0, NaN last; complex numbers with a NaN behind all others, by which part it is.
bool less(const Literal& a, const Literal& b) {
  if (is_unsigned(a.dtype)) return a.as_uint64() < b.as_uint64();
  if (!is_inexact(a.dtype)) return a.as_int64() < b.as_int64();
  const std::complex<double> x = a.as_complex(), y = b.as_complex();
  const auto rank = [](std::complex<double> z) { return 2 * std::isnan(z.real()) + std::isnan(z.imag()); };
  if (is_nan(x) || is_nan(y)) {
    if (rank(x) != rank(y)) return rank(x) < rank(y);
    return rank(x) == 1 ? x.real() < y.real() : rank(x) == 2 && x.imag() < y.imag();
  }
  return x.real() != y.real() ? x.real() < y.real() : x.imag() < y.imag();
}

// Calls body(base, step) for every line: its elements are at base + i * step.
template <class Body>
void for_each_line(const ReferenceArray& x, std::size_t axis, Body&& body) {
  std::int64_t step = 1, outer = 1;
  for (std::size_t k = axis + 1; k < x.shape.size(); ++k) step *= x.shape[k];
  for (std::size_t k = 0; k < axis; ++k) outer *= x.shape[k];
  for (std::int64_t i = 0; i < outer; ++i) {
    for (std::int64_t j = 0; j < step; ++j) body(i * x.shape[axis] * step + j, step);
  }
}

std::vector<Literal> sorted(const Primitive& call, const ReferenceArray& x, bool indices) {
  const auto axis = static_cast<std::size_t>(call.axes[0]);
  std::vector<Literal> out(x.elements.size());
  std::vector<std::int64_t> order(static_cast<std::size_t>(x.shape[axis]));
  for_each_line(x, axis, [&](std::int64_t base, std::int64_t step) {
    const auto at = [&](std::int64_t i) { return static_cast<std::size_t>(base + i * step); };
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::int64_t i, std::int64_t j) { return less(x.elements[at(i)], x.elements[at(j)]); });
    for (std::size_t i = 0; i < order.size(); ++i) {
      out[at(static_cast<std::int64_t>(i))] =
          indices ? Literal::of_integer(uint32, order[i]) : x.elements[at(order[i])];
    }
  });
  return out;
}

}  // namespace

ArrayType infer_sort(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  const std::size_t axis = axis_of(call, inputs);
  if (call.text == "partition") expect_position(call, inputs[0], axis, false, table);
  return inputs[0];
}

ArrayType infer_argsort(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  const std::size_t axis = axis_of(call, inputs);
  if (call.text == "argpartition") expect_position(call, inputs[0], axis, false, table);
  return {inputs[0].shape, uint32};
}

ArrayType infer_topk(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  const std::size_t axis = axis_of(call, inputs);
  expect_position(call, inputs[0], axis, true, table);
  ArrayType result = inputs[0];
  result.shape[axis] = call.dims[0];
  return result;
}

ArrayType infer_searchsorted(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  if (inputs.size() != 2 || call.axes.size() != 1) {
    fail<ValueError>("[searchsorted] Takes two arrays and a side, got {} and {}.", inputs.size(), call.axes.size());
  }
  if (inputs[0].shape.size() != 1) {
    fail<ValueError>("[searchsorted] The sorted sequence must have one dimension, got shape {}.",
                     to_string(inputs[0].shape, table));
  }
  if (inputs[0].dtype != inputs[1].dtype) {
    fail<TypeError>("[searchsorted] The sequence is {} and the values are {}; they must be of one dtype.",
                    name(inputs[0].dtype), name(inputs[1].dtype));
  }
  return {inputs[1].shape, uint32};
}

std::vector<Literal> interpret_sort(const Primitive& call, std::span<const ReferenceArray> inputs) {
  return sorted(call, inputs[0], false);
}

std::vector<Literal> interpret_argsort(const Primitive& call, std::span<const ReferenceArray> inputs) {
  return sorted(call, inputs[0], true);
}

std::vector<Literal> interpret_searchsorted(const Primitive& call, std::span<const ReferenceArray> inputs) {
  std::vector<Literal> out;
  for (const Literal& value : inputs[1].elements) {
    std::int64_t place = 0;
    for (const Literal& x : inputs[0].elements) {
      place += less(x, value) || (call.axes[0] != 0 && !less(value, x)) ? 1 : 0;
    }
    out.push_back(Literal::of_integer(uint32, place));
  }
  return out;
}

}  // namespace cermet::graph
