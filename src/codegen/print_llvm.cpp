// Legal kernel IR in, LLVM IR text out, nothing else. The function is a tree of bottom-tested loops around straight
// code; every decision (lanes, masks, streaming) was made by the passes.
#include "codegen/print_llvm.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "codegen/llvm_operations.h"
#include "codegen/llvm_writer.h"
#include "kernel/passes/widen.h"
#include "kernel/typing.h"

namespace cermet::codegen {

namespace {

using kernel::Access;
using kernel::BufferRole;
using kernel::Instruction;
using kernel::Kernel;
using kernel::LoopKind;
using kernel::Opcode;
using kernel::Region;
using kernel::RegionId;
using kernel::Value;

class Printer {
 public:
  Printer(const Kernel& kernel, const Target& target) : kernel_(kernel), target_(target), writer_(kernel) {
    names_.resize(kernel.instructions.size());
  }
  std::string print(const std::string& symbol);

 private:
  const Instruction& at(Value v) const { return kernel_.instructions[static_cast<std::size_t>(v)]; }
  const std::string& name(Value v) const {
    const std::string& text = names_[static_cast<std::size_t>(v)];
    check(!text.empty(), "print_llvm: {}: value {} is used before it is defined", kernel_.name, v);
    return text;
  }
  void set(Value v, std::string text) { names_[static_cast<std::size_t>(v)] = std::move(text); }
  std::string typed(Value v) const { return register_type(at(v).dtype, at(v).lanes) + " " + name(v); }

  void prologue();
  void region(RegionId id);
  void instruction(Value v);
  void call(Value v);
  void bind(const Instruction& in);
  void index(Value v);
  void lane_mask(Value v);
  void broadcast(Value v);
  void loop(Value v);
  void load(Value v);
  void store(const Instruction& in);
  void prefetch(const Instruction& in);

  std::string address(const Instruction& in);
  std::string addresses(const Instruction& in);
  std::vector<std::string> lane_addresses(const Instruction& in);
  bool is_linear(const Instruction& in);
  std::string load_lanes(const Instruction& in);
  void store_lanes(const Instruction& in, const std::string& value);
  std::int64_t alignment(const Instruction& in) const;
  const kernel::Buffer& buffer(const Instruction& in) const {
    return kernel_.buffers[static_cast<std::size_t>(in.buffer)];
  }

  const Kernel& kernel_;
  const Target& target_;
  LlvmWriter writer_;
  std::vector<std::string> names_;
  std::vector<std::string> bases_;
  std::vector<std::vector<std::string>> results_ = {};
  std::vector<std::size_t> result_index_;
  std::unordered_map<SymbolId, std::int64_t> symbol_divisors_;  // of lane 0, by loop
  bool streams_ = false;
};

std::string Printer::print(const std::string& symbol) {
  result_index_.resize(kernel_.instructions.size());
  prologue();
  region(kernel_.body);
  if (streams_) {
    writer_.statement(fmt::format("call void {}()", writer_.intrinsic("llvm.x86.sse.sfence", "void", "")));
  }
  writer_.statement("ret void");
  std::string text =
      fmt::format("define void @{}(ptr %buffers, ptr %parameters, i64 %begin, i64 %end) #0 {{\nentry:\n{}}}\n\n",
                  symbol, writer_.text());
  for (const std::string& declaration : writer_.declarations()) {
    text += declaration + "\n";
  }
  text += fmt::format(
      "\nattributes #0 = {{ nounwind \"target-cpu\"=\"{}\" \"target-features\"=\"{}\" "
      "\"prefer-vector-width\"=\"{}\" }}\n",
      target_.cpu, target_.features, 8 * target_.vector_bytes);
  if (streams_) {
    text += "!0 = !{i32 1}\n";
  }
  return text;
}

void Printer::prologue() {
  std::int64_t slot = 0;
  for (const kernel::Buffer& b : kernel_.buffers) {
    if (b.role == BufferRole::scratch) {
      bases_.push_back(
          writer_.define(fmt::format("alloca [{} x {}], align 64", b.size.value(), memory_type(b.dtype, 1))));
    } else {
      const std::string place = writer_.define(fmt::format("getelementptr ptr, ptr %buffers, i64 {}", slot++));
      bases_.push_back(writer_.define(fmt::format("load ptr, ptr {}", place)));
    }
  }
  for (std::size_t i = 0; i < kernel_.parameters.size(); ++i) {
    const std::string place = writer_.define(fmt::format("getelementptr i64, ptr %parameters, i64 {}", i));
    writer_.set_symbol(kernel_.parameters[i], writer_.define(fmt::format("load i64, ptr {}", place)), 0);
  }
}

void Printer::region(RegionId id) {
  for (const Value v : kernel_.regions[static_cast<std::size_t>(id)].body) {
    instruction(v);
  }
}

void Printer::instruction(Value v) {
  const Instruction& in = at(v);
  switch (in.opcode) {
    case Opcode::literal:
      return set(v, literal_text(in.literal, in.lanes));
    case Opcode::index:
      return index(v);
    case Opcode::call:
      return call(v);
    case Opcode::convert:
      return set(v, write_convert(writer_, at(in.args[0]).dtype, in.dtype, in.lanes, name(in.args[0])));
    case Opcode::bitcast:
      return set(v, write_bitcast(writer_, at(in.args[0]).dtype, in.dtype, in.lanes, name(in.args[0])));
    case Opcode::broadcast:
      return broadcast(v);
    case Opcode::load:
      return load(v);
    case Opcode::store:
      return store(in);
    case Opcode::prefetch:
      return prefetch(in);
    case Opcode::bind:
      return bind(in);
    case Opcode::loop:
      return loop(v);
    case Opcode::argument:
      return;
    case Opcode::result:
      return set(v, results_[result_index_[static_cast<std::size_t>(in.args[0])]][in.component]);
    case Opcode::lane_mask:
      return lane_mask(v);
    case Opcode::reduce_lanes: {
      std::vector<std::string> vectors;
      std::vector<Dtype> dtypes;
      for (const Value arg : in.args) {
        vectors.push_back(name(arg));
        dtypes.push_back(at(arg).dtype);
      }
      result_index_[static_cast<std::size_t>(v)] = results_.size();
      results_.push_back(write_reduce_lanes(writer_, in.reduction, dtypes, at(in.args[0]).lanes, std::move(vectors)));
      return;
    }
    case Opcode::reduce:
      fail<InternalError>("print_llvm: {}: reduce is not legal", kernel_.name);
  }
}

void Printer::call(Value v) {
  const Instruction& in = at(v);
  std::vector<std::string> args;
  for (const Value arg : in.args) {
    args.push_back(name(arg));
  }
  const Dtype operand = at(in.args[row(in.op).types == Types::select ? 1 : 0]).dtype;
  std::optional<std::uint64_t> amount;
  if (in.args.size() > 1 && at(in.args[1]).opcode == Opcode::literal) {
    amount = at(in.args[1]).literal.as_uint64();
  }
  set(v, write_call(writer_, in.op, operand, in.lanes, args, amount));
}

void Printer::broadcast(Value v) {
  const Instruction& in = at(v);
  set(v, writer_.splat(register_type(in.dtype, 1), register_type(in.dtype, in.lanes), name(in.args[0])));
}

void Printer::bind(const Instruction& in) {
  const Instruction& source = at(in.args[0]);
  const Dtype wide = is_signed_integer(source.dtype) ? int64 : uint64;
  writer_.set_symbol(in.symbol, write_convert(writer_, source.dtype, wide, source.lanes, name(in.args[0])),
                     writer_.depth(), source.lanes);
}

void Printer::index(Value v) {
  const Instruction& in = at(v);
  if (in.lanes == 1) {
    return set(v, write_convert(writer_, int64, in.dtype, 1, writer_.integer(in.index)));
  }
  const int bits = writer_.fits_32_bits(in.index) ? 32 : 64;
  const std::string lanes = writer_.integer_lanes(in.index, in.symbol, in.lanes, bits);
  set(v, write_convert(writer_, bits == 32 ? int32 : int64, in.dtype, in.lanes, lanes));
}

void Printer::lane_mask(Value v) {
  const Instruction& in = at(v);
  // The lanes that are on number min(end - symbol, lanes), which fits the narrowest integers.
  const int bits = in.lanes >= 64 ? 8 : in.lanes == 32 ? 16 : in.lanes == 16 ? 32 : 64;
  IntExprTable& t = writer_.integers;
  const IntExpr left = t.subtract(in.end, t.expression(in.symbol));
  std::string count = writer_.integer(t.maximum(t.minimum(left, in.lanes), 0));
  const std::string type = fmt::format("<{} x i{}>", in.lanes, bits);
  const std::string element = fmt::format("i{}", bits);
  if (bits < 64) {
    count = writer_.define(fmt::format("trunc i64 {} to {}", count, element));
  }
  const std::string counts = writer_.splat(element, type, count);
  set(v, writer_.define(fmt::format("icmp ugt {} {}, {}", type, counts, lane_numbers(in.lanes, bits))));
}

void Printer::loop(Value v) {
  const Instruction& in = at(v);
  const Region& body = kernel_.regions[static_cast<std::size_t>(in.regions[0])];
  const bool grid = in.loop_kind == LoopKind::grid;
  const std::string begin = grid ? "%begin" : writer_.integer(in.begin);
  const std::string end = grid ? "%end" : writer_.integer(in.end);
  const bool certain = !grid && in.begin.is_constant() && in.end.is_constant() && in.begin.value() < in.end.value();
  const std::string enters = certain ? "" : writer_.define(fmt::format("icmp slt i64 {}, {}", begin, end));
  const std::string body_label = writer_.new_label();
  const std::string exit_label = writer_.new_label();
  const std::string symbol = writer_.new_name();
  const std::string next = writer_.new_name();
  std::vector<std::string> carried;
  for (const Value argument : body.arguments) {
    carried.push_back(writer_.new_name());
    set(argument, carried.back());
  }
  writer_.open(body_label);
  writer_.set_symbol(in.symbol, symbol, writer_.depth());
  const std::int64_t first = in.begin == IntExpr(0) ? 0 : kernel_.integers.known_divisor(in.begin);
  symbol_divisors_[in.symbol] = std::gcd(first, in.step.is_constant() ? in.step.value() : 1);
  region(in.regions[0]);
  writer_.statement(fmt::format("{} = add nsw i64 {}, {}", next, symbol, writer_.integer(in.step)));
  const std::string again = writer_.define(fmt::format("icmp slt i64 {}, {}", next, end));
  writer_.statement(fmt::format("br i1 {}, label %{}, label %{}", again, body_label, exit_label));
  const std::string latch = writer_.label();
  const std::string inside = writer_.close();

  const std::string before = writer_.label();
  if (certain) {
    writer_.statement(fmt::format("br label %{}", body_label));
  } else {
    writer_.statement(fmt::format("br i1 {}, label %{}, label %{}", enters, body_label, exit_label));
  }
  std::string phis =
      fmt::format("{}:\n  {} = phi i64 [ {}, %{} ], [ {}, %{} ]\n", body_label, symbol, begin, before, next, latch);
  std::vector<std::string> results;
  std::string exits;
  for (std::size_t i = 0; i < carried.size(); ++i) {
    const Instruction& first = at(in.args[i]);
    const std::string type = register_type(first.dtype, first.lanes);
    phis += fmt::format("  {} = phi {} [ {}, %{} ], [ {}, %{} ]\n", carried[i], type, name(in.args[i]), before,
                        name(body.yields[i]), latch);
    results.push_back(certain ? name(body.yields[i]) : writer_.new_name());
    if (!certain) {
      exits += fmt::format("  {} = phi {} [ {}, %{} ], [ {}, %{} ]\n", results.back(), type, name(in.args[i]), before,
                           name(body.yields[i]), latch);
    }
  }
  writer_.append(phis + inside);
  writer_.set_label(exit_label);
  writer_.append(exits);
  result_index_[static_cast<std::size_t>(v)] = results_.size();
  results_.push_back(std::move(results));
}

std::string Printer::address(const Instruction& in) {
  return writer_.pointer(in.buffer, bases_[static_cast<std::size_t>(in.buffer)], memory_type(buffer(in).dtype, 1),
                         in.index);
}

/// One pointer a lane: lane 0's address plus the stride where the index is linear, else all lanes computed.
std::string Printer::addresses(const Instruction& in) {
  const std::string element = memory_type(buffer(in).dtype, 1);
  std::string base = bases_[static_cast<std::size_t>(in.buffer)];
  std::string offsets;
  int bits = 64;
  if (is_linear(in)) {
    base = address(in);
    const IntExpr stride = writer_.integers.linear_in(in.index, in.symbol)->first;
    bits = stride.is_constant() && std::abs(stride.value()) < (std::int64_t{1} << 24) ? 32 : 64;
    offsets = writer_.multiples(stride, in.lanes, bits);
  } else {
    bits = writer_.fits_32_bits(in.index) ? 32 : 64;
    offsets = writer_.integer_lanes(in.index, in.symbol, in.lanes, bits);
  }
  return writer_.define(fmt::format("getelementptr {}, ptr {}, <{} x i{}> {}", element, base, in.lanes, bits, offsets));
}

bool Printer::is_linear(const Instruction& in) {
  const auto linear = writer_.integers.linear_in(in.index, in.symbol);
  return linear && writer_.uniform(linear->first) && writer_.uniform(linear->second);
}

/// A linear index needs no vector of addresses: four lanes share a base, as x86 addressing has it.
std::vector<std::string> Printer::lane_addresses(const Instruction& in) {
  IntExprTable& t = writer_.integers;
  const std::string element = memory_type(buffer(in).dtype, 1);
  const IntExpr stride = t.linear_in(in.index, in.symbol)->first;
  std::vector<std::string> pointers{address(in)};
  for (int lane = 1; lane < in.lanes; ++lane) {
    const bool leads = lane % 4 == 0 && !stride.is_constant();
    const int from = stride.is_constant() ? 0 : leads ? lane - 4 : lane - lane % 4;
    const std::string offset = writer_.integer(t.multiply(stride, lane - from));
    pointers.push_back(writer_.define(
        fmt::format("getelementptr {}, ptr {}, i64 {}", element, pointers[static_cast<std::size_t>(from)], offset)));
  }
  return pointers;
}

/// Loads of single elements, put together: a third of the time of the gather instruction where no mask is needed.
std::string Printer::load_lanes(const Instruction& in) {
  const std::string element = memory_type(buffer(in).dtype, 1), type = memory_type(buffer(in).dtype, in.lanes);
  std::string vector = "poison";
  int lane = 0;
  for (const std::string& pointer : lane_addresses(in)) {
    const std::string x =
        writer_.define(fmt::format("load {}, ptr {}, align {}", element, pointer, buffer(in).dtype.size()));
    vector = writer_.define(fmt::format("insertelement {} {}, {} {}, i64 {}", type, vector, element, x, lane++));
  }
  return vector;
}

void Printer::store_lanes(const Instruction& in, const std::string& value) {
  const std::string element = memory_type(buffer(in).dtype, 1), type = memory_type(buffer(in).dtype, in.lanes);
  int lane = 0;
  for (const std::string& pointer : lane_addresses(in)) {
    const std::string x = writer_.define(fmt::format("extractelement {} {}, i64 {}", type, value, lane++));
    writer_.statement(fmt::format("store {} {}, ptr {}, align {}", element, x, pointer, buffer(in).dtype.size()));
  }
}

/// What is known of the address of lane 0: the loop's symbol starts at its begin and moves by its step.
std::int64_t Printer::alignment(const Instruction& in) const {
  const std::int64_t size = buffer(in).dtype.size();
  const std::int64_t base = buffer(in).role == BufferRole::scratch ? 64 : std::max(size, buffer(in).alignment);
  const auto divisor = in.lanes > 1 ? symbol_divisors_.at(in.symbol) : std::int64_t{1};
  const std::int64_t elements = kernel::first_lane_divisor(kernel_.integers, in.index, in.symbol, divisor);
  return std::clamp<std::int64_t>(std::gcd(base, std::min<std::int64_t>(elements, 64) * size), 1, 64);
}

void Printer::load(Value v) {
  const Instruction& in = at(v);
  const Dtype dtype = buffer(in).dtype;
  const std::string type = memory_type(dtype, in.lanes);
  const std::string mask = in.args.empty() ? all_lanes(in.lanes) : name(in.args[0]);
  // Lanes that are off hold the literal; bool is a byte in memory.
  const std::string off = is_bool(dtype) ? (in.literal.as_bool() ? "splat (i8 1)" : "zeroinitializer")
                                         : literal_text({dtype, in.literal.bits}, in.lanes);
  const std::string bools = register_type(bool_, in.lanes);
  std::string loaded;
  if (in.access == Access::gather && in.args.empty() && is_linear(in)) {
    loaded = load_lanes(in);
  } else if (in.access == Access::gather) {
    const std::string suffix = fmt::format("v{0}{1}.v{0}p0", in.lanes, mangled(dtype));
    const std::string pointers = fmt::format("<{} x ptr>", in.lanes);
    const std::string function = writer_.intrinsic("llvm.masked.gather." + suffix, type,
                                                   fmt::format("{}, i32 immarg, {}, {}", pointers, bools, type));
    loaded = writer_.define(fmt::format("call {0} {1}({2} {3}, i32 {4}, {5} {6}, {0} {7})", type, function, pointers,
                                        addresses(in), dtype.size(), bools, mask, in.args.empty() ? "poison" : off));
  } else if (!in.args.empty()) {
    const std::string suffix = fmt::format("v{}{}.p0", in.lanes, mangled(dtype));
    const std::string function =
        writer_.intrinsic("llvm.masked.load." + suffix, type, fmt::format("ptr, i32 immarg, {}, {}", bools, type));
    loaded = writer_.define(fmt::format("call {0} {1}(ptr {2}, i32 {3}, {4} {5}, {0} {6})", type, function, address(in),
                                        alignment(in), bools, mask, off));
  } else {
    loaded = writer_.define(fmt::format("load {}, ptr {}, align {}", type, address(in), alignment(in)));
  }
  if (is_bool(dtype)) {
    loaded = writer_.define(fmt::format("icmp ne {} {}, {}", type, loaded, in.lanes == 1 ? "0" : "zeroinitializer"));
  }
  set(v, loaded);
}

void Printer::store(const Instruction& in) {
  const Dtype dtype = buffer(in).dtype;
  const int lanes = in.lanes;
  const std::string type = memory_type(dtype, lanes);
  std::string value = name(in.args[0]);
  if (is_bool(dtype)) {
    value = writer_.define(fmt::format("zext {} {} to {}", register_type(bool_, lanes), value, type));
  }
  const std::string bools = register_type(bool_, lanes);
  const std::string mask = in.args.size() > 1 ? name(in.args[1]) : all_lanes(lanes);
  if (in.access == Access::gather && in.args.size() == 1 && is_linear(in)) {
    store_lanes(in, value);
  } else if (in.access == Access::gather) {
    const std::string pointers = fmt::format("<{} x ptr>", lanes);
    const std::string function =
        writer_.intrinsic(fmt::format("llvm.masked.scatter.v{0}{1}.v{0}p0", lanes, mangled(dtype)), "void",
                          fmt::format("{}, {}, i32 immarg, {}", type, pointers, bools));
    writer_.statement(fmt::format("call void {}({} {}, {} {}, i32 {}, {} {})", function, type, value, pointers,
                                  addresses(in), dtype.size(), bools, mask));
  } else if (in.args.size() > 1) {
    const std::string function = writer_.intrinsic(fmt::format("llvm.masked.store.v{}{}.p0", lanes, mangled(dtype)),
                                                   "void", fmt::format("{}, ptr, i32 immarg, {}", type, bools));
    writer_.statement(fmt::format("call void {}({} {}, ptr {}, i32 {}, {} {})", function, type, value, address(in),
                                  alignment(in), bools, mask));
  } else {
    writer_.statement(fmt::format("store {} {}, ptr {}, align {}{}", type, value, address(in), alignment(in),
                                  in.streaming ? ", !nontemporal !0" : ""));
    streams_ = streams_ || in.streaming;
  }
}

void Printer::prefetch(const Instruction& in) {
  const std::string function =
      writer_.intrinsic("llvm.prefetch.p0", "void", "ptr nocapture readonly, i32 immarg, i32 immarg, i32 immarg");
  writer_.statement(fmt::format("call void {}(ptr {}, i32 0, i32 3, i32 1)", function, address(in)));
}

}  // namespace

std::string print_llvm(const kernel::Kernel& kernel, const Target& target, const std::string& symbol) {
  return Printer(kernel, target).print(symbol);
}

}  // namespace cermet::codegen
