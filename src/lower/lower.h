// A fused region of a graph becomes one kernel, or two where a long reduction is split into partials and a combine.
#pragma once

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

struct LoweredKernel {
  kernel::Kernel kernel;             ///< Stage::built; its non-scratch buffers in the order of `bindings`.
  std::vector<Binding> bindings;
  std::vector<Dim> parameters;       ///< Expressions over the graph's dims, parallel to kernel.parameters.
};

struct Temporary {
  Dtype dtype;
  Dim elements;
};

struct LoweredRegion {
  std::vector<LoweredKernel> kernels;  ///< In order; each sees what the earlier ones wrote.
  std::vector<Temporary> temporaries;
};

/// Lowers an elementwise or reduction region. Extents and strides that are constants in the graph are constants in the
/// kernel; symbols become parameters. Names are canonical (b0, p0, i0, ...), so equal regions print equal kernels.
LoweredRegion lower(const graph::Graph& graph, const graph::FusedRegion& region, const Target& target);

}  // namespace cermet::lower
