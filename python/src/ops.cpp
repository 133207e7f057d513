// Functions that are not rows of a table: conversion, shapes, products, creation.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "base/error.h"
#include "bindings.h"
#include "convert.h"
#include "function.h"

namespace cermet::python {
namespace {

/// A function of the module that is a method of arrays too.
template <class F, class... Extra>
void both(nb::module_& m, const char* name, F function, const nb::arg& first, const Extra&... extra) {
  m.def(name, function, first, extra...);
  nb::cpp_function_def(function, nb::scope(nb::handle(reinterpret_cast<PyObject*>(array_type()))), nb::name(name),
                       nb::is_method(), extra...);
}

const auto no_stream = [] { return nb::arg("stream") = nb::none(); };

std::vector<array> arrays_of(const char* op, nb::handle list) {
  if (!PyList_Check(list.ptr()) && !PyTuple_Check(list.ptr())) {
    fail<TypeError>("[{}] Expected a list or tuple of arrays, not {}.", op, type_text(list));
  }
  std::vector<array> out;
  for (nb::handle item : list) out.push_back(Argument(op, item).value());
  return out;
}

nb::list list_of(std::vector<array> arrays) {
  nb::list out;
  for (array& x : arrays) out.append(wrap(std::move(x)));
  return out;
}

/// Extents given as f(x, (2, 3)) or f(x, 2, 3).
Shape shape_of_arguments(const char* op, nb::args args) {
  if (nb::len(args) == 1 && (PyList_Check(args[0].ptr()) || PyTuple_Check(args[0].ptr()))) return shape_of(op, args[0]);
  return shape_of(op, nb::tuple(args));
}

std::vector<int> axes_of_arguments(const char* op, nb::args args) {
  nb::object axes = nb::len(args) == 1 && (PyList_Check(args[0].ptr()) || PyTuple_Check(args[0].ptr()))
                        ? nb::borrow(args[0])
                        : nb::object(nb::tuple(args));
  return *axes_of(op, axes);
}

void bind_conversion(nb::module_& m) {
  both(
      m, "astype",
      [](nb::handle a, nb::handle dtype, nb::handle stream) {
        return wrap(astype(Argument("astype", a).value(), dtype_or("astype", dtype, float32), stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("dtype"), no_stream(),
      "astype(a, dtype, *, stream=None)\n\nConverts elements: integers wrap, float to integer saturates with NaN to "
      "0.");
  both(
      m, "view",
      [](nb::handle a, nb::handle dtype, nb::handle stream) {
        return wrap(view(Argument("view", a).value(), dtype_or("view", dtype, float32), stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("dtype"), no_stream(),
      "view(a, dtype)\n\nThe storage read as another dtype of the same size.");
  m.def(
      "stop_gradient",
      [](nb::handle a, nb::handle stream) {
        return wrap(stop_gradient(Argument("stop_gradient", a).value(), stream_of(stream)));
      },
      nb::arg("a").none(), no_stream(), "stop_gradient(a)\n\nThe same value; derivatives do not pass.");
  m.def(
      "clip",
      [](nb::handle a, nb::handle low, nb::handle high, nb::handle stream) {
        const Argument x("clip", a);
        std::optional<Argument> l, h;
        if (!low.is_none()) l.emplace("clip", low);
        if (!high.is_none()) h.emplace("clip", high);
        return wrap(clip(x.value(), l ? std::optional(l->operand()) : std::nullopt,
                         h ? std::optional(h->operand()) : std::nullopt, stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("a_min").none(), nb::arg("a_max").none(), no_stream(),
      "clip(a, a_min, a_max)\n\nLimits the values; None leaves a side open.");
  both(
      m, "round",
      [](nb::handle a, int decimals, nb::handle stream) {
        return wrap(round(Argument("round", a).value(), decimals, stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("decimals") = 0, no_stream(), "round(a, decimals=0)\n\nRounds half to even.");
  m.def(
      "divmod",
      [](nb::handle a, nb::handle b, nb::handle stream) {
        const Argument x("divmod", a), y("divmod", b);
        return list_of(divmod(x.operand(), y.operand(), stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("b").none(), no_stream(), "divmod(a, b)\n\n[a // b, a % b]");
}

void bind_reshaping(nb::module_& m) {
  m.def(
      "reshape",
      [](nb::handle a, nb::handle shape, nb::handle stream) {
        return wrap(reshape(Argument("reshape", a).value(), shape_of("reshape", shape), stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("shape"), no_stream(),
      "reshape(a, shape)\n\nThe elements in row-major order in another shape; one extent may be -1.");
  m.def(
      "transpose",
      [](nb::handle a, nb::handle axes, nb::handle stream) {
        const array x = Argument("transpose", a).value();
        const auto order = axes_of("transpose", axes);
        return wrap(order ? transpose(x, *order, stream_of(stream)) : transpose(x, stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("axes") = nb::none(), no_stream(),
      "transpose(a, axes=None)\n\nPermutes the axes (default: reverses).");
  const nb::handle type(reinterpret_cast<PyObject*>(array_type()));
  nb::cpp_function_def(
      [](const array& a, nb::args shape) { return wrap(reshape(a, shape_of_arguments("reshape", shape))); },
      nb::scope(type), nb::name("reshape"), nb::is_method(), "x.reshape(2, 3) or x.reshape((2, 3))");
  nb::cpp_function_def(
      [](const array& a, nb::args axes) {
        return wrap(nb::len(axes) == 0 ? transpose(a) : transpose(a, axes_of_arguments("transpose", axes)));
      },
      nb::scope(type), nb::name("transpose"), nb::is_method(),
      "x.transpose(1, 0), x.transpose((1, 0)) or x.transpose()");
  both(
      m, "flatten",
      [](nb::handle a, int start, int end, nb::handle stream) {
        return wrap(flatten(Argument("flatten", a).value(), start, end, stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("start_axis") = 0, nb::arg("end_axis") = -1, no_stream(),
      "flatten(a, start_axis=0, end_axis=-1)\n\nMerges a range of axes into one.");
  both(
      m, "unflatten",
      [](nb::handle a, int axis, nb::handle shape, nb::handle stream) {
        return wrap(unflatten(Argument("unflatten", a).value(), axis, shape_of("unflatten", shape), stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("axis"), nb::arg("shape"), no_stream(),
      "unflatten(a, axis, shape)\n\nSplits one axis.");
  both(
      m, "squeeze",
      [](nb::handle a, nb::handle axis, nb::handle stream) {
        const array x = Argument("squeeze", a).value();
        const auto axes = axes_of("squeeze", axis);
        return wrap(axes ? squeeze(x, *axes, stream_of(stream)) : squeeze(x, stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("axis") = nb::none(), no_stream(),
      "squeeze(a, axis=None)\n\nDrops axes of extent 1.");
  m.def(
      "expand_dims",
      [](nb::handle a, nb::handle axis, nb::handle stream) {
        return wrap(expand_dims(Argument("expand_dims", a).value(),
                                axes_of("expand_dims", axis).value_or(std::vector<int>{}), stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("axis"), no_stream(), "expand_dims(a, axis)\n\nInserts axes of extent 1.");
  bind_function(
      m, "swapaxes(a, /, axis1, axis2)", "Exchanges two axes.",
      [](const array& a, int axis1, int axis2, StreamOrDevice s) { return swapaxes(a, axis1, axis2, s); },
      Binding::also_method);
  both(
      m, "moveaxis",
      [](nb::handle a, int source, int destination, nb::handle stream) {
        return wrap(moveaxis(Argument("moveaxis", a).value(), source, destination, stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("source"), nb::arg("destination"), no_stream(), "moveaxis(a, source, destination)");
  m.def(
      "flip",
      [](nb::handle a, nb::handle axis, nb::handle stream) {
        const array x = Argument("flip", a).value();
        std::vector<int> all(static_cast<std::size_t>(x.ndim()));
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i);
        return wrap(flip(x, axes_of("flip", axis).value_or(all), stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("axis") = nb::none(), no_stream(),
      "flip(a, axis=None)\n\nReverses the order along axes.");
  m.def(
      "broadcast_to",
      [](nb::handle a, nb::handle shape, nb::handle stream) {
        return wrap(
            broadcast_to(Argument("broadcast_to", a).value(), shape_of("broadcast_to", shape), stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("shape"), no_stream(),
      "broadcast_to(a, shape)\n\nRepeats axes of extent 1 without a copy.");
  m.def(
      "broadcast_arrays",
      [](nb::args arrays, nb::handle stream) {
        return list_of(broadcast_arrays(arrays_of("broadcast_arrays", arrays), stream_of(stream)));
      },
      nb::arg("arrays"), nb::kw_only(), no_stream(), "broadcast_arrays(*arrays)\n\nAll of them in their common shape.");
  m.def(
      "contiguous",
      [](nb::handle a, nb::handle stream) {
        return wrap(contiguous(Argument("contiguous", a).value(), false, stream_of(stream)));
      },
      nb::arg("a").none(), no_stream(), "contiguous(a)\n\nA row-major copy where the array is not row-major.");
}

void bind_joining(nb::module_& m) {
  m.def(
      "concatenate",
      [](nb::handle arrays, nb::handle axis, nb::handle stream) {
        const std::vector<array> list = arrays_of("concatenate", arrays);
        return wrap(axis.is_none() ? concatenate(list, stream_of(stream))
                                   : concatenate(list, int_of("concatenate", "axis", axis), stream_of(stream)));
      },
      nb::arg("arrays"), nb::arg("axis") = 0, no_stream(),
      "concatenate(arrays, axis=0)\n\nJoins along an axis; axis=None joins the flattened arrays.");
  m.attr("concat") = m.attr("concatenate");
  m.def(
      "stack",
      [](nb::handle arrays, int axis, nb::handle stream) {
        return wrap(stack(arrays_of("stack", arrays), axis, stream_of(stream)));
      },
      nb::arg("arrays"), nb::arg("axis") = 0, no_stream(), "stack(arrays, axis=0)\n\nJoins along a new axis.");
  both(
      m, "split",
      [](nb::handle a, nb::handle parts, int axis, nb::handle stream) {
        const array x = Argument("split", a).value();
        if (PyList_Check(parts.ptr()) || PyTuple_Check(parts.ptr())) {
          return list_of(split(x, shape_of("split", parts), axis, stream_of(stream)));
        }
        return list_of(split(x, int_of("split", "indices_or_sections", parts), axis, stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("indices_or_sections"), nb::arg("axis") = 0, no_stream(),
      "split(a, indices_or_sections, axis=0)\n\nEqual parts, or parts between the given indices.");
}

void bind_products(nb::module_& m) {
  m.def(
      "matmul",
      [](nb::handle a, nb::handle b, nb::handle stream) {
        return wrap(matmul(Argument("matmul", a).value(), Argument("matmul", b).value(), stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("b").none(), no_stream(),
      "matmul(a, b)\n\nMatrix product with NumPy's rules for vectors and batches.");
  m.def(
      "addmm",
      [](nb::handle c, nb::handle a, nb::handle b, float alpha, float beta, nb::handle stream) {
        return wrap(addmm(Argument("addmm", c).value(), Argument("addmm", a).value(), Argument("addmm", b).value(),
                          alpha, beta, stream_of(stream)));
      },
      nb::arg("c"), nb::arg("a").none(), nb::arg("b").none(), nb::arg("alpha") = 1.0F, nb::arg("beta") = 1.0F,
      no_stream(), "addmm(c, a, b, alpha=1, beta=1)\n\nalpha * (a @ b) + beta * c");
}

bool is_real(nb::handle x) { return PyFloat_Check(x.ptr()) != 0; }

array make_range(nb::handle start, nb::handle stop, nb::handle step, nb::handle dtype, nb::handle stream) {
  for (nb::handle x : {start, stop, step}) {
    const auto scalar = weak_scalar_of(x);
    if (!scalar || scalar->second == WeakKind::complex) {
      fail<TypeError>("[arange] start, stop and step must be real numbers, not {}.", type_text(x));
    }
  }
  const bool real = is_real(start) || is_real(stop) || is_real(step);
  const auto value = [](nb::handle x) { return nb::cast<double>(nb::float_(nb::borrow(x))); };
  return arange(value(start), value(stop), value(step), dtype_or("arange", dtype, real ? float32 : int32),
                stream_of(stream));
}

void bind_creation(nb::module_& m) {
  m.def(
      "zeros",
      [](nb::handle shape, nb::handle dtype, nb::handle stream) {
        return wrap(zeros(shape_of("zeros", shape), dtype_or("zeros", dtype, float32), stream_of(stream)));
      },
      nb::arg("shape"), nb::arg("dtype") = nb::none(), no_stream(), "zeros(shape, dtype=float32)");
  m.def(
      "ones",
      [](nb::handle shape, nb::handle dtype, nb::handle stream) {
        return wrap(ones(shape_of("ones", shape), dtype_or("ones", dtype, float32), stream_of(stream)));
      },
      nb::arg("shape"), nb::arg("dtype") = nb::none(), no_stream(), "ones(shape, dtype=float32)");
  m.def(
      "full",
      [](nb::handle shape, nb::handle value, nb::handle dtype, nb::handle stream) {
        const array x = Argument("full", value).value();
        return wrap(full(shape_of("full", shape), x, dtype_or("full", dtype, x.dtype()), stream_of(stream)));
      },
      nb::arg("shape"), nb::arg("vals"), nb::arg("dtype") = nb::none(), no_stream(),
      "full(shape, vals, dtype=None)\n\nAn array of a value, or of an array broadcast to the shape.");
  m.def(
      "zeros_like",
      [](nb::handle a, nb::handle stream) {
        return wrap(zeros_like(Argument("zeros_like", a).value(), stream_of(stream)));
      },
      nb::arg("a").none(), no_stream(), "zeros_like(a)");
  m.def(
      "ones_like",
      [](nb::handle a, nb::handle stream) {
        return wrap(ones_like(Argument("ones_like", a).value(), stream_of(stream)));
      },
      nb::arg("a").none(), no_stream(), "ones_like(a)");
  m.def(
      "eye",
      [](int n, nb::handle columns, int k, nb::handle dtype, nb::handle stream) {
        return wrap(eye(n, columns.is_none() ? n : int_of("eye", "m", columns), k, dtype_or("eye", dtype, float32),
                        stream_of(stream)));
      },
      nb::arg("n"), nb::arg("m") = nb::none(), nb::arg("k") = 0, nb::arg("dtype") = nb::none(), no_stream(),
      "eye(n, m=None, k=0, dtype=float32)");
  m.def(
      "arange",
      [](nb::handle first, nb::handle second, nb::handle third, nb::handle dtype, nb::handle stream) {
        const nb::int_ zero(0), one(1);
        const bool alone = second.is_none();
        return wrap(make_range(alone ? nb::handle(zero) : first, alone ? first : second,
                               third.is_none() ? nb::handle(one) : third, dtype, stream));
      },
      nb::arg("start"), nb::arg("stop") = nb::none(), nb::arg("step") = nb::none(), nb::arg("dtype") = nb::none(),
      no_stream(), "arange(stop) or arange(start, stop, step=1, dtype=None)\n\nstart, start + step, ... before stop.");
  m.def(
      "linspace",
      [](double start, double stop, int num, nb::handle dtype, nb::handle stream) {
        return wrap(linspace(start, stop, num, dtype_or("linspace", dtype, float32), stream_of(stream)));
      },
      nb::arg("start"), nb::arg("stop"), nb::arg("num") = 50, nb::arg("dtype") = nb::none(), no_stream(),
      "linspace(start, stop, num=50)");
}

void bind_comparison(nb::module_& m) {
  m.def(
      "array_equal",
      [](nb::handle a, nb::handle b, bool equal_nan, nb::handle stream) {
        return wrap(array_equal(Argument("array_equal", a).value(), Argument("array_equal", b).value(), equal_nan,
                                stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("b").none(), nb::arg("equal_nan") = false, no_stream(),
      "array_equal(a, b, equal_nan=False)");
  m.def(
      "isclose",
      [](nb::handle a, nb::handle b, double rtol, double atol, bool equal_nan, nb::handle stream) {
        return wrap(isclose(Argument("isclose", a).value(), Argument("isclose", b).value(), rtol, atol, equal_nan,
                            stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("b").none(), nb::arg("rtol") = 1e-5, nb::arg("atol") = 1e-8,
      nb::arg("equal_nan") = false, no_stream(), "isclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False)");
  m.def(
      "allclose",
      [](nb::handle a, nb::handle b, double rtol, double atol, bool equal_nan, nb::handle stream) {
        return wrap(allclose(Argument("allclose", a).value(), Argument("allclose", b).value(), rtol, atol, equal_nan,
                             stream_of(stream)));
      },
      nb::arg("a").none(), nb::arg("b").none(), nb::arg("rtol") = 1e-5, nb::arg("atol") = 1e-8,
      nb::arg("equal_nan") = false, no_stream(), "allclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False)");
}

}  // namespace

void bind_ops(nb::module_& m) {
  bind_conversion(m);
  bind_reshaping(m);
  bind_joining(m);
  bind_products(m);
  bind_creation(m);
  bind_comparison(m);
}

}  // namespace cermet::python
