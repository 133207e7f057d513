// Functions with derivatives and vectorisation of their own, as tapes and vmap see them.
#pragma once

#include <cermet/autodiff.h>

#include <memory>
#include <span>
#include <vector>

#include "array/observer.h"

namespace cermet {

/// The derivative of one call. Inputs are the `count` arguments of the function, and after them what it captured.
class RuleDerivative final : public CustomDerivative {
 public:
  /// `random_state`: the one before the call, if it drew from it.
  RuleDerivative(ArrayFunction f, CustomRules rules, std::size_t count, MaybeArray random_state)
      : function_(std::move(f)), rules_(std::move(rules)), count_(count), random_state_(std::move(random_state)) {}

  const CustomRules& rules() const { return rules_; }

  /// By the vjp; by transposing the jvp, which is linear in the tangents; without rules by running the function again.
  std::vector<MaybeArray> pull_back(std::span<const array> inputs, std::span<const array> outputs,
                                    std::span<const MaybeArray> cotangents) const override;
  /// By the jvp; without rules by running the function again. ValueError where there is a vjp only.
  std::vector<MaybeArray> push_forward(std::span<const array> inputs, std::span<const array> outputs,
                                       std::span<const MaybeArray> tangents) const override;

 private:
  std::vector<MaybeArray> transposed_jvp(std::span<const array> inputs, std::span<const array> outputs,
                                         std::span<const MaybeArray> cotangents) const;

  ArrayFunction function_;
  CustomRules rules_;
  std::size_t count_;
  MaybeArray random_state_;
};

/// The calls of functions with rules that a trace for vmap runs into.
class CustomCalls final : public Observer {
 public:
  struct Call {
    std::vector<exec::NodeRef> inputs, outputs;
    std::shared_ptr<const CustomDerivative> derivative;
  };

  CustomCalls() { begin(); }
  ~CustomCalls() override { stop(); }
  void stop() {
    if (std::exchange(watching_, false)) end();
  }
  const std::vector<Call>& calls() const { return calls_; }

  void observe(const Primitive&, std::span<const exec::NodeRef>, const exec::NodeRef&) override {}
  void observe(std::span<const exec::NodeRef> inputs, std::span<const exec::NodeRef> outputs,
               std::shared_ptr<const CustomDerivative> derivative) override;

 private:
  std::vector<Call> calls_;
  bool watching_ = true;
};

/// A result as a node of its own, in a trace as a value that equals no other one.
array result_of_call(const array& y);

/// Throws ValueError unless there are as many arrays as `expected`, of the same shapes.
void require_match(std::string_view op, std::string_view what, const std::vector<array>& given, std::string_view of,
                   const std::vector<array>& expected);
/// Cotangents or tangents in the dtypes of what they belong to; none for integers.
std::vector<MaybeArray> as_dtype_of(const std::vector<array>& given, const std::vector<array>& like);
/// Zeros where there is none.
std::vector<array> filled(std::span<const MaybeArray> values, const std::vector<array>& like);
std::vector<array> fresh_variables(const std::vector<array>& values);

}  // namespace cermet
