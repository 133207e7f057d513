// The builder: consing, folding and typed checks around one private function that appends.
#include "kernel/builder.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/error.h"
#include "base/hash.h"
#include "kernel/typing.h"

namespace cermet::kernel {

namespace {

std::uint64_t hash_of(const Instruction& in) {
  std::uint64_t hash = hash_combine(static_cast<std::uint64_t>(in.opcode), static_cast<std::uint64_t>(in.op));
  hash = hash_combine(hash, static_cast<std::uint64_t>(in.dtype.val) * 1024 + static_cast<std::uint64_t>(in.lanes));
  for (const Value arg : in.args) {
    hash = hash_combine(hash, static_cast<std::uint64_t>(arg));
  }
  hash = hash_combine(hash, in.literal.bits + in.component);
  hash = hash_combine(hash, static_cast<std::uint64_t>(in.buffer));
  hash = hash_combine(hash, static_cast<std::uint64_t>(in.index.raw()));
  return hash_combine(hash, static_cast<std::uint64_t>(in.end.raw()));
}

bool equal(const Instruction& a, const Instruction& b) {
  return a.opcode == b.opcode && a.op == b.op && a.reduction == b.reduction && a.access == b.access &&
         a.component == b.component && a.dtype == b.dtype && a.lanes == b.lanes && a.args == b.args &&
         a.literal == b.literal && a.buffer == b.buffer && a.index == b.index && a.symbol == b.symbol && a.end == b.end;
}

bool fits(IntRange range, Dtype dtype) {
  const int width = dtype.size() * 8;
  if (is_unsigned(dtype)) {
    return range.low >= 0 && (width == 64 || range.high < (std::int64_t{1} << width));
  }
  const std::int64_t limit = std::int64_t{1} << std::min(width - 1, 62);
  return range.low >= -limit && range.high < limit;
}

bool is_literal(const Instruction& in) { return in.opcode == Opcode::literal; }

}  // namespace

Builder::Builder(Kernel& kernel) : kernel_(kernel) {
  if (kernel_.regions.empty()) {
    kernel_.regions.emplace_back();
    kernel_.body = 0;
  }
  open_.push_back(kernel_.body);
  cons_.emplace_back();
}

BufferId Builder::add_buffer(std::string name, Dtype dtype, BufferRole role, IntExpr size, std::int64_t alignment) {
  const auto id = static_cast<BufferId>(kernel_.buffers.size());
  kernel_.buffers.push_back({.name = name.empty() ? fmt::format("b{}", id) : std::move(name),
                             .dtype = dtype,
                             .role = role,
                             .size = size,
                             .alignment = alignment});
  return id;
}

IntExpr Builder::add_parameter(std::string name, IntRange range, std::int64_t hint, std::int64_t multiple_of) {
  Symbol symbol;
  symbol.name = kernel_.integers.unique_name(name);
  symbol.range = range;
  symbol.multiple_of = multiple_of;
  symbol.hint = hint;
  const IntExpr parameter = kernel_.integers.add_symbol(std::move(symbol));
  kernel_.parameters.push_back(kernel_.integers.symbol_id(parameter));
  return parameter;
}

Value Builder::literal(Literal value, int lanes) {
  return emit({.opcode = Opcode::literal, .dtype = value.dtype, .lanes = lanes, .literal = value});
}

Value Builder::index(IntExpr e, Dtype dtype) { return emit({.opcode = Opcode::index, .dtype = dtype, .index = e}); }

Value Builder::call(Op op, std::span<const Value> args) {
  check(args.size() == row(op).arity, "{} takes {} operands, not {}", name(op), row(op).arity, args.size());
  const Dtype operand = dtype(args[row(op).types == Types::select ? 1 : 0]);
  return emit({.opcode = Opcode::call,
               .op = op,
               .dtype = result_dtype(op, operand),
               .args = std::vector<Value>(args.begin(), args.end())});
}

Value Builder::convert(Value x, Dtype to) { return emit({.opcode = Opcode::convert, .dtype = to, .args = {x}}); }

Value Builder::bitcast(Value x, Dtype to) { return emit({.opcode = Opcode::bitcast, .dtype = to, .args = {x}}); }

Value Builder::broadcast(Value x, int lanes) {
  return emit({.opcode = Opcode::broadcast, .dtype = dtype(x), .lanes = lanes, .args = {x}});
}

Value Builder::load(BufferId buffer, IntExpr index) {
  check(buffer >= 0 && static_cast<std::size_t>(buffer) < kernel_.buffers.size(), "kernel {} has no buffer {}",
        kernel_.name, buffer);
  const Dtype element = kernel_.buffers[static_cast<std::size_t>(buffer)].dtype;
  return emit({.opcode = Opcode::load, .dtype = element, .buffer = buffer, .index = index});
}

void Builder::store(BufferId buffer, IntExpr index, Value value) {
  append({.opcode = Opcode::store, .dtype = dtype(value), .args = {value}, .buffer = buffer, .index = index});
}

void Builder::prefetch(BufferId buffer, IntExpr index) {
  append({.opcode = Opcode::prefetch, .buffer = buffer, .index = index});
}

IntExpr Builder::bind(Value x, std::string name, IntRange range) {
  const Instruction& source = at(x);
  if (is_literal(source)) {
    return IntExpr(source.literal.as_int64());
  }
  if (source.opcode == Opcode::index && source.lanes == 1 && fits(kernel_.integers.range(source.index), source.dtype)) {
    return source.index;
  }
  Instruction in{.opcode = Opcode::bind, .lanes = source.lanes, .args = {x}};
  const std::uint64_t hash = hash_of(in);
  for (const ConsTable& scope : cons_) {
    const auto found = scope.find(hash);
    for (const Value value : found == scope.end() ? std::vector<Value>() : found->second) {
      const Instruction& other = at(value);
      if (other.opcode == Opcode::bind && other.args == in.args &&
          kernel_.integers.symbol(other.symbol).range == range) {
        return kernel_.integers.expression(other.symbol);
      }
    }
  }
  Symbol symbol;
  symbol.name = kernel_.integers.unique_name(name);
  symbol.range = range;
  const IntExpr bound = kernel_.integers.add_symbol(std::move(symbol));
  in.symbol = kernel_.integers.symbol_id(bound);
  cons_.back()[hash].push_back(add_instruction(std::move(in)));
  return bound;
}

Value Builder::lane_mask(SymbolId symbol, IntExpr end, int lanes) {
  return emit({.opcode = Opcode::lane_mask, .dtype = bool_, .lanes = lanes, .symbol = symbol, .end = end});
}

std::vector<Value> Builder::reduce_lanes(Reduction reduction, std::span<const Value> vectors) {
  check(!vectors.empty(), "reduce_lanes of no vectors");
  return results(emit({.opcode = Opcode::reduce_lanes,
                       .reduction = reduction,
                       .dtype = dtype(vectors[0]),
                       .lanes = lanes(vectors[0]),
                       .args = std::vector<Value>(vectors.begin(), vectors.end())}));
}

IntExpr Builder::add_loop_symbol(std::string_view stem, IntExpr begin, IntExpr end, IntExpr step, int lanes) {
  Symbol symbol = loop_symbol(kernel_.integers, begin, end, step, lanes);
  symbol.name = kernel_.integers.unique_name(stem);
  return kernel_.integers.add_symbol(std::move(symbol));
}

std::vector<Value> Builder::loop(LoopKind kind, std::string name, IntExpr begin, IntExpr end, IntExpr step,
                                 std::span<const Value> initial,
                                 const std::function<std::vector<Value>(IntExpr, std::span<const Value>)>& body,
                                 int lanes) {
  const IntExpr symbol = add_loop_symbol(name, begin, end, step, lanes);
  Instruction in{.opcode = Opcode::loop,
                 .loop_kind = kind,
                 .lanes = lanes,
                 .args = std::vector<Value>(initial.begin(), initial.end()),
                 .symbol = kernel_.integers.symbol_id(symbol),
                 .begin = begin,
                 .end = end,
                 .step = step};
  const RegionId region = open_region();
  std::vector<Value> arguments;
  for (const Value value : in.args) {
    arguments.push_back(static_cast<Value>(kernel_.instructions.size()));
    kernel_.instructions.push_back({.opcode = Opcode::argument, .dtype = dtype(value), .lanes = this->lanes(value)});
  }
  kernel_.regions[static_cast<std::size_t>(region)].arguments = arguments;
  std::vector<Value> yields = body(symbol, arguments);
  kernel_.regions[static_cast<std::size_t>(region)].yields = std::move(yields);
  close_region();
  in.regions = {region};
  return results(add_instruction(std::move(in)));
}

void Builder::loop(LoopKind kind, std::string name, IntExpr end, const std::function<void(IntExpr)>& body) {
  loop(kind, std::move(name), 0, end, 1, {}, [&](IntExpr symbol, std::span<const Value>) {
    body(symbol);
    return std::vector<Value>();
  });
}

std::vector<Value> Builder::reduce(Reduction reduction, std::string name, IntExpr extent, ReduceOrder order,
                                   const std::function<std::vector<Value>(IntExpr)>& body) {
  const IntExpr symbol = add_loop_symbol(name, 0, extent, 1, 1);
  Instruction in{.opcode = Opcode::reduce,
                 .reduction = reduction,
                 .order = order,
                 .symbol = kernel_.integers.symbol_id(symbol),
                 .end = extent};
  const RegionId region = open_region();
  std::vector<Value> yields = body(symbol);
  kernel_.regions[static_cast<std::size_t>(region)].yields = std::move(yields);
  close_region();
  in.regions = {region};
  return results(add_instruction(std::move(in)));
}

// Nodes stand in dependency order, so one pass backwards finds the needed ones and one forwards emits them.
Value Builder::replay(const ScalarArena& arena, Scalar root, std::span<const Value> args) {
  const std::vector<ScalarNode>& nodes = arena.nodes();
  std::vector<bool> needed(nodes.size(), false);
  needed[root.id()] = true;
  for (std::size_t id = nodes.size(); id-- > 0;) {
    for (std::size_t a = 0; needed[id] && a < nodes[id].arity; ++a) {
      needed[nodes[id].args[a]] = true;
    }
  }
  std::vector<Value> values(nodes.size(), no_value);
  std::size_t next_argument = 0;
  for (std::size_t id = 0; id < nodes.size(); ++id) {
    const ScalarNode& node = nodes[id];
    if (node.kind == ScalarKind::argument) {
      check(next_argument < args.size(), "an expression of more than {} arguments is replayed", args.size());
      values[id] = args[next_argument++];
    } else if (needed[id]) {
      values[id] = replay_node(node, values);
    }
  }
  return values[root.id()];
}

Value Builder::replay_node(const ScalarNode& node, std::span<const Value> values) {
  switch (node.kind) {
    case ScalarKind::literal:
      return literal(node.literal);
    case ScalarKind::convert:
      return convert(values[node.args[0]], node.dtype);
    case ScalarKind::bitcast:
      return bitcast(values[node.args[0]], node.dtype);
    case ScalarKind::call: {
      std::array<Value, 3> operands{};
      for (std::size_t a = 0; a < node.arity; ++a) {
        operands[a] = values[node.args[a]];
      }
      return call(node.op, std::span<const Value>(operands.data(), node.arity));
    }
    case ScalarKind::argument:
      break;
  }
  fail<InternalError>("internal error: an argument of a scalar expression has no value");
}

Value Builder::append(Instruction instruction) { return add_instruction(std::move(instruction)); }

Value Builder::emit(Instruction in) {
  if (in.opcode == Opcode::call || in.opcode == Opcode::convert || in.opcode == Opcode::bitcast) {
    in.lanes = 1;
    for (const Value arg : in.args) {
      in.lanes = std::max(in.lanes, lanes(arg));
    }
    for (Value& arg : in.args) {
      arg = broadcast(arg, in.lanes);
    }
  }
  if (const Value folded = fold(in); folded != no_value) {
    return folded;
  }
  if (!is_pure(kernel_, in)) {
    return add_instruction(std::move(in));
  }
  const std::uint64_t hash = hash_of(in);
  if (const Value found = find_equal(in, hash); found != no_value) {
    return found;
  }
  const Value value = add_instruction(std::move(in));
  cons_.back()[hash].push_back(value);
  return value;
}

Value Builder::fold(const Instruction& in) {
  const auto all_literal = [&] {
    return std::all_of(in.args.begin(), in.args.end(), [&](Value arg) { return is_literal(at(arg)); });
  };
  switch (in.opcode) {
    case Opcode::index:
      return in.index.is_constant() ? literal(Literal::of_integer(in.dtype, in.index.value()), in.lanes) : no_value;
    case Opcode::call: {
      if (row(in.op).ulp != 0 || !all_literal() || !type_error(kernel_, in).empty()) {
        return no_value;
      }
      std::array<Literal, 3> args;
      for (std::size_t i = 0; i < in.args.size(); ++i) {
        args[i] = at(in.args[i]).literal;
      }
      return literal(evaluate(in.op, std::span<const Literal>(args.data(), in.args.size())), in.lanes);
    }
    case Opcode::convert:
    case Opcode::bitcast: {
      if (in.args.size() != 1 || (in.dtype != dtype(in.args[0]) && !all_literal()) ||
          !type_error(kernel_, in).empty()) {
        return no_value;
      }
      if (in.dtype == dtype(in.args[0])) {
        return in.args[0];
      }
      const Literal operand = at(in.args[0]).literal;
      return literal(in.opcode == Opcode::convert ? operand.converted(in.dtype) : Literal{in.dtype, operand.bits},
                     in.lanes);
    }
    case Opcode::broadcast:
      if (lanes(in.args[0]) == in.lanes) {
        return in.args[0];
      }
      return is_literal(at(in.args[0])) ? literal(at(in.args[0]).literal, in.lanes) : no_value;
    default:
      return no_value;
  }
}

Value Builder::find_equal(const Instruction& instruction, std::uint64_t hash) const {
  for (std::size_t scope = cons_.size(); scope-- > 0;) {
    const auto found = cons_[scope].find(hash);
    if (found == cons_[scope].end()) {
      continue;
    }
    for (const Value value : found->second) {
      if (equal(kernel_.instructions[static_cast<std::size_t>(value)], instruction)) {
        return value;
      }
    }
  }
  return no_value;
}

std::vector<Value> Builder::results(Value of) {
  std::vector<Value> values;
  const int count = result_count(kernel_, at(of));
  for (int c = 0; c < count; ++c) {
    const ValueType type = result_type(kernel_, at(of), c);
    values.push_back(emit({.opcode = Opcode::result,
                           .component = static_cast<std::uint8_t>(c),
                           .dtype = type.dtype,
                           .lanes = type.lanes,
                           .args = {of}}));
  }
  return values;
}

const Instruction& Builder::at(Value value) const {
  check(value >= 0 && static_cast<std::size_t>(value) < kernel_.instructions.size(), "kernel {} has no value {}",
        kernel_.name, value);
  return kernel_.instructions[static_cast<std::size_t>(value)];
}

Value Builder::add_instruction(Instruction instruction) {
  for (const Value arg : instruction.args) {
    at(arg);
  }
  const auto value = static_cast<Value>(kernel_.instructions.size());
  kernel_.instructions.push_back(std::move(instruction));
  const std::string error = type_error(kernel_, kernel_.instructions.back());
  if (!error.empty()) {
    const std::string line = describe(kernel_, value);
    kernel_.instructions.pop_back();
    fail<InternalError>("internal error: kernel {}: {}: {}", kernel_.name, line, error);
  }
  kernel_.regions[static_cast<std::size_t>(open_.back())].body.push_back(value);
  return value;
}

RegionId Builder::open_region() {
  const auto region = static_cast<RegionId>(kernel_.regions.size());
  kernel_.regions.emplace_back();
  open_.push_back(region);
  cons_.emplace_back();
  return region;
}

void Builder::close_region() {
  check(open_.size() > 1, "kernel {}: the body cannot be closed", kernel_.name);
  open_.pop_back();
  cons_.pop_back();
}

}  // namespace cermet::kernel
