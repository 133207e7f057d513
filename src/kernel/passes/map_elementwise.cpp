// The element-wise schedule: a nest without reductions, cut into tiles of neighbouring elements.
#include <algorithm>

#include "kernel/passes/mapper.h"
#include "kernel/passes/widen.h"

namespace cermet::kernel {

namespace {

class MapElementwise : public Mapper {
 public:
  MapElementwise(Kernel& source, const Target& target, const Nest& nest) : Mapper(source, target), nest_(nest) {
    const std::vector<Value> touched = accesses(source, nest.body);
    const int vector = vector_axis(source, table_, nest.axes, touched, target);
    column_ = nest.axes[static_cast<std::size_t>(vector)];
    std::vector<Axis> others = nest.axes;
    others.erase(others.begin() + vector);
    if (!others.empty()) {
      // The axis beside the vector axis in a tile: one that some access is contiguous in, else the innermost.
      auto beside = others.end() - 1;
      for (auto axis = others.begin(); axis != others.end(); ++axis) {
        if (crosses(touched, axis->symbol)) {
          beside = axis;
          transposed_ = true;
        }
      }
      row_ = *beside;
      has_rows_ = true;
      others.erase(beside);
    }
    outer_ = others;
  }

 protected:
  void visit(Value old) override {
    const Instruction& in = from.instructions[static_cast<std::size_t>(old)];
    if (in.opcode == Opcode::loop && in.loop_kind == LoopKind::parallel) {
      map();
    } else {
      copy(old);
    }
  }

 private:
  bool crosses(std::span<const Value> touched, SymbolId symbol) {
    return std::any_of(touched.begin(), touched.end(), [&](Value value) {
      const IntExpr index = from.instructions[static_cast<std::size_t>(value)].index;
      return stride_along(table_, index, symbol) == Stride::one &&
             stride_along(table_, index, column_.symbol) == Stride::other;
    });
  }

  /// One vector of the narrowest elements: a strided access then holds no more lines at a time than a cache has ways
  /// even where the stride is a power of two; the height makes up for it.
  std::int64_t transposed_width() const {
    int narrowest = 8;
    for (const Value value : accesses(from, nest_.body)) {
      narrowest = std::min<int>(narrowest, from.instructions[static_cast<std::size_t>(value)].dtype.size());
    }
    return std::clamp<std::int64_t>(target_.vector_bytes / narrowest, 16, target_.transpose_tile);
  }

  IntExpr tile_end(IntExpr begin, IntExpr size, IntExpr extent) {
    return integers().minimum(integers().add(begin, size), extent);
  }

  void map() {
    IntExprTable& t = integers();
    const IntExpr columns = at(column_.extent);
    const std::int64_t square = std::int64_t{target_.transpose_tile} * target_.transpose_tile;
    const std::int64_t most = transposed_ ? transposed_width() : target_.tile_elements;
    const IntExpr width = t.known_less_equal(columns, most) ? t.maximum(columns, 1) : IntExpr(most);
    const IntExpr across = t.ceildiv(columns, width);
    if (!has_rows_) {
      build().loop(LoopKind::grid, "g", across, [&](IntExpr g) { tile(t.multiply(g, width), width, columns); });
      return;
    }
    const IntExpr rows = at(row_.extent);
    const IntExpr wide = t.minimum(t.maximum(columns, 1), width);
    const IntExpr height =
        transposed_ ? IntExpr(square / most) : t.maximum(t.floordiv(IntExpr(target_.tile_elements), wide), 1);
    const IntExpr down = t.ceildiv(rows, height);
    const IntExpr tiles = t.multiply(down, across);
    build().loop(LoopKind::grid, "g", t.multiply(product(outer_), tiles), [&](IntExpr g) {
      const IntExpr inside = outer_.empty() ? g : t.mod(g, tiles);
      decode(outer_, outer_.empty() ? g : t.floordiv(g, tiles));
      const IntExpr row = t.multiply(t.floordiv(inside, across), height);
      const IntExpr column = t.multiply(t.mod(inside, across), width);
      build().loop(LoopKind::serial, from.integers.symbol(row_.symbol).name, row, tile_end(row, height, rows), 1, {},
                   [&](IntExpr symbol, std::span<const Value>) {
                     set(row_.symbol, symbol);
                     tile(column, width, columns);
                     return std::vector<Value>();
                   });
    });
  }

  /// One run along the vector axis. A tile is never empty, so what does not vary is computed before its loop.
  void tile(IntExpr begin, IntExpr width, IntExpr columns) {
    const std::vector<bool> varying = depends_on(from, column_.symbol);
    visit_invariant(nest_.body, varying);
    vector_loop(column_.symbol, begin, tile_end(begin, width, columns), [&] { visit_rest(nest_.body, varying); });
  }

  const Nest& nest_;
  Axis column_, row_;
  std::vector<Axis> outer_;
  bool has_rows_ = false;
  bool transposed_ = false;
};

}  // namespace

Kernel map_elementwise(Kernel& kernel, const Target& target, const Nest& nest) {
  return MapElementwise(kernel, target, nest).run();
}

}  // namespace cermet::kernel
