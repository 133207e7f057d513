// One core operation or conversion on LLVM values as text; see llvm_operations.h.
#include "codegen/llvm_operations.h"

#include "base/error.h"

namespace cermet::codegen {

namespace {

/// What the writing of one operation needs to know.
struct Operands {
  LlvmWriter& writer;
  Op op;
  Dtype dtype;
  int lanes;
  std::span<const std::string> args;

  std::string type() const { return register_type(dtype, lanes); }
  std::string bools() const { return register_type(bool_, lanes); }
  std::string of(double value) const { return literal_text(Literal::of(dtype, value), lanes); }
  bool floating() const { return is_floating(dtype); }
  std::string binary(std::string_view instruction) const {
    return writer.define(fmt::format("{} {} {}, {}", instruction, type(), args[0], args[1]));
  }
  std::string compare(std::string_view instruction) const { return binary(instruction); }
  std::string select(const std::string& condition, const std::string& a, const std::string& b) const {
    return writer.define(fmt::format("select {0} {1}, {2} {3}, {2} {4}", bools(), condition, type(), a, b));
  }
  std::string suffix() const {
    const std::string element = is_floating(dtype) ? fmt::format("f{}", 8 * dtype.size())
                                                   : fmt::format("i{}", is_bool(dtype) ? 1 : 8 * dtype.size());
    return lanes == 1 ? element : fmt::format("v{}{}", lanes, element);
  }
  std::string intrinsic(std::string_view stem, std::span<const std::string> values) const {
    std::string types;
    std::string list;
    for (const std::string& value : values) {
      types += (types.empty() ? "" : ", ") + type();
      list += (list.empty() ? "" : ", ") + type() + " " + value;
    }
    const std::string name = writer.intrinsic(fmt::format("llvm.{}.{}", stem, suffix()), type(), types);
    return writer.define(fmt::format("call {} {}({})", type(), name, list));
  }
};

std::string write_comparison(const Operands& o) {
  std::string_view floats, integers, naturals;
  switch (o.op) {
    case Op::equal:
      floats = "oeq", integers = naturals = "eq";
      break;
    case Op::not_equal:
      floats = "une", integers = naturals = "ne";
      break;
    case Op::less:
      floats = "olt", integers = "slt", naturals = "ult";
      break;
    case Op::less_equal:
      floats = "ole", integers = "sle", naturals = "ule";
      break;
    case Op::greater:
      floats = "ogt", integers = "sgt", naturals = "ugt";
      break;
    default:
      floats = "oge", integers = "sge", naturals = "uge";
      break;
  }
  if (o.floating()) {
    return o.compare(fmt::format("fcmp {}", floats));
  }
  return o.compare(fmt::format("icmp {}", is_signed_integer(o.dtype) ? integers : naturals));
}

/// maximum and minimum propagate NaN: the select takes the second operand when it is NaN, the last one mends the first.
std::string write_extremum(const Operands& o) {
  const bool maximum = o.op == Op::maximum;
  if (is_bool(o.dtype)) {
    return o.binary(maximum ? "or" : "and");
  }
  if (!o.floating()) {
    const char sign = is_signed_integer(o.dtype) ? 's' : 'u';
    return o.intrinsic(fmt::format("{}{}", sign, maximum ? "max" : "min"), o.args);
  }
  const std::string better = o.compare(maximum ? "fcmp ogt" : "fcmp olt");
  const std::string chosen = o.select(better, o.args[0], o.args[1]);
  const std::string nan = o.writer.define(fmt::format("fcmp uno {} {}, {}", o.type(), o.args[0], o.args[0]));
  return o.select(nan, o.args[0], chosen);
}

/// Truncated division; x/0 is 0 and INT_MIN/-1 wraps, which no processor gives by itself.
std::string write_quotient(const Operands& o) {
  LlvmWriter& w = o.writer;
  const std::string zero = o.of(0);
  const std::string one = o.of(1);
  const std::string by_zero = w.define(fmt::format("icmp eq {} {}, {}", o.type(), o.args[1], zero));
  std::string replaced = by_zero;
  if (is_signed_integer(o.dtype)) {
    const std::string minus_one = literal_text(Literal::of_integer(o.dtype, -1), o.lanes);
    const std::string by_minus_one = w.define(fmt::format("icmp eq {} {}, {}", o.type(), o.args[1], minus_one));
    replaced = w.define(fmt::format("or {} {}, {}", o.bools(), by_zero, by_minus_one));
    const std::string divisor = o.select(replaced, one, o.args[1]);
    const std::string quotient = w.define(fmt::format("sdiv {} {}, {}", o.type(), o.args[0], divisor));
    const std::string negated = w.define(fmt::format("sub {} {}, {}", o.type(), zero, o.args[0]));
    return o.select(by_zero, zero, o.select(by_minus_one, negated, quotient));
  }
  const std::string divisor = o.select(by_zero, one, o.args[1]);
  const std::string quotient = w.define(fmt::format("udiv {} {}, {}", o.type(), o.args[0], divisor));
  return o.select(by_zero, zero, quotient);
}

/// Amounts of the width or more (negative ones are huge) give 0, or the sign for an arithmetic right shift.
std::string write_shift(const Operands& o, std::optional<std::uint64_t> amount) {
  LlvmWriter& w = o.writer;
  const std::uint64_t width = 8U * o.dtype.size();
  const bool left = o.op == Op::left_shift;
  const bool arithmetic = !left && is_signed_integer(o.dtype);
  const std::string_view instruction = left ? "shl" : arithmetic ? "ashr" : "lshr";
  if (amount && *amount < width) {
    return o.binary(instruction);
  }
  const std::string limit = literal_text(Literal::of_unsigned(o.dtype, arithmetic ? width - 1 : width), o.lanes);
  const std::string inside = w.define(fmt::format("icmp ult {} {}, {}", o.type(), o.args[1], limit));
  if (arithmetic) {
    const std::string clamped = o.select(inside, o.args[1], limit);
    return w.define(fmt::format("ashr {} {}, {}", o.type(), o.args[0], clamped));
  }
  return o.select(inside, o.binary(instruction), o.of(0));
}

std::string write_arithmetic(const Operands& o) {
  if (is_bool(o.dtype)) {
    return o.binary(o.op == Op::add ? "or" : o.op == Op::subtract ? "xor" : "and");
  }
  const std::string_view stem = o.op == Op::add ? "add" : o.op == Op::subtract ? "sub" : "mul";
  return o.binary(fmt::format("{}{}", o.floating() ? "f" : "", stem));
}

std::string write_abs(const Operands& o) {
  if (o.floating()) {
    return o.intrinsic("fabs", o.args);
  }
  if (!is_signed_integer(o.dtype)) {
    return o.args[0];
  }
  const std::string name =
      o.writer.intrinsic(fmt::format("llvm.abs.{}", o.suffix()), o.type(), fmt::format("{}, i1 immarg", o.type()));
  return o.writer.define(fmt::format("call {0} {1}({0} {2}, i1 false)", o.type(), name, o.args[0]));
}

std::string write_rounding(const Operands& o) {
  if (!o.floating()) {
    return o.args[0];
  }
  switch (o.op) {
    case Op::floor:
      return o.intrinsic("floor", o.args);
    case Op::ceil:
      return o.intrinsic("ceil", o.args);
    case Op::trunc:
      return o.intrinsic("trunc", o.args);
    default:
      return o.intrinsic("roundeven", o.args);
  }
}

bool is_integer_like(Dtype t) { return is_integer(t) || is_bool(t); }

}  // namespace

std::string write_call(LlvmWriter& writer, Op op, Dtype operand, int lanes, std::span<const std::string> args,
                       std::optional<std::uint64_t> shift) {
  const Operands o{writer, op, operand, lanes, args};
  check(!is_half(operand) && !is_complex(operand), "print_llvm: {} on {} is not legal", name(op), name(operand));
  switch (op) {
    case Op::add:
    case Op::subtract:
    case Op::multiply:
      return write_arithmetic(o);
    case Op::divide:
      check(o.floating(), "print_llvm: divide on {}", name(operand));
      return o.binary("fdiv");
    case Op::quotient:
      return write_quotient(o);
    case Op::negative:
      return o.floating() ? writer.define(fmt::format("fneg {} {}", o.type(), args[0]))
                          : writer.define(fmt::format("sub {} {}, {}", o.type(), o.of(0), args[0]));
    case Op::abs:
      return write_abs(o);
    case Op::maximum:
    case Op::minimum:
      return write_extremum(o);
    case Op::equal:
    case Op::not_equal:
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
      return write_comparison(o);
    case Op::where:
      return o.select(args[0], args[1], args[2]);
    case Op::sqrt:
      return o.intrinsic("sqrt", args);
    case Op::fma:
      return o.intrinsic("fma", args);
    case Op::floor:
    case Op::ceil:
    case Op::trunc:
    case Op::round:
      return write_rounding(o);
    case Op::logical_and:
    case Op::bitwise_and:
      return o.binary("and");
    case Op::logical_or:
    case Op::bitwise_or:
      return o.binary("or");
    case Op::bitwise_xor:
      return o.binary("xor");
    case Op::logical_not:
    case Op::bitwise_invert: {
      const std::string ones =
          literal_text(is_bool(operand) ? Literal::of_unsigned(bool_, 1) : Literal::of_integer(operand, -1), lanes);
      return writer.define(fmt::format("xor {} {}, {}", o.type(), args[0], ones));
    }
    case Op::left_shift:
    case Op::right_shift:
      return write_shift(o, shift);
    default:
      fail<InternalError>("print_llvm: {} is not a core operation; expand_ops must run first", name(op));
  }
}

std::string write_convert(LlvmWriter& writer, Dtype from, Dtype to, int lanes, const std::string& x) {
  const std::string source = register_type(from, lanes);
  const std::string target = register_type(to, lanes);
  const auto cast = [&](std::string_view instruction) {
    return writer.define(fmt::format("{} {} {} to {}", instruction, source, x, target));
  };
  if (from == to) {
    return x;
  }
  check(from != bfloat16 && to != bfloat16 && !(from == float64 && to == float16), "print_llvm: {} to {} is not legal",
        name(from), name(to));
  if (is_bool(to)) {
    return writer.define(fmt::format("{} {} {}, {}", is_floating(from) ? "fcmp une" : "icmp ne", source, x,
                                     literal_text(Literal::of(from, 0), lanes)));
  }
  if (is_integer_like(from) && is_integer(to)) {
    const int narrow = is_bool(from) ? 0 : from.size();
    return narrow == to.size() ? x : cast(narrow > to.size() ? "trunc" : is_signed_integer(from) ? "sext" : "zext");
  }
  if (is_integer_like(from)) {
    return cast(is_signed_integer(from) ? "sitofp" : "uitofp");
  }
  if (is_floating(to)) {
    return cast(to.size() > from.size() ? "fpext" : "fptrunc");
  }
  const auto suffix = [&](Dtype t) {
    return fmt::format("{}{}{}", lanes == 1 ? "" : fmt::format("v{}", lanes), is_floating(t) ? "f" : "i", 8 * t.size());
  };
  const std::string name = writer.intrinsic(
      fmt::format("llvm.fpto{}i.sat.{}.{}", is_signed_integer(to) ? "s" : "u", suffix(to), suffix(from)), target,
      source);
  return writer.define(fmt::format("call {} {}({} {})", target, name, source, x));
}

std::string write_bitcast(LlvmWriter& writer, Dtype from, Dtype to, int lanes, const std::string& x) {
  const std::string source = register_type(from, lanes);
  const std::string target = register_type(to, lanes);
  return source == target ? x : writer.define(fmt::format("bitcast {} {} to {}", source, x, target));
}

namespace {

std::string write_expansion(LlvmWriter& writer, const ScalarNode& node, const ScalarArena& arena, int lanes,
                            std::span<const std::string> args);

/// Replays a reduction's combine, in which ops outside of the core are expanded by their rows.
std::string write_scalar(LlvmWriter& writer, const ScalarArena& arena, std::uint32_t id, int lanes,
                         std::vector<std::string>& done) {
  if (!done[id].empty()) {
    return done[id];
  }
  const ScalarNode& node = arena.node(id);
  std::vector<std::string> args;
  for (int i = 0; i < node.arity; ++i) {
    args.push_back(write_scalar(writer, arena, node.args[static_cast<std::size_t>(i)], lanes, done));
  }
  const auto operand = [&](std::size_t i) { return arena.node(node.args[i]).dtype; };
  std::string text;
  switch (node.kind) {
    case ScalarKind::argument:
      fail<InternalError>("print_llvm: an argument has no value");
    case ScalarKind::literal:
      text = literal_text(node.literal, lanes);
      break;
    case ScalarKind::convert:
      text = write_convert(writer, operand(0), node.dtype, lanes, args[0]);
      break;
    case ScalarKind::bitcast:
      text = write_bitcast(writer, operand(0), node.dtype, lanes, args[0]);
      break;
    case ScalarKind::call: {
      if (row(node.op).expand != nullptr) {
        text = write_expansion(writer, node, arena, lanes, args);
      } else {
        text = write_call(writer, node.op, operand(row(node.op).types == Types::select ? 1 : 0), lanes, args);
      }
      break;
    }
  }
  return done[id] = text;
}

std::string write_expansion(LlvmWriter& writer, const ScalarNode& node, const ScalarArena& arena, int lanes,
                            std::span<const std::string> args) {
  ScalarArena inner;
  std::vector<Scalar> arguments;
  for (std::size_t i = 0; i < node.arity; ++i) {
    arguments.push_back(inner.argument(arena.node(node.args[i]).dtype));
  }
  const Scalar root = row(node.op).expand(arguments);
  std::vector<std::string> done(inner.nodes().size());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    done[arguments[i].id()] = args[i];
  }
  return write_scalar(writer, inner, root.id(), lanes, done);
}

std::string halve(LlvmWriter& writer, Dtype dtype, int lanes, const std::string& x, bool high) {
  const std::string type = register_type(dtype, lanes);
  const int half = lanes / 2;
  if (half == 1) {
    return writer.define(fmt::format("extractelement {} {}, i64 {}", type, x, high ? 1 : 0));
  }
  std::string mask = "<";
  for (int i = 0; i < half; ++i) {
    mask += fmt::format("{}i32 {}", i ? ", " : "", i + (high ? half : 0));
  }
  return writer.define(fmt::format("shufflevector {0} {1}, {0} poison, <{2} x i32> {3}>", type, x, half, mask));
}

}  // namespace

std::vector<std::string> write_reduce_lanes(LlvmWriter& writer, Reduction reduction, std::span<const Dtype> dtypes,
                                            int lanes, std::vector<std::string> vectors) {
  ScalarArena arena;
  std::vector<Scalar> left, right, result(dtypes.size());
  for (const Dtype dtype : dtypes) {
    left.push_back(arena.argument(dtype));
  }
  for (const Dtype dtype : dtypes) {
    right.push_back(arena.argument(dtype));
  }
  row(reduction).combine(left, right, result);
  for (; lanes > 1; lanes /= 2) {
    std::vector<std::string> done(arena.nodes().size());
    for (std::size_t i = 0; i < dtypes.size(); ++i) {
      done[left[i].id()] = halve(writer, dtypes[i], lanes, vectors[i], false);
      done[right[i].id()] = halve(writer, dtypes[i], lanes, vectors[i], true);
    }
    for (std::size_t i = 0; i < dtypes.size(); ++i) {
      vectors[i] = write_scalar(writer, arena, result[i].id(), lanes / 2, done);
    }
  }
  return vectors;
}

}  // namespace cermet::codegen
