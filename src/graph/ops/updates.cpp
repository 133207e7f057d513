// Type rules and references of slice_update and scatter; see updates.h.
#include "graph/ops/updates.h"

#include <algorithm>

#include "base/error.h"

namespace cermet::graph {
namespace {

using Extents = std::vector<std::int64_t>;

constexpr std::string_view suffixes[] = {"", "_add", "_prod", "_max", "_min"};

void expect_dtype(const Primitive& call, const ArrayType& x, const ArrayType& updates) {
  if (x.dtype != updates.dtype) {
    fail<TypeError>("[{}] The updates have dtype {}, the array has {}; they must be converted first.", call.text,
                    name(updates.dtype), name(x.dtype));
  }
}

void expect_integers(const Primitive& call, std::string_view what, const ArrayType& index) {
  if (is_integer(index.dtype)) return;
  fail<TypeError>("[{}] {} have dtype {}; an integer dtype is required.", call.text, what, name(index.dtype));
}

/// True if `part` is known to be larger than `whole`.
bool exceeds(Dim part, Dim whole) { return part.is_constant() && whole.is_constant() && part.value() > whole.value(); }

Literal combined(Combiner combiner, const Literal& old, const Literal& update) {
  constexpr Op ops[] = {Op::add, Op::add, Op::multiply, Op::maximum, Op::minimum};
  if (combiner == Combiner::set) return update;
  if (is_bool(old.dtype)) {
    const bool any = combiner == Combiner::add || combiner == Combiner::max;
    const bool value = any ? old.as_bool() || update.as_bool() : old.as_bool() && update.as_bool();
    return Literal::of(bool_, value ? 1 : 0);
  }
  const Literal args[] = {old, update};
  return evaluate(ops[static_cast<int>(combiner)], args);
}

bool advance(Extents& index, const Extents& extents) {
  for (std::size_t k = index.size(); k-- > 0;) {
    if (++index[k] < extents[k]) return true;
    index[k] = 0;
  }
  return false;
}

std::int64_t wrapped(const Literal& index, std::int64_t extent, std::int64_t highest) {
  const bool huge = is_unsigned(index.dtype) && index.as_uint64() > static_cast<std::uint64_t>(INT64_MAX);
  std::int64_t at = huge ? INT64_MAX : index.as_int64();
  if (at < 0) at += extent;
  return std::clamp<std::int64_t>(at, 0, std::max<std::int64_t>(highest, 0));
}

}  // namespace

std::string update_name(std::string_view family, Combiner combiner) {
  return std::string(family) + std::string(suffixes[static_cast<int>(combiner)]);
}

Combiner combiner_of(std::string_view name) {
  for (int c = 1; c < 5; ++c) {
    if (name.ends_with(suffixes[c])) return static_cast<Combiner>(c);
  }
  return Combiner::set;
}

ArrayType infer_slice_update(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  const bool dynamic = inputs.size() == 3;
  if (inputs.size() != 2 && !dynamic) {
    fail<ValueError>("[{}] Takes an array, an update and maybe a start, got {} arrays.", call.text, inputs.size());
  }
  expect_dtype(call, inputs[0], inputs[1]);
  const Shape& shape = inputs[0].shape;
  const Shape& part = inputs[1].shape;
  bool fits = part.size() == shape.size();
  for (std::size_t k = 0; fits && k < shape.size(); ++k) fits = !exceeds(part[k], shape[k]);
  if (!fits) {
    fail<ValueError>("[{}] An update of shape {} does not fit into an array of shape {}.", call.text,
                     to_string(part, table), to_string(shape, table));
  }
  if (dynamic) {
    expect_integers(call, "Start indices", inputs[2]);
    const Shape& start = inputs[2].shape;
    const bool counts = start.empty()
                            ? call.axes.size() == 1
                            : start.size() == 1 && start[0] == Dim(static_cast<std::int64_t>(call.axes.size()));
    if (!counts) {
      fail<ValueError>("[{}] {} axes need as many start indices; their shape is {}.", call.text, call.axes.size(),
                       to_string(start, table));
    }
    for (std::int64_t axis : call.axes) {
      if (axis < 0 || axis >= static_cast<std::int64_t>(shape.size())) {
        fail<IndexError>("[{}] Axis {} is out of range for an array of {} dimensions.", call.text, axis, shape.size());
      }
    }
    return inputs[0];
  }
  check(call.dims.size() == shape.size() && call.axes.size() == shape.size(),
        "{} has {} starts and {} steps for rank {}", call.text, call.dims.size(), call.axes.size(), shape.size());
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (!call.dims[k].is_constant() || !part[k].is_constant() || !shape[k].is_constant() || part[k].value() == 0)
      continue;
    const std::int64_t first = call.dims[k].value(), last = first + (part[k].value() - 1) * call.axes[k];
    if (std::min(first, last) < 0 || std::max(first, last) >= shape[k].value()) {
      fail<IndexError>("[{}] Elements {} to {} of axis {} are outside of shape {}.", call.text, first, last, k,
                       to_string(shape, table));
    }
  }
  return inputs[0];
}

ArrayType infer_scatter(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  if (inputs.size() < 2) {
    fail<ValueError>("[{}] Takes an array, its indices and updates, got {} arrays.", call.text, inputs.size());
  }
  const ArrayType& x = inputs[0];
  const ArrayType& updates = inputs.back();
  expect_dtype(call, x, updates);
  for (const ArrayType& index : inputs.subspan(1, inputs.size() - 2)) {
    expect_integers(call, "Indices", index);
    if (index.shape != updates.shape) {
      fail<ValueError>("[{}] Indices of shape {} must be broadcast to the updates' shape {} first.", call.text,
                       to_string(index.shape, table), to_string(updates.shape, table));
    }
  }
  check(call.axes.size() == x.shape.size(), "{} has {} axes for an array of rank {}", call.text, call.axes.size(),
        x.shape.size());
  const bool no_updates = std::find(updates.shape.begin(), updates.shape.end(), Dim(0)) != updates.shape.end();
  for (std::size_t k = 0; k < x.shape.size(); ++k) {
    const std::int64_t source = call.axes[k];
    if (source < 0) {
      check(static_cast<std::size_t>(-source) + 1 < inputs.size(), "{} has no index array {}", call.text, -1 - source);
    } else {
      check(static_cast<std::size_t>(source) < updates.shape.size() &&
                std::count(call.axes.begin(), call.axes.end(), source) == 1,
            "{}: axis {} cannot follow the updates' axis {}", call.text, k, source);
    }
    const bool outside =
        source < 0 ? x.shape[k] == Dim(0) : exceeds(updates.shape[static_cast<std::size_t>(source)], x.shape[k]);
    if (outside && !no_updates) {
      fail<ValueError>("[{}] Updates of shape {} do not fit into axis {} of an array of shape {}.", call.text,
                       to_string(updates.shape, table), k, to_string(x.shape, table));
    }
  }
  return x;
}

std::vector<Literal> interpret_slice_update(const Primitive& call, std::span<const ReferenceArray> inputs) {
  const ReferenceArray& x = inputs[0];
  const ReferenceArray& update = inputs[1];
  const std::size_t rank = x.shape.size();
  Extents start(rank, 0), step(rank, 1);
  if (inputs.size() == 3) {
    for (std::size_t i = 0; i < call.axes.size(); ++i) {
      const auto k = static_cast<std::size_t>(call.axes[i]);
      start[k] = wrapped(inputs[2].elements[i], x.shape[k], x.shape[k] - update.shape[k]);
    }
  } else {
    for (std::size_t k = 0; k < rank; ++k) {
      start[k] = call.dims[k].value();
      step[k] = call.axes[k];
    }
  }
  std::vector<Literal> out = x.elements;
  Extents index(rank, 0);
  for (const Literal& element : update.elements) {
    std::int64_t at = 0;
    for (std::size_t k = 0; k < rank; ++k) at = at * x.shape[k] + start[k] + index[k] * step[k];
    Literal& there = out[static_cast<std::size_t>(at)];
    there = combined(combiner_of(call.text), there, element);
    advance(index, update.shape);
  }
  return out;
}

std::vector<Literal> interpret_scatter(const Primitive& call, std::span<const ReferenceArray> inputs) {
  const ReferenceArray& x = inputs[0];
  const ReferenceArray& updates = inputs.back();
  std::vector<Literal> out = x.elements;
  Extents index(updates.shape.size(), 0);
  for (std::size_t i = 0; i < updates.elements.size(); ++i, advance(index, updates.shape)) {
    std::int64_t at = 0;
    for (std::size_t k = 0; k < x.shape.size(); ++k) {
      const std::int64_t source = call.axes[k];
      const std::int64_t position =
          source >= 0 ? index[static_cast<std::size_t>(source)]
                      : wrapped(inputs[static_cast<std::size_t>(-source)].elements[i], x.shape[k], x.shape[k] - 1);
      at = at * x.shape[k] + position;
    }
    Literal& there = out[static_cast<std::size_t>(at)];
    there = combined(combiner_of(call.text), there, updates.elements[i]);
  }
  return out;
}

}  // namespace cermet::graph
