// The text form of symbolic integers: `4096*r + c`, `(i // 3)`, `min(a, b)`; parse reads what print writes.
#include <cctype>
#include <charconv>

#include "base/error.h"
#include "base/integer_expression.h"

namespace cermet {

std::string IntExprTable::print(IntExpr e) const {
  if (e.is_constant()) return std::to_string(e.value());
  const Node& n = node(e);
  const auto pair = [&](const char* open, const char* middle) {
    return std::string(open) + print(n.left) + middle + print(n.right) + ")";
  };
  switch (n.kind) {
    case Kind::symbol:
      return symbols_[n.symbol].name;
    case Kind::floordiv:
      return pair("(", " // ");
    case Kind::mod:
      return pair("(", " % ");
    case Kind::minimum:
      return pair("min(", ", ");
    case Kind::maximum:
      return pair("max(", ", ");
    default:
      break;
  }
  std::string out;
  for (const IntTerm& t : n.terms) {
    const bool negative = t.coefficient < 0;
    const std::string size = std::to_string(t.coefficient).substr(negative ? 1 : 0);
    out += out.empty() ? (negative ? "-" : "") : (negative ? " - " : " + ");
    if (t.factors.empty() || size != "1") out += size;
    for (std::size_t i = 0; i < t.factors.size(); ++i) {
      if (i > 0 || size != "1") out += "*";
      out += print(t.factors[i]);
    }
  }
  return out;
}

namespace {

/// Recursive descent over sums, products and atoms.
class Parser {
 public:
  Parser(IntExprTable& table, std::string_view text) : table_(table), text_(text) {}

  IntExpr all() {
    const IntExpr e = quotient();
    skip();
    if (at_ != text_.size()) refuse("unexpected text");
    return e;
  }

 private:
  [[noreturn]] void refuse(const char* what) {
    fail<ValueError>("[integer expression] {} at column {} of \"{}\".", what, at_ + 1, text_);
  }
  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(std::string_view token) {
    skip();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) refuse("missing token");
  }

  // sum, then `// x` or `% x`: print always puts those in parentheses
  IntExpr quotient() {
    IntExpr a = sum();
    while (true) {
      if (take("//")) {
        a = table_.floordiv(a, sum());
      } else if (take("%")) {
        a = table_.mod(a, sum());
      } else {
        return a;
      }
    }
  }
  IntExpr sum() {
    IntExpr total = take("-") ? table_.multiply(product(), -1) : product();
    while (true) {
      if (take("+")) {
        total = table_.add(total, product());
      } else if (take("-")) {
        total = table_.subtract(total, product());
      } else {
        return total;
      }
    }
  }
  IntExpr product() {
    IntExpr p = atom();
    while (take("*")) p = table_.multiply(p, atom());
    return p;
  }
  IntExpr atom() {
    skip();
    if (at_ == text_.size()) refuse("unexpected end");
    const char c = text_[at_];
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) return number();
    if (take("(")) {
      const IntExpr e = quotient();
      expect(")");
      return e;
    }
    const std::string_view name = word();
    if ((name == "min" || name == "max") && take("(")) {
      const IntExpr a = quotient();
      expect(",");
      const IntExpr b = quotient();
      expect(")");
      return name == "min" ? table_.minimum(a, b) : table_.maximum(a, b);
    }
    const auto id = table_.find_symbol(name);
    if (!id) fail<ValueError>("[integer expression] unknown name \"{}\" in \"{}\".", name, text_);
    return table_.expression(*id);
  }
  IntExpr number() {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc()) refuse("number out of range");
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }
  std::string_view word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_'))
      ++at_;
    if (at_ == begin) refuse("unexpected character");
    return text_.substr(begin, at_ - begin);
  }

  IntExprTable& table_;
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

IntExpr IntExprTable::parse(std::string_view text) { return Parser(*this, text).all(); }

}  // namespace cermet
