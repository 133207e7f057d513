// complex64 values become pairs of float32; see split_complex.h.
#include "kernel/passes/split_complex.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "kernel/rewrite.h"

namespace cermet::kernel {

namespace {

/// A value in parts: `im` is absent for real ones.
struct Parts {
  Value re = no_value;
  Value im = no_value;
};

class SplitComplex : public Rewriter {
 public:
  explicit SplitComplex(const Kernel& source) : Rewriter(source) {
    for (Buffer& buffer : to().buffers) {
      if (is_complex(buffer.dtype)) {
        buffer.dtype = float32;
        buffer.size = integers().multiply(buffer.size, 2);
      }
    }
  }

 protected:
  void visit(Value old) override {
    const Instruction& in = instruction(old);
    switch (in.opcode) {
      case Opcode::literal:
        return is_complex(in.dtype) ? keep(old, literal(in.literal)) : copy(old);
      case Opcode::load:
        return is_complex(in.dtype) ? keep(old, load(in.buffer, at(in.index))) : copy(old);
      case Opcode::store:
        return is_complex(buffer_type(in)) ? store(in.buffer, at(in.index), parts(in.args[0])) : copy(old);
      case Opcode::call:
        return complex_operands(in) ? keep(old, call(in.op, all_parts(in.args))) : copy(old);
      case Opcode::convert:
        return complex_operands(in) || is_complex(in.dtype) ? keep(old, convert(parts(in.args[0]), in.dtype))
                                                            : copy(old);
      case Opcode::bitcast:
        return complex_operands(in) || is_complex(in.dtype) ? keep(old, bitcast(parts(in.args[0]), in.dtype))
                                                            : copy(old);
      case Opcode::reduce:
        return complex_yields(in) ? reduce(old) : copy(old);
      case Opcode::result:
        return reduced_.contains(in.args[0]) ? keep(old, reduced_.at(in.args[0])[in.component]) : copy(old);
      default:
        return copy(old);
    }
  }

 private:
  const Instruction& instruction(Value v) const { return from.instructions[static_cast<std::size_t>(v)]; }
  Dtype buffer_type(const Instruction& in) const { return from.buffers[static_cast<std::size_t>(in.buffer)].dtype; }
  bool complex_operands(const Instruction& in) const {
    return std::any_of(in.args.begin(), in.args.end(), [&](Value v) { return is_complex(instruction(v).dtype); });
  }
  bool complex_yields(const Instruction& in) const {
    const std::vector<Value>& values = from.regions[static_cast<std::size_t>(in.regions[0])].yields;
    return std::any_of(values.begin(), values.end(), [&](Value v) { return is_complex(instruction(v).dtype); });
  }

  void keep(Value old, Parts p) {
    parts_[old] = p;
    set(old, p.re);
  }
  Parts parts(Value old) { return is_complex(instruction(old).dtype) ? parts_.at(old) : Parts{at(old), no_value}; }
  std::vector<Parts> all_parts(std::span<const Value> old) {
    std::vector<Parts> values;
    for (const Value v : old) {
      values.push_back(parts(v));
    }
    return values;
  }

  Parts literal(Literal l) {
    if (!is_complex(l.dtype)) {
      return {build().literal(l), no_value};
    }
    return {build().literal({float32, l.bits & 0xffffffffU}), build().literal({float32, l.bits >> 32})};
  }

  Parts load(BufferId buffer, IntExpr index) {
    const IntExpr twice = integers().multiply(index, 2);
    return {build().load(buffer, twice), build().load(buffer, integers().add(twice, 1))};
  }

  void store(BufferId buffer, IntExpr index, Parts value) {
    const IntExpr twice = integers().multiply(index, 2);
    build().store(buffer, twice, value.re);
    build().store(buffer, integers().add(twice, 1), value.im);
  }

  /// An op on operands of which some have two parts.
  Parts call(Op op, std::span<const Parts> args) {
    const bool real = std::all_of(args.begin(), args.end(), [](Parts p) { return p.im == no_value; });
    if (real) {
      std::vector<Value> values;
      for (const Parts& p : args) {
        values.push_back(p.re);
      }
      return {build().call(op, values), no_value};
    }
    check(row(op).expand_complex != nullptr, "split_complex: {} has no complex expansion", name(op));
    ScalarArena arena;
    std::vector<ComplexScalar> scalars;
    std::vector<Value> values;
    for (const Parts& p : args) {
      ComplexScalar scalar{arena.argument(build().dtype(p.re)), {}};
      values.push_back(p.re);
      if (p.im != no_value) {
        scalar.im = arena.argument(float32);
        values.push_back(p.im);
      }
      scalars.push_back(scalar);
    }
    const ComplexScalar result = row(op).expand_complex(scalars);
    Parts parts{build().replay(arena, result.re, values), no_value};
    if (is_complex(result_dtype(op, complex64))) {
      parts.im = build().replay(arena, result.im, values);
    }
    return parts;
  }

  Parts convert(Parts x, Dtype target) {
    if (is_complex(target)) {
      return x.im != no_value ? x : Parts{build().convert(x.re, float32), build().literal(Literal::of(float32, 0))};
    }
    if (is_bool(target) && x.im != no_value) {
      return {build().call(Op::logical_or, {build().convert(x.re, bool_), build().convert(x.im, bool_)}), no_value};
    }
    return {build().convert(x.re, target), no_value};
  }

  /// The real part is the low half of the 64 bits.
  Parts bitcast(Parts x, Dtype target) {
    const Value shift = build().literal(Literal::of_unsigned(uint64, 32));
    if (x.im != no_value && is_complex(target)) {
      return x;
    }
    if (x.im != no_value) {
      const Value low = build().convert(build().bitcast(x.re, uint32), uint64);
      const Value high = build().convert(build().bitcast(x.im, uint32), uint64);
      const Value bits = build().call(Op::bitwise_or, {low, build().call(Op::left_shift, {high, shift})});
      return {build().bitcast(bits, target), no_value};
    }
    const Value bits = build().bitcast(x.re, uint64);
    const Value high = build().call(Op::right_shift, {bits, shift});
    return {build().bitcast(build().convert(bits, uint32), float32),
            build().bitcast(build().convert(high, uint32), float32)};
  }

  // ---- Reductions ----

  void reduce(Value old) {
    const Instruction& in = instruction(old);
    if (in.reduction == Reduction::sum) {
      const Value re = sum_of_part(in, false);
      reduced_[old] = {Parts{re, sum_of_part(in, true)}};
      return;
    }
    const IntExpr n = at(in.end);
    const bool chunked = in.order == ReduceOrder::chunked && !integers().known_less_equal(n, reduction_chunk);
    reduced_[old] = chunked ? chunks(in, n) : serial(in, 0, n);
  }

  Value sum_of_part(const Instruction& in, bool imaginary) {
    const std::string name = from.integers.symbol(in.symbol).name;
    return build().reduce(in.reduction, name, at(in.end), in.order, [&](IntExpr symbol) {
      set(in.symbol, symbol);
      visit_region(in.regions[0]);
      const Parts element = parts(from.regions[static_cast<std::size_t>(in.regions[0])].yields[0]);
      return std::vector<Value>{imaginary ? element.im : element.re};
    })[0];
  }

  /// 64 accumulators of each component; a complex one has two buffers.
  struct Accumulators {
    std::vector<BufferId> re, im;
  };

  Accumulators clear(const Instruction& in) {
    Accumulators a;
    std::vector<Parts> first;
    for (int component = 0; component < row(in.reduction).width; ++component) {
      first.push_back(literal(row(in.reduction).identity(complex64, component)));
      a.re.push_back(build().add_buffer("", build().dtype(first.back().re), BufferRole::scratch, reduction_lanes, 64));
      a.im.push_back(
          first.back().im == no_value ? -1 : build().add_buffer("", float32, BufferRole::scratch, reduction_lanes, 64));
    }
    build().loop(LoopKind::serial, "l", reduction_lanes, [&](IntExpr l) { write(a, l, first); });
    return a;
  }

  std::vector<Parts> read(const Accumulators& a, IntExpr index) {
    std::vector<Parts> values;
    for (std::size_t i = 0; i < a.re.size(); ++i) {
      values.push_back({build().load(a.re[i], index), a.im[i] < 0 ? no_value : build().load(a.im[i], index)});
    }
    return values;
  }

  void write(const Accumulators& a, IntExpr index, std::span<const Parts> values) {
    for (std::size_t i = 0; i < a.re.size(); ++i) {
      build().store(a.re[i], index, values[i].re);
      if (a.im[i] >= 0) {
        build().store(a.im[i], index, values[i].im);
      }
    }
  }

  void combine_into(const Instruction& in, const Accumulators& a, IntExpr index, std::span<const Parts> right) {
    ScalarArena arena;
    std::vector<Scalar> left_arguments, right_arguments, results(a.re.size());
    std::unordered_map<std::uint32_t, Parts> known;
    const std::vector<Parts> left = read(a, index);
    for (const auto& [values, arguments] :
         {std::pair(std::span<const Parts>(left), &left_arguments), std::pair(right, &right_arguments)}) {
      for (const Parts& p : values) {
        arguments->push_back(arena.argument(p.im == no_value ? build().dtype(p.re) : complex64));
        known[arguments->back().id()] = p;
      }
    }
    row(in.reduction).combine(left_arguments, right_arguments, results);
    std::vector<Parts> combined;
    for (const Scalar result : results) {
      combined.push_back(replay_parts(arena, result.id(), known));
    }
    write(a, index, combined);
  }

  Parts replay_parts(const ScalarArena& arena, std::uint32_t id, std::unordered_map<std::uint32_t, Parts>& known) {
    if (const auto found = known.find(id); found != known.end()) {
      return found->second;
    }
    const ScalarNode node = arena.node(id);
    std::vector<Parts> args;
    for (std::size_t i = 0; i < node.arity; ++i) {
      args.push_back(replay_parts(arena, node.args[i], known));
    }
    Parts made;
    switch (node.kind) {
      case ScalarKind::argument:
        fail<InternalError>("internal error: split_complex: a combine has a free argument");
      case ScalarKind::literal:
        made = literal(node.literal);
        break;
      case ScalarKind::call:
        made = call(node.op, args);
        break;
      case ScalarKind::convert:
        made = convert(args[0], node.dtype);
        break;
      case ScalarKind::bitcast:
        made = bitcast(args[0], node.dtype);
        break;
    }
    return known[id] = made;
  }

  std::vector<Parts> tree(const Instruction& in, const Accumulators& a) {
    for (std::int64_t half = reduction_lanes / 2; half > 0; half /= 2) {
      build().loop(LoopKind::serial, "l", half,
                   [&](IntExpr l) { combine_into(in, a, l, read(a, integers().add(l, half))); });
    }
    return read(a, 0);
  }

  std::vector<Parts> serial(const Instruction& in, IntExpr first, IntExpr n) {
    const Accumulators a = clear(in);
    build().loop(LoopKind::serial, from.integers.symbol(in.symbol).name, n, [&](IntExpr i) {
      set(in.symbol, integers().add(first, i));
      visit_region(in.regions[0]);
      combine_into(in, a, integers().mod(i, reduction_lanes),
                   all_parts(from.regions[static_cast<std::size_t>(in.regions[0])].yields));
    });
    return tree(in, a);
  }

  std::vector<Parts> chunks(const Instruction& in, IntExpr n) {
    const Accumulators a = clear(in);
    build().loop(LoopKind::serial, "chunk", integers().ceildiv(n, reduction_chunk), [&](IntExpr chunk) {
      const IntExpr first = integers().multiply(chunk, reduction_chunk);
      const IntExpr size = integers().minimum(reduction_chunk, integers().subtract(n, first));
      combine_into(in, a, integers().mod(chunk, reduction_lanes), serial(in, first, size));
    });
    return tree(in, a);
  }

  std::unordered_map<Value, Parts> parts_;
  std::unordered_map<Value, std::vector<Parts>> reduced_;
};

}  // namespace

void split_complex(Kernel& kernel, const Target&) {
  const auto complex = [](const auto& holder) { return is_complex(holder.dtype); };
  if (std::any_of(kernel.instructions.begin(), kernel.instructions.end(), complex) ||
      std::any_of(kernel.buffers.begin(), kernel.buffers.end(), complex)) {
    kernel = SplitComplex(kernel).run();
  }
}

}  // namespace cermet::kernel
