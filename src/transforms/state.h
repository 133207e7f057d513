// State of C++ functions: handles that a compiled function reads and assigns to without being given them.
#pragma once

#include <cermet/array.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "transforms/array_tree.h"

namespace cermet {

namespace tree {

template <class T>
inline constexpr bool is_map = false;
template <class K, class V, class... Rest>
inline constexpr bool is_map<std::map<K, V, Rest...>> = true;
template <class K, class V, class... Rest>
inline constexpr bool is_map<std::unordered_map<K, V, Rest...>> = true;

}  // namespace tree

/// Handles of arrays, named by the objects that hold them: arrays, vectors, maps, tuples and aggregates of these, by
/// reference; pointers to arrays and containers of pointers (what parameters() of a network returns) also by value.
/// Containers are read again at every call, so that they may grow; the objects must outlive the compiled function.
///
///     State state(model.weights, model.bias, optimizer.moments, random::state());
class State {
 public:
  State() = default;
  template <class... Trees>
  requires(sizeof...(Trees) > 0 && !(sizeof...(Trees) == 1 && (std::is_same_v<std::remove_cvref_t<Trees>, State> &&
                                                               ...))) explicit State(Trees&&... trees) {
    (add(std::forward<Trees>(trees)), ...);
  }

  /// Appends the distinct handles to what a call has been given, and their structure; returns how many they are.
  std::size_t read(ArrayTreeReader& reader) const;

 private:
  using Visit = std::function<void(array*)>;
  using Part = std::function<void(ArrayTreeReader&, const Visit&)>;

  void add(const State& other) { parts_.insert(parts_.end(), other.parts_.begin(), other.parts_.end()); }
  void add(State&& other) { add(static_cast<const State&>(other)); }
  template <class Tree>
  void add(Tree&& tree) {
    using T = std::remove_cvref_t<Tree>;
    if constexpr (std::is_lvalue_reference_v<Tree>) {
      static_assert(!std::is_const_v<std::remove_reference_t<Tree>> || holds_pointers<T>(),
                    "State: the arrays are const, so that no compiled function can assign to them");
      parts_.push_back([&tree](ArrayTreeReader& reader, const Visit& visit) { walk(tree, reader, visit); });
    } else {
      static_assert(holds_pointers<T>(), "State: the arrays would be gone before the first call; name what holds them");
      parts_.push_back([tree = std::make_shared<T>(std::move(tree))](ArrayTreeReader& reader, const Visit& visit) {
        walk(*tree, reader, visit);
      });
    }
  }

  template <class T>
  static consteval bool holds_pointers() {
    if constexpr (std::is_same_v<T, array*> || std::is_same_v<T, std::reference_wrapper<array>>) {
      return true;
    } else if constexpr (tree::is_vector<T>) {
      return holds_pointers<typename T::value_type>();
    } else if constexpr (tree::is_map<T>) {
      return holds_pointers<typename T::mapped_type>();
    } else {
      return false;
    }
  }

  template <class T>
  static void walk(T& value, ArrayTreeReader& reader, const Visit& visit) {
    using Plain = std::remove_const_t<T>;
    if constexpr (std::is_same_v<Plain, array>) {
      visit(&value);
    } else if constexpr (std::is_same_v<Plain, array*>) {
      visit(value);
    } else if constexpr (std::is_same_v<Plain, std::reference_wrapper<array>>) {
      visit(&value.get());
    } else if constexpr (std::is_arithmetic_v<Plain>) {
      reader.read(value);
    } else if constexpr (tree::is_vector<Plain>) {
      reader.note_size(value.size());
      for (auto& item : value) walk(item, reader, visit);
    } else if constexpr (tree::is_map<Plain>) {
      reader.note_size(value.size());
      for (auto& [key, item] : value) {
        reader.note_name(key);
        walk(item, reader, visit);
      }
    } else if constexpr (tree::TupleLike<Plain>) {
      std::apply([&](auto&... items) { (walk(items, reader, visit), ...); }, value);
    } else {
      static_assert(std::is_aggregate_v<Plain>,
                    "State: arrays, pointers to them, and vectors, maps, tuples and aggregates of these");
      tree::with_members(value, [&](auto&... items) { (walk(items, reader, visit), ...); });
    }
  }

  std::vector<Part> parts_;
};

}  // namespace cermet
