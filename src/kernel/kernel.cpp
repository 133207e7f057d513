// Names and properties of instructions that do not depend on any pass.
#include "kernel/kernel.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace cermet::kernel {

std::string_view name(Opcode opcode) {
  switch (opcode) {
    case Opcode::literal:
      return "literal";
    case Opcode::index:
      return "index";
    case Opcode::call:
      return "call";
    case Opcode::convert:
      return "convert";
    case Opcode::bitcast:
      return "bitcast";
    case Opcode::broadcast:
      return "broadcast";
    case Opcode::load:
      return "load";
    case Opcode::store:
      return "store";
    case Opcode::prefetch:
      return "prefetch";
    case Opcode::bind:
      return "bind";
    case Opcode::loop:
      return "loop";
    case Opcode::argument:
      return "argument";
    case Opcode::reduce:
      return "reduce";
    case Opcode::result:
      return "result";
    case Opcode::lane_mask:
      return "lane_mask";
    case Opcode::reduce_lanes:
      return "reduce_lanes";
  }
  return "unknown";
}

std::string_view name(LoopKind kind) {
  switch (kind) {
    case LoopKind::parallel:
      return "parallel";
    case LoopKind::grid:
      return "grid";
    case LoopKind::serial:
      return "serial";
    case LoopKind::vector:
      return "vector";
  }
  return "unknown";
}

std::string_view name(ReduceOrder order) { return order == ReduceOrder::chunked ? "chunked" : "lanes"; }

bool is_pure(const Kernel& kernel, const Instruction& instruction) {
  switch (instruction.opcode) {
    case Opcode::literal:
    case Opcode::index:
    case Opcode::call:
    case Opcode::convert:
    case Opcode::bitcast:
    case Opcode::broadcast:
    case Opcode::result:
    case Opcode::lane_mask:
    case Opcode::reduce_lanes:
      return true;
    case Opcode::load:
      return instruction.buffer >= 0 && static_cast<std::size_t>(instruction.buffer) < kernel.buffers.size() &&
             kernel.buffers[static_cast<std::size_t>(instruction.buffer)].role == BufferRole::input;
    default:
      return false;
  }
}

bool has_value(const Instruction& instruction) {
  return instruction.opcode != Opcode::store && instruction.opcode != Opcode::prefetch &&
         instruction.opcode != Opcode::bind;
}

bool has_results(const Instruction& instruction) {
  return instruction.opcode == Opcode::loop || instruction.opcode == Opcode::reduce ||
         instruction.opcode == Opcode::reduce_lanes;
}

IntExpr grid_extent(const Kernel& kernel) {
  for (const Value value : kernel.regions[static_cast<std::size_t>(kernel.body)].body) {
    const Instruction& in = kernel.instructions[static_cast<std::size_t>(value)];
    if (in.opcode == Opcode::loop && in.loop_kind == LoopKind::grid) {
      return in.end;
    }
  }
  fail<InternalError>("internal error: kernel {} has no grid loop", kernel.name);
}

Symbol loop_symbol(const IntExprTable& integers, IntExpr begin, IntExpr end, IntExpr step, int lanes) {
  Symbol symbol;
  const IntRange first = integers.range(begin), last = integers.range(end);
  const bool strided = lanes == 1 && step.is_constant() && step.value() > 1;
  symbol.range.low = first.low;
  symbol.upper = end;
  if (strided) {
    symbol.multiple_of = std::max<std::int64_t>(1, std::gcd(step.value(), integers.known_divisor(begin)));
  }
  // A loop that does not run gives its symbol no value, so an empty range must not look like a contradiction.
  symbol.range.high = last.high >= IntRange::unbounded_high ? last.high : std::max(last.high - 1, first.low);
  if (strided && begin.is_constant() && symbol.range.high < IntRange::unbounded_high) {
    symbol.range.high -= (symbol.range.high - begin.value()) % step.value();
  }
  return symbol;
}

}  // namespace cermet::kernel
