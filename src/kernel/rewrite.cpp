// The rewriter: an environment from old values and symbols to new ones around a builder.
#include "kernel/rewrite.h"

#include <algorithm>

#include "base/error.h"
#include "kernel/typing.h"

namespace cermet::kernel {

namespace {

const Instruction& instruction(const Kernel& kernel, Value value) {
  return kernel.instructions[static_cast<std::size_t>(value)];
}

const Region& region(const Kernel& kernel, RegionId id) { return kernel.regions[static_cast<std::size_t>(id)]; }

}  // namespace

Rewriter::Rewriter(const Kernel& source)
    : from(source),
      builder_(to_),
      values_(source.instructions.size(), no_value),
      symbols_(source.integers.symbol_count()) {
  to_.name = from.name;
  for (const SymbolId parameter : from.parameters) {
    Symbol symbol = from.integers.symbol(parameter);
    symbol.upper = at(symbol.upper);
    const IntExpr copy = integers().add_symbol(std::move(symbol));
    to_.parameters.push_back(integers().symbol_id(copy));
    set(parameter, copy);
  }
  for (const Buffer& buffer : from.buffers) {
    to_.buffers.push_back(buffer);
    to_.buffers.back().size = at(buffer.size);
  }
}

Kernel Rewriter::run() {
  visit_region(from.body);
  remove_dead(to_);
  return std::move(to_);
}

void Rewriter::visit(Value old) { copy(old); }

void Rewriter::visit_region(RegionId old) {
  for (const Value value : region(from, old).body) {
    visit(value);
  }
}

std::vector<Value> Rewriter::yields(RegionId old) { return at(region(from, old).yields); }

void Rewriter::copy(Value old) {
  const Instruction& in = instruction(from, old);
  switch (in.opcode) {
    case Opcode::loop:
      copy_loop(old, in.loop_kind, at(in.step), in.lanes);
      return;
    case Opcode::reduce:
      copy_reduce(old);
      return;
    case Opcode::bind:
      copy_bind(old);
      return;
    case Opcode::result:
      set(old, results(in.args[0])[in.component]);
      return;
    case Opcode::reduce_lanes:
      set_results(old, build().results(build().emit(mapped(old))));
      return;
    default: {
      const Value copied = build().emit(mapped(old));
      if (has_value(in)) {
        set(old, copied);
      }
    }
  }
}

Instruction Rewriter::mapped(Value old) {
  Instruction in = instruction(from, old);
  in.regions.clear();
  in.args = in.opcode == Opcode::result ? in.args : at(in.args);
  in.index = at(in.index);
  const bool along_lanes =
      in.opcode == Opcode::lane_mask ||
      (in.lanes > 1 && (in.opcode == Opcode::load || in.opcode == Opcode::store || in.opcode == Opcode::index));
  if (along_lanes) {
    const IntExpr symbol = map_symbol(in.symbol);
    if (symbol.is_constant() || integers().kind(symbol) != IntExprTable::Kind::symbol) {
      fail<InternalError>("internal error: kernel {}: {}: its lane symbol became {}", from.name, describe(from, old),
                          integers().print(symbol));
    }
    in.symbol = integers().symbol_id(symbol);
  }
  if (in.opcode == Opcode::lane_mask) {
    in.end = at(in.end);
  }
  return in;
}

void Rewriter::copy_loop(Value old, LoopKind kind, IntExpr step, int lanes) {
  const Instruction& in = instruction(from, old);
  const Symbol& facts = from.integers.symbol(in.symbol);
  const IntExpr begin = at(in.begin), end = at(in.end);
  const bool same_steps = step == at(in.step) && lanes == in.lanes;
  set_results(old, build().loop(
                       kind, facts.name, begin, end, step, at(in.args),
                       [&](IntExpr symbol, std::span<const Value> arguments) {
                         if (same_steps) {
                           integers().refine(integers().symbol_id(symbol), facts.range, facts.multiple_of);
                         }
                         set(in.symbol, symbol);
                         const std::vector<Value>& old_arguments = region(from, in.regions[0]).arguments;
                         for (std::size_t i = 0; i < arguments.size(); ++i) {
                           set(old_arguments[i], arguments[i]);
                         }
                         visit_region(in.regions[0]);
                         return yields(in.regions[0]);
                       },
                       lanes));
}

void Rewriter::copy_reduce(Value old) {
  const Instruction& in = instruction(from, old);
  const Symbol& facts = from.integers.symbol(in.symbol);
  set_results(old, build().reduce(in.reduction, facts.name, at(in.end), in.order, [&](IntExpr symbol) {
    integers().refine(integers().symbol_id(symbol), facts.range, facts.multiple_of);
    set(in.symbol, symbol);
    visit_region(in.regions[0]);
    return yields(in.regions[0]);
  }));
}

void Rewriter::copy_bind(Value old) {
  const Instruction& in = instruction(from, old);
  const Symbol& facts = from.integers.symbol(in.symbol);
  const IntExpr bound = build().bind(at(in.args[0]), facts.name, facts.range);
  if (!bound.is_constant() && facts.multiple_of > 1 && integers().kind(bound) == IntExprTable::Kind::symbol) {
    integers().refine(integers().symbol_id(bound), facts.range, facts.multiple_of);
  }
  set(in.symbol, bound);
}

bool Rewriter::has(Value old) const { return values_[static_cast<std::size_t>(old)] != no_value; }

void Rewriter::forgotten(Value old) const {
  fail<InternalError>("internal error: kernel {}: nothing took the place of {}", from.name, describe(from, old));
}

Value Rewriter::at(Value old) {
  if (!has(old)) {
    forgotten(old);
  }
  return values_[static_cast<std::size_t>(old)];
}

std::vector<Value> Rewriter::at(std::span<const Value> old) {
  std::vector<Value> values;
  values.reserve(old.size());
  for (const Value value : old) {
    values.push_back(at(value));
  }
  return values;
}

IntExpr Rewriter::at(IntExpr old) {
  if (old.is_constant()) {
    return old;
  }
  const auto found = expressions_.find(old.raw());
  if (found != expressions_.end()) {
    return found->second;
  }
  const IntExpr made = integers().import(from.integers, old, [&](SymbolId symbol) { return map_symbol(symbol); });
  expressions_.emplace(old.raw(), made);
  return made;
}

IntExpr Rewriter::map_symbol(SymbolId old) const {
  const std::optional<IntExpr>& replacement = symbols_[old];
  check(replacement.has_value(), "kernel {}: nothing took the place of the symbol {}", from.name,
        from.integers.symbol(old).name);
  return *replacement;
}

void Rewriter::set(Value old, Value replacement) { values_[static_cast<std::size_t>(old)] = replacement; }

void Rewriter::set_results(Value old, std::vector<Value> replacements) { results_[old] = std::move(replacements); }

const std::vector<Value>& Rewriter::results(Value old) const {
  const auto found = results_.find(old);
  if (found == results_.end()) {
    forgotten(old);
  }
  return found->second;
}

void Rewriter::set(SymbolId old, IntExpr replacement) {
  symbols_[old] = replacement;
  expressions_.clear();
}

void walk(const Kernel& kernel, RegionId root, const std::function<void(Value)>& visit) {
  for (const Value value : region(kernel, root).body) {
    visit(value);
    for (const RegionId inner : instruction(kernel, value).regions) {
      walk(kernel, inner, visit);
    }
  }
}

std::vector<int> use_counts(const Kernel& kernel) {
  std::vector<int> counts(kernel.instructions.size(), 0);
  const auto count = [&](const std::vector<Value>& values) {
    for (const Value value : values) {
      ++counts[static_cast<std::size_t>(value)];
    }
  };
  walk(kernel, kernel.body, [&](Value value) {
    count(instruction(kernel, value).args);
    for (const RegionId inner : instruction(kernel, value).regions) {
      count(region(kernel, inner).yields);
    }
  });
  return counts;
}

std::vector<RegionId> regions_of(const Kernel& kernel) {
  std::vector<RegionId> owner(kernel.instructions.size(), -1);
  const auto fill = [&](RegionId id) {
    for (const std::vector<Value>* values : {&region(kernel, id).arguments, &region(kernel, id).body}) {
      for (const Value value : *values) {
        owner[static_cast<std::size_t>(value)] = id;
      }
    }
  };
  fill(kernel.body);
  walk(kernel, kernel.body, [&](Value value) {
    std::for_each(instruction(kernel, value).regions.begin(), instruction(kernel, value).regions.end(), fill);
  });
  return owner;
}

bool contains(const Kernel& kernel, RegionId root, Opcode opcode) {
  const std::vector<Value>& body = region(kernel, root).body;
  return std::any_of(body.begin(), body.end(), [&](Value value) {
    const Instruction& in = instruction(kernel, value);
    return in.opcode == opcode || std::any_of(in.regions.begin(), in.regions.end(),
                                              [&](RegionId inner) { return contains(kernel, inner, opcode); });
  });
}

bool writes(const Kernel& kernel, RegionId root, BufferId buffer) {
  const std::vector<Value>& body = region(kernel, root).body;
  return std::any_of(body.begin(), body.end(), [&](Value value) {
    const Instruction& in = instruction(kernel, value);
    return (in.opcode == Opcode::store && in.buffer == buffer) ||
           std::any_of(in.regions.begin(), in.regions.end(),
                       [&](RegionId inner) { return writes(kernel, inner, buffer); });
  });
}

}  // namespace cermet::kernel
