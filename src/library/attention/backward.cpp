// Attention backward: for each block of queries, the probabilities of all keys that they see at once, then
//   dv += p^T do,  dp = do v^T,  ds = p (dp - sum(p dp)),  dq = ds k,  dk += ds^T q.
// A thread owns a head of k and v, whose sums take the blocks of all its queries in order.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "library/attention/attention.h"
#include "library/attention/heads.h"
#include "runtime/thread_pool.h"

namespace cermet::library {
namespace {

// Two matrices of scores stay in the second level cache, up to 4096 keys; more keys still leave blocks of 16.
std::int64_t block_of(const Heads& x) {
  constexpr std::int64_t scores = 1 << 16;
  const std::int64_t fitting = scores / std::max<std::int64_t>(x.keys, 1) / 16 * 16;
  return std::min(x.queries, std::clamp<std::int64_t>(fitting, 16, 128));
}

/// The probabilities of a block of queries and the cotangents of its scores.
class Block {
 public:
  explicit Block(const Heads& heads, std::int64_t most)
      : heads_(heads),
        rows_(row_functions()),
        scratch_(scratch_floats(heads, most)),
        q_scratch_(scratch_.take(tile_floats(*heads.q, most))),
        cotangent_scratch_(scratch_.take(tile_floats(*heads.cotangent, most))),
        k_scratch_(scratch_.take(tile_floats(*heads.k, heads.keys))),
        v_scratch_(scratch_.take(tile_floats(*heads.v, heads.keys))),
        p_(scratch_.take(most * heads.keys)),
        ds_(scratch_.take(most * heads.keys)),
        mask_scratch_(scratch_.take(heads.keys)) {}

  void take_group(std::int64_t b, std::int64_t group) {
    k_ = load_tile(*heads_.k, b, group, 0, heads_.keys, k_scratch_);
    v_ = load_tile(*heads_.v, b, group, 0, heads_.keys, v_scratch_);
  }

  /// Of queries [first, first + count) of head h; `factor` multiplies the cotangents of scores. Returns that of the
  /// head's sink.
  double run(std::int64_t b, std::int64_t h, std::int64_t first, std::int64_t count, float factor) {
    const Heads& x = heads_;
    count_ = count;
    seen_ = x.seen(first, count);
    q_ = load_tile(*x.q, b, h, first, count, q_scratch_);
    cotangent_ = load_tile(*x.cotangent, b, h, first, count, cotangent_scratch_);
    add_product(count, seen_, x.size, false, q_, true, k_, false, p_, seen_);
    add_product(count, seen_, x.values, false, cotangent_, true, v_, false, ds_, seen_);
    double sink = 0;
    for (std::int64_t i = 0; i < count; ++i) sink += run_row(b, h, first + i, i, factor);
    return sink;
  }

  std::int64_t seen() const { return seen_; }
  Tile q() const { return q_; }
  Tile k() const { return k_; }
  Tile cotangent() const { return cotangent_; }
  Tile p() const { return {p_, seen_}; }
  Tile ds() const { return {ds_, seen_}; }

 private:
  static std::int64_t scratch_floats(const Heads& x, std::int64_t most) {
    return tile_floats(*x.q, most) + tile_floats(*x.cotangent, most) + tile_floats(*x.k, x.keys) +
           tile_floats(*x.v, x.keys) + 2 * most * x.keys + x.keys;
  }

  double run_row(std::int64_t b, std::int64_t h, std::int64_t query, std::int64_t i, float factor) {
    const Heads& x = heads_;
    float *row = p_ + i * seen_, *back = ds_ + i * seen_;
    const float sink = x.sinks != nullptr ? x.sink(b, h) : -std::numeric_limits<float>::infinity();
    const Heads::Scores found = x.mask_row(b, h, query, 0, seen_, row, mask_scratch_);
    const float top = std::max(sink, found.top);
    const float of_sink = x.sinks != nullptr ? std::exp(sink - top) : 0;
    const float total = rows_.exponentials(row, seen_, found.factor, top) + of_sink;
    rows_.scale(row, seen_, 1 / total);
    const float sum = rows_.softmax_gradient(back, row, seen_, factor);
    // Scores of hidden keys are constants; they have weight only where all are hidden.
    if ((x.causal || x.boolean_mask) && top == hidden_score) std::fill(back, back + seen_, 0.0F);
    return -static_cast<double>(of_sink / total) * static_cast<double>(sum);
  }

  const Heads& heads_;
  const RowFunctions& rows_;
  Scratch scratch_;
  float *q_scratch_, *cotangent_scratch_, *k_scratch_, *v_scratch_, *p_, *ds_, *mask_scratch_;
  Tile q_, k_, v_, cotangent_;
  std::int64_t count_ = 0, seen_ = 0;
};

/// The parts of the packed result.
struct Parts {
  explicit Parts(const Heads& x) {
    const auto bytes = static_cast<std::int64_t>(x.dtype.size());
    q = static_cast<char*>(x.result->data);
    k = q + x.q->elements() * bytes;
    v = k + x.k->elements() * bytes;
    sinks = v + x.v->elements() * bytes;
  }
  char *q, *k, *v, *sinks;
};

void run_group(const Heads& x, const Parts& parts, Block& block, std::int64_t most, std::int64_t b, std::int64_t group,
               double* sinks) {
  const auto bytes = static_cast<std::int64_t>(x.dtype.size());
  const std::int64_t at = b * x.groups + group, k_size = x.keys * x.size, v_size = x.keys * x.values;
  const bool halves = x.dtype != float32;
  Scratch scratch(halves ? k_size + v_size + most * x.size : 0);
  char *k_out = parts.k + at * k_size * bytes, *v_out = parts.v + at * v_size * bytes;
  float* dk = halves ? scratch.take(k_size) : reinterpret_cast<float*>(k_out);
  float* dv = halves ? scratch.take(v_size) : reinterpret_cast<float*>(v_out);
  float* dq_scratch = halves ? scratch.take(most * x.size) : nullptr;
  std::fill(dk, dk + k_size, 0.0F);
  std::fill(dv, dv + v_size, 0.0F);
  block.take_group(b, group);
  const std::int64_t shared = x.heads / x.groups;
  for (std::int64_t h = group * shared; h < (group + 1) * shared; ++h) {
    for (std::int64_t first = 0; first < x.queries; first += most) {
      const std::int64_t count = std::min(most, x.queries - first);
      const double sink = block.run(b, h, first, count, x.scale);
      if (sinks != nullptr) sinks[b * x.heads + h] += sink;
      char* q_out = parts.q + ((b * x.heads + h) * x.queries + first) * x.size * bytes;
      float* dq = halves ? dq_scratch : reinterpret_cast<float*>(q_out);
      const std::int64_t seen = block.seen();
      add_product(seen, x.values, count, true, block.p(), false, block.cotangent(), true, dv, x.values);
      add_product(count, x.size, seen, false, block.ds(), false, block.k(), false, dq, x.size);
      add_product(seen, x.size, count, true, block.ds(), false, block.q(), true, dk, x.size);
      store_floats(dq, count * x.size, x.dtype, q_out);
    }
  }
  store_floats(dk, k_size, x.dtype, k_out);
  store_floats(dv, v_size, x.dtype, v_out);
}

double work_of(const Heads& x, std::int64_t queries) {
  return static_cast<double>(queries) * static_cast<double>(x.keys) * static_cast<double>(3 * x.size + 2 * x.values);
}

}  // namespace

void run_attention_grad(const Primitive& call, std::span<const Operand> operands) {
  const Heads x(call, operands);
  const Parts parts(x);
  const bool empty = x.keys == 0 || x.queries == 0 || x.heads == 0 || x.batch == 0;
  if (empty) {
    std::memset(x.result->data, 0, x.result->bytes());
    return;
  }
  std::vector<double> sinks(x.sinks != nullptr ? static_cast<std::size_t>(x.batch * x.heads) : 0);
  const std::int64_t most = block_of(x);
  const double work = work_of(x, x.queries * (x.heads / x.groups));
  runtime::parallel_for(x.batch * x.groups, grain_of(work), [&](std::int64_t begin, std::int64_t end) {
    Block block(x, most);
    for (std::int64_t task = begin; task < end; ++task) {
      run_group(x, parts, block, most, task / x.groups, task % x.groups, x.sinks != nullptr ? sinks.data() : nullptr);
    }
  });
  if (x.sinks == nullptr) return;
  const std::int64_t distinct = x.sinks->shape[0];
  for (std::int64_t i = 0; i < distinct * x.heads; ++i) {
    double sum = 0;
    for (std::int64_t b = 0; b < x.batch; b += distinct) sum += sinks[static_cast<std::size_t>(b * x.heads + i)];
    const auto value = static_cast<float>(sum);
    store_floats(&value, 1, x.dtype, parts.sinks + i * static_cast<std::int64_t>(x.dtype.size()));
  }
}

namespace {

/// The gradient of the mask's block (b, h, queries from `first` on), summed over everything that it was broadcast to.
class MaskGradient {
 public:
  MaskGradient(const Heads& heads, std::int64_t most)
      : heads_(heads),
        most_(most),
        block_(heads, most),
        rows_(heads.mask->shape[2] == 1 ? 1 : most),
        keys_(heads.mask->shape[3]),
        scratch_(rows_ * keys_),
        sums_(scratch_.take(rows_ * keys_)) {}

  void run(std::int64_t mask_b, std::int64_t mask_h, std::int64_t first) {
    const Heads& x = heads_;
    std::fill(sums_, sums_ + rows_ * keys_, 0.0F);
    const bool one_row = x.mask->shape[2] == 1;
    const std::int64_t b_step = x.mask->shape[0], h_step = x.mask->shape[1];
    for (std::int64_t b = mask_b; b < x.batch; b += b_step) {
      for (std::int64_t h = mask_h; h < x.heads; h += h_step) {
        block_.take_group(b, x.group(h));
        const std::int64_t end = one_row ? x.queries : std::min(x.queries, first + most_);
        for (std::int64_t from = first; from < end; from += most_) add_block(b, h, from, std::min(most_, end - from));
      }
    }
    const std::int64_t rows = one_row ? 1 : std::min(most_, x.queries - first);
    const std::int64_t place = (mask_b * h_step + mask_h) * x.mask->shape[2] + first;
    store_floats(sums_, rows * keys_, x.dtype,
                 static_cast<char*>(x.result->data) + place * keys_ * static_cast<std::int64_t>(x.dtype.size()));
  }

 private:
  void add_block(std::int64_t b, std::int64_t h, std::int64_t from, std::int64_t count) {
    block_.run(b, h, from, count, 1);
    const Tile ds = block_.ds();
    for (std::int64_t i = 0; i < count; ++i) {
      float* to = sums_ + (rows_ == 1 ? 0 : i) * keys_;
      const float* row = ds.data + i * ds.stride;
      if (keys_ == 1) {
        for (std::int64_t j = 0; j < block_.seen(); ++j) to[0] += row[j];
      } else {
        row_functions().add(to, row, block_.seen());
      }
    }
  }

  const Heads& heads_;
  std::int64_t most_;
  Block block_;
  std::int64_t rows_, keys_;
  Scratch scratch_;
  float* sums_;
};

}  // namespace

void run_attention_mask_grad(const Primitive& call, std::span<const Operand> operands) {
  const Heads x(call, operands);
  if (x.keys == 0 || x.queries == 0 || x.heads == 0 || x.batch == 0) {
    std::memset(x.result->data, 0, x.result->bytes());
    return;
  }
  const std::int64_t most = block_of(x), rows = x.mask->shape[2];
  const std::int64_t blocks = rows == 1 ? 1 : (rows + most - 1) / most, h_count = x.mask->shape[1];
  const std::int64_t tasks = x.mask->shape[0] * h_count * blocks;
  const double work = work_of(x, x.queries) * static_cast<double>(x.batch * x.heads) / static_cast<double>(tasks);
  runtime::parallel_for(tasks, grain_of(work), [&](std::int64_t begin, std::int64_t end) {
    MaskGradient gradient(x, most);
    for (std::int64_t task = begin; task < end; ++task) {
      gradient.run(task / blocks / h_count, task / blocks % h_count, task % blocks * most);
    }
  });
}

}  // namespace cermet::library
