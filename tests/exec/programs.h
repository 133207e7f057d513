// Short names for running graphs and nodes on real memory.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "exec/node.h"
#include "exec/program.h"
#include "graph/graph_building.h"
#include "runtime/buffer.h"
#include "runtime/kernel_cache.h"
#include "runtime/thread_pool.h"
#include "target/target.h"

namespace cermet::exec::testing {

using graph::testing::Elements;
using graph::testing::Sketch;

/// Row-major strides.
inline Strides strides_of(std::span<const std::int64_t> shape) {
  Strides strides(shape.size(), 1);
  for (std::size_t k = shape.size(); k-- > 1;) strides[k - 1] = strides[k] * shape[k];
  return strides;
}

template <class T>
Data data_of(std::vector<std::int64_t> shape, const std::vector<T>& values, Dtype dtype) {
  Data data;
  data.dtype = dtype;
  data.shape.assign(shape.begin(), shape.end());
  data.strides = strides_of(shape);
  data.buffer = runtime::allocate(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(data.buffer->data(), values.data(), values.size() * sizeof(T));
  return data;
}

inline Data floats(std::vector<std::int64_t> shape, const std::vector<float>& values) {
  return data_of(std::move(shape), values, float32);
}

inline Data random_floats(std::vector<std::int64_t> shape, unsigned seed = 1) {
  std::int64_t n = 1;
  for (std::int64_t d : shape) n *= d;
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> any(-3, 3);
  std::vector<float> values(static_cast<std::size_t>(n));
  for (float& v : values) v = any(random);
  return floats(std::move(shape), values);
}

/// The elements in row-major order, whatever the strides.
template <class T = float>
std::vector<T> values_of(const Data& data) {
  std::vector<T> out;
  std::vector<std::int64_t> index(data.shape.size(), 0);
  for (std::int64_t extent : data.shape) {
    if (extent == 0) return out;
  }
  while (true) {
    std::int64_t at = 0;
    for (std::size_t k = 0; k < index.size(); ++k) at += index[k] * data.strides[k];
    out.push_back(static_cast<const T*>(data.pointer())[at]);
    std::size_t k = index.size();
    while (k > 0 && ++index[k - 1] == data.shape[k - 1]) index[--k] = 0;
    if (k == 0) return out;
  }
}

/// The elements as literals, in row-major order.
inline Elements elements_of(const Data& data) {
  Elements out;
  for (std::int64_t extent : data.shape) {
    if (extent == 0) return out;
  }
  std::vector<std::int64_t> index(data.shape.size(), 0);
  while (true) {
    std::int64_t at = 0;
    for (std::size_t k = 0; k < index.size(); ++k) at += index[k] * data.strides[k];
    out.push_back(Literal::load(data.dtype, static_cast<const char*>(data.pointer()) + at * data.dtype.size()));
    std::size_t k = index.size();
    while (k > 0 && ++index[k - 1] == data.shape[k - 1]) index[--k] = 0;
    if (k == 0) return out;
  }
}

inline Data data_of(const Elements& elements, const ArrayType& type) {
  Data data;
  data.dtype = type.dtype;
  for (Dim d : type.shape) data.shape.push_back(d.value());
  data.strides = strides_of({data.shape.data(), data.shape.size()});
  data.buffer = runtime::allocate(elements.size() * type.dtype.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    elements[i].store(static_cast<char*>(data.buffer->data()) + i * type.dtype.size());
  }
  return data;
}

/// A program of at least one output on these inputs; the first output.
inline Data run_first(const Program& program, const std::vector<Data>& inputs) { return program.run(inputs)[0]; }

inline NodeRef leaf(Data data) { return make_leaf(std::move(data), {}); }

inline NodeRef make(PrimitiveKind kind, const std::vector<NodeRef>& inputs, Primitive p = {}) {
  p.kind = kind;
  return make_node(std::move(p), inputs, {});
}

inline NodeRef call(Op op, const std::vector<NodeRef>& inputs) {
  Primitive p;
  p.op = op;
  return make(PrimitiveKind::elementwise, inputs, p);
}

inline NodeRef constant(double value, Dtype dtype = float32) {
  Primitive p;
  p.literal = Literal::of(dtype, value);
  return make(PrimitiveKind::constant, {}, p);
}

inline NodeRef broadcast_like(const NodeRef& x, const NodeRef& like) {
  Primitive p;
  p.dims.assign(like->type.shape.begin(), like->type.shape.end());
  return make(PrimitiveKind::broadcast, {x}, p);
}

inline NodeRef reduce(Reduction reduction, const NodeRef& x, std::vector<std::int64_t> axes) {
  Primitive p;
  p.reduction = reduction;
  p.axes.assign(axes.begin(), axes.end());
  return make(PrimitiveKind::reduce, {x}, p);
}

inline NodeRef transpose(const NodeRef& x, std::vector<std::int64_t> axes) {
  Primitive p;
  p.axes.assign(axes.begin(), axes.end());
  return make(PrimitiveKind::transpose, {x}, p);
}

inline NodeRef reshape(const NodeRef& x, std::vector<std::int64_t> shape) {
  Primitive p;
  for (std::int64_t d : shape) p.dims.push_back(d);
  return make(PrimitiveKind::reshape, {x}, p);
}

inline const Data& evaluated(const NodeRef& node) {
  evaluate(std::span(&node, 1));
  return node->data;
}

}  // namespace cermet::exec::testing
