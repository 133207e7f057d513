// Programs of single primitives; see eager.h.
#include "exec/eager.h"

#include <pthread.h>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "exec/collapse.h"
#include "exec/eager_gather.h"
#include "graph/graph.h"
#include "target/target.h"

namespace cermet::exec {
namespace {

using Words = SmallVector<std::uint64_t, 16>;

// Structures are few; attributes of composites could make many.
constexpr std::size_t programs_kept = 4096;

struct WordsHasher {
  std::size_t operator()(const Words& words) const {
    std::uint64_t h = words.size();
    for (std::uint64_t w : words) h = hash_combine(h, w);
    return static_cast<std::size_t>(h);
  }
};

struct Cache {
  std::shared_mutex mutex;
  std::unordered_map<Words, std::shared_ptr<const Program>, WordsHasher> programs;
};

Cache& cache();

// A forked child must not find the lock taken by a thread that it does not have.
void lock_cache() { cache().mutex.lock(); }
void unlock_cache() { cache().mutex.unlock(); }
// The lock names its owner by a thread id that the child's thread does not have: it is made anew instead of unlocked.
void renew_cache_lock() { new (&cache().mutex) std::shared_mutex; }

Cache& cache() {
  static Cache* instance = [] {
    pthread_atfork(lock_cache, unlock_cache, renew_cache_lock);
    return new Cache;  // arrays may be evaluated while static destructors run
  }();
  return *instance;
}

IntExprTable& constant_dims() {
  thread_local IntExprTable table;  // of constants only: nothing is ever added
  return table;
}

// How a kernel is scheduled depends on magnitudes, not on each size. Programs are made for the representative of a
// class, so that the first size met does not decide what the others get (nor what is found in the cache on disk).
struct SizeClass {
  std::int64_t up_to, representative;
};
constexpr SizeClass total_classes[] = {{4096, 1024}, {1 << 22, 1 << 18}, {INT64_MAX, 1 << 25}};
constexpr SizeClass row_classes[] = {{256, 64}, {8192, 2048}, {65536, 32768}, {INT64_MAX, 1 << 20}};
constexpr SizeClass count_classes[] = {{1, 1}, {7, 4}, {63, 32}, {INT64_MAX, 4096}};

std::uint64_t class_of(std::span<const SizeClass> classes, std::int64_t n) {
  std::uint64_t k = 0;
  while (n > classes[k].up_to) ++k;
  return k;
}
std::uint64_t size_class(std::int64_t n) { return class_of(total_classes, n); }

/// 0 and 1 are known to the kernel, everything else is a parameter.
std::uint64_t stride_code(std::int64_t stride) { return stride == 0 ? 0U : stride == 1 ? 1U : 2U; }

void add_layout(Words& words, const Data& data) {
  std::uint64_t word = static_cast<std::uint64_t>(data.dtype.val) | (data.contiguous ? 1U << 8 : 0U) |
                       static_cast<std::uint64_t>(data.shape.size()) << 16;
  unsigned shift = 32;
  if (!data.contiguous) {
    for (std::int64_t stride : data.strides) {
      word |= stride_code(stride) << shift;
      if ((shift += 2) < 64) continue;
      words.push_back(word);
      word = 0;
      shift = 0;
    }
  }
  words.push_back(word);
}

std::uint64_t header(const Primitive& p, std::size_t operands) {
  return static_cast<std::uint64_t>(p.kind) | static_cast<std::uint64_t>(p.op) << 8 |
         static_cast<std::uint64_t>(p.reduction) << 24 | static_cast<std::uint64_t>(p.dtype.val) << 32 |
         static_cast<std::uint64_t>(operands) << 40;
}

Data collapsed(const Data& data, const Extents& extents, const Strides& strides) {
  Data out;
  out.buffer = data.buffer;
  out.dtype = data.dtype;
  out.offset = data.offset;
  out.shape = extents;
  out.strides = strides;
  out.contiguous = is_row_major(extents, strides);
  return out;
}

/// Strides of an operand along the axes of `shape`, to which it is aligned at the last axis.
Strides aligned_strides(const Data& data, std::size_t rank) {
  if (data.shape.size() == rank) return data.strides;
  Strides strides(rank, 0);
  for (std::size_t k = 0; k < data.shape.size(); ++k) {
    if (data.shape[k] != 1) strides[rank - data.shape.size() + k] = data.strides[k];
  }
  return strides;
}

Extents constant_extents(const Shape& shape) {
  Extents out;
  for (Dim d : shape) out.push_back(d.value());
  return out;
}

/// An operand without elements that only tells a program its extents (iota and random bits have none of their own).
Data carrier(const Extents& extents) {
  Data data;
  data.dtype = bool_;
  data.shape = extents;
  data.strides = Strides(extents.size(), 0);
  data.contiguous = false;
  return data;
}

/// Puts the class of a domain into the key, its representatives into the hints.
void classify(EagerCall& call, std::span<const std::int64_t> extents) {
  if (extents.empty()) return;
  std::int64_t n = 1;
  for (std::int64_t extent : extents) n *= extent;
  const std::uint64_t total = size_class(n);
  if (extents.size() == 1) {
    call.words.push_back(total);
    call.hints.push_back(total_classes[total].representative);
    return;
  }
  const std::uint64_t inner = class_of(row_classes, extents.back());
  call.words.push_back(total | inner << 2);
  const std::int64_t row = row_classes[inner].representative;
  call.hints.assign(extents.size(), 2);
  call.hints.front() = std::max<std::int64_t>(total_classes[total].representative / row, 2);
  call.hints.back() = row;
}

void describe_elementwise(EagerCall& call, const Node& node, std::span<const Data* const> operands) {
  const Extents shape = constant_extents(node.type.shape);
  SmallVector<Strides, 4> strides;
  for (const Data* data : operands) strides.push_back(aligned_strides(*data, shape.size()));
  const CollapsedAxes axes = collapse(shape, strides);
  for (std::size_t k = 0; k < operands.size(); ++k) {
    call.operands.push_back(collapsed(*operands[k], axes.extents, axes.strides[k]));
  }
  classify(call, axes.extents);
}

// Reductions and composites over axes: kept and reduced axes collapse among themselves. An axis of extent 1 stands for
// a group that has none left.
void describe_rows(EagerCall& call, const Primitive& p, const Data& input) {
  SmallVector<std::int64_t, 6> groups(input.shape.size(), 0);
  for (std::int64_t axis : p.axes) groups[static_cast<std::size_t>(axis)] = 1;
  const std::span<const Strides> strides(&input.strides, 1);
  CollapsedAxes axes = collapse(input.shape, strides, groups);
  if (std::find(axes.groups.begin(), axes.groups.end(), 1) == axes.groups.end()) {
    axes.extents.push_back(1);
    axes.groups.push_back(1);
    axes.strides[0].push_back(1);
  }
  call.primitive.axes.clear();
  std::int64_t kept = 1, reduced = 1;
  std::uint64_t pattern = 1;
  for (std::size_t k = 0; k < axes.extents.size(); ++k) {
    const bool is_reduced = axes.groups[k] == 1;
    if (is_reduced) call.primitive.axes.push_back(static_cast<std::int64_t>(k));
    (is_reduced ? reduced : kept) *= axes.extents[k];
    const std::uint64_t fact = axes.extents[k] == 0 ? 0U : axes.extents[k] == 1 ? 1U : 2U;
    pattern = pattern * 8 + fact * 2 + (is_reduced ? 1U : 0U);
  }
  call.words.push_back(pattern);
  const std::uint64_t rows = class_of(count_classes, kept), row = class_of(row_classes, reduced);
  call.words.push_back(rows | row << 4);
  // The whole of each group on its last axis.
  std::int64_t representative[] = {count_classes[rows].representative, row_classes[row].representative};
  call.hints.assign(axes.extents.size(), 2);
  for (std::size_t k = axes.extents.size(); k-- > 0;) {
    std::int64_t& left = representative[axes.groups[k]];
    call.hints[k] = std::max<std::int64_t>(left, 2);
    left = 2;
  }
  // A row known to be of one chunk needs no second level of accumulators.
  if (call.primitive.axes.size() == 1) {
    call.limits.assign(axes.extents.size(), INT64_MAX);
    call.limits[static_cast<std::size_t>(call.primitive.axes[0])] = row_classes[row].up_to;
  }
  call.operands.push_back(collapsed(input, axes.extents, axes.strides[0]));
}

// Axes before, at and after the one that is concatenated along.
void describe_concatenate(EagerCall& call, const Node& node, std::span<const Data* const> operands) {
  const auto axis = static_cast<std::size_t>(node.primitive.axes[0]);
  call.primitive.axes = {0};
  for (const Data* data : operands) {
    Data part = *data;
    call.words.push_back(std::find(part.shape.begin(), part.shape.end(), 0) != part.shape.end() ? 0U : 1U);
    SmallVector<std::int64_t, 6> groups;
    for (std::size_t k = 0; k < part.shape.size(); ++k) groups.push_back(k < axis ? 0 : k == axis ? 1 : 2);
    if (part.contiguous) {
      Extents extents{1, 1, 1};
      for (std::size_t k = 0; k < part.shape.size(); ++k) extents[static_cast<std::size_t>(groups[k])] *= part.shape[k];
      part = collapsed(part, extents, {extents[1] * extents[2], extents[2], 1});
    }
    call.operands.push_back(std::move(part));
  }
  const bool all = std::all_of(call.operands.begin(), call.operands.end(), [](const Data& d) { return d.contiguous; });
  if (all) {
    call.primitive.axes = {1};
    return;
  }
  call.operands.clear();
  call.primitive.axes = {node.primitive.axes[0]};
  for (const Data* data : operands) call.operands.push_back(*data);
}

/// Which extents are equal is part of the key: equal ones share a symbol.
void add_extents_pattern(EagerCall& call) {
  std::unordered_map<std::int64_t, std::uint64_t> seen;
  call.words.push_back(call.operands.empty() ? 0U : call.operands[0].shape.size());
  for (const Data& data : call.operands) {
    std::uint64_t word = 1;
    for (std::int64_t extent : data.shape) {
      const auto fresh = static_cast<std::uint64_t>(seen.size()) + 2;
      const std::uint64_t code =
          extent <= 1 ? static_cast<std::uint64_t>(extent) : seen.emplace(extent, fresh).first->second;
      word = word << 20 | code;  // a kernel has fewer arguments than 2^20
      if (word >> 40 == 0) continue;
      call.words.push_back(word);
      word = 1;
    }
    call.words.push_back(word);
  }
}

void describe_iota(EagerCall& call, const Node& node) {
  const Extents shape = constant_extents(node.type.shape);
  SmallVector<std::int64_t, 6> groups;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    groups.push_back(static_cast<std::int64_t>(k) == node.primitive.axes[0] ? 1 : 0);
  }
  const CollapsedAxes axes = collapse(shape, {}, groups);
  call.operands.push_back(carrier(axes.extents));
  const auto at = std::find(axes.groups.begin(), axes.groups.end(), 1);
  const bool single = at == axes.groups.end();  // the axis has one element: all indices are 0
  if (single) {
    call.operands[0].shape.push_back(1);
    call.operands[0].strides.push_back(0);
  }
  call.primitive.axes.push_back(at - axes.groups.begin());
  call.words.push_back(static_cast<std::uint64_t>(call.primitive.axes[0]) << 1 | (single ? 1U : 0U));
}

/// Axes before, at and after the one that is scanned along collapse among themselves.
void describe_scan(EagerCall& call, const Primitive& p, const Data& input) {
  const auto axis = static_cast<std::size_t>(p.axes[0]);
  SmallVector<std::int64_t, 6> groups;
  for (std::size_t k = 0; k < input.shape.size(); ++k) groups.push_back(k < axis ? 0 : k == axis ? 1 : 2);
  CollapsedAxes axes = collapse(input.shape, std::span(&input.strides, 1), groups);
  auto at = std::find(axes.groups.begin(), axes.groups.end(), 1);
  const bool single = at == axes.groups.end();  // the scanned axis has one element
  if (single) {
    axes.extents.push_back(1);
    axes.strides[0].push_back(1);
  }
  call.primitive.axes = {at - axes.groups.begin(), p.axes[1], p.axes[2]};
  call.words.push_back(static_cast<std::uint64_t>(call.primitive.axes[0]) << 3 |
                       static_cast<std::uint64_t>(p.axes[1]) << 2 | static_cast<std::uint64_t>(p.axes[2]) << 1 |
                       (single ? 1U : 0U));
  call.operands.push_back(collapsed(input, axes.extents, axes.strides[0]));
  classify(call, axes.extents);
}

void describe_random_bits(EagerCall& call, const Node& node, const Data& key) {
  const std::int64_t n = node.type.shape.elements();
  call.operands.push_back(key);
  call.operands.push_back(carrier(Extents{n}));
  call.words.push_back(n == 1 ? 1U : 2U + size_class(n));
}

/// What is turned of a row depends on its length: the last extents are part of the key.
void describe_rope(EagerCall& call, const Data& x) {
  call.rows_known = true;
  for (const Data& data : call.operands) {
    call.words.push_back(data.shape.empty() ? 1U : static_cast<std::uint64_t>(data.shape.back()));
  }
  std::int64_t n = 1;
  for (std::int64_t extent : x.shape) n *= extent;
  const std::uint64_t total = size_class(n);
  call.words.push_back(total);
  call.hints.assign(x.shape.size(), 2);
  const std::int64_t rows = total_classes[total].representative / std::max<std::int64_t>(x.shape.back(), 1);
  call.hints[x.shape.size() - 2] = std::max<std::int64_t>(rows >> (x.shape.size() - 2), 2);
}

void describe_composite(EagerCall& call, const Primitive& p, std::span<const Data* const> operands) {
  call.words.push_back(hash64(p.text));
  call.words.push_back(static_cast<std::uint64_t>(p.literal.dtype.val));
  call.words.push_back(p.literal.bits);
  if (operands.size() == 1 && !p.axes.empty()) return describe_rows(call, p, *operands[0]);
  if (p.text == "rms_norm" || p.text == "layer_norm") {  // rows of x, then vectors as long as a row
    describe_rows(call, p, *operands[0]);
    for (const Data* data : operands.subspan(1)) call.operands.push_back(*data);
    return add_extents_pattern(call);
  }
  for (const Data* data : operands) call.operands.push_back(*data);
  if (p.text == "rope") describe_rope(call, *operands[0]);
  call.primitive.axes = p.axes;
  for (std::int64_t axis : p.axes) call.words.push_back(static_cast<std::uint64_t>(axis));
  add_extents_pattern(call);
}

}  // namespace

Data row_major(const ArrayType& type) {
  Data data;
  data.dtype = type.dtype;
  data.shape = constant_extents(type.shape);
  data.strides = Strides(data.shape.size(), 1);
  for (std::size_t k = data.shape.size(); k-- > 1;) {
    data.strides[k - 1] = data.strides[k] * std::max<std::int64_t>(data.shape[k], 1);
  }
  return data;
}

std::optional<Data> view_of(const Primitive& view, const Data& input, const Shape& shape) {
  Shape from;
  StridedLayout layout;
  for (std::int64_t extent : input.shape) from.push_back(extent);
  for (std::int64_t stride : input.strides) layout.strides.push_back(stride);
  layout.offset = input.offset;
  const auto window = view_layout(view, from, layout, shape, constant_dims());
  if (!window) return std::nullopt;
  Data out;
  out.buffer = input.buffer;
  out.dtype = input.dtype;
  out.shape = constant_extents(shape);
  for (Dim stride : window->strides) out.strides.push_back(stride.value());
  out.offset = window->offset.value();
  out.contiguous = is_row_major(out.shape, out.strides);
  return out;
}

bool has_eager_program(const Node& node) {
  if (node.call) return false;
  switch (node.primitive.kind) {
    case PrimitiveKind::elementwise:
    case PrimitiveKind::convert:
    case PrimitiveKind::bitcast:
    case PrimitiveKind::copy:
    case PrimitiveKind::reduce:
    case PrimitiveKind::concatenate:
    case PrimitiveKind::iota:
    case PrimitiveKind::random_bits:
    case PrimitiveKind::composite:
    case PrimitiveKind::gather:
    case PrimitiveKind::scan:
      return true;
    default:
      return false;
  }
}

EagerCall describe(const Node& node, std::span<const Data* const> operands) {
  EagerCall call;
  const Primitive& p = node.primitive;
  call.primitive.kind = p.kind;
  call.primitive.op = p.op;
  call.primitive.reduction = p.reduction;
  call.primitive.dtype = p.dtype;
  call.primitive.literal = p.literal;
  call.primitive.text = p.text;
  call.words.push_back(header(p, operands.size()));
  switch (p.kind) {
    case PrimitiveKind::reduce:
      describe_rows(call, p, *operands[0]);
      break;
    case PrimitiveKind::concatenate:
      describe_concatenate(call, node, operands);
      call.words.push_back(static_cast<std::uint64_t>(call.primitive.axes[0]));
      add_extents_pattern(call);
      break;
    case PrimitiveKind::iota:
      describe_iota(call, node);
      break;
    case PrimitiveKind::gather: {
      describe_gather(call, node, operands);
      const Strides extents = gather_extents(call);
      classify(call, {extents.data(), extents.size()});
      break;
    }
    case PrimitiveKind::scan:
      describe_scan(call, p, *operands[0]);
      break;
    case PrimitiveKind::random_bits:
      describe_random_bits(call, node, *operands[0]);
      break;
    case PrimitiveKind::composite:
      describe_composite(call, p, operands);
      break;
    default:
      describe_elementwise(call, node, operands);
      break;
  }
  for (const Data& data : call.operands) add_layout(call.words, data);
  return call;
}

namespace {

/// Writes the graph of a call: symbols for extents of 2 and more and for strides that are neither 0 nor 1.
class EagerGraph {
 public:
  explicit EagerGraph(const EagerCall& call) : call_(call), builder_(graph_) {}

  graph::Graph write() {
    graph_.name =
        std::string(call_.primitive.kind == PrimitiveKind::elementwise ? name(call_.primitive.op)
                    : call_.primitive.kind == PrimitiveKind::reduce    ? name(call_.primitive.reduction)
                    : call_.primitive.kind == PrimitiveKind::composite ? std::string_view(call_.primitive.text)
                                                                       : name(call_.primitive.kind));
    std::vector<graph::Value> inputs;
    Primitive p = call_.primitive;
    if (p.kind == PrimitiveKind::gather) {
      p.dims = add_gather_inputs(inputs);
    } else {
      for (const Data& data : call_.operands) inputs.push_back(add_input(data));
    }
    if (p.kind == PrimitiveKind::iota || p.kind == PrimitiveKind::random_bits) {
      const Shape shape = builder_.type(inputs.back()).shape;  // the carrier's
      p.dims.assign(shape.begin(), shape.end());
      inputs.pop_back();
    }
    graph::Value out = builder_.add(p, inputs);
    // What is a view of the input in this special case (a mean over one element, the real part of a real array, a join
    // with nothing) must be memory of its own.
    const bool identity = p.kind == PrimitiveKind::elementwise && !is_complex(builder_.type(inputs[0]).dtype) &&
                          (row(p.op).types == Types::complex_part || p.op == Op::conjugate);
    const auto is_empty = [](const Data& x) { return std::find(x.shape.begin(), x.shape.end(), 0) != x.shape.end(); };
    const bool joins_nothing =
        p.kind == PrimitiveKind::concatenate && std::any_of(call_.operands.begin(), call_.operands.end(), is_empty);
    if (p.kind == PrimitiveKind::composite || p.kind == PrimitiveKind::reduce || identity || joins_nothing) {
      Primitive copy;
      copy.kind = PrimitiveKind::copy;
      out = builder_.add(copy, std::span(&out, 1));
    }
    graph_.outputs.push_back(out);
    return std::move(graph_);
  }

 private:
  Dim extent(std::int64_t value, std::int64_t hint, std::int64_t limit) {
    if (value <= 1) return value;
    const auto found = extents_.find(value);
    if (found != extents_.end()) return found->second;
    Symbol symbol;
    symbol.name = fmt::format("n{}", extents_.size());
    symbol.range = {2, std::min(limit, std::int64_t{1} << 40)};
    symbol.hint = hint;
    const Dim d = graph_.dims.add_symbol(std::move(symbol));
    if (shares_extents())
      extents_.emplace(value, d);
    else
      extents_.emplace(-1 - static_cast<std::int64_t>(extents_.size()), d);
    return d;
  }

  // Calls whose key holds the pattern of equal extents; the others have one shape for all operands.
  bool shares_extents() const {
    const PrimitiveKind kind = call_.primitive.kind;
    return kind == PrimitiveKind::concatenate ||
           (kind == PrimitiveKind::composite && (call_.operands.size() != 1 || call_.primitive.axes.empty()));
  }

  Dim stride(std::int64_t value, std::size_t input, std::size_t axis) {
    if (value == 0 || value == 1) return value;
    Symbol symbol;
    symbol.name = fmt::format("s{}_{}", input, axis);
    symbol.range = {-(std::int64_t{1} << 40), std::int64_t{1} << 40};
    symbol.hint = 1024;
    return graph_.dims.add_symbol(std::move(symbol));
  }

  graph::Value add_input(const Data& data) {
    ArrayType type;
    type.dtype = data.dtype;
    if (call_.primitive.kind == PrimitiveKind::random_bits && graph_.inputs.empty()) return add_key(data);
    const bool follows = !shares_extents() && !shape_.empty() && shape_.size() == data.shape.size();
    for (std::size_t k = 0; k < data.shape.size(); ++k) {
      const std::int64_t hint = k < call_.hints.size() ? call_.hints[k] : 1024;
      const std::int64_t limit = k < call_.limits.size() ? call_.limits[k] : INT64_MAX;
      const bool known = call_.rows_known && k + 1 == data.shape.size();
      type.shape.push_back(follows ? shape_[k] : known ? Dim(data.shape[k]) : extent(data.shape[k], hint, limit));
    }
    shape_ = type.shape;
    return builder_.input(std::move(type), layout_of(data));
  }

  /// Returns the shape of the output, whose extents followed axes of the first input share.
  Shape add_gather_inputs(std::vector<graph::Value>& inputs) {
    Shape out;
    for (std::int64_t value : gather_extents(call_)) {
      out.push_back(extent(value, call_.hints[out.size()], INT64_MAX));
    }
    for (std::size_t i = 0; i < call_.operands.size(); ++i) {
      const Data& data = call_.operands[i];
      ArrayType type{out, data.dtype};
      if (i == 0) {
        type.shape.clear();
        for (std::size_t k = 0; k < data.shape.size(); ++k) {
          const std::int64_t from = call_.primitive.axes[k];
          type.shape.push_back(from >= 0 ? out[static_cast<std::size_t>(from)]
                                         : extent(data.shape[k], 1024, gather_limit(call_, k)));
        }
      }
      inputs.push_back(builder_.input(std::move(type), layout_of(data)));
    }
    return out;
  }

  graph::InputLayout layout_of(const Data& data) {
    graph::InputLayout layout;
    layout.contiguous = data.contiguous;
    if (data.contiguous) return layout;
    for (std::size_t k = 0; k < data.strides.size(); ++k) {
      layout.strides.push_back(stride(data.strides[k], graph_.inputs.size(), k));
    }
    return layout;
  }

  // The key of random bits always has two words.
  graph::Value add_key(const Data& data) { return builder_.input({Shape{2}, data.dtype}, layout_of(data)); }

  const EagerCall& call_;
  graph::Graph graph_;
  graph::Builder builder_;
  std::unordered_map<std::int64_t, Dim> extents_;
  Shape shape_;
};

}  // namespace

std::shared_ptr<const Program> find_program(const EagerCall& call) {
  Cache& c = cache();
  const std::shared_lock lock(c.mutex);
  const auto found = c.programs.find(call.words);
  return found == c.programs.end() ? nullptr : found->second;
}

std::shared_ptr<const Program> make_program(const EagerCall& call) {
  auto program = plan(EagerGraph(call).write(), host_target());
  Cache& c = cache();
  const std::unique_lock lock(c.mutex);
  if (c.programs.size() >= programs_kept) c.programs.clear();
  return c.programs.emplace(call.words, std::move(program)).first->second;
}

}  // namespace cermet::exec
