// See batching.h: one rule a family of primitives. Operands that are the same for the whole batch stay so as long as
// nothing else makes a result differ.
#include "transforms/batching.h"

#include <cermet/cermet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "array/dims.h"
#include "transforms/derivative_rules.h"

namespace cermet {

namespace {

using Operands = std::span<const BatchedArray>;

class Batch {
 public:
  explicit Batch(Dim size) : size_(size) {}

  array apply(const graph::Node& node, Operands operands) const {
    const Primitive& p = node.primitive;
    switch (p.kind) {
      case PrimitiveKind::elementwise:
      case PrimitiveKind::convert:
      case PrimitiveKind::bitcast:
      case PrimitiveKind::copy:
      case PrimitiveKind::depends:
        return apply_primitive(p, all_batched(operands));
      case PrimitiveKind::reduce:
        return apply_primitive(with_axes_moved(p), all_batched(operands));
      case PrimitiveKind::scan:
      case PrimitiveKind::concatenate: {
        Primitive moved = p;
        ++moved.axes[0];
        return apply_primitive(moved, all_batched(operands));
      }
      case PrimitiveKind::reshape:
        return apply_primitive(with_batch_extent(p), all_batched(operands));
      case PrimitiveKind::transpose: {
        Primitive moved = with_axes_moved(p);
        moved.axes.insert(moved.axes.begin(), 0);
        return apply_primitive(moved, all_batched(operands));
      }
      case PrimitiveKind::broadcast:
        return broadcast(p, operands[0].value);
      case PrimitiveKind::slice:
        return slice(p, operands[0].value);
      case PrimitiveKind::gather:
        return gather(p, operands);
      case PrimitiveKind::matmul:
        return matmul(p, operands);
      case PrimitiveKind::library:
        return library(node, operands);
      default:
        return one_by_one(node, operands);
    }
  }

 private:
  array spread(const BatchedArray& x) const { return spread_batch(x, size_); }

  std::vector<array> all_batched(Operands operands) const {
    std::vector<array> out;
    for (const BatchedArray& x : operands) out.push_back(spread(x));
    return out;
  }

  static Primitive with_axes_moved(const Primitive& p) {
    Primitive moved = p;
    for (std::int64_t& axis : moved.axes) ++axis;
    return moved;
  }
  Primitive with_batch_extent(const Primitive& p) const {
    Primitive moved = p;
    moved.dims.insert(moved.dims.begin(), size_);
    return moved;
  }

  array broadcast(const Primitive& p, const array& x) const {
    Shape aligned(p.dims.size() + 1, 1);
    aligned[0] = size_;
    const Shape& from = x.shape();
    for (std::size_t k = 1; k < from.size(); ++k) aligned[aligned.size() - from.size() + k] = from[k];
    const array y = reshape(x, aligned);
    return apply_primitive(with_batch_extent(p), std::span(&y, 1));
  }

  array slice(const Primitive& p, const array& x) const {
    const std::size_t rank = p.axes.size();
    Primitive moved = p;
    moved.dims.insert(moved.dims.begin() + static_cast<std::ptrdiff_t>(rank), size_);
    moved.dims.insert(moved.dims.begin(), 0);
    moved.axes.insert(moved.axes.begin(), 1);
    return apply_primitive(moved, std::span(&x, 1));
  }

  /// Axes that follow an axis of the result move with it; a batched array follows the batch.
  static SmallVector<std::int64_t, 4> moved_sources(const Primitive& p, bool array_batched) {
    SmallVector<std::int64_t, 4> axes;
    if (array_batched) axes.push_back(0);
    for (std::int64_t source : p.axes) axes.push_back(source < 0 ? source : source + 1);
    return axes;
  }

  array gather(const Primitive& p, Operands operands) const {
    Primitive moved = with_batch_extent(p);
    moved.axes = moved_sources(p, operands[0].batched);
    std::vector<array> values{operands[0].value};
    for (const BatchedArray& index : operands.subspan(1)) values.push_back(spread(index));
    return apply_primitive(moved, values);
  }

  array matmul(const Primitive& p, Operands operands) const {
    const array& a = operands[0].value;
    const array& b = operands[1].value;
    if (operands.size() == 2 && !operands[1].batched && b.ndim() == 2) {  // one large product
      const Shape shape = a.shape();
      const array rows = reshape(a, {dim_multiply(shape[0], shape[1]), shape[2]});
      const array operands_2d[] = {rows, b};
      return reshape(apply_primitive(p, operands_2d), {shape[0], shape[1], b.shape()[1]});
    }
    return apply_primitive(p, all_batched(operands));
  }

  array library(const graph::Node& node, Operands operands) const {
    const std::string_view name = node.primitive.text;
    if (name.starts_with("slice_update")) return slice_update(node, operands);
    Primitive moved = node.primitive;
    if (name.starts_with("scatter")) {
      moved.axes = moved_sources(moved, true);
      return apply_primitive(moved, all_batched(operands));
    }
    if (is_along_one_axis(name)) {
      ++moved.axes[0];
      return apply_primitive(moved, all_batched(operands));
    }
    if (name.starts_with("linalg_")) return apply_primitive(moved, all_batched(operands));
    if (name.starts_with("convolution") && dim_less(0, size_)) return batched_convolution(moved, operands, size_);
    if (name.starts_with("attention")) return batched_attention(moved, operands, size_);
    if (name == "searchsorted" && !operands[0].batched) {
      return apply_primitive(moved, std::array{operands[0].value, operands[1].value});
    }
    return one_by_one(node, operands);
  }

  static bool is_along_one_axis(std::string_view name) {
    constexpr std::string_view names[] = {"sort", "argsort", "partition", "argpartition",
                                          "topk", "fft",     "rfft",      "irfft"};
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  }

  array slice_update(const graph::Node& node, Operands operands) const {
    const bool dynamic = operands.size() == 3;
    if (dynamic && operands[2].batched) return one_by_one(node, operands);
    Primitive moved = dynamic ? with_axes_moved(node.primitive) : node.primitive;
    std::vector<array> values{spread(operands[0]), spread(operands[1])};
    if (dynamic) {
      values.push_back(operands[2].value);
    } else {
      moved.dims.insert(moved.dims.begin(), 0);
      moved.axes.insert(moved.axes.begin(), 1);
    }
    return apply_primitive(moved, values);
  }

  /// Without a rule: each element by itself.
  array one_by_one(const graph::Node& node, Operands operands) const {
    if (dim_equal(size_, 0)) {
      Shape shape = node.type.shape;
      shape.insert(shape.begin(), 0);
      return zeros(shape, node.type.dtype);
    }
    std::vector<array> results;
    for (std::int64_t i = 0; i < size_.value(); ++i) {
      std::vector<array> element;
      for (const BatchedArray& x : operands) {
        if (!x.batched) {
          element.push_back(x.value);
          continue;
        }
        Shape start(x.value.shape().size(), 0), stop = x.value.shape();
        start[0] = i;
        stop[0] = i + 1;
        element.push_back(squeeze(cermet::slice(x.value, start, stop), 0));
      }
      results.push_back(apply_primitive(node.primitive, element));
    }
    return stack(results, 0);
  }

  Dim size_;
};

// ---- Calls with rules -----------------------------------------------------------------------------------------------

using Arrays = std::vector<array>;

/// The rules of a function for all elements of a batch.
class BatchedRules final : public CustomDerivative {
 public:
  BatchedRules(std::shared_ptr<const CustomDerivative> rules, std::vector<bool> batched)
      : rules_(std::move(rules)), batched_(std::move(batched)) {}

  std::vector<MaybeArray> pull_back(std::span<const array> inputs, std::span<const array> outputs,
                                    std::span<const MaybeArray> cotangents) const override {
    const std::size_t first_output = inputs.size(), first_cotangent = first_output + outputs.size();
    const auto rule = [&](const Arrays& x) {
      const std::span<const array> all(x);
      return rules_->pull_back(all.first(first_output), all.subspan(first_output, outputs.size()),
                               maybe(all.subspan(first_cotangent), cotangents));
    };
    std::vector<MaybeArray> found = for_each_element(rule, inputs, outputs, cotangents, {});
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (found[i] && !batched_[i]) found[i] = sum(*found[i], 0);
    }
    return found;
  }

  std::vector<MaybeArray> push_forward(std::span<const array> inputs, std::span<const array> outputs,
                                       std::span<const MaybeArray> tangents) const override {
    const std::size_t first_output = inputs.size(), first_tangent = first_output + outputs.size();
    const auto rule = [&](const Arrays& x) {
      const std::span<const array> all(x);
      return rules_->push_forward(all.first(first_output), all.subspan(first_output, outputs.size()),
                                  maybe(all.subspan(first_tangent), tangents));
    };
    return for_each_element(rule, inputs, outputs, tangents, batched_);
  }

 private:
  /// `values` at the places where `like` has some.
  static std::vector<MaybeArray> maybe(std::span<const array> values, std::span<const MaybeArray> like) {
    std::vector<MaybeArray> out;
    std::size_t next = 0;
    for (const MaybeArray& x : like) out.push_back(x ? MaybeArray(values[next++]) : std::nullopt);
    return out;
  }

  template <class Rule>
  std::vector<MaybeArray> for_each_element(const Rule& rule, std::span<const array> inputs,
                                           std::span<const array> outputs, std::span<const MaybeArray> given,
                                           const std::vector<bool>& given_batched) const {
    Arrays all(inputs.begin(), inputs.end());
    std::vector<int> axes;
    for (std::size_t i = 0; i < inputs.size(); ++i) axes.push_back(batched_[i] ? 0 : -1);
    all.insert(all.end(), outputs.begin(), outputs.end());
    axes.resize(all.size(), 0);
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (!given[i]) continue;
      all.push_back(*given[i]);
      axes.push_back(given_batched.empty() || given_batched[i] ? 0 : -1);
    }
    std::vector<bool> has;
    const Arrays found = vmap(
        [&](const Arrays& x) {
          Arrays present;
          for (const MaybeArray& y : rule(x)) {
            has.push_back(y.has_value());
            if (y) present.push_back(*y);
          }
          return present;
        },
        axes)(all);
    std::vector<MaybeArray> results;
    std::size_t next = 0;
    for (bool present : has) results.push_back(present ? MaybeArray(found[next++]) : std::nullopt);
    return results;
  }

  std::shared_ptr<const CustomDerivative> rules_;
  std::vector<bool> batched_;
};

// ---- The graph ------------------------------------------------------------------------------------------------------

class BatchedRun {
 public:
  BatchedRun(const graph::Graph& graph, Dim size, std::span<const TracedCall> calls)
      : graph_(graph),
        batch_(size),
        size_(size),
        calls_(calls),
        call_of_(graph.nodes.size(), -1),
        values_(graph.nodes.size()) {
    for (std::size_t c = 0; c < calls.size(); ++c) {
      for (graph::Value v : calls[c].outputs) call_of_[at(v)] = static_cast<int>(c);
    }
  }

  void set(graph::Value v, const BatchedArray& value) { values_[at(v)] = value; }
  const BatchedArray& value(graph::Value v) const { return *values_[at(v)]; }

  /// Computes `wanted` and what they need. Of a call that tapes watch only the outputs come from here: what it does
  /// inside is hidden from them.
  void run(std::span<const graph::Value> wanted) {
    const std::vector<bool> needed = needed_nodes(wanted);
    for (std::size_t v = 0; v < graph_.nodes.size(); ++v) {
      if (!needed[v] || values_[v]) continue;
      if (call_of_[v] >= 0) {
        run_call(calls_[static_cast<std::size_t>(call_of_[v])]);
      } else {
        run_node(v);
      }
    }
  }

 private:
  static std::size_t at(graph::Value v) { return static_cast<std::size_t>(v); }

  std::span<const graph::Value> read_by(std::size_t v) const {
    if (call_of_[v] >= 0) return calls_[static_cast<std::size_t>(call_of_[v])].inputs;
    const graph::Node& node = graph_.nodes[v];
    return {node.inputs.data(), node.inputs.size()};
  }

  std::vector<bool> needed_nodes(std::span<const graph::Value> wanted) const {
    std::vector<bool> needed(graph_.nodes.size(), false);
    for (graph::Value v : wanted) needed[at(v)] = true;
    for (std::size_t v = graph_.nodes.size(); v-- > 0;) {
      if (!needed[v] || values_[v]) continue;
      for (graph::Value input : read_by(v)) needed[at(input)] = true;
    }
    return needed;
  }

  void run_node(std::size_t v) {
    const graph::Node& node = graph_.nodes[v];
    std::vector<BatchedArray> operands;
    for (graph::Value input : node.inputs) operands.push_back(value(input));
    const bool batched = std::any_of(operands.begin(), operands.end(), [](const BatchedArray& x) { return x.batched; });
    if (batched) {
      values_[v] = BatchedArray{batch_.apply(node, operands), true};
      return;
    }
    std::vector<array> plain;
    for (const BatchedArray& x : operands) plain.push_back(x.value);
    values_[v] = BatchedArray{apply_primitive(node.primitive, plain), false};
  }

  void run_call(const TracedCall& call) {
    std::vector<BatchedArray> inputs;
    for (graph::Value v : call.inputs) inputs.push_back(value(v));
    const bool batched = std::any_of(inputs.begin(), inputs.end(), [](const BatchedArray& x) { return x.batched; });
    const auto* rules = dynamic_cast<const RuleDerivative*>(call.derivative.get());
    const bool differentiates = rules == nullptr || rules->rules().vjp || rules->rules().jvp;
    const bool own_vmap = batched && rules != nullptr && rules->rules().vmap;
    std::vector<BatchedArray> outputs;
    {
      std::optional<Observer::Pause> hidden;
      if (differentiates) hidden.emplace();
      outputs = own_vmap ? by_rule(call, rules->rules(), inputs) : by_operations(call, inputs);
      if (differentiates) {
        for (BatchedArray& y : outputs) y.value = result_of_call(batched ? spread_batch(y, size_) : y.value);
      }
    }
    if (differentiates) {
      if (batched) {
        for (BatchedArray& y : outputs) y.batched = true;
      }
      show(call, inputs, outputs, batched);
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) set(call.outputs[i], outputs[i]);
  }

  std::vector<BatchedArray> by_operations(const TracedCall& call, std::span<const BatchedArray> inputs) const {
    BatchedRun inside(graph_, size_, {});
    for (graph::Value v : graph_.inputs) inside.values_[at(v)] = values_[at(v)];
    for (std::size_t i = 0; i < inputs.size(); ++i) inside.set(call.inputs[i], inputs[i]);
    inside.run(call.outputs);
    std::vector<BatchedArray> outputs;
    for (graph::Value v : call.outputs) outputs.push_back(inside.value(v));
    return outputs;
  }

  std::vector<BatchedArray> by_rule(const TracedCall& call, const CustomRules& rules,
                                    std::span<const BatchedArray> inputs) const {
    Arrays given;
    std::vector<int> axes;
    for (const BatchedArray& x : inputs) {
      given.push_back(x.value);
      axes.push_back(x.batched ? 0 : -1);
    }
    const auto [found, places] = rules.vmap(given, axes);
    if (found.size() != call.outputs.size() || places.size() != found.size()) {
      fail<ValueError>("[custom_function] The vmap rule gave {} outputs and {} axes; the function has {} outputs.",
                       found.size(), places.size(), call.outputs.size());
    }
    std::vector<BatchedArray> outputs;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const graph::Node& expected = graph_.nodes[at(call.outputs[i])];
      Shape shape = found[i].shape();
      const bool batched = places[i] != -1;
      const bool in_range = !batched || (places[i] >= 0 && places[i] < found[i].ndim());
      if (batched && in_range) {
        in_range_extent(found[i], places[i], i);
        shape.erase(shape.begin() + places[i]);
      }
      if (!in_range || !(shape == expected.type.shape)) {
        fail<ValueError>(
            "[custom_function] Output {} of the vmap rule has shape {} and its batch along axis {}; the function "
            "gives {} for one element.",
            i, to_string(found[i].shape()), places[i], to_string(expected.type.shape));
      }
      outputs.push_back(BatchedArray{batched ? moveaxis(found[i], places[i], 0) : found[i], batched});
    }
    return outputs;
  }

  void in_range_extent(const array& x, int axis, std::size_t i) const {
    const Dim extent = x.shape()[static_cast<std::size_t>(axis)];
    if (dim_equal(extent, size_)) return;
    fail<ValueError>("[custom_function] Output {} of the vmap rule has {} elements along axis {}; the batch has {}.", i,
                     dim_hint(extent), axis, dim_hint(size_));
  }

  static void show(const TracedCall& call, std::span<const BatchedArray> inputs, std::span<const BatchedArray> outputs,
                   bool any_batched) {
    if (Observer::current() == nullptr) return;
    std::vector<exec::NodeRef> from, to;
    std::vector<bool> batched;
    for (const BatchedArray& x : inputs) {
      from.push_back(x.value.node());
      batched.push_back(x.batched);
    }
    for (const BatchedArray& y : outputs) to.push_back(y.value.node());
    std::shared_ptr<const CustomDerivative> derivative = call.derivative;
    if (any_batched) derivative = std::make_shared<const BatchedRules>(call.derivative, std::move(batched));
    for (Observer* o = Observer::current(); o != nullptr; o = o->outer()) o->observe(from, to, derivative);
  }

  const graph::Graph& graph_;
  Batch batch_;
  Dim size_;
  std::span<const TracedCall> calls_;
  std::vector<int> call_of_;
  std::vector<std::optional<BatchedArray>> values_;
};

}  // namespace

array spread_batch(const BatchedArray& x, Dim size) {
  if (x.batched) return x.value;
  Shape shape = x.value.shape();
  shape.insert(shape.begin(), size);
  return broadcast_to(x.value, shape);
}

std::vector<BatchedArray> run_batched(const graph::Graph& graph, std::span<const BatchedArray> inputs,
                                      std::span<const graph::Value> wanted, Dim size,
                                      std::span<const TracedCall> calls) {
  BatchedRun run(graph, size, calls);
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) run.set(graph.inputs[i], inputs[i]);
  run.run(wanted);
  std::vector<BatchedArray> results;
  for (graph::Value v : wanted) results.push_back(run.value(v));
  return results;
}

}  // namespace cermet
