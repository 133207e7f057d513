// The reference execution of kernels: what kernel.h says, written as directly as possible. It runs any stage, so every
// pass and every printer is tested against it. Literals and index expressions are resolved once, before the run.
#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>

#include "base/error.h"
#include "kernel/index_program.h"
#include "kernel/kernel.h"
#include "kernel/typing.h"

namespace cermet::kernel {

namespace {

std::size_t at(std::int32_t id) { return static_cast<std::size_t>(id); }

/// A reduction's monoid on literals.
class Monoid {
 public:
  Monoid() = default;
  Monoid(Reduction reduction, const std::vector<Dtype>& types) : arena_(std::make_unique<ScalarArena>()) {
    const ReduceRow& monoid = row(reduction);
    std::vector<Scalar> left, right, result(monoid.width);
    for (const Dtype type : types) {
      left.push_back(arena_->argument(type));
    }
    for (const Dtype type : types) {
      right.push_back(arena_->argument(type));
    }
    monoid.combine(left, right, result);
    for (std::size_t c = 0; c < types.size(); ++c) {
      identity_.push_back(monoid.identity(types[0], static_cast<int>(c)));
      results_.push_back(result[c].id());
    }
  }

  const std::vector<Literal>& identity() const { return identity_; }

  /// left = combine(left, right); `left` holds the earlier elements.
  void combine(std::span<Literal> left, std::span<const Literal> right) {
    const std::vector<ScalarNode>& nodes = arena_->nodes();
    values_.resize(nodes.size());
    std::size_t next_argument = 0;
    for (std::size_t id = 0; id < nodes.size(); ++id) {
      if (nodes[id].kind == ScalarKind::argument) {
        values_[id] = next_argument < left.size() ? left[next_argument] : right[next_argument - left.size()];
        ++next_argument;
      } else {
        values_[id] = value_of(nodes[id]);
      }
    }
    for (std::size_t c = 0; c < left.size(); ++c) {
      left[c] = values_[results_[c]];
    }
  }

 private:
  Literal value_of(const ScalarNode& node) const {
    switch (node.kind) {
      case ScalarKind::call: {
        std::array<Literal, 3> args;
        for (std::size_t a = 0; a < node.arity; ++a) {
          args[a] = values_[node.args[a]];
        }
        return evaluate(node.op, std::span<const Literal>(args.data(), node.arity));
      }
      case ScalarKind::convert:
        return values_[node.args[0]].converted(node.dtype);
      case ScalarKind::bitcast:
        return {node.dtype, values_[node.args[0]].bits};
      default:
        return node.literal;
    }
  }

  std::unique_ptr<ScalarArena> arena_;
  std::vector<Literal> identity_;
  std::vector<std::uint32_t> results_;
  std::vector<Literal> values_;
};

class Interpreter {
 public:
  Interpreter(const Kernel& kernel, void* const* buffers, const std::int64_t* parameters,
              std::span<const std::int64_t> sizes)
      : kernel_(kernel),
        resolved_(kernel.instructions.size()),
        symbols_(kernel.integers.symbol_count(), 0),
        results_(kernel.instructions.size()) {
    for (std::size_t i = 0; i < kernel.parameters.size(); ++i) {
      symbols_[kernel.parameters[i]] = parameters[i];
    }
    add_buffers(buffers, sizes);
    std::size_t slots = 0;
    for (std::size_t v = 0; v < resolved_.size(); ++v) {
      resolved_[v].slot = slots;
      slots += static_cast<std::size_t>(kernel.instructions[v].lanes);
    }
    slots_.resize(slots);
    resolve(kernel.body);
  }

  void run() { run_region(kernel_.body, 0); }

 private:
  struct Memory {
    std::byte* data = nullptr;
    std::int64_t elements = -1;  // -1: unknown
  };
  /// What an instruction needs beside itself.
  struct Resolved {
    std::size_t slot = 0;  // of lane 0 in slots_
    IndexProgram index, begin, end, step;
    std::vector<SymbolId> lane_bound;  // symbols of the index that have a value in each lane
    Monoid monoid;
  };

  void add_buffers(void* const* buffers, std::span<const std::int64_t> sizes) {
    std::size_t passed = 0;
    for (const Buffer& buffer : kernel_.buffers) {
      if (buffer.role == BufferRole::scratch) {
        const std::int64_t elements = buffer.size.value();
        scratch_.emplace_back(static_cast<std::size_t>(elements) * buffer.dtype.size());
        memory_.push_back({scratch_.back().data(), elements});
      } else {
        memory_.push_back({static_cast<std::byte*>(buffers[passed]), passed < sizes.size() ? sizes[passed] : -1});
        ++passed;
      }
    }
    check(sizes.empty() || sizes.size() == passed, "kernel {}: {} sizes for {} buffers", kernel_.name, sizes.size(),
          passed);
  }

  void resolve(RegionId region) {
    for (const Value value : kernel_.regions[at(region)].body) {
      const Instruction& in = kernel_.instructions[at(value)];
      Resolved& own = resolved_[at(value)];
      own.index = IndexProgram(kernel_.integers, in.index);
      own.begin = IndexProgram(kernel_.integers, in.begin);
      own.end = IndexProgram(kernel_.integers, in.end);
      own.step = IndexProgram(kernel_.integers, in.step);
      if (in.opcode == Opcode::bind && in.lanes > 1) {
        lane_binds_[in.symbol] = in.args[0];
      }
      for (const SymbolId symbol : kernel_.integers.symbols_of(in.index)) {
        if (lane_binds_.count(symbol) > 0) {
          own.lane_bound.push_back(symbol);
        }
      }
      for (const RegionId inner : in.regions) {
        resolve(inner);
      }
      if (in.opcode == Opcode::reduce || in.opcode == Opcode::reduce_lanes) {
        std::vector<Dtype> types;
        for (int c = 0; c < row(in.reduction).width; ++c) {
          types.push_back(result_type(kernel_, in, c).dtype);
        }
        own.monoid = Monoid(in.reduction, types);
      }
    }
  }

  Literal& slot(Value value, int lane = 0) {
    return slots_[resolved_[at(value)].slot + static_cast<std::size_t>(lane)];
  }

  void copy(Value to, Value source) {
    const std::size_t lanes = static_cast<std::size_t>(kernel_.instructions[at(to)].lanes);
    std::copy_n(&slot(source), lanes, &slot(to));
  }

  void run_region(RegionId region, int depth) {
    for (const Value value : kernel_.regions[at(region)].body) {
      run_instruction(value, kernel_.instructions[at(value)], depth);
    }
  }

  void run_instruction(Value value, const Instruction& in, int depth) {
    switch (in.opcode) {
      case Opcode::load:
        return run_load(value, in);
      case Opcode::store:
        return run_store(value, in);
      case Opcode::loop:
        return run_loop(value, in, depth);
      case Opcode::reduce:
        return run_reduce(value, in, depth);
      case Opcode::reduce_lanes:
        return run_reduce_lanes(value, in);
      case Opcode::result:
        return run_result(value, in);
      case Opcode::bind:
        if (in.lanes == 1) {
          symbols_[in.symbol] = slot(in.args[0]).as_int64();
        }
        return;
      case Opcode::prefetch:
      case Opcode::argument:
        return;
      default:
        for (int lane = 0; lane < in.lanes; ++lane) {
          slot(value, lane) = lane_value(value, in, lane);
        }
    }
  }

  /// Operations that treat each lane alike.
  Literal lane_value(Value value, const Instruction& in, int lane) {
    switch (in.opcode) {
      case Opcode::literal:
        return in.literal;
      case Opcode::index:
        return Literal::of_integer(in.dtype, element_index(value, in, lane));
      case Opcode::call: {
        std::array<Literal, 3> args;
        for (std::size_t a = 0; a < in.args.size(); ++a) {
          args[a] = slot(in.args[a], lane);
        }
        return evaluate(in.op, std::span<const Literal>(args.data(), in.args.size()));
      }
      case Opcode::convert:
        return slot(in.args[0], lane).converted(in.dtype);
      case Opcode::bitcast:
        return {in.dtype, slot(in.args[0], lane).bits};
      case Opcode::broadcast:
        return slot(in.args[0]);
      case Opcode::lane_mask:
        return Literal::of_integer(bool_, symbols_[in.symbol] + lane < resolved_[at(value)].end(symbols_) ? 1 : 0);
      default:
        fail<InternalError>("internal error: kernel {}: {} is not interpreted", kernel_.name, describe(kernel_, value));
    }
  }

  /// The index expression in one lane: contiguous accesses add the lane, others advance the lane symbol by it.
  std::int64_t element_index(Value value, const Instruction& in, int lane) {
    const Resolved& own = resolved_[at(value)];
    if (in.lanes == 1 || in.access == Access::contiguous) {
      return own.index(symbols_) + lane;
    }
    for (const SymbolId symbol : own.lane_bound) {
      symbols_[symbol] = slot(lane_binds_.at(symbol), lane).as_int64();
    }
    symbols_[in.symbol] += lane;
    const std::int64_t index = own.index(symbols_);
    symbols_[in.symbol] -= lane;
    return index;
  }

  std::byte* element(Value value, const Instruction& in, int lane) {
    const std::int64_t index = element_index(value, in, lane);
    const Memory& memory = memory_[at(in.buffer)];
    if (memory.elements >= 0 && (index < 0 || index >= memory.elements)) {
      fail<InternalError>("internal error: kernel {}: {}: index {} (lane {}) of {} elements", kernel_.name,
                          describe(kernel_, value), index, lane, memory.elements);
    }
    return memory.data + index * in.dtype.size();
  }

  void run_load(Value value, const Instruction& in) {
    for (int lane = 0; lane < in.lanes; ++lane) {
      const bool on = in.args.empty() || slot(in.args[0], lane).as_bool();
      slot(value, lane) = on ? Literal::load(in.dtype, element(value, in, lane)) : in.literal;
    }
  }

  void run_store(Value value, const Instruction& in) {
    for (int lane = 0; lane < in.lanes; ++lane) {
      if (in.args.size() == 1 || slot(in.args[1], lane).as_bool()) {
        slot(in.args[0], lane).store(element(value, in, lane));
      }
    }
  }

  void run_loop(Value value, const Instruction& in, int depth) {
    const Region& body = kernel_.regions[at(in.regions[0])];
    const Resolved& own = resolved_[at(value)];
    const std::int64_t begin = own.begin(symbols_), end = own.end(symbols_), step = own.step(symbols_);
    if (step <= 0) {
      fail<InternalError>("internal error: kernel {}: {}: its step is {}", kernel_.name, describe(kernel_, value),
                          step);
    }
    for (std::size_t i = 0; i < in.args.size(); ++i) {
      copy(body.arguments[i], in.args[i]);
    }
    std::vector<Literal> next;
    for (std::int64_t i = begin; i < end; i += step) {
      if (depth == 0 && in.loop_kind != LoopKind::serial) {
        poison_scratch();
      }
      symbols_[in.symbol] = i;
      run_region(in.regions[0], depth + 1);
      next.clear();
      for (const Value yielded : body.yields) {
        next.insert(next.end(), &slot(yielded), &slot(yielded) + kernel_.instructions[at(yielded)].lanes);
      }
      auto source = next.begin();
      for (const Value argument : body.arguments) {
        const int lanes = kernel_.instructions[at(argument)].lanes;
        std::copy_n(source, lanes, &slot(argument));
        source += lanes;
      }
    }
  }

  void poison_scratch() {
    for (std::vector<std::byte>& scratch : scratch_) {
      std::memset(scratch.data(), 0xcb, scratch.size());
    }
  }

  /// L(e[begin..end)) of kernel.h, with the elements from `element(i)`.
  template <class Element>
  std::vector<Literal> reduce_in_lanes(Monoid& monoid, std::int64_t begin, std::int64_t end, const Element& element) {
    const std::size_t width = monoid.identity().size();
    std::vector<Literal> accumulators;
    for (int lane = 0; lane < reduction_lanes; ++lane) {
      accumulators.insert(accumulators.end(), monoid.identity().begin(), monoid.identity().end());
    }
    const auto accumulator = [&](std::int64_t lane) {
      return std::span(accumulators).subspan(static_cast<std::size_t>(lane) * width, width);
    };
    for (std::int64_t i = begin; i < end; ++i) {
      const std::vector<Literal>& e = element(i);
      monoid.combine(accumulator((i - begin) % reduction_lanes), e);
    }
    for (int w = reduction_lanes / 2; w >= 1; w /= 2) {
      for (int lane = 0; lane < w; ++lane) {
        monoid.combine(accumulator(lane), accumulator(lane + w));
      }
    }
    accumulators.resize(width);
    return accumulators;
  }

  void run_reduce(Value value, const Instruction& in, int depth) {
    Resolved& own = resolved_[at(value)];
    const std::vector<Value>& yields = kernel_.regions[at(in.regions[0])].yields;
    std::vector<Literal> element(yields.size());
    const auto computed = [&](std::int64_t i) -> const std::vector<Literal>& {
      symbols_[in.symbol] = i;
      run_region(in.regions[0], depth + 1);
      for (std::size_t c = 0; c < yields.size(); ++c) {
        element[c] = slot(yields[c]);
      }
      return element;
    };
    const std::int64_t count = own.end(symbols_);
    if (in.order == ReduceOrder::lanes || count <= reduction_chunk) {
      results_[at(value)] = reduce_in_lanes(own.monoid, 0, count, computed);
      return;
    }
    std::vector<std::vector<Literal>> chunks;
    for (std::int64_t begin = 0; begin < count; begin += reduction_chunk) {
      chunks.push_back(reduce_in_lanes(own.monoid, begin, std::min(begin + reduction_chunk, count), computed));
    }
    results_[at(value)] = reduce_in_lanes(
        own.monoid, 0, static_cast<std::int64_t>(chunks.size()),
        [&](std::int64_t i) -> const std::vector<Literal>& { return chunks[static_cast<std::size_t>(i)]; });
  }

  void run_reduce_lanes(Value value, const Instruction& in) {
    std::vector<std::vector<Literal>> tuples(static_cast<std::size_t>(in.lanes));
    for (int lane = 0; lane < in.lanes; ++lane) {
      for (const Value vector : in.args) {
        tuples[static_cast<std::size_t>(lane)].push_back(slot(vector, lane));
      }
    }
    for (std::size_t w = tuples.size() / 2; w >= 1; w /= 2) {
      for (std::size_t lane = 0; lane < w; ++lane) {
        resolved_[at(value)].monoid.combine(tuples[lane], tuples[lane + w]);
      }
    }
    results_[at(value)] = tuples[0];
  }

  // When a loop has ended, its arguments hold the carried values.
  void run_result(Value value, const Instruction& in) {
    const Instruction& of = kernel_.instructions[at(in.args[0])];
    if (of.opcode == Opcode::loop) {
      copy(value, kernel_.regions[at(of.regions[0])].arguments[in.component]);
    } else {
      slot(value) = results_[at(in.args[0])][in.component];
    }
  }

  const Kernel& kernel_;
  std::vector<Resolved> resolved_;
  std::vector<std::int64_t> symbols_;
  std::vector<Literal> slots_;
  std::vector<std::vector<Literal>> results_;  // of reduce and reduce_lanes, by Value
  std::map<SymbolId, Value> lane_binds_;
  std::vector<Memory> memory_;
  std::vector<std::vector<std::byte>> scratch_;
};

}  // namespace

void interpret(const Kernel& kernel, void* const* buffers, const std::int64_t* parameters) {
  Interpreter(kernel, buffers, parameters, {}).run();
}

void interpret(const Kernel& kernel, void* const* buffers, const std::int64_t* parameters,
               std::span<const std::int64_t> sizes) {
  Interpreter(kernel, buffers, parameters, sizes).run();
}

}  // namespace cermet::kernel
