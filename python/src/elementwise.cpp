// Element-wise functions and reductions: a loop over the op tables makes functions, array methods, aliases and docs.
#include <nanobind/nanobind.h>

#include <string>

#include "base/error.h"
#include "bindings.h"
#include "function.h"

namespace cermet::python {
namespace {

using Axes = std::optional<std::vector<int>>;

const char* doc_of(const Row& row) {
  if (row.ulp == 0) return row.doc.data();
  return keep(fmt::format("{}\n\nAccurate to {:g} units in the last place.", row.doc, row.ulp));
}

/// The function with its aliases, and the method where MLX has one.
template <class F>
void bind_row(nb::module_& m, const Row& row, const char* parameters, F function) {
  const char* const doc = doc_of(row);
  bind_function(m, keep(std::string(row.name) + parameters), doc, function, Binding::function_only, row.aliases);
  if (row.method.empty()) return;
  bind_function(m, keep(std::string(row.method) + parameters), doc, function, Binding::method_only);
}

void bind_op(nb::module_& m, Op op) {
  const Row& r = row(op);
  if (r.arity == 1) {
    bind_row(m, r, "(a)", [op](const Operand& a, StreamOrDevice s) { return elementwise(op, {&a, 1}, s); });
  } else if (r.arity == 2) {
    bind_row(m, r, "(a, b)", [op](const Operand& a, const Operand& b, StreamOrDevice s) {
      const Operand operands[] = {a, b};
      return elementwise(op, operands, s);
    });
  } else {
    bind_row(m, r, "(condition, x, y)",
             [op](const Operand& condition, const Operand& x, const Operand& y, StreamOrDevice s) {
               const Operand operands[] = {condition, x, y};
               return elementwise(op, operands, s);
             });
  }
}

void bind_reduction(nb::module_& m, Reduction reduction) {
  const ReduceRow& r = row(reduction);
  const char* const signature = keep(std::string(r.name) + "(a, axis=None, keepdims=False)");
  if (r.width == 2) {  // a position: along one axis, or in the flattened array
    bind_function(
        m, signature, r.doc.data(),
        [reduction](const array& a, std::optional<int> axis, bool keepdims, StreamOrDevice s) {
          return reduce(reduction, a, axis ? Axes(std::vector<int>{*axis}) : std::nullopt, keepdims, s);
        },
        Binding::also_method);
    return;
  }
  bind_function(
      m, signature, r.doc.data(),
      [reduction](const array& a, const Axes& axis, bool keepdims, StreamOrDevice s) {
        return reduce(reduction, a, axis, keepdims, s);
      },
      Binding::also_method);
}

void bind_mean(nb::module_& m, const char* name, const char* doc) {
  bind_function(
      m, keep(std::string(name) + "(a, axis=None, keepdims=False)"), doc,
      [name](const array& a, const Axes& axis, bool keepdims, StreamOrDevice s) {
        return composite(name, a, axis, keepdims, 0, s);
      },
      Binding::also_method);
}

void bind_spread(nb::module_& m, const char* name, const char* doc) {
  bind_function(
      m, keep(std::string(name) + "(a, axis=None, keepdims=False, ddof=0, *, correction=None)"), doc,
      [name](const array& a, const Axes& axis, bool keepdims, int ddof, std::optional<int> correction,
             StreamOrDevice s) {
        if (correction && ddof != 0)
          fail<ValueError>("[{}] At most one of `ddof` and `correction` can be given.", name);
        return composite(name, a, axis, keepdims, correction.value_or(ddof), s);
      },
      Binding::also_method);
}

void bind_composites(nb::module_& m) {
  bind_mean(m, "mean", "Arithmetic mean over the axes, accumulated in float32 or wider; float32 for integers.");
  bind_mean(m, "logsumexp", "log(sum(exp(a))) over the axes, without overflow.");
  bind_spread(
      m, "var",
      "Mean squared distance from the mean over the axes, with divisor n - ddof. `correction` is the array API's "
      "name for ddof.");
  bind_spread(m, "std", "Square root of var.");
  bind_function(m, "softmax(a, axis=None, precise=False)",
                "exp(a) / sum(exp(a)) over the axes, without overflow.\n\n"
                "Halves compute in float32 and round once, whatever `precise` says.",
                [](const array& a, const Axes& axis, bool, StreamOrDevice s) {
                  return composite("softmax", a, axis, false, 0, s);
                });
}

/// The op table as data, for tests and documentation.
nb::list table_as_list() {
  constexpr const char* types[] = {"numeric", "arithmetic", "floating", "real_floating", "ordered",      "compare",
                                   "logical", "bitwise",    "shift",    "predicate",     "complex_part", "select"};
  nb::list out;
  for (int i = 0; i < op_count; ++i) {
    const Row& r = row(static_cast<Op>(i));
    if (r.internal) continue;
    nb::dict entry;
    entry["name"] = std::string(r.name);
    entry["arity"] = static_cast<int>(r.arity);
    entry["types"] = types[static_cast<int>(r.types)];
    entry["aliases"] = std::string(r.aliases);
    entry["method"] = std::string(r.method);
    entry["ulp"] = r.ulp;
    entry["domain"] = nb::make_tuple(r.domain.low, r.domain.high);
    entry["doc"] = std::string(r.doc);
    out.append(entry);
  }
  return out;
}

}  // namespace

void bind_elementwise(nb::module_& m) {
  for (int i = 0; i < op_count; ++i) {
    const Op op = static_cast<Op>(i);
    if (!row(op).internal && op != Op::round) bind_op(m, op);  // mx.round takes decimals too: ops.cpp
  }
  for (int i = 0; i < static_cast<int>(Reduction::count_); ++i) {
    if (!row(static_cast<Reduction>(i)).internal) bind_reduction(m, static_cast<Reduction>(i));
  }
  bind_composites(m);
  m.def("_op_table", table_as_list, "Every element-wise op: name, arity, types, aliases, method, ulp, domain, doc.");
}

}  // namespace cermet::python
