// Attention forward: for each block of queries, block after block of keys with a running maximum.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "library/attention/attention.h"
#include "library/attention/heads.h"
#include "runtime/thread_pool.h"

namespace cermet::library {
namespace {

// Scores of a block of queries and keys stay in the second level cache.
constexpr std::int64_t query_block = 128, key_block = 512;
// So few queries are faster by rows than by a library's product, whose call costs more.
constexpr std::int64_t few_queries = 4;

class Forward {
 public:
  explicit Forward(const Heads& heads)
      : heads_(heads),
        rows_(row_functions()),
        most_queries_(std::min(heads.queries, query_block)),
        most_keys_(std::min(heads.keys, key_block)),
        scratch_(scratch_floats()),
        q_scratch_(scratch_.take(tile_floats(*heads.q, most_queries_))),
        k_scratch_(scratch_.take(tile_floats(*heads.k, most_keys_))),
        v_scratch_(scratch_.take(tile_floats(*heads.v, most_keys_))),
        scores_(scratch_.take(most_queries_ * most_keys_)),
        mask_scratch_(scratch_.take(most_keys_)),
        out_(scratch_.take(most_queries_ * heads.values)),
        top_(scratch_.take(most_queries_)),
        total_(scratch_.take(most_queries_)) {}

  /// Queries [first, first + count) of head h of batch element b.
  void run(std::int64_t b, std::int64_t h, std::int64_t first, std::int64_t count) {
    const Heads& x = heads_;
    char* result = static_cast<char*>(x.result->data) +
                   ((b * x.heads + h) * x.queries + first) * x.values * static_cast<std::int64_t>(x.dtype.size());
    float* out = x.dtype == float32 ? reinterpret_cast<float*>(result) : out_;
    const Tile q = load_tile(*x.q, b, h, first, count, q_scratch_);
    const float sink = x.sinks != nullptr ? x.sink(b, h) : -std::numeric_limits<float>::infinity();
    std::fill(top_, top_ + count, sink);
    std::fill(total_, total_ + count, x.sinks != nullptr ? 1.0F : 0.0F);
    const std::int64_t end = x.seen(first, count);
    for (std::int64_t key = 0; key < end; key += key_block) {
      add_keys(b, h, first, count, q, key, std::min(key_block, end - key), out);
    }
    for (std::int64_t i = 0; i < count; ++i) rows_.scale(out + i * x.values, x.values, 1 / total_[i]);
    store_floats(out, count * x.values, x.dtype, result);
  }

 private:
  std::int64_t scratch_floats() const {
    const Heads& x = heads_;
    return tile_floats(*x.q, most_queries_) + tile_floats(*x.k, most_keys_) + tile_floats(*x.v, most_keys_) +
           most_queries_ * (most_keys_ + x.values + 2) + most_keys_;
  }

  void add_keys(std::int64_t b, std::int64_t h, std::int64_t first, std::int64_t count, Tile q, std::int64_t key,
                std::int64_t n, float* out) {
    const Heads& x = heads_;
    const bool is_first = key == 0, by_rows = count <= few_queries;
    const Tile k = load_tile(*x.k, b, x.group(h), key, n, k_scratch_);
    if (by_rows) {
      for (std::int64_t i = 0; i < count; ++i) {
        rows_.products(q.data + i * q.stride, k.data, k.stride, n, x.size, scores_ + i * n);
      }
    } else {
      add_product(count, n, x.size, false, q, true, k, false, scores_, n);
    }
    for (std::int64_t i = 0; i < count; ++i) weigh(b, h, first + i, i, key, n, is_first ? nullptr : out + i * x.values);
    const Tile v = load_tile(*x.v, b, x.group(h), key, n, v_scratch_);
    if (by_rows) {
      for (std::int64_t i = 0; i < count; ++i) {
        rows_.weighted_sum(scores_ + i * n, v.data, v.stride, n, x.values, !is_first, out + i * x.values);
      }
    } else {
      add_product(count, x.values, n, false, {scores_, n}, false, v, !is_first, out, x.values);
    }
  }

  // Scores of one query to weights, relative to the greatest so far; what was summed before (if there is any) follows.
  void weigh(std::int64_t b, std::int64_t h, std::int64_t query, std::int64_t i, std::int64_t key, std::int64_t n,
             float* before) {
    constexpr float none = -std::numeric_limits<float>::infinity();
    float* row = scores_ + i * n;
    const Heads::Scores found = heads_.mask_row(b, h, query, key, n, row, mask_scratch_);
    const float top = std::max(top_[i], found.top);
    const float shift = top == none ? 0 : top;  // exp(-inf - -inf) would be NaN, also for keys that come later
    if (top_[i] < top) {
      const float factor = std::exp(top_[i] - top);
      total_[i] *= factor;
      if (before != nullptr) rows_.scale(before, heads_.values, factor);
    }
    top_[i] = top;
    total_[i] += rows_.exponentials(row, n, found.factor, shift);
  }

  const Heads& heads_;
  const RowFunctions& rows_;
  std::int64_t most_queries_, most_keys_;
  Scratch scratch_;
  float *q_scratch_, *k_scratch_, *v_scratch_, *scores_, *mask_scratch_, *out_, *top_, *total_;
};

}  // namespace

void run_attention(const Primitive& call, std::span<const Operand> operands) {
  const Heads heads(call, operands);
  if (heads.keys == 0) {
    std::memset(heads.result->data, 0, heads.result->bytes());
    return;
  }
  const std::int64_t blocks = (heads.queries + query_block - 1) / query_block;
  const double work = static_cast<double>(std::min(heads.queries, query_block)) * static_cast<double>(heads.keys) *
                      static_cast<double>(heads.size + heads.values + 16);
  runtime::parallel_for(heads.batch * heads.heads * blocks, grain_of(work), [&](std::int64_t begin, std::int64_t end) {
    Forward forward(heads);
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t first = task % blocks * query_block, head = task / blocks;
      forward.run(head / heads.heads, head % heads.heads, first, std::min(query_block, heads.queries - first));
    }
  });
}

}  // namespace cermet::library
