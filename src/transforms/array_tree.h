// Trees of arrays as C++ types: array, vector, pair, tuple and aggregates of trees, taken apart into flat lists and put
// together again. The order is the members' order; what is not an array is described by bytes.
#pragma once

#include <cermet/array.h>

#include <concepts>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/small_vector.h"
#include "transforms/compiled_function.h"

namespace cermet {

namespace tree {

template <class T>
inline constexpr bool is_vector = false;
template <class T, class A>
inline constexpr bool is_vector<std::vector<T, A>> = true;

template <class T>
concept TupleLike = requires {
  std::tuple_size<T>::value;
};

struct Anything {
  template <class T>
  operator T() const;  // NOLINT(google-explicit-constructor): declared only, to count members
};
template <class T, class... Initial>
consteval int member_count() {
  if constexpr (sizeof...(Initial) > 12)
    return -1;
  else if constexpr (requires { T{Initial{}..., Anything{}}; })
    return member_count<T, Initial..., Anything>();
  else
    return static_cast<int>(sizeof...(Initial));
}

/// Calls `visit(members...)` of an aggregate of up to 8 members.
template <class T, class F>
decltype(auto) with_members(T& value, F&& visit) {
  constexpr int count = member_count<std::remove_const_t<T>>();
  static_assert(count >= 0 && count <= 8, "compile: an aggregate of arrays may have up to 8 members");
  if constexpr (count == 0) {
    return visit();
  } else if constexpr (count == 1) {
    auto& [a] = value;
    return visit(a);
  } else if constexpr (count == 2) {
    auto& [a, b] = value;
    return visit(a, b);
  } else if constexpr (count == 3) {
    auto& [a, b, c] = value;
    return visit(a, b, c);
  } else if constexpr (count == 4) {
    auto& [a, b, c, d] = value;
    return visit(a, b, c, d);
  } else if constexpr (count == 5) {
    auto& [a, b, c, d, e] = value;
    return visit(a, b, c, d, e);
  } else if constexpr (count == 6) {
    auto& [a, b, c, d, e, f] = value;
    return visit(a, b, c, d, e, f);
  } else if constexpr (count == 7) {
    auto& [a, b, c, d, e, f, g] = value;
    return visit(a, b, c, d, e, f, g);
  } else {
    auto& [a, b, c, d, e, f, g, h] = value;
    return visit(a, b, c, d, e, f, g, h);
  }
}

}  // namespace tree

/// Collects the arrays of a tree and describes the rest.
class ArrayTreeReader {
 public:
  template <class T>
  void read(const T& value) {
    if constexpr (std::is_same_v<T, array>) {
      statics_.push_back('a');
      arrays_.push_back(const_cast<array*>(&value));  // written only if the caller's own handle is not const
    } else if constexpr (std::is_arithmetic_v<T>) {
      const Literal literal = literal_of(value);
      statics_.push_back(static_cast<char>('A' + static_cast<int>(literal.dtype.val)));
      statics_.append(reinterpret_cast<const char*>(&literal.bits), sizeof literal.bits);
    } else if constexpr (tree::is_vector<T>) {
      const auto count = static_cast<std::uint32_t>(value.size());
      statics_.push_back('[');
      statics_.append(reinterpret_cast<const char*>(&count), sizeof count);
      for (const auto& item : value) read(item);
    } else if constexpr (tree::TupleLike<T>) {
      std::apply([this](const auto&... items) { (read(items), ...); }, value);
    } else {
      static_assert(std::is_aggregate_v<T>,
                    "compile: arguments and results are arrays, or vectors, tuples and aggregates "
                    "of them; arguments may also be arithmetic");
      tree::with_members(value, [this](const auto&... items) { (read(items), ...); });
    }
  }

  /// Parts of the structure that are no arrays: a number, a name.
  void note_size(std::size_t size) {
    const auto count = static_cast<std::uint32_t>(size);
    statics_.push_back('[');
    statics_.append(reinterpret_cast<const char*>(&count), sizeof count);
  }
  void note_name(std::string_view name) {
    const auto count = static_cast<std::uint32_t>(name.size());
    statics_.push_back('\'');
    statics_.append(reinterpret_cast<const char*>(&count), sizeof count);
    statics_.append(name);
  }
  template <std::integral T>
  void note_name(T name) {
    note_name(std::to_string(name));
  }

  std::span<array* const> arrays() const { return {arrays_.data(), arrays_.size()}; }
  std::string_view statics() const { return statics_; }
  /// Constants as "constant 0", "constant 1", ... in their order; arrays after the first `arguments` are state.
  CallDescription describe(std::size_t arguments) const;

 private:
  SmallVector<array*, 8> arrays_;
  std::string statics_;
};

/// Builds a tree like a given one around other arrays, which it takes in order.
class ArrayTreeBuilder {
 public:
  explicit ArrayTreeBuilder(std::span<array> arrays) : arrays_(arrays) {}

  template <class T>
  T build(const T& like) {
    if constexpr (std::is_same_v<T, array>) {
      return arrays_[next_++];
    } else if constexpr (std::is_arithmetic_v<T>) {
      return like;
    } else if constexpr (tree::is_vector<T>) {
      T result;
      result.reserve(like.size());
      for (const auto& item : like) result.push_back(build(item));
      return result;
    } else if constexpr (tree::TupleLike<T>) {
      return std::apply([this](const auto&... items) { return T{build(items)...}; }, like);
    } else {
      return tree::with_members(like, [this](const auto&... items) { return T{build(items)...}; });
    }
  }

 private:
  std::span<array> arrays_;
  std::size_t next_ = 0;
};

namespace tree {

/// The lengths of the vectors in a result, in order: what its type does not say.
using Lengths = std::vector<std::size_t>;

template <class T>
void flatten(const T& value, std::vector<array>& arrays, Lengths& lengths) {
  if constexpr (std::is_same_v<T, array>) {
    arrays.push_back(value);
  } else if constexpr (is_vector<T>) {
    lengths.push_back(value.size());
    for (const auto& item : value) flatten(item, arrays, lengths);
  } else if constexpr (TupleLike<T>) {
    std::apply([&](const auto&... items) { (flatten(items, arrays, lengths), ...); }, value);
  } else {
    static_assert(std::is_aggregate_v<T> && !std::is_arithmetic_v<T>,
                  "compile: a function returns arrays, or vectors, tuples and aggregates of them");
    with_members(value, [&](const auto&... items) { (flatten(items, arrays, lengths), ...); });
  }
}

template <class T>
struct Tag {
  using type = T;
};

template <class T>
T unflatten(std::vector<array>& arrays, std::size_t& next, const Lengths& lengths, std::size_t& next_length) {
  const auto rest = [&]<class U>(Tag<U>) { return unflatten<U>(arrays, next, lengths, next_length); };
  if constexpr (std::is_same_v<T, array>) {
    return std::move(arrays[next++]);
  } else if constexpr (is_vector<T>) {
    T result;
    const std::size_t length = lengths[next_length++];
    result.reserve(length);
    for (std::size_t i = 0; i < length; ++i) result.push_back(rest(Tag<typename T::value_type>{}));
    return result;
  } else if constexpr (TupleLike<T>) {
    return [&]<std::size_t... i>(std::index_sequence<i...>) { return T{rest(Tag<std::tuple_element_t<i, T>>{})...}; }
    (std::make_index_sequence<std::tuple_size_v<T>>{});
  } else {
    using Members = decltype(with_members(
        std::declval<T&>(), [](auto&... items) { return std::tuple<Tag<std::remove_cvref_t<decltype(items)>>...>{}; }));
    return [&]<class... M>(std::tuple<M...>) { return T{rest(M{})...}; }(Members{});
  }
}

}  // namespace tree

template <class T>
FunctionResult flatten_result(const T& value) {
  FunctionResult result;
  tree::Lengths lengths;
  tree::flatten(value, result.outputs, lengths);
  if (!lengths.empty()) result.structure = std::make_shared<const tree::Lengths>(std::move(lengths));
  return result;
}

template <class T>
T unflatten_result(FunctionResult result) {
  static const tree::Lengths none;
  const auto* lengths = static_cast<const tree::Lengths*>(result.structure.get());
  std::size_t next = 0, next_length = 0;
  return tree::unflatten<T>(result.outputs, next, lengths == nullptr ? none : *lengths, next_length);
}

}  // namespace cermet
