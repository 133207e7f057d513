// Scan regions; see scan.h. Every form combines the elements of a row one after the other (kernel.h), so that they
// agree bit by bit; they differ in what is side by side.
#include "lower/scan.h"

#include <algorithm>

#include "base/error.h"
#include "lower/emitter.h"

namespace cermet::lower {
namespace {

using kernel::BufferId;
using kernel::LoopKind;
using kernel::Value;

/// Elements whose work is done before and after the running combination of a row, as vectors.
constexpr std::int64_t block = 256;
/// Work an element that is not worth a pass of its own over a block.
constexpr int light_cost = 3;

class Scans {
 public:
  Scans(const graph::Graph& graph, const graph::FusedRegion& region, const Target& target, LoweredKernel& out)
      : graph_(graph), region_(region), target_(target), emit_(graph, region.inputs, out) {
    for (graph::Value v : region.nodes) {
      if (emit_.node(v).primitive.kind == PrimitiveKind::scan) scans_.push_back(v);
    }
    reverse_ = emit_.node(scans_[0]).primitive.axes[1] != 0;
    emit_.lift(region.lifted);
    set_domain();
  }

  void write() {
    emit_.declare_inputs(region_.inputs);
    for (graph::Value v : region_.outputs) outputs_.push_back(emit_.output(v));
    if (column_ >= 0) {
      columns();
    } else if (is_light()) {
      rows();
    } else {
      rows_in_blocks();
    }
    emit_.find_in_place(region_.outputs);
  }

 private:
  kernel::Builder& build() { return emit_.build(); }
  IntExprTable& integers() { return emit_.integers(); }

  void set_domain();
  bool is_light() const;
  Dtype accumulator(graph::Value scan) const {
    const graph::Node& n = emit_.node(scan);
    return row(n.primitive.reduction).accumulator(emit_.node(n.inputs[0]).type.dtype);
  }
  bool is_exclusive(graph::Value scan) const { return emit_.node(scan).primitive.axes[2] != 0; }
  Value identity(graph::Value scan) {
    return build().literal(row(emit_.node(scan).primitive.reduction).identity(accumulator(scan), 0));
  }
  Value combine(graph::Value scan, Value left, Value right);

  /// Index of the `t`-th element that is scanned, counted from where the scan starts.
  IntExpr along(IntExpr t) { return reverse_ ? integers().subtract(integers().subtract(length_, 1), t) : t; }
  /// The index of a value at an index of the domain; reads at this place are at home from here on.
  Index index_of(graph::Value v, const Index& place) {
    return index_in(integers(), emit_.dims(emit_.node(v).type.shape), domain_, place);
  }
  void move_to(const Index& place) { emit_.set_home(linearize(integers(), place, domain_)); }
  Value element(graph::Value scan, const Index& place);
  void define(graph::Value scan, const Index& place, Value value) {
    emit_.define(scan, index_of(scan, place), build().convert(value, emit_.node(scan).type.dtype));
  }
  void store_outputs(const Index& place);
  void over(IntExpr extent, const std::function<void(IntExpr)>& body) {
    build().loop(LoopKind::parallel, emit_.fresh("c"), extent, [&](IntExpr c) {
      emit_.open_scope();
      body(c);
      emit_.close_scope();
    });
  }
  std::vector<BufferId> scratch(std::int64_t size);

  void columns();
  void rows();
  void rows_in_blocks();
  void scan_block(graph::Value scan, BufferId elements, BufferId sum, IntExpr size);

  const graph::Graph& graph_;
  const graph::FusedRegion& region_;
  const Target& target_;
  Emitter emit_;
  std::vector<graph::Value> scans_;
  std::vector<BufferId> outputs_;
  bool reverse_ = false;
  Index domain_;
  std::size_t axis_ = 0;
  IntExpr length_ = 0;
  int column_ = -1;  ///< The axis whose neighbours are scanned together, or -1 where the scanned axis is innermost.
};

// Where only positions count, all axes before the scanned one are one axis, and all behind it.
void Scans::set_domain() {
  const Index all = emit_.dims(region_.domain);
  axis_ = static_cast<std::size_t>(region_.reduced_axes[0]);
  length_ = all[axis_];
  domain_ = all;
  if (is_positional(graph_, region_)) {
    const std::span<const IntExpr> extents(all.data(), all.size());
    domain_ = {integers().product(extents.first(axis_)), length_, integers().product(extents.subspan(axis_ + 1))};
    axis_ = 1;
  }
  for (std::size_t k = axis_ + 1; k < domain_.size(); ++k) {
    if (domain_[k] != IntExpr(1)) column_ = static_cast<int>(k);
  }
}

bool Scans::is_light() const {
  int cost = 0;
  for (graph::Value v : region_.nodes) {
    const Primitive& p = emit_.node(v).primitive;
    if (p.kind == PrimitiveKind::elementwise) cost += row(p.op).cost;
    if (p.kind == PrimitiveKind::convert) ++cost;
    if (p.kind == PrimitiveKind::gather || p.kind == PrimitiveKind::random_bits) cost += light_cost + 1;
  }
  return cost <= light_cost;
}

Value Scans::combine(graph::Value scan, Value left, Value right) {
  ScalarArena arena;
  const Scalar a = arena.argument(build().dtype(left)), b = arena.argument(build().dtype(right));
  Scalar result;
  row(emit_.node(scan).primitive.reduction).combine({&a, 1}, {&b, 1}, {&result, 1});
  const Value args[] = {left, right};
  return build().replay(arena, result, args);
}

Value Scans::element(graph::Value scan, const Index& place) {
  const graph::Value operand = emit_.node(scan).inputs[0];
  return build().convert(emit_.at(operand, index_of(operand, place)), accumulator(scan));
}

void Scans::store_outputs(const Index& place) {
  std::vector<Value> values;
  for (graph::Value out : region_.outputs) {
    const graph::Value v = peel_reshapes(graph_, out, region_.inputs);
    values.push_back(emit_.at(v, index_of(v, place)));
  }
  const IntExpr position = linearize(integers(), place, domain_);
  for (std::size_t k = 0; k < values.size(); ++k) build().store(outputs_[k], position, values[k]);
}

/// A buffer for each scan.
std::vector<BufferId> Scans::scratch(std::int64_t size) {
  std::vector<BufferId> buffers;
  for (graph::Value v : scans_) {
    buffers.push_back(build().add_buffer("", accumulator(v), kernel::BufferRole::scratch, size, 64));
  }
  return buffers;
}

// A tile of neighbouring columns, its accumulators in scratch: every step along the axis is a contiguous vector loop.
void Scans::columns() {
  const auto column = static_cast<std::size_t>(column_);
  const IntExpr width = domain_[column];
  const std::int64_t most = width.is_constant() ? std::min<std::int64_t>(target_.column_tile, width.value())
                                                : std::int64_t{target_.column_tile};
  Index outer = domain_;
  outer[axis_] = 1;
  outer[column] = integers().ceildiv(width, most);
  const std::vector<BufferId> sums = scratch(most);
  emit_.parallel(outer, [&](const Index& tile) {
    const IntExpr first = integers().multiply(tile[column], most);
    const IntExpr count = integers().minimum(integers().subtract(width, first), most);
    over(count, [&](IntExpr c) {
      for (std::size_t k = 0; k < scans_.size(); ++k) build().store(sums[k], c, identity(scans_[k]));
    });
    build().loop(LoopKind::serial, emit_.fresh("t"), length_, [&](IntExpr t) {
      over(count, [&](IntExpr c) {
        Index place = tile;
        place[axis_] = along(t);
        place[column] = integers().add(first, c);
        move_to(place);
        for (std::size_t k = 0; k < scans_.size(); ++k) {
          const Value sum = build().load(sums[k], c);
          const Value next = combine(scans_[k], sum, element(scans_[k], place));
          build().store(sums[k], c, next);
          define(scans_[k], place, is_exclusive(scans_[k]) ? sum : next);
        }
        store_outputs(place);
      });
    });
  });
}

// One element after the other. A complex accumulator lies in scratch: loops carry no pairs.
void Scans::rows() {
  const bool in_memory =
      std::any_of(scans_.begin(), scans_.end(), [&](graph::Value v) { return is_complex(accumulator(v)); });
  const std::vector<BufferId> sums = in_memory ? scratch(1) : std::vector<BufferId>();
  Index outer = domain_;
  outer[axis_] = 1;
  emit_.parallel(outer, [&](const Index& row) {
    std::vector<Value> initial;
    for (std::size_t k = 0; k < scans_.size(); ++k) {
      initial.push_back(identity(scans_[k]));
      if (in_memory) build().store(sums[k], 0, initial[k]);
    }
    if (in_memory) initial.clear();
    build().loop(LoopKind::serial, emit_.fresh("t"), 0, length_, 1, initial,
                 [&](IntExpr t, std::span<const Value> carried) {
                   emit_.open_scope();
                   Index place = row;
                   place[axis_] = along(t);
                   move_to(place);
                   std::vector<Value> yields;
                   for (std::size_t k = 0; k < scans_.size(); ++k) {
                     const Value sum = in_memory ? build().load(sums[k], 0) : carried[k];
                     const Value next = combine(scans_[k], sum, element(scans_[k], place));
                     define(scans_[k], place, is_exclusive(scans_[k]) ? sum : next);
                     if (in_memory) build().store(sums[k], 0, next);
                     if (!in_memory) yields.push_back(next);
                   }
                   store_outputs(place);
                   emit_.close_scope();
                   return yields;
                 });
  });
}

// The same with the work around the running combination in vector loops over a block.
void Scans::rows_in_blocks() {
  const std::int64_t most = length_.is_constant() ? std::clamp<std::int64_t>(length_.value(), 1, block) : block;
  const std::vector<BufferId> elements = scratch(most), sums = scratch(1);
  Index outer = domain_;
  outer[axis_] = 1;
  emit_.parallel(outer, [&](const Index& row) {
    for (std::size_t k = 0; k < scans_.size(); ++k) build().store(sums[k], 0, identity(scans_[k]));
    build().loop(LoopKind::serial, emit_.fresh("t"), integers().ceildiv(length_, most), [&](IntExpr t) {
      const IntExpr first = integers().multiply(t, most);
      const IntExpr size = integers().minimum(integers().subtract(length_, first), most);
      // A block that is scanned backwards lies before `length - first`.
      const IntExpr begin = reverse_ ? integers().subtract(integers().subtract(length_, first), size) : first;
      const auto place = [&](IntExpr c) {
        Index index = row;
        index[axis_] = integers().add(begin, c);
        return index;
      };
      for (std::size_t k = 0; k < scans_.size(); ++k) {
        over(size, [&](IntExpr c) {
          move_to(place(c));
          for (std::size_t j = 0; j < k; ++j) define(scans_[j], place(c), build().load(elements[j], c));
          build().store(elements[k], c, element(scans_[k], place(c)));
        });
        scan_block(scans_[k], elements[k], sums[k], size);
      }
      over(size, [&](IntExpr c) {
        move_to(place(c));
        for (std::size_t k = 0; k < scans_.size(); ++k) define(scans_[k], place(c), build().load(elements[k], c));
        store_outputs(place(c));
      });
    });
  });
}

/// Replaces the elements of a block by their scan; `sum` holds what came before.
void Scans::scan_block(graph::Value scan, BufferId elements, BufferId sum, IntExpr size) {
  const bool carries = !is_complex(accumulator(scan));
  std::vector<Value> initial;
  if (carries) initial.push_back(build().load(sum, 0));
  const std::vector<Value> last = build().loop(
      LoopKind::serial, emit_.fresh("u"), 0, size, 1, initial, [&](IntExpr u, std::span<const Value> carried) {
        const IntExpr c = reverse_ ? integers().subtract(integers().subtract(size, 1), u) : u;
        const Value before = carries ? carried[0] : build().load(sum, 0);
        const Value next = combine(scan, before, build().load(elements, c));
        build().store(elements, c, is_exclusive(scan) ? before : next);
        if (carries) return std::vector<Value>{next};
        build().store(sum, 0, next);
        return std::vector<Value>();
      });
  if (carries) build().store(sum, 0, last[0]);
}

}  // namespace

LoweredRegion lower_scan(graph::Graph& graph, const graph::FusedRegion& region, const Target& target) {
  LoweredRegion out;
  Scans(graph, region, target, out.kernels.emplace_back()).write();
  return out;
}

}  // namespace cermet::lower
