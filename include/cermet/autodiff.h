// Transforms of functions over arrays: derivatives and vectorisation. They compose with each other and with compile(),
// in any order and to any depth. A differentiated function runs as any other: it may print, branch and evaluate.
//
//     auto loss = [](const std::vector<array>& x) { return std::vector<array>{sum(square(x[0]))}; };
//     array gradient = grad([](const array& x) { return sum(square(x)); })(array({1.0f, 2.0f}));  // {2, 4}
//
// Derivatives are those of real and complex floating arrays; integers have none (ValueError where one is asked for).
// Complex functions are taken as functions of pairs of reals: the gradient of a real loss is d/d(re) + i d/d(im).
#pragma once

#include <cermet/array.h>

#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace cermet {

/// What the transforms take: any number of arrays in and out. Lambdas over single arrays are converted.
using ArrayFunction = std::function<std::vector<array>(const std::vector<array>&)>;

/// Outputs of f at `primals`, and the product of `cotangents` (one an output, of its shape) with its Jacobian: one
/// array a primal. Throws ValueError where numbers or shapes do not fit.
std::pair<std::vector<array>, std::vector<array>> vjp(const ArrayFunction& f, const std::vector<array>& primals,
                                                      const std::vector<array>& cotangents);

/// Outputs of f at `primals`, and the product of its Jacobian with `tangents` (one a primal, of its shape).
std::pair<std::vector<array>, std::vector<array>> jvp(const ArrayFunction& f, const std::vector<array>& primals,
                                                      const std::vector<array>& tangents);

/// A function that returns f's outputs and the gradient of its first output (a scalar) with respect to the arguments
/// at the positions `argnums` (negative ones from the end).
std::function<std::pair<std::vector<array>, std::vector<array>>(const std::vector<array>&)> value_and_grad(
    ArrayFunction f, std::vector<int> argnums = {0});
ArrayFunction grad(ArrayFunction f, std::vector<int> argnums = {0});

/// Of a function of one array that returns a scalar.
std::function<std::pair<array, array>(const array&)> value_and_grad(std::function<array(const array&)> f);
std::function<array(const array&)> grad(std::function<array(const array&)> f);

/// f for each element of a batch at once: argument i has the batch along axis in_axes[i] (-1: the same for all; empty:
/// axis 0 for all), output i gets it along out_axes[i] (empty: axis 0).
ArrayFunction vmap(ArrayFunction f, std::vector<int> in_axes = {}, std::vector<int> out_axes = {});

/// f whose intermediate values are not kept for the derivative but computed again, once its cotangents are known (with
/// the same random numbers, where f draws). Floating arrays that f captures have derivatives too; f must give the same
/// outputs when it is called again. Inside vmap values are kept: put the checkpoint around vmap(f).
ArrayFunction checkpoint(ArrayFunction f);

/// f with derivatives and vectorisation of your own. With a vjp or jvp, arrays that f captures are constants for
/// derivatives; a missing vjp is the jvp's transpose, a missing jvp an error where one is needed. The rules hold in
/// grad(vmap(f)), vmap(grad(f)) and compiled functions. Without any rule f is as it is.
struct CustomRules {
  /// (primals, cotangents, outputs) -> a cotangent a primal.
  std::function<std::vector<array>(const std::vector<array>&, const std::vector<array>&, const std::vector<array>&)>
      vjp;
  /// (primals, tangents) -> a tangent an output.
  std::function<std::vector<array>(const std::vector<array>&, const std::vector<array>&)> jvp;
  /// (inputs, axes) -> outputs and their axes; an axis of -1: the same for the whole batch.
  std::function<std::pair<std::vector<array>, std::vector<int>>(const std::vector<array>&, const std::vector<int>&)>
      vmap;
};
ArrayFunction custom_function(ArrayFunction f, CustomRules rules);

}  // namespace cermet
