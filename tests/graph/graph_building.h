// Short names for building graphs and running them on small inputs, shared by the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/graph.h"
#include "graph/ops/composite.h"

namespace cermet::graph::testing {

using Elements = std::vector<Literal>;

inline Primitive primitive(PrimitiveKind kind) {
  Primitive p;
  p.kind = kind;
  return p;
}

/// A builder with operators' names, on a graph of its own.
struct Sketch {
  Graph graph;
  Builder b{graph};

  Value input(Shape shape, Dtype dtype = float32) { return b.input({std::move(shape), dtype}); }
  Value number(double value, Dtype dtype = float32) { return b.constant(Literal::of(dtype, value)); }
  Value call(Op op, Value x) { return b.elementwise(op, std::array{x}); }
  Value call(Op op, Value x, Value y) { return b.elementwise(op, std::array{x, y}); }
  Value call(Op op, Value x, double y) { return call(op, x, number(y, b.type(x).dtype)); }
  Value reduce(Reduction r, Value x, std::vector<std::int64_t> axes, bool keepdims = false) {
    return b.reduce(r, x, axes, keepdims);
  }
  Value transpose(Value x, std::vector<std::int64_t> axes) {
    Primitive p = primitive(PrimitiveKind::transpose);
    p.axes.assign(axes.begin(), axes.end());
    return b.add(p, std::array{x});
  }
  Value slice(Value x, std::vector<std::int64_t> start, std::vector<std::int64_t> extent,
              std::vector<std::int64_t> step) {
    Primitive p = primitive(PrimitiveKind::slice);
    for (std::int64_t s : start) p.dims.push_back(s);
    for (std::int64_t e : extent) p.dims.push_back(e);
    p.axes.assign(step.begin(), step.end());
    return b.add(p, std::array{x});
  }
  /// Of a vector.
  Value strided(Value x, std::int64_t start, std::vector<std::int64_t> extent, std::vector<std::int64_t> step) {
    Primitive p = primitive(PrimitiveKind::strided);
    p.dims.push_back(start);
    for (std::int64_t e : extent) p.dims.push_back(e);
    p.axes.assign(step.begin(), step.end());
    return b.add(p, std::array{x});
  }
  Value concatenate(std::vector<Value> parts, std::int64_t axis) {
    Primitive p = primitive(PrimitiveKind::concatenate);
    p.axes.push_back(axis);
    return b.add(p, parts);
  }
  /// What is at the indices (broadcast first) in place of one axis: take.
  Value take(Value x, Value index, std::int64_t axis) {
    Primitive p = primitive(PrimitiveKind::gather);
    const Shape from = b.type(x).shape, at = b.type(index).shape;
    Shape spread = at;
    for (std::size_t k = 0; k < from.size(); ++k) {
      if (static_cast<std::int64_t>(k) == axis) {
        p.axes.push_back(-1);
        for (Dim d : at) p.dims.push_back(d);
      } else {
        p.axes.push_back(static_cast<std::int64_t>(p.dims.size()));
        p.dims.push_back(from[k]);
        if (static_cast<std::int64_t>(k) > axis) spread.push_back(1);
      }
    }
    const Shape to(p.dims.begin(), p.dims.end());
    const Value wide = b.broadcast(b.reshape(index, spread), to);
    return b.add(p, std::array{x, wide});
  }
  /// One index an element: take_along_axis.
  Value take_along(Value x, Value index, std::int64_t axis) {
    Primitive p = primitive(PrimitiveKind::gather);
    const Shape to = b.type(index).shape;
    p.dims.assign(to.begin(), to.end());
    for (std::size_t k = 0; k < to.size(); ++k) {
      p.axes.push_back(static_cast<std::int64_t>(k) == axis ? -1 : static_cast<std::int64_t>(k));
    }
    return b.add(p, std::array{x, index});
  }
  Value scan(Reduction r, Value x, std::int64_t axis, bool reverse = false, bool exclusive = false) {
    Primitive p = primitive(PrimitiveKind::scan);
    p.reduction = r;
    p.axes = {axis, reverse ? 1 : 0, exclusive ? 1 : 0};
    return b.add(p, std::array{x});
  }
  Value iota(Shape shape, std::int64_t axis, Dtype dtype) {
    Primitive p = primitive(PrimitiveKind::iota);
    p.dims.assign(shape.begin(), shape.end());
    p.axes.push_back(axis);
    p.dtype = dtype;
    return b.add(p, {});
  }
  Value random_bits(Value key, Shape shape, Dtype dtype) {
    Primitive p = primitive(PrimitiveKind::random_bits);
    p.dims.assign(shape.begin(), shape.end());
    p.dtype = dtype;
    return b.add(p, std::array{key});
  }
  Value matmul(Value x, Value y) { return b.add(primitive(PrimitiveKind::matmul), std::array{x, y}); }
  Value composite(std::string name, Value x, std::vector<std::int64_t> axes, bool keepdims = false,
                  Literal literal = {}) {
    Primitive p = primitive(PrimitiveKind::composite);
    p.text = std::move(name);
    p.axes.assign(axes.begin(), axes.end());
    p.literal = literal;
    if (keepdims) p.dtype = bool_;
    return b.add(p, std::array{x});
  }
  Dim symbol(std::string name, std::int64_t hint) {
    Symbol s;
    s.name = std::move(name);
    s.range = {1, IntRange::unbounded_high};
    s.hint = hint;
    return graph.dims.add_symbol(s);
  }
  Graph& finish(std::vector<Value> outputs) {
    graph.outputs = std::move(outputs);
    verify(graph);
    return graph;
  }
};

inline std::int64_t count(const Graph& graph, const Shape& shape) {
  std::int64_t n = 1;
  for (Dim d : shape) n *= graph.dims.evaluate(d, [&](SymbolId id) { return graph.dims.symbol(id).hint; });
  return n;
}

/// Small numbers of either sign, some of them equal, zero, infinite or NaN if `special`.
inline Elements random_elements(std::int64_t n, Dtype dtype, unsigned seed, bool special = false) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> any(-16, 16);
  Elements out;
  for (std::int64_t i = 0; i < n; ++i) {
    const double x = any(random) / 4.0;
    out.push_back(is_integer(dtype) ? Literal::of_integer(dtype, any(random)) : Literal::of(dtype, x));
    if (special && is_floating(dtype) && any(random) > 12) {
      const std::array values = {-0.0, 0.0, double(INFINITY), double(-INFINITY), double(NAN)};
      out.back() = Literal::of(dtype, values[static_cast<std::size_t>(random() % values.size())]);
    }
  }
  return out;
}

inline std::vector<Elements> random_inputs(const Graph& graph, unsigned seed, bool special = false) {
  std::vector<Elements> out;
  for (Value v : graph.inputs) {
    const ArrayType& type = graph.nodes[static_cast<std::size_t>(v)].type;
    out.push_back(random_elements(count(graph, type.shape), type.dtype, seed++, special));
  }
  return out;
}

inline std::vector<Elements> run(const Graph& graph, std::span<const Elements> inputs) {
  return interpret(graph, inputs, [&](SymbolId id) { return graph.dims.symbol(id).hint; });
}

inline std::vector<double> doubles(const Elements& elements) {
  std::vector<double> out;
  for (const Literal& x : elements) out.push_back(x.as_double());
  return out;
}

inline Elements literals(Dtype dtype, std::vector<double> values) {
  Elements out;
  for (double x : values) out.push_back(Literal::of(dtype, x));
  return out;
}

/// Equal bits, any NaN being equal to any other.
inline bool same_elements(const Elements& a, const Elements& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool both_nan = a[i].dtype == b[i].dtype && is_floating(a[i].dtype) && a[i].as_double() != a[i].as_double() &&
                          b[i].as_double() != b[i].as_double();
    if (a[i] != b[i] && !both_nan) return false;
  }
  return true;
}

/// Runs `f` and returns the message of the exception of type E that it throws.
template <class E, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  } catch (const std::exception& e) {
    ADD_FAILURE() << "another exception type was thrown: " << e.what();
    return "";
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

}  // namespace cermet::graph::testing
