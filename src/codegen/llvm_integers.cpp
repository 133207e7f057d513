// Integer expressions and addresses as LLVM text: every part of an expression is computed once, in the outermost loop
// that knows its symbols, so that loop bodies add at most their own variable.
#include <algorithm>

#include "base/error.h"
#include "codegen/llvm_writer.h"

namespace cermet::codegen {

namespace {

bool fits(IntRange r) { return r.low >= -(std::int64_t{1} << 31) && r.high < (std::int64_t{1} << 31); }

std::string vector_type(int lanes, int bits) { return fmt::format("<{} x i{}>", lanes, bits); }

}  // namespace

int LlvmWriter::depth_of(IntExpr e) const {
  int depth = 0;
  for (const SymbolId s : integers.symbols_of(e)) {
    const auto known = symbols_.find(s);
    check(known != symbols_.end(), "print_llvm: {} is used before it is defined", integers.symbol(s).name);
    depth = std::max(depth, known->second.depth);
  }
  return depth;
}

bool LlvmWriter::varies(IntExpr e, SymbolId lane_symbol) const {
  const std::vector<SymbolId> symbols = integers.symbols_of(e);
  return std::any_of(symbols.begin(), symbols.end(),
                     [&](SymbolId s) { return s == lane_symbol || symbols_.at(s).lanes > 1; });
}

bool LlvmWriter::uniform(IntExpr e) const {
  const std::vector<SymbolId> symbols = integers.symbols_of(e);
  return std::all_of(symbols.begin(), symbols.end(), [&](SymbolId s) { return symbols_.at(s).lanes == 1; });
}

std::string LlvmWriter::multiples(IntExpr stride, int lanes, int bits) {
  if (stride.is_constant()) {
    std::string text = "<";
    for (int i = 0; i < lanes; ++i) {
      text += fmt::format("{}i{} {}", i ? ", " : "", bits, i * stride.value());
    }
    return text + ">";
  }
  const int depth = depth_of(stride);
  const std::string key = fmt::format("multiples {} {} {}", stride.raw(), lanes, bits);
  auto& others = blocks_[at(depth)].others;
  if (const auto known = others.find(key); known != others.end()) {
    return known->second;
  }
  const std::string type = vector_type(lanes, bits);
  const std::string all = splat(fmt::format("i{}", bits), type, integer(stride), depth);
  std::string name = define(fmt::format("mul {} {}, {}", type, all, lane_numbers(lanes, bits)), depth);
  blocks_[at(depth)].others[key] = name;
  return name;
}

std::string LlvmWriter::integer(IntExpr e) {
  if (e.is_constant()) {
    return std::to_string(e.value());
  }
  if (integers.kind(e) == IntExprTable::Kind::symbol) {
    const auto known = symbols_.find(integers.symbol_id(e));
    check(known != symbols_.end(), "print_llvm: {} is used before it is defined", integers.print(e));
    check(known->second.lanes == 1, "print_llvm: {} has lanes where one integer is needed", integers.print(e));
    return known->second.name;
  }
  const int depth = depth_of(e);
  for (int d = depth; d >= 0; --d) {
    const auto& scalars = blocks_[at(d)].scalars;
    if (const auto known = scalars.find(e.raw()); known != scalars.end()) {
      return known->second;
    }
  }
  std::string name = compute(e, depth);
  blocks_[at(depth)].scalars[e.raw()] = name;
  return name;
}

std::pair<IntExpr, IntExpr> LlvmWriter::split(IntExpr e, int depth) {
  IntExpr shallow = 0;
  IntExpr own = 0;
  for (const IntTerm& term : integers.terms(e)) {
    IntExpr product = term.coefficient;
    for (const IntExpr f : term.factors) {
      product = integers.multiply(product, f);
    }
    IntExpr& part = depth_of(product) == depth && !product.is_constant() ? own : shallow;
    part = integers.add(part, product);
  }
  return {shallow, own};
}

std::string LlvmWriter::compute(IntExpr e, int depth) {
  switch (integers.kind(e)) {
    case IntExprTable::Kind::polynomial:
      return compute_terms(e, depth);
    case IntExprTable::Kind::floordiv:
    case IntExprTable::Kind::mod:
      return compute_division(e, depth);
    case IntExprTable::Kind::minimum:
    case IntExprTable::Kind::maximum: {
      const auto [a, b] = integers.operands(e);
      const std::string x = integer(a);
      const std::string y = integer(b);
      const bool low = integers.kind(e) == IntExprTable::Kind::minimum;
      const std::string c = define(fmt::format("icmp {} i64 {}, {}", low ? "slt" : "sgt", x, y), depth);
      return define(fmt::format("select i1 {}, i64 {}, i64 {}", c, x, y), depth);
    }
    default:
      fail<InternalError>("print_llvm: unexpected integer expression {}", integers.print(e));
  }
}

std::string LlvmWriter::compute_terms(IntExpr e, int depth) {
  const auto [shallow, own] = split(e, depth);
  if (shallow != IntExpr(0)) {
    const std::string a = integer(own);
    const std::string b = integer(shallow);
    return define(fmt::format("add i64 {}, {}", a, b), depth);
  }
  std::string sum;
  for (const IntTerm& term : integers.terms(e)) {
    // Factors of outer loops are multiplied first, out there.
    IntExpr outer = term.coefficient;
    std::vector<IntExpr> inner;
    for (const IntExpr f : term.factors) {
      if (depth_of(f) < depth) {
        outer = integers.multiply(outer, f);
      } else {
        inner.push_back(f);
      }
    }
    std::string product = outer == IntExpr(1) ? "" : integer(outer);
    for (const IntExpr f : inner) {
      const std::string factor = integer(f);
      product = product.empty() ? factor : define(fmt::format("mul i64 {}, {}", factor, product), depth);
    }
    sum = sum.empty() ? product : define(fmt::format("add i64 {}, {}", sum, product), depth);
  }
  return sum;
}

std::string LlvmWriter::divide(IntExpr e, const std::string& type, const std::string& a, const std::string& b,
                               const std::string& zero, int depth) {
  const bool quotient = integers.kind(e) == IntExprTable::Kind::floordiv;
  const auto [dividend, divisor] = integers.operands(e);
  const IntRange range = integers.range(divisor);
  const bool guarded = range.low <= 0 && range.high >= 0;
  const std::string bools = type.front() == '<' ? type.substr(0, type.rfind(' ') + 1) + "i1>" : "i1";
  const std::string one = type.front() == '<' ? fmt::format("splat ({} 1)", type.substr(type.rfind(' ') + 1, 3)) : "1";
  std::string is_zero;
  std::string d = b;
  if (guarded) {
    is_zero = define(fmt::format("icmp eq {} {}, {}", type, b, zero), depth);
    d = define(fmt::format("select {} {}, {} {}, {} {}", bools, is_zero, type, one, type, b), depth);
  }
  std::string result;
  if (integers.range(dividend).low >= 0 && range.low >= 0) {
    result = define(fmt::format("{} {} {}, {}", quotient ? "udiv" : "urem", type, a, d), depth);
  } else {
    const std::string q = define(fmt::format("sdiv {} {}, {}", type, a, d), depth);
    const std::string p = define(fmt::format("mul {} {}, {}", type, q, d), depth);
    const std::string r = define(fmt::format("sub {} {}, {}", type, a, p), depth);
    const std::string signs = define(fmt::format("xor {} {}, {}", type, r, d), depth);
    const std::string differ = define(fmt::format("icmp slt {} {}, {}", type, signs, zero), depth);
    const std::string inexact = define(fmt::format("icmp ne {} {}, {}", type, r, zero), depth);
    const std::string adjust = define(fmt::format("and {} {}, {}", bools, differ, inexact), depth);
    if (quotient) {
      const std::string down = define(fmt::format("sub {} {}, {}", type, q, one), depth);
      result = define(fmt::format("select {} {}, {} {}, {} {}", bools, adjust, type, down, type, q), depth);
    } else {
      const std::string up = define(fmt::format("add {} {}, {}", type, r, d), depth);
      result = define(fmt::format("select {} {}, {} {}, {} {}", bools, adjust, type, up, type, r), depth);
    }
  }
  if (guarded) {
    result = define(fmt::format("select {} {}, {} {}, {} {}", bools, is_zero, type, zero, type, result), depth);
  }
  return result;
}

std::string LlvmWriter::compute_division(IntExpr e, int depth) {
  const auto [a, b] = integers.operands(e);
  const std::string x = integer(a);
  const std::string y = integer(b);
  return divide(e, "i64", x, y, "0", depth);
}

bool LlvmWriter::fits_32_bits(IntExpr e) const {
  if (!fits(integers.range(e))) {
    return false;
  }
  switch (integers.kind(e)) {
    case IntExprTable::Kind::constant:
    case IntExprTable::Kind::symbol:
      return true;
    case IntExprTable::Kind::polynomial: {
      IntRange sum{0, 0};
      for (const IntTerm& term : integers.terms(e)) {
        // The value of a whole term is bounded by the sum only if no term cancels another: judge each factor and
        // keep coefficients small.
        if (!fits({term.coefficient, term.coefficient}) || term.factors.size() > 1) {
          return false;
        }
        for (const IntExpr f : term.factors) {
          if (!fits_32_bits(f)) {
            return false;
          }
          const IntRange r = integers.range(f);
          sum.low += std::min(r.low * term.coefficient, r.high * term.coefficient);
          sum.high += std::max(r.low * term.coefficient, r.high * term.coefficient);
        }
        if (term.factors.empty()) {
          sum.low += std::min<std::int64_t>(term.coefficient, 0);
          sum.high += std::max<std::int64_t>(term.coefficient, 0);
        }
      }
      return fits(sum);
    }
    default: {
      const auto [a, b] = integers.operands(e);
      return fits_32_bits(a) && fits_32_bits(b);
    }
  }
}

std::string LlvmWriter::integer_lanes(IntExpr e, SymbolId lane_symbol, int lanes, int bits) {
  const std::string type = vector_type(lanes, bits);
  const std::string element = fmt::format("i{}", bits);
  if (e.is_constant()) {
    return e == IntExpr(0) ? "zeroinitializer" : fmt::format("splat ({} {})", element, e.value());
  }
  const int depth = depth_of(e);
  const std::string key = fmt::format("lanes {} {} {}", e.raw(), lane_symbol, type);
  for (int d = depth; d >= 0; --d) {
    const auto& others = blocks_[at(d)].others;
    if (const auto known = others.find(key); known != others.end()) {
      return known->second;
    }
  }
  std::string name;
  if (!varies(e, lane_symbol)) {
    std::string scalar = integer(e);
    if (bits == 32) {
      scalar = define(fmt::format("trunc i64 {} to i32", scalar), depth);
    }
    name = splat(element, type, scalar, depth);
  } else {
    name = compute_lanes(e, lane_symbol, lanes, bits, depth);
  }
  blocks_[at(depth)].others[key] = name;
  return name;
}

std::string LlvmWriter::compute_lanes(IntExpr e, SymbolId lane_symbol, int lanes, int bits, int depth) {
  const std::string type = vector_type(lanes, bits);
  const auto lanes_of = [&](IntExpr part) { return integer_lanes(part, lane_symbol, lanes, bits); };
  switch (integers.kind(e)) {
    case IntExprTable::Kind::symbol: {
      const SymbolId s = integers.symbol_id(e);
      const Known known = symbols_.at(s);
      if (known.lanes > 1) {
        check(known.lanes == lanes, "print_llvm: {} has {} lanes, not {}", integers.print(e), known.lanes, lanes);
        const auto wide = vector_type(lanes, 64);
        return bits == 64 ? known.name : define(fmt::format("trunc {} {} to {}", wide, known.name, type), depth);
      }
      std::string base = known.name;
      if (bits == 32) {
        base = define(fmt::format("trunc i64 {} to i32", base), depth);
      }
      const std::string all = splat(fmt::format("i{}", bits), type, base, depth);
      return define(fmt::format("add {} {}, {}", type, all, lane_numbers(lanes, bits)), depth);
    }
    case IntExprTable::Kind::polynomial: {
      std::string sum;
      for (const IntTerm& term : integers.terms(e)) {
        IntExpr uniform = term.coefficient;
        std::string product;
        for (const IntExpr f : term.factors) {
          if (!varies(f, lane_symbol)) {
            uniform = integers.multiply(uniform, f);
          } else {
            const std::string factor = lanes_of(f);
            product = product.empty() ? factor : define(fmt::format("mul {} {}, {}", type, product, factor), depth);
          }
        }
        if (product.empty()) {
          product = lanes_of(uniform);
        } else if (uniform != IntExpr(1)) {
          const std::string factor = lanes_of(uniform);
          product = define(fmt::format("mul {} {}, {}", type, product, factor), depth);
        }
        sum = sum.empty() ? product : define(fmt::format("add {} {}, {}", type, sum, product), depth);
      }
      return sum;
    }
    case IntExprTable::Kind::floordiv:
    case IntExprTable::Kind::mod: {
      const auto [a, b] = integers.operands(e);
      const std::string x = lanes_of(a);
      const std::string y = lanes_of(b);
      return divide(e, type, x, y, "zeroinitializer", depth);
    }
    default: {
      const auto [a, b] = integers.operands(e);
      const std::string x = lanes_of(a);
      const std::string y = lanes_of(b);
      const bool low = integers.kind(e) == IntExprTable::Kind::minimum;
      const std::string c = define(fmt::format("icmp {} {} {}, {}", low ? "slt" : "sgt", type, x, y), depth);
      return define(fmt::format("select <{} x i1> {}, {} {}, {} {}", lanes, c, type, x, type, y), depth);
    }
  }
}

std::string LlvmWriter::pointer(kernel::BufferId buffer, const std::string& base, const std::string& type,
                                IntExpr index) {
  if (index == IntExpr(0)) {
    return base;
  }
  const int depth = depth_of(index);
  const std::string key = fmt::format("pointer {} {}", buffer, index.raw());
  for (int d = depth; d >= 0; --d) {
    const auto& others = blocks_[at(d)].others;
    if (const auto known = others.find(key); known != others.end()) {
      return known->second;
    }
  }
  // A constant goes last, where x86 addressing takes it for free.
  std::int64_t constant = 0;
  for (const IntTerm& term : integers.terms(index)) {
    if (term.factors.empty()) {
      constant = term.coefficient;
    }
  }
  std::string name;
  if (constant != 0 && !index.is_constant()) {
    const std::string rest = pointer(buffer, base, type, integers.subtract(index, constant));
    name = define(fmt::format("getelementptr {}, ptr {}, i64 {}", type, rest, constant), depth);
  } else {
    const auto [shallow, own] = split(index, depth);
    const std::string outer = own == IntExpr(0) || shallow == IntExpr(0) ? base : pointer(buffer, base, type, shallow);
    const std::string offset = integer(own == IntExpr(0) ? shallow : own);
    name = define(fmt::format("getelementptr {}, ptr {}, i64 {}", type, outer, offset), depth);
  }
  blocks_[at(depth)].others[key] = name;
  return name;
}

}  // namespace cermet::codegen
