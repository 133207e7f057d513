// Reduction regions; see reduction.h. In the single form, one parallel iteration owns a row: it reduces it, reduction
// by reduction, then stores what depends on the results. In the split form every level of reductions is a kernel of
// partial results over chunks and a kernel that combines them; kernel.h defines the order so that both agree bit by
// bit.
#include "lower/reduction.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "lower/emitter.h"

namespace cermet::lower {
namespace {

using kernel::ReduceOrder;
using kernel::reduction_chunk;

struct Reduce {
  graph::Value node = -1;
  int level = 0;              ///< 0: reads no other reduction of the region.
  std::vector<int> partials;  ///< Temporaries of the chunk results, a component each (split form).
};

/// What a region is, in the graph's own terms.
struct Rows {
  graph::Graph& graph;
  const graph::FusedRegion& region;
  Shape kept, reduced;
  std::vector<Reduce> reduces;
  std::vector<graph::Value> row_outputs;   ///< One element a row.
  std::vector<graph::Value> full_outputs;  ///< One element an element of the domain.

  const graph::Node& node(graph::Value v) const { return graph.nodes[static_cast<std::size_t>(v)]; }
  bool reads(graph::Value v) const {
    return std::find(region.inputs.begin(), region.inputs.end(), v) != region.inputs.end();
  }
};

bool contains(std::span<const std::int64_t> axes, std::size_t axis) {
  return std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(axis)) != axes.end();
}

void find_reduces(Rows& rows) {
  std::unordered_map<graph::Value, int> level;  // of the reductions that a value depends on, plus one
  for (graph::Value v : rows.region.nodes) {
    const graph::Node& n = rows.node(v);
    int deepest = 0;
    for (graph::Value input : n.inputs) {
      if (const auto found = level.find(input); found != level.end()) deepest = std::max(deepest, found->second);
    }
    if (n.primitive.kind == PrimitiveKind::reduce && !rows.reads(v)) {
      rows.reduces.push_back({v, deepest, {}});
      ++deepest;
    }
    level[v] = deepest;
  }
}

Rows rows_of(graph::Graph& graph, const graph::FusedRegion& region) {
  Rows rows{graph, region, {}, {}, {}, {}, {}};
  for (std::size_t k = 0; k < region.domain.size(); ++k) {
    (contains(region.reduced_axes, k) ? rows.reduced : rows.kept).push_back(region.domain[k]);
  }
  find_reduces(rows);
  const Dim results = graph.dims.product(rows.kept);
  const Dim elements = graph.dims.product(region.domain);
  for (graph::Value out : region.outputs) {
    const Dim count = graph.dims.product(rows.node(out).type.shape);
    check(count == results || count == elements, "lower: output %{} of a reduction has neither its domain nor its rows",
          out);
    (count == results ? rows.row_outputs : rows.full_outputs).push_back(out);
  }
  return rows;
}

/// Writes the stages of a region into one kernel at a time.
class Stages {
 public:
  Stages(Rows& rows, LoweredKernel& out)
      : rows_(rows),
        emit_(rows.graph, rows.region.inputs, out),
        kept_(emit_.dims(rows.kept)),
        reduced_(emit_.dims(rows.reduced)) {
    emit_.lift(rows.region.lifted);
  }

  Emitter& emit() { return emit_; }
  std::span<const IntExpr> kept() const { return kept_; }
  IntExpr row_position(const Index& row) { return linearize(emit_.integers(), row, kept_); }
  IntExpr row_length() { return emit_.integers().product(reduced_); }

  /// The components of element `r` of a row as the reduction takes them.
  std::vector<kernel::Value> element(graph::Value reduce, const Index& row, IntExpr r);
  /// Reduces elements [first, first + count) of a row.
  std::vector<kernel::Value> reduce(graph::Value node, const Index& row, IntExpr first, IntExpr count,
                                    ReduceOrder order);
  /// The value of the node from the tuple, known from here on at this row.
  kernel::Value finish(graph::Value node, const Index& row, std::span<const kernel::Value> tuple);
  void store_rows(const Index& row);
  void store_elements(const Index& row);

 private:
  Rows& rows_;
  Emitter emit_;
  Index kept_, reduced_;
};

std::vector<kernel::Value> Stages::element(graph::Value reduce, const Index& row, IntExpr r) {
  const graph::Node& n = rows_.node(reduce);
  const graph::Node& operand = rows_.node(n.inputs[0]);
  Index own_reduced;
  for (std::int64_t axis : n.primitive.axes) {
    own_reduced.push_back(emit_.dim(operand.type.shape[static_cast<std::size_t>(axis)]));
  }
  const Index inside = delinearize(emit_.integers(), r, own_reduced);
  const Index outside = index_in(emit_.integers(), emit_.dims(n.type.shape), kept_, row);
  Index index;
  std::size_t in = 0, out = 0;
  for (std::size_t k = 0; k < operand.type.shape.size(); ++k) {
    index.push_back(contains(n.primitive.axes, k) ? inside[in++] : outside[out++]);
  }
  const bool in_domain = same_but_for_ones(operand.type.shape, rows_.region.domain);
  emit_.set_home(in_domain ? linearize(emit_.integers(), index, emit_.dims(operand.type.shape)) : no_home);
  kernel::Builder& build = emit_.build();
  const ReduceRow& monoid = cermet::row(n.primitive.reduction);
  const kernel::Value value = emit_.at(n.inputs[0], index);
  std::vector<kernel::Value> tuple{build.convert(value, monoid.accumulator(operand.type.dtype))};
  if (monoid.width == 2) tuple.push_back(build.index(r, uint32));
  return tuple;
}

std::vector<kernel::Value> Stages::reduce(graph::Value node, const Index& row, IntExpr first, IntExpr count,
                                          ReduceOrder order) {
  const std::string name = emit_.fresh("r");
  return emit_.build().reduce(rows_.node(node).primitive.reduction, name, count, order, [&](IntExpr r) {
    emit_.open_scope();
    std::vector<kernel::Value> tuple = element(node, row, emit_.integers().add(first, r));
    emit_.close_scope();
    return tuple;
  });
}

kernel::Value Stages::finish(graph::Value node, const Index& row, std::span<const kernel::Value> tuple) {
  const graph::Node& n = rows_.node(node);
  const kernel::Value value = emit_.build().convert(tuple.back(), n.type.dtype);
  emit_.define(node, index_in(emit_.integers(), emit_.dims(n.type.shape), kept_, row), value);
  return value;
}

void Stages::store_rows(const Index& row) {
  std::vector<kernel::Value> values;
  emit_.set_home(no_home);
  for (graph::Value out : rows_.row_outputs) {
    const graph::Value v = peel_reshapes(rows_.graph, out, rows_.region.inputs);
    values.push_back(emit_.at(v, index_in(emit_.integers(), emit_.dims(rows_.node(v).type.shape), kept_, row)));
  }
  for (std::size_t k = 0; k < values.size(); ++k) {
    emit_.build().store(emit_.output(rows_.row_outputs[k]), row_position(row), values[k]);
  }
}

void Stages::store_elements(const Index& row) {
  if (rows_.full_outputs.empty()) return;
  const Index domain = emit_.dims(rows_.region.domain);
  emit_.parallel(reduced_, [&](const Index& inside) {
    Index index;
    std::size_t in = 0, out = 0;
    for (std::size_t k = 0; k < domain.size(); ++k) {
      index.push_back(contains(rows_.region.reduced_axes, k) ? inside[in++] : row[out++]);
    }
    const IntExpr position = linearize(emit_.integers(), index, domain);
    emit_.set_home(position);
    std::vector<kernel::Value> values;
    for (graph::Value o : rows_.full_outputs) {
      const graph::Value v = peel_reshapes(rows_.graph, o, rows_.region.inputs);
      values.push_back(emit_.at(v, index_in(emit_.integers(), emit_.dims(rows_.node(v).type.shape), domain, index)));
    }
    for (std::size_t k = 0; k < values.size(); ++k) {
      emit_.build().store(emit_.output(rows_.full_outputs[k]), position, values[k]);
    }
  });
}

LoweredRegion single(Rows& rows) {
  LoweredRegion out;
  Stages stages(rows, out.kernels.emplace_back());
  stages.emit().parallel(stages.kept(), [&](const Index& row) {
    for (const Reduce& r : rows.reduces) {
      stages.finish(r.node, row, stages.reduce(r.node, row, 0, stages.row_length(), ReduceOrder::chunked));
    }
    // Stores come last: outputs of the whole domain may share the memory of an input (InPlace).
    stages.store_rows(row);
    stages.store_elements(row);
  });
  stages.emit().find_in_place(rows.full_outputs);
  return out;
}

/// The split form. Temporaries: chunk results, and results of reductions that later kernels read.
class Split {
 public:
  Split(Rows& rows, LoweredRegion& out) : rows_(rows), out_(out) {}
  void write();

 private:
  Dim chunks() { return rows_.graph.dims.ceildiv(rows_.graph.dims.product(rows_.reduced), reduction_chunk); }
  int add_temporary(Dtype dtype, Dim elements) {
    out_.temporaries.push_back({dtype, elements});
    return static_cast<int>(out_.temporaries.size()) - 1;
  }
  void write_partials(int level);
  void write_combine(int level, bool last);
  void write_elements();
  void know_results(Emitter& emit);

  Rows& rows_;
  LoweredRegion& out_;
  std::unordered_map<graph::Value, int> results_;
};

void Split::know_results(Emitter& emit) {
  for (const auto& [node, temporary] : results_) emit.define_in_temporary(node, temporary);
}

void Split::write_partials(int level) {
  Stages stages(rows_, out_.kernels.emplace_back());
  Emitter& emit = stages.emit();
  know_results(emit);
  Index extents(stages.kept().begin(), stages.kept().end());
  const IntExpr count = emit.dim(chunks());
  extents.push_back(count);
  const Dim elements = rows_.graph.dims.multiply(rows_.graph.dims.product(rows_.kept), chunks());
  emit.parallel(extents, [&](const Index& index) {
    const Index row(index.begin(), index.end() - 1);
    const IntExpr first = emit.integers().multiply(index.back(), reduction_chunk);
    const IntExpr length =
        emit.integers().minimum(emit.integers().subtract(stages.row_length(), first), reduction_chunk);
    // All reduces before all stores: they may share a pass over the elements.
    std::vector<std::vector<kernel::Value>> tuples;
    for (const Reduce& r : rows_.reduces) {
      if (r.level == level) tuples.push_back(stages.reduce(r.node, row, first, length, ReduceOrder::lanes));
    }
    std::size_t next = 0;
    for (Reduce& r : rows_.reduces) {
      if (r.level != level) continue;
      for (kernel::Value component : tuples[next++]) {
        const Dtype dtype = emit.build().dtype(component);
        r.partials.push_back(add_temporary(dtype, elements));
        emit.build().store(emit.temporary(r.partials.back(), dtype, kernel::BufferRole::output),
                           linearize(emit.integers(), index, extents), component);
      }
    }
  });
}

void Split::write_combine(int level, bool last) {
  Stages stages(rows_, out_.kernels.emplace_back());
  Emitter& emit = stages.emit();
  know_results(emit);
  const IntExpr count = emit.dim(chunks());
  emit.parallel(stages.kept(), [&](const Index& row) {
    for (const Reduce& r : rows_.reduces) {
      if (r.level != level) continue;
      const graph::Node& n = rows_.node(r.node);
      const std::string name = emit.fresh("r");
      const auto tuple = emit.build().reduce(n.primitive.reduction, name, count, ReduceOrder::lanes, [&](IntExpr c) {
        std::vector<kernel::Value> parts;
        const IntExpr at = emit.integers().add(emit.integers().multiply(stages.row_position(row), count), c);
        for (int t : r.partials) {
          const Dtype dtype = out_.temporaries[static_cast<std::size_t>(t)].dtype;
          parts.push_back(emit.build().load(emit.temporary(t, dtype, kernel::BufferRole::input), at));
        }
        return parts;
      });
      const kernel::Value value = stages.finish(r.node, row, tuple);
      if (last && rows_.full_outputs.empty()) continue;
      const int t = add_temporary(n.type.dtype, rows_.graph.dims.product(rows_.kept));
      results_[r.node] = t;
      emit.build().store(emit.temporary(t, n.type.dtype, kernel::BufferRole::output), stages.row_position(row), value);
    }
    if (last) stages.store_rows(row);
  });
}

void Split::write_elements() {
  Stages stages(rows_, out_.kernels.emplace_back());
  know_results(stages.emit());
  stages.emit().parallel(stages.kept(), [&](const Index& row) { stages.store_elements(row); });
  stages.emit().find_in_place(rows_.full_outputs);
}

void Split::write() {
  int levels = 0;
  for (const Reduce& r : rows_.reduces) levels = std::max(levels, r.level + 1);
  for (int level = 0; level < levels; ++level) {
    write_partials(level);
    write_combine(level, level + 1 == levels);
  }
  if (!rows_.full_outputs.empty()) write_elements();
}

std::int64_t hint(const IntExprTable& dims, Dim d) {
  return dims.evaluate(d, [&](SymbolId id) { return dims.symbol(id).hint; });
}

/// Worth it where whole rows (or tiles of neighbouring columns) are too few for the threads and chunks are many.
bool should_split(const Rows& rows, const Target& target) {
  IntExprTable& dims = rows.graph.dims;
  const std::int64_t length = hint(dims, dims.product(rows.reduced));
  if (length <= reduction_chunk || rows.reduces.empty()) return false;
  std::int64_t tasks = hint(dims, dims.product(rows.kept));
  const std::size_t rank = rows.region.domain.size();
  if (!contains(rows.region.reduced_axes, rank - 1)) {
    const std::int64_t columns = std::max<std::int64_t>(hint(dims, rows.region.domain[rank - 1]), 1);
    tasks = tasks / columns * ((columns + target.column_tile - 1) / target.column_tile);
  }
  return target.threads > 1 && tasks < std::int64_t{4} * target.threads;
}

}  // namespace

LoweredRegion lower_reduction(graph::Graph& graph, const graph::FusedRegion& region, const Target& target) {
  Rows rows = rows_of(graph, region);
  if (!should_split(rows, target)) return single(rows);
  LoweredRegion out;
  Split(rows, out).write();
  return out;
}

}  // namespace cermet::lower
