// vmap: traces the function for one element of the batch and runs the graph on all of them (batching.h).
#include <cermet/autodiff.h>
#include <cermet/ops.h>

#include <optional>
#include <unordered_map>

#include "array/dims.h"
#include "array/node_building.h"
#include "transforms/batching.h"
#include "transforms/trace.h"

namespace cermet {

namespace {

using Arrays = std::vector<array>;
constexpr int unbatched = -1;

/// The common extent of the batched axes.
Dim batch_size(const Arrays& arguments, const std::vector<int>& in_axes) {
  if (in_axes.size() != arguments.size()) {
    fail<ValueError>("[vmap] `in_axes` has {} entries for {} arrays.", in_axes.size(), arguments.size());
  }
  std::optional<Dim> size;
  std::size_t first = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (in_axes[i] == unbatched) continue;
    if (in_axes[i] < 0 || in_axes[i] >= arguments[i].ndim()) {
      fail<ValueError>("[vmap] `in_axes` names axis {} of array {}, which has shape {}.", in_axes[i], i,
                       to_string(arguments[i].shape()));
    }
    const Dim extent = arguments[i].shape()[static_cast<std::size_t>(in_axes[i])];
    if (size && !dim_equal(*size, extent)) {
      fail<ValueError>("[vmap] The batch axes have different extents: {} (array {}) and {} (array {}).",
                       dim_hint(*size), first, dim_hint(extent), i);
    }
    if (!size) first = i;
    size = extent;
  }
  if (!size) fail<ValueError>("[vmap] At least one array must be batched; every entry of `in_axes` is None.");
  return *size;
}

/// The graph of f for one element, and what it needs beside its arguments.
struct TracedElement {
  explicit TracedElement(const ArrayFunction& f, const Arrays& arguments, const std::vector<int>& in_axes)
      : trace("vmap") {
    {
      Arrays elements;
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        ArrayType type{arguments[i].shape(), arguments[i].dtype()};
        if (in_axes[i] != unbatched) type.shape.erase(type.shape.begin() + in_axes[i]);
        elements.push_back(trace.input(type));
        inputs.push_back(elements.back().node()->traced);
      }
      CustomCalls seen;
      for (const array& y : f(elements)) results.push_back(trace.value_of(y.node()));
      seen.stop();
      for (const CustomCalls::Call& call : seen.calls())
        calls.push_back({values(call.inputs), values(call.outputs), call.derivative});
    }
    trace.stop();
    if (trace.written_handles().empty()) return;
    fail<TraceError>("[vmap] The function assigned to an array from outside; return the new value instead.");
  }

  std::vector<graph::Value> values(const std::vector<exec::NodeRef>& nodes) {
    std::vector<graph::Value> out;
    for (const exec::NodeRef& node : nodes) out.push_back(trace.value_of(node));
    return out;
  }

  Trace trace;
  std::vector<graph::Value> inputs, results;
  std::vector<TracedCall> calls;
};

}  // namespace

ArrayFunction vmap(ArrayFunction f, std::vector<int> in_axes, std::vector<int> out_axes) {
  return [f = std::move(f), in_axes = std::move(in_axes), out_axes = std::move(out_axes)](const Arrays& arguments) {
    const std::vector<int> from = in_axes.empty() ? std::vector<int>(arguments.size(), 0) : in_axes;
    const Dim size = batch_size(arguments, from);
    TracedElement element(f, arguments, from);
    Trace& trace = element.trace;

    std::unordered_map<graph::Value, BatchedArray> known;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const bool batched = from[i] != unbatched;
      known.emplace(element.inputs[i],
                    BatchedArray{batched ? moveaxis(arguments[i], from[i], 0) : arguments[i], batched});
    }
    for (const auto& capture : trace.captures()) known.emplace(capture.value, BatchedArray{array(capture.node), false});
    std::vector<graph::Value> wanted = element.results;
    for (const auto& state : trace.states()) {
      if (Recorder* recorder = Recorder::current()) recorder->use_state(state.handle);
      known.emplace(state.initial, BatchedArray{array(state.handle->node()), false});
      wanted.push_back(trace.value_of(state.final));
    }
    std::vector<BatchedArray> inputs;
    for (graph::Value input : trace.graph().inputs) inputs.push_back(known.at(input));
    std::vector<BatchedArray> values = run_batched(trace.graph(), inputs, wanted, size, element.calls);

    const std::size_t count = element.results.size();
    if (!out_axes.empty() && out_axes.size() != count) {
      fail<ValueError>("[vmap] `out_axes` has {} entries for {} results.", out_axes.size(), count);
    }
    Arrays outputs;
    for (std::size_t i = 0; i < count; ++i) {
      const int to = out_axes.empty() ? 0 : out_axes[i];
      if (to == unbatched && !values[i].batched) {
        outputs.push_back(values[i].value);
        continue;
      }
      const array all = spread_batch(values[i], size);
      if (to < 0 || to >= all.ndim()) {
        fail<ValueError>("[vmap] `out_axes` names axis {} of result {}, which has {} dimensions with the batch.", to, i,
                         all.ndim());
      }
      outputs.push_back(to == 0 ? all : moveaxis(all, 0, to));
    }
    for (std::size_t i = 0; i < trace.states().size(); ++i) {
      check(!values[count + i].batched, "a random state differs from element to element");
      trace.states()[i].handle->overwrite(values[count + i].value);
    }
    return outputs;
  };
}

}  // namespace cermet
