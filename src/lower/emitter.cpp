// Values of nodes at index vectors; see emitter.h. Works with an explicit stack, so that long chains are no recursion.
#include "lower/emitter.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "base/hash.h"

namespace cermet::lower {

using kernel::BufferId;
using kernel::BufferRole;

IntExpr linearize(IntExprTable& integers, std::span<const IntExpr> index, std::span<const IntExpr> extents) {
  IntExpr position = 0;
  for (std::size_t k = 0; k < extents.size(); ++k) {
    position = integers.add(integers.multiply(position, extents[k]), index[k]);
  }
  return position;
}

Index delinearize(IntExprTable& integers, IntExpr position, std::span<const IntExpr> extents) {
  Index index(extents.size(), IntExpr(0));
  for (std::size_t k = extents.size(); k-- > 0;) {
    if (extents[k] == IntExpr(1)) continue;
    const bool outermost = std::all_of(extents.begin(), extents.begin() + static_cast<std::ptrdiff_t>(k),
                                       [](IntExpr e) { return e == IntExpr(1); });
    index[k] = outermost ? position : integers.mod(position, extents[k]);
    if (!outermost) position = integers.floordiv(position, extents[k]);
  }
  return index;
}

Index index_in(IntExprTable& integers, std::span<const IntExpr> to, std::span<const IntExpr> from, const Index& index) {
  Index out(to.size(), IntExpr(0));
  std::size_t j = 0;
  bool matches = true;
  for (std::size_t k = 0; k < to.size() && matches; ++k) {
    if (to[k] == IntExpr(1)) continue;
    while (j < from.size() && from[j] == IntExpr(1)) ++j;
    matches = j < from.size() && from[j] == to[k];
    if (matches) out[k] = index[j++];
  }
  while (matches && j < from.size()) matches = from[j++] == IntExpr(1);
  return matches ? out : delinearize(integers, linearize(integers, index, from), to);
}

bool same_but_for_ones(std::span<const Dim> a, std::span<const Dim> b) {
  Index x, y;
  std::copy_if(a.begin(), a.end(), std::back_inserter(x), [](Dim d) { return !(d == Dim(1)); });
  std::copy_if(b.begin(), b.end(), std::back_inserter(y), [](Dim d) { return !(d == Dim(1)); });
  return x == y;
}

graph::Value peel_reshapes(const graph::Graph& graph, graph::Value v, std::span<const graph::Value> in_memory) {
  while (std::find(in_memory.begin(), in_memory.end(), v) == in_memory.end()) {
    const graph::Node& n = graph.nodes[static_cast<std::size_t>(v)];
    if (n.primitive.kind != PrimitiveKind::reshape) break;
    v = n.inputs[0];
  }
  return v;
}

bool is_positional(const graph::Graph& graph, const graph::FusedRegion& region) {
  const auto node = [&](graph::Value v) -> const graph::Node& { return graph.nodes[static_cast<std::size_t>(v)]; };
  const auto positional = [&](graph::Value v) {
    const graph::Node& n = node(v);
    switch (n.primitive.kind) {
      case PrimitiveKind::elementwise:
      case PrimitiveKind::convert:
      case PrimitiveKind::bitcast:
      case PrimitiveKind::copy:
      case PrimitiveKind::constant:
      case PrimitiveKind::reshape:
      case PrimitiveKind::depends:
      case PrimitiveKind::scan:
        return true;
      case PrimitiveKind::broadcast:
        return same_but_for_ones(node(n.inputs[0]).type.shape, {});
      default:
        return false;
    }
  };
  const auto contiguous = [&](graph::Value v) {
    const auto at = std::find(graph.inputs.begin(), graph.inputs.end(), v) - graph.inputs.begin();
    return at == std::ssize(graph.inputs) || graph.input_layouts[static_cast<std::size_t>(at)].contiguous;
  };
  return std::all_of(region.nodes.begin(), region.nodes.end(), positional) &&
         std::all_of(region.inputs.begin(), region.inputs.end(), contiguous);
}

std::size_t Emitter::KeyHasher::operator()(const Key& key) const {
  std::uint64_t h = static_cast<std::uint64_t>(key.node);
  for (IntExpr e : key.index) h = hash_combine(h, static_cast<std::uint64_t>(e.raw()));
  return static_cast<std::size_t>(h);
}

Emitter::Emitter(const graph::Graph& graph, std::span<const graph::Value> inputs, LoweredKernel& out)
    : graph_(graph), out_(out), builder_(out.kernel) {
  for (graph::Value v : inputs) inputs_.emplace(v, Loaded{});
}

IntExpr Emitter::dim(Dim d) {
  if (d.is_constant()) return d;
  return integers().import(graph_.dims, d, [&](SymbolId id) {
    const auto found = parameters_.find(id);
    if (found != parameters_.end()) return found->second;
    const Symbol& s = graph_.dims.symbol(id);
    const IntExpr p =
        builder_.add_parameter(fmt::format("p{}", out_.parameters.size()), s.range, s.hint, s.multiple_of);
    out_.parameters.push_back(graph_.dims.expression(id));
    parameters_.emplace(id, p);
    return p;
  });
}

Index Emitter::dims(std::span<const Dim> dims) {
  Index out;
  for (Dim d : dims) out.push_back(dim(d));
  return out;
}

BufferId Emitter::output(graph::Value v) {
  out_.bindings.push_back({Binding::Kind::value, v, -1});
  return builder_.add_buffer("", node(v).type.dtype, BufferRole::output, 0, 64);
}

BufferId Emitter::temporary(int id, Dtype dtype, BufferRole role) {
  const auto found = temporaries_.find(id);
  if (found != temporaries_.end()) return found->second;
  out_.bindings.push_back({Binding::Kind::temporary, -1, id});
  const BufferId buffer = builder_.add_buffer("", dtype, role, 0, 64);
  temporaries_.emplace(id, buffer);
  return buffer;
}

const kernel::Value* Emitter::known(const Key& key) const {
  const auto found = memo_.find(key);
  return found == memo_.end() ? nullptr : &found->second;
}

void Emitter::define(graph::Value v, const Index& index, kernel::Value value) {
  Key key{v, index};
  if (memo_.emplace(key, value).second) log_.push_back(std::move(key));
}

void Emitter::define_in_temporary(graph::Value v, int temporary) { in_temporary_[v] = temporary; }

void Emitter::close_scope() {
  for (std::size_t i = scopes_.back(); i < log_.size(); ++i) memo_.erase(log_[i]);
  log_.resize(scopes_.back());
  scopes_.pop_back();
}

bool Emitter::in_memory(graph::Value v) const { return inputs_.contains(v) || in_temporary_.contains(v); }

kernel::Value Emitter::at(graph::Value v, const Index& index) {
  if (const kernel::Value* value = known({v, index})) return *value;
  std::vector<Frame> stack;
  stack.push_back(open({v, index}));
  while (true) {
    Frame& frame = stack.back();
    if (frame.got.size() < frame.needs.size()) {
      const Key& need = frame.needs[frame.got.size()];
      if (const auto parameter = lifted(frame.key.node, frame.got.size())) {
        frame.got.push_back(*parameter);
      } else if (const kernel::Value* value = known(need)) {
        frame.got.push_back(*value);
      } else {
        Key copy = need;
        stack.push_back(open(std::move(copy)));
      }
      continue;
    }
    if (is_gather(frame.key.node) && frame.needs.size() < node(frame.key.node).inputs.size()) {
      frame.needs.push_back(gather_source(frame));  // known only once the indices are
      continue;
    }
    const kernel::Value value = finish(frame);
    define(frame.key.node, frame.key.index, value);
    stack.pop_back();
    if (stack.empty()) return value;
  }
}

namespace {
std::uint64_t use_key(graph::Value user, std::size_t operand) {
  return static_cast<std::uint64_t>(user) << 2 | operand;
}
}  // namespace

void Emitter::lift(std::span<const graph::LiftedConstant> constants) {
  for (const graph::LiftedConstant& c : constants) {
    lifted_.emplace(use_key(c.user, static_cast<std::size_t>(c.operand)), Lifted{c.value, {}});
  }
}

// Parameters are integers: a constant comes as its bits, in words of 32.
std::optional<kernel::Value> Emitter::lifted(graph::Value user, std::size_t operand) {
  if (lifted_.empty()) return std::nullopt;
  const auto found = lifted_.find(use_key(user, operand));
  if (found == lifted_.end()) return std::nullopt;
  const Dtype dtype = found->second.value.dtype;
  SmallVector<IntExpr, 2>& words = found->second.words;
  for (int k = static_cast<int>(words.size()); k < std::max(1, dtype.size() / 4); ++k) {
    constexpr IntRange range{-(std::int64_t{1} << 31), (std::int64_t{1} << 31) - 1};
    words.push_back(builder_.add_parameter(fmt::format("p{}", out_.parameters.size()), range, 0));
    out_.parameters.push_back(static_cast<std::int32_t>(found->second.value.bits >> (32 * k)));
  }
  kernel::Value bits = builder_.index(words[0], int32);
  Dtype stored = int32;
  if (dtype.size() == 8) {
    const kernel::Value low = builder_.convert(builder_.bitcast(bits, uint32), uint64);
    const kernel::Value high = builder_.convert(builder_.index(words[1], int32), uint64);
    const kernel::Value shift = builder_.literal(Literal::of_unsigned(uint64, 32));
    bits = builder_.call(Op::bitwise_or, {builder_.call(Op::left_shift, {high, shift}), low});
    stored = uint64;
  } else if (dtype.size() < 4) {
    stored = dtype.size() == 2 ? int16 : int8;
    bits = builder_.convert(bits, stored);
  }
  return dtype == stored ? bits : builder_.bitcast(bits, dtype);
}

Emitter::Frame Emitter::open(Key key) {
  Frame frame;
  const graph::Node& n = node(key.node);
  if (!in_memory(key.node)) {
    switch (n.primitive.kind) {
      case PrimitiveKind::elementwise:
      case PrimitiveKind::convert:
      case PrimitiveKind::bitcast:
      case PrimitiveKind::copy:
        for (graph::Value input : n.inputs) frame.needs.push_back({input, key.index});
        break;
      case PrimitiveKind::depends:
        frame.needs.push_back({n.inputs[0], key.index});
        break;
      case PrimitiveKind::reshape:
      case PrimitiveKind::transpose:
      case PrimitiveKind::broadcast:
      case PrimitiveKind::strided:
      case PrimitiveKind::slice: {
        Primitive view = n.primitive;
        view.dims.clear();
        for (Dim d : n.primitive.dims) view.dims.push_back(dim(d));
        Shape from, to;
        for (Dim d : node(n.inputs[0]).type.shape) from.push_back(dim(d));
        for (Dim d : n.type.shape) to.push_back(dim(d));
        frame.needs.push_back({n.inputs[0], map_index(view, from, to, key.index, integers())});
        break;
      }
      case PrimitiveKind::concatenate:
        frame.needs = concatenate_needs(key);
        break;
      case PrimitiveKind::gather:
        for (std::size_t k = 1; k < n.inputs.size(); ++k) frame.needs.push_back({n.inputs[k], key.index});
        break;
      case PrimitiveKind::random_bits:
        frame.needs.push_back({n.inputs[0], Index{IntExpr(0)}});
        frame.needs.push_back({n.inputs[0], Index{IntExpr(1)}});
        break;
      default:
        break;
    }
  }
  frame.key = std::move(key);
  return frame;
}

kernel::Value Emitter::finish(const Frame& frame) {
  const graph::Node& n = node(frame.key.node);
  if (in_memory(frame.key.node)) return load(frame.key.node, frame.key.index);
  switch (n.primitive.kind) {
    case PrimitiveKind::constant:
      return builder_.literal(n.primitive.literal);
    case PrimitiveKind::elementwise:
      return builder_.call(n.primitive.op, frame.got);
    case PrimitiveKind::convert:
      return builder_.convert(frame.got[0], n.type.dtype);
    case PrimitiveKind::bitcast:
      return builder_.bitcast(frame.got[0], n.type.dtype);
    case PrimitiveKind::copy:
    case PrimitiveKind::reshape:
    case PrimitiveKind::transpose:
    case PrimitiveKind::broadcast:
    case PrimitiveKind::slice:
    case PrimitiveKind::strided:
    case PrimitiveKind::depends:
      return frame.got[0];
    case PrimitiveKind::concatenate:
      return concatenate(frame);
    case PrimitiveKind::iota:
      return integer(frame.key.index[static_cast<std::size_t>(n.primitive.axes[0])], n.type.dtype);
    case PrimitiveKind::dim_value:
      return integer(dim(n.primitive.dims[0]), n.type.dtype);
    case PrimitiveKind::gather:
      return frame.got.back();
    case PrimitiveKind::random_bits:
      return random_bits(frame);
    default:
      break;
  }
  fail<InternalError>("internal error: lower: a region reads %{} ({}), which it neither computes nor finds in memory",
                      frame.key.node, name(n.primitive.kind));
}

kernel::Value Emitter::integer(IntExpr e, Dtype dtype) {
  const IntRange range = integers().range(e);
  const bool narrow = range.low >= -(std::int64_t{1} << 31) && range.high < (std::int64_t{1} << 31);
  return builder_.convert(builder_.index(e, narrow ? int32 : int64), dtype);
}

// Row-major, or the strides that the graph states for its inputs.
IntExpr Emitter::address(graph::Value v, const Index& index) {
  const graph::Node& n = node(v);
  if (n.primitive.kind == PrimitiveKind::input) {
    const auto position = std::find(graph_.inputs.begin(), graph_.inputs.end(), v) - graph_.inputs.begin();
    const graph::InputLayout& layout = graph_.input_layouts[static_cast<std::size_t>(position)];
    if (!layout.contiguous) {
      IntExpr address = 0;
      for (std::size_t k = 0; k < index.size(); ++k) {
        address = integers().add(address, integers().multiply(index[k], dim(layout.strides[k])));
      }
      return address;
    }
  }
  return linearize(integers(), index, dims(n.type.shape));
}

BufferId Emitter::input(graph::Value v) {
  Loaded& input = inputs_.at(v);
  if (input.buffer >= 0) return input.buffer;
  const graph::Node& n = node(v);
  std::int64_t alignment = 64;
  if (n.primitive.kind == PrimitiveKind::input) {
    const auto at = std::find(graph_.inputs.begin(), graph_.inputs.end(), v) - graph_.inputs.begin();
    if (!graph_.input_layouts[static_cast<std::size_t>(at)].aligned) alignment = n.type.dtype.size();
  }
  out_.bindings.push_back({Binding::Kind::value, v, -1});
  return input.buffer = builder_.add_buffer("", n.type.dtype, BufferRole::input, 0, alignment);
}

void Emitter::declare_inputs(std::span<const graph::Value> inputs) {
  for (graph::Value v : inputs) input(v);
}

kernel::Value Emitter::load(graph::Value v, const Index& index) {
  const graph::Node& n = node(v);
  const IntExpr position = address(v, index);
  if (const auto found = in_temporary_.find(v); found != in_temporary_.end()) {
    return builder_.load(temporary(found->second, n.type.dtype, BufferRole::input), position);
  }
  const BufferId buffer = input(v);
  Loaded& loaded = inputs_.at(v);
  loaded.only_at_home = loaded.only_at_home && position == home_;
  return builder_.load(buffer, position);
}

void Emitter::find_in_place(std::span<const graph::Value> outputs) {
  for (graph::Value out : outputs) {
    const ArrayType& type = node(out).type;
    const IntExpr count = integers().product(dims(type.shape));
    for (const auto& [v, input] : inputs_) {
      if (input.buffer < 0 || !input.only_at_home) continue;
      const graph::Node& n = node(v);
      if (n.type.dtype.size() != type.dtype.size() || !(integers().product(dims(n.type.shape)) == count)) continue;
      InPlace pair;
      for (std::size_t b = 0; b < out_.bindings.size(); ++b) {
        if (out_.bindings[b].kind != Binding::Kind::value) continue;
        if (out_.bindings[b].value == out) pair.output = static_cast<int>(b);
        if (out_.bindings[b].value == v) pair.input = static_cast<int>(b);
      }
      out_.in_place.push_back(pair);
    }
  }
  std::sort(out_.in_place.begin(), out_.in_place.end(), [](const InPlace& a, const InPlace& b) {
    return std::pair(a.output, a.input) < std::pair(b.output, b.input);
  });
}

std::string Emitter::fresh(std::string_view stem) {
  for (int k = 0;; ++k) {
    std::string name = fmt::format("{}{}", stem, k);
    if (!integers().find_symbol(name)) return name;
  }
}

void Emitter::parallel(std::span<const IntExpr> extents, const std::function<void(const Index&)>& body) {
  Index index;
  const bool single = std::all_of(extents.begin(), extents.end(), [](IntExpr e) { return e == IntExpr(1); });
  if (!single) return parallel_from(extents, index, body);
  builder_.loop(kernel::LoopKind::parallel, fresh("i"), 1, [&](IntExpr) {
    open_scope();
    body(Index(extents.size(), IntExpr(0)));
    close_scope();
  });
}

void Emitter::parallel_from(std::span<const IntExpr> extents, Index& index,
                            const std::function<void(const Index&)>& body) {
  while (index.size() < extents.size() && extents[index.size()] == IntExpr(1)) index.push_back(0);
  if (index.size() == extents.size()) return body(index);
  const std::size_t depth = index.size();
  builder_.loop(kernel::LoopKind::parallel, fresh("i"), extents[depth], [&](IntExpr i) {
    open_scope();
    index.push_back(i);
    parallel_from(extents, index, body);
    index.resize(depth);
    close_scope();
  });
}

// Each input at the index clamped into it; which one counts is selected afterwards.
std::vector<Emitter::Key> Emitter::concatenate_needs(const Key& key) {
  const graph::Node& n = node(key.node);
  const auto axis = static_cast<std::size_t>(n.primitive.axes[0]);
  std::vector<Key> needs;
  IntExpr begin = 0;
  for (graph::Value input : n.inputs) {
    const IntExpr extent = dim(node(input).type.shape[axis]);
    if (extent == IntExpr(0)) continue;
    Index index = key.index;
    const IntExpr inside = integers().maximum(integers().subtract(index[axis], begin), 0);
    index[axis] = integers().minimum(inside, integers().subtract(extent, 1));
    needs.push_back({input, index});
    begin = integers().add(begin, extent);
  }
  return needs;
}

kernel::Value Emitter::concatenate(const Frame& frame) {
  const graph::Node& n = node(frame.key.node);
  const auto axis = static_cast<std::size_t>(n.primitive.axes[0]);
  if (frame.got.empty()) return builder_.literal(Literal::of_unsigned(uint8, 0).converted(n.type.dtype));
  const kernel::Value position = builder_.index(frame.key.index[axis], int64);
  kernel::Value value = frame.got.back();
  IntExpr end = dim(n.type.shape[axis]);
  for (std::size_t k = frame.got.size(); k-- > 1;) {
    end = integers().subtract(end, dim(node(frame.needs[k].node).type.shape[axis]));
    const kernel::Value before = builder_.call(Op::less, {position, builder_.index(end, int64)});
    value = builder_.call(Op::where, {before, frame.got[k - 1], value});
  }
  return value;
}

// ---- Gather --------------------------------------------------------------------------------------------------------

Emitter::Key Emitter::gather_source(const Frame& frame) {
  const graph::Node& n = node(frame.key.node);
  const Shape& from = node(n.inputs[0]).type.shape;
  Key source{n.inputs[0], {}};
  for (std::size_t k = 0; k < from.size(); ++k) {
    const std::int64_t axis = n.primitive.axes[k];
    source.index.push_back(axis >= 0 ? frame.key.index[static_cast<std::size_t>(axis)]
                                     : place_in_axis(frame.got[static_cast<std::size_t>(-1 - axis)], dim(from[k])));
  }
  return source;
}

/// The index as an expression if it is one that is known to be inside (made of iotas).
std::optional<IntExpr> Emitter::known_place(kernel::Value index, IntExpr extent) {
  while (builder_.at(index).opcode == kernel::Opcode::convert && builder_.dtype(index).size() >= 4) {
    index = builder_.at(index).args[0];
  }
  const kernel::Instruction& in = builder_.at(index);
  if (in.opcode != kernel::Opcode::index || in.dtype.size() < 4) return std::nullopt;
  const IntExpr place = in.index;
  const bool inside = integers().range(place).low >= 0 && integers().range(place).high < (std::int64_t{1} << 31) &&
                      integers().known_less(place, extent);
  return inside ? std::optional(place) : std::nullopt;
}

// Negative indices count from the end, then all are clamped, so that no index reads outside. In 32 bits where the
// extent allows it: twice the lanes.
IntExpr Emitter::place_in_axis(kernel::Value index, IntExpr extent) {
  if (extent == IntExpr(1)) return 0;
  if (const auto known = known_place(index, extent)) return *known;
  const Dtype dtype = builder_.dtype(index);
  const bool narrow = dtype.size() <= 4 && integers().range(extent).high < (std::int64_t{1} << 31);
  const bool natural = is_unsigned(dtype);
  const Dtype wide = narrow ? (natural ? uint32 : int32) : (natural ? uint64 : int64);
  const IntExpr last = integers().maximum(integers().subtract(extent, 1), 0);
  kernel::Value place = builder_.convert(index, wide);
  if (!natural) {
    const kernel::Value zero = builder_.literal(Literal::of_integer(wide, 0));
    const kernel::Value wrapped = builder_.call(Op::add, {place, builder_.index(extent, wide)});
    place = builder_.call(Op::where, {builder_.call(Op::less, {place, zero}), wrapped, place});
    place = builder_.call(Op::maximum, {place, zero});
  }
  place = builder_.call(Op::minimum, {place, builder_.index(last, wide)});
  const IntRange range{0, integers().range(last).high};
  return builder_.bind(builder_.convert(place, narrow ? int32 : int64), "at", range);
}

}  // namespace cermet::lower
