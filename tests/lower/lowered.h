// Runs graphs through fuse and lower and interprets the kernels: what the tests of lowering compare with
// graph::interpret.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "graph/graph_building.h"
#include "graph/passes/fuse.h"
#include "kernel/kernel.h"
#include "lower/lower.h"
#include "target/target.h"

namespace cermet::lower::testing {

using graph::Value;
using graph::testing::Elements;

inline Target two_threads() {
  Target target = target_preset("x86-64-v4");
  target.threads = 2;
  return target;
}

inline bool has_kernels(const graph::FusedRegion& region) { return graph::is_generated(region.kind); }

/// The kernels of all regions, one after the other.
inline std::string lowered_text(graph::Graph graph) {
  std::string text;
  for (const graph::FusedRegion& region : graph::fuse(graph, {})) {
    if (!has_kernels(region)) continue;
    for (const LoweredKernel& k : lower(graph, region, two_threads()).kernels) {
      kernel::verify(k.kernel, kernel::Stage::built);
      text += kernel::print(k.kernel) + "\n";
    }
  }
  return text;
}

/// Memory of the values of one run of a graph whose inputs are contiguous.
class LoweredRun {
 public:
  LoweredRun(graph::Graph graph, const std::vector<Elements>& inputs, Target target = two_threads())
      : graph_(std::move(graph)), target_(std::move(target)) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Bytes& bytes = memory_of(graph_.inputs[i]);
      const std::size_t size = type(graph_.inputs[i]).dtype.size();
      for (std::size_t k = 0; k < inputs[i].size(); ++k) inputs[i][k].store(bytes.data() + k * size);
    }
    for (const graph::FusedRegion& region : graph::fuse(graph_, {})) {
      if (has_kernels(region)) run(region);
    }
  }

  int kernels() const { return kernels_; }
  /// Nothing for outputs that are views.
  Elements elements(Value v) {
    Elements out;
    const auto found = memory_.find(v);
    if (found == memory_.end()) return out;
    const std::size_t size = type(v).dtype.size();
    for (std::int64_t k = 0; k < graph::testing::count(graph_, type(v).shape); ++k) {
      out.push_back(Literal::load(type(v).dtype, found->second.data() + static_cast<std::size_t>(k) * size));
    }
    return out;
  }

 private:
  using Bytes = std::vector<unsigned char>;

  const ArrayType& type(Value v) const { return graph_.nodes[static_cast<std::size_t>(v)].type; }
  std::int64_t evaluate(Dim d) const {
    return graph_.dims.evaluate(d, [&](SymbolId id) { return graph_.dims.symbol(id).hint; });
  }
  Bytes& memory_of(Value v) {
    Bytes& bytes = memory_[v];
    bytes.resize(static_cast<std::size_t>(graph::testing::count(graph_, type(v).shape)) * type(v).dtype.size() + 1);
    return bytes;
  }

  void run(const graph::FusedRegion& region) {
    const LoweredRegion lowered = lower(graph_, region, target_);
    std::vector<Bytes> temporaries;
    for (const Temporary& t : lowered.temporaries) {
      temporaries.emplace_back(static_cast<std::size_t>(evaluate(t.elements)) * t.dtype.size() + 1);
    }
    for (const LoweredKernel& k : lowered.kernels) {
      kernel::verify(k.kernel, kernel::Stage::built);
      std::vector<void*> buffers;
      for (const Binding& b : k.bindings) {
        Bytes& bytes =
            b.kind == Binding::Kind::value ? memory_of(b.value) : temporaries[static_cast<std::size_t>(b.temporary)];
        buffers.push_back(bytes.data());
      }
      std::vector<std::int64_t> parameters;
      for (Dim d : k.parameters) parameters.push_back(evaluate(d));
      kernel::interpret(k.kernel, buffers.data(), parameters.data());
      ++kernels_;
    }
  }

  graph::Graph graph_;
  Target target_;
  std::unordered_map<Value, Bytes> memory_;
  int kernels_ = 0;
};

}  // namespace cermet::lower::testing
