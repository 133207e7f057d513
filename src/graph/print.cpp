// The text form of graphs: one line a node, the facts of the symbols in the header. parse.cpp reads exactly this.
#include "base/error.h"
#include "graph/graph.h"

namespace cermet::graph {
namespace {

template <class List, class Print>
std::string bracketed(const List& list, Print&& print) {
  std::string out = "[";
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out += ", ";
    out += print(list[i]);
  }
  out += ']';
  return out;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

std::string print_symbol(const IntExprTable& table, SymbolId id) {
  const Symbol& s = table.symbol(id);
  const auto bound = [](std::int64_t b) {
    if (b <= IntRange::unbounded_low) return std::string("-inf");
    return b >= IntRange::unbounded_high ? std::string("inf") : std::to_string(b);
  };
  std::string out = fmt::format("symbol {} in [{}, {}]", s.name, bound(s.range.low), bound(s.range.high));
  if (s.upper != IntExpr(0)) out += " below " + table.print(s.upper);
  if (s.multiple_of != 1) out += fmt::format(" multiple_of {}", s.multiple_of);
  if (s.hint != 0) out += fmt::format(" hint {}", s.hint);
  return out + "\n";
}

std::string print_type(const ArrayType& type, const IntExprTable& table) {
  return fmt::format("{}{}", short_name(type.dtype), bracketed(type.shape, [&](Dim d) { return table.print(d); }));
}

/// Fields that the result type does not already say.
std::string print_attributes(const Primitive& p, const IntExprTable& table) {
  const auto dim = [&](Dim d) { return table.print(d); };
  const auto axis = [](std::int64_t a) { return std::to_string(a); };
  std::string out;
  if (p.kind == PrimitiveKind::slice || p.kind == PrimitiveKind::strided) {
    const std::size_t starts = p.kind == PrimitiveKind::slice ? p.dims.size() / 2 : 1;
    out += fmt::format(" start={} step={}", bracketed(std::span<const Dim>(p.dims.data(), starts), dim),
                       bracketed(p.axes, axis));
  } else if (!p.axes.empty() || p.kind == PrimitiveKind::reduce || p.kind == PrimitiveKind::transpose ||
             p.kind == PrimitiveKind::gather) {
    out += fmt::format(" axes={}", bracketed(p.axes, axis));
  }
  const bool is_library = p.kind == PrimitiveKind::library;
  if (p.kind == PrimitiveKind::dim_value || (is_library && !p.dims.empty())) {
    out += fmt::format(" dims={}", bracketed(p.dims, dim));
  }
  if (is_library && p.dtype != Dtype{}) out += fmt::format(" dtype={}", short_name(p.dtype));
  if (is_library && p.reduction != Reduction{}) out += fmt::format(" reduction={}", name(p.reduction));
  if ((p.kind == PrimitiveKind::composite || is_library) && p.literal != Literal{}) {
    out += fmt::format(" literal={}:{}", short_name(p.literal.dtype), p.literal.print());
  }
  if (p.kind == PrimitiveKind::composite && p.dtype == bool_) out += " keepdims";
  if (!p.text.empty() && p.kind != PrimitiveKind::composite && !is_library)
    out += fmt::format(" text={}", quoted(p.text));
  return out;
}

std::string print_operation(const Node& node) {
  const Primitive& p = node.primitive;
  std::string out(name(p.kind));
  if (p.kind == PrimitiveKind::elementwise) out += fmt::format(".{}", name(p.op));
  if (p.kind == PrimitiveKind::reduce || p.kind == PrimitiveKind::scan) out += fmt::format(".{}", name(p.reduction));
  if (p.kind == PrimitiveKind::composite || p.kind == PrimitiveKind::library) out += fmt::format(".{}", p.text);
  if (p.kind == PrimitiveKind::constant) {
    const std::string text = p.literal.print();
    const bool exact = Literal::parse(p.literal.dtype, text) == p.literal;
    return exact ? fmt::format("{} {}", out, text)
                 : fmt::format("{} bits {:#x}", out, p.literal.bits);  // the payload of a NaN
  }
  if (p.kind == PrimitiveKind::input) return out;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) out += fmt::format("{}%{}", i > 0 ? ", " : "(", node.inputs[i]);
  return fmt::format("{}{}", out, node.inputs.empty() ? "()" : ")");
}

std::string print_layout(const InputLayout& layout, const IntExprTable& table) {
  std::string out = layout.aligned ? " aligned" : "";
  if (!layout.contiguous) {
    out += fmt::format(" strides={}", bracketed(layout.strides, [&](Dim d) { return table.print(d); }));
  }
  return out;
}

}  // namespace

std::string print(const Graph& graph) {
  std::string out = fmt::format("graph {}\n", quoted(graph.name));
  for (SymbolId id = 0; id < graph.dims.symbol_count(); ++id) out += print_symbol(graph.dims, id);
  for (std::size_t i = 1; i < graph.sources.size(); ++i)
    out += fmt::format("source {} {}\n", i, quoted(graph.sources[i]));
  std::size_t next_input = 0;
  for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
    const Node& node = graph.nodes[v];
    out += fmt::format("%{}: {} = {}{}", v, print_type(node.type, graph.dims), print_operation(node),
                       print_attributes(node.primitive, graph.dims));
    if (node.primitive.kind == PrimitiveKind::input && next_input < graph.input_layouts.size()) {
      out += print_layout(graph.input_layouts[next_input++], graph.dims);
    }
    if (node.source != 0) out += fmt::format(" @{}", node.source);
    out += "\n";
  }
  out += "return";
  for (std::size_t i = 0; i < graph.outputs.size(); ++i)
    out += fmt::format("{} %{}", i > 0 ? "," : "", graph.outputs[i]);
  return out + "\n";
}

}  // namespace cermet::graph
