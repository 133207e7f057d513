// Elementwise regions: one nest of parallel loops a domain, one store an output. Reductions are in reduction.cpp.
#include "lower/lower.h"

#include <algorithm>

#include "base/error.h"
#include "lower/emitter.h"
#include "lower/reduction.h"
#include "lower/scan.h"

namespace cermet::lower {
namespace {

/// Outputs that are stored by one nest of loops: `values[k]` holds the elements of `outputs[k]` in row-major order.
struct Nest {
  Shape domain;
  std::vector<graph::Value> outputs;
  std::vector<graph::Value> values;
};

std::vector<Nest> nests_of(const graph::Graph& graph, const graph::FusedRegion& region) {
  std::vector<Nest> nests;
  IntExprTable dims = graph.dims;
  const bool positional = region.outputs.size() > 1 && is_positional(graph, region);
  for (graph::Value out : region.outputs) {
    const graph::Value value = peel_reshapes(graph, out, region.inputs);
    const Shape& shape = graph.nodes[static_cast<std::size_t>(value)].type.shape;
    auto nest = std::find_if(nests.begin(), nests.end(), [&](const Nest& n) {
      return same_but_for_ones(n.domain, shape) || (positional && dims.product(n.domain) == dims.product(shape));
    });
    if (nest == nests.end()) nest = nests.insert(nests.end(), {shape, {}, {}});
    nest->outputs.push_back(out);
    nest->values.push_back(value);
  }
  return nests;
}

LoweredKernel lower_nest(const graph::Graph& graph, const graph::FusedRegion& region, const Nest& nest) {
  LoweredKernel out;
  Emitter emit(graph, region.inputs, out);
  emit.lift(region.lifted);
  const Index extents = emit.dims(nest.domain);
  emit.parallel(extents, [&](const Index& index) {
    const IntExpr position = linearize(emit.integers(), index, extents);
    emit.set_home(position);
    // All values before all stores: an output may share the memory of an input (InPlace).
    std::vector<kernel::Value> values;
    for (graph::Value v : nest.values) {
      values.push_back(emit.at(v, index_in(emit.integers(), emit.dims(emit.node(v).type.shape), extents, index)));
    }
    for (std::size_t k = 0; k < values.size(); ++k) {
      emit.build().store(emit.output(nest.outputs[k]), position, values[k]);
    }
  });
  emit.find_in_place(nest.outputs);
  return out;
}

/// One kernel an input: each copies its elements (or computes them) to its place in the output.
void lower_concatenate(const graph::Graph& graph, const graph::FusedRegion& region, graph::Value output,
                       graph::Value value, std::vector<LoweredKernel>& kernels) {
  const graph::Node& n = graph.nodes[static_cast<std::size_t>(value)];
  const auto axis = static_cast<std::size_t>(n.primitive.axes[0]);
  for (std::size_t k = 0; k < n.inputs.size(); ++k) {
    const graph::Value part = n.inputs[k];
    const Shape& shape = graph.nodes[static_cast<std::size_t>(part)].type.shape;
    if (std::find(shape.begin(), shape.end(), Dim(0)) != shape.end()) continue;
    LoweredKernel& out = kernels.emplace_back();
    Emitter emit(graph, region.inputs, out);
    emit.lift(region.lifted);
    const Index whole = emit.dims(n.type.shape);
    IntExpr begin = 0;
    for (std::size_t j = 0; j < k; ++j) {
      begin = emit.integers().add(begin, emit.dim(emit.node(n.inputs[j]).type.shape[axis]));
    }
    emit.parallel(emit.dims(shape), [&](const Index& index) {
      Index target = index;
      target[axis] = emit.integers().add(target[axis], begin);
      const kernel::Value element = emit.at(part, index);
      emit.build().store(emit.output(output), linearize(emit.integers(), target, whole), element);
    });
  }
}

LoweredRegion lower_elementwise(const graph::Graph& graph, const graph::FusedRegion& region) {
  LoweredRegion out;
  for (const Nest& nest : nests_of(graph, region)) {
    const graph::Value first = nest.values[0];
    const bool in_memory = std::find(region.inputs.begin(), region.inputs.end(), first) != region.inputs.end();
    const bool concatenation =
        graph.nodes[static_cast<std::size_t>(first)].primitive.kind == PrimitiveKind::concatenate && !in_memory;
    if (concatenation && nest.outputs.size() == 1) {
      lower_concatenate(graph, region, nest.outputs[0], first, out.kernels);
    } else {
      out.kernels.push_back(lower_nest(graph, region, nest));
    }
  }
  return out;
}

}  // namespace

LoweredRegion lower(graph::Graph& graph, const graph::FusedRegion& region, const Target& target) {
  LoweredRegion out;
  if (region.kind == graph::RegionKind::elementwise) {
    out = lower_elementwise(graph, region);
  } else {
    check(graph::is_generated(region.kind), "lower: regions of kind {} become no kernels", name(region.kind));
    out = region.kind == graph::RegionKind::scan ? lower_scan(graph, region, target)
                                                 : lower_reduction(graph, region, target);
  }
  for (LoweredKernel& k : out.kernels) k.kernel.name = "kernel";
  return out;
}

}  // namespace cermet::lower
