// Reduces become loops; see expand_reductions.h.
#include "kernel/passes/expand_reductions.h"

#include <algorithm>

#include "base/error.h"
#include "kernel/passes/widen.h"

namespace cermet::kernel {

namespace {

class ExpandReductions : public Widener {
 public:
  ExpandReductions(const Kernel& source, const Target& target) : Widener(source), target_(target) {}

 protected:
  void visit(Value old) override {
    if (from.instructions[static_cast<std::size_t>(old)].opcode == Opcode::reduce) {
      reduce(old);
    } else {
      copy(old);
    }
  }

 private:
  /// What the parts of one expansion share.
  struct Reduce {
    const Instruction& in;
    Dtype dtype;                ///< Of the first component.
    int lanes = 1;              ///< W; 64 / W vectors a component.
    std::vector<bool> varying;  ///< Values that depend on the element.
  };

  void reduce(Value old) {
    const Instruction& in = from.instructions[static_cast<std::size_t>(old)];
    const RegionId body = in.regions[0];
    const Region& elements = from.regions[static_cast<std::size_t>(body)];
    const bool straight = is_straight(from, body);
    Reduce r{in, from.instructions[static_cast<std::size_t>(elements.yields[0])].dtype, 1, {}};
    if (straight) {
      r.varying = depends_on(from, in.symbol);
      r.lanes = lanes_for(r, elements);
    }
    const IntExpr n = at(in.end);
    if (in.order == ReduceOrder::lanes || integers().known_less_equal(n, reduction_chunk)) {
      set_results(old, straight ? tree(r, accumulate(r, 0, n)) : serial(r, 0, n));
    } else {
      set_results(old, chunks(r, n, straight));
    }
  }

  /// As many lanes as the widest value of an element leaves room for.
  int lanes_for(const Reduce& r, const Region& elements) const {
    int widest = 1;
    for (const Value value : elements.body) {
      if (varies(r.varying, from, value)) {
        widest = std::max<int>(widest, from.instructions[static_cast<std::size_t>(value)].dtype.size());
      }
    }
    for (const Value value : elements.yields) {
      widest = std::max<int>(widest, from.instructions[static_cast<std::size_t>(value)].dtype.size());
    }
    return std::min(reduction_lanes, target_.vector_bytes / widest);
  }

  /// The accumulators after the elements [first, first + n): component by component, 64 / W vectors each.
  std::vector<Value> accumulate(const Reduce& r, IntExpr first, IntExpr n) {
    const IntExpr whole = integers().multiply(integers().floordiv(n, reduction_lanes), reduction_lanes);
    std::vector<Value> accumulators;
    for (const Value value : identity(build(), r.in.reduction, r.dtype, r.lanes)) {
      accumulators.insert(accumulators.end(), copies(r), value);
    }
    const auto loop = [&](IntExpr begin, IntExpr end, bool masked) {
      return build().loop(
          LoopKind::vector, from.integers.symbol(r.in.symbol).name, begin, end, reduction_lanes, accumulators,
          [&](IntExpr symbol, std::span<const Value> carried) { return step(r, first, symbol, n, carried, masked); },
          r.lanes);
    };
    if (whole != IntExpr(0)) {
      accumulators = loop(0, whole, false);
    }
    if (whole != n) {
      accumulators = loop(whole, n, true);
    }
    return accumulators;
  }

  std::size_t copies(const Reduce& r) const { return static_cast<std::size_t>(reduction_lanes / r.lanes); }

  /// One iteration over 64 elements (or what is left of them).
  std::vector<Value> step(const Reduce& r, IntExpr first, IntExpr symbol, IntExpr n, std::span<const Value> carried,
                          bool masked) {
    std::vector<Value> next(carried.begin(), carried.end());
    const std::size_t width = carried.size() / copies(r);
    for (std::size_t c = 0; c < copies(r); ++c) {
      const IntExpr offset = static_cast<std::int64_t>(c) * r.lanes;
      Lanes lanes{integers().symbol_id(symbol), r.lanes, no_value, &r.varying};
      const std::int64_t rest = n.is_constant() ? n.value() % reduction_lanes - offset.value() : 0;
      if (masked && n.is_constant() && rest <= 0) {
        break;
      }
      if (masked && (!n.is_constant() || rest < r.lanes)) {
        lanes.mask = build().lane_mask(lanes.symbol, integers().subtract(n, offset), r.lanes);
      }
      set(r.in.symbol, integers().add(integers().add(first, symbol), offset));
      widen_region(r.in.regions[0], lanes);
      const std::vector<Value> elements = wide_yields(r.in.regions[0], r.lanes);
      std::vector<Value> left;
      for (std::size_t i = 0; i < width; ++i) {
        left.push_back(carried[i * copies(r) + c]);
      }
      const std::vector<Value> sums = combine(build(), r.in.reduction, left, elements);
      for (std::size_t i = 0; i < width; ++i) {
        next[i * copies(r) + c] =
            lanes.mask == no_value ? sums[i] : build().call(Op::where, {lanes.mask, sums[i], left[i]});
      }
    }
    return next;
  }

  /// Whole vectors first (w = 32, ... down to W), then within the one that is left.
  std::vector<Value> tree(const Reduce& r, std::vector<Value> accumulators) {
    const std::size_t width = accumulators.size() / copies(r);
    for (std::size_t half = copies(r) / 2; half > 0; half /= 2) {
      for (std::size_t c = 0; c < half; ++c) {
        std::vector<Value> left, right;
        for (std::size_t i = 0; i < width; ++i) {
          left.push_back(accumulators[i * copies(r) + c]);
          right.push_back(accumulators[i * copies(r) + c + half]);
        }
        const std::vector<Value> sums = combine(build(), r.in.reduction, left, right);
        for (std::size_t i = 0; i < width; ++i) {
          accumulators[i * copies(r) + c] = sums[i];
        }
      }
    }
    std::vector<Value> vectors;
    for (std::size_t i = 0; i < width; ++i) {
      vectors.push_back(accumulators[i * copies(r)]);
    }
    if (r.lanes == 1) {
      return vectors;
    }
    return build().reduce_lanes(r.in.reduction, vectors);
  }

  /// 64 accumulators a component in scratch, at the identity.
  std::vector<BufferId> scratch(const Reduce& r) {
    const std::vector<Value> first = identity(build(), r.in.reduction, r.dtype, 1);
    std::vector<BufferId> buffers;
    for (const Value value : first) {
      buffers.push_back(build().add_buffer("", build().dtype(value), BufferRole::scratch, reduction_lanes, 64));
    }
    build().loop(LoopKind::vector, "l", reduction_lanes, [&](IntExpr l) {
      for (std::size_t i = 0; i < buffers.size(); ++i) {
        build().store(buffers[i], l, identity(build(), r.in.reduction, r.dtype, 1)[i]);
      }
    });
    return buffers;
  }

  void combine_into(const Reduce& r, std::span<const BufferId> buffers, IntExpr index, std::span<const Value> right) {
    std::vector<Value> left;
    for (const BufferId buffer : buffers) {
      left.push_back(build().load(buffer, index));
    }
    const std::vector<Value> sums = combine(build(), r.in.reduction, left, right);
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      build().store(buffers[i], index, sums[i]);
    }
  }

  /// The tree over accumulators in scratch, halving in place; the last step's results are what is left.
  std::vector<Value> scratch_tree(const Reduce& r, std::span<const BufferId> buffers) {
    for (std::int64_t half = reduction_lanes / 2; half > 0; half /= 2) {
      build().loop(LoopKind::vector, "l", half, [&](IntExpr l) {
        std::vector<Value> right;
        for (const BufferId buffer : buffers) {
          right.push_back(build().load(buffer, integers().add(l, half)));
        }
        combine_into(r, buffers, l, right);
      });
    }
    std::vector<Value> results;
    for (const BufferId buffer : buffers) {
      results.push_back(build().load(buffer, 0));
    }
    return results;
  }

  /// One element after the other, for bodies with loops or reduces of their own.
  std::vector<Value> serial(const Reduce& r, IntExpr first, IntExpr n) {
    const std::vector<BufferId> buffers = scratch(r);
    build().loop(LoopKind::serial, from.integers.symbol(r.in.symbol).name, n, [&](IntExpr i) {
      set(r.in.symbol, integers().add(first, i));
      visit_region(r.in.regions[0]);
      const std::vector<Value> elements = yields(r.in.regions[0]);
      combine_into(r, buffers, integers().mod(i, reduction_lanes), elements);
    });
    return scratch_tree(r, buffers);
  }

  /// Chunks of 8,192 elements, whose results are reduced in `lanes` order in turn. One chunk alone gives the same bits
  /// as without this level, since combining with the identity changes nothing: an extent need not be known here.
  std::vector<Value> chunks(const Reduce& r, IntExpr n, bool straight) {
    const std::vector<BufferId> buffers = scratch(r);
    build().loop(LoopKind::serial, "chunk", integers().ceildiv(n, reduction_chunk), [&](IntExpr chunk) {
      const IntExpr first = integers().multiply(chunk, reduction_chunk);
      const IntExpr size = integers().minimum(reduction_chunk, integers().subtract(n, first));
      const std::vector<Value> partial = straight ? tree(r, accumulate(r, first, size)) : serial(r, first, size);
      combine_into(r, buffers, integers().mod(chunk, reduction_lanes), partial);
    });
    return straight ? tree(r, load_accumulators(r, buffers)) : scratch_tree(r, buffers);
  }

  /// The accumulators of scratch as vectors: a loop of one step, which gives the loads their lane symbol.
  std::vector<Value> load_accumulators(const Reduce& r, std::span<const BufferId> buffers) {
    std::vector<Value> initial;
    for (const Value value : identity(build(), r.in.reduction, r.dtype, r.lanes)) {
      initial.insert(initial.end(), copies(r), value);
    }
    return build().loop(
        LoopKind::vector, "l", 0, reduction_lanes, reduction_lanes, initial,
        [&](IntExpr l, std::span<const Value>) {
          std::vector<Value> loaded;
          for (const BufferId buffer : buffers) {
            for (std::size_t c = 0; c < copies(r); ++c) {
              Instruction load{.opcode = Opcode::load,
                               .access = r.lanes > 1 ? Access::contiguous : Access::scalar,
                               .dtype = to().buffers[static_cast<std::size_t>(buffer)].dtype,
                               .lanes = r.lanes,
                               .buffer = buffer,
                               .index = integers().add(l, static_cast<std::int64_t>(c) * r.lanes),
                               .symbol = integers().symbol_id(l)};
              loaded.push_back(build().emit(std::move(load)));
            }
          }
          return loaded;
        },
        r.lanes);
  }

  const Target& target_;
};

}  // namespace

void expand_reductions(Kernel& kernel, const Target& target) {
  if (contains(kernel, kernel.body, Opcode::reduce)) {
    kernel = ExpandReductions(kernel, target).run();
  }
}

}  // namespace cermet::kernel
