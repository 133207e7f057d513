// The column schedule: reductions across memory over a tile of neighbouring columns. The 64 accumulators of each column
// lie in scratch, lane by lane, so that every loop over the tile is contiguous and the order is that of kernel.h.
#include <algorithm>
#include <bit>
#include <map>
#include <unordered_set>

#include "base/error.h"
#include "kernel/passes/mapper.h"
#include "kernel/passes/widen.h"

namespace cermet::kernel {

namespace {

class MapColumns : public Mapper {
 public:
  MapColumns(Kernel& source, const Target& target, const Nest& nest, std::size_t columns)
      : Mapper(source, target),
        nest_(nest),
        column_(nest.axes[columns]),
        varying_(depends_on(source, column_.symbol)),
        tile_(target.column_tile) {
    outer_ = nest.axes;
    outer_.erase(outer_.begin() + static_cast<std::ptrdiff_t>(columns));
    for (const Value value : source.regions[static_cast<std::size_t>(nest.body)].body) {
      const Instruction& in = source.instructions[static_cast<std::size_t>(value)];
      if (deferred(value)) {
        deferred_.insert(value);
      }
      if (in.opcode == Opcode::bind) {
        binds_[in.symbol] = value;
      }
    }
  }

 protected:
  void visit(Value old) override {
    const Instruction& in = from.instructions[static_cast<std::size_t>(old)];
    if (in.opcode != Opcode::loop || in.loop_kind != LoopKind::parallel) {
      return copy(old);
    }
    IntExprTable& t = integers();
    const IntExpr extent = at(column_.extent);
    const IntExpr across = t.ceildiv(extent, tile_);
    build().loop(LoopKind::grid, "g", t.multiply(product(outer_), across), [&](IntExpr g) {
      decode(outer_, t.floordiv(g, across));
      begin_ = t.multiply(outer_.empty() ? g : t.mod(g, across), tile_);
      end_ = t.minimum(t.add(begin_, tile_), extent);
      stages();
    });
  }

 private:
  /// Values of the body that differ between columns are computed where a loop over the tile needs them.
  bool deferred(Value value) const {
    const Instruction& in = from.instructions[static_cast<std::size_t>(value)];
    const bool computed = in.opcode == Opcode::bind || (is_pure(from, in) && in.opcode != Opcode::reduce);
    return computed && varies(varying_, from, value);
  }

  void stages() {
    std::vector<Value> stores;
    const auto flush = [&] {
      if (!stores.empty()) {
        over_tile([&] {
          for (const Value store : stores) {
            need_operands(store);
            copy(store);
          }
        });
        stores.clear();
      }
    };
    for (const Value value : from.regions[static_cast<std::size_t>(nest_.body)].body) {
      const Instruction& in = from.instructions[static_cast<std::size_t>(value)];
      if (deferred_.contains(value)) {
        continue;
      }
      if (in.opcode == Opcode::store) {
        stores.push_back(value);
      } else if (in.opcode == Opcode::reduce && varying_[static_cast<std::size_t>(value)]) {
        flush();
        reduce(value);
      } else if (in.opcode == Opcode::loop) {
        flush();
        inner_loops(value);
      } else {
        copy(value);
      }
    }
    flush();
  }

  // ---- Loops over the tile ----

  void over_tile(const std::function<void()>& body) {
    emitted_.clear();
    vector_loop(column_.symbol, begin_, end_, body);
    emitted_.clear();
  }

  /// A vector loop over the elements [0, size) of scratch; whole vectors, since the tile is a multiple of them.
  void over_scratch(std::int64_t size, const std::function<void(IntExpr)>& body) {
    build().loop(LoopKind::vector, "s", size, body);
  }

  IntExpr in_tile() { return integers().subtract(at(table_.expression(column_.symbol)), begin_); }

  void need(Value value) {
    if (!deferred_.contains(value) || !emitted_.insert(value).second) {
      return;
    }
    const Instruction& in = from.instructions[static_cast<std::size_t>(value)];
    if (in.opcode == Opcode::result) {
      return set(value, build().load(reduced_.at(in.args[0])[in.component], in_tile()));
    }
    need_operands(value);
    copy(value);
  }

  void need_operands(Value value) {
    const Instruction& in = from.instructions[static_cast<std::size_t>(value)];
    for (const Value arg : in.args) {
      need(arg);
    }
    for (const IntExpr e : {in.index, in.begin, in.end}) {
      for (const SymbolId symbol : table_.symbols_of(e)) {
        if (const auto bind = binds_.find(symbol); bind != binds_.end()) {
          need(bind->second);
        }
      }
    }
  }

  void need_region(RegionId region) {
    walk(from, region, [&](Value value) { need_operands(value); });
    for (const Value value : from.regions[static_cast<std::size_t>(region)].yields) {
      need(value);
    }
  }

  void inner_loops(Value outermost) {
    const Nest nest = perfect_nest(from, outermost);
    const std::function<void(std::size_t)> open = [&](std::size_t axis) {
      if (axis == nest.axes.size()) {
        return over_tile([&] {
          need_region(nest.body);
          visit_region(nest.body);
        });
      }
      build().loop(LoopKind::serial, from.integers.symbol(nest.axes[axis].symbol).name, at(nest.axes[axis].extent),
                   [&](IntExpr symbol) {
                     set(nest.axes[axis].symbol, symbol);
                     open(axis + 1);
                   });
    };
    open(0);
  }

  // ---- Reductions ----

  /// Accumulators of one level (elements, chunks) for the components of a reduction, shared by reductions of like
  /// types.
  const std::vector<BufferId>& accumulators(const Instruction& in, Dtype dtype, int level) {
    std::vector<int> key{level};
    std::vector<Dtype> dtypes;
    for (int component = 0; component < row(in.reduction).width; ++component) {
      dtypes.push_back(row(in.reduction).identity(dtype, component).dtype);
      key.push_back(static_cast<int>(dtypes.back().val));
    }
    std::vector<BufferId>& buffers = accumulators_[key];
    for (std::size_t i = buffers.size(); i < dtypes.size(); ++i) {
      buffers.push_back(build().add_buffer("", dtypes[i], BufferRole::scratch, reduction_lanes * tile_, 64));
    }
    return buffers;
  }

  void reduce(Value old) {
    const Instruction& in = from.instructions[static_cast<std::size_t>(old)];
    const Value first = from.regions[static_cast<std::size_t>(in.regions[0])].yields[0];
    const Dtype dtype = from.instructions[static_cast<std::size_t>(first)].dtype;
    const IntExpr n = at(in.end);
    const std::vector<BufferId>& sums = accumulators(in, dtype, 0);
    const bool short_enough = in.order == ReduceOrder::lanes || integers().known_less_equal(n, reduction_chunk);
    if (short_enough) {
      accumulate(in, dtype, sums, 0, n);
    } else {
      const std::vector<BufferId>& totals = accumulators(in, dtype, 1);
      clear(in, dtype, totals, reduction_lanes);
      build().loop(LoopKind::serial, "chunk", integers().ceildiv(n, reduction_chunk), [&](IntExpr chunk) {
        const IntExpr begin = integers().multiply(chunk, reduction_chunk);
        accumulate(in, dtype, sums, begin, integers().minimum(reduction_chunk, integers().subtract(n, begin)));
        const IntExpr lane = integers().multiply(integers().mod(chunk, reduction_lanes), tile_);
        over_scratch(tile_, [&](IntExpr s) { combine_into(in, totals, integers().add(lane, s), sums, s); });
      });
      tree(in, totals, reduction_lanes);
    }
    keep(old, short_enough ? sums : accumulators(in, dtype, 1));
  }

  void clear(const Instruction& in, Dtype dtype, std::span<const BufferId> buffers, std::int64_t lanes) {
    over_scratch(lanes * tile_, [&](IntExpr s) {
      const std::vector<Value> values = identity(build(), in.reduction, dtype, 1);
      for (std::size_t i = 0; i < buffers.size(); ++i) {
        build().store(buffers[i], s, values[i]);
      }
    });
  }

  /// Elements [first, first + n) into the accumulators, then the tree: lane 0 of `sums` holds the results.
  void accumulate(const Instruction& in, Dtype dtype, std::span<const BufferId> sums, IntExpr first, IntExpr n) {
    // Fewer elements than lanes leave identities in the others, which the tree may skip.
    const std::int64_t lanes =
        n.is_constant() && n.value() <= reduction_lanes
            ? static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(std::max<std::int64_t>(1, n.value()))))
            : reduction_lanes;
    clear(in, dtype, sums, lanes);
    build().loop(LoopKind::serial, from.integers.symbol(in.symbol).name, n, [&](IntExpr i) {
      const IntExpr lane = integers().multiply(integers().mod(i, reduction_lanes), tile_);
      set(in.symbol, integers().add(first, i));
      over_tile([&] {
        need_region(in.regions[0]);
        visit_region(in.regions[0]);
        const std::vector<Value> elements = yields(in.regions[0]);
        combine_into(in, sums, integers().add(lane, in_tile()), elements);
      });
    });
    tree(in, sums, lanes);
  }

  void tree(const Instruction& in, std::span<const BufferId> sums, std::int64_t lanes) {
    for (std::int64_t half = lanes / 2; half > 0; half /= 2) {
      over_scratch(half * tile_, [&](IntExpr s) { combine_into(in, sums, s, sums, integers().add(s, half * tile_)); });
    }
  }

  void combine_into(const Instruction& in, std::span<const BufferId> to, IntExpr at_to, std::span<const BufferId> right,
                    IntExpr at_right) {
    std::vector<Value> values;
    for (const BufferId buffer : right) {
      values.push_back(build().load(buffer, at_right));
    }
    combine_into(in, to, at_to, values);
  }

  void combine_into(const Instruction& in, std::span<const BufferId> to, IntExpr index, std::span<const Value> right) {
    std::vector<Value> left;
    for (const BufferId buffer : to) {
      left.push_back(build().load(buffer, index));
    }
    const std::vector<Value> sums = combine(build(), in.reduction, left, right);
    for (std::size_t i = 0; i < to.size(); ++i) {
      build().store(to[i], index, sums[i]);
    }
  }

  /// Moves the results out of the accumulators, which the next reduction uses again.
  void keep(Value old, std::span<const BufferId> sums) {
    std::vector<BufferId>& kept = reduced_[old];
    for (const BufferId buffer : sums) {
      const Dtype dtype = to().buffers[static_cast<std::size_t>(buffer)].dtype;
      kept.push_back(build().add_buffer("", dtype, BufferRole::scratch, tile_, 64));
    }
    over_scratch(tile_, [&](IntExpr s) {
      for (std::size_t i = 0; i < kept.size(); ++i) {
        build().store(kept[i], s, build().load(sums[i], s));
      }
    });
  }

  const Nest& nest_;
  Axis column_;
  std::vector<bool> varying_;
  std::int64_t tile_;
  std::vector<Axis> outer_;
  IntExpr begin_ = 0, end_ = 0;
  std::unordered_set<Value> deferred_, emitted_;
  std::map<SymbolId, Value> binds_;
  std::map<std::vector<int>, std::vector<BufferId>> accumulators_;
  std::map<Value, std::vector<BufferId>> reduced_;
};

}  // namespace

Kernel map_columns(Kernel& kernel, const Target& target, const Nest& nest, std::size_t columns) {
  return MapColumns(kernel, target, nest, columns).run();
}

}  // namespace cermet::kernel
