// prebuild FILE: makes the kernels of common single operations for this machine and packs them into FILE, which the
// library maps at run time (runtime/prebuilt.h). Nothing is executed: an operation is described by the layouts of its
// operands, exactly as exec describes a pending node, and planned. Linked with the shared library, because the kernels
// belong to its build.
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "base/settings.h"
#include "exec/eager.h"
#include "runtime/prebuilt.h"
#include "runtime/thread_pool.h"

namespace cermet {
namespace {

// One size of each class that exec/eager.cpp tells apart.
constexpr std::array<std::int64_t, 3> totals{1024, 1 << 18, 1 << 25};
constexpr std::array<std::int64_t, 3> counts{4, 32, 4096};
constexpr std::array<std::int64_t, 4> row_lengths{64, 2048, 32768, 1 << 20};

struct Case {
  Primitive primitive;
  Shape shape;
  SmallVector<exec::Data, 3> operands;
};

exec::Data dense(Dtype dtype, const Shape& shape) { return exec::row_major({shape, dtype}); }

/// An array of `strides`, elements apart, over `shape`.
exec::Data strided(Dtype dtype, const Shape& shape, std::initializer_list<std::int64_t> strides) {
  exec::Data data = dense(dtype, shape);
  data.strides = exec::Strides(strides.begin(), strides.end());
  data.contiguous = false;
  return data;
}

/// One element everywhere.
exec::Data spread(Dtype dtype, const Shape& shape) {
  exec::Data data = dense(dtype, shape);
  data.strides.assign(shape.size(), 0);
  data.contiguous = shape.empty();
  return data;
}

Primitive primitive_of(PrimitiveKind kind) {
  Primitive p;
  p.kind = kind;
  return p;
}

class Cases {
 public:
  std::vector<Case> all;

  void add_elementwise() {
    for (int i = 0; i < op_count; ++i) {
      const auto op = static_cast<Op>(i);
      if (row(op).internal) continue;
      for (Dtype dtype : {float32, float16, bfloat16, int32, uint32, bool_}) add_op(op, dtype);
    }
  }

  /// A matrix with a row or a column of numbers, as biases and centred rows are.
  void add_broadcasts() {
    for (Op op : {Op::add, Op::subtract, Op::multiply, Op::divide}) {
      Primitive p = primitive_of(PrimitiveKind::elementwise);
      p.op = op;
      for (std::int64_t total : totals) {
        for (std::int64_t length : row_lengths) {
          if (length * 2 > total) continue;
          const Shape shape{total / length, length};
          all.push_back({p, shape, {dense(float32, shape), strided(float32, shape, {0, 1})}});
          all.push_back({p, shape, {dense(float32, shape), strided(float32, shape, {1, 0})}});
        }
      }
    }
  }

  void add_moves() {
    for (Dtype from : {float32, float16, bfloat16, int32, int64, uint8, uint32, bool_}) {
      for (Dtype to : {float32, float16, bfloat16, int32, bool_}) {
        if (from == to) continue;
        Primitive p = primitive_of(PrimitiveKind::convert);
        p.dtype = to;
        for_sizes([&](const Shape& shape) { all.push_back({p, shape, {dense(from, shape)}}); });
      }
    }
    const Primitive copy = primitive_of(PrimitiveKind::copy);
    for (Dtype dtype : {float32, bfloat16, int32}) {
      for_sizes([&](const Shape& shape) {
        all.push_back({copy, shape, {dense(dtype, shape)}});
        if (!shape.empty()) all.push_back({copy, shape, {spread(dtype, shape)}});
      });
      for (std::int64_t total : totals) {
        const std::int64_t side = total == 1024 ? 32 : total / 2048;
        const Shape turned{side, total / side};
        all.push_back({copy, turned, {strided(dtype, turned, {1, side})}});
      }
    }
    for (Dtype dtype : {int32, float32}) {
      Primitive iota = primitive_of(PrimitiveKind::iota);
      iota.dtype = dtype;
      iota.axes = {0};
      for (std::int64_t total : totals) {
        iota.dims = {Dim(total)};
        all.push_back({iota, Shape{total}, {}});
      }
    }
    Primitive bits = primitive_of(PrimitiveKind::random_bits);
    bits.dtype = uint32;
    for_sizes([&](const Shape& shape) {
      bits.dims.assign(shape.begin(), shape.end());
      all.push_back({bits, shape, {dense(uint32, Shape{2})}});
    });
  }

  /// Two equal parts joined, rows and elements taken, running sums.
  void add_indexing() {
    for (Dtype dtype : {float32, int32}) {
      Primitive join = primitive_of(PrimitiveKind::concatenate);
      join.axes = {0};
      all.push_back({join, Shape{64}, {dense(dtype, Shape{64}), dense(dtype, Shape{64})}});
      for (std::int64_t axis : {0, 1}) {
        join.axes = {axis};
        all.push_back({join, Shape{8, 64}, {dense(dtype, Shape{8, 64}), dense(dtype, Shape{8, 64})}});
      }
      Primitive take = primitive_of(PrimitiveKind::gather);
      for (Dtype index : {int32, uint32}) {
        take.axes = {-1};
        take.dims = {Dim(16)};
        all.push_back({take, Shape{16}, {dense(dtype, Shape{64}), dense(index, Shape{16})}});
        take.axes = {-1, 1};
        take.dims = {Dim(16), Dim(64)};
        const Shape rows{16, 64};
        all.push_back({take, rows, {dense(dtype, Shape{8, 64}), strided(index, rows, {1, 0})}});
      }
      Primitive sums = primitive_of(PrimitiveKind::scan);
      sums.reduction = Reduction::sum;
      for (std::int64_t length : row_lengths) {
        sums.axes = {0, 0, 0};
        all.push_back({sums, Shape{length}, {dense(dtype, Shape{length})}});
        sums.axes = {1, 0, 0};
        all.push_back({sums, Shape{32, length}, {dense(dtype, Shape{32, length})}});
      }
    }
  }

  void add_reductions() {
    for (int i = 0; i < static_cast<int>(Reduction::count_); ++i) {
      Primitive p = primitive_of(PrimitiveKind::reduce);
      p.reduction = static_cast<Reduction>(i);
      const bool logical = p.reduction == Reduction::all || p.reduction == Reduction::any;
      add_rows(p, logical ? bool_ : float32);
      if (p.reduction == Reduction::sum || p.reduction == Reduction::max) add_rows(p, int32);
    }
    for (const char* name : {"softmax", "logsumexp", "mean", "var", "std"}) {
      Primitive p = primitive_of(PrimitiveKind::composite);
      p.text = name;
      add_rows(p, float32);
    }
  }

 private:
  template <class F>
  static void for_sizes(F&& body) {
    body(Shape{});
    for (std::int64_t total : totals) body(Shape{total});
  }

  void add_op(Op op, Dtype dtype) {
    const Row& facts = row(op);
    try {
      if (operand_dtype(op, dtype) != dtype) return;
    } catch (const Error&) {
      return;
    }
    Primitive p = primitive_of(PrimitiveKind::elementwise);
    p.op = op;
    for_sizes([&](const Shape& shape) {
      // Every operand is an array or a single number; not all of them are numbers.
      const unsigned patterns = shape.empty() ? 1U : 1U << facts.arity;
      for (unsigned numbers = 0; numbers == 0 || numbers + 1 < patterns; ++numbers) {
        Case c{p, shape, {}};
        for (unsigned k = 0; k < facts.arity; ++k) {
          const Dtype taken = facts.types == Types::select && k == 0 ? bool_ : dtype;
          c.operands.push_back((numbers >> k & 1U) != 0 ? spread(taken, shape) : dense(taken, shape));
        }
        all.push_back(std::move(c));
      }
    });
  }

  /// Over everything, over the last axis, over the first.
  void add_rows(Primitive p, Dtype dtype) {
    for (std::int64_t length : row_lengths) {
      p.axes = {0};
      add_row(p, dtype, Shape{length});
      for (std::int64_t count : counts) {
        p.axes = {1};
        add_row(p, dtype, Shape{count, length});
        p.axes = {0};
        add_row(p, dtype, Shape{length, count});
      }
    }
  }

  void add_row(const Primitive& p, Dtype dtype, const Shape& input) {
    all.push_back({p, input, {dense(dtype, input)}});
  }
};

/// The type of the node: the shape of the case for what keeps it, else by the rules.
void describe_node(const Case& c, exec::Node& node) {
  static thread_local IntExprTable table;
  SmallVector<ArrayType, 3> types;
  for (const exec::Data& operand : c.operands) {
    ArrayType type;
    type.dtype = operand.dtype;
    for (std::int64_t extent : operand.shape) type.shape.push_back(extent);
    types.push_back(std::move(type));
  }
  node.primitive = c.primitive;
  node.type = infer(c.primitive, {types.data(), types.size()}, table);
}

void make(const Case& c) {
  exec::Node node;
  describe_node(c, node);
  SmallVector<const exec::Data*, 3> operands;
  for (const exec::Data& operand : c.operands) operands.push_back(&operand);
  const exec::EagerCall call = exec::describe(node, {operands.data(), operands.size()});
  if (!exec::find_program(call)) exec::make_program(call);
}

int run(const std::string& file) {
  const auto start = std::chrono::steady_clock::now();
  const std::string folder = file + ".parts";
  std::filesystem::remove_all(folder);
  set_setting("cache", "1");
  set_setting("cache_dir", folder);
  set_setting("cache_size_mb", "4096");
  set_setting("prebuilt", "none");
  Cases cases;
  cases.add_elementwise();
  cases.add_broadcasts();
  cases.add_moves();
  cases.add_indexing();
  cases.add_reductions();
  std::atomic<int> failed{0};
  runtime::parallel_for(static_cast<std::int64_t>(cases.all.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      try {
        make(cases.all[static_cast<std::size_t>(i)]);
      } catch (const std::exception& error) {
        if (failed.fetch_add(1) == 0) fmt::print(stderr, "prebuild: {}\n", error.what());
      }
    }
  });
  const std::size_t kernels = runtime::pack_prebuilt(folder, file);
  std::filesystem::remove_all(folder);
  fmt::print("{}: {} kernels of {} operations, {} KiB, {:.1f} s\n", file, kernels, cases.all.size(),
             std::filesystem::file_size(file) >> 10,
             std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return failed.load() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace cermet

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: prebuild FILE\n");
    return 2;
  }
  try {
    return cermet::run(argv[1]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "prebuild: {}\n", error.what());
    return 1;
  }
}
