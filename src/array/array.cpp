// The array handle: what it points at, evaluation and access to values.
#include <cermet/array.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "array/node_building.h"
#include "array/recorder.h"
#include "exec/collapse.h"
#include "runtime/buffer.h"

namespace cermet {

namespace {

/// Inside a trace a handle holds a traced value only, so that the trace knows by the node alone which handles it made.
exec::NodeRef captured(const exec::NodeRef& node) {
  Recorder* recorder = Recorder::current();
  if (recorder == nullptr || !node || node->trace_id == recorder->id()) return node;
  return recorder->capture(node);
}

exec::NodeRef leaf_of(const void* data, Dtype dtype, const Shape& shape) {
  exec::Data leaf;
  leaf.dtype = dtype;
  std::int64_t elements = 1;
  for (Dim dim : shape) leaf.shape.push_back(dim.value());
  leaf.strides.resize(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    leaf.strides[axis] = elements;
    elements *= leaf.shape[axis];
  }
  const std::size_t bytes = static_cast<std::size_t>(elements) * dtype.size();
  leaf.buffer = runtime::allocate(bytes);
  if (bytes != 0) std::memcpy(leaf.buffer->data(), data, bytes);
  return exec::make_leaf(std::move(leaf), StreamOrDevice().stream);
}

/// The window on foreign memory. Its buffer begins at the element with the lowest address.
exec::Data window_on(ForeignMemory& memory) {
  exec::Data data;
  data.dtype = memory.dtype;
  std::int64_t row_major = 1, lowest = 0, highest = 0;
  data.strides.resize(memory.shape.size());
  for (Dim dim : memory.shape) data.shape.push_back(dim.value());
  for (std::size_t axis = memory.shape.size(); axis-- > 0;) {
    const std::int64_t extent = data.shape[axis];
    // The stride of a single element means nothing; numbers that others leave there must not reach any sum.
    const std::int64_t stride = extent == 1 ? row_major : memory.strides[axis];
    data.strides[axis] = stride;
    (stride < 0 ? lowest : highest) += stride * (extent - 1);
    row_major *= extent;
  }
  const auto size = static_cast<std::int64_t>(memory.dtype.size());
  data.offset = -lowest;
  data.contiguous =
      exec::is_row_major({data.shape.data(), data.shape.size()}, {data.strides.data(), data.strides.size()});
  data.buffer = runtime::wrap_foreign(static_cast<char*>(memory.first) + lowest * size,
                                      static_cast<std::size_t>((highest - lowest + 1) * size),
                                      std::move(memory.release), memory.read_only);
  return data;
}

/// Writes a strided window to row-major memory, innermost axis first; recursion is as deep as the rank.
char* gather_elements(const exec::Data& data, std::size_t axis, const char* source, char* destination) {
  const std::size_t size = data.dtype.size();
  if (axis == data.shape.size()) {
    std::memcpy(destination, source, size);
    return destination + size;
  }
  const std::int64_t step = data.strides[axis] * static_cast<std::int64_t>(size);
  const std::int64_t extent = data.shape[axis];
  if (axis + 1 == data.shape.size() && data.strides[axis] == 1) {
    const std::size_t bytes = static_cast<std::size_t>(extent) * size;
    std::memcpy(destination, source, bytes);
    return destination + bytes;
  }
  for (std::int64_t i = 0; i < extent; ++i)
    destination = gather_elements(data, axis + 1, source + i * step, destination);
  return destination;
}

}  // namespace

array::array(Literal value) : node_(make_constant(value, {}).node_) {}

array::array(exec::NodeRef node) : node_(tracing == nullptr ? std::move(node) : captured(node)) {}

array::array(void* data, Shape shape, Dtype dtype, std::function<void(void*)> deleter) {
  ForeignMemory memory;
  memory.first = data;
  memory.dtype = dtype;
  memory.strides.resize(shape.size());
  std::int64_t stride = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    memory.strides[axis] = stride;
    stride *= std::max<std::int64_t>(shape[axis].value(), 1);
  }
  memory.shape = std::move(shape);
  memory.release = [deleter = std::move(deleter), data] { deleter(data); };
  node_ = adopt(std::move(memory)).node_;
}

array::array(const array& other) : node_(tracing == nullptr ? other.node_ : captured(other.node())) {}

array::array(array&& other) noexcept : node_(tracing == nullptr ? std::move(other.node_) : captured(other.node())) {}

array& array::operator=(const array& other) {
  overwrite(other.node());
  return *this;
}

array& array::operator=(array&& other) noexcept {
  if (tracing == nullptr)
    node_ = std::move(other.node_);
  else
    overwrite(other.node());
  return *this;
}

void array::overwrite(const array& other) { overwrite(other.node()); }

void array::overwrite(exec::NodeRef node) {
  if (tracing == nullptr) {
    node_ = std::move(node);
  } else if (!node_ || node_->trace_id == tracing->id()) {
    node_ = captured(node);
  } else {
    tracing->write(this, captured(node));
  }
}

const exec::NodeRef& array::node_while_tracing() const {
  if (!node_ || node_->trace_id == tracing->id()) return node_;
  const exec::NodeRef* written = tracing->overlay(this);
  return written == nullptr ? node_ : *written;
}

std::int64_t array::shape(int axis) const {
  return shape()[static_cast<std::size_t>(normalize_axis("shape", axis, ndim()))].value();
}

void array::eval() { evaluated(*this, "eval"); }

Literal array::item() const {
  if (size() != 1) {
    fail<ValueError>("[item] only an array of one element converts to a scalar, got shape {}", to_string(shape()));
  }
  const exec::NodeRef node = evaluated(*this, "item");
  return Literal::load(node->data.dtype, node->data.pointer());
}

void array::copy_to(void* destination) const {
  const exec::NodeRef node = evaluated(*this, "copy_to");
  const exec::Data& data = node->data;
  if (size() == 0) return;
  if (data.contiguous) {
    std::memcpy(destination, data.pointer(), nbytes());
  } else {
    gather_elements(data, 0, static_cast<const char*>(data.pointer()), static_cast<char*>(destination));
  }
}

const void* array::contiguous_data(Dtype expected) {
  if (dtype() != expected) {
    fail<TypeError>("[data] the array holds {} elements, not {}", name(dtype()), name(expected));
  }
  exec::NodeRef node = evaluated(*this, "data");
  if (!node->data.contiguous) {
    Primitive copy;
    copy.kind = PrimitiveKind::copy;
    overwrite(make_array(std::move(copy), *this, {}));
    node = evaluated(*this, "data");
  }
  return node->data.pointer();
}

std::int64_t array::element_count(const Shape& shape) { return checked_elements(shape, "array").value(); }

void array::require_count(std::size_t count, const Shape& shape) {
  if (static_cast<std::int64_t>(count) != element_count(shape)) {
    fail<ValueError>("[array] {} values do not fill shape {}", count, to_string(shape));
  }
}

array array::from_memory(const void* data, Dtype from, Shape shape, Dtype to) {
  const std::int64_t elements = element_count(shape);
  if (from == to) return array(leaf_of(data, from, shape));
  // Short lists convert here, so that small arrays need no kernel; the bound keeps this loop below a kernel's launch.
  constexpr std::int64_t short_list = 1024;
  if (elements <= short_list) {
    std::array<char, short_list * 8> converted;
    for (std::int64_t i = 0; i < elements; ++i) {
      Literal::load(from, static_cast<const char*>(data) + i * from.size())
          .converted(to)
          .store(&converted[static_cast<std::size_t>(i) * to.size()]);
    }
    return array(leaf_of(converted.data(), to, shape));
  }
  Primitive convert;
  convert.kind = PrimitiveKind::convert;
  convert.dtype = to;
  return make_array(std::move(convert), array(leaf_of(data, from, shape)), {});
}

array array::adopt(ForeignMemory memory) {
  const std::int64_t elements = checked_elements(memory.shape, "adopt").value();
  if (memory.strides.size() != memory.shape.size()) {
    fail<ValueError>("[adopt] {} strides do not fit shape {}", memory.strides.size(), to_string(memory.shape));
  }
  if (reinterpret_cast<std::uintptr_t>(memory.first) % memory.dtype.size() != 0) {
    fail<ValueError>("[adopt] the memory at {} is not aligned for {}", memory.first, name(memory.dtype));
  }
  if (elements != 0) return array(exec::make_leaf(window_on(memory), StreamOrDevice().stream));
  array empty(leaf_of(nullptr, memory.dtype, memory.shape));
  if (memory.release) memory.release();
  return empty;
}

void eval(const std::vector<array>& outputs) {
  std::vector<exec::NodeRef> pending;
  pending.reserve(outputs.size());
  for (const array& x : outputs) {
    if (x.node()->is_traced())
      evaluated(x, "eval");
    else if (!x.node()->is_done())
      pending.push_back(x.node());
  }
  if (!pending.empty()) exec::evaluate(pending);
}

}  // namespace cermet
