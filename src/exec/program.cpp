// Running a planned program. The path of a small program takes no lock and allocates only its results.
#include "exec/program.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/error.h"
#include "exec/planned_program.h"
#include "runtime/thread_pool.h"

namespace cermet::exec {
namespace {

std::atomic<std::uint64_t> kernel_count{0};
std::atomic<std::uint64_t> library_count{0};

// A range shorter than this costs more to hand to another thread than to run.
constexpr double range_nanoseconds = 20'000;

using Slots = SmallVector<std::int64_t, 32>;
using Buffers = SmallVector<runtime::BufferRef, 8>;
using Taken = SmallVector<std::int32_t, 8>;  // inputs whose memory the program took

void read_symbols(const PlannedProgram& program, std::span<const Data> inputs, std::int64_t* slots) {
  for (const SymbolSource& s : program.symbol_sources) {
    const Data& input = inputs[static_cast<std::size_t>(s.input)];
    const auto axis = static_cast<std::size_t>(s.axis);
    const std::int64_t value = s.stride ? input.strides[axis] : input.shape[axis];
    slots[s.symbol] = s.divisor == 1 ? value : value / s.divisor;
  }
  program.integers[0].run(slots);
}

/// The memory of every slot: a donated input's where one fits, else new. Nothing has run when this throws.
Buffers reserve(const PlannedProgram& program, std::span<const Data> inputs, std::span<const bool> donatable,
                const std::int64_t* slots, Taken& taken) {
  Buffers buffers;
  buffers.reserve(program.slots.size());
  for (const PlannedSlot& slot : program.slots) {
    const auto bytes = static_cast<std::size_t>(slot.bytes.value(slots));
    runtime::BufferRef buffer;
    if (!donatable.empty()) {
      for (std::int32_t donor : slot.donors) {
        const Data& input = inputs[static_cast<std::size_t>(donor)];
        if (!donatable[static_cast<std::size_t>(donor)] || !input.contiguous || input.offset != 0 ||
            input.buffer->bytes() != bytes || input.buffer->shared() ||
            std::find(taken.begin(), taken.end(), donor) != taken.end()) {
          continue;
        }
        buffer = input.buffer;
        taken.push_back(donor);
        break;
      }
    }
    buffers.push_back(buffer ? std::move(buffer) : runtime::allocate(bytes));
  }
  return buffers;
}

Data output_data(const PlannedOutput& out, std::span<const Data> inputs, const Buffers& buffers,
                 const std::int64_t* slots) {
  const auto place = static_cast<std::size_t>(out.place);
  if (out.whole_input) return inputs[place];
  Data data;
  const bool of_input = place < inputs.size();
  data.buffer = of_input ? inputs[place].buffer : buffers[place - inputs.size()];
  data.offset = out.offset.value(slots) + (of_input ? inputs[place].offset : 0);
  data.dtype = out.type.dtype;
  data.contiguous = out.contiguous;
  for (const Integer& extent : out.shape) data.shape.push_back(extent.value(slots));
  for (const Integer& stride : out.strides) data.strides.push_back(stride.value(slots));
  return data;
}

struct Launch {
  runtime::LoadedKernel::Entry entry;
  void* const* arguments;
  const std::int64_t* parameters;
};

void run_step(const LibraryStep& step, void* const* arguments, const std::int64_t* slots) {
  if (step.copy && arguments[step.copy->changed] == arguments[step.copy->to]) {
    const ByteCopy& copy = *step.copy;
    library_count.fetch_add(1, std::memory_order_relaxed);
    std::memmove(static_cast<char*>(arguments[copy.to]) + copy.to_offset,
                 static_cast<const char*>(arguments[copy.from]) + copy.from_offset, copy.bytes);
    return;
  }
  SmallVector<library::Operand, 4> operands;
  for (const OperandLayout& layout : step.operands) {
    library::Operand& operand = operands.emplace_back();
    operand.data = static_cast<char*>(arguments[layout.argument]) +
                   layout.offset.value(slots) * static_cast<std::int64_t>(layout.dtype.size());
    operand.dtype = layout.dtype;
    for (const Integer& extent : layout.shape) operand.shape.push_back(extent.value(slots));
    for (const Integer& stride : layout.strides) operand.strides.push_back(stride.value(slots));
  }
  if (step.dims.empty()) return call_library(*step.function, step.call, operands);
  Primitive call = step.call;
  for (std::size_t k = 0; k < step.dims.size(); ++k) call.dims[k] = step.dims[k].value(slots);
  call_library(*step.function, call, operands);
}

}  // namespace

void launch(const KernelStep& step, void* const* arguments, const std::int64_t* slots) {
  kernel_count.fetch_add(1, std::memory_order_relaxed);
  const std::int64_t* parameters = step.constants.empty() ? slots + step.parameters : step.constants.data();
  if (step.entry == nullptr) return kernel::interpret(step.kernel->interpreted, arguments, parameters);
  const std::int64_t grid = step.grid.value(slots);
  if (grid <= 0) return;
  const double cost = static_cast<double>(step.work.value(slots)) * step.weight;
  if (cost < 2 * range_nanoseconds || grid == 1) return step.entry(arguments, parameters, 0, grid);
  const auto grain = static_cast<std::int64_t>(range_nanoseconds / (cost / static_cast<double>(grid)));
  Launch call{step.entry, arguments, parameters};
  runtime::parallel_for(
      grid, std::max<std::int64_t>(grain, 1),
      [](void* context, std::int64_t begin, std::int64_t end) {
        const Launch& l = *static_cast<const Launch*>(context);
        l.entry(l.arguments, l.parameters, begin, end);
      },
      &call);
}

namespace {

const std::int64_t* parameters_of(const KernelStep& step, const std::int64_t* slots) {
  return step.constants.empty() ? slots + step.parameters : step.constants.data();
}

/// Kernels in a row, their grids one after the other.
struct LaunchTogether {
  std::span<const KernelStep> steps;
  std::span<const std::int64_t> ends;  ///< Of each kernel's grid in the whole.
  void* const* arguments;
  const std::int64_t* slots;

  void run(std::int64_t begin, std::int64_t end) const {
    auto k = static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), begin) - ends.begin());
    for (; begin < end; ++k) {
      const std::int64_t first = k == 0 ? 0 : ends[k - 1], stop = std::min(end, ends[k]);
      const KernelStep& step = steps[k];
      if (stop > begin) {
        step.entry(arguments + step.first_argument, parameters_of(step, slots), begin - first, stop - first);
      }
      begin = stop;
    }
  }
};

}  // namespace

void launch_together(std::span<const KernelStep> steps, void* const* arguments, const std::int64_t* slots) {
  kernel_count.fetch_add(1, std::memory_order_relaxed);
  SmallVector<std::int64_t, 16> ends;
  std::int64_t grid = 0;
  double cost = 0;
  for (const KernelStep& step : steps) {
    if (step.entry == nullptr) {
      kernel::interpret(step.kernel->interpreted, arguments + step.first_argument, parameters_of(step, slots));
      continue;
    }
    grid += std::max<std::int64_t>(step.grid.value(slots), 0);
    cost += static_cast<double>(step.work.value(slots)) * step.weight;
    ends.push_back(grid);
  }
  if (grid == 0) return;
  LaunchTogether all{steps, {ends.data(), ends.size()}, arguments, slots};
  if (cost < 2 * range_nanoseconds) return all.run(0, grid);
  const auto grain = static_cast<std::int64_t>(range_nanoseconds / (cost / static_cast<double>(grid)));
  runtime::parallel_for(
      grid, std::max<std::int64_t>(grain, 1),
      [](void* context, std::int64_t begin, std::int64_t end) {
        static_cast<const LaunchTogether*>(context)->run(begin, end);
      },
      &all);
}

std::vector<Data> PlannedProgram::run(std::span<const Data> inputs, std::span<const bool> donatable,
                                      std::span<bool> overwritten) const {
  check(inputs.size() == input_count, "a program of {} inputs was given {}", input_count, inputs.size());
  Slots values(std::max<std::size_t>(integers[0].slots(), 1));
  read_symbols(*this, inputs, values.data());
  Taken taken;
  const Buffers buffers = reserve(*this, inputs, donatable, values.data(), taken);

  SmallVector<void*, 32> arguments;
  arguments.reserve(argument_places.size());
  for (Place place : argument_places) {
    const auto p = static_cast<std::size_t>(place);
    arguments.push_back(p < inputs.size() ? inputs[p].pointer() : buffers[p - inputs.size()]->data());
  }
  std::size_t done = 0;
  try {
    for (; done < steps.size(); ++done) {
      const StepIndex step = steps[done];
      if (step >= 0) {
        const KernelStep& kernel = kernels[static_cast<std::size_t>(step)];
        if (kernel.together == 1) {
          launch(kernel, arguments.data() + kernel.first_argument, values.data());
        } else {
          launch_together({&kernel, static_cast<std::size_t>(kernel.together)}, arguments.data(), values.data());
        }
      } else {
        run_step(libraries[static_cast<std::size_t>(~step)], arguments.data(), values.data());
      }
    }
  } catch (...) {
    for (std::size_t i = 0; done > 0 && !overwritten.empty() && i < taken.size(); ++i) {
      overwritten[static_cast<std::size_t>(taken[i])] = true;
    }
    throw;
  }
  std::vector<Data> results;
  results.reserve(outputs.size());
  for (const PlannedOutput& out : outputs) results.push_back(output_data(out, inputs, buffers, values.data()));
  return results;
}

std::vector<ArrayType> PlannedProgram::output_types_for(std::span<const Shape* const> inputs) const {
  std::vector<ArrayType> types = output_types_;
  if (output_extents.empty()) return types;
  Slots values(std::max<std::size_t>(output_extents[0].slots(), 1));
  for (const SymbolSource& s : symbol_sources) {
    if (s.stride) continue;
    const Shape& shape = *inputs[static_cast<std::size_t>(s.input)];
    values[s.symbol] = shape[static_cast<std::size_t>(s.axis)].value() / s.divisor;
  }
  output_extents[0].run(values.data());
  for (std::size_t k = 0; k < types.size(); ++k) {
    for (std::size_t axis = 0; axis < types[k].shape.size(); ++axis) {
      types[k].shape[axis] = output_shapes[k][axis].value(values.data());
    }
  }
  return types;
}

void call_library(const library::Function& function, const Primitive& call,
                  std::span<const library::Operand> operands) {
  if (operands.back().elements() == 0) return;
  library_count.fetch_add(1, std::memory_order_relaxed);
  function.run(call, operands);
}

std::uint64_t kernels_launched() { return kernel_count.load(std::memory_order_relaxed); }
std::uint64_t library_calls_made() { return library_count.load(std::memory_order_relaxed); }

}  // namespace cermet::exec
