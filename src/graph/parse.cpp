// Reads the text form that print.cpp writes. Anything else is a ValueError that names the line.
#include <cctype>
#include <charconv>
#include <limits>

#include "base/error.h"
#include "graph/graph.h"

namespace cermet::graph {
namespace {

/// One line and a position in it.
class Line {
 public:
  Line(std::string_view text, int number) : text_(text), number_(number) {}

  template <class... Args>
  [[noreturn]] void error(fmt::format_string<Args...> format, Args&&... args) const {
    fail<ValueError>("[parse] Line {}: {} in `{}`.", number_, fmt::format(format, std::forward<Args>(args)...), text_);
  }
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool done() {
    skip_spaces();
    return at_ == text_.size();
  }
  bool accept(std::string_view token) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  void expect(std::string_view token) {
    if (!accept(token)) error("expected `{}` at column {}", token, at_ + 1);
  }
  std::string_view word() {
    skip_spaces();
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_'))
      ++at_;
    if (begin == at_) error("expected a name at column {}", at_ + 1);
    return text_.substr(begin, at_ - begin);
  }
  std::string_view until_space() {
    skip_spaces();
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ' ') ++at_;
    return text_.substr(begin, at_ - begin);
  }
  std::int64_t integer() {
    skip_spaces();
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (status != std::errc()) error("expected an integer at column {}", at_ + 1);
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }
  std::uint64_t hexadecimal() {
    const std::string_view digits = word();
    std::uint64_t value = 0;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (status != std::errc() || end != digits.data() + digits.size()) error("`{}` is no hexadecimal number", digits);
    return value;
  }
  Value value() {
    expect("%");
    const std::int64_t v = integer();
    if (v < 0 || v > std::numeric_limits<Value>::max()) error("value %{} does not exist", v);
    return static_cast<Value>(v);
  }
  std::string quoted() {
    expect("\"");
    std::string out;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        out += text_[at_] == 'n' ? '\n' : text_[at_];
      } else {
        out += text_[at_];
      }
    }
    expect("\"");
    return out;
  }
  /// The pieces between `[` and `]`, split at commas outside of parentheses.
  std::vector<std::string_view> list() {
    expect("[");
    std::vector<std::string_view> out;
    if (accept("]")) return out;
    for (int depth = 0, begin = static_cast<int>(at_); at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (depth != 0 || (c != ',' && c != ']')) continue;
      out.push_back(text_.substr(static_cast<std::size_t>(begin), at_ - static_cast<std::size_t>(begin)));
      if (c == ']') {
        ++at_;
        return out;
      }
      begin = static_cast<int>(at_) + 1;
    }
    error("a list is not closed");
  }
  /// The rest of a symbol's bound expression: up to ` multiple_of`, ` hint` or the end.
  std::string_view expression() {
    skip_spaces();
    std::size_t end = std::min(text_.find(" multiple_of ", at_), text_.find(" hint ", at_));
    end = std::min(end, text_.size());
    const std::string_view out = text_.substr(at_, end - at_);
    at_ = end;
    return out;
  }

 private:
  std::string_view text_;
  int number_;
  std::size_t at_ = 0;
};

class Parser {
 public:
  Graph run(std::string_view text) {
    for (int number = 1; !text.empty(); ++number) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view content = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      while (!content.empty() && (content.back() == ' ' || content.back() == '\r')) content.remove_suffix(1);
      Line line(content, number);
      if (!line.done() && !line.accept(";")) parse_line(line);
    }
    if (!returned_) fail<ValueError>("[parse] The graph has no `return` line.");
    return std::move(graph_);
  }

 private:
  void parse_line(Line& line) {
    if (returned_) line.error("text after `return`");
    if (line.accept("%")) {
      parse_node(line);
    } else if (line.accept("graph ")) {
      graph_.name = line.quoted();
    } else if (line.accept("symbol ")) {
      parse_symbol(line);
    } else if (line.accept("source ")) {
      if (line.integer() != static_cast<std::int64_t>(graph_.sources.size())) line.error("sources are out of order");
      graph_.sources.push_back(line.quoted());
    } else if (line.accept("return")) {
      returned_ = true;
      while (!line.done()) {
        if (!graph_.outputs.empty()) line.expect(",");
        graph_.outputs.push_back(known(line, line.value()));
      }
    } else {
      line.error("expected a node, `graph`, `symbol`, `source` or `return`");
    }
    if (!line.done()) line.error("more text than expected");
  }

  std::int64_t bound(Line& line) {
    if (line.accept("-inf")) return IntRange::unbounded_low;
    return line.accept("inf") ? IntRange::unbounded_high : line.integer();
  }

  void parse_symbol(Line& line) {
    Symbol s;
    s.name = line.word();
    line.expect("in [");
    s.range.low = bound(line);
    line.expect(",");
    s.range.high = bound(line);
    line.expect("]");
    if (line.accept("below ")) s.upper = graph_.dims.parse(line.expression());
    if (line.accept("multiple_of ")) s.multiple_of = line.integer();
    if (line.accept("hint ")) s.hint = line.integer();
    graph_.dims.add_symbol(std::move(s));
  }

  Value known(Line& line, Value v) {
    if (static_cast<std::size_t>(v) >= graph_.nodes.size()) line.error("value %{} is not defined yet", v);
    return v;
  }

  template <class List>
  void dims(Line& line, List& into) {
    for (std::string_view piece : line.list()) into.push_back(graph_.dims.parse(piece));
  }
  void integers(Line& line, SmallVector<std::int64_t, 4>& into) {
    for (std::string_view piece : line.list()) {
      Line inner(piece, 0);
      into.push_back(inner.integer());
    }
  }

  static PrimitiveKind find_kind(Line& line, std::string_view text) {
    for (int k = 0; k <= static_cast<int>(PrimitiveKind::library); ++k) {
      if (name(static_cast<PrimitiveKind>(k)) == text) return static_cast<PrimitiveKind>(k);
    }
    line.error("unknown primitive `{}`", text);
  }
  static Op find_elementwise(Line& line, std::string_view text) {
    for (int k = 0; k < op_count; ++k) {
      if (name(static_cast<Op>(k)) == text) return static_cast<Op>(k);
    }
    line.error("unknown element-wise op `{}`", text);
  }
  static Reduction find_reduction(Line& line, std::string_view text) {
    for (int k = 0; k < static_cast<int>(Reduction::count_); ++k) {
      if (name(static_cast<Reduction>(k)) == text) return static_cast<Reduction>(k);
    }
    line.error("unknown reduction `{}`", text);
  }

  void parse_operation(Line& line, Node& node) {
    Primitive& p = node.primitive;
    p.kind = find_kind(line, line.word());
    if (p.kind == PrimitiveKind::input) return;
    if (p.kind == PrimitiveKind::constant) {
      if (line.accept("bits 0x")) {
        p.literal = {node.type.dtype, line.hexadecimal()};
      } else {
        p.literal = Literal::parse(node.type.dtype, line.until_space());
      }
      return;
    }
    if (line.accept(".")) {
      const std::string_view text = line.word();
      if (p.kind == PrimitiveKind::elementwise) p.op = find_elementwise(line, text);
      if (p.kind == PrimitiveKind::reduce || p.kind == PrimitiveKind::scan) p.reduction = find_reduction(line, text);
      if (p.kind == PrimitiveKind::composite || p.kind == PrimitiveKind::library) p.text = text;
    }
    line.expect("(");
    while (!line.accept(")")) {
      if (!node.inputs.empty()) line.expect(",");
      node.inputs.push_back(known(line, line.value()));
    }
  }

  void parse_attributes(Line& line, Node& node, InputLayout& layout) {
    Primitive& p = node.primitive;
    SmallVector<Dim, 6> starts;
    while (!line.done()) {
      if (line.accept("axes=") || line.accept("step=")) {
        integers(line, p.axes);
      } else if (line.accept("start=")) {
        dims(line, starts);
      } else if (line.accept("dims=")) {
        dims(line, p.dims);
      } else if (line.accept("literal=")) {
        const Dtype dtype = parse_dtype(line.word());
        line.expect(":");
        p.literal = Literal::parse(dtype, line.until_space());
      } else if (line.accept("dtype=")) {
        p.dtype = parse_dtype(line.word());
      } else if (line.accept("reduction=")) {
        p.reduction = find_reduction(line, line.word());
      } else if (line.accept("keepdims")) {
        p.dtype = bool_;
      } else if (line.accept("text=")) {
        p.text = line.quoted();
      } else if (line.accept("aligned")) {
        layout.aligned = true;
      } else if (line.accept("strides=")) {
        layout.contiguous = false;
        dims(line, layout.strides);
      } else if (line.accept("@")) {
        node.source = static_cast<std::uint32_t>(line.integer());
      } else {
        line.error("unknown attribute");
      }
    }
    if (p.kind == PrimitiveKind::slice || p.kind == PrimitiveKind::strided) p.dims = starts;
  }

  /// Fields that the printed result type stands for.
  static void complete(Node& node) {
    Primitive& p = node.primitive;
    switch (p.kind) {
      case PrimitiveKind::convert:
      case PrimitiveKind::bitcast:
      case PrimitiveKind::dim_value:
        p.dtype = node.type.dtype;
        break;
      case PrimitiveKind::iota:
      case PrimitiveKind::random_bits:
        p.dtype = node.type.dtype;
        [[fallthrough]];
      case PrimitiveKind::reshape:
      case PrimitiveKind::broadcast:
      case PrimitiveKind::slice:
      case PrimitiveKind::strided:
      case PrimitiveKind::gather:
        for (Dim d : node.type.shape) p.dims.push_back(d);
        break;
      default:
        break;
    }
  }

  void parse_node(Line& line) {
    if (line.integer() != static_cast<std::int64_t>(graph_.nodes.size())) line.error("values are out of order");
    line.expect(":");
    Node node;
    node.type.dtype = parse_dtype(line.word());
    dims(line, node.type.shape);
    line.expect("=");
    InputLayout layout;
    parse_operation(line, node);
    parse_attributes(line, node, layout);
    complete(node);
    if (node.primitive.kind == PrimitiveKind::input) {
      graph_.inputs.push_back(static_cast<Value>(graph_.nodes.size()));
      graph_.input_layouts.push_back(std::move(layout));
    }
    graph_.nodes.push_back(std::move(node));
  }

  Graph graph_;
  bool returned_ = false;
};

}  // namespace

Graph parse(std::string_view text) { return Parser().run(text); }

}  // namespace cermet::graph
