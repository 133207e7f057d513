// What the schedules of map_loops share; see mapper.h.
#include "kernel/passes/mapper.h"

#include <algorithm>

#include "kernel/passes/widen.h"

namespace cermet::kernel {

std::vector<Value> accesses(const Kernel& kernel, RegionId region) {
  std::vector<Value> found;
  walk(kernel, region, [&](Value value) {
    const Opcode opcode = kernel.instructions[static_cast<std::size_t>(value)].opcode;
    if (opcode == Opcode::load || opcode == Opcode::store) {
      found.push_back(value);
    }
  });
  return found;
}

bool is_bound_within(const Kernel& kernel, RegionId region, IntExpr index) {
  const std::vector<SymbolId> symbols = kernel.integers.symbols_of(index);
  bool found = false;
  walk(kernel, region, [&](Value value) {
    const Instruction& in = kernel.instructions[static_cast<std::size_t>(value)];
    found |= in.opcode == Opcode::bind && std::find(symbols.begin(), symbols.end(), in.symbol) != symbols.end();
  });
  return found;
}

int vector_axis(const Kernel& kernel, IntExprTable& integers, std::span<const Axis> axes,
                std::span<const Value> accesses, const Target& target) {
  int best = -1;
  double lowest = 0;
  Strides strides(kernel);
  for (std::size_t i = axes.size(); i-- > 0;) {
    // A strided access costs about a cache line a lane, a strided store the same again for reading the line.
    double cost = 1;
    for (const Value value : accesses) {
      const Instruction& in = kernel.instructions[static_cast<std::size_t>(value)];
      const Stride stride = strides.along(integers, in.index, axes[i].symbol);
      const double heavy = in.opcode == Opcode::store ? 16 : 8;
      cost += stride == Stride::other ? heavy : stride == Stride::one ? 1 : in.opcode == Opcode::store ? heavy : 0.5;
    }
    // Short axes leave lanes empty.
    const double lanes = target.vector_bytes / 4.0;
    const auto extent = static_cast<double>(std::max<std::int64_t>(1, estimate(integers, axes[i].extent)));
    const bool known = axes[i].extent.is_constant();
    const double vectors = static_cast<double>(static_cast<std::int64_t>((extent + lanes - 1) / lanes));
    cost *= known ? std::max(1.0, vectors * lanes / extent) : 1.0;
    if (best < 0 || cost < lowest) {
      best = static_cast<int>(i);
      lowest = cost;
    }
  }
  return best;
}

IntExpr Mapper::product(std::span<const Axis> axes) {
  IntExpr extent = 1;
  for (const Axis& axis : axes) {
    extent = integers().multiply(extent, at(axis.extent));
  }
  return extent;
}

void Mapper::decode(std::span<const Axis> axes, IntExpr position) {
  for (std::size_t i = axes.size(); i-- > 0;) {
    const IntExpr extent = at(axes[i].extent);
    if (i == 0) {
      set(axes[i].symbol, position);
    } else {
      set(axes[i].symbol, integers().mod(position, extent));
      position = integers().floordiv(position, extent);
    }
  }
}

void Mapper::vector_loop(SymbolId axis, IntExpr begin, IntExpr end, const std::function<void()>& body) {
  build().loop(LoopKind::vector, from.integers.symbol(axis).name, begin, end, 1, {},
               [&](IntExpr symbol, std::span<const Value>) {
                 set(axis, symbol);
                 body();
                 return std::vector<Value>();
               });
}

void Mapper::visit_invariant(RegionId region, const std::vector<bool>& varying) {
  for (const Value value : from.regions[static_cast<std::size_t>(region)].body) {
    const Instruction& in = from.instructions[static_cast<std::size_t>(value)];
    if ((is_pure(from, in) || in.opcode == Opcode::bind) && !varies(varying, from, value)) {
      visit(value);
    }
  }
}

void Mapper::visit_rest(RegionId region, const std::vector<bool>& varying) {
  for (const Value value : from.regions[static_cast<std::size_t>(region)].body) {
    const Instruction& in = from.instructions[static_cast<std::size_t>(value)];
    if (!(is_pure(from, in) || in.opcode == Opcode::bind) || varies(varying, from, value)) {
      visit(value);
    }
  }
}

void Mapper::inner_nest(Value outermost, const std::function<void()>& each) {
  const Nest nest = perfect_nest(from, outermost);
  const std::vector<Value> touched = accesses(from, nest.body);
  const auto vector = static_cast<std::size_t>(vector_axis(from, table_, nest.axes, touched, target_));
  const std::function<void(std::size_t)> open = [&](std::size_t axis) {
    if (axis == vector) {
      return open(axis + 1);
    }
    if (axis < nest.axes.size()) {
      build().loop(LoopKind::serial, from.integers.symbol(nest.axes[axis].symbol).name, at(nest.axes[axis].extent),
                   [&](IntExpr symbol) {
                     set(nest.axes[axis].symbol, symbol);
                     open(axis + 1);
                   });
      return;
    }
    vector_loop(nest.axes[vector].symbol, 0, at(nest.axes[vector].extent), [&] {
      if (each) {
        each();
      }
      visit_region(nest.body);
    });
  };
  open(0);
}

}  // namespace cermet::kernel
