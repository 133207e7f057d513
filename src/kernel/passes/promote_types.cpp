// Half precision is a storage format; see promote_types.h.
#include "kernel/passes/promote_types.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "kernel/rewrite.h"

namespace cermet::kernel {

namespace {

class PromoteTypes : public Rewriter {
 public:
  PromoteTypes(const Kernel& source, const Target& target)
      : Rewriter(source), converts_float16_(target.features.find("+f16c") != std::string::npos) {}

 protected:
  void visit(Value old) override {
    const Instruction& in = from.instructions[static_cast<std::size_t>(old)];
    const auto operand = [&](std::size_t i) { return from.instructions[static_cast<std::size_t>(in.args[i])].dtype; };
    switch (in.opcode) {
      case Opcode::literal:
        return is_half(in.dtype) ? set(old, build().literal(in.literal.converted(float32))) : copy(old);
      case Opcode::load:
        return is_half(in.dtype) ? set(old, widen(build().load(in.buffer, at(in.index)))) : copy(old);
      case Opcode::store: {
        const Dtype dtype = from.buffers[static_cast<std::size_t>(in.buffer)].dtype;
        return is_half(dtype) ? build().store(in.buffer, at(in.index), from_bits(narrow(at(in.args[0]), dtype), dtype))
                              : copy(old);
      }
      case Opcode::convert:
        return is_half(in.dtype) ? round_to(old, operand(0)) : copy(old);
      case Opcode::bitcast: {
        Value x = at(in.args[0]);
        if (is_half(operand(0))) {
          x = narrow(x, operand(0));
        }
        return set(old,
                   is_half(in.dtype) ? widen_bits(build().bitcast(x, uint16), in.dtype) : build().bitcast(x, in.dtype));
      }
      case Opcode::call:
        return set(old, build().call(in.op, at(in.args)));
      default:
        return copy(old);
    }
  }

 private:
  Value u32(std::uint64_t bits) { return build().literal(Literal::of_unsigned(uint32, bits)); }
  Value bits_of(float x) { return u32(Literal::of(float32, static_cast<double>(x)).bits); }
  Value call(Op op, std::initializer_list<Value> args) { return build().call(op, args); }
  Value as_u32(Value x) { return build().bitcast(x, uint32); }
  Value as_f32(Value x) { return build().bitcast(x, float32); }

  // ---- Half to float32 ----

  Value widen(Value half) {
    const Dtype dtype = build().dtype(half);
    return widen_bits(build().bitcast(half, uint16), dtype);
  }

  Value widen_bits(Value half, Dtype dtype) {
    const Value wide = widen_computed(half, dtype);
    exact_[{wide, dtype.val}] = half;
    return wide;
  }

  Value widen_computed(Value half, Dtype dtype) {
    if (dtype == float16 && converts_float16_) {
      return build().convert(build().bitcast(half, float16), float32);
    }
    const Value bits = build().convert(half, uint32);
    if (dtype == bfloat16) {
      return as_f32(call(Op::left_shift, {bits, u32(16)}));
    }
    // The exponent's offset is mended by a multiplication, which also normalises subnormal numbers.
    const Value magnitude = call(Op::left_shift, {call(Op::bitwise_and, {bits, u32(0x7fff)}), u32(13)});
    const Value scaled =
        as_u32(call(Op::multiply, {as_f32(magnitude), build().literal(Literal::of(float32, 0x1p112))}));
    const Value special = call(Op::greater_equal, {call(Op::bitwise_and, {bits, u32(0x7fff)}), u32(0x7c00)});
    const Value fixed = call(Op::where, {special, call(Op::bitwise_or, {magnitude, u32(0x7f800000)}), scaled});
    const Value sign = call(Op::left_shift, {call(Op::bitwise_and, {bits, u32(0x8000)}), u32(16)});
    return as_f32(call(Op::bitwise_or, {fixed, sign}));
  }

  // ---- float32 to the bits of a half ----

  Value narrow(Value x, Dtype dtype) {
    // A value that came from such a half goes back to the same bits: copies stay copies, and nothing rounds twice.
    if (const auto known = exact_.find({x, dtype.val}); known != exact_.end()) {
      return known->second;
    }
    if (dtype == float16 && converts_float16_) {
      return build().bitcast(build().convert(x, float16), uint16);
    }
    return build().convert(dtype == bfloat16 ? bfloat16_bits(as_u32(x)) : float16_bits(as_u32(x)), uint16);
  }

  Value from_bits(Value bits, Dtype dtype) { return build().bitcast(bits, dtype); }

  /// Adding just under half a unit, and one more if the kept part is odd, rounds to nearest even by truncation.
  Value bfloat16_bits(Value x) {
    const Value odd = call(Op::bitwise_and, {call(Op::right_shift, {x, u32(16)}), u32(1)});
    const Value rounded = call(Op::add, {call(Op::add, {x, u32(0x7fff)}), odd});
    const Value nan = call(Op::greater, {call(Op::bitwise_and, {x, u32(0x7fffffff)}), u32(0x7f800000)});
    const Value quiet = call(Op::bitwise_or, {x, u32(0x400000)});
    return call(Op::right_shift, {call(Op::where, {nan, quiet, rounded}), u32(16)});
  }

  Value float16_bits(Value x) {
    const Value magnitude = call(Op::bitwise_and, {x, u32(0x7fffffff)});
    const Value sign = call(Op::bitwise_and, {call(Op::right_shift, {x, u32(16)}), u32(0x8000)});
    // Subnormal results: adding 0.5 leaves units of 2^-24 in the low bits, rounded by the addition itself.
    const Value half = build().literal(Literal::of(float32, 0.5));
    const Value small = call(Op::subtract, {as_u32(call(Op::add, {as_f32(magnitude), half})), bits_of(0.5F)});
    const Value odd = call(Op::bitwise_and, {call(Op::right_shift, {magnitude, u32(13)}), u32(1)});
    const Value rounded = call(Op::add, {call(Op::add, {magnitude, u32(0xfff)}), odd});
    const Value normal = call(Op::right_shift, {call(Op::subtract, {rounded, u32(112U << 23)}), u32(13)});
    Value bits = call(Op::where, {call(Op::less, {magnitude, bits_of(0x1p-14F)}), small, normal});
    bits = call(Op::where, {call(Op::greater_equal, {magnitude, bits_of(65520.0F)}), u32(0x7c00), bits});
    const Value payload = call(Op::bitwise_and, {call(Op::right_shift, {magnitude, u32(13)}), u32(0x3ff)});
    const Value nan = call(Op::bitwise_or, {payload, u32(0x7e00)});
    bits = call(Op::where, {call(Op::greater, {magnitude, u32(0x7f800000)}), nan, bits});
    return call(Op::bitwise_or, {bits, sign});
  }

  // ---- Explicit conversions to a half, kept as float32 ----

  void round_to(Value old, Dtype source) {
    const Instruction& in = from.instructions[static_cast<std::size_t>(old)];
    Value x = at(in.args[0]);
    if (source == in.dtype) {
      return set(old, x);
    }
    if (source == float64 || (in.dtype == bfloat16 && is_integer(source) && source.size() >= 4)) {
      x = round_to_odd(build().convert(x, float64));
    } else {
      x = build().convert(x, float32);
    }
    set(old, widen_bits(narrow(x, in.dtype), in.dtype));
  }

  /// float64 to float32 so that a later rounding to fewer bits is as if made from the float64: an inexact result gets
  /// an odd last bit (Boldo and Melquiond, "When double rounding is odd", 2005).
  Value round_to_odd(Value x) {
    const Value nearest = build().convert(x, float32);
    const Value back = build().convert(nearest, float64);
    const Value bits = as_u32(nearest);
    const Value above = call(Op::greater, {call(Op::abs, {back}), call(Op::abs, {x})});
    const Value truncated = call(Op::where, {above, call(Op::subtract, {bits, u32(1)}), bits});
    const Value exact = call(Op::equal, {back, x});
    const Value nan = call(Op::not_equal, {x, x});
    const Value odd = as_f32(call(Op::bitwise_or, {truncated, u32(1)}));
    return call(Op::where, {call(Op::logical_or, {exact, nan}), nearest, odd});
  }

  bool converts_float16_;
  std::map<std::pair<Value, Dtype::Val>, Value> exact_;  ///< The half's bits of float32 values made from one.
};

}  // namespace

void promote_types(Kernel& kernel, const Target& target) {
  const auto half = [](const auto& holder) { return is_half(holder.dtype); };
  if (std::any_of(kernel.instructions.begin(), kernel.instructions.end(), half)) {
    kernel = PromoteTypes(kernel, target).run();
  }
}

}  // namespace cermet::kernel
