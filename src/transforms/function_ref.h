// A reference to a callable that outlives the call it is passed to: no allocation, unlike std::function.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace cermet {

template <class Signature>
class FunctionRef;

template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, FunctionRef> && std::is_invocable_r_v<R, F&, Args...>)
      FunctionRef(F&& function)  // NOLINT(google-explicit-constructor): parameters are passed as lambdas
      : context_(const_cast<void*>(static_cast<const void*>(std::addressof(function)))),
        call_([](void* context, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(context))(std::forward<Args>(args)...);
        }) {}
  R operator()(Args... args) const { return call_(context_, std::forward<Args>(args)...); }

 private:
  void* context_;
  R (*call_)(void*, Args...);
};

}  // namespace cermet
