// vjp, jvp and grad: tapes around calls of the user's function.
#include <cermet/autodiff.h>
#include <cermet/ops.h>

#include <algorithm>

#include "transforms/custom_rules.h"
#include "transforms/tape.h"

namespace cermet {

namespace {

using Arrays = std::vector<array>;

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

}  // namespace cermet
