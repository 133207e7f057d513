// Dtypes, their categories, and what is known about them: finfo, iinfo, issubdtype, isdtype, can_cast, result_type.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "bindings.h"
#include "convert.h"

namespace cermet::python {
namespace {

enum class Category : unsigned char {
  complexfloating,
  floating,
  inexact,
  signedinteger,
  unsignedinteger,
  integer,
  number,
  generic
};

// A category's dtypes are those for which the function holds; the tree of categories follows from it.
bool is_in(Dtype t, Category c) {
  switch (c) {
    case Category::complexfloating:
      return is_complex(t);
    case Category::floating:
      return is_floating(t);
    case Category::inexact:
      return is_inexact(t);
    case Category::signedinteger:
      return is_signed_integer(t);
    case Category::unsignedinteger:
      return is_unsigned(t);
    case Category::integer:
      return is_integer(t);
    case Category::number:
      return !is_bool(t);
    case Category::generic:
      return true;
  }
  return false;
}

bool is_in(Category inner, Category outer) {
  for (int i = 0; i < dtype_count; ++i) {
    const Dtype t(static_cast<Dtype::Val>(i));
    if (is_in(t, inner) && !is_in(t, outer)) return false;
  }
  return true;
}

bool is_category(nb::handle object) { return nb::isinstance<Category>(object); }

Dtype dtype_of(const char* op, nb::handle object) {
  const auto dtype = object.is_none() ? std::nullopt : optional_dtype(op, object);
  if (!dtype) fail<TypeError>("[{}] Expected a dtype, not None.", op);
  return *dtype;
}

bool is_subtype(nb::handle a, nb::handle b) {
  if (is_category(b)) {
    const auto outer = nb::cast<Category>(b);
    return is_category(a) ? is_in(nb::cast<Category>(a), outer) : is_in(dtype_of("issubdtype", a), outer);
  }
  const Dtype to = dtype_of("issubdtype", b);
  return !is_category(a) && dtype_of("issubdtype", a) == to;
}

bool is_of_kind(Dtype t, nb::handle kind) {
  if (PyTuple_Check(kind.ptr())) {
    bool any = false;
    for (nb::handle one : nb::borrow<nb::tuple>(kind)) any = is_of_kind(t, one) || any;  // every entry is checked
    return any;
  }
  if (!PyUnicode_Check(kind.ptr())) return t == dtype_of("isdtype", kind);
  const auto text = nb::cast<std::string>(kind);
  if (text == "bool") return is_bool(t);
  if (text == "signed integer") return is_signed_integer(t);
  if (text == "unsigned integer") return is_unsigned(t);
  if (text == "integral") return is_integer(t);
  if (text == "real floating") return is_floating(t);
  if (text == "complex floating") return is_complex(t);
  if (text == "numeric") return !is_bool(t);
  fail<ValueError>(
      "[isdtype] There is no kind '{}'; there are 'bool', 'signed integer', 'unsigned integer', 'integral', 'real "
      "floating', 'complex floating' and 'numeric'.",
      text);
}

/// The dtype of an array or a dtype.
Dtype array_or_dtype(const char* op, nb::handle object) {
  if (const array* const x = as_array(object)) return x->dtype();
  return dtype_of(op, object);
}

Dtype common_type(nb::args items) {
  if (nb::len(items) == 0) fail<ValueError>("[result_type] Give at least one array, dtype or number.");
  std::optional<Dtype> common;
  WeakKind weak = WeakKind::boolean;
  bool any_weak = false;
  for (nb::handle item : items) {
    if (const auto scalar = weak_scalar_of(item)) {
      weak = std::max(weak, scalar->second);
      any_weak = true;
      continue;
    }
    const Dtype t = array_or_dtype("result_type", item);
    common = common ? promote_types(*common, t) : t;
  }
  if (!common) return default_dtype(weak);
  return any_weak ? weak_result(*common, weak) : *common;
}

// ---- Limits -------------------------------------------------------------------------------------------------------

struct FloatInfo {
  Dtype dtype;
  int bits;
  double min, max, eps, smallest_normal;
};

/// By the numbers of significand bits (the implicit one included) and the exponent range of IEEE 754's formats.
FloatInfo float_info(Dtype given) {
  if (!is_inexact(given)) fail<ValueError>("[finfo] {} is no floating type; iinfo tells about integers.", name(given));
  const Dtype t = is_complex(given) ? float32 : given;  // of its parts
  const int digits = t == float16 ? 11 : t == bfloat16 ? 8 : t == float32 ? 24 : 53;
  const int exponent = t == float16 ? 16 : t == float64 ? 1024 : 128;
  const double max = std::ldexp(2 - std::ldexp(1, 1 - digits), exponent - 1);
  return {t, t.size() * 8, -max, max, std::ldexp(1, 1 - digits), std::ldexp(1, 2 - exponent)};
}

struct IntegerInfo {
  Dtype dtype;
  int bits() const { return dtype.size() * 8; }
  std::int64_t min() const { return is_unsigned(dtype) ? 0 : std::int64_t{-1} << (bits() - 1); }
  std::uint64_t max() const {
    return std::numeric_limits<std::uint64_t>::max() >> (64 - bits() + (is_unsigned(dtype) ? 0 : 1));
  }
};

IntegerInfo integer_info(Dtype t) {
  if (!is_integer(t)) fail<ValueError>("[iinfo] {} is no integer type; finfo tells about floating types.", name(t));
  return {t};
}

// ---- Bindings -----------------------------------------------------------------------------------------------------

void bind_dtype(nb::module_& m) {
  nb::class_<Dtype>(m, "Dtype", "The type of an array's elements, like mx.float32. Compares and hashes by value.")
      .def_prop_ro(
          "size", [](const Dtype& t) { return static_cast<int>(t.size()); }, "Bytes an element.")
      .def("__repr__", [](const Dtype& t) { return "cermet.core." + std::string(name(t)); })
      .def(
          "__eq__",
          [](const Dtype& t, nb::handle other) {
            Dtype o;
            return nb::try_cast(other, o) && t == o;
          },
          nb::arg("other").none())
      .def("__hash__", [](const Dtype& t) { return static_cast<std::int64_t>(t.val) + 0x64747970; })
      .def("__reduce__",
           [](const Dtype& t) {
             return nb::make_tuple(nb::module_::import_("cermet.core").attr("_dtype"),
                                   nb::make_tuple(std::string(name(t))));
           })
      .def("__copy__", [](nb::handle self) { return nb::borrow(self); })
      .def("__deepcopy__", [](nb::handle self, nb::handle) { return nb::borrow(self); });
  for (int i = 0; i < dtype_count; ++i) {
    const Dtype t(static_cast<Dtype::Val>(i));
    m.attr(std::string(name(t) == "bool" ? "bool_" : name(t)).c_str()) = t;
  }
}

void bind_categories(nb::module_& m) {
  nb::enum_<Category>(m, "DtypeCategory",
                      "Kinds of dtype: generic is all; number is all but bool_; integer is signedinteger and "
                      "unsignedinteger; inexact is floating and complexfloating.")
      .value("complexfloating", Category::complexfloating)
      .value("floating", Category::floating)
      .value("inexact", Category::inexact)
      .value("signedinteger", Category::signedinteger)
      .value("unsignedinteger", Category::unsignedinteger)
      .value("integer", Category::integer)
      .value("number", Category::number)
      .value("generic", Category::generic)
      .export_values();
  m.def("issubdtype", is_subtype, nb::arg("arg1").none(), nb::arg("arg2").none(),
        "issubdtype(arg1, arg2)\n\nTrue if a dtype or category belongs to a category, or is the same dtype.");
  m.def(
      "isdtype", [](nb::handle dtype, nb::handle kind) { return is_of_kind(dtype_of("isdtype", dtype), kind); },
      nb::arg("dtype").none(), nb::arg("kind").none(),
      "isdtype(dtype, kind)\n\nTrue if the dtype is of a kind: a dtype, one of the array API's names ('bool', 'signed "
      "integer', 'unsigned integer', 'integral', 'real floating', 'complex floating', 'numeric'), or a tuple of them.");
  m.def(
      "can_cast",
      [](nb::handle from, nb::handle to) {
        const Dtype target = dtype_of("can_cast", to);
        return promote_types(array_or_dtype("can_cast", from), target) == target;
      },
      nb::arg("from_").none(), nb::arg("to").none(),
      "can_cast(from_, to)\n\nTrue if promoting the dtype (or an array's) with `to` gives `to`.");
  m.def("result_type", common_type,
        "result_type(*arrays_and_dtypes)\n\nThe dtype that arrays, dtypes and Python numbers get together.");
}

void bind_limits(nb::module_& m) {
  nb::class_<FloatInfo>(m, "finfo", "The limits of a floating type; of complex64: those of its parts.")
      .def(
          "__init__",
          [](FloatInfo* self, nb::handle type) { new (self) FloatInfo(float_info(array_or_dtype("finfo", type))); },
          nb::arg("type").none())
      .def_ro("min", &FloatInfo::min, "The smallest number.")
      .def_ro("max", &FloatInfo::max, "The largest finite number.")
      .def_ro("eps", &FloatInfo::eps, "The distance from 1.0 to the next larger number.")
      .def_ro("smallest_normal", &FloatInfo::smallest_normal, "The smallest positive normal number.")
      .def_ro("bits", &FloatInfo::bits, "Bits of the type.")
      .def_ro("dtype", &FloatInfo::dtype, "The Dtype.")
      .def("__repr__", [](const FloatInfo& info) {
        return fmt::format("finfo(min={:g}, max={:g}, dtype={})", info.min, info.max, name(info.dtype));
      });
  nb::class_<IntegerInfo>(m, "iinfo", "The limits of an integer type.")
      .def(
          "__init__",
          [](IntegerInfo* self, nb::handle type) {
            new (self) IntegerInfo(integer_info(array_or_dtype("iinfo", type)));
          },
          nb::arg("type").none())
      .def_prop_ro("min", &IntegerInfo::min, "The smallest number.")
      .def_prop_ro("max", &IntegerInfo::max, "The largest number.")
      .def_prop_ro("bits", &IntegerInfo::bits, "Bits of the type.")
      .def_ro("dtype", &IntegerInfo::dtype, "The Dtype.")
      .def("__repr__", [](const IntegerInfo& info) {
        return fmt::format("iinfo(min={}, max={}, dtype={})", info.min(), info.max(), name(info.dtype));
      });
}

}  // namespace

void bind_types(nb::module_& m) {
  bind_dtype(m);
  bind_categories(m);
  bind_limits(m);
}

}  // namespace cermet::python
