// The reference: evaluates a graph element by element by the definitions of the op tables, for tests of everything
// else.
#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "graph/graph.h"
#include "graph/ops/library_op.h"
#include "graph/ops/threefry.h"
#include "graph/passes/inline_composites.h"
#include "graph/uses.h"

namespace cermet::graph {
namespace {

using Elements = std::vector<Literal>;
using Extents = std::vector<std::int64_t>;

std::int64_t count(const Extents& extents) {
  std::int64_t n = 1;
  for (std::int64_t e : extents) n *= e;
  return n;
}

/// Steps `index` to the next one in row-major order.
void advance(Extents& index, const Extents& extents) {
  for (std::size_t k = extents.size(); k-- > 0;) {
    if (++index[k] < extents[k]) return;
    index[k] = 0;
  }
}

std::int64_t linear(const Extents& index, const Extents& extents) {
  std::int64_t at = 0;
  for (std::size_t k = 0; k < extents.size(); ++k) at = at * extents[k] + index[k];
  return at;
}

/// Where an index points on an axis: negative ones count from the end, then all are clamped.
std::int64_t place_in_axis(const Literal& index, std::int64_t extent) {
  if (is_signed_integer(index.dtype)) {
    const std::int64_t i = index.as_int64();
    return std::clamp<std::int64_t>(i < 0 ? i + extent : i, 0, extent - 1);
  }
  return static_cast<std::int64_t>(std::min(index.as_uint64(), static_cast<std::uint64_t>(extent - 1)));
}

/// Evaluates Scalar expressions of a reduction's combine on literals; the arena is built once a reduction.
class Combiner {
 public:
  Combiner(const ReduceRow& r, std::span<const Literal> identity) : width_(r.width) {
    std::array<Scalar, 2> left;
    std::array<Scalar, 2> right;
    for (std::size_t c = 0; c < width_; ++c) left[c] = arena_.argument(identity[c].dtype);
    for (std::size_t c = 0; c < width_; ++c) right[c] = arena_.argument(identity[c].dtype);
    r.combine({left.data(), width_}, {right.data(), width_}, {result_.data(), width_});
  }

  std::array<Literal, 2> operator()(const std::array<Literal, 2>& left, const std::array<Literal, 2>& right) {
    values_.resize(arena_.nodes().size());
    std::size_t argument = 0;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const ScalarNode& node = arena_.node(static_cast<std::uint32_t>(i));
      if (node.kind == ScalarKind::argument) {
        values_[i] = argument < width_ ? left[argument] : right[argument - width_];
        ++argument;
      } else {
        values_[i] = evaluate_node(node);
      }
    }
    std::array<Literal, 2> out;
    for (std::size_t c = 0; c < width_; ++c) out[c] = values_[result_[c].id()];
    return out;
  }

 private:
  Literal evaluate_node(const ScalarNode& node) const {
    std::array<Literal, 3> args;
    for (std::size_t k = 0; k < node.arity; ++k) args[k] = values_[node.args[k]];
    switch (node.kind) {
      case ScalarKind::literal:
        return node.literal;
      case ScalarKind::call:
        return evaluate(node.op, {args.data(), node.arity});
      case ScalarKind::convert:
        return args[0].converted(node.dtype);
      case ScalarKind::bitcast:
        return {node.dtype, args[0].bits};
      case ScalarKind::argument:
        break;
    }
    fail<InternalError>("internal error: a scalar node of kind {}", static_cast<int>(node.kind));
  }

  std::size_t width_;
  ScalarArena arena_;
  std::array<Scalar, 2> result_;
  std::vector<Literal> values_;
};

using Tuple = std::array<Literal, 2>;

/// The order of kernel.h: 64 round-robin lanes and a tree over them, in chunks of 8192 elements whose results are
/// reduced in the same way. Restated here because the graph does not see kernels; a test holds both to one result.
Tuple reduce_in_order(std::vector<Tuple> elements, const Tuple& identity, Combiner& combine) {
  constexpr std::size_t lanes = 64;
  constexpr std::size_t chunk = 8192;
  const auto reduce_lanes = [&](std::size_t begin, std::size_t end) {
    std::array<Tuple, lanes> accumulators;
    accumulators.fill(identity);
    for (std::size_t i = begin; i < end; ++i) {
      Tuple& a = accumulators[(i - begin) % lanes];
      a = combine(a, elements[i]);
    }
    for (std::size_t w = lanes / 2; w > 0; w /= 2) {
      for (std::size_t l = 0; l < w; ++l) accumulators[l] = combine(accumulators[l], accumulators[l + w]);
    }
    return accumulators[0];
  };
  if (elements.size() <= chunk) return reduce_lanes(0, elements.size());
  std::vector<Tuple> chunks;
  for (std::size_t begin = 0; begin < elements.size(); begin += chunk) {
    chunks.push_back(reduce_lanes(begin, std::min(begin + chunk, elements.size())));
  }
  elements = std::move(chunks);
  return reduce_lanes(0, elements.size());
}

class Interpreter {
 public:
  Interpreter(const Graph& graph, const std::function<std::int64_t(SymbolId)>& symbol_value)
      : graph_(graph), symbol_value_(symbol_value), table_(graph.dims), values_(graph.nodes.size()) {}

  std::vector<Elements> run(std::span<const Elements> inputs) {
    check(inputs.size() == graph_.inputs.size(), "{} inputs given to a graph of {}", inputs.size(),
          graph_.inputs.size());
    std::vector<int> uses = count_uses(graph_);
    std::size_t next_input = 0;
    for (std::size_t v = 0; v < graph_.nodes.size(); ++v) {
      const Node& node = graph_.nodes[v];
      const bool is_input = node.primitive.kind == PrimitiveKind::input;
      values_[v] = is_input ? inputs[next_input++] : compute(node);
      check(static_cast<std::int64_t>(values_[v].size()) == count(extents(node.type.shape)),
            "graph value %{} has {} elements, its shape another number", v, values_[v].size());
      for (Value u : node.inputs) {
        if (--uses[static_cast<std::size_t>(u)] == 0) Elements().swap(values_[static_cast<std::size_t>(u)]);
      }
    }
    std::vector<Elements> outputs;
    for (Value v : graph_.outputs) outputs.push_back(values_[static_cast<std::size_t>(v)]);
    return outputs;
  }

 private:
  std::int64_t evaluate_dim(Dim d) const { return table_.evaluate(d, symbol_value_); }
  Extents extents(const Shape& shape) const {
    Extents out;
    for (Dim d : shape) out.push_back(evaluate_dim(d));
    return out;
  }
  const Elements& input(const Node& node, std::size_t i) const {
    return values_[static_cast<std::size_t>(node.inputs[i])];
  }
  Extents input_extents(const Node& node, std::size_t i) const {
    return extents(graph_.nodes[static_cast<std::size_t>(node.inputs[i])].type.shape);
  }

  Elements compute(const Node& node) {
    const Primitive& p = node.primitive;
    switch (p.kind) {
      case PrimitiveKind::constant:
        return {p.literal};
      case PrimitiveKind::dim_value:
        return {Literal::of_integer(p.dtype, evaluate_dim(p.dims[0]))};
      case PrimitiveKind::elementwise:
        return elementwise(node);
      case PrimitiveKind::convert:
      case PrimitiveKind::bitcast:
        return converted(node);
      case PrimitiveKind::reshape:
      case PrimitiveKind::copy:
      case PrimitiveKind::depends:
        return input(node, 0);
      case PrimitiveKind::transpose:
      case PrimitiveKind::broadcast:
      case PrimitiveKind::slice:
      case PrimitiveKind::strided:
        return view(node);
      case PrimitiveKind::reduce:
        return reduce(node);
      case PrimitiveKind::concatenate:
        return concatenate(node);
      case PrimitiveKind::iota:
        return iota(node);
      case PrimitiveKind::random_bits:
        return random_bits(node);
      case PrimitiveKind::matmul:
        return matmul(node);
      case PrimitiveKind::library:
        return library_call(node);
      case PrimitiveKind::gather:
        return gather(node);
      case PrimitiveKind::scan:
        return scan(node);
      case PrimitiveKind::input:
      case PrimitiveKind::composite:
        break;
    }
    fail<InternalError>("internal error: {} cannot be interpreted", name(p.kind));
  }

  Elements library_call(const Node& node) const {
    const LibraryOp& op = find_library_op(node.primitive.text);
    if (op.interpret == nullptr) fail<InternalError>("internal error: {} has no reference", op.name);
    Primitive call = node.primitive;
    for (Dim& d : call.dims) d = Dim(evaluate_dim(d));
    std::vector<ReferenceArray> inputs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ArrayType& type = graph_.nodes[static_cast<std::size_t>(node.inputs[i])].type;
      inputs.push_back({input_extents(node, i), type.dtype, input(node, i)});
    }
    return op.interpret(call, inputs);
  }

  Elements elementwise(const Node& node) const {
    Elements out(input(node, 0).size());
    std::array<Literal, 3> args;
    for (std::size_t i = 0; i < out.size(); ++i) {
      for (std::size_t k = 0; k < node.inputs.size(); ++k) args[k] = input(node, k)[i];
      out[i] = evaluate(node.primitive.op, {args.data(), node.inputs.size()});
    }
    return out;
  }

  Elements converted(const Node& node) const {
    Elements out;
    for (const Literal& x : input(node, 0)) {
      out.push_back(node.primitive.kind == PrimitiveKind::convert ? x.converted(node.primitive.dtype)
                                                                  : Literal{node.primitive.dtype, x.bits});
    }
    return out;
  }

  Elements view(const Node& node) const {
    const Primitive& p = node.primitive;
    const Extents from = input_extents(node, 0);
    const Extents to = extents(node.type.shape);
    Extents index(to.size(), 0);
    Extents source(from.size(), 0);
    Elements out(static_cast<std::size_t>(count(to)));
    for (Literal& element : out) {
      if (p.kind == PrimitiveKind::strided) source[0] = evaluate_dim(p.dims[0]);
      for (std::size_t k = 0; k < index.size(); ++k) {
        if (p.kind == PrimitiveKind::transpose) source[static_cast<std::size_t>(p.axes[k])] = index[k];
        if (p.kind == PrimitiveKind::strided) source[0] += index[k] * p.axes[k];
        if (p.kind == PrimitiveKind::slice) source[k] = evaluate_dim(p.dims[k]) + index[k] * p.axes[k];
      }
      for (std::size_t k = 0; p.kind == PrimitiveKind::broadcast && k < source.size(); ++k) {
        source[k] = from[k] == 1 ? 0 : index[index.size() - source.size() + k];
      }
      element = input(node, 0)[static_cast<std::size_t>(linear(source, from))];
      advance(index, to);
    }
    return out;
  }

  Elements reduce(const Node& node) const {
    const ReduceRow& r = row(node.primitive.reduction);
    const Extents from = input_extents(node, 0);
    const Dtype from_dtype = graph_.nodes[static_cast<std::size_t>(node.inputs[0])].type.dtype;
    const Dtype accumulator = r.accumulator(from_dtype);
    Tuple identity;
    for (int c = 0; c < r.width; ++c) identity[static_cast<std::size_t>(c)] = r.identity(accumulator, c);
    Combiner combine(r, {identity.data(), r.width});
    const std::int64_t results = count(extents(node.type.shape));
    std::vector<std::vector<Tuple>> rows(static_cast<std::size_t>(results));
    Extents index(from.size(), 0);
    for (const Literal& element : input(node, 0)) {
      std::int64_t at = 0;
      for (std::size_t k = 0; k < from.size(); ++k) {
        const auto& axes = node.primitive.axes;
        if (!std::binary_search(axes.begin(), axes.end(), static_cast<std::int64_t>(k))) at = at * from[k] + index[k];
      }
      std::vector<Tuple>& into = rows[static_cast<std::size_t>(at)];
      const auto position = static_cast<std::int64_t>(into.size());
      into.push_back(
          {element.converted(accumulator), r.width > 1 ? Literal::of_integer(identity[1].dtype, position) : Literal{}});
      advance(index, from);
    }
    Elements out;
    for (std::vector<Tuple>& elements : rows) {
      const Tuple result = reduce_in_order(std::move(elements), identity, combine);
      out.push_back(result[r.width - 1U].converted(node.type.dtype));
    }
    return out;
  }

  Elements concatenate(const Node& node) const {
    const Extents to = extents(node.type.shape);
    const auto axis = static_cast<std::size_t>(node.primitive.axes[0]);
    Elements out(static_cast<std::size_t>(count(to)));
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const Extents from = input_extents(node, i);
      Extents index(from.size(), 0);
      for (const Literal& element : input(node, i)) {
        Extents target = index;
        target[axis] += offset;
        out[static_cast<std::size_t>(linear(target, to))] = element;
        advance(index, from);
      }
      offset += from[axis];
    }
    return out;
  }

  Elements gather(const Node& node) const {
    const Primitive& p = node.primitive;
    const Extents from = input_extents(node, 0);
    const Extents to = extents(node.type.shape);
    Extents index(to.size(), 0);
    Extents source(from.size(), 0);
    Elements out(static_cast<std::size_t>(count(to)));
    for (std::size_t i = 0; i < out.size(); ++i) {
      for (std::size_t k = 0; k < from.size(); ++k) {
        source[k] = p.axes[k] >= 0 ? index[static_cast<std::size_t>(p.axes[k])]
                                   : place_in_axis(input(node, static_cast<std::size_t>(-p.axes[k]))[i], from[k]);
      }
      out[i] = input(node, 0)[static_cast<std::size_t>(linear(source, from))];
      advance(index, to);
    }
    return out;
  }

  Elements scan(const Node& node) const {
    const Primitive& p = node.primitive;
    const ReduceRow& r = row(p.reduction);
    const Extents shape = extents(node.type.shape);
    const auto axis = static_cast<std::size_t>(p.axes[0]);
    const Dtype accumulator = r.accumulator(graph_.nodes[static_cast<std::size_t>(node.inputs[0])].type.dtype);
    const Tuple identity{r.identity(accumulator, 0), Literal{}};
    Combiner combine(r, {identity.data(), 1});
    std::int64_t step = 1;
    for (std::size_t k = axis + 1; k < shape.size(); ++k) step *= shape[k];
    Elements out(static_cast<std::size_t>(count(shape)));
    for (std::int64_t first = 0; first < count(shape); ++first) {
      if (first / step % shape[axis] != 0) continue;
      Tuple sum = identity;
      for (std::int64_t i = 0; i < shape[axis]; ++i) {
        const auto at = static_cast<std::size_t>(first + (p.axes[1] != 0 ? shape[axis] - 1 - i : i) * step);
        const Tuple next = combine(sum, {input(node, 0)[at].converted(accumulator), Literal{}});
        out[at] = (p.axes[2] != 0 ? sum : next)[0].converted(node.type.dtype);
        sum = next;
      }
    }
    return out;
  }

  Elements iota(const Node& node) const {
    const Extents to = extents(node.type.shape);
    Extents index(to.size(), 0);
    Elements out(static_cast<std::size_t>(count(to)));
    for (Literal& element : out) {
      element = Literal::of_integer(node.type.dtype, index[static_cast<std::size_t>(node.primitive.axes[0])]);
      advance(index, to);
    }
    return out;
  }

  Elements random_bits(const Node& node) const {
    const Elements& key = input(node, 0);
    const std::array<std::uint32_t, 2> words = {static_cast<std::uint32_t>(key[0].bits),
                                                static_cast<std::uint32_t>(key[1].bits)};
    const std::int64_t elements = count(extents(node.type.shape));
    const std::int64_t size = node.type.dtype.size();
    const RandomWords plan = random_words(elements, size);
    Elements out;
    for (std::int64_t i = 0; i < elements; ++i) {
      Literal element{node.type.dtype, 0};
      for (std::int64_t byte = 0; byte < size; ++byte) {
        const std::int64_t at = i * size + byte;
        const std::uint32_t word = random_word(words, static_cast<std::uint32_t>(at / 4), plan);
        element.bits |= static_cast<std::uint64_t>(word >> (at % 4 * 8) & 0xff) << (byte * 8);
      }
      out.push_back(element);
    }
    return out;
  }

  /// Products and sums in double (complex: double parts), one rounding at the end, epilogue included.
  Elements matmul(const Node& node) const {
    const Extents to = extents(node.type.shape);
    const Extents left = input_extents(node, 0);
    const std::int64_t inner = left.back();
    const std::int64_t rows = to[to.size() - 2];
    const std::int64_t columns = to.back();
    const std::string& epilogue = node.primitive.text;
    Elements out;
    for (std::int64_t at = 0; at < count(to); ++at) {
      const std::int64_t column = at % columns;
      const std::int64_t batch = at / columns / rows;
      std::complex<double> sum = 0;
      for (std::int64_t k = 0; k < inner; ++k) {
        sum += input(node, 0)[static_cast<std::size_t>(at / columns * inner + k)].as_complex() *
               input(node, 1)[static_cast<std::size_t>((batch * inner + k) * columns + column)].as_complex();
      }
      if (epilogue.starts_with("bias")) sum += input(node, 2)[static_cast<std::size_t>(column)].as_complex();
      if (epilogue.ends_with("relu") && sum.real() < 0) sum = 0;
      out.push_back(is_complex(node.type.dtype) ? Literal::of_complex(node.type.dtype, sum)
                                                : Literal::of(node.type.dtype, sum.real()));
    }
    return out;
  }

  const Graph& graph_;
  const std::function<std::int64_t(SymbolId)>& symbol_value_;
  const IntExprTable& table_;
  std::vector<Elements> values_;
};

}  // namespace

std::vector<std::vector<Literal>> interpret(const Graph& graph, std::span<const std::vector<Literal>> inputs,
                                            const std::function<std::int64_t(SymbolId)>& symbol_value) {
  const Graph expanded = inline_composites(graph);
  return Interpreter(expanded, symbol_value).run(inputs);
}

}  // namespace cermet::graph
