// What forward and backward attention share: the operands as heads, tiles of them as float32, products, and the scores
// of a block of queries.
#pragma once

#include <cstdint>

#include "library/attention/rows.h"
#include "library/library.h"
#include "runtime/buffer.h"

namespace cermet::library {

/// The score of a key that a boolean or causal mask hides: a query that sees none gives all of them equal weight.
inline constexpr float hidden_score = -3.402823466e38F;

struct Heads {
  Heads(const Primitive& call, std::span<const Operand> operands);

  const Operand *q = nullptr, *k = nullptr, *v = nullptr, *mask = nullptr, *sinks = nullptr, *cotangent = nullptr;
  const Operand* result = nullptr;
  std::int64_t batch = 0, heads = 0, groups = 0, queries = 0, keys = 0, size = 0, values = 0;
  bool causal = false, boolean_mask = false;
  float scale = 1;
  Dtype dtype;

  /// The head of k and v that serves head h.
  std::int64_t group(std::int64_t h) const { return h / (heads / groups); }
  float sink(std::int64_t b, std::int64_t h) const;
  /// The keys from 0 on that some query of [first, first + count) sees; all where one of them sees none.
  std::int64_t seen(std::int64_t first, std::int64_t count) const;
  /// Hides what is masked among the products of query i with keys [first, first + n).
  struct Scores {
    float factor;  ///< What the row still has to be multiplied by to be scores.
    float top;     ///< The greatest score.
  };
  /// `scratch` holds n floats.
  Scores mask_row(std::int64_t b, std::int64_t h, std::int64_t i, std::int64_t first, std::int64_t n, float* row,
                  float* scratch) const;
};

/// Rows of floats, `stride` apart.
struct Tile {
  const float* data = nullptr;
  std::int64_t stride = 0;
};

/// Rows [first, first + count) of matrix (b, h): in place if they are contiguous floats, else converted to `scratch`.
Tile load_tile(const Operand& x, std::int64_t b, std::int64_t h, std::int64_t first, std::int64_t count,
               float* scratch);
/// Floats that load_tile() needs for `count` rows.
std::int64_t tile_floats(const Operand& x, std::int64_t count);
/// `n` floats to elements of `dtype` at `out`.
void store_floats(const float* from, std::int64_t n, Dtype dtype, char* out);

/// c (m, n) = a b, or c += a b.
void add_product(std::int64_t m, std::int64_t n, std::int64_t k, bool transposed_a, Tile a, bool transposed_b, Tile b,
                 bool add, float* c, std::int64_t ldc);

/// Memory for one thread's part, cut into pieces.
class Scratch {
 public:
  explicit Scratch(std::int64_t floats);
  float* take(std::int64_t floats);

 private:
  runtime::BufferRef buffer_;
  float* next_ = nullptr;
  std::int64_t left_ = 0;
};

/// Pieces of work to take at a time, each of about `work` multiplications.
std::int64_t grain_of(double work);

}  // namespace cermet::library
