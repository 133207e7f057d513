// Conversion, text and storage of typed constants.
#include "dtype/literal.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "dtype/half.h"

namespace cermet {
namespace {

std::uint64_t mask(Dtype t) { return t.size() == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * t.size())) - 1; }

std::int64_t sign_extend(std::uint64_t bits, int bytes) {
  const int shift = 64 - 8 * bytes;
  return static_cast<std::int64_t>(bits << shift) >> shift;
}

/// Saturating, NaN to 0.
std::uint64_t float_to_integer(double value, Dtype to) {
  if (std::isnan(value)) return 0;
  const double truncated = std::trunc(value);
  const int bits = 8 * to.size();
  if (is_unsigned(to)) {
    if (truncated <= 0) return 0;
    return truncated >= std::ldexp(1.0, bits) ? mask(to) : static_cast<std::uint64_t>(truncated);
  }
  const double limit = std::ldexp(1.0, bits - 1);
  if (truncated >= limit) return mask(to) >> 1;
  if (truncated <= -limit) return (std::uint64_t{1} << (bits - 1)) & mask(to);
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(truncated)) & mask(to);
}

std::uint64_t real_bits(Dtype t, double value) {
  switch (t.val) {
    case Dtype::Val::float16:
      return float16_bits(value);
    case Dtype::Val::bfloat16:
      return bfloat16_bits(value);
    case Dtype::Val::float32:
      return std::bit_cast<std::uint32_t>(static_cast<float>(value));
    case Dtype::Val::complex64:
      return std::bit_cast<std::uint32_t>(static_cast<float>(value));
    default:
      return std::bit_cast<std::uint64_t>(value);
  }
}

float float_part(std::uint64_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits)); }

template <class T>
T parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    fail<ValueError>("[literal] \"{}\" is not a number.", text);
  return value;
}

double parse_real(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  const std::string_view magnitude = text.substr(negative ? 1 : 0);
  double value = 0;
  if (magnitude == "inf") {
    value = std::numeric_limits<double>::infinity();
  } else if (magnitude == "nan") {
    value = std::numeric_limits<double>::quiet_NaN();
  } else {
    value = parse_number<double>(magnitude);
  }
  return negative ? -value : value;
}

std::string print_real(Dtype t, double value) {
  if (std::isnan(value)) return std::signbit(value) ? "-nan" : "nan";
  // The shortest text that reads back: float32 text is read as a double and rounded again, which is exact.
  std::string text = t == float64 ? fmt::format("{}", value) : fmt::format("{}", static_cast<float>(value));
  return text;
}

}  // namespace

Literal Literal::of(Dtype dtype, double value) {
  if (is_bool(dtype)) return {dtype, value != 0 ? 1U : 0U};
  if (is_integer(dtype)) return {dtype, float_to_integer(value, dtype)};
  return {dtype, real_bits(dtype, value)};
}

Literal Literal::of_integer(Dtype dtype, std::int64_t value) {
  if (is_bool(dtype)) return {dtype, value != 0 ? 1U : 0U};
  if (is_integer(dtype)) return {dtype, static_cast<std::uint64_t>(value) & mask(dtype)};
  if (dtype == float32 || dtype == complex64) {
    return {dtype, std::bit_cast<std::uint32_t>(static_cast<float>(value))};  // one rounding, not two
  }
  return of(dtype, static_cast<double>(value));
}

Literal Literal::of_unsigned(Dtype dtype, std::uint64_t value) {
  if (is_bool(dtype)) return {dtype, value != 0 ? 1U : 0U};
  if (is_integer(dtype)) return {dtype, value & mask(dtype)};
  if (dtype == float32 || dtype == complex64) {
    return {dtype, std::bit_cast<std::uint32_t>(static_cast<float>(value))};
  }
  return of(dtype, static_cast<double>(value));
}

Literal Literal::of_complex(Dtype dtype, std::complex<double> value) {
  if (!is_complex(dtype)) return is_bool(dtype) ? Literal{dtype, value != 0.0 ? 1U : 0U} : of(dtype, value.real());
  const std::uint64_t low = std::bit_cast<std::uint32_t>(static_cast<float>(value.real()));
  const std::uint64_t high = std::bit_cast<std::uint32_t>(static_cast<float>(value.imag()));
  return {dtype, low | (high << 32)};
}

Literal Literal::converted(Dtype to) const {
  if (to == dtype) return *this;
  if (is_complex(dtype)) return of_complex(to, as_complex());
  if (is_floating(dtype)) return of(to, as_double());
  return is_signed_integer(dtype) ? of_integer(to, as_int64()) : of_unsigned(to, bits);
}

double Literal::as_double() const {
  switch (dtype.val) {
    case Dtype::Val::float16:
      return float16_value(static_cast<std::uint16_t>(bits));
    case Dtype::Val::bfloat16:
      return bfloat16_value(static_cast<std::uint16_t>(bits));
    case Dtype::Val::float32:
    case Dtype::Val::complex64:
      return static_cast<double>(float_part(bits));
    case Dtype::Val::float64:
      return std::bit_cast<double>(bits);
    default:
      return is_signed_integer(dtype) ? static_cast<double>(as_int64()) : static_cast<double>(bits);
  }
}

std::int64_t Literal::as_int64() const {
  if (is_signed_integer(dtype)) return sign_extend(bits, dtype.size());
  if (is_inexact(dtype)) return static_cast<std::int64_t>(float_to_integer(as_double(), int64));
  return static_cast<std::int64_t>(bits);
}

std::uint64_t Literal::as_uint64() const {
  if (is_inexact(dtype)) return float_to_integer(as_double(), uint64);
  return static_cast<std::uint64_t>(as_int64());
}

bool Literal::as_bool() const {
  if (is_complex(dtype)) return as_complex() != std::complex<double>(0);
  return is_inexact(dtype) ? as_double() != 0 : bits != 0;
}

std::complex<double> Literal::as_complex() const {
  if (!is_complex(dtype)) return as_double();
  return {static_cast<double>(float_part(bits)), static_cast<double>(float_part(bits >> 32))};
}

void Literal::store(void* destination) const { std::memcpy(destination, &bits, dtype.size()); }

Literal Literal::load(Dtype dtype, const void* source) {
  Literal out{dtype, 0};
  std::memcpy(&out.bits, source, dtype.size());
  return out;
}

std::string Literal::print() const {
  if (is_bool(dtype)) return bits != 0 ? "true" : "false";
  if (is_signed_integer(dtype)) return std::to_string(as_int64());
  if (is_unsigned(dtype)) return std::to_string(bits);
  if (!is_complex(dtype)) return print_real(dtype, as_double());
  const std::string imaginary = print_real(dtype, as_complex().imag());
  return fmt::format("({}{}{}j)", print_real(dtype, as_double()), imaginary[0] == '-' ? "" : "+", imaginary);
}

Literal Literal::parse(Dtype dtype, std::string_view text) {
  if (is_bool(dtype)) {
    if (text != "true" && text != "false") fail<ValueError>("[literal] \"{}\" is not true or false.", text);
    return {dtype, text == "true" ? 1U : 0U};
  }
  if (is_signed_integer(dtype)) return of_integer(dtype, parse_number<std::int64_t>(text));
  if (is_unsigned(dtype)) return of_unsigned(dtype, parse_number<std::uint64_t>(text));
  if (!is_complex(dtype)) return of(dtype, parse_real(text));
  if (text.size() < 5 || text.front() != '(' || !text.ends_with("j)")) {
    fail<ValueError>("[literal] \"{}\" is not a complex number like (1+2j).", text);
  }
  const std::string_view inside = text.substr(1, text.size() - 3);
  std::size_t split = inside.find_last_of("+-");
  if (split != std::string_view::npos && split > 0 && (inside[split - 1] == 'e'))
    split = inside.find_last_of("+-", split - 1);
  if (split == std::string_view::npos || split == 0) fail<ValueError>("[literal] \"{}\" has no imaginary part.", text);
  const std::string_view imaginary = inside.substr(inside[split] == '+' ? split + 1 : split);
  return of_complex(dtype, {parse_real(inside.substr(0, split)), parse_real(imaginary)});
}

}  // namespace cermet
