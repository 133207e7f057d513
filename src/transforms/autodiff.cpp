// vjp, jvp, grad, checkpoint and custom_function: tapes around calls of the user's function.
#include <cermet/autodiff.h>
#include <cermet/ops.h>
#include <cermet/random.h>

#include <algorithm>
#include <memory>
#include <unordered_set>

#include "array/node_building.h"
#include "array/recorder.h"
#include "transforms/tape.h"

namespace cermet {

namespace {

using Arrays = std::vector<array>;
using Nodes = std::vector<exec::NodeRef>;

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
    if (given[i].shape() == expected[i].shape()) continue;
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

Arrays filled(const std::vector<MaybeArray>& values, const Arrays& like) {
  Arrays out;
  for (std::size_t i = 0; i < values.size(); ++i) out.push_back(values[i] ? *values[i] : zeros_like(like[i]));
  return out;
}

std::vector<std::size_t> positions(const std::vector<int>& argnums, std::size_t count) {
  if (argnums.empty()) fail<ValueError>("[grad] `argnums` is empty; name at least one argument.");
  std::vector<std::size_t> out;
  for (int n : argnums) {
    const auto at = n < 0 ? n + static_cast<int>(count) : n;
    if (at < 0 || at >= static_cast<int>(count)) {
      fail<ValueError>("[grad] `argnums` names argument {}; the function was called with {}.", n, count);
    }
    if (std::find(out.begin(), out.end(), static_cast<std::size_t>(at)) != out.end()) {
      fail<ValueError>("[grad] `argnums` names argument {} twice.", n);
    }
    out.push_back(static_cast<std::size_t>(at));
  }
  return out;
}

}  // namespace

void require_differentiable(std::string_view op, std::string_view what, const array& x) {
  if (is_inexact(x.dtype())) return;
  fail<ValueError>(
      "[{}] {} has dtype {}; derivatives are of floating and complex arrays. Convert it first: x.astype({}).", op, what,
      name(x.dtype()), "mx.float32");
}

void require_scalar(std::string_view op, const array& loss) {
  if (loss.size() == 1 && loss.ndim() == 0 && is_inexact(loss.dtype()) && !is_complex(loss.dtype())) return;
  if (loss.ndim() != 0) {
    fail<ValueError>(
        "[{}] The function must return a scalar to be differentiated, not an array of shape {}; reduce it "
        "(mean, sum) or use vjp.",
        op, to_string(loss.shape()));
  }
  fail<ValueError>("[{}] The function must return a real floating scalar, not {}.", op, name(loss.dtype()));
}

std::pair<Arrays, Arrays> vjp(const ArrayFunction& f, const Arrays& primals, const Arrays& cotangents) {
  const Arrays variables = fresh_variables(primals);
  Tape tape;
  Arrays outputs = f(variables);
  tape.stop();
  require_match("vjp", "cotangent", cotangents, "output", outputs);
  Arrays gradients = filled(tape.pull_back(outputs, as_dtype_of(cotangents, outputs), variables), primals);
  return {std::move(outputs), std::move(gradients)};
}

std::pair<Arrays, Arrays> jvp(const ArrayFunction& f, const Arrays& primals, const Arrays& tangents) {
  require_match("jvp", "tangent", tangents, "primal", primals);
  const Arrays variables = fresh_variables(primals);
  Tape tape;
  Arrays outputs = f(variables);
  tape.stop();
  Arrays results = filled(tape.push_forward(variables, as_dtype_of(tangents, primals), outputs), outputs);
  return {std::move(outputs), std::move(results)};
}

std::function<std::pair<Arrays, Arrays>(const Arrays&)> value_and_grad(ArrayFunction f, std::vector<int> argnums) {
  return [f = std::move(f), argnums = std::move(argnums)](const Arrays& arguments) {
    const std::vector<std::size_t> wanted = positions(argnums, arguments.size());
    Arrays variables;
    for (std::size_t i : wanted) {
      require_differentiable("grad", fmt::format("Argument {}", i), arguments[i]);
      variables.push_back(fresh_variable(arguments[i]));
    }
    Tape tape;
    Arrays inputs = arguments;
    for (std::size_t k = 0; k < wanted.size(); ++k) inputs[wanted[k]] = variables[k];
    Arrays outputs = f(inputs);
    tape.stop();
    if (outputs.empty()) fail<ValueError>("[grad] The function returned nothing; it must return a scalar.");
    require_scalar("grad", outputs[0]);
    const MaybeArray one = ones_like(outputs[0]);
    Arrays gradients = filled(tape.pull_back({outputs.data(), 1}, std::span(&one, 1), variables), variables);
    return std::pair(std::move(outputs), std::move(gradients));
  };
}

ArrayFunction grad(ArrayFunction f, std::vector<int> argnums) {
  return [both = value_and_grad(std::move(f), std::move(argnums))](const Arrays& arguments) {
    return both(arguments).second;
  };
}

std::function<std::pair<array, array>(const array&)> value_and_grad(std::function<array(const array&)> f) {
  return [both = value_and_grad([f = std::move(f)](const Arrays& x) { return Arrays{f(x[0])}; })](const array& x) {
    auto [values, gradients] = both({x});
    return std::pair(values[0], gradients[0]);
  };
}

std::function<array(const array&)> grad(std::function<array(const array&)> f) {
  return [both = value_and_grad(std::move(f))](const array& x) { return both(x).second; };
}

// ---- Functions with derivatives of their own
// --------------------------------------------------------------------------

namespace {

Arrays copied(std::span<const array> values) { return {values.begin(), values.end()}; }

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

/// The node of the random state, to tell whether a function has drawn from it.
exec::NodeRef random_state() {
  if (Recorder::current() != nullptr) return random::state().node();
  const std::lock_guard lock(state_mutex());
  return random::state().node();
}

/// Inputs are the `count` arguments of the function, and after them what it captured.
class RuleDerivative final : public CustomDerivative {
 public:
  RuleDerivative(ArrayFunction f, CustomRules rules, std::size_t count)
      : function_(std::move(f)), rules_(std::move(rules)), count_(count) {}

  std::vector<MaybeArray> pull_back(std::span<const array> inputs, std::span<const array> outputs,
                                    std::span<const MaybeArray> cotangents) const override {
    if (!rules_.vjp) {
      const Arrays arguments = fresh_variables(copied(inputs.first(count_)));
      Tape tape;
      const auto [again, variables] = run_again(inputs, tape, arguments);
      require_match("checkpoint", "output", again, "output of the first call", copied(outputs));
      return tape.pull_back(again, cotangents, variables);
    }
    const Arrays primals = copied(inputs.first(count_)), results = copied(outputs);
    const Arrays given = filled({cotangents.begin(), cotangents.end()}, results);
    const Arrays gradients = rules_.vjp(primals, given, results);
    require_match("custom_function", "cotangent", gradients, "primal", primals);
    std::vector<MaybeArray> found = as_dtype_of(gradients, primals);
    found.resize(inputs.size());
    return found;
  }

  std::vector<MaybeArray> push_forward(std::span<const array> inputs, std::span<const array> outputs,
                                       std::span<const MaybeArray> tangents) const override {
    if (!rules_.jvp) {
      const Arrays arguments = fresh_variables(copied(inputs.first(count_)));
      Tape tape;
      const auto [again, variables] = run_again(inputs, tape, arguments);
      require_match("checkpoint", "output", again, "output of the first call", copied(outputs));
      return tape.push_forward(variables, tangents, again);
    }
    const Arrays primals = copied(inputs.first(count_)), results = copied(outputs);
    const Arrays given = filled({tangents.begin(), tangents.begin() + static_cast<std::ptrdiff_t>(count_)}, primals);
    const Arrays found = rules_.jvp(primals, given);
    require_match("custom_function", "tangent", found, "output", results);
    return as_dtype_of(found, results);
  }

 private:
  /// Runs the function once more on the tape and stops it: its outputs, and the variables that stand for `inputs`
  /// (fresh ones for arguments, captures as they are).
  std::pair<Arrays, Arrays> run_again(std::span<const array> inputs, Tape& tape, const Arrays& arguments) const {
    Arrays outputs = function_(arguments);
    tape.stop();
    Arrays variables = arguments;
    for (const array& captured : inputs.subspan(count_)) variables.push_back(captured);
    return {std::move(outputs), std::move(variables)};
  }

  ArrayFunction function_;
  CustomRules rules_;
  std::size_t count_;
};

}  // namespace

ArrayFunction custom_function(ArrayFunction f, CustomRules rules) {
  return [f = std::move(f), rules = std::move(rules)](const Arrays& arguments) {
    if (Observer::current() == nullptr) return f(arguments);
    const auto each_observer = [](auto&& visit) {
      for (Observer* o = Observer::current(); o != nullptr; o = o->outer()) visit(*o);
    };
    Nodes inputs;
    for (const array& x : arguments) inputs.push_back(x.node());
    Arrays outputs;
    std::unique_ptr<HeldBack> inside;
    const exec::NodeRef state = random_state();
    {
      const Observer::Pause pause;
      inside = std::make_unique<HeldBack>();
      outputs = f(arguments);
      inside->stop();
    }
    // Where a derivative runs the function again, it would draw other numbers: then nothing is computed twice.
    const bool runs_again = !rules.vjp || !rules.jvp;
    if (!rules.vjp && !rules.jvp && random_state() != state) {
      each_observer([&](Observer& o) { inside->show(o); });
      return outputs;
    }
    {
      const Observer::Pause pause;
      outputs = fresh_variables(outputs);
    }
    if (runs_again) {
      const Nodes captured = inside->captures(inputs);
      inputs.insert(inputs.end(), captured.begin(), captured.end());
    }
    Nodes results;
    for (const array& y : outputs) results.push_back(y.node());
    const auto derivative = std::make_shared<const RuleDerivative>(f, rules, arguments.size());
    each_observer([&](Observer& o) { o.observe(inputs, results, derivative); });
    return outputs;
  };
}

ArrayFunction checkpoint(ArrayFunction f) { return custom_function(std::move(f), {}); }

}  // namespace cermet
