// Tracing: ops of this thread are recorded into a graph instead of being evaluated. A trace is a transaction: handles
// that existed before it are never written, and dropping it leaves nothing behind.
#pragma once

#include <cermet/array.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "array/observer.h"
#include "array/recorder.h"
#include "array/symbols.h"
#include "graph/graph.h"

namespace cermet {

/// The user's source line ("model.py:12 in gelu") for nodes and errors; "" if unknown. Null (the default): no lines.
using SourceHook = std::string (*)();
void set_source_hook(SourceHook hook);

/// Makes this thread record while it lives. A trace inside another (vmap in a compiled function) captures what the
/// outer one made; tapes outside of it do not see what it records.
class Trace final : public Recorder {
 public:
  /// `name` is the traced function's, for errors and dumps. With `symbols` it is shapeless; they must outlive it.
  explicit Trace(std::string name, TraceSymbols* symbols = nullptr);
  ~Trace() override;

  /// A new input of the graph.
  array input(const ArrayType& type);
  /// The same with symbols for the extents, those of array `array` of the call, where the trace has symbols.
  /// Only extents of the axes in the mask `axes` are symbols.
  array symbolic_input(ArrayType type, std::int32_t array, std::uint64_t axes = ~std::uint64_t{0});

  /// Ends recording (idempotent); the graph can be taken and handles behave as outside again.
  void stop();

  graph::Graph& graph() { return graph_; }
  /// The graph value of a traced or concrete array, recording a capture where it is concrete.
  graph::Value value_of(const exec::NodeRef& node);

  /// A concrete array that the function used without being given it, or made of data, and the input that stands for it
  /// (-1: a scalar that became a literal).
  struct Capture {
    exec::NodeRef node;
    graph::Value value;
    std::string line;  ///< Where it was used first, if lines are noted.
  };
  const std::vector<Capture>& captures() const { return captures_; }
  const std::vector<Capture>& captured_scalars() const { return captured_scalars_; }
  /// From now on captures say where they were used.
  void note_lines_of_captures() { notes_lines_ = true; }
  /// A handle that was read as state (use_state): its input, and its value at the end of the trace.
  struct State {
    array* handle;
    graph::Value initial;
    exec::NodeRef final;
  };
  const std::vector<State>& states() const { return states_; }
  /// Handles from before the trace that it assigned to, other than states.
  std::vector<array*> written_handles() const;

  // Recorder
  exec::NodeRef record(Primitive primitive, std::span<const exec::NodeRef> inputs, const Stream& stream) override;
  exec::NodeRef capture(const exec::NodeRef& node) override;
  const exec::NodeRef* overlay(const array* handle) const override;
  void write(array* handle, exec::NodeRef node) override;
  void use_state(array* handle) override;
  exec::NodeRef concrete(const exec::NodeRef& node) const override;
  std::string where() const override;
  std::string source() const override;
  IntExprTable& dims() override { return graph_.dims; }
  TraceSymbols* symbols() const override { return symbols_; }
  void rewrite_dims(const std::function<Dim(Dim)>& replacement) override;

 private:
  exec::NodeRef traced_node(graph::Value value, const Stream& stream);
  void mark_source();
  graph::Value capture_value(const exec::NodeRef& node);
  bool is_of_surrounding_trace(const exec::Node& node) const;

  std::string name_;
  TraceSymbols* symbols_ = nullptr;
  SymbolValues* replaced_values_ = nullptr;  // what answered for symbols before
  std::vector<exec::NodeRef> traced_nodes_;  // all, where there are symbols: their extents may be replaced
  std::optional<Observer::Pause> unobserved_;
  graph::Graph graph_;
  graph::Builder builder_;
  bool active_ = true;
  std::vector<Capture> captures_, captured_scalars_;
  bool notes_lines_ = false;
  std::vector<State> states_;
  std::unordered_map<const exec::Node*, graph::Value> captured_;
  std::unordered_map<const array*, exec::NodeRef> overlay_;
  std::unordered_map<std::string, std::uint32_t> source_index_;
};

/// True while this thread records or its operations go to a tape: compiled functions run as plain ones then.
bool is_tracing();

}  // namespace cermet
