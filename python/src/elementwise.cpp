// Element-wise functions and reductions: a loop over the op tables makes functions, array methods, aliases and docs.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <deque>
#include <sstream>
#include <string>

#include "bindings.h"
#include "convert.h"

namespace cermet::python {
namespace {

/// nanobind keeps pointers to names and docs: they live here.
const char* keep(std::string text) {
  static std::deque<std::string> texts;
  return texts.emplace_back(std::move(text)).c_str();
}

std::vector<std::string> words(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

std::string doc_of(const Row& row, const char* signature) {
  std::string doc = std::string(row.name) + signature + "\n\n" + std::string(row.doc);
  if (row.ulp > 0) doc += "\n\nAccurate to " + fmt::format("{:g}", row.ulp) + " units in the last place.";
  return doc;
}

// The same callable as function of the module, as its aliases, and (for one operand) as method of the array class.
// `first` names the operand that is `self` in the method.
template <class F, class... Extra>
void define(nb::module_& m, nb::handle type, const Row& row, const char* signature, F function, const nb::arg& first,
            const Extra&... extra) {
  std::vector<std::string> names = words(row.aliases);
  names.insert(names.begin(), std::string(row.name));
  const char* const doc = keep(doc_of(row, signature));
  for (const std::string& name : names) {
    const char* const kept = keep(name);
    m.def(kept, function, doc, first, extra...);
    if (type.is_valid()) {
      nb::cpp_function_def(function, nb::scope(type), nb::name(kept), nb::is_method(), doc, extra...);
    }
  }
}

void bind_row(nb::module_& m, nb::handle type, Op op) {
  const Row& r = row(op);
  const char* const name = r.name.data();
  if (r.arity == 1) {
    define(
        m, type, r, "(a, /, *, stream=None)",
        [op, name](nb::handle a, nb::handle stream) {
          const Argument x(name, a);
          return wrap(elementwise(op, {&x.operand(), 1}, stream_of(stream)));
        },
        nb::arg("a").none(), nb::kw_only(), nb::arg("stream") = nb::none());
  } else if (r.arity == 2) {
    define(
        m, nb::handle(), r, "(a, b, /, *, stream=None)",
        [op, name](nb::handle a, nb::handle b, nb::handle stream) {
          const Argument x(name, a), y(name, b);
          const Operand operands[] = {x.operand(), y.operand()};
          return wrap(elementwise(op, operands, stream_of(stream)));
        },
        nb::arg("a").none(), nb::arg("b").none(), nb::kw_only(), nb::arg("stream") = nb::none());
  } else {
    define(
        m, nb::handle(), r, "(condition, x, y, /, *, stream=None)",
        [op, name](nb::handle a, nb::handle b, nb::handle c, nb::handle stream) {
          const Argument x(name, a), y(name, b), z(name, c);
          const Operand operands[] = {x.operand(), y.operand(), z.operand()};
          return wrap(elementwise(op, operands, stream_of(stream)));
        },
        nb::arg("condition").none(), nb::arg("x").none(), nb::arg("y").none(), nb::kw_only(),
        nb::arg("stream") = nb::none());
  }
}

template <class F, class... Extra>
void define_named(nb::module_& m, nb::handle type, const char* name, const char* doc, F function, const nb::arg& first,
                  const Extra&... extra) {
  m.def(name, function, doc, first, extra...);
  nb::cpp_function_def(function, nb::scope(type), nb::name(name), nb::is_method(), doc, extra...);
}

void bind_index_reduction(nb::module_& m, nb::handle type, Reduction reduction) {
  const ReduceRow& r = row(reduction);
  const char* const name = r.name.data();
  const auto function = [reduction, name](nb::handle a, nb::handle axis, bool keepdims, nb::handle stream) {
    std::optional<std::vector<int>> axes;
    if (!axis.is_none()) axes = std::vector<int>{int_of(name, "axis", axis)};
    return wrap(reduce(reduction, Argument(name, a).value(), axes, keepdims, stream_of(stream)));
  };
  define_named(m, type, name,
               keep(fmt::format("{}(a, /, axis=None, keepdims=False, *, stream=None)\n\n{}", r.name, r.doc)), function,
               nb::arg("a").none(), nb::arg("axis") = nb::none(), nb::arg("keepdims") = false, nb::kw_only(),
               nb::arg("stream") = nb::none());
}

void bind_reduction(nb::module_& m, nb::handle type, Reduction reduction) {
  const ReduceRow& r = row(reduction);
  if (r.width == 2) return bind_index_reduction(m, type, reduction);
  const char* const name = r.name.data();
  const auto function = [reduction, name](nb::handle a, nb::handle axis, bool keepdims, nb::handle stream) {
    return wrap(reduce(reduction, Argument(name, a).value(), axes_of(name, axis), keepdims, stream_of(stream)));
  };
  define_named(m, type, name,
               keep(fmt::format("{}(a, /, axis=None, keepdims=False, *, stream=None)\n\n{}", r.name, r.doc)), function,
               nb::arg("a").none(), nb::arg("axis") = nb::none(), nb::arg("keepdims") = false, nb::kw_only(),
               nb::arg("stream") = nb::none());
}

void bind_composites(nb::module_& m, nb::handle type) {
  struct Statistic {
    const char* name;
    const char* doc;
  };
  const Statistic plain[] = {
      {"mean", "mean(a, /, axis=None, keepdims=False, *, stream=None)\n\nArithmetic mean; float32 for integers."},
      {"logsumexp",
       "logsumexp(a, /, axis=None, keepdims=False, *, stream=None)\n\nlog(sum(exp(a))) without overflow."}};
  for (const Statistic& s : plain) {
    define_named(
        m, type, s.name, s.doc,
        [op = s.name](nb::handle a, nb::handle axis, bool keepdims, nb::handle stream) {
          return wrap(composite(op, Argument(op, a).value(), axes_of(op, axis), keepdims, 0, stream_of(stream)));
        },
        nb::arg("a").none(), nb::arg("axis") = nb::none(), nb::arg("keepdims") = false, nb::kw_only(),
        nb::arg("stream") = nb::none());
  }
  const Statistic spread[] = {
      {"var",
       "var(a, /, axis=None, keepdims=False, ddof=0, *, stream=None)\n\nMean squared distance from the mean, with "
       "divisor n - ddof."},
      {"std", "std(a, /, axis=None, keepdims=False, ddof=0, *, stream=None)\n\nSquare root of var."}};
  for (const Statistic& s : spread) {
    define_named(
        m, type, s.name, s.doc,
        [op = s.name](nb::handle a, nb::handle axis, bool keepdims, int ddof, nb::handle stream) {
          return wrap(composite(op, Argument(op, a).value(), axes_of(op, axis), keepdims, ddof, stream_of(stream)));
        },
        nb::arg("a").none(), nb::arg("axis") = nb::none(), nb::arg("keepdims") = false, nb::arg("ddof") = 0,
        nb::kw_only(), nb::arg("stream") = nb::none());
  }
  m.def(
      "softmax",
      [](nb::handle a, nb::handle axis, bool, nb::handle stream) {
        return wrap(composite("softmax", Argument("softmax", a).value(), axes_of("softmax", axis), false, 0,
                              stream_of(stream)));
      },
      "softmax(a, /, axis=None, precise=False, *, stream=None)\n\nexp(a) / sum(exp(a)) over the axes, without "
      "overflow; "
      "halves compute in float32 and round once, whatever `precise` says.",
      nb::arg("a").none(), nb::arg("axis") = nb::none(), nb::arg("precise") = false, nb::kw_only(),
      nb::arg("stream") = nb::none());
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
    entry["ulp"] = r.ulp;
    entry["domain"] = nb::make_tuple(r.domain.low, r.domain.high);
    entry["doc"] = std::string(r.doc);
    out.append(entry);
  }
  return out;
}

}  // namespace

void bind_elementwise(nb::module_& m) {
  const nb::handle type(reinterpret_cast<PyObject*>(array_type()));
  for (int i = 0; i < op_count; ++i) {
    if (!row(static_cast<Op>(i)).internal) bind_row(m, type, static_cast<Op>(i));
  }
  for (int i = 0; i < static_cast<int>(Reduction::count_); ++i) bind_reduction(m, type, static_cast<Reduction>(i));
  bind_composites(m, type);
  m.def("_op_table", table_as_list, "Every element-wise op: name, arity, types, aliases, ulp, domain, doc.");
}

}  // namespace cermet::python
