// Reads the text form of kernels back. White space and line ends are free; `;` starts a comment. It accepts what print
// writes and does not judge it (verify does): only text that means nothing is refused, with its line, by ValueError.
#include <cctype>
#include <charconv>
#include <map>

#include "base/error.h"
#include "kernel/kernel.h"
#include "kernel/typing.h"

namespace cermet::kernel {

namespace {

/// A position in a text: tokens, numbers and bracketed expressions.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[noreturn]] void refuse(std::string_view problem) const {
    std::size_t line = 1;
    for (const char c : text_.substr(0, at_)) {
      line += c == '\n' ? 1 : 0;
    }
    const std::string_view rest = text_.substr(at_);
    fail<ValueError>("[kernel text] line {}: {} at \"{}\".", line, problem, rest.substr(0, rest.find('\n')));
  }
  void skip() {
    while (at_ < text_.size()) {
      if (text_[at_] == ';') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
        ++at_;
      } else {
        return;
      }
    }
  }
  bool done() {
    skip();
    return at_ == text_.size();
  }
  bool next_is(char c) {
    skip();
    return at_ < text_.size() && text_[at_] == c;
  }
  /// Takes the symbol character `c` if it is next.
  bool take(char c) {
    if (!next_is(c)) {
      return false;
    }
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) {
      refuse(fmt::format("expected '{}'", c));
    }
  }
  /// Takes the whole word `word` if it is next.
  bool take_word(std::string_view word) {
    skip();
    const std::size_t before = at_;
    if (peek_word() == word) {
      at_ += word.size();
      return true;
    }
    at_ = before;
    return false;
  }
  void expect_word(std::string_view word) {
    if (!take_word(word)) {
      refuse(fmt::format("expected \"{}\"", word));
    }
  }
  std::string_view word() {
    skip();
    const std::string_view found = peek_word();
    if (found.empty()) {
      refuse("expected a name");
    }
    at_ += found.size();
    return found;
  }
  std::int64_t integer() {
    skip();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc()) {
      refuse("expected an integer");
    }
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }
  /// Text up to white space.
  std::string_view token() {
    skip();
    const std::size_t begin = at_;
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) == 0) {
      ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }
  /// Text up to `end` outside of parentheses; takes `end` too.
  std::string_view until(char end) {
    const std::size_t begin = at_;
    for (int depth = 0; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
      const char c = text_[at_];
      if (c == end && depth == 0) {
        return text_.substr(begin, at_++ - begin);
      }
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
    at_ = begin;
    refuse(fmt::format("expected '{}' after an expression", end));
  }

 private:
  std::string_view peek_word() const {
    std::size_t end = at_;
    while (end < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[end])) != 0 || text_[end] == '_' || text_[end] == '.')) {
      ++end;
    }
    return text_.substr(at_, end - at_);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

template <class Enum>
std::optional<Enum> find_name(std::string_view word, int count) {
  for (int i = 0; i < count; ++i) {
    if (name(static_cast<Enum>(i)) == word) {
      return static_cast<Enum>(i);
    }
  }
  return std::nullopt;
}

class KernelParser {
 public:
  explicit KernelParser(std::string_view text) : cursor_(text) {}

  Kernel parse() {
    cursor_.expect_word("kernel");
    kernel_.name = cursor_.next_is('(') ? std::string() : std::string(cursor_.word());
    cursor_.expect('(');
    while (!cursor_.take(')')) {
      parse_header_entry();
      if (!cursor_.next_is(')')) {
        cursor_.expect(',');
      }
    }
    kernel_.body = parse_region({});
    if (!cursor_.done()) {
      cursor_.refuse("unexpected text after the kernel");
    }
    return std::move(kernel_);
  }

 private:
  // ---- Header ----

  void parse_header_entry() {
    const std::string name(cursor_.word());
    cursor_.expect(':');
    const Dtype dtype = parse_type().dtype;
    if (cursor_.take_word("in")) {
      parse_buffer({.name = name, .dtype = dtype, .role = BufferRole::input});
    } else if (cursor_.take_word("out")) {
      parse_buffer({.name = name, .dtype = dtype, .role = BufferRole::output});
    } else if (cursor_.take_word("scratch")) {
      const IntExpr size = bracketed();
      parse_buffer({.name = name, .dtype = dtype, .role = BufferRole::scratch, .size = size});
    } else {
      kernel_.parameters.push_back(add_symbol(name, Symbol()));
    }
  }

  void parse_buffer(Buffer buffer) {
    if (cursor_.take_word("align")) {
      buffer.alignment = cursor_.integer();
    }
    if (cursor_.take_word("alias")) {
      buffer.may_alias = find_buffer(cursor_.word());
    }
    kernel_.buffers.push_back(std::move(buffer));
  }

  /// Adds the symbol with the facts that go without saying, as changed by those that follow in the text.
  SymbolId add_symbol(std::string name, Symbol facts) {
    facts.name = std::move(name);
    if (kernel_.integers.find_symbol(facts.name)) {
      cursor_.refuse(fmt::format("the name {} is taken", facts.name));
    }
    if (cursor_.next_is('[') || cursor_.next_is('(')) {
      facts.range = parse_range();
    }
    if (cursor_.take_word("below")) {
      facts.upper = bracketed();
    }
    if (cursor_.take_word("multiple")) {
      facts.multiple_of = cursor_.integer();
    }
    if (cursor_.take_word("hint")) {
      facts.hint = cursor_.integer();
    }
    return kernel_.integers.symbol_id(kernel_.integers.add_symbol(std::move(facts)));
  }

  IntRange parse_range() {
    IntRange range;
    if (cursor_.take('(')) {
      cursor_.expect('-');
      cursor_.expect_word("inf");
    } else {
      cursor_.expect('[');
      range.low = cursor_.integer();
    }
    cursor_.expect(',');
    if (cursor_.take_word("inf")) {
      cursor_.expect(')');
    } else {
      range.high = cursor_.integer();
      cursor_.expect(']');
    }
    return range;
  }

  // ---- Small parts ----

  BufferId find_buffer(std::string_view name) {
    for (std::size_t i = 0; i < kernel_.buffers.size(); ++i) {
      if (kernel_.buffers[i].name == name) {
        return static_cast<BufferId>(i);
      }
    }
    cursor_.refuse(fmt::format("there is no buffer {}", name));
  }
  SymbolId find_symbol(std::string_view name) {
    const auto id = kernel_.integers.find_symbol(name);
    if (!id) {
      cursor_.refuse(fmt::format("there is no symbol {}", name));
    }
    return *id;
  }
  IntExpr expression(std::string_view text) {
    try {
      return kernel_.integers.parse(text);
    } catch (const ValueError& error) {
      cursor_.refuse(error.what());
    }
  }
  IntExpr bracketed() {
    cursor_.expect('[');
    return expression(cursor_.until(']'));
  }
  ValueType parse_type() {
    const std::string_view text = cursor_.word();
    const std::size_t x = text.find('x');
    try {
      const Dtype dtype = parse_dtype(text.substr(0, x));
      int lanes = 1;
      if (x != std::string_view::npos) {
        lanes = std::atoi(std::string(text.substr(x + 1)).c_str());
      }
      return {dtype, lanes};
    } catch (const ValueError& error) {
      cursor_.refuse(error.what());
    }
  }
  Literal parse_literal(Dtype dtype) {
    if (cursor_.take_word("bits")) {
      const std::string bits(cursor_.token());
      return {dtype, std::strtoull(bits.c_str(), nullptr, 16)};
    }
    const std::string_view text = cursor_.token();
    try {
      return Literal::parse(dtype, text);
    } catch (const ValueError& error) {
      cursor_.refuse(error.what());
    }
  }
  std::string value_name() {
    cursor_.expect('%');
    return std::string(cursor_.word());
  }
  Value operand() { return find_value(value_name()); }
  Value find_value(const std::string& name) {
    const auto found = values_.find(name);
    if (found == values_.end()) {
      cursor_.refuse(fmt::format("%{} is not defined before", name));
    }
    return found->second;
  }
  std::vector<Value> operands() {
    std::vector<Value> values;
    if (cursor_.next_is('%')) {
      do {
        values.push_back(operand());
      } while (cursor_.take(','));
    }
    return values;
  }
  Value add(Instruction in) {
    kernel_.instructions.push_back(std::move(in));
    return static_cast<Value>(kernel_.instructions.size() - 1);
  }
  void define(const std::string& name, Value value) {
    if (!values_.emplace(name, value).second) {
      cursor_.refuse(fmt::format("%{} is defined twice", name));
    }
  }

  // ---- Instructions ----

  RegionId parse_region(std::vector<Value> arguments) {
    const auto id = static_cast<RegionId>(kernel_.regions.size());
    kernel_.regions.emplace_back();
    Region region;
    region.arguments = std::move(arguments);
    cursor_.expect('{');
    while (!cursor_.take('}')) {
      if (cursor_.take_word("yield")) {
        region.yields = operands();
      } else {
        region.body.push_back(parse_instruction());
      }
    }
    kernel_.regions[static_cast<std::size_t>(id)] = std::move(region);
    return id;
  }

  Value parse_instruction() {
    if (cursor_.next_is('%')) {
      const std::string name = value_name();
      if (cursor_.take(':')) {
        const ValueType type = parse_type();
        cursor_.expect('=');
        const Value value = add(parse_right_side(type));
        define(name, value);
        return value;
      }
      cursor_.expect('=');
      return parse_results(name);
    }
    if (cursor_.take_word("store")) {
      return parse_store();
    }
    if (cursor_.take_word("prefetch")) {
      Instruction in{.opcode = Opcode::prefetch};
      in.buffer = find_buffer(cursor_.word());
      in.index = bracketed();
      return add(std::move(in));
    }
    if (cursor_.take_word("bind")) {
      std::string name(cursor_.word());
      cursor_.expect('=');
      const Value source = operand();
      const SymbolId symbol = add_symbol(std::move(name), Symbol());
      return add({.opcode = Opcode::bind, .lanes = type_of(kernel_, source).lanes, .args = {source}, .symbol = symbol});
    }
    return parse_loop(std::nullopt);
  }

  Instruction parse_right_side(ValueType type) {
    const std::string_view word = cursor_.word();
    Instruction in{.dtype = type.dtype, .lanes = type.lanes};
    if (word == "literal") {
      in.opcode = Opcode::literal;
      in.literal = parse_literal(type.dtype);
    } else if (word == "index") {
      in.opcode = Opcode::index;
      in.index = bracketed();
      in.symbol = cursor_.take_word("along") ? find_symbol(cursor_.word()) : 0;
    } else if (word == "load") {
      in.opcode = Opcode::load;
      parse_access(in);
      if (cursor_.take_word("mask")) {
        in.args = {operand()};
        cursor_.expect_word("else");
        in.literal = parse_literal(type.dtype);
      }
    } else if (word == "result") {
      in.opcode = Opcode::result;
      const std::string of = value_name();
      const std::size_t dot = of.find('.');
      if (dot == std::string::npos) {
        cursor_.refuse("expected the number of a result after its loop");
      }
      in.args = {find_value(of.substr(0, dot))};
      in.component = static_cast<std::uint8_t>(std::atoi(of.substr(dot + 1).c_str()));
    } else if (word == "lane_mask") {
      in.opcode = Opcode::lane_mask;
      cursor_.expect('[');
      in.symbol = find_symbol(cursor_.word());
      cursor_.expect('<');
      in.end = expression(cursor_.until(']'));
    } else {
      parse_operation(in, word);
    }
    return in;
  }

  void parse_operation(Instruction& in, std::string_view word) {
    if (word == "convert" || word == "bitcast" || word == "broadcast") {
      in.opcode = word == "convert" ? Opcode::convert : word == "bitcast" ? Opcode::bitcast : Opcode::broadcast;
    } else {
      const std::optional<Op> op = find_name<Op>(word, op_count);
      if (!op) {
        cursor_.refuse(fmt::format("{} is no instruction", word));
      }
      in.opcode = Opcode::call;
      in.op = *op;
    }
    in.args = operands();
  }

  void parse_access(Instruction& in) {
    in.buffer = find_buffer(cursor_.word());
    in.index = bracketed();
    const bool contiguous = cursor_.take_word("contiguous");
    if (contiguous || cursor_.take_word("gather")) {
      in.access = contiguous ? Access::contiguous : Access::gather;
      in.symbol = find_symbol(cursor_.word());
    }
  }

  Value parse_store() {
    Instruction in{.opcode = Opcode::store};
    parse_access(in);
    cursor_.expect('=');
    in.args = {operand()};
    if (cursor_.take_word("mask")) {
      in.args.push_back(operand());
    }
    in.streaming = cursor_.take_word("streaming");
    const ValueType type = type_of(kernel_, in.args[0]);
    in.dtype = type.dtype;
    in.lanes = type.lanes;
    return add(std::move(in));
  }

  /// What follows `%n =`: a reduce, reduce_lanes, or a loop with carried values.
  Value parse_results(const std::string& name) {
    const bool lanes = cursor_.take_word("reduce_lanes");
    if (!lanes && !cursor_.take_word("reduce")) {
      return parse_loop(name);
    }
    const std::string_view word = cursor_.word();
    const auto reduction = find_name<Reduction>(word, static_cast<int>(Reduction::count_));
    if (!reduction) {
      cursor_.refuse(fmt::format("{} is no reduction", word));
    }
    if (lanes) {
      Instruction in{.opcode = Opcode::reduce_lanes, .reduction = *reduction, .args = operands()};
      if (!in.args.empty()) {
        const ValueType type = type_of(kernel_, in.args[0]);
        in.dtype = type.dtype;
        in.lanes = type.lanes;
      }
      const Value value = add(std::move(in));
      define(name, value);
      return value;
    }
    Instruction in{.opcode = Opcode::reduce, .reduction = *reduction};
    in.order = cursor_.take_word("lanes") ? ReduceOrder::lanes : ReduceOrder::chunked;
    if (in.order == ReduceOrder::chunked) {
      cursor_.expect_word("chunked");
    }
    std::string symbol(cursor_.word());
    parse_bounds(in);
    in.symbol = add_symbol(std::move(symbol), loop_symbol(kernel_.integers, in.begin, in.end, in.step, 1));
    const Value value = add({});
    define(name, value);
    in.regions = {parse_region({})};
    kernel_.instructions[static_cast<std::size_t>(value)] = std::move(in);
    return value;
  }

  void parse_bounds(Instruction& in) {
    cursor_.expect_word("in");
    cursor_.expect('[');
    in.begin = expression(cursor_.until(','));
    in.end = expression(cursor_.until(')'));
  }

  Value parse_loop(const std::optional<std::string>& name) {
    const std::string_view word = cursor_.word();
    const auto kind = find_name<LoopKind>(word, 4);
    if (!kind) {
      cursor_.refuse(fmt::format("{} is no instruction", word));
    }
    Instruction in{.opcode = Opcode::loop, .loop_kind = *kind};
    std::string symbol(cursor_.word());
    parse_bounds(in);
    if (cursor_.take_word("step")) {
      in.step = cursor_.next_is('[') ? bracketed() : IntExpr(cursor_.integer());
    }
    if (cursor_.take_word("lanes")) {
      in.lanes = static_cast<int>(cursor_.integer());
    }
    in.symbol = add_symbol(std::move(symbol), loop_symbol(kernel_.integers, in.begin, in.end, in.step, in.lanes));
    std::vector<Value> arguments;
    if (cursor_.take_word("carry")) {
      cursor_.expect('(');
      do {
        const std::string argument = value_name();
        cursor_.expect('=');
        in.args.push_back(operand());
        const ValueType type = type_of(kernel_, in.args.back());
        arguments.push_back(add({.opcode = Opcode::argument, .dtype = type.dtype, .lanes = type.lanes}));
        define(argument, arguments.back());
      } while (cursor_.take(','));
      cursor_.expect(')');
    }
    const Value value = add({});
    if (name) {
      define(*name, value);
    }
    in.regions = {parse_region(std::move(arguments))};
    kernel_.instructions[static_cast<std::size_t>(value)] = std::move(in);
    return value;
  }

  Cursor cursor_;
  Kernel kernel_;
  std::map<std::string, Value> values_;
};

}  // namespace

Kernel parse(std::string_view text) { return KernelParser(text).parse(); }

}  // namespace cermet::kernel
