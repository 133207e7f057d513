// Ops that the target does not have become the expressions of their rows; see expand_ops.h.
#include "kernel/passes/expand_ops.h"

#include <map>
#include <memory>

#include "base/error.h"
#include "kernel/rewrite.h"

namespace cermet::kernel {

namespace {

class ExpandOps : public Rewriter {
 public:
  ExpandOps(const Kernel& source, const Target& target) : Rewriter(source), target_(target) {}

 protected:
  void visit(Value old) override {
    const Instruction& in = from.instructions[static_cast<std::size_t>(old)];
    if (in.opcode != Opcode::call || native(in.op)) {
      return copy(old);
    }
    // An expansion may be a literal (the imaginary part of a real number), whatever lanes its operands have.
    set(old, build().broadcast(call(in.op, at(in.args)), in.lanes));
  }

 private:
  /// The expansion of one op on operands of certain dtypes; `arguments` are its leaves.
  struct Expansion {
    ScalarArena arena;
    std::vector<Scalar> arguments;
    Scalar root;
  };

  bool native(Op op) const { return row(op).expand == nullptr || target_.native.test(static_cast<std::size_t>(op)); }

  Value call(Op op, const std::vector<Value>& args) {
    if (native(op)) {
      return build().call(op, args);
    }
    const Expansion& expansion = expand(op, args);
    std::vector<Value> values(expansion.arena.nodes().size(), no_value);
    for (std::size_t i = 0; i < args.size(); ++i) {
      values[expansion.arguments[i].id()] = args[i];
    }
    return replay(expansion.arena, expansion.root.id(), values);
  }

  const Expansion& expand(Op op, const std::vector<Value>& args) {
    std::vector<int> key{static_cast<int>(op)};
    for (const Value arg : args) {
      key.push_back(static_cast<int>(build().dtype(arg).val));
    }
    std::unique_ptr<Expansion>& known = expansions_[key];
    if (!known) {
      known = std::make_unique<Expansion>();
      for (const Value arg : args) {
        known->arguments.push_back(known->arena.argument(build().dtype(arg)));
      }
      known->root = row(op).expand(known->arguments);
    }
    return *known;
  }

  Value replay(const ScalarArena& arena, std::uint32_t id, std::vector<Value>& values) {
    if (values[id] != no_value) {
      return values[id];
    }
    const ScalarNode node = arena.node(id);
    std::vector<Value> args;
    for (std::size_t i = 0; i < node.arity; ++i) {
      args.push_back(replay(arena, node.args[i], values));
    }
    switch (node.kind) {
      case ScalarKind::argument:
        fail<InternalError>("internal error: expand_ops: an expansion has a free argument");
      case ScalarKind::literal:
        return values[id] = build().literal(node.literal);
      case ScalarKind::call:
        return values[id] = call(node.op, args);
      case ScalarKind::convert:
        return values[id] = build().convert(args[0], node.dtype);
      case ScalarKind::bitcast:
        return values[id] = build().bitcast(args[0], node.dtype);
    }
    return no_value;
  }

  const Target& target_;
  std::map<std::vector<int>, std::unique_ptr<Expansion>> expansions_;
};

}  // namespace

void expand_ops(Kernel& kernel, const Target& target) { kernel = ExpandOps(kernel, target).run(); }

}  // namespace cermet::kernel
