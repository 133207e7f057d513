// checkpoint and custom_function; see custom_rules.h.
#include <cermet/ops.h>
#include <cermet/random.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <unordered_set>

#include "array/dims.h"
#include "array/node_building.h"
#include "array/random_replay.h"
#include "array/recorder.h"
#include "transforms/custom_rules.h"
#include "transforms/tape.h"

namespace cermet {

namespace {

using Arrays = std::vector<array>;
using Nodes = std::vector<exec::NodeRef>;

Arrays copied(std::span<const array> values) { return {values.begin(), values.end()}; }

}  // namespace

Arrays fresh_variables(const Arrays& values) {
  Arrays variables;
  variables.reserve(values.size());
  for (const array& x : values) variables.push_back(fresh_variable(x));
  return variables;
}

void require_match(std::string_view op, std::string_view what, const Arrays& given, std::string_view of,
                   const Arrays& expected) {
  if (given.size() != expected.size()) {
    fail<ValueError>("[{}] Got {} {}s for {} {}s; one is needed for each.", op, given.size(), what, expected.size(),
                     of);
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (shapes_equal(given[i].shape(), expected[i].shape())) continue;
    fail<ValueError>("[{}] {} {} has shape {}; the {} has shape {}.", op, what, i, to_string(given[i].shape()), of,
                     to_string(expected[i].shape()));
  }
}

std::vector<MaybeArray> as_dtype_of(const Arrays& given, const Arrays& like) {
  std::vector<MaybeArray> out;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const bool carries = is_inexact(like[i].dtype());
    out.push_back(carries ? MaybeArray(astype(given[i], like[i].dtype())) : std::nullopt);
  }
  return out;
}

Arrays filled(std::span<const MaybeArray> values, const Arrays& like) {
  Arrays out;
  for (std::size_t i = 0; i < values.size(); ++i) out.push_back(values[i] ? *values[i] : zeros_like(like[i]));
  return out;
}

// ---- Rules ----------------------------------------------------------------------------------------------------------

namespace {

Arrays present(std::span<const MaybeArray> values) {
  Arrays found;
  for (const MaybeArray& x : values) {
    if (x) found.push_back(*x);
  }
  return found;
}

/// What a checkpoint computes again: outputs on a stopped tape, and the variables that stand for its inputs (fresh ones
/// for arguments, captures as they are).
struct Again {
  Arrays variables, outputs;
};

Again run_again(Tape& tape, const ArrayFunction& f, const MaybeArray& random_state, const Arrays& arguments,
                std::span<const array> captures, std::span<const array> outputs) {
  Again again{arguments, {}};
  {
    std::optional<ReplayedDraws> same_numbers;
    if (random_state) same_numbers.emplace(*random_state);
    again.outputs = f(arguments);
  }
  tape.stop();
  require_match("checkpoint", "output", again.outputs, "output of the first call", copied(outputs));
  again.variables.insert(again.variables.end(), captures.begin(), captures.end());
  return again;
}

}  // namespace

std::vector<MaybeArray> RuleDerivative::transposed_jvp(std::span<const array> inputs, std::span<const array> outputs,
                                                       std::span<const MaybeArray> cotangents) const {
  const Arrays primals = copied(inputs);
  Arrays zeros;
  for (const array& x : primals) zeros.push_back(zeros_like(x));
  const Arrays tangents = fresh_variables(zeros);
  Tape tape;
  const Arrays pushed = rules_.jvp(primals, tangents);
  tape.stop();
  require_match("custom_function", "tangent", pushed, "output", copied(outputs));
  return tape.pull_back(pushed, cotangents, tangents);
}

std::vector<MaybeArray> RuleDerivative::pull_back(std::span<const array> inputs, std::span<const array> outputs,
                                                  std::span<const MaybeArray> cotangents) const {
  const Arrays primals = copied(inputs.first(count_)), results = copied(outputs);
  if (rules_.vjp) {
    const Arrays gradients = rules_.vjp(primals, filled(cotangents, results), results);
    require_match("custom_function", "cotangent", gradients, "primal", primals);
    return as_dtype_of(gradients, primals);
  }
  if (rules_.jvp) return transposed_jvp(inputs, outputs, cotangents);
  // Nothing of it is computed before its cotangents are: then the first run's values are gone.
  const Arrays variables = fresh_variables(depends(primals, present(cotangents)));
  Tape tape;
  const Again again = run_again(tape, function_, random_state_, variables, inputs.subspan(count_), outputs);
  return tape.pull_back(again.outputs, cotangents, again.variables);
}

std::vector<MaybeArray> RuleDerivative::push_forward(std::span<const array> inputs, std::span<const array> outputs,
                                                     std::span<const MaybeArray> tangents) const {
  const Arrays primals = copied(inputs.first(count_)), results = copied(outputs);
  if (rules_.jvp) {
    const Arrays found = rules_.jvp(primals, filled(tangents, primals));
    require_match("custom_function", "tangent", found, "output", results);
    return as_dtype_of(found, results);
  }
  if (rules_.vjp) {
    fail<ValueError>(
        "[jvp] A custom_function with a vjp of its own has no jvp; give it one (f.jvp), or use grad or vjp.");
  }
  const Arrays variables = fresh_variables(primals);
  Tape tape;
  const Again again = run_again(tape, function_, random_state_, variables, inputs.subspan(count_), outputs);
  return tape.push_forward(again.variables, tangents, again.outputs);
}

namespace {

Primitive same_as(const array& x) {
  Primitive same;
  same.kind = PrimitiveKind::reshape;
  same.dims = x.shape();
  return same;
}

}  // namespace

array result_of_call(const array& y) {
  static std::atomic<std::uint64_t> calls{0};
  Primitive same = same_as(y);
  if (Recorder::current() != nullptr) same.text = fmt::format("call {}", ++calls);
  return make_array(std::move(same), y, {});
}

// ---- Calls ----------------------------------------------------------------------------------------------------------

namespace {

/// What a function did, kept back from the observers outside until it is known what they are to see.
class HeldBack final : public Observer {
 public:
  HeldBack() { begin(); }
  ~HeldBack() override { stop(); }
  void stop() {
    if (std::exchange(watching_, false)) end();
  }

  void observe(const Primitive& primitive, std::span<const exec::NodeRef> inputs,
               const exec::NodeRef& output) override {
    events_.push_back({primitive, nodes(inputs), {output}, nullptr});
  }
  void observe(std::span<const exec::NodeRef> inputs, std::span<const exec::NodeRef> outputs,
               std::shared_ptr<const CustomDerivative> derivative) override {
    events_.push_back({Primitive(), nodes(inputs), nodes(outputs), std::move(derivative)});
  }

  void show(Observer& outside) const {
    for (const Event& event : events_) {
      if (event.custom)
        outside.observe(event.inputs, event.outputs, event.custom);
      else
        outside.observe(event.primitive, event.inputs, event.outputs[0]);
    }
  }

  /// Floating arrays that were used without being arguments.
  Nodes captures(const Nodes& arguments) const {
    std::unordered_set<const exec::Node*> known;
    for (const exec::NodeRef& x : arguments) known.insert(x.get());
    Nodes found;
    for (const Event& event : events_) {
      for (const exec::NodeRef& x : event.inputs) {
        if (known.insert(x.get()).second && is_inexact(x->type.dtype)) found.push_back(x);
      }
      for (const exec::NodeRef& y : event.outputs) known.insert(y.get());
    }
    return found;
  }

 private:
  struct Event {
    Primitive primitive;
    Nodes inputs, outputs;
    std::shared_ptr<const CustomDerivative> custom;
  };

  static Nodes nodes(std::span<const exec::NodeRef> values) { return {values.begin(), values.end()}; }

  std::vector<Event> events_;
  bool watching_ = true;
};

/// The random state that this thread draws from, to tell whether a function has drawn.
exec::NodeRef random_state() {
  if (ReplayedDraws* replay = ReplayedDraws::current()) return replay->state().node();
  if (Recorder* recorder = Recorder::current()) {
    recorder->use_state(&random::state());  // before it is drawn from: what a checkpoint begins with again is traced
    return random::state().node();
  }
  const std::lock_guard lock(state_mutex());
  return random::state().node();
}

template <class Visit>
void each_observer(Visit&& visit) {
  for (Observer* o = Observer::current(); o != nullptr; o = o->outer()) visit(*o);
}

ArrayFunction with_rules(ArrayFunction f, CustomRules rules, bool recomputes) {
  return [f = std::move(f), rules = std::move(rules), recomputes](const Arrays& arguments) {
    const bool derivative = recomputes || rules.vjp || rules.jvp;
    if (Observer::current() == nullptr || !(derivative || rules.vmap)) return f(arguments);
    Nodes inputs;
    for (const array& x : arguments) inputs.push_back(x.node());
    const exec::NodeRef state = recomputes ? random_state() : exec::NodeRef();
    Arrays made, outputs;
    std::unique_ptr<HeldBack> inside;
    {
      const Observer::Pause pause;
      inside = std::make_unique<HeldBack>();
      made = f(arguments);
      inside->stop();
      for (const array& y : made) outputs.push_back(result_of_call(y));
    }
    const std::size_t count = inputs.size();
    if (recomputes) {
      const Nodes captured = inside->captures(inputs);
      inputs.insert(inputs.end(), captured.begin(), captured.end());
    }
    Nodes results;
    for (const array& y : outputs) results.push_back(y.node());
    const MaybeArray drawn_from = !recomputes || random_state() == state ? MaybeArray() : array(state);
    const auto call = std::make_shared<const RuleDerivative>(f, rules, count, drawn_from);
    each_observer([&](Observer& o) {
      const bool batches = dynamic_cast<CustomCalls*>(&o) != nullptr;
      if (batches ? !recomputes : derivative) return o.observe(inputs, results, call);
      inside->show(o);
      for (std::size_t i = 0; i < made.size(); ++i) {
        const exec::NodeRef& from = made[i].node();
        o.observe(same_as(made[i]), std::span(&from, 1), results[i]);
      }
    });
    return outputs;
  };
}

}  // namespace

ArrayFunction custom_function(ArrayFunction f, CustomRules rules) {
  return with_rules(std::move(f), std::move(rules), false);
}

ArrayFunction checkpoint(ArrayFunction f) { return with_rules(std::move(f), {}, true); }

// ---- Calls seen by vmap ---------------------------------------------------------------------------------------------

void CustomCalls::observe(std::span<const exec::NodeRef> inputs, std::span<const exec::NodeRef> outputs,
                          std::shared_ptr<const CustomDerivative> derivative) {
  calls_.push_back({{inputs.begin(), inputs.end()}, {outputs.begin(), outputs.end()}, std::move(derivative)});
}

}  // namespace cermet
