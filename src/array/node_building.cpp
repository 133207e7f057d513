// From an operation to a node: recorded while this thread traces, else a pending node.
#include "array/node_building.h"

#include <utility>

#include "array/dims.h"
#include "array/observer.h"

namespace cermet {

namespace {

[[noreturn]] void fail_escaped(const exec::Node& node) {
  fail<TraceError>(
      "a traced array of shape {} was used outside the trace that made it (stored in a variable that outlives the "
      "compiled function, or handed to another thread); return it from the compiled function instead",
      to_string(node.type.shape));
}

array make_unobserved(Primitive primitive, std::span<const exec::NodeRef> inputs, const StreamOrDevice& s) {
  if (Recorder* recorder = Recorder::current()) return array(recorder->record(std::move(primitive), inputs, s.stream));
  for (const auto& input : inputs) {
    if (input->is_traced()) fail_escaped(*input.get());
  }
  return array(exec::make_node(std::move(primitive), inputs, s.stream));
}

array make_observed(Primitive primitive, std::span<const exec::NodeRef> inputs, const StreamOrDevice& s) {
  array result = make_unobserved(primitive, inputs, s);
  for (Observer* o = Observer::current(); o != nullptr; o = o->outer()) o->observe(primitive, inputs, result.node());
  return result;
}

}  // namespace

array make_array(Primitive primitive, std::span<const exec::NodeRef> inputs, const StreamOrDevice& s) {
  if (s.stream.device.type != Device::cpu) require_available(s.stream.device);
  if (Recorder::current() != nullptr) {
    for (Dim& d : primitive.dims) d = resolved(d);
  }
  if (Observer::current() != nullptr) return make_observed(std::move(primitive), inputs, s);
  return make_unobserved(std::move(primitive), inputs, s);
}

array make_array(Primitive primitive, const array& input, const StreamOrDevice& s) {
  return make_array(std::move(primitive), std::span(&input.node(), 1), s);
}

array make_constant(Literal value, const StreamOrDevice& s) {
  Primitive constant;
  constant.kind = PrimitiveKind::constant;
  constant.literal = value;
  return make_array(std::move(constant), {}, s);
}

array dim_scalar(Dim value, Dtype dtype, const StreamOrDevice& s) {
  if (value.is_constant()) return make_constant(Literal::of_integer(int64, value.value()).converted(dtype), s);
  Primitive number;
  number.kind = PrimitiveKind::dim_value;
  number.dims.push_back(value);
  number.dtype = dtype;
  return make_array(std::move(number), {}, s);
}

array dim_range(Dim count, Dtype dtype, const StreamOrDevice& s) {
  Primitive iota;
  iota.kind = PrimitiveKind::iota;
  iota.dtype = dtype;
  iota.dims.push_back(count);
  iota.axes.push_back(0);
  return make_array(std::move(iota), {}, s);
}

array broadcast_node(const array& x, const Shape& shape, const StreamOrDevice& s) {
  if (same(x.shape(), shape)) return x;
  Primitive broadcast;
  broadcast.kind = PrimitiveKind::broadcast;
  broadcast.dims = shape;
  return make_array(std::move(broadcast), x, s);
}

exec::NodeRef concrete_node(const array& x) {
  exec::NodeRef node = x.node();
  while (node && node->is_traced()) {
    // A trace captures what the one around it made, too: the way to a value may lead through several.
    Recorder* recorder = Recorder::current();
    while (recorder != nullptr && recorder->id() != node->trace_id) recorder = recorder->outer();
    if (recorder == nullptr) fail_escaped(*node.get());
    node = recorder->concrete(node);
  }
  return node;
}

exec::NodeRef evaluated(const array& x, std::string_view action) {
  exec::NodeRef node = concrete_node(x);
  if (!node) {
    fail<TraceError>(
        "[{}] reads the value of a traced array, shape={}, dtype={}{}: inside a compiled function values are not "
        "known yet. Choose between values with mx.where, return the array and read it outside, or call "
        "mx.disable_compile() to debug",
        action, to_string(x.shape()), name(x.dtype()), Recorder::current()->where());
  }
  if (!node->is_done()) exec::evaluate(std::span(&node, 1));
  return node;
}

IntExprTable& scratch_dims() {
  thread_local IntExprTable table;
  Recorder* recorder = Recorder::current();
  return recorder == nullptr ? table : recorder->dims();
}

Dim checked_elements(const Shape& shape, std::string_view op) {
  constexpr std::int64_t limit = std::int64_t{1} << 58;  // as graph::infer: bytes fit an int64
  std::int64_t elements = 1;
  bool empty = false, huge = false, symbolic = false;
  for (Dim dim : shape) {
    if (dim_less(dim, 0)) {
      fail<ValueError>("[{}] negative dimensions are not allowed, got shape {}", op, to_string(shape));
    }
    const std::int64_t extent = dim_hint(dim);
    symbolic |= !dim.is_constant();
    empty |= extent == 0;
    huge |= extent > 0 && elements > limit / extent;
    if (!empty && !huge) elements *= extent;
  }
  if (huge && !empty) fail<ValueError>("[{}] shape {} has too many elements", op, to_string(shape));
  if (symbolic) return dim_product(shape);
  return empty ? 0 : elements;
}

}  // namespace cermet
