// The typing rules of kernel instructions, one function a family.
#include "kernel/typing.h"

#include <algorithm>
#include <bit>

#include "base/error.h"

namespace cermet::kernel {

namespace {

const Region& region(const Kernel& kernel, RegionId id) { return kernel.regions[static_cast<std::size_t>(id)]; }

std::string wrong(std::string_view what, ValueType found, ValueType wanted) {
  return fmt::format("{} is {} and must be {}", what, to_string(found), to_string(wanted));
}

std::string call_error(const Kernel& kernel, const Instruction& in) {
  const Row& op_row = row(in.op);
  if (in.args.size() != op_row.arity) {
    return fmt::format("{} takes {} operands, not {}", op_row.name, op_row.arity, in.args.size());
  }
  const bool select = op_row.types == Types::select;
  const ValueType operand{type_of(kernel, in.args[select ? 1 : 0]).dtype, in.lanes};
  for (std::size_t i = 0; i < in.args.size(); ++i) {
    const ValueType wanted = select && i == 0 ? ValueType{bool_, in.lanes} : operand;
    if (type_of(kernel, in.args[i]) != wanted) {
      return wrong(fmt::format("operand {}", i), type_of(kernel, in.args[i]), wanted);
    }
  }
  try {
    if (operand_dtype(in.op, operand.dtype) != operand.dtype) {
      return fmt::format("{} does not take {} as it is", op_row.name, short_name(operand.dtype));
    }
  } catch (const TypeError& error) {
    return error.what();
  }
  const Dtype result = result_dtype(in.op, operand.dtype);
  if (in.dtype != result) {
    return wrong("the result", {in.dtype, in.lanes}, {result, in.lanes});
  }
  return {};
}

std::string unary_error(const Kernel& kernel, const Instruction& in) {
  if (in.args.size() != 1) {
    return fmt::format("takes one operand, not {}", in.args.size());
  }
  const ValueType operand = type_of(kernel, in.args[0]);
  if (in.opcode == Opcode::broadcast) {
    return operand == ValueType{in.dtype, 1} && in.lanes > 1 ? std::string()
                                                             : "makes a vector of a scalar of the same dtype";
  }
  if (operand.lanes != in.lanes) {
    return fmt::format("the operand has {} lanes, the result {}", operand.lanes, in.lanes);
  }
  if (in.opcode == Opcode::bitcast) {
    if (operand.dtype.size() != in.dtype.size()) {
      return fmt::format("{} and {} differ in size", short_name(operand.dtype), short_name(in.dtype));
    }
    if (is_bool(operand.dtype) != is_bool(in.dtype)) {
      return "booleans have no bit pattern; convert them";
    }
  }
  return {};
}

std::string access_error(const Kernel& kernel, const Instruction& in) {
  const bool store = in.opcode == Opcode::store;
  if (in.buffer < 0 || static_cast<std::size_t>(in.buffer) >= kernel.buffers.size()) {
    return fmt::format("there is no buffer {}", in.buffer);
  }
  const Buffer& buffer = kernel.buffers[static_cast<std::size_t>(in.buffer)];
  const std::size_t fixed = store ? 1 : 0;
  if (in.args.size() < fixed || in.args.size() > fixed + 1) {
    return fmt::format("takes {} or {} operands, not {}", fixed, fixed + 1, in.args.size());
  }
  const ValueType value = store ? type_of(kernel, in.args[0]) : ValueType{in.dtype, in.lanes};
  if (value.dtype != buffer.dtype) {
    return fmt::format("{} holds {}, not {}", buffer.name, short_name(buffer.dtype), short_name(value.dtype));
  }
  if (value != ValueType{in.dtype, in.lanes}) {
    return wrong("the value", value, {in.dtype, in.lanes});
  }
  if ((in.access == Access::scalar) != (in.lanes == 1)) {
    return fmt::format("{} lanes do not go with {} access", in.lanes,
                       in.access == Access::scalar ? "scalar" : "vector");
  }
  if (in.args.size() > fixed) {
    if (type_of(kernel, in.args[fixed]) != ValueType{bool_, in.lanes}) {
      return wrong("the mask", type_of(kernel, in.args[fixed]), {bool_, in.lanes});
    }
    if (!store && in.literal.dtype != in.dtype) {
      return fmt::format("lanes that are off hold {}, not {}", short_name(in.literal.dtype), short_name(in.dtype));
    }
  }
  return {};
}

std::string loop_error(const Kernel& kernel, const Instruction& in) {
  if (in.regions.size() != 1) {
    return "has one body";
  }
  const Region& body = region(kernel, in.regions[0]);
  if (body.arguments.size() != in.args.size() || body.yields.size() != in.args.size()) {
    return fmt::format("carries {} values, has {} arguments and yields {}", in.args.size(), body.arguments.size(),
                       body.yields.size());
  }
  for (std::size_t i = 0; i < in.args.size(); ++i) {
    const ValueType carried = type_of(kernel, body.arguments[i]);
    if (type_of(kernel, in.args[i]) != carried) {
      return wrong(fmt::format("initial value {}", i), type_of(kernel, in.args[i]), carried);
    }
    if (type_of(kernel, body.yields[i]) != carried) {
      return wrong(fmt::format("yielded value {}", i), type_of(kernel, body.yields[i]), carried);
    }
  }
  const bool independent = in.loop_kind == LoopKind::parallel || in.loop_kind == LoopKind::grid;
  if (independent && !in.args.empty()) {
    return fmt::format("a {} loop carries no values", name(in.loop_kind));
  }
  if (in.loop_kind != LoopKind::vector) {
    return in.lanes == 1 ? std::string() : fmt::format("a {} loop has no lanes", name(in.loop_kind));
  }
  if (in.lanes < 1 || !in.step.is_constant() || in.step.value() <= 0 || in.step.value() % in.lanes != 0) {
    return fmt::format("the step of a vector loop must be a constant multiple of its {} lanes", in.lanes);
  }
  return {};
}

std::string reduce_error(const Kernel& kernel, const Instruction& in) {
  const ReduceRow& reduction = row(in.reduction);
  const bool lanes = in.opcode == Opcode::reduce_lanes;
  if (lanes ? !in.regions.empty() : in.regions.size() != 1 || !in.args.empty()) {
    return lanes ? "has no region" : "has one region and no operands";
  }
  const std::vector<Value>& elements = lanes ? in.args : region(kernel, in.regions[0]).yields;
  if (elements.size() != reduction.width) {
    return fmt::format("{} reduces tuples of {}, not {}", reduction.name, reduction.width, elements.size());
  }
  const Dtype first = type_of(kernel, elements[0]).dtype;
  if (reduction.accumulator(first) != first) {
    return fmt::format("{} accumulates {} in {}: convert the elements", reduction.name, short_name(first),
                       short_name(reduction.accumulator(first)));
  }
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const ValueType element = type_of(kernel, elements[i]);
    if (element.lanes != (lanes ? in.lanes : 1)) {
      return fmt::format("component {} has {} lanes", i, element.lanes);
    }
    const Dtype wanted = reduction.identity(first, static_cast<int>(i)).dtype;
    if (element.dtype != wanted) {
      return wrong(fmt::format("component {}", i), element, {wanted, element.lanes});
    }
  }
  if (lanes && !std::has_single_bit(static_cast<unsigned>(in.lanes))) {
    return fmt::format("halving needs a power of two, not {} lanes", in.lanes);
  }
  return {};
}

std::string result_error(const Kernel& kernel, const Instruction& in) {
  if (in.args.size() != 1) {
    return "is of one loop or reduction";
  }
  const Instruction& of = kernel.instructions[static_cast<std::size_t>(in.args[0])];
  if (!has_results(of) || in.component >= result_count(kernel, of)) {
    return fmt::format("{} has no result {}", value_name(kernel, in.args[0]), in.component);
  }
  const ValueType wanted = result_type(kernel, of, in.component);
  return ValueType{in.dtype, in.lanes} == wanted ? std::string() : wrong("it", {in.dtype, in.lanes}, wanted);
}

std::string leaf_error(const Instruction& in) {
  if (!in.args.empty()) {
    return "takes no operands";
  }
  switch (in.opcode) {
    case Opcode::literal:
      return in.literal.dtype == in.dtype ? std::string() : "the constant has another dtype";
    case Opcode::index:
      return is_integer(in.dtype) ? std::string() : fmt::format("an index is no {}", short_name(in.dtype));
    case Opcode::lane_mask:
      return is_bool(in.dtype) ? std::string() : "a mask is b1";
    default:
      return {};
  }
}

}  // namespace

std::string to_string(ValueType type) {
  return type.lanes == 1 ? std::string(short_name(type.dtype))
                         : fmt::format("{}x{}", short_name(type.dtype), type.lanes);
}

ValueType type_of(const Kernel& kernel, Value value) {
  const Instruction& in = kernel.instructions[static_cast<std::size_t>(value)];
  return {in.dtype, in.lanes};
}

int result_count(const Kernel&, const Instruction& in) {
  return in.opcode == Opcode::loop ? static_cast<int>(in.args.size()) : row(in.reduction).width;
}

ValueType result_type(const Kernel& kernel, const Instruction& in, int component) {
  const auto c = static_cast<std::size_t>(component);
  if (in.opcode == Opcode::loop) {
    return type_of(kernel, region(kernel, in.regions[0]).arguments[c]);
  }
  if (in.opcode == Opcode::reduce) {
    return type_of(kernel, region(kernel, in.regions[0]).yields[c]);
  }
  return {type_of(kernel, in.args[c]).dtype, 1};
}

std::string type_error(const Kernel& kernel, const Instruction& in) {
  if (in.lanes < 1 || in.lanes > 256) {
    return fmt::format("{} lanes", in.lanes);
  }
  switch (in.opcode) {
    case Opcode::call:
      return call_error(kernel, in);
    case Opcode::convert:
    case Opcode::bitcast:
    case Opcode::broadcast:
      return unary_error(kernel, in);
    case Opcode::load:
    case Opcode::store:
      return access_error(kernel, in);
    case Opcode::bind:
      return in.args.size() == 1 && is_integer(type_of(kernel, in.args[0]).dtype) &&
                     type_of(kernel, in.args[0]).lanes == in.lanes
                 ? std::string()
                 : "binds one integer";
    case Opcode::loop:
      return loop_error(kernel, in);
    case Opcode::reduce:
    case Opcode::reduce_lanes:
      return reduce_error(kernel, in);
    case Opcode::result:
      return result_error(kernel, in);
    case Opcode::prefetch:
      return in.args.empty() ? std::string() : "takes no operands";
    case Opcode::literal:
    case Opcode::index:
    case Opcode::lane_mask:
    case Opcode::argument:
      return leaf_error(in);
  }
  return "unknown opcode";
}

}  // namespace cermet::kernel
