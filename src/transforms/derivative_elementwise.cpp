// Derivatives of element-wise ops: the partial derivatives of their rows, replayed with array operations.
#include <cermet/cermet.h>

#include <array>

#include "array/node_building.h"
#include "transforms/derivative_rules.h"

namespace cermet {

namespace {

/// The row's expression for d(out)/d(inputs[index]): its arena, arguments and root.
struct PartialExpression {
  ScalarArena arena;
  Scalar root;
};

bool write_partial(PartialExpression& e, const Row& r, const Application& of, std::size_t index) {
  if (!r.differentiable || r.partial[index] == nullptr) return false;
  std::array<Scalar, 3> arguments;
  for (std::size_t i = 0; i < of.inputs.size(); ++i) arguments[i] = e.arena.argument(of.inputs[i].dtype());
  const Scalar out = e.arena.argument(of.output.dtype());
  e.root = r.partial[index]({arguments.data(), of.inputs.size()}, out);
  return true;
}

/// Writes scalar nodes as array operations on the application's operands and result, each once.
class Replay {
 public:
  Replay(const ScalarArena& arena, const Application& of) : arena_(arena), of_(of), done_(arena.nodes().size()) {}

  array at(std::uint32_t id) {
    if (!done_[id]) done_[id] = make(arena_.node(id));
    return *done_[id];
  }

 private:
  array make(const ScalarNode& node) {
    switch (node.kind) {
      case ScalarKind::argument:
        return node.args[0] < of_.inputs.size() ? of_.inputs[node.args[0]] : of_.output;
      case ScalarKind::literal:
        return make_constant(node.literal, {});
      case ScalarKind::convert:
        return astype(at(node.args[0]), node.dtype);
      case ScalarKind::bitcast:
        return view(at(node.args[0]), node.dtype);
      case ScalarKind::call:
        break;
    }
    SmallVector<array, 3> arguments;
    for (std::size_t i = 0; i < node.arity; ++i) arguments.push_back(at(node.args[i]));
    SmallVector<Operand, 3> operands;
    for (const array& x : arguments) operands.push_back(x);
    return elementwise(node.op, {operands.data(), operands.size()});
  }

  const ScalarArena& arena_;
  const Application& of_;
  std::vector<MaybeArray> done_;
};

bool is_literal(const ScalarNode& node, double value) {
  return node.kind == ScalarKind::literal && !is_complex(node.dtype) && node.literal.as_double() == value;
}

array zeros_of(const array& like) { return make_constant(Literal::of_integer(int32, 0).converted(like.dtype()), {}); }

/// factor * (partial derivative). A derivative that is 0 on some side selects, so that an infinite factor stays out.
array scaled(const array& factor, const PartialExpression& e, const Application& of) {
  const ScalarNode& root = e.arena.node(e.root.id());
  if (is_literal(root, 1)) return factor;
  if (is_literal(root, -1)) return negative(factor);
  Replay replay(e.arena, of);
  if (root.kind == ScalarKind::call && root.op == Op::where) {
    const ScalarNode& yes = e.arena.node(root.args[1]);
    const ScalarNode& no = e.arena.node(root.args[2]);
    if (is_literal(yes, 1) && is_literal(no, 0)) return where(replay.at(root.args[0]), factor, zeros_of(factor));
    if (is_literal(yes, 0) && is_literal(no, 1)) return where(replay.at(root.args[0]), zeros_of(factor), factor);
  }
  return multiply(factor, replay.at(e.root.id()));
}

array imaginary_unit() { return array(std::complex<float>(0, 1)); }

/// Between complex64 and float32: with a complex number taken as a pair of reals, and cotangents as their gradient.
bool changes_field(const Application& of) { return is_complex(of.inputs[0].dtype()) && !is_complex(of.output.dtype()); }

MaybeArray pull_back_to_complex(const Application& of, const array& cotangent) {
  const array g = astype(cotangent, complex64);
  switch (of.primitive.op) {
    case Op::real:
      return g;
    case Op::imag:
      return multiply(g, imaginary_unit());
    case Op::abs: {
      const array modulus = where(equal(of.output, 0), 1.0F, of.output);
      return multiply(g, divide(of.inputs[0], modulus));
    }
    default:
      return std::nullopt;
  }
}

MaybeArray push_forward_to_real(const Application& of, const array& tangent) {
  switch (of.primitive.op) {
    case Op::real:
      return real(tangent);
    case Op::imag:
      return imag(tangent);
    case Op::abs: {
      const array modulus = where(equal(of.output, 0), 1.0F, of.output);
      return divide(real(multiply(conjugate(of.inputs[0]), tangent)), modulus);
    }
    default:
      return std::nullopt;
  }
}

/// The gradient convention needs the conjugate of a holomorphic derivative going back.
array conjugated(const array& x) { return is_complex(x.dtype()) ? conjugate(x) : x; }

}  // namespace

std::vector<MaybeArray> pull_back_elementwise(const Application& of, const array& cotangent,
                                              std::span<const bool> wanted) {
  const Row& r = row(of.primitive.op);
  std::vector<MaybeArray> results(of.inputs.size());
  if (changes_field(of)) {
    results[0] = pull_back_to_complex(of, cotangent);
    return results;
  }
  for (std::size_t i = 0; i < of.inputs.size(); ++i) {
    if (!wanted[i] || !is_inexact(of.inputs[i].dtype())) continue;
    if (of.primitive.op == Op::conjugate) {
      results[i] = conjugated(cotangent);
      continue;
    }
    PartialExpression e;
    if (!write_partial(e, r, of, i)) continue;
    results[i] = conjugated(scaled(conjugated(cotangent), e, of));
  }
  return results;
}

MaybeArray push_forward_elementwise(const Application& of, std::span<const MaybeArray> tangents) {
  const Row& r = row(of.primitive.op);
  if (changes_field(of)) return tangents[0] ? push_forward_to_real(of, *tangents[0]) : std::nullopt;
  MaybeArray sum;
  for (std::size_t i = 0; i < of.inputs.size(); ++i) {
    if (!tangents[i] || !is_inexact(of.inputs[i].dtype())) continue;
    PartialExpression e;
    if (of.primitive.op != Op::conjugate && !write_partial(e, r, of, i)) continue;
    const array term = of.primitive.op == Op::conjugate ? conjugated(*tangents[i]) : scaled(*tangents[i], e, of);
    sum = sum ? add(*sum, term) : term;
  }
  return sum;
}

}  // namespace cermet
