// A tiny language of scalar expressions: derivatives and expansions of ops are written in it once, and each level
// (graph, kernel, interpreter) replays them in its own terms. It knows neither arrays nor devices.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <unordered_map>
#include <vector>

#include "dtype/literal.h"
#include "ops/op.h"

namespace cermet {

class ScalarArena;

/// A scalar value of an arena. Operators build expressions; mixing arenas or dtypes is an InternalError.
class Scalar {
 public:
  Scalar() = default;
  Scalar(ScalarArena* arena, std::uint32_t id) : arena_(arena), id_(id) {}
  ScalarArena& arena() const { return *arena_; }
  std::uint32_t id() const { return id_; }
  Dtype dtype() const;

 private:
  ScalarArena* arena_ = nullptr;
  std::uint32_t id_ = 0;
};

/// What a node of an arena is.
enum class ScalarKind : std::uint8_t {
  argument,  ///< an argument of the expression; its number, in the order of creation, is in args[0]
  literal,   ///< a constant
  call,      ///< op(args...)
  convert,   ///< args[0] converted to dtype, with the kernel IR's defined rules
  bitcast    ///< args[0] reinterpreted as dtype of the same size
};

struct ScalarNode {
  ScalarKind kind = ScalarKind::literal;
  Op op{};
  Dtype dtype;
  std::uint8_t arity = 0;
  std::array<std::uint32_t, 3> args{};
  Literal literal;

  friend bool operator==(const ScalarNode&, const ScalarNode&) = default;
};

/// Holds the nodes of one expression, hash-consed and folded where both are literals. Nodes are in dependency order.
class ScalarArena {
 public:
  ScalarArena() = default;
  ScalarArena(const ScalarArena&) = delete;  // its Scalars hold its address
  ScalarArena& operator=(const ScalarArena&) = delete;

  /// The next argument; every call makes a new one.
  Scalar argument(Dtype dtype);
  Scalar literal(Literal value);
  /// The result dtype follows the row: bool for predicates, the argument's otherwise; `where` takes that of args[1].
  Scalar call(Op op, std::span<const Scalar> args);
  Scalar convert(Scalar x, Dtype to);
  Scalar bitcast(Scalar x, Dtype to);
  const ScalarNode& node(std::uint32_t id) const { return nodes_[id]; }
  const std::vector<ScalarNode>& nodes() const { return nodes_; }

 private:
  Scalar intern(const ScalarNode& node);
  std::vector<ScalarNode> nodes_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> cons_;
  std::uint32_t arguments_ = 0;
};

/// A literal of the same dtype as `like`.
Scalar constant(Scalar like, double value);
Scalar call(Op op, Scalar a);
Scalar call(Op op, Scalar a, Scalar b);
Scalar call(Op op, Scalar a, Scalar b, Scalar c);
Scalar convert(Scalar x, Dtype to);
Scalar bitcast(Scalar x, Dtype to);

Scalar operator+(Scalar a, Scalar b);
Scalar operator-(Scalar a, Scalar b);
Scalar operator*(Scalar a, Scalar b);
Scalar operator/(Scalar a, Scalar b);
Scalar operator-(Scalar a);
Scalar operator+(Scalar a, double b);
Scalar operator+(double a, Scalar b);
Scalar operator-(Scalar a, double b);
Scalar operator-(double a, Scalar b);
Scalar operator*(Scalar a, double b);
Scalar operator*(double a, Scalar b);
Scalar operator/(Scalar a, double b);
Scalar operator/(double a, Scalar b);
Scalar operator<(Scalar a, Scalar b);
Scalar operator<(Scalar a, double b);
Scalar operator>(Scalar a, Scalar b);
Scalar operator>(Scalar a, double b);
/// condition ? a : b, evaluating both.
Scalar select(Scalar condition, Scalar a, Scalar b);
/// a * b + c with one rounding.
Scalar fma(Scalar a, Scalar b, Scalar c);
Scalar fma(Scalar a, Scalar b, double c);

}  // namespace cermet
