// Scalar expressions: every node of an arena is unique, and a call of literals is its value.
#include "ops/scalar.h"

#include <bit>

#include "base/error.h"
#include "ops/row.h"

namespace cermet {
namespace {

std::uint64_t hash_of(const ScalarNode& node) {
  std::uint64_t hash = (static_cast<std::uint64_t>(node.kind) << 40) ^ (static_cast<std::uint64_t>(node.op) << 16) ^
                       static_cast<std::uint64_t>(node.dtype.val);
  for (const std::uint64_t word :
       {std::uint64_t{node.args[0]}, std::uint64_t{node.args[1]}, std::uint64_t{node.args[2]}, node.literal.bits}) {
    hash = (std::rotl(hash, 23) ^ word) * 0x9e3779b97f4a7c15U;
  }
  return hash;
}

Scalar call_all(Op op, std::initializer_list<Scalar> args) {
  return args.begin()->arena().call(op, std::span<const Scalar>(args.begin(), args.size()));
}

}  // namespace

Dtype Scalar::dtype() const { return arena_->node(id_).dtype; }

Scalar ScalarArena::intern(const ScalarNode& node) {
  const std::uint64_t hash = hash_of(node);
  const auto [first, last] = cons_.equal_range(hash);
  for (auto candidate = first; candidate != last; ++candidate) {
    if (nodes_[candidate->second] == node) return {this, candidate->second};
  }
  const std::uint32_t id = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back(node);
  cons_.emplace(hash, id);
  return {this, id};
}

Scalar ScalarArena::argument(Dtype dtype) {
  ScalarNode node;
  node.kind = ScalarKind::argument;
  node.dtype = dtype;
  node.args[0] = arguments_++;
  return intern(node);
}

Scalar ScalarArena::literal(Literal value) {
  ScalarNode node;
  node.kind = ScalarKind::literal;
  node.dtype = value.dtype;
  node.literal = value;
  return intern(node);
}

Scalar ScalarArena::call(Op op, std::span<const Scalar> args) {
  check(args.size() == row(op).arity, "{} takes {} operands, not {}", name(op), row(op).arity, args.size());
  ScalarNode node;
  node.kind = ScalarKind::call;
  node.op = op;
  node.arity = row(op).arity;
  std::array<Literal, 3> literals{};
  bool constant = true;
  const std::size_t first = op == Op::where ? 1 : 0;
  for (std::size_t i = 0; i < args.size(); ++i) {
    check(&args[i].arena() == this, "{}: operands of two arenas", name(op));
    check(i < first ? is_bool(args[i].dtype()) : args[i].dtype() == args[first].dtype(), "{}: {} beside {}", name(op),
          name(args[i].dtype()), name(args[first].dtype()));
    node.args[i] = args[i].id();
    const ScalarNode& arg = nodes_[args[i].id()];
    constant = constant && arg.kind == ScalarKind::literal;
    literals[i] = arg.literal;
  }
  node.dtype = result_dtype(op, args[first].dtype());
  if (op == Op::where && nodes_[args[0].id()].kind == ScalarKind::literal) {
    return literals[0].as_bool() ? args[1] : args[2];
  }
  if (constant) return literal(evaluate(op, std::span(literals).first(args.size())));
  return intern(node);
}

Scalar ScalarArena::convert(Scalar x, Dtype to) {
  const ScalarNode& from = nodes_[x.id()];
  if (from.dtype == to) return x;
  if (from.kind == ScalarKind::literal) return literal(from.literal.converted(to));
  ScalarNode node;
  node.kind = ScalarKind::convert;
  node.dtype = to;
  node.arity = 1;
  node.args[0] = x.id();
  return intern(node);
}

Scalar ScalarArena::bitcast(Scalar x, Dtype to) {
  const ScalarNode& from = nodes_[x.id()];
  check(from.dtype.size() == to.size(), "bitcast of {} to {}", name(from.dtype), name(to));
  if (from.dtype == to) return x;
  if (from.kind == ScalarKind::literal) return literal({to, from.literal.bits});
  if (from.kind == ScalarKind::bitcast && nodes_[from.args[0]].dtype == to) return {this, from.args[0]};
  ScalarNode node;
  node.kind = ScalarKind::bitcast;
  node.dtype = to;
  node.arity = 1;
  node.args[0] = x.id();
  return intern(node);
}

Scalar constant(Scalar like, double value) { return like.arena().literal(Literal::of(like.dtype(), value)); }
Scalar call(Op op, Scalar a) { return call_all(op, {a}); }
Scalar call(Op op, Scalar a, Scalar b) { return call_all(op, {a, b}); }
Scalar call(Op op, Scalar a, Scalar b, Scalar c) { return call_all(op, {a, b, c}); }
Scalar convert(Scalar x, Dtype to) { return x.arena().convert(x, to); }
Scalar bitcast(Scalar x, Dtype to) { return x.arena().bitcast(x, to); }

Scalar operator+(Scalar a, Scalar b) { return call(Op::add, a, b); }
Scalar operator-(Scalar a, Scalar b) { return call(Op::subtract, a, b); }
Scalar operator*(Scalar a, Scalar b) { return call(Op::multiply, a, b); }
Scalar operator/(Scalar a, Scalar b) { return call(Op::divide, a, b); }
Scalar operator-(Scalar a) { return call(Op::negative, a); }
Scalar operator+(Scalar a, double b) { return a + constant(a, b); }
Scalar operator+(double a, Scalar b) { return constant(b, a) + b; }
Scalar operator-(Scalar a, double b) { return a - constant(a, b); }
Scalar operator-(double a, Scalar b) { return constant(b, a) - b; }
Scalar operator*(Scalar a, double b) { return a * constant(a, b); }
Scalar operator*(double a, Scalar b) { return constant(b, a) * b; }
Scalar operator/(Scalar a, double b) { return a / constant(a, b); }
Scalar operator/(double a, Scalar b) { return constant(b, a) / b; }
Scalar operator<(Scalar a, Scalar b) { return call(Op::less, a, b); }
Scalar operator<(Scalar a, double b) { return a < constant(a, b); }
Scalar operator>(Scalar a, Scalar b) { return call(Op::greater, a, b); }
Scalar operator>(Scalar a, double b) { return a > constant(a, b); }
Scalar select(Scalar condition, Scalar a, Scalar b) { return call(Op::where, condition, a, b); }
Scalar fma(Scalar a, Scalar b, Scalar c) { return call(Op::fma, a, b, c); }
Scalar fma(Scalar a, Scalar b, double c) { return fma(a, b, constant(a, c)); }

}  // namespace cermet
