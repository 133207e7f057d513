// A fused region of a graph becomes one kernel, or several where outputs have different domains or where a long
// reduction is split into partials and a combine.
#pragma once

#include <utility>
#include <vector>

#include "graph/passes/fuse.h"
#include "kernel/kernel.h"
#include "target/target.h"

namespace cermet::lower {

/// What one buffer argument of a kernel is bound to.
struct Binding {
  enum class Kind : std::uint8_t { value, temporary } kind = Kind::value;
  graph::Value value = -1;  ///< A region input or output.
  int temporary = -1;       ///< Index into LoweredRegion::temporaries.
};

/// An output may take the memory of an input: the kernel reads each element of `input` only before it writes `output`
/// at the same position, and both have the same bytes. Both are positions in LoweredKernel::bindings.
struct InPlace {
  int output = -1;
  int input = -1;
};

struct LoweredKernel {
  kernel::Kernel kernel;  ///< Stage::built; its non-scratch buffers in the order of `bindings`.
  std::vector<Binding> bindings;
  std::vector<Dim> parameters;  ///< Expressions over the graph's dims, parallel to kernel.parameters.
  std::vector<InPlace> in_place;
};

struct Temporary {
  Dtype dtype;
  Dim elements;  ///< Over the graph's dims.
};

struct LoweredRegion {
  std::vector<LoweredKernel> kernels;  ///< In order; each sees what the earlier ones wrote.
  std::vector<Temporary> temporaries;
};

/// Lowers an elementwise, reduction or scan region. Extents and strides that are constants in the graph are constants
/// in the kernel; symbols become parameters. Names are canonical (b0, p0, i0, ...), so equal regions print equal
/// kernels. Adds expressions (sizes of temporaries) to `graph.dims`, and changes nothing else of the graph.
LoweredRegion lower(graph::Graph& graph, const graph::FusedRegion& region, const Target& target);

}  // namespace cermet::lower
