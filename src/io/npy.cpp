#include "io/npy.h"

#include <bit>
#include <cctype>
#include <cstring>
#include <optional>

namespace cermet::io {
namespace {

constexpr std::string_view magic("\x93NUMPY", 6);

/// NumPy's type strings, without the byte order. bfloat16 is a record of two bytes to NumPy.
struct Kind {
  std::string_view code;
  Dtype dtype;
};
constexpr Kind kinds[] = {{"b1", bool_},    {"u1", uint8},   {"u2", uint16},  {"u4", uint32},   {"u8", uint64},
                          {"i1", int8},     {"i2", int16},   {"i4", int32},   {"i8", int64},    {"f2", float16},
                          {"V2", bfloat16}, {"f4", float32}, {"f8", float64}, {"c8", complex64}};

std::string_view code_of(Dtype dtype) {
  for (const Kind& kind : kinds) {
    if (kind.dtype == dtype) return kind.code;
  }
  fail<InternalError>("internal error: no type string for {}", name(dtype));
}

std::optional<Dtype> dtype_of_code(std::string_view code) {
  for (const Kind& kind : kinds) {
    if (kind.code == code) return kind.dtype;
  }
  return std::nullopt;
}

/// What a header says.
struct Header {
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<std::int64_t>> shape;
};

/// Reads the dict of a header: string keys; a string, True or False, or a tuple of integers as values.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  Header parse() {
    Header header;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !header.descr)
        header.descr = descr();
      else if (key == "fortran_order" && !header.fortran_order)
        header.fortran_order = boolean();
      else if (key == "shape" && !header.shape)
        header.shape = shape();
      else
        refuse(fmt::format("the key '{}' {}", readable(key), header.descr || header.shape ? "here" : "first"));
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) refuse("more after the dict");
    if (!header.descr || !header.fortran_order || !header.shape) refuse("no descr, fortran_order and shape");
    return header;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    fail<ValueError>(
        "[load] {}: the .npy header has {} (at character {} of '{}'); expected a dict of descr, fortran_order and "
        "shape.",
        file_, what, at_, readable(text_.substr(0, 100)));
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  bool accept(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) refuse(fmt::format("no '{}'", c));
  }

  std::string string() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '\'' && quote != '"') refuse("no string");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) refuse("a string without an end");
    std::string out(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return out;
  }

  std::string descr() {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '[') {
      fail<ValueError>("[load] {}: the .npy file holds records with fields; expected a plain dtype.", file_);
    }
    return string();
  }

  bool boolean() {
    skip_space();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return value;
      }
    }
    refuse("no True or False");
  }

  std::int64_t integer() {
    skip_space();
    std::int64_t value = 0;
    const std::size_t start = at_;
    for (; at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0; ++at_) {
      if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, text_[at_] - '0', &value)) {
        refuse("an extent that is too large");
      }
    }
    if (at_ == start) refuse("no integer of at least 0");
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2 wrote long integers so
    return value;
  }

  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> out;
    expect('(');
    while (!accept(')')) {
      out.push_back(integer());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return out;
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
};

/// Reads a little-endian number.
std::size_t little(const Bytes& bytes, std::size_t offset, std::size_t width) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value |= static_cast<std::size_t>(bytes.data[offset + i]) << (8 * i);
  return value;
}

/// Dtype and byte order of a type string like '<f4'.
void set_type(Elements& elements, const std::string& descr, const std::string& file) {
  const char order = descr.empty() ? ' ' : descr[0];
  const bool has_order = order == '<' || order == '>' || order == '=' || order == '|';
  const std::optional<Dtype> dtype = dtype_of_code(has_order ? std::string_view(descr).substr(1) : descr);
  if (!dtype) {
    fail<ValueError>(
        "[load] {}: the .npy file holds elements of type '{}', which no dtype stands for; expected booleans, integers, "
        "floats up to 64 bits, complex64 ('c8') or bfloat16 ('V2').",
        file, readable(descr.substr(0, 40)));
  }
  elements.dtype = *dtype;
  elements.swapped = order == '>' && dtype->size() > 1;
}

}  // namespace

array read_npy(const Bytes& bytes, std::size_t* end) {
  if (bytes.size < 10 || bytes.text(0, magic.size()) != magic) {
    fail<ValueError>("[load] {}: not a .npy file: it {}; expected the magic string '\\x93NUMPY'.", bytes.name,
                     bytes.size < 10 ? fmt::format("has {} bytes", bytes.size) : "begins otherwise");
  }
  const int version = static_cast<int>(bytes.data[6]);
  if (version < 1 || version > 3) {
    fail<ValueError>("[load] {}: version {} of the .npy format; expected 1, 2 or 3.", bytes.name, version);
  }
  const std::size_t width = version == 1 ? 2 : 4, start = 8 + width;
  const std::size_t length = bytes.size < start ? 0 : little(bytes, 8, width);
  if (bytes.size < start || length > bytes.size - start) {
    fail<ValueError>("[load] {}: cut short: the .npy header has {} bytes, the file {} after its start.", bytes.name,
                     length, bytes.size < start ? 0 : bytes.size - start);
  }
  Header header = HeaderParser(bytes.text(start, length), bytes.name).parse();
  Elements elements;
  elements.offset = start + length;
  elements.shape = std::move(*header.shape);
  elements.fortran_order = *header.fortran_order;
  set_type(elements, *header.descr, bytes.name);
  std::size_t size = 0;
  const std::size_t there = bytes.size - elements.offset;
  if (!byte_count(elements.shape, elements.dtype, size) || size > there) {
    fail<ValueError>("[load] {}: cut short: the .npy header says {} of shape ({}), which is {} bytes; {} are there.",
                     bytes.name, name(elements.dtype), fmt::join(elements.shape, ", "),
                     size == 0 ? "too many" : std::to_string(size), there);
  }
  if (end != nullptr) *end = elements.offset + size;
  return array_over(bytes, elements);
}

std::string npy_header(const array& x) {
  static_assert(std::endian::native == std::endian::little);
  std::string shape;
  for (const Dim extent : x.shape()) shape += std::to_string(extent.value()) + ", ";
  if (x.ndim() > 1) shape.resize(shape.size() - 2);
  if (x.ndim() == 1) shape.resize(shape.size() - 1);
  std::string dict = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
                                 x.itemsize() == 1 ? '|' : '<', code_of(x.dtype()), shape);
  // Elements begin at a multiple of 64, as NumPy has it, so that they can be mapped.
  const bool is_long = dict.size() > 65000;
  const std::size_t prefix = is_long ? 12 : 10;
  dict.append(63 - (prefix + dict.size()) % 64, ' ');
  dict += '\n';
  std::string out(magic);
  out += is_long ? '\2' : '\1';
  out += '\0';
  for (std::size_t i = 0; i < prefix - 8; ++i) out += static_cast<char>(dict.size() >> (8 * i));
  return out + dict;
}

void write_npy(const array& x, const Sink& sink) {
  const Rows rows = rows_of(x);
  put(sink, npy_header(x));
  sink(rows.data, rows.size);
}

}  // namespace cermet::io
