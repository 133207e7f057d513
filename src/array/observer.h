// Who watches the operations of a thread as they are made, whether they are evaluated later or recorded into a trace:
// the tapes of automatic differentiation.
#pragma once

#include <cermet/array.h>

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "exec/node.h"
#include "graph/primitive.h"

namespace cermet {

using MaybeArray = std::optional<array>;

/// The derivative of a function that brings its own: what custom_function and checkpoint put in place of the operations
/// inside it. A missing array stands for zero.
class CustomDerivative {
 public:
  CustomDerivative() = default;
  virtual ~CustomDerivative() = default;
  CustomDerivative(const CustomDerivative&) = delete;
  CustomDerivative& operator=(const CustomDerivative&) = delete;
  /// One cotangent an input.
  virtual std::vector<MaybeArray> pull_back(std::span<const array> inputs, std::span<const array> outputs,
                                            std::span<const MaybeArray> cotangents) const = 0;
  /// One tangent an output.
  virtual std::vector<MaybeArray> push_forward(std::span<const array> inputs, std::span<const array> outputs,
                                               std::span<const MaybeArray> tangents) const = 0;
};

/// Observers of a thread form a stack; every operation is shown to all of them.
class Observer {
 public:
  virtual ~Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  /// `output` was made of `inputs` (the nodes that the operation got).
  virtual void observe(const Primitive& primitive, std::span<const exec::NodeRef> inputs,
                       const exec::NodeRef& output) = 0;
  /// `outputs`, nodes that no operation was observed to make, are a function of `inputs` with this derivative.
  virtual void observe(std::span<const exec::NodeRef> inputs, std::span<const exec::NodeRef> outputs,
                       std::shared_ptr<const CustomDerivative> derivative) = 0;

  /// The innermost observer of this thread, or null.
  static Observer* current() { return innermost; }
  /// The next one outside of this one.
  Observer* outer() const { return outer_; }

  /// While it lives, nobody watches this thread's operations.
  class Pause {
   public:
    Pause() : paused_(std::exchange(innermost, nullptr)) {}
    ~Pause() { innermost = paused_; }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    Observer* paused_;
  };

 protected:
  Observer() = default;
  void begin() { outer_ = std::exchange(innermost, this); }
  void end() { innermost = outer_; }

 private:
  [[gnu::tls_model("initial-exec")]] static constinit thread_local Observer* innermost;
  Observer* outer_ = nullptr;
};

}  // namespace cermet
