// See tape.h.
#include "transforms/tape.h"

#include <cermet/ops.h>

#include <algorithm>

#include "array/dims.h"
#include "array/node_building.h"
#include "array/recorder.h"
#include "transforms/cotangent_sums.h"
#include "transforms/derivative.h"

namespace cermet {

namespace {

std::vector<array> arrays_of(std::span<const exec::NodeRef> nodes) {
  std::vector<array> arrays;
  arrays.reserve(nodes.size());
  for (const exec::NodeRef& node : nodes) arrays.emplace_back(node);
  return arrays;
}

template <class Nodes>
std::span<const exec::NodeRef> span_of(const Nodes& nodes) {
  return {nodes.data(), nodes.size()};
}

/// What was recorded, with what its trace has found out of its extents since.
Primitive resolved(Primitive primitive) {
  for (Dim& d : primitive.dims) d = cermet::resolved(d);
  return primitive;
}

template <class Values>
MaybeArray find(const Values& values, const exec::Node* node) {
  const auto found = values.find(node);
  return found == values.end() ? MaybeArray() : MaybeArray(found->second);
}

template <class Values>
void accumulate(Values& values, const exec::Node* node, const array& value) {
  const auto [at, is_new] = values.try_emplace(node, value);
  if (!is_new) at->second = add(at->second, value);
}

}  // namespace

void Tape::stop() {
  if (std::exchange(watching_, false)) end();
}

void Tape::observe(const Primitive& primitive, std::span<const exec::NodeRef> inputs, const exec::NodeRef& output) {
  if (inputs.empty()) return;  // has no variable in it
  Entry entry{primitive, {}, {}, nullptr};
  for (const exec::NodeRef& input : inputs) entry.inputs.push_back(input);
  entry.outputs.push_back(output);
  entries_.push_back(std::move(entry));
}

void Tape::observe(std::span<const exec::NodeRef> inputs, std::span<const exec::NodeRef> outputs,
                   std::shared_ptr<const CustomDerivative> derivative) {
  Entry entry;
  for (const exec::NodeRef& input : inputs) entry.inputs.push_back(input);
  for (const exec::NodeRef& output : outputs) entry.outputs.push_back(output);
  entry.custom = std::move(derivative);
  entries_.push_back(std::move(entry));
}

/// The entries between variables and what they reach, in order. Integers carry no derivative.
std::vector<const Tape::Entry*> Tape::active_entries(std::span<const array> variables, Active& active) const {
  check(!watching_, "a tape was read while it still watched");
  for (const array& x : variables) active[x.node().get()] = true;
  std::vector<const Entry*> found;
  for (const Entry& entry : entries_) {
    const bool reached = std::any_of(entry.inputs.begin(), entry.inputs.end(),
                                     [&](const exec::NodeRef& input) { return active.contains(input.get()); });
    if (!reached) continue;
    bool carries = false;
    for (const exec::NodeRef& output : entry.outputs) {
      if (!is_inexact(output->type.dtype)) continue;
      active[output.get()] = true;
      carries = true;
    }
    if (carries) found.push_back(&entry);
  }
  return found;
}

void Tape::pull_back_entry(const Entry& entry, const Active& active, CotangentSums& cotangents) {
  std::vector<MaybeArray> given;  // used once: their memory is free after it
  for (const exec::NodeRef& output : entry.outputs) given.push_back(cotangents.take(output.get()));
  if (std::none_of(given.begin(), given.end(), [](const MaybeArray& g) { return g.has_value(); })) return;
  const bool slices = !entry.custom && entry.primitive.kind == PrimitiveKind::slice;
  if (slices && cotangents.add_slice(entry.inputs[0], resolved(entry.primitive), *given[0])) return;
  const std::vector<array> inputs = arrays_of(span_of(entry.inputs));
  const std::vector<array> outputs = arrays_of(span_of(entry.outputs));
  std::vector<MaybeArray> results;
  if (entry.custom) {
    results = entry.custom->pull_back(inputs, outputs, given);
  } else {
    SmallVector<bool, 4> wanted;
    for (const exec::NodeRef& input : entry.inputs) wanted.push_back(active.contains(input.get()));
    results =
        cermet::pull_back({resolved(entry.primitive), inputs, outputs[0]}, *given[0], {wanted.data(), wanted.size()});
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!results[i] || !active.contains(entry.inputs[i].get())) continue;
    check(shapes_equal(results[i]->shape(), inputs[i].shape()),
          "the cotangent of operand {} of {} has shape {}, not {}", i, name(entry.primitive.kind),
          to_string(results[i]->shape()), to_string(inputs[i].shape()));
    cotangents.add(entry.inputs[i].get(), *results[i]);
  }
}

std::vector<MaybeArray> Tape::pull_back(std::span<const array> outputs, std::span<const MaybeArray> cotangents,
                                        std::span<const array> variables) const {
  Active active;
  const std::vector<const Entry*> entries = active_entries(variables, active);
  CotangentSums values;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (cotangents[i] && active.contains(outputs[i].node().get())) values.add(outputs[i].node().get(), *cotangents[i]);
  }
  for (std::size_t i = entries.size(); i-- > 0;) pull_back_entry(*entries[i], active, values);
  std::vector<MaybeArray> results;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const exec::Node* node = variables[i].node().get();
    const auto same = std::find_if(variables.begin(), variables.begin() + static_cast<std::ptrdiff_t>(i),
                                   [&](const array& x) { return x.node().get() == node; });
    const auto first = static_cast<std::size_t>(same - variables.begin());
    results.push_back(first < i ? results[first] : values.take(node));
  }
  return results;
}

void Tape::push_forward_entry(const Entry& entry, Values& tangents) {
  std::vector<MaybeArray> given;
  for (const exec::NodeRef& input : entry.inputs) given.push_back(find(tangents, input.get()));
  if (std::none_of(given.begin(), given.end(), [](const MaybeArray& t) { return t.has_value(); })) return;
  const std::vector<array> inputs = arrays_of(span_of(entry.inputs));
  const std::vector<array> outputs = arrays_of(span_of(entry.outputs));
  std::vector<MaybeArray> results;
  if (entry.custom) {
    results = entry.custom->push_forward(inputs, outputs, given);
  } else {
    results.push_back(cermet::push_forward({resolved(entry.primitive), inputs, outputs[0]}, given));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (results[i]) tangents.insert_or_assign(entry.outputs[i].get(), *results[i]);
  }
}

std::vector<MaybeArray> Tape::push_forward(std::span<const array> variables, std::span<const MaybeArray> tangents,
                                           std::span<const array> outputs) const {
  Active active;
  const std::vector<const Entry*> entries = active_entries(variables, active);
  Values values;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (tangents[i]) accumulate(values, variables[i].node().get(), *tangents[i]);
  }
  for (const Entry* entry : entries) push_forward_entry(*entry, values);
  std::vector<MaybeArray> results;
  for (const array& y : outputs) results.push_back(find(values, y.node().get()));
  return results;
}

array fresh_variable(const array& x) {
  Primitive same;
  same.kind = PrimitiveKind::reshape;
  same.dims = x.shape();
  return make_array(std::move(same), x, {});
}

}  // namespace cermet
