// Copies of scalar instructions with lanes; see widen.h.
#include "kernel/passes/widen.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace cermet::kernel {

namespace {

const Instruction& instruction(const Kernel& kernel, Value value) {
  return kernel.instructions[static_cast<std::size_t>(value)];
}

}  // namespace

bool is_straight(const Kernel& kernel, RegionId region) {
  const std::vector<Value>& body = kernel.regions[static_cast<std::size_t>(region)].body;
  return std::all_of(body.begin(), body.end(), [&](Value value) {
    const Instruction& in = instruction(kernel, value);
    switch (in.opcode) {
      case Opcode::loop:
      case Opcode::reduce:
      case Opcode::argument:
      case Opcode::result:
      case Opcode::lane_mask:
      case Opcode::reduce_lanes:
        return false;
      default:
        return in.lanes == 1;
    }
  });
}

bool varies(const std::vector<bool>& varying, const Kernel& kernel, Value value) {
  const Instruction& in = instruction(kernel, value);
  if (in.opcode == Opcode::bind) {
    return varying[static_cast<std::size_t>(in.args[0])];
  }
  return varying[static_cast<std::size_t>(value)];
}

std::int64_t first_lane_divisor(const IntExprTable& integers, IntExpr index, SymbolId symbol,
                                std::int64_t symbol_divisor) {
  const auto power_of_two = [](std::int64_t n) { return n == 0 ? std::int64_t{1} << 40 : n & -n; };
  std::int64_t divisor = std::int64_t{1} << 40;
  for (const IntTerm& term : integers.terms(index)) {
    std::int64_t part = power_of_two(term.coefficient);
    for (const IntExpr factor : term.factors) {
      const bool own = integers.kind(factor) == IntExprTable::Kind::symbol && integers.symbol_id(factor) == symbol;
      part = std::min(
          std::int64_t{1} << 40,
          part * std::min(std::int64_t{1} << 20, power_of_two(own ? symbol_divisor : integers.known_divisor(factor))));
    }
    divisor = std::min(divisor, part);
  }
  return divisor;
}

void Widener::widen_region(RegionId old, const Lanes& lanes) {
  for (const Value value : from.regions[static_cast<std::size_t>(old)].body) {
    widen(value, lanes);
  }
}

void Widener::widen(Value old, const Lanes& lanes) {
  const Instruction& in = instruction(from, old);
  const bool moves = in.opcode == Opcode::store || in.opcode == Opcode::prefetch;
  if (!moves && !varies(*lanes.varying, from, old)) {
    return copy(old);
  }
  switch (in.opcode) {
    case Opcode::load:
    case Opcode::store:
      return widen_access(old, lanes);
    case Opcode::bind:
      return widen_bind(old);
    case Opcode::index: {
      Instruction wide = mapped(old);
      wide.lanes = lanes.count;
      wide.symbol = lanes.symbol;
      return set(old, build().emit(std::move(wide)));
    }
    default:
      return copy(old);
  }
}

void Widener::widen_access(Value old, const Lanes& lanes) {
  Instruction wide = mapped(old);
  wide.lanes = lanes.count;
  wide.symbol = lanes.symbol;
  const auto linear = integers().linear_in(wide.index, lanes.symbol);
  const bool contiguous = linear && linear->first == IntExpr(1) && is_uniform(linear->second);
  wide.access = contiguous ? Access::contiguous : Access::gather;
  if (wide.opcode == Opcode::store) {
    wide.args[0] = build().broadcast(wide.args[0], lanes.count);
  } else {
    wide.literal = Literal{wide.dtype, 0};
  }
  if (lanes.mask != no_value) {
    wide.args.push_back(lanes.mask);
  }
  const Value value = build().emit(std::move(wide));
  if (instruction(from, old).opcode == Opcode::load) {
    set(old, value);
  }
}

void Widener::widen_bind(Value old) {
  const Instruction& in = instruction(from, old);
  const Symbol& facts = from.integers.symbol(in.symbol);
  Symbol symbol{.name = integers().unique_name(facts.name),
                .range = facts.range,
                .upper = {},
                .multiple_of = facts.multiple_of,
                .hint = facts.hint};
  const IntExpr bound = integers().add_symbol(std::move(symbol));
  Instruction wide = mapped(old);
  wide.lanes = build().lanes(wide.args[0]);
  wide.symbol = integers().symbol_id(bound);
  vector_binds_.insert(wide.symbol);
  build().append(std::move(wide));
  set(in.symbol, bound);
}

bool Widener::is_uniform(IntExpr e) {
  const std::vector<SymbolId> symbols = integers().symbols_of(e);
  return std::none_of(symbols.begin(), symbols.end(), [&](SymbolId s) { return vector_binds_.contains(s); });
}

std::vector<Value> Widener::wide_yields(RegionId old, int lanes) {
  std::vector<Value> values = yields(old);
  for (Value& value : values) {
    value = build().broadcast(value, lanes);
  }
  return values;
}

std::vector<Value> combine(Builder& builder, Reduction reduction, std::span<const Value> left,
                           std::span<const Value> right) {
  ScalarArena arena;
  std::vector<Scalar> l, r, result(left.size());
  for (const Value value : left) {
    l.push_back(arena.argument(builder.dtype(value)));
  }
  for (const Value value : right) {
    r.push_back(arena.argument(builder.dtype(value)));
  }
  row(reduction).combine(l, r, result);
  std::vector<Value> args(left.begin(), left.end());
  args.insert(args.end(), right.begin(), right.end());
  std::vector<Value> values;
  for (const Scalar root : result) {
    values.push_back(builder.replay(arena, root, args));
  }
  return values;
}

std::vector<Value> identity(Builder& builder, Reduction reduction, Dtype dtype, int lanes) {
  std::vector<Value> values;
  for (int component = 0; component < row(reduction).width; ++component) {
    values.push_back(builder.literal(row(reduction).identity(dtype, component), lanes));
  }
  return values;
}

}  // namespace cermet::kernel
