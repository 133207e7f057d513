// How a product is cut and who computes the tiles. Measured on a Zen 5 core (GF/s, one thread, float32; 512-bit FMA
// peak about 260; other work was running, so read them to 10 %):
//
//   m x n x k        OpenBLAS (AVX-512 / OPENBLAS_CORETYPE=Haswell)   dnnl_sgemm    generated matmul   bf16 generated
//   16^3             111 / 46                                          30            34                 -
//   64^3             196 / 70                                          199           224                369
//   256^3            222 / 74                                          237           236                490
//   512^3            223 / 75                                          234           240                472
//   2048^3           213                                               220 to 235    191                427
//   1x4096x4096      5                                                 16            5 to 10            7 to 19
//   8x4096x4096      35, b transposed 40                               82, 33        37, 60             53, 130
//   256x256x4096     209, both transposed 197                          231, 143      195, 205           475, 446
//
// So float32 goes to dnnl_sgemm, which needs no code generation for a new shape, except where b is transposed and few
// rows (or a transposed a) make the generated code up to twice as fast and the work is large enough to pay for it.
// Batches of tiny matrices go to OpenBLAS, which a call costs a third. bfloat16 goes to generated code; tiny bfloat16,
// float16, and bfloat16 without AVX-512 go through float32; the rest to OpenBLAS.
// Tiles of 512 x 512 cost at most 5 % against a whole product of 2048^3, tiles of 128 x 128 cost 20 %.
#include "library/matmul/cpu.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.h"
#include "library/cpu/onednn.h"
#include "library/cpu/openblas.h"
#include "library/matmul/convert.h"
#include "runtime/buffer.h"
#include "runtime/thread_pool.h"

namespace cermet::library {
namespace {

using cpu::ProductShape;

enum class Engine {
  float32,   ///< oneDNN, result in place
  bfloat16,  ///< oneDNN's generated code, result in place
  widened,   ///< half operands converted to float32, tiles of the result converted back
  blas       ///< OpenBLAS: float64 and complex64
};

bool has_bfloat16_products() {
  static const bool has = cpu::generate_product({16, 16, 16, false, false, 16, 16, 16}, bfloat16, false) != nullptr;
  return has;
}

// True if m x n x k is at most `bound`.
bool at_most(const Product& p, double bound) {
  return static_cast<double>(p.m) * static_cast<double>(p.n) * static_cast<double>(p.k) <= bound;
}

Engine choose_engine(const Product& p) {
  if (p.dtype == float32) return Engine::float32;
  if (p.dtype == float16 || p.k == 0) return is_half(p.dtype) ? Engine::widened : Engine::blas;
  if (p.dtype == bfloat16)
    return at_most(p, 32 * 32 * 32) || !has_bfloat16_products() ? Engine::widened : Engine::bfloat16;
  return Engine::blas;
}

// How a library sees a matrix of rows x columns: stored as it is or transposed, with rows `stride` apart.
struct Orientation {
  bool transposed = false;
  std::int64_t stride = 0;
};

std::optional<Orientation> orient(const MatrixBatch& matrix, std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t longest = std::numeric_limits<std::int32_t>::max();  // OpenBLAS counts in 32 bits
  const bool unit_column = matrix.column == 1 || columns == 1, unit_row = matrix.row == 1 || rows == 1;
  const std::int64_t row = rows == 1 ? columns : matrix.row, column = columns == 1 ? rows : matrix.column;
  if (unit_column && row >= columns && row <= longest) return Orientation{false, row};
  if (unit_row && column >= rows && column <= longest) return Orientation{true, column};
  return std::nullopt;
}

std::int64_t batch_count(const Extents& extents) {
  std::int64_t out = 1;
  for (std::int64_t extent : extents) out *= extent;
  return out;
}

std::int64_t batch_offset(std::int64_t index, const Extents& extents, const Extents& strides) {
  std::int64_t offset = 0;
  for (std::size_t i = extents.size(); i-- > 0;) {
    offset += index % extents[i] * strides[i];
    index /= extents[i];
  }
  return offset;
}

// Bytes of that many elements; what does not fit 64 bits is asked for as the most that there is, and refused.
std::size_t scratch_bytes(std::initializer_list<std::int64_t> extents, std::size_t element) {
  std::size_t bytes = element;
  for (std::int64_t extent : extents) {
    if (__builtin_mul_overflow(bytes, static_cast<std::size_t>(extent), &bytes))
      return std::numeric_limits<std::size_t>::max();
  }
  return bytes;
}

// A copy of the matrices that libraries take: contiguous, in the order that reads them best, float32 if `widen`.
// Broadcast batch dimensions stay broadcast.
runtime::BufferRef pack(MatrixBatch& matrix, std::int64_t rows, std::int64_t columns, const Extents& batch, Dtype dtype,
                        bool widen, bool by_rows = false) {
  const bool transposed = !by_rows && std::abs(matrix.row) < std::abs(matrix.column);
  const std::int64_t outer = transposed ? columns : rows, inner = transposed ? rows : columns;
  const std::int64_t outer_stride = transposed ? matrix.column : matrix.row;
  const std::int64_t inner_stride = transposed ? matrix.row : matrix.column;
  Extents distinct = batch, strides(batch.size());
  std::int64_t copies = 1;
  for (std::size_t i = batch.size(); i-- > 0;) {
    if (matrix.batch[i] == 0) distinct[i] = 1;
    strides[i] = matrix.batch[i] == 0 ? 0 : copies * rows * columns;
    copies *= distinct[i];
  }
  const auto element_in = static_cast<std::int64_t>(dtype.size());
  const std::int64_t element_out = widen ? 4 : element_in;
  runtime::BufferRef buffer =
      runtime::allocate(scratch_bytes({copies, rows, columns}, static_cast<std::size_t>(element_out)));
  char* out = static_cast<char*>(buffer->data());
  const std::int64_t grain = std::max<std::int64_t>(1, (1 << 16) / std::max<std::int64_t>(inner, 1));
  runtime::parallel_for(copies * outer, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t from = batch_offset(i / outer, distinct, matrix.batch) + i % outer * outer_stride;
      copy_row(matrix.data + from * element_in, inner_stride, dtype, widen, out + i * inner * element_out, inner);
    }
  });
  matrix = {out, transposed ? 1 : columns, transposed ? rows : 1, strides};
  return buffer;
}

// Extents of a tile, from the extents of the product alone: enough tiles for several threads if each is worth it.
struct Cut {
  std::int64_t m = 0, n = 0;
};

// Work in units of a multiplication at full speed; an element read counts as 32.
std::int64_t cost(std::int64_t m, std::int64_t n, std::int64_t k) {
  const double work =
      static_cast<double>(std::max<std::int64_t>(k, 1)) *
      (static_cast<double>(m) * static_cast<double>(n) + 32 * (static_cast<double>(m) + static_cast<double>(n)));
  return static_cast<std::int64_t>(std::min(work, 1e18));
}

std::int64_t pieces(std::int64_t whole, std::int64_t piece) { return (whole + piece - 1) / piece; }

Cut cut(const Product& p, std::int64_t batches) {
  constexpr std::int64_t step = 16, largest = 1024, smallest = 64;
  constexpr std::int64_t light = 1 << 23, heavy = 1 << 28;  // about 80 us and 2.5 ms
  Cut out{p.m, p.n};
  while (std::max(out.m, out.n) > smallest) {
    const std::int64_t tiles = batches * pieces(p.m, out.m) * pieces(p.n, out.n), each = cost(out.m, out.n, p.k);
    const bool split = std::max(out.m, out.n) > largest || (tiles < 8 && each > light) || (tiles < 16 && each > heavy);
    if (!split) break;
    std::int64_t& side = out.m > out.n ? out.m : out.n;
    side = ((side + 1) / 2 + step - 1) / step * step;
  }
  return out;
}

template <class T>
void finish_rows(T* c, std::int64_t stride, std::int64_t m, std::int64_t n, const T* bias, bool relu) {
  for (std::int64_t i = 0; i < m; ++i, c += stride) {
    if (bias != nullptr) {
      for (std::int64_t j = 0; j < n; ++j) c[j] += bias[j];
    }
    if constexpr (std::is_floating_point_v<T>) {
      if (!relu) continue;
      for (std::int64_t j = 0; j < n; ++j) c[j] = c[j] < 0 ? T(0) : c[j];
    }
  }
}

// Two floats as one number, added part by part.
struct ComplexPair {
  float real, imaginary;
  ComplexPair& operator+=(const ComplexPair& other) {
    real += other.real;
    imaginary += other.imaginary;
    return *this;
  }
};

void relu_bfloat16(std::uint16_t* c, std::int64_t stride, std::int64_t m, std::int64_t n) {
  for (std::int64_t i = 0; i < m; ++i, c += stride) {
    for (std::int64_t j = 0; j < n; ++j) {
      const bool negative = c[j] >= 0x8000U && c[j] <= 0xff80U;  // down to minus infinity; NaN stays
      c[j] = negative ? std::uint16_t{0} : c[j];
    }
  }
}

void zero_rows(char* c, std::int64_t stride_bytes, std::int64_t m, std::int64_t row_bytes) {
  for (std::int64_t i = 0; i < m; ++i) std::memset(c + i * stride_bytes, 0, static_cast<std::size_t>(row_bytes));
}

// A product whose operands a library takes as they are.
struct Plan {
  Product product;
  Engine engine = Engine::float32;
  Orientation a, b;
  Cut tile;
  std::int64_t element = 4;  // bytes of an element of a and b
  bool tiny = false;         // many matrices, each too small for oneDNN's cost a call
};

ProductShape shape_of(const Plan& plan, std::int64_t m, std::int64_t n, std::int64_t ldc) {
  return {m, n, plan.product.k, plan.a.transposed, plan.b.transposed, plan.a.stride, plan.b.stride, m == 1 ? n : ldc};
}

void multiply_float32(const ProductShape& s, bool tiny, const char* a, const char* b, float* c) {
  if (tiny) return cpu::openblas_gemm(s, float32, a, b, c);
  const bool worth_generating = s.m * s.n >= (1 << 21) / std::max<std::int64_t>(s.k, 1);
  if (s.transposed_b && s.m > 1 && (s.transposed_a || s.m <= 128) && worth_generating) {
    if (const auto generated = cpu::generate_product(s, float32, false)) {
      return cpu::run_product(*generated, a, b, nullptr, c);
    }
  }
  cpu::onednn_sgemm(s, reinterpret_cast<const float*>(a), reinterpret_cast<const float*>(b), c);
}

void compute_float32(const Plan& plan, const ProductShape& s, const char* a, const char* b, float* c,
                     std::int64_t column) {
  const auto* bias = reinterpret_cast<const float*>(plan.product.bias);
  if (s.k > 0) {
    multiply_float32(s, plan.tiny, a, b, c);
  } else {
    zero_rows(reinterpret_cast<char*>(c), s.ldc * 4, s.m, s.n * 4);
  }
  finish_rows(c, s.ldc, s.m, s.n, bias == nullptr ? nullptr : bias + column, plan.product.relu);
}

void compute_widened(const Plan& plan, const ProductShape& shape, const char* a, const char* b, char* c,
                     std::int64_t column) {
  const runtime::BufferRef scratch = runtime::allocate(scratch_bytes({shape.m, shape.n}, 4));
  auto* floats = static_cast<float*>(scratch->data());
  ProductShape s = shape;
  s.ldc = s.n;
  compute_float32(plan, s, a, b, floats, column);
  for (std::int64_t i = 0; i < s.m; ++i) narrow_row(floats + i * s.n, plan.product.dtype, c + i * shape.ldc * 2, s.n);
}

void compute_bfloat16(const Plan& plan, const ProductShape& s, const char* a, const char* b, char* c,
                      std::int64_t column) {
  const char* bias = plan.product.bias == nullptr ? nullptr : plan.product.bias + column * 2;
  const auto generated = cpu::generate_product(s, bfloat16, bias != nullptr);
  check(generated != nullptr, "[matmul] oneDNN generates no bfloat16 product of {}x{}x{}", s.m, s.n, s.k);
  cpu::run_product(*generated, a, b, bias, c);
  if (plan.product.relu) relu_bfloat16(reinterpret_cast<std::uint16_t*>(c), s.ldc, s.m, s.n);
}

void compute_blas(const Plan& plan, const ProductShape& s, const char* a, const char* b, char* c, std::int64_t column) {
  const Product& p = plan.product;
  const char* bias = p.bias == nullptr ? nullptr : p.bias + column * plan.element;
  if (s.k > 0) {
    cpu::openblas_gemm(s, p.dtype, a, b, c);
  } else {
    zero_rows(c, s.ldc * plan.element, s.m, s.n * plan.element);
  }
  if (p.dtype == float64) {
    finish_rows(reinterpret_cast<double*>(c), s.ldc, s.m, s.n, reinterpret_cast<const double*>(bias), p.relu);
  } else {
    finish_rows(reinterpret_cast<ComplexPair*>(c), s.ldc, s.m, s.n, reinterpret_cast<const ComplexPair*>(bias), false);
  }
}

void compute_tile(const Plan& plan, std::int64_t task) {
  const Product& p = plan.product;
  const std::int64_t across = pieces(p.n, plan.tile.n), down = pieces(p.m, plan.tile.m);
  const std::int64_t column = task % across * plan.tile.n, row = task / across % down * plan.tile.m;
  const std::int64_t batch = task / across / down;
  const ProductShape s = shape_of(plan, std::min(plan.tile.m, p.m - row), std::min(plan.tile.n, p.n - column), p.c.row);
  const char* a = p.a.data + (batch_offset(batch, p.batch, p.a.batch) + row * p.a.row) * plan.element;
  const char* b = p.b.data + (batch_offset(batch, p.batch, p.b.batch) + column * p.b.column) * plan.element;
  char* c = p.c.data + (batch_offset(batch, p.batch, p.c.batch) + row * p.c.row + column) *
                           static_cast<std::int64_t>(p.dtype.size());
  switch (plan.engine) {
    case Engine::float32:
      return compute_float32(plan, s, a, b, reinterpret_cast<float*>(c), column);
    case Engine::bfloat16:
      return compute_bfloat16(plan, s, a, b, c, column);
    case Engine::widened:
      return compute_widened(plan, s, a, b, c, column);
    case Engine::blas:
      return compute_blas(plan, s, a, b, c, column);
  }
}

}  // namespace

void multiply_on_cpu(Product product) {
  Plan plan{std::move(product), Engine::float32, {}, {}, {}};
  Product& p = plan.product;
  plan.engine = choose_engine(p);
  const bool widen = plan.engine == Engine::widened;
  plan.element = widen ? 4 : static_cast<std::int64_t>(p.dtype.size());
  runtime::BufferRef packed_a, packed_b, packed_bias;
  if (p.k > 0 && (widen || !orient(p.a, p.m, p.k))) packed_a = pack(p.a, p.m, p.k, p.batch, p.dtype, widen);
  if (p.k > 0 && (widen || !orient(p.b, p.k, p.n))) packed_b = pack(p.b, p.k, p.n, p.batch, p.dtype, widen);
  if (p.bias != nullptr && (widen || p.bias_stride != 1)) {
    packed_bias = runtime::allocate(scratch_bytes({p.n}, static_cast<std::size_t>(plan.element)));
    copy_row(p.bias, p.bias_stride, p.dtype, widen, static_cast<char*>(packed_bias->data()), p.n);
    p.bias = static_cast<const char*>(packed_bias->data());
  }
  if (p.k > 0) {
    plan.a = orient(p.a, p.m, p.k).value();
    plan.b = orient(p.b, p.k, p.n).value();
  }
  if (plan.a.transposed && plan.b.transposed && p.m <= 64 && p.dtype == float32) {  // 10 GF/s otherwise, for m = 8
    packed_a = pack(p.a, p.m, p.k, p.batch, p.dtype, false, true);
    plan.a = orient(p.a, p.m, p.k).value();
  }
  const std::int64_t batches = batch_count(p.batch);
  plan.tile = cut(p, batches);
  plan.tiny = plan.element == 4 && batches >= 8 && at_most(p, 20 * 20 * 20);
  if (p.m > 1 && p.c.row > std::numeric_limits<std::int32_t>::max()) plan.tile.m = 1;  // no stride that does not fit
  const std::int64_t tasks = batches * pieces(p.m, plan.tile.m) * pieces(p.n, plan.tile.n);
  const std::int64_t grain = std::max<std::int64_t>(1, (1 << 21) / cost(plan.tile.m, plan.tile.n, p.k));
  const bool uses_blas = (plan.engine == Engine::blas || plan.tiny) && p.k > 0;
  const auto alone = uses_blas ? std::make_unique<cpu::OneBlasThread>() : nullptr;
  runtime::parallel_for(tasks, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) compute_tile(plan, task);
  });
}

}  // namespace cermet::library
