// The rules of the kernel IR, checked in one walk in textual order. Rules of types are in typing.cpp; here are those of
// structure (definition before use, regions, symbols), of accesses, and of the stages:
//
//   built   no grid loop; every value is a scalar
//   mapped  no parallel loop, no reduce; exactly one grid loop [0, extent) by 1, at the end of the body and outside of
//           all others; nothing but pure scalar values beside it
//   legal   mapped; no call on complex or half-precision values; no operation that the target lacks
#include <algorithm>
#include <numeric>
#include <set>

#include "base/error.h"
#include "kernel/kernel.h"
#include "kernel/typing.h"

namespace cermet::kernel {

namespace {

std::size_t at(std::int32_t id) { return static_cast<std::size_t>(id); }

class Verifier {
 public:
  Verifier(const Kernel& kernel, Stage stage, const Target* target)
      : kernel_(kernel),
        integers_(kernel.integers),
        stage_(stage),
        target_(target),
        state_(kernel.instructions.size(), State::undefined),
        region_used_(kernel.regions.size(), false),
        symbol_visible_(kernel.integers.symbol_count(), false) {}

  void run() {
    check_header();
    require(kernel_.body >= 0 && at(kernel_.body) < kernel_.regions.size(), "the body is no region");
    check_region(kernel_.body);
    require(kernel_.regions[at(kernel_.body)].yields.empty() && kernel_.regions[at(kernel_.body)].arguments.empty(),
            "the body has arguments or yields");
    require(stage_ == Stage::built || grid_loops_ == 1, fmt::format("{} grid loops, one is needed", grid_loops_));
  }

 private:
  enum class State : std::uint8_t { undefined, visible, hidden };

  [[noreturn]] void fail_with(const std::string& rule) const {
    fail<InternalError>("internal error: kernel {}: {}", kernel_.name, rule);
  }
  void require(bool holds, const std::string& rule) const {
    if (!holds) {
      fail_with(current_ == no_value ? rule : fmt::format("{}: {}", describe(kernel_, current_), rule));
    }
  }
  // Builds the message only where the rule is broken.
  template <class Message>
  void require_lazy(bool holds, const Message& message) const {
    if (!holds) {
      require(false, message());
    }
  }

  // ---- Header ----

  void check_header() {
    std::set<std::string> names;
    for (std::size_t i = 0; i < kernel_.buffers.size(); ++i) {
      const Buffer& buffer = kernel_.buffers[i];
      require(names.insert(buffer.name).second, fmt::format("two buffers are called {}", buffer.name));
      const bool scratch = buffer.role == BufferRole::scratch;
      require(!scratch || (buffer.size.is_constant() && buffer.size.value() > 0),
              fmt::format("the size of the scratch buffer {} is not a positive constant", buffer.name));
      require(scratch || i == 0 || kernel_.buffers[i - 1].role != BufferRole::scratch,
              fmt::format("buffer {} comes after scratch", buffer.name));
      require(buffer.alignment >= 1 && (buffer.alignment & (buffer.alignment - 1)) == 0,
              fmt::format("the alignment of {} is {}", buffer.name, buffer.alignment));
      const BufferId alias = buffer.may_alias;
      require(alias < 0 || (at(alias) < kernel_.buffers.size() && buffer.role == BufferRole::output &&
                            kernel_.buffers[at(alias)].role == BufferRole::input),
              fmt::format("{} may not alias: only an output may, an input", buffer.name));
    }
    for (const SymbolId parameter : kernel_.parameters) {
      require(parameter < symbol_visible_.size(), "a parameter is no symbol");
      require(!symbol_visible_[parameter],
              fmt::format("the parameter {} is listed twice", integers_.symbol(parameter).name));
      symbol_visible_[parameter] = true;
    }
  }

  // ---- Structure ----

  void check_region(RegionId id) {
    require(!region_used_[at(id)], fmt::format("region {} has two places", id));
    region_used_[at(id)] = true;
    const Region& region = kernel_.regions[at(id)];
    const std::size_t scope = opened_.size(), symbol_scope = bound_.size();
    const Value owner = current_;
    for (const Value argument : region.arguments) {
      require(valid(argument) && kernel_.instructions[at(argument)].opcode == Opcode::argument,
              "an argument of its body is none");
      define(argument);
    }
    for (const Value value : region.body) {
      require_lazy(valid(value), [&] { return fmt::format("region {} lists no value {}", id, value); });
      current_ = value;
      check_instruction(value);
      define(value);
    }
    current_ = owner;
    for (const Value value : region.yields) {
      check_visible(value, "it yields");
    }
    for (; opened_.size() > scope; opened_.pop_back()) {
      state_[at(opened_.back())] = State::hidden;
    }
    for (; bound_.size() > symbol_scope; bound_.pop_back()) {
      symbol_visible_[bound_.back()] = false;
    }
  }

  bool valid(Value value) const { return value >= 0 && at(value) < kernel_.instructions.size(); }

  void define(Value value) {
    require_lazy(state_[at(value)] == State::undefined,
                 [&] { return value_name(kernel_, value) + " is defined twice"; });
    state_[at(value)] = State::visible;
    opened_.push_back(value);
  }

  void define_symbol(SymbolId symbol) {
    require(symbol < symbol_visible_.size(), "its symbol does not exist");
    require_lazy(symbols_seen_.insert(symbol).second && !symbol_visible_[symbol],
                 [&] { return fmt::format("the symbol {} is defined twice", integers_.symbol(symbol).name); });
    symbol_visible_[symbol] = true;
    bound_.push_back(symbol);
  }

  void check_visible(Value value, std::string_view how) const {
    require_lazy(valid(value),
                 [&] { return fmt::format("{} {}, which does not exist", how, value_name(kernel_, value)); });
    require_lazy(state_[at(value)] == State::visible, [&] {
      return fmt::format("{} {}, which {}", how, value_name(kernel_, value),
                         state_[at(value)] == State::hidden ? "belongs to another region" : "is not defined before");
    });
    require_lazy(has_value(kernel_.instructions[at(value)]),
                 [&] { return fmt::format("{} {}, which has no value", how, value_name(kernel_, value)); });
  }

  void check_expression(IntExpr e) const {
    for (const SymbolId symbol : integers_.symbols_of(e)) {
      require_lazy(symbol_visible_[symbol], [&] {
        return fmt::format("{} uses the symbol {}, which is not visible here", integers_.print(e),
                           integers_.symbol(symbol).name);
      });
    }
  }

  void check_instruction(Value value) {
    const Instruction& in = kernel_.instructions[at(value)];
    for (const Value arg : in.args) {
      check_visible(arg, "it uses");
      const Instruction& operand = kernel_.instructions[at(arg)];
      require(in.opcode == Opcode::result || !has_results(operand), "it uses a loop or reduction as a value");
    }
    require(in.opcode != Opcode::argument, "an argument stands among the instructions");
    check_stage(in);
    switch (in.opcode) {
      case Opcode::loop:
      case Opcode::reduce:
        check_nested(in);
        break;
      case Opcode::load:
      case Opcode::store:
        check_type(in);
        check_access(in);
        break;
      case Opcode::prefetch:
        check_type(in);
        require(in.buffer >= 0 && at(in.buffer) < kernel_.buffers.size(), "there is no such buffer");
        check_expression(in.index);
        break;
      case Opcode::index:
        check_type(in);
        check_expression(in.index);
        if (in.lanes > 1) {
          check_lane_symbol(in);
        }
        break;
      case Opcode::lane_mask:
        check_type(in);
        check_expression(in.end);
        check_lane_symbol(in);
        break;
      case Opcode::bind:
        check_type(in);
        define_symbol(in.symbol);
        if (in.lanes > 1) {
          lane_bound_.insert(in.symbol);
        }
        break;
      default:
        check_type(in);
    }
  }

  void check_type(const Instruction& in) const {
    const std::string error = type_error(kernel_, in);
    require(error.empty(), error);
  }

  void check_nested(const Instruction& in) {
    const bool loop = in.opcode == Opcode::loop;
    if (loop) {
      check_expression(in.begin);
      check_expression(in.step);
      require(integers_.range(in.step).low > 0, "the step of a loop must be positive");
    }
    check_expression(in.end);
    require(in.regions.size() == 1 && in.regions[0] >= 0 && at(in.regions[0]) < kernel_.regions.size(),
            "it has one region");
    require(loop || kernel_.regions[at(in.regions[0])].arguments.empty(), "the region of a reduce has no arguments");
    const std::size_t symbol_scope = bound_.size();
    define_symbol(in.symbol);
    if (loop && in.loop_kind == LoopKind::vector) {
      vectors_.push_back(&in);
    }
    ++depth_;
    check_region(in.regions[0]);
    --depth_;
    if (loop && in.loop_kind == LoopKind::vector) {
      vectors_.pop_back();
    }
    for (; bound_.size() > symbol_scope; bound_.pop_back()) {
      symbol_visible_[bound_.back()] = false;
    }
    check_type(in);
  }

  // ---- Accesses ----

  void check_lane_symbol(const Instruction& in) const {
    const bool found = std::any_of(vectors_.begin(), vectors_.end(), [&](const Instruction* loop) {
      return loop->symbol == in.symbol && loop->lanes == in.lanes;
    });
    require_lazy(found, [&] {
      return fmt::format("its lane symbol is not that of an enclosing vector loop of {} lanes", in.lanes);
    });
  }

  void check_access(const Instruction& in) {
    check_expression(in.index);
    const Buffer& buffer = kernel_.buffers[at(in.buffer)];
    const bool store = in.opcode == Opcode::store;
    require_lazy(!store || buffer.role != BufferRole::input,
                 [&] { return fmt::format("{} is an input", buffer.name); });
    require(store || !in.streaming, "only stores stream");
    bool lane_bound = false;
    for (const SymbolId symbol : integers_.symbols_of(in.index)) {
      lane_bound = lane_bound || lane_bound_.count(symbol) > 0;
    }
    require(!lane_bound || in.access == Access::gather, "an index with a value in each lane needs gather access");
    if (in.lanes > 1) {
      check_lane_symbol(in);
    }
    if (in.access == Access::contiguous) {
      const auto linear = integers_.linear_in(in.index, in.symbol);
      require_lazy(linear && linear->first == IntExpr(1), [&] {
        return fmt::format("the index does not move by 1 with {}", integers_.symbol(in.symbol).name);
      });
    }
    if (in.streaming) {
      check_streaming(in, buffer);
    }
  }

  // A streaming store writes whole aligned vector registers of up to 64 bytes.
  void check_streaming(const Instruction& in, const Buffer& buffer) {
    require(in.access == Access::contiguous && in.args.size() == 1, "a streaming store is contiguous and has no mask");
    const auto loop = std::find_if(vectors_.begin(), vectors_.end(),
                                   [&](const Instruction* vector) { return vector->symbol == in.symbol; });
    const IntExpr rest = integers_.subtract(in.index, integers_.expression(in.symbol));
    const std::int64_t elements =
        std::gcd(integers_.known_divisor(integers_.add(rest, (*loop)->begin)), (*loop)->step.value());
    const std::int64_t bytes = std::min<std::int64_t>(64, in.lanes * std::int64_t{in.dtype.size()});
    require_lazy(buffer.alignment % bytes == 0 && elements * in.dtype.size() % bytes == 0, [&] {
      return fmt::format("a streaming store needs {} byte alignment; {} has {}, the index a multiple of {} elements",
                         bytes, buffer.name, buffer.alignment, elements);
    });
  }

  // ---- Stages ----

  void check_stage(const Instruction& in) {
    const bool loop = in.opcode == Opcode::loop;
    const bool grid = loop && in.loop_kind == LoopKind::grid;
    if (stage_ == Stage::built) {
      require(!grid, "a kernel as built has no grid loop");
      require(in.lanes == 1, "a kernel as built has scalar values");
      return;
    }
    require(in.opcode != Opcode::reduce, "a mapped kernel has no reduce");
    require(!loop || in.loop_kind != LoopKind::parallel, "a mapped kernel has no parallel loop");
    if (depth_ == 0) {
      require(grid_loops_ == 0, "the grid loop is the last instruction of the body");
      const bool binds = in.opcode == Opcode::bind && in.lanes == 1;  // an index that is one for the whole kernel
      require(grid || binds || is_pure(kernel_, in), "only pure values may stand beside the grid loop");
    }
    if (grid) {
      require(depth_ == 0, "the grid loop must be the outermost");
      require(in.begin == IntExpr(0) && in.step == IntExpr(1), "the grid loop runs from 0 by 1");
      ++grid_loops_;
    }
    if (stage_ == Stage::legal && in.opcode == Opcode::call && !in.args.empty()) {
      const Dtype operand = kernel_.instructions[at(in.args.back())].dtype;
      require_lazy(!is_complex(operand) && !is_half(operand),
                   [&] { return fmt::format("a legal kernel does not compute in {}", short_name(operand)); });
      require_lazy(target_ == nullptr || target_->native.test(static_cast<std::size_t>(in.op)),
                   [&] { return fmt::format("{} is not native to {}", name(in.op), target_->name); });
    }
  }

  const Kernel& kernel_;
  IntExprTable integers_;  // a copy: asking for linear_in makes expressions
  Stage stage_;
  const Target* target_;
  std::vector<State> state_;
  std::vector<bool> region_used_;
  std::vector<bool> symbol_visible_;
  std::set<SymbolId> symbols_seen_, lane_bound_;
  std::vector<Value> opened_;    // visible values, innermost region last
  std::vector<SymbolId> bound_;  // visible symbols of loops and binds, likewise
  std::vector<const Instruction*> vectors_;
  Value current_ = no_value;
  int depth_ = 0;
  int grid_loops_ = 0;
};

}  // namespace

void verify(const Kernel& kernel, Stage stage) { Verifier(kernel, stage, nullptr).run(); }

void verify(const Kernel& kernel, Stage stage, const Target& target) { Verifier(kernel, stage, &target).run(); }

}  // namespace cermet::kernel
