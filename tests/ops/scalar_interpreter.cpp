// Node by node over all lanes: the common float and integer ops natively, the rest through cermet::evaluate.
#include "ops/scalar_interpreter.h"

#include <bit>
#include <cmath>

namespace cermet::testing {
namespace {

template <class T>
T from_bits(std::uint64_t bits) {
  if constexpr (sizeof(T) == 4) {
    return std::bit_cast<T>(static_cast<std::uint32_t>(bits));
  } else {
    return std::bit_cast<T>(bits);
  }
}

template <class T>
std::uint64_t to_bits(T value) {
  if constexpr (sizeof(T) == 4) {
    return std::bit_cast<std::uint32_t>(value);
  } else {
    return std::bit_cast<std::uint64_t>(value);
  }
}

template <class T, class F>
void apply(Lanes& result, std::span<const Lanes* const> args, F f) {
  const Lanes& a = *args[0];
  const Lanes& b = *args[args.size() > 1 ? 1 : 0];
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = to_bits<T>(f(from_bits<T>(a[i]), from_bits<T>(b[i])));
}

template <class T, class F>
void compare(Lanes& result, std::span<const Lanes* const> args, F f) {
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = f(from_bits<T>((*args[0])[i]), from_bits<T>((*args[1])[i])) ? 1 : 0;
  }
}

/// False where this op has no fast path.
template <class T>
bool run_float(Op op, Lanes& result, std::span<const Lanes* const> args) {
  switch (op) {
    case Op::add:
      apply<T>(result, args, [](T a, T b) { return a + b; });
      return true;
    case Op::subtract:
      apply<T>(result, args, [](T a, T b) { return a - b; });
      return true;
    case Op::multiply:
      apply<T>(result, args, [](T a, T b) { return a * b; });
      return true;
    case Op::divide:
      apply<T>(result, args, [](T a, T b) { return a / b; });
      return true;
    case Op::negative:
      apply<T>(result, args, [](T a, T) { return -a; });
      return true;
    case Op::abs:
      apply<T>(result, args, [](T a, T) { return std::fabs(a); });
      return true;
    case Op::sqrt:
      apply<T>(result, args, [](T a, T) { return std::sqrt(a); });
      return true;
    case Op::floor:
      apply<T>(result, args, [](T a, T) { return std::floor(a); });
      return true;
    case Op::trunc:
      apply<T>(result, args, [](T a, T) { return std::trunc(a); });
      return true;
    case Op::round:
      apply<T>(result, args, [](T a, T) { return std::nearbyint(a); });
      return true;
    case Op::less:
      compare<T>(result, args, [](T a, T b) { return a < b; });
      return true;
    case Op::greater:
      compare<T>(result, args, [](T a, T b) { return a > b; });
      return true;
    case Op::equal:
      compare<T>(result, args, [](T a, T b) { return a == b; });
      return true;
    case Op::fma:
      for (std::size_t i = 0; i < result.size(); ++i) {
        result[i] =
            to_bits<T>(std::fma(from_bits<T>((*args[0])[i]), from_bits<T>((*args[1])[i]), from_bits<T>((*args[2])[i])));
      }
      return true;
    default:
      return false;
  }
}

/// I is signed; arithmetic is done on its unsigned twin, so that it wraps.
template <class I>
bool run_integer(Op op, Lanes& result, std::span<const Lanes* const> args) {
  using U = std::make_unsigned_t<I>;
  constexpr int width = 8 * sizeof(I);
  const auto shift = [](I count) { return static_cast<U>(count) >= width ? width : static_cast<int>(count); };
  switch (op) {
    case Op::add:
      apply<U>(result, args, [](U a, U b) { return static_cast<U>(a + b); });
      return true;
    case Op::subtract:
      apply<U>(result, args, [](U a, U b) { return static_cast<U>(a - b); });
      return true;
    case Op::multiply:
      apply<U>(result, args, [](U a, U b) { return static_cast<U>(a * b); });
      return true;
    case Op::bitwise_and:
      apply<U>(result, args, [](U a, U b) { return a & b; });
      return true;
    case Op::bitwise_or:
      apply<U>(result, args, [](U a, U b) { return a | b; });
      return true;
    case Op::bitwise_xor:
      apply<U>(result, args, [](U a, U b) { return a ^ b; });
      return true;
    case Op::left_shift:
      apply<I>(result, args,
               [&](I a, I b) { return shift(b) == width ? I{0} : static_cast<I>(static_cast<U>(a) << shift(b)); });
      return true;
    case Op::right_shift:
      apply<I>(result, args, [&](I a, I b) { return a >> (shift(b) == width ? width - 1 : shift(b)); });
      return true;
    case Op::less:
      compare<I>(result, args, [](I a, I b) { return a < b; });
      return true;
    case Op::greater:
      compare<I>(result, args, [](I a, I b) { return a > b; });
      return true;
    case Op::equal:
      compare<I>(result, args, [](I a, I b) { return a == b; });
      return true;
    default:
      return false;
  }
}

void run_call(const ScalarArena& arena, const ScalarNode& node, Lanes& result, std::span<const Lanes* const> args) {
  const Dtype t = arena.node(node.args[0]).dtype;
  if (node.op == Op::where) {
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = (*args[(*args[0])[i] != 0 ? 1 : 2])[i];
    return;
  }
  if (t == float32 && run_float<float>(node.op, result, args)) return;
  if (t == float64 && run_float<double>(node.op, result, args)) return;
  if (t == int32 && run_integer<std::int32_t>(node.op, result, args)) return;
  if (t == int64 && run_integer<std::int64_t>(node.op, result, args)) return;
  std::array<Literal, 3> literals{};
  for (std::size_t i = 0; i < result.size(); ++i) {
    for (std::size_t k = 0; k < args.size(); ++k) literals[k] = {arena.node(node.args[k]).dtype, (*args[k])[i]};
    result[i] = evaluate(node.op, std::span(literals).first(args.size())).bits;
  }
}

void run_convert(Dtype from, Dtype to, Lanes& result, const Lanes& arg) {
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (from == float32 && to == float64) {
      result[i] = to_bits(static_cast<double>(from_bits<float>(arg[i])));
    } else if (from == float64 && to == float32) {
      result[i] = to_bits(static_cast<float>(from_bits<double>(arg[i])));
    } else {
      result[i] = Literal{from, arg[i]}.converted(to).bits;
    }
  }
}

}  // namespace

Scalar expand_fully(Op op, std::span<const Scalar> args) {
  if (row(op).expand == nullptr || op == Op::fma) return args[0].arena().call(op, args);
  ScalarArena body;
  std::vector<Scalar> parameters;
  for (const Scalar arg : args) parameters.push_back(body.argument(arg.dtype()));
  const Scalar root = row(op).expand(parameters);
  std::vector<Scalar> replaced;
  for (const ScalarNode& node : body.nodes()) {
    std::vector<Scalar> operands;
    for (int i = 0; i < node.arity; ++i) operands.push_back(replaced[node.args[static_cast<std::size_t>(i)]]);
    switch (node.kind) {
      case ScalarKind::argument:
        replaced.push_back(args[node.args[0]]);
        break;
      case ScalarKind::literal:
        replaced.push_back(args[0].arena().literal(node.literal));
        break;
      case ScalarKind::call:
        replaced.push_back(expand_fully(node.op, operands));
        break;
      case ScalarKind::convert:
        replaced.push_back(convert(operands[0], node.dtype));
        break;
      case ScalarKind::bitcast:
        replaced.push_back(bitcast(operands[0], node.dtype));
        break;
    }
  }
  return replaced[root.id()];
}

std::vector<Lanes> interpret(const ScalarArena& arena, std::span<const Scalar> roots,
                             std::span<const Lanes> arguments) {
  const std::size_t lanes = arguments.empty() ? 1 : arguments[0].size();
  std::vector<char> needed(arena.nodes().size(), 0);
  for (const Scalar root : roots) needed[root.id()] = 1;
  for (std::size_t id = needed.size(); id-- > 0;) {
    const ScalarNode& node = arena.nodes()[id];
    for (int i = 0; needed[id] != 0 && i < node.arity; ++i) needed[node.args[static_cast<std::size_t>(i)]] = 1;
  }
  std::vector<Lanes> values(arena.nodes().size());
  for (std::size_t id = 0; id < values.size(); ++id) {
    if (needed[id] == 0) continue;
    const ScalarNode& node = arena.nodes()[id];
    if (node.kind == ScalarKind::argument) {
      values[id] = arguments[node.args[0]];
      continue;
    }
    Lanes& result = values[id];
    result.assign(lanes, node.literal.bits);
    std::array<const Lanes*, 3> args{};
    for (std::size_t i = 0; i < node.arity; ++i) args[i] = &values[node.args[i]];
    if (node.kind == ScalarKind::call) run_call(arena, node, result, std::span(args).first(node.arity));
    if (node.kind == ScalarKind::convert) run_convert(arena.node(node.args[0]).dtype, node.dtype, result, *args[0]);
    if (node.kind == ScalarKind::bitcast) result = *args[0];
  }
  std::vector<Lanes> results;
  for (const Scalar root : roots) results.push_back(values[root.id()]);
  return results;
}

Lanes run_expansion(Op op, Dtype dtype, std::span<const Lanes> arguments) {
  ScalarArena arena;
  std::vector<Scalar> args;
  for (std::size_t i = 0; i < row(op).arity; ++i)
    args.push_back(arena.argument(op == Op::where && i == 0 ? bool_ : dtype));
  const Scalar root = expand_fully(op, args);
  // In blocks that stay in the cache.
  constexpr std::size_t block = 512;
  Lanes result;
  for (std::size_t first = 0; first < arguments[0].size(); first += block) {
    const std::size_t last = std::min(first + block, arguments[0].size());
    std::vector<Lanes> part;
    for (const Lanes& lanes : arguments) {
      part.emplace_back(lanes.begin() + static_cast<std::ptrdiff_t>(first),
                        lanes.begin() + static_cast<std::ptrdiff_t>(last));
    }
    const Lanes values = interpret(arena, std::array{root}, part)[0];
    result.insert(result.end(), values.begin(), values.end());
  }
  return result;
}

}  // namespace cermet::testing
