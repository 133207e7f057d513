// The text form of kernels: nested regions, one instruction a line, values numbered in textual order, so that kernels
// that differ in history alone print alike (the kernel cache hashes this text). docs/ir.md explains it.
#include <algorithm>

#include "base/error.h"
#include "kernel/kernel.h"
#include "kernel/typing.h"

namespace cermet::kernel {

namespace {

const Instruction& instruction(const Kernel& kernel, Value value) {
  return kernel.instructions[static_cast<std::size_t>(value)];
}

std::string print_range(IntRange range) {
  const bool low = range.low > IntRange::unbounded_low, high = range.high < IntRange::unbounded_high;
  return fmt::format("{}, {}", low ? fmt::format("[{}", range.low) : "(-inf",
                     high ? fmt::format("{}]", range.high) : "inf)");
}

/// The facts of a symbol, each with a leading space; `expected` are the ones that go without saying.
std::string print_facts(const IntExprTable& integers, const Symbol& symbol, const Symbol& expected) {
  std::string text;
  if (!(symbol.range == expected.range)) {
    text += fmt::format(" {}", print_range(symbol.range));
  }
  if (!(symbol.upper == expected.upper)) {
    text += fmt::format(" below [{}]", integers.print(symbol.upper));
  }
  if (symbol.multiple_of != expected.multiple_of) {
    text += fmt::format(" multiple {}", symbol.multiple_of);
  }
  if (symbol.hint != expected.hint) {
    text += fmt::format(" hint {}", symbol.hint);
  }
  return text;
}

/// A literal as decimal text, or as its bits where text would lose some (a NaN's payload).
std::string print_literal(Literal literal) {
  const std::string text = literal.print();
  return Literal::parse(literal.dtype, text) == literal ? text : fmt::format("bits {:#x}", literal.bits);
}

/// The number of each value in textual order, -1 for what has no name or no place. Each region counts once, so that
/// kernels whose regions form cycles end too.
class Numbering {
 public:
  explicit Numbering(const Kernel& kernel)
      : kernel_(kernel), numbers_(kernel.instructions.size(), -1), seen_(kernel.regions.size(), false) {
    visit(kernel.body);
  }

  std::string name_of(Value value) const {
    const bool known = value >= 0 && static_cast<std::size_t>(value) < numbers_.size();
    const int number = known ? numbers_[static_cast<std::size_t>(value)] : -1;
    return number >= 0 ? fmt::format("%{}", number) : fmt::format("%?{}", value);
  }

 private:
  void give(Value value) {
    if (value >= 0 && static_cast<std::size_t>(value) < numbers_.size() &&
        numbers_[static_cast<std::size_t>(value)] < 0) {
      numbers_[static_cast<std::size_t>(value)] = next_++;
    }
  }
  void visit(RegionId id) {
    if (id < 0 || static_cast<std::size_t>(id) >= seen_.size() || seen_[static_cast<std::size_t>(id)]) {
      return;
    }
    seen_[static_cast<std::size_t>(id)] = true;
    const Region& region = kernel_.regions[static_cast<std::size_t>(id)];
    for (const Value argument : region.arguments) {
      give(argument);
    }
    for (const Value value : region.body) {
      if (value < 0 || static_cast<std::size_t>(value) >= numbers_.size()) {
        continue;
      }
      const Instruction& in = instruction(kernel_, value);
      if (has_value(in) && !(in.opcode == Opcode::loop && in.args.empty())) {
        give(value);
      }
      for (const RegionId inner : in.regions) {
        visit(inner);
      }
    }
  }

  const Kernel& kernel_;
  std::vector<int> numbers_;
  std::vector<bool> seen_;
  int next_ = 0;
};

/// Prints single instructions.
class LinePrinter {
 public:
  explicit LinePrinter(const Kernel& kernel) : kernel_(kernel), numbering_(kernel) {}

  /// The instruction without its regions: a loop's line ends before its brace.
  std::string line(Value value) const {
    const Instruction& in = instruction(kernel_, value);
    switch (in.opcode) {
      case Opcode::store:
        return fmt::format("store {}[{}]{} = {}{}{}", buffer(in), expression(in.index), along(in), operand(in, 0),
                           in.args.size() > 1 ? fmt::format(" mask {}", operand(in, 1)) : "",
                           in.streaming ? " streaming" : "");
      case Opcode::prefetch:
        return fmt::format("prefetch {}[{}]", buffer(in), expression(in.index));
      case Opcode::bind:
        return fmt::format("bind {} = {}{}", symbol(in), operand(in, 0), bind_facts(in));
      case Opcode::loop:
        return loop(value, in);
      case Opcode::reduce:
        return fmt::format("{} = reduce {} {} {} in [0, {}){}", name_of(value), cermet::name(in.reduction),
                           name(in.order), symbol(in), expression(in.end), loop_facts(in, 0, 1));
      case Opcode::reduce_lanes:
        return fmt::format("{} = reduce_lanes {} {}", name_of(value), cermet::name(in.reduction), operands(in));
      default:
        return fmt::format("{}: {} = {}", name_of(value), type(value), right_side(in));
    }
  }
  std::string names(const std::vector<Value>& values) const {
    std::string text;
    for (const Value value : values) {
      text += (text.empty() ? "" : ", ") + name_of(value);
    }
    return text;
  }

 private:
  std::string right_side(const Instruction& in) const {
    switch (in.opcode) {
      case Opcode::literal:
        return "literal " + print_literal(in.literal);
      case Opcode::index:
        return fmt::format("index [{}]{}", expression(in.index), in.lanes > 1 ? " along " + symbol(in) : "");
      case Opcode::call:
        return fmt::format("{} {}", cermet::name(in.op), operands(in));
      case Opcode::load:
        return fmt::format(
            "load {}[{}]{}{}", buffer(in), expression(in.index), along(in),
            in.args.empty() ? "" : fmt::format(" mask {} else {}", operand(in, 0), print_literal(in.literal)));
      case Opcode::result:
        return fmt::format("result {}.{}", operand(in, 0), in.component);
      case Opcode::lane_mask:
        return fmt::format("lane_mask [{} < {}]", symbol(in), expression(in.end));
      case Opcode::argument:
        return "argument";
      default:
        return fmt::format("{} {}", name(in.opcode), operands(in));
    }
  }

  std::string loop(Value value, const Instruction& in) const {
    std::string text = in.args.empty() ? "" : name_of(value) + " = ";
    text += fmt::format("{} {} in [{}, {})", name(in.loop_kind), symbol(in), expression(in.begin), expression(in.end));
    if (!(in.step == IntExpr(1))) {
      text += in.step.is_constant() ? fmt::format(" step {}", expression(in.step))
                                    : fmt::format(" step [{}]", expression(in.step));
    }
    if (in.lanes != 1) {
      text += fmt::format(" lanes {}", in.lanes);
    }
    text += loop_facts(in, in.begin, in.step);
    if (in.args.empty() || in.regions.empty()) {
      return text;
    }
    text += " carry (";
    const Region& body = kernel_.regions[static_cast<std::size_t>(in.regions[0])];
    for (std::size_t i = 0; i < std::min(in.args.size(), body.arguments.size()); ++i) {
      text += fmt::format("{}{} = {}", i == 0 ? "" : ", ", name_of(body.arguments[i]), operand(in, i));
    }
    return text + ")";
  }

  std::string loop_facts(const Instruction& in, IntExpr begin, IntExpr step) const {
    if (in.symbol >= kernel_.integers.symbol_count()) {
      return "";
    }
    return print_facts(kernel_.integers, kernel_.integers.symbol(in.symbol),
                       loop_symbol(kernel_.integers, begin, in.end, step, in.lanes));
  }
  std::string bind_facts(const Instruction& in) const {
    return in.symbol < kernel_.integers.symbol_count()
               ? print_facts(kernel_.integers, kernel_.integers.symbol(in.symbol), Symbol())
               : "";
  }
  std::string along(const Instruction& in) const {
    if (in.access == Access::scalar) {
      return "";
    }
    return fmt::format(" {} {}", in.access == Access::contiguous ? "contiguous" : "gather", symbol(in));
  }
  std::string operands(const Instruction& in) const { return names(in.args); }
  // Messages show broken instructions too, so what is missing prints as "?".
  std::string operand(const Instruction& in, std::size_t i) const {
    return i < in.args.size() ? name_of(in.args[i]) : "?";
  }
  std::string expression(IntExpr e) const { return kernel_.integers.print(e); }
  std::string symbol(const Instruction& in) const {
    return in.symbol < kernel_.integers.symbol_count() ? kernel_.integers.symbol(in.symbol).name : "?";
  }
  std::string type(Value value) const { return to_string(type_of(kernel_, value)); }
  std::string buffer(const Instruction& in) const {
    return in.buffer >= 0 && static_cast<std::size_t>(in.buffer) < kernel_.buffers.size()
               ? kernel_.buffers[static_cast<std::size_t>(in.buffer)].name
               : "?";
  }

  std::string name_of(Value value) const { return numbering_.name_of(value); }

  const Kernel& kernel_;
  Numbering numbering_;
};

/// Prints whole kernels.
class KernelPrinter {
 public:
  explicit KernelPrinter(const Kernel& kernel) : kernel_(kernel), lines_(kernel) {}

  std::string print() {
    text_ = "kernel " + kernel_.name + "(";
    std::string separator;
    for (const Buffer& buffer : kernel_.buffers) {
      text_ += separator + header(buffer);
      separator = ", ";
    }
    for (const SymbolId parameter : kernel_.parameters) {
      const Symbol& symbol = kernel_.integers.symbol(parameter);
      text_ += separator + symbol.name + ": i64" + print_facts(kernel_.integers, symbol, Symbol());
      separator = ", ";
    }
    text_ += ") {\n";
    print_region(kernel_.body, 1);
    return text_ + "}\n";
  }

 private:
  std::string header(const Buffer& buffer) const {
    constexpr std::string_view roles[] = {"in", "out", "scratch"};
    std::string text =
        fmt::format("{}: {} {}", buffer.name, short_name(buffer.dtype), roles[static_cast<std::size_t>(buffer.role)]);
    if (buffer.role == BufferRole::scratch) {
      text += fmt::format("[{}]", kernel_.integers.print(buffer.size));
    }
    if (buffer.alignment != 1) {
      text += fmt::format(" align {}", buffer.alignment);
    }
    if (buffer.may_alias >= 0) {
      text += " alias " + kernel_.buffers[static_cast<std::size_t>(buffer.may_alias)].name;
    }
    return text;
  }

  void print_region(RegionId id, int depth) {
    const Region& region = kernel_.regions[static_cast<std::size_t>(id)];
    const std::string indent(static_cast<std::size_t>(2 * depth), ' ');
    for (const Value value : region.body) {
      text_ += indent + lines_.line(value);
      const Instruction& in = instruction(kernel_, value);
      if (in.regions.empty()) {
        text_ += "\n";
        continue;
      }
      text_ += " {\n";
      for (const RegionId inner : in.regions) {
        print_region(inner, depth + 1);
      }
      text_ += indent + "}\n";
    }
    if (!region.yields.empty()) {
      text_ += indent + "yield " + lines_.names(region.yields) + "\n";
    }
  }

  const Kernel& kernel_;
  LinePrinter lines_;
  std::string text_;
};

}  // namespace

std::string print(const Kernel& kernel) { return KernelPrinter(kernel).print(); }

std::string value_name(const Kernel& kernel, Value value) { return Numbering(kernel).name_of(value); }

std::string describe(const Kernel& kernel, Value value) { return LinePrinter(kernel).line(value); }

}  // namespace cermet::kernel
