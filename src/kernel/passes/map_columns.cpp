// The column schedule: reductions across memory over a tile of neighbouring columns. The 64 accumulators of each column
// lie in scratch, lane by lane, so that every loop over the tile is contiguous and the order is that of kernel.h.
// Reductions that do not wait for each other (the two sums of a layer norm's gradient) share one pass over the rows.
#include <algorithm>
#include <bit>
#include <map>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "kernel/passes/mapper.h"
#include "kernel/passes/widen.h"

namespace cermet::kernel {

namespace {

/// Accumulators of the reductions that share a pass: more would not stay in the second-level cache, nor on a stack.
constexpr std::int64_t most_scratch = 128 << 10;

/// Loads are asked for so many rows ahead.
constexpr std::int64_t rows_ahead = 8;

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
    walk(source, nest.body, [&](Value value) {
      const Instruction& in = source.instructions[static_cast<std::size_t>(value)];
      if (in.opcode == Opcode::bind) bound_.insert(in.symbol);
    });
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
  /// A reduction of a pass.
  struct Member {
    Value old;
    const Instruction& in;
    Dtype dtype;  ///< Of the first component.
    int slot;     ///< Its place in the pass: accumulators are its own.
  };
  using Pass = std::vector<Member>;

  /// Values of the body that differ between columns are computed where a loop over the tile needs them.
  bool deferred(Value value) const {
    const Instruction& in = from.instructions[static_cast<std::size_t>(value)];
    const bool computed = in.opcode == Opcode::bind || (is_pure(from, in) && in.opcode != Opcode::reduce);
    return computed && varies(varying_, from, value);
  }

  void stages() {
    std::vector<Value> stores;
    Pass pass;
    const auto flush = [&] {
      if (!pass.empty()) reduce(std::exchange(pass, {}));
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
        if (!pass.empty()) flush();
        stores.push_back(value);
      } else if (in.opcode == Opcode::reduce && varying_[static_cast<std::size_t>(value)]) {
        if (!stores.empty() || !joins(pass, value)) flush();
        const Value first = from.regions[static_cast<std::size_t>(in.regions[0])].yields[0];
        const Dtype dtype = from.instructions[static_cast<std::size_t>(first)].dtype;
        pass.push_back({value, in, dtype, static_cast<int>(pass.size())});
      } else if (in.opcode == Opcode::loop) {
        flush();
        inner_loops(value);
      } else {
        copy(value);
      }
    }
    flush();
  }

  /// May a reduction go over the rows together with these?
  bool joins(const Pass& pass, Value value) const {
    if (pass.empty()) return true;
    const Instruction& in = from.instructions[static_cast<std::size_t>(value)];
    if (in.end != pass[0].in.end || in.order != pass[0].in.order) return false;
    std::int64_t bytes = scratch_bytes(in);
    for (const Member& m : pass) bytes += scratch_bytes(m.in);
    return bytes <= most_scratch && !reads_results(pass, value);
  }

  std::int64_t scratch_bytes(const Instruction& in) const {
    const std::vector<Value>& yields = from.regions[static_cast<std::size_t>(in.regions[0])].yields;
    const Dtype dtype = from.instructions[static_cast<std::size_t>(yields[0])].dtype;
    std::int64_t bytes = 0;
    for (int component = 0; component < row(in.reduction).width; ++component) {
      bytes += row(in.reduction).identity(dtype, component).dtype.size();
    }
    return bytes * reduction_lanes * tile_;
  }

  /// Does a value need the result of one of these reductions, through whatever lies between?
  bool reads_results(const Pass& pass, Value value) const {
    std::unordered_set<Value> seen;
    std::vector<Value> work{value};
    const auto visit = [&](Value v) {
      if (seen.insert(v).second) work.push_back(v);
    };
    while (!work.empty()) {
      const Value v = work.back();
      work.pop_back();
      const Instruction& in = from.instructions[static_cast<std::size_t>(v)];
      if (std::any_of(pass.begin(), pass.end(), [&](const Member& m) { return m.old == v; })) return true;
      for (const Value arg : in.args) visit(arg);
      for (const IntExpr e : {in.index, in.begin, in.end}) {
        for (const SymbolId symbol : table_.symbols_of(e)) {
          if (const auto bind = binds_.find(symbol); bind != binds_.end()) visit(bind->second);
        }
      }
      for (const RegionId region : in.regions) {
        for (const Value inner : from.regions[static_cast<std::size_t>(region)].body) visit(inner);
        for (const Value yielded : from.regions[static_cast<std::size_t>(region)].yields) visit(yielded);
      }
    }
    return false;
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

  /// Accumulators of one level (elements, chunks) for the components of a reduction, shared by those of like types in
  /// the same place of later passes.
  const std::vector<BufferId>& accumulators(const Member& m, int level) {
    const Instruction& in = m.in;
    const Dtype dtype = m.dtype;
    std::vector<int> key{m.slot, level};
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

  void reduce(const Pass& pass) {
    const Instruction& first = pass[0].in;
    const IntExpr n = at(first.end);
    const bool short_enough = first.order == ReduceOrder::lanes || integers().known_less_equal(n, reduction_chunk);
    for (const Member& m : pass) accumulators(m, 0);
    if (short_enough) {
      accumulate(pass, 0, n);
    } else {
      for (const Member& m : pass) clear(m, accumulators(m, 1), reduction_lanes);
      build().loop(LoopKind::serial, "chunk", integers().ceildiv(n, reduction_chunk), [&](IntExpr chunk) {
        const IntExpr begin = integers().multiply(chunk, reduction_chunk);
        accumulate(pass, begin, integers().minimum(reduction_chunk, integers().subtract(n, begin)));
        const IntExpr lane = integers().multiply(integers().mod(chunk, reduction_lanes), tile_);
        over_scratch(tile_, [&](IntExpr s) {
          for (const Member& m : pass) {
            combine_into(m.in, accumulators(m, 1), integers().add(lane, s), accumulators(m, 0), s);
          }
        });
      });
      for (const Member& m : pass) tree(m.in, accumulators(m, 1), reduction_lanes);
    }
    for (const Member& m : pass) keep(m.old, accumulators(m, short_enough ? 0 : 1));
  }

  void clear(const Member& m, std::span<const BufferId> buffers, std::int64_t lanes) {
    over_scratch(lanes * tile_, [&](IntExpr s) {
      const std::vector<Value> values = identity(build(), m.in.reduction, m.dtype, 1);
      for (std::size_t i = 0; i < buffers.size(); ++i) {
        build().store(buffers[i], s, values[i]);
      }
    });
  }

  /// Elements [first, first + n) into the accumulators, then the tree: lane 0 of them holds the results.
  void accumulate(const Pass& pass, IntExpr first, IntExpr n) {
    // Fewer elements than lanes leave identities in the others, which the tree may skip.
    const std::int64_t lanes =
        n.is_constant() && n.value() <= reduction_lanes
            ? static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(std::max<std::int64_t>(1, n.value()))))
            : reduction_lanes;
    for (const Member& m : pass) clear(m, accumulators(m, 0), lanes);
    build().loop(LoopKind::serial, from.integers.symbol(pass[0].in.symbol).name, n, [&](IntExpr i) {
      const IntExpr lane = integers().multiply(integers().mod(i, reduction_lanes), tile_);
      for (const Member& m : pass) set(m.in.symbol, integers().add(first, i));
      over_tile([&] {
        if (!n.is_constant() || n.value() > rows_ahead) prefetch_later_rows(pass);
        std::vector<std::vector<Value>> elements;  // all before the stores: loads that they share are one
        for (const Member& m : pass) {
          need_region(m.in.regions[0]);
          visit_region(m.in.regions[0]);
          elements.push_back(yields(m.in.regions[0]));
        }
        for (std::size_t k = 0; k < pass.size(); ++k) {
          combine_into(pass[k].in, accumulators(pass[k], 0), integers().add(lane, in_tile()), elements[k]);
        }
      });
    });
    for (const Member& m : pass) tree(m.in, accumulators(m, 0), lanes);
  }

  /// Rows are far apart, so that the hardware doesn't see what comes next.
  void prefetch_later_rows(const Pass& pass) {
    std::vector<std::pair<BufferId, IntExpr>> done;
    for (const Member& m : pass) {
      for (const Value value : accesses(from, m.in.regions[0])) {
        const Instruction& load = from.instructions[static_cast<std::size_t>(value)];
        if (load.opcode != Opcode::load || !is_known_input(load)) continue;
        const auto linear = table_.linear_in(load.index, m.in.symbol);
        if (!linear || linear->first == IntExpr(0) || linear->first == IntExpr(1)) continue;
        const IntExpr ahead = integers().multiply(at(linear->first), rows_ahead);
        const std::pair<BufferId, IntExpr> place(load.buffer, integers().add(at(load.index), ahead));
        if (std::find(done.begin(), done.end(), place) != done.end()) continue;
        done.push_back(place);
        build().prefetch(place.first, place.second);
      }
    }
  }

  /// Does it read the tile's columns of an input, at a place that no bind (of a gather's index) has yet to make?
  bool is_known_input(const Instruction& load) const {
    if (from.buffers[static_cast<std::size_t>(load.buffer)].role != BufferRole::input) return false;
    if (stride_along(table_, load.index, column_.symbol) != Stride::one) return false;
    const std::vector<SymbolId> symbols = table_.symbols_of(load.index);
    return std::none_of(symbols.begin(), symbols.end(), [&](SymbolId symbol) { return bound_.contains(symbol); });
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
  std::map<SymbolId, Value> binds_;     ///< Of the body.
  std::unordered_set<SymbolId> bound_;  ///< By binds anywhere.
  std::map<std::vector<int>, std::vector<BufferId>> accumulators_;
  std::map<Value, std::vector<BufferId>> reduced_;
};

}  // namespace

Kernel map_columns(Kernel& kernel, const Target& target, const Nest& nest, std::size_t columns) {
  return MapColumns(kernel, target, nest, columns).run();
}

}  // namespace cermet::kernel
