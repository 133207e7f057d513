// Tiles, products and scores.
#include "library/attention/heads.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "graph/ops/attention.h"
#include "library/cpu/onednn.h"
#include "library/matmul/convert.h"

namespace cermet::library {

namespace {

const char* element(const Operand& x, std::int64_t i, std::int64_t j, std::int64_t k, std::int64_t l) {
  const std::int64_t index[] = {i, j, k, l};
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < x.shape.size(); ++axis) {
    if (x.shape[axis] != 1) offset += index[axis] * x.strides[axis];
  }
  return static_cast<const char*>(x.data) + offset * static_cast<std::int64_t>(x.dtype.size());
}

}  // namespace

Heads::Heads(const Primitive& call, std::span<const Operand> operands)
    : q(&operands[0]), k(&operands[1]), v(&operands[2]), result(&operands.back()) {
  const auto given = graph::AttentionArguments::decode(call);
  if (given.mask != graph::MaskKind::none) mask = &operands[3];
  if (given.sinks) sinks = &operands[given.sinks_at()];
  if (operands.size() == given.inputs() + 2) cotangent = &operands[given.inputs()];
  batch = q->shape[0];
  heads = q->shape[1];
  queries = q->shape[2];
  size = q->shape[3];
  groups = k->shape[1];
  keys = k->shape[2];
  values = v->shape[3];
  causal = given.causal;
  boolean_mask = given.mask == graph::MaskKind::boolean;
  scale = static_cast<float>(given.scale);
  dtype = q->dtype;
  if (groups == 0 ? heads != 0 : heads % groups != 0) {  // known only now where extents were symbols
    fail<ValueError>("[scaled_dot_product_attention] {} heads of q are no multiple of {} heads of k and v.", heads,
                     groups);
  }
}

float Heads::sink(std::int64_t b, std::int64_t h) const {
  float value = 0;
  copy_row(element(*sinks, b, h, 0, 0), 1, dtype, true, reinterpret_cast<char*>(&value), 1);
  return value;
}

std::int64_t Heads::seen(std::int64_t first, std::int64_t count) const {
  const std::int64_t lead = keys - queries;  // query i sees keys up to i + lead
  if (!causal || first + lead < 0) return keys;
  return std::min(keys, first + count + lead);
}

Heads::Scores Heads::mask_row(std::int64_t b, std::int64_t h, std::int64_t i, std::int64_t first, std::int64_t n,
                              float* row, float* scratch) const {
  const RowFunctions& rows = row_functions();
  const std::int64_t visible = causal ? std::clamp<std::int64_t>(i + keys - queries + 1 - first, 0, n) : n;
  if (mask == nullptr && visible == n && scale > 0) return {scale, scale * rows.maximum(row, n)};
  rows.scale(row, visible, scale);
  if (mask != nullptr) {
    const char* from = element(*mask, b, h, i, first);
    const std::int64_t stride = mask->shape[3] == 1 ? 0 : mask->strides[3];
    if (boolean_mask) {
      for (std::int64_t j = 0; j < visible; ++j) row[j] = from[j * stride] != 0 ? row[j] : hidden_score;
    } else {
      copy_row(from, stride, dtype, true, reinterpret_cast<char*>(scratch), visible);
      rows.add(row, scratch, visible);
    }
  }
  std::fill(row + visible, row + n, hidden_score);
  return {1, rows.maximum(row, n)};
}

Tile load_tile(const Operand& x, std::int64_t b, std::int64_t h, std::int64_t first, std::int64_t count,
               float* scratch) {
  const char* from = element(x, b, h, first, 0);
  const std::int64_t columns = x.shape[3], step = columns == 1 ? 1 : x.strides[3];
  const std::int64_t stride = x.shape[2] == 1 ? columns : x.strides[2];
  constexpr std::int64_t longest = std::numeric_limits<std::int32_t>::max();
  if (x.dtype == float32 && step == 1 && stride >= columns && stride <= longest) {
    return {reinterpret_cast<const float*>(from), stride};
  }
  const auto bytes = static_cast<std::int64_t>(x.dtype.size());
  for (std::int64_t i = 0; i < count; ++i) {
    copy_row(from + i * stride * bytes, step, x.dtype, true, reinterpret_cast<char*>(scratch + i * columns), columns);
  }
  return {scratch, columns};
}

std::int64_t tile_floats(const Operand& x, std::int64_t count) { return count * x.shape[3]; }

void store_floats(const float* from, std::int64_t n, Dtype dtype, char* out) {
  if (is_half(dtype)) return narrow_row(from, dtype, out, n);
  if (reinterpret_cast<const char*>(from) != out) std::copy(from, from + n, reinterpret_cast<float*>(out));
}

void add_product(std::int64_t m, std::int64_t n, std::int64_t k, bool transposed_a, Tile a, bool transposed_b, Tile b,
                 bool add, float* c, std::int64_t ldc) {
  const auto stored = [](Tile x, std::int64_t columns) {
    return std::max(x.stride, std::max<std::int64_t>(columns, 1));
  };
  const cpu::ProductShape shape{
      m, n, k, transposed_a, transposed_b, stored(a, transposed_a ? m : k), stored(b, transposed_b ? k : n), ldc};
  cpu::onednn_sgemm(shape, a.data, b.data, c, add);
}

Scratch::Scratch(std::int64_t floats)
    : buffer_(runtime::allocate(static_cast<std::size_t>(floats) * sizeof(float))),
      next_(static_cast<float*>(buffer_->data())),
      left_(floats) {}

float* Scratch::take(std::int64_t floats) {
  check(floats <= left_, "attention needs {} more floats of scratch, {} are left", floats, left_);
  left_ -= floats;
  float* piece = next_;
  next_ += floats;
  return piece;
}

std::int64_t grain_of(double work) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(double{1 << 21} / std::max(work, 1.0)));
}

}  // namespace cermet::library
