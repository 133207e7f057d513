// Types, constants and structure of LLVM text; see llvm_writer.h.
#include "codegen/llvm_writer.h"

#include <bit>

#include "base/error.h"

namespace cermet::codegen {

namespace {

std::string vector_of(const std::string& element, int lanes) {
  return lanes == 1 ? element : fmt::format("<{} x {}>", lanes, element);
}

std::string element_type(Dtype t) {
  switch (t.val) {
    case Dtype::Val::bool_:
      return "i1";
    case Dtype::Val::float16:
      return "half";
    case Dtype::Val::bfloat16:
      return "i16";
    case Dtype::Val::float32:
      return "float";
    case Dtype::Val::float64:
      return "double";
    case Dtype::Val::complex64:
      fail<InternalError>("complex64 reached the LLVM printer");
    default:
      return fmt::format("i{}", 8 * t.size());
  }
}

std::string scalar_literal(Literal l) {
  switch (l.dtype.val) {
    case Dtype::Val::bool_:
      return l.as_bool() ? "true" : "false";
    case Dtype::Val::float16:
      return fmt::format("0xH{:04X}", l.bits);
    case Dtype::Val::bfloat16:
      return fmt::format("{}", l.bits);
    case Dtype::Val::float32: {
      // LLVM writes a float as the bits of the double of the same value; NaN keeps its payload in the high bits.
      const auto bits = static_cast<std::uint32_t>(l.bits);
      if ((bits & 0x7f800000U) == 0x7f800000U) {
        const std::uint64_t wide =
            (std::uint64_t{bits >> 31} << 63) | (std::uint64_t{0x7ff} << 52) | (std::uint64_t{bits & 0x7fffffU} << 29);
        return fmt::format("0x{:016X}", wide);
      }
      return fmt::format("0x{:016X}", std::bit_cast<std::uint64_t>(static_cast<double>(std::bit_cast<float>(bits))));
    }
    case Dtype::Val::float64:
      return fmt::format("0x{:016X}", l.bits);
    default:
      return is_unsigned(l.dtype) ? fmt::format("{}", l.as_uint64()) : fmt::format("{}", l.as_int64());
  }
}

}  // namespace

std::string register_type(Dtype dtype, int lanes) { return vector_of(element_type(dtype), lanes); }

std::string memory_type(Dtype dtype, int lanes) {
  return vector_of(is_bool(dtype) ? "i8" : element_type(dtype), lanes);
}

std::string literal_text(Literal literal, int lanes) {
  const std::string one = scalar_literal(literal);
  if (lanes == 1) {
    return one;
  }
  if (literal.bits == 0) {
    return "zeroinitializer";
  }
  return fmt::format("splat ({} {})", element_type(literal.dtype), one);
}

std::string mangled(Dtype dtype) {
  return fmt::format("{}{}", is_floating(dtype) && dtype != bfloat16 ? 'f' : 'i', 8 * dtype.size());
}

std::string all_lanes(int lanes) { return lanes == 1 ? "true" : "splat (i1 true)"; }

std::string lane_numbers(int lanes, int bits) {
  std::string text = "<";
  for (int i = 0; i < lanes; ++i) {
    text += fmt::format("{}i{} {}", i ? ", " : "", bits, i);
  }
  return text + ">";
}

std::string LlvmWriter::define(const std::string& rhs, int depth) {
  std::string name = new_name();
  blocks_[at(depth)].text += "  " + name + " = " + rhs + "\n";
  return name;
}

void LlvmWriter::statement(const std::string& text, int depth) { blocks_[at(depth)].text += "  " + text + "\n"; }

std::string LlvmWriter::intrinsic(const std::string& name, const std::string& result, const std::string& arguments) {
  declarations_.insert(fmt::format("declare {} @{}({})", result, name, arguments));
  return "@" + name;
}

void LlvmWriter::open(std::string label) {
  blocks_.push_back({});
  blocks_.back().label = std::move(label);
}

std::string LlvmWriter::close() {
  std::string text = std::move(blocks_.back().text);
  blocks_.pop_back();
  return text;
}

void LlvmWriter::set_label(std::string label) {
  blocks_.back().text += label + ":\n";
  blocks_.back().label = std::move(label);
}

void LlvmWriter::set_symbol(SymbolId symbol, std::string name, int depth, int lanes) {
  symbols_[symbol] = {std::move(name), depth, lanes};
}

std::string LlvmWriter::splat(const std::string& type, const std::string& vector_type, const std::string& name,
                              int depth) {
  const std::size_t d = at(depth);
  const std::string key = "splat " + vector_type + " " + name;
  for (std::size_t i = 0; i <= d; ++i) {
    if (const auto known = blocks_[i].others.find(key); known != blocks_[i].others.end()) {
      return known->second;
    }
  }
  const auto where = static_cast<int>(d);
  const std::string first =
      define(fmt::format("insertelement {} poison, {} {}, i64 0", vector_type, type, name), where);
  const std::string lanes = vector_type.substr(1, vector_type.find(' ') - 1);
  const std::string all = define(
      fmt::format("shufflevector {0} {1}, {0} poison, <{2} x i32> zeroinitializer", vector_type, first, lanes), where);
  blocks_[d].others[key] = all;
  return all;
}

}  // namespace cermet::codegen
