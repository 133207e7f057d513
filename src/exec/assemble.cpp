// Steps, memory and outputs of a program; see assemble.h. Every value that some step writes gets a number (a graph
// value that is materialised, or a temporary of a region); plan_memory gives the numbers their slots.
#include "exec/assemble.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/error.h"
#include "exec/memory_plan.h"

namespace cermet::exec {
namespace {

using graph::RegionKind;
using graph::Value;

constexpr int no_step = -1;

/// Where a graph value is: a window on an input or on a number.
struct Location {
  bool of_input = false;
  int index = -1;          ///< Position in graph.inputs, or number.
  bool contiguous = true;  ///< Row-major from the first element on.
  StridedLayout layout;
};

class Assembler {
 public:
  Assembler(PlannedProgram& program, graph::Graph& graph, const std::vector<Piece>& pieces)
      : program_(program), graph_(graph), pieces_(pieces) {}
  void run();

 private:
  const graph::Node& node(Value v) const { return graph_.nodes[static_cast<std::size_t>(v)]; }
  Dim bytes_of(const ArrayType& type) {
    return graph_.dims.multiply(graph_.dims.product(type.shape), type.dtype.size());
  }
  Integer integer(Dim d) { return program_.integers[0].add(d); }
  std::int64_t hint(Dim d) const {
    return graph_.dims.evaluate(d, [&](SymbolId id) { return graph_.dims.symbol(id).hint; });
  }

  void place_inputs();
  void find_symbols();
  int add_number(Dim bytes, int step);
  void define(Value v, int step);
  void use(const Location& location, int step);
  std::size_t launch_end(std::size_t begin) const;
  void number_pieces(std::size_t begin, std::size_t end);
  void number_kernel(const Piece& piece, std::size_t k, std::vector<int>& temporaries);
  void find_in_place(std::span<const Piece> pieces, std::size_t k, std::size_t first);
  const kernel::Kernel& built(const Piece& piece, std::size_t k) const;
  void number_library_call(Value v);
  void place_view(Value v);
  void pin_outputs();
  void make_steps();
  void make_kernel_step(const Piece& piece, std::size_t k, const std::vector<int>& temporaries);
  void make_library_step(const Piece& piece);
  void make_slots();
  void make_outputs();
  bool may_take(std::size_t number, int input) const;
  void prefer_inputs();
  void count_bytes();
  Place place(const Location& location) const;
  int binding_number(const lower::Binding& binding, const std::vector<int>& temporaries) const;
  OperandLayout operand(Value v);

  PlannedProgram& program_;
  graph::Graph& graph_;
  const std::vector<Piece>& pieces_;
  std::unordered_map<Value, Location> locations_;
  std::vector<PlannedValue> numbers_;
  std::vector<std::vector<int>> donors_;  // of each number: inputs whose memory it may take
  std::vector<int> input_last_use_;
  std::vector<bool> input_escapes_;            // an output is the input or a view of it
  std::vector<std::vector<int>> temporaries_;  // of each piece: the numbers of its temporaries
  MemoryPlan memory_;
  int step_ = 0;
  int last_failing_step_ = no_step;  // of the library calls that may throw for what their operands hold
};

void Assembler::place_inputs() {
  for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
    const Value v = graph_.inputs[i];
    const graph::InputLayout& layout = graph_.input_layouts[i];
    Location location{true, static_cast<int>(i), layout.contiguous, {}};
    if (layout.contiguous) {
      location.layout = contiguous_layout(node(v).type.shape, graph_.dims);
    } else {
      for (Dim stride : layout.strides) location.layout.strides.push_back(stride);
    }
    locations_.emplace(v, std::move(location));
  }
  input_last_use_.assign(graph_.inputs.size(), no_step);
  input_escapes_.assign(graph_.inputs.size(), false);
}

void Assembler::find_symbols() {
  std::vector<bool> found(graph_.dims.symbol_count(), false);
  const auto take = [&](Dim d, std::size_t input, std::size_t axis, bool stride) {
    const auto multiple = graph::multiple_of_symbol(graph_.dims, d);
    if (!multiple || found[multiple->first]) return;
    found[multiple->first] = true;
    program_.symbol_sources.push_back(
        {multiple->first, static_cast<std::int32_t>(input), static_cast<std::int32_t>(axis), stride, multiple->second});
  };
  for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
    const Shape& shape = node(graph_.inputs[i]).type.shape;
    for (std::size_t a = 0; a < shape.size(); ++a) take(shape[a], i, a, false);
    const graph::InputLayout& layout = graph_.input_layouts[i];
    if (layout.contiguous) continue;
    for (std::size_t a = 0; a < layout.strides.size(); ++a) take(layout.strides[a], i, a, true);
  }
}

int Assembler::add_number(Dim bytes, int step) {
  PlannedValue value;
  value.bytes = bytes;
  value.defined = value.last_use = step;
  numbers_.push_back(std::move(value));
  donors_.emplace_back();
  return static_cast<int>(numbers_.size()) - 1;
}

void Assembler::define(Value v, int step) {
  if (locations_.contains(v)) return;  // an earlier kernel of the same region wrote a part of it
  Location location{false, add_number(bytes_of(node(v).type), step), true, {}};
  location.layout = contiguous_layout(node(v).type.shape, graph_.dims);
  locations_.emplace(v, std::move(location));
}

void Assembler::use(const Location& location, int step) {
  const auto index = static_cast<std::size_t>(location.index);
  int& last = location.of_input ? input_last_use_[index] : numbers_[index].last_use;
  last = std::max(last, step);
}

int Assembler::binding_number(const lower::Binding& binding, const std::vector<int>& temporaries) const {
  if (binding.kind == lower::Binding::Kind::temporary) return temporaries[static_cast<std::size_t>(binding.temporary)];
  const Location& location = locations_.at(binding.value);
  return location.of_input ? -1 - location.index : location.index;
}

void Assembler::number_kernel(const Piece& piece, std::size_t k, std::vector<int>& temporaries) {
  const lower::LoweredKernel& lowered = piece.lowered.kernels[k];
  for (std::size_t b = 0; b < lowered.bindings.size(); ++b) {
    const lower::Binding& binding = lowered.bindings[b];
    const bool writes = built(piece, k).buffers[b].role == kernel::BufferRole::output;
    if (binding.kind == lower::Binding::Kind::temporary) {
      int& number = temporaries[static_cast<std::size_t>(binding.temporary)];
      const lower::Temporary& t = piece.lowered.temporaries[static_cast<std::size_t>(binding.temporary)];
      if (number < 0) number = add_number(graph_.dims.multiply(t.elements, t.dtype.size()), step_);
      numbers_[static_cast<std::size_t>(number)].last_use = step_;
    } else {
      if (writes) define(binding.value, step_);
      use(locations_.at(binding.value), step_);
    }
  }
}

/// What the kernels of a step may overwrite: arrays that no other kernel of the step reads. Pieces from `first` on.
void Assembler::find_in_place(std::span<const Piece> pieces, std::size_t k, std::size_t first) {
  const auto number = [&](std::size_t p, int binding) {
    return binding_number(pieces[p].lowered.kernels[k].bindings[static_cast<std::size_t>(binding)],
                          temporaries_[first + p]);
  };
  std::unordered_map<int, int> readers;
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    for (int b = 0; b < std::ssize(pieces[p].lowered.kernels[k].bindings); ++b) ++readers[number(p, b)];
  }
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    for (const lower::InPlace& pair : pieces[p].lowered.kernels[k].in_place) {
      const int out = number(p, pair.output), in = number(p, pair.input);
      if (numbers_[static_cast<std::size_t>(out)].defined != step_ || readers[in] > 1) continue;
      if (in >= 0) {
        numbers_[static_cast<std::size_t>(out)].in_place.push_back(in);
      } else {
        donors_[static_cast<std::size_t>(out)].push_back(-1 - in);
      }
    }
  }
}

const kernel::Kernel& Assembler::built(const Piece& piece, std::size_t k) const {
  const Piece& from = piece.code < 0 ? piece : pieces_[static_cast<std::size_t>(piece.code)];
  return from.lowered.kernels[k].kernel;
}

// A view region: the windows of the chain of views below `v`, from the first materialised value up.
void Assembler::place_view(Value v) {
  std::vector<Value> chain;
  while (!locations_.contains(v)) {
    check(is_view(node(v).primitive.kind), "plan: %{} ({}) is neither materialised nor a view", v,
          name(node(v).primitive.kind));
    chain.push_back(v);
    v = node(v).inputs[0];
  }
  for (std::size_t i = chain.size(); i-- > 0;) {
    const graph::Node& view = node(chain[i]);
    const Location& base = locations_.at(view.inputs[0]);
    const auto layout =
        view_layout(view.primitive, node(view.inputs[0]).type.shape, base.layout, view.type.shape, graph_.dims);
    check(layout.has_value(), "plan: %{} is not a window on %{}", chain[i], view.inputs[0]);
    Location location{base.of_input, base.index, false, *layout};
    location.contiguous = layout->strides == contiguous_layout(view.type.shape, graph_.dims).strides;
    locations_.emplace(chain[i], std::move(location));
  }
}

void Assembler::number_library_call(Value v) {
  const graph::Node& call = node(v);
  for (Value operand : call.inputs) {  // values in memory, or windows on such
    place_view(operand);
    use(locations_.at(operand), step_);
  }
  define(v, step_);
  const library::Function& function = library::function_of(call.primitive);
  if (function.fails) last_failing_step_ = step_;
  if (function.in_place >= 0) {
    const Value changed = call.inputs[static_cast<std::size_t>(function.in_place)];
    const Location& from = locations_.at(changed);
    const int number = locations_.at(v).index;
    if (from.contiguous && from.layout.offset == Dim(0) && bytes_of(node(changed).type) == bytes_of(call.type)) {
      if (from.of_input) {
        donors_[static_cast<std::size_t>(number)].push_back(from.index);
      } else {
        numbers_[static_cast<std::size_t>(number)].in_place.push_back(from.index);
      }
    }
  }
  ++step_;
}

/// The end of the pieces that are launched together with piece `begin`.
std::size_t Assembler::launch_end(std::size_t begin) const {
  std::size_t end = begin + 1;
  while (end < pieces_.size() && pieces_[end].launch == pieces_[begin].launch) ++end;
  return end;
}

void Assembler::number_pieces(std::size_t begin, std::size_t end) {
  const std::span<const Piece> pieces(pieces_.data() + begin, end - begin);
  for (const Piece& piece : pieces) temporaries_.emplace_back().assign(piece.lowered.temporaries.size(), -1);
  const graph::FusedRegion& region = *pieces[0].region;
  if (region.kind == RegionKind::view) {
    for (Value v : region.outputs) place_view(v);
  } else if (region.kind == RegionKind::library) {
    number_library_call(region.outputs[0]);
  } else {
    for (std::size_t k = 0; k < pieces[0].lowered.kernels.size(); ++k) {
      for (std::size_t p = 0; p < pieces.size(); ++p) number_kernel(pieces[p], k, temporaries_[begin + p]);
      find_in_place(pieces, k, begin);
      ++step_;
    }
    for (const Piece& piece : pieces) {
      for (Value v : piece.region->outputs) define(v, step_);  // without elements: no kernel wrote it
    }
  }
}

void Assembler::pin_outputs() {
  for (Value v : graph_.outputs) {
    place_view(v);
    const Location& location = locations_.at(v);
    const auto index = static_cast<std::size_t>(location.index);
    if (location.of_input) {
      input_escapes_[index] = true;
    } else {
      numbers_[index].is_output = true;
    }
  }
}

Place Assembler::place(const Location& location) const {
  if (location.of_input) return location.index;
  return static_cast<Place>(graph_.inputs.size()) + memory_.slot_of[static_cast<std::size_t>(location.index)];
}

// Rough nanoseconds that one element costs: bytes moved at 10 GB/s and operations, 16 at a time.
double weight_of(const kernel::Kernel& built) {
  double weight = 0.05;
  for (const kernel::Instruction& i : built.instructions) {
    if (i.opcode == kernel::Opcode::call) weight += 0.03 * row(i.op).cost * i.dtype.size() / 4;
    if (i.opcode == kernel::Opcode::load || i.opcode == kernel::Opcode::store) weight += 0.08 * i.dtype.size();
  }
  return weight;
}

void Assembler::make_kernel_step(const Piece& piece, std::size_t k, const std::vector<int>& temporaries) {
  const lower::LoweredKernel& lowered = piece.lowered.kernels[k];
  KernelStep step;
  step.kernel = (piece.code < 0 ? piece : pieces_[static_cast<std::size_t>(piece.code)]).compiled[k];
  if (step.kernel->code) step.entry = step.kernel->code->entry;
  step.first_argument = static_cast<std::int32_t>(program_.argument_places.size());
  for (const lower::Binding& binding : lowered.bindings) {
    const int number = binding_number(binding, temporaries);
    if (binding.kind == lower::Binding::Kind::value) {
      const Location& location = locations_.at(binding.value);
      check(location.contiguous ? location.layout.offset == Dim(0) : location.of_input,
            "plan: a kernel reads %{} through a view", binding.value);
    }
    program_.argument_places.push_back(number < 0 ? -1 - number : place({false, number, true, {}}));
  }
  const auto is_constant = [](Dim d) { return d.is_constant(); };
  if (std::all_of(lowered.parameters.begin(), lowered.parameters.end(), is_constant)) {
    for (Dim d : lowered.parameters) step.constants.push_back(d.value());
  } else {
    step.parameters = program_.integers[0].add_consecutive(lowered.parameters);
  }
  const CompiledKernel& compiled = *step.kernel;
  step.grid = integer(graph_.dims.import(compiled.integers, compiled.grid, [&](SymbolId id) {
    const auto at = std::find(compiled.parameters.begin(), compiled.parameters.end(), id) - compiled.parameters.begin();
    return lowered.parameters[static_cast<std::size_t>(at)];
  }));
  step.work = integer(graph_.dims.product(piece.region->domain));
  step.weight = weight_of(built(piece, k));
  program_.kernels.push_back(std::move(step));
}

OperandLayout Assembler::operand(Value v) {
  const Location& location = locations_.at(v);
  OperandLayout layout;
  layout.argument = static_cast<std::int32_t>(program_.argument_places.size());
  program_.argument_places.push_back(place(location));
  layout.dtype = node(v).type.dtype;
  layout.offset = integer(location.layout.offset);
  for (Dim extent : node(v).type.shape) layout.shape.push_back(integer(extent));
  for (Dim stride : location.layout.strides) layout.strides.push_back(integer(stride));
  return layout;
}

/// What the call is where it is a plain copy of bytes. All of its operands must be known now.
std::optional<ByteCopy> byte_copy(const LibraryStep& step) {
  const library::Function& function = *step.function;
  if (function.copied_range == nullptr || !step.dims.empty()) return std::nullopt;
  const auto is_known = [](const Integer& i) { return i.slot < 0; };
  SmallVector<library::Operand, 4> operands;
  for (const OperandLayout& layout : step.operands) {
    if (!is_known(layout.offset) || !std::all_of(layout.shape.begin(), layout.shape.end(), is_known) ||
        !std::all_of(layout.strides.begin(), layout.strides.end(), is_known)) {
      return std::nullopt;
    }
    library::Operand& operand = operands.emplace_back();
    operand.dtype = layout.dtype;
    for (const Integer& extent : layout.shape) operand.shape.push_back(extent.constant);
    for (const Integer& stride : layout.strides) operand.strides.push_back(stride.constant);
  }
  const OperandLayout& changed = step.operands[static_cast<std::size_t>(function.in_place)];
  const OperandLayout& update = step.operands[1];
  const auto range = function.copied_range(step.call, {operands.data(), operands.size()});
  if (!range || !operands[static_cast<std::size_t>(function.in_place)].row_major() || changed.offset.constant != 0 ||
      operands.back().elements() == 0) {
    return std::nullopt;
  }
  ByteCopy copy;
  copy.to = step.operands.back().argument;
  copy.from = update.argument;
  copy.to_offset = static_cast<std::int64_t>(range->offset);
  copy.from_offset = update.offset.constant * update.dtype.size();
  copy.bytes = range->bytes;
  copy.changed = changed.argument;
  return copy;
}

void Assembler::make_library_step(const Piece& piece) {
  const Value v = piece.region->outputs[0];
  LibraryStep step;
  step.call = node(v).primitive;
  step.function = &library::function_of(step.call);
  const auto& dims = step.call.dims;
  if (!std::all_of(dims.begin(), dims.end(), [](Dim d) { return d.is_constant(); })) {
    for (Dim d : dims) step.dims.push_back(integer(d));
  }
  for (Value input : node(v).inputs) step.operands.push_back(operand(input));
  step.operands.push_back(operand(v));
  step.copy = byte_copy(step);
  program_.steps.push_back(~static_cast<StepIndex>(program_.libraries.size()));
  program_.libraries.push_back(std::move(step));
}

void Assembler::make_steps() {
  for (std::size_t begin = 0; begin < pieces_.size();) {
    const std::size_t end = launch_end(begin);
    if (pieces_[begin].region->kind == RegionKind::library) make_library_step(pieces_[begin]);
    for (std::size_t k = 0; k < pieces_[begin].lowered.kernels.size(); ++k) {
      const std::size_t first = program_.kernels.size();
      program_.steps.push_back(static_cast<StepIndex>(first));
      for (std::size_t p = begin; p < end; ++p) make_kernel_step(pieces_[p], k, temporaries_[p]);
      program_.kernels[first].together = static_cast<std::int32_t>(end - begin);
      ++program_.statistics_.kernels;
    }
    begin = end;
  }
  program_.statistics_.library_calls = static_cast<int>(program_.libraries.size());
}

void Assembler::make_slots() {
  for (std::size_t s = 0; s < memory_.slot_bytes.size(); ++s) {
    PlannedSlot slot;
    slot.bytes = integer(memory_.slot_bytes[s]);
    program_.statistics_.planned_bytes += hint(memory_.slot_bytes[s]);
    const auto first = static_cast<std::size_t>(memory_.first_value[s]);
    for (int input : donors_[first]) {
      if (may_take(first, input)) slot.donors.push_back(input);
    }
    program_.slots.push_back(std::move(slot));
  }
}

/// The memory of `input` is free for what is written under `number`: nobody reads it later, and nothing can fail later.
bool Assembler::may_take(std::size_t number, int input) const {
  const auto i = static_cast<std::size_t>(input);
  const int defined = numbers_[number].defined;
  return input_last_use_[i] == defined && !input_escapes_[i] && defined > last_failing_step_;
}

// A new state takes the memory of the old one, not that of a gradient that dies with it: else each call would give the
// old one back and keep another.
void Assembler::prefer_inputs() {
  std::vector<bool> promised(graph_.inputs.size(), false);
  for (std::size_t number = 0; number < numbers_.size(); ++number) {
    if (!numbers_[number].is_output) continue;
    for (int input : donors_[number]) {
      if (promised[static_cast<std::size_t>(input)] || !may_take(number, input)) continue;
      promised[static_cast<std::size_t>(input)] = numbers_[number].takes_input = true;
      break;
    }
  }
}

void Assembler::make_outputs() {
  for (Value v : graph_.outputs) {
    const Location& location = locations_.at(v);
    PlannedOutput out;
    out.place = place(location);
    out.type = node(v).type;
    out.whole_input = std::find(graph_.inputs.begin(), graph_.inputs.end(), v) != graph_.inputs.end();
    out.offset = integer(location.layout.offset);
    out.contiguous = location.contiguous;
    for (Dim extent : out.type.shape) out.shape.push_back(integer(extent));
    for (Dim stride : location.layout.strides) out.strides.push_back(integer(stride));
    program_.output_types_.push_back(out.type);
    program_.outputs.push_back(std::move(out));
  }
  const auto& types = program_.output_types_;
  if (std::all_of(types.begin(), types.end(), [](const ArrayType& t) { return t.shape.is_constant(); })) return;
  IntegerCode& extents = program_.output_extents.emplace_back(graph_.dims);
  for (const ArrayType& type : types) {
    auto& shape = program_.output_shapes.emplace_back();
    for (Dim extent : type.shape) shape.push_back(extents.add(extent));
  }
}

void Assembler::count_bytes() {
  for (const Piece& piece : pieces_) {
    if (piece.region->kind == RegionKind::view) continue;
    for (Value v : piece.region->inputs) program_.statistics_.bytes_read += hint(bytes_of(node(v).type));
    for (Value v : piece.region->outputs) program_.statistics_.bytes_written += hint(bytes_of(node(v).type));
  }
}

void Assembler::run() {
  program_.input_count = graph_.inputs.size();
  program_.integers.emplace_back(graph_.dims);
  place_inputs();
  find_symbols();
  for (std::size_t begin = 0; begin < pieces_.size();) {
    const std::size_t end = launch_end(begin);
    number_pieces(begin, end);
    begin = end;
  }
  pin_outputs();
  prefer_inputs();
  memory_ = plan_memory(numbers_);
  make_steps();
  make_slots();
  make_outputs();
  count_bytes();
}

}  // namespace

bool is_empty(const graph::Graph& graph, const graph::FusedRegion& region) {
  return std::all_of(region.outputs.begin(), region.outputs.end(), [&](Value v) {
    const Shape& shape = graph.nodes[static_cast<std::size_t>(v)].type.shape;
    return std::find(shape.begin(), shape.end(), Dim(0)) != shape.end();
  });
}

void check_stage(std::string_view stage) {
  if (stage == "kernel" || stage == "legal" || stage == "llvm" || stage == "asm") return;
  fail<ValueError>("[dump] There is no stage '{}'; there are graph, fused, kernel, legal, llvm and asm.", stage);
}

void assemble(PlannedProgram& program, graph::Graph& graph, const std::vector<Piece>& pieces) {
  Assembler(program, graph, pieces).run();
}

}  // namespace cermet::exec
