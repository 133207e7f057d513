// Questions about loop nests; see nest.h.
#include "kernel/passes/nest.h"

#include <algorithm>

#include "kernel/rewrite.h"

namespace cermet::kernel {

namespace {

bool starts_nest(const Instruction& in) {
  return in.opcode == Opcode::loop && in.loop_kind == LoopKind::parallel && in.begin == IntExpr(0) &&
         in.step == IntExpr(1);
}

}  // namespace

Nest perfect_nest(const Kernel& kernel, Value outermost) {
  Nest nest;
  Value loop = outermost;
  while (true) {
    const Instruction& in = kernel.instructions[static_cast<std::size_t>(loop)];
    nest.axes.push_back({in.symbol, in.end});
    nest.body = in.regions[0];
    const std::vector<Value>& body = kernel.regions[static_cast<std::size_t>(nest.body)].body;
    if (body.size() != 1 || !starts_nest(kernel.instructions[static_cast<std::size_t>(body[0])])) {
      return nest;
    }
    loop = body[0];
  }
}

void for_each_expression(const Kernel& kernel, RegionId region, const std::function<void(IntExpr)>& visit) {
  for (const Value value : kernel.regions[static_cast<std::size_t>(region)].body) {
    const Instruction& in = kernel.instructions[static_cast<std::size_t>(value)];
    for (const IntExpr e : {in.index, in.begin, in.end, in.step}) {
      visit(e);
    }
    for (const RegionId inner : in.regions) {
      for_each_expression(kernel, inner, visit);
    }
  }
}

Stride stride_along(IntExprTable& integers, IntExpr index, SymbolId symbol) {
  if (!integers.depends_on(index, symbol)) {
    return Stride::none;
  }
  const auto linear = integers.linear_in(index, symbol);
  return linear && linear->first == IntExpr(1) ? Stride::one : Stride::other;
}

Strides::Strides(const Kernel& kernel) : kernel_(kernel) {
  walk(kernel, kernel.body, [&](Value value) {
    const Instruction& in = kernel.instructions[static_cast<std::size_t>(value)];
    if (in.opcode == Opcode::bind) {
      bound_[in.symbol] = in.args[0];
    }
  });
}

Stride Strides::along(IntExprTable& integers, IntExpr index, SymbolId symbol) {
  const std::vector<SymbolId> symbols = bound_.empty() ? std::vector<SymbolId>() : integers.symbols_of(index);
  for (const SymbolId s : symbols) {
    const auto bound = bound_.find(s);
    if (bound == bound_.end()) {
      continue;
    }
    auto [varying, fresh] = varying_.try_emplace(symbol);
    if (fresh) {
      varying->second = depends_on(kernel_, symbol);
    }
    if (varying->second[static_cast<std::size_t>(bound->second)]) {
      return Stride::other;
    }
  }
  return stride_along(integers, index, symbol);
}

std::int64_t estimate(const IntExprTable& integers, IntExpr e) {
  return integers.evaluate(e, [&](SymbolId s) {
    const Symbol& symbol = integers.symbol(s);
    return symbol.hint != 0 ? symbol.hint : std::clamp<std::int64_t>(1, symbol.range.low, symbol.range.high);
  });
}

}  // namespace cermet::kernel
