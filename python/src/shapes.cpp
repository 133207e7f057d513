// Functions that move elements: axes, joins, repetition, padding, grids, diagonals.
#include <numeric>

#include "array/dims.h"
#include "base/error.h"
#include "bindings.h"
#include "function.h"

namespace cermet::python {

namespace {

using Axes = std::optional<std::vector<int>>;

/// pad's widths: an int, (n,), (before, after), or a sequence of such pairs, one an axis.
struct PadWidths {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
};

}  // namespace

template <>
struct Converter<PadWidths> {
  explicit Converter(const Source& s) {
    const nb::object items = sequence_of(s.object);
    if (!items.is_valid() || is_flat(items)) {
      value_.pairs.push_back(pair_of(s));
      return;
    }
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.ptr()); ++i) {
      value_.pairs.push_back(pair_of(s.item(PySequence_Fast_GET_ITEM(items.ptr(), i))));
    }
  }
  const PadWidths& get() { return value_; }
  static bool accepts(nb::handle h) { return Converter<Shape>::accepts(h); }
  static std::string what() { return "an integer, a pair, or a sequence of pairs"; }
  static std::string annotation() { return "int | tuple[int] | tuple[int, int] | Sequence[tuple[int, int]]"; }

 private:
  static bool is_flat(nb::handle items) {
    return PySequence_Fast_GET_SIZE(items.ptr()) > 0 && is_integer_like(PySequence_Fast_GET_ITEM(items.ptr(), 0));
  }
  static std::pair<std::int64_t, std::int64_t> pair_of(const Source& s) {
    if (!Converter<Shape>::accepts(s.object)) s.refuse(what());
    const std::vector<std::int64_t> widths = Converter<std::vector<std::int64_t>>(s).get();
    if (widths.empty() || widths.size() > 2) {
      fail<ValueError>("[{}] {} must have one or two integers an axis, got {}.", s.op(), s.name(), widths.size());
    }
    return {widths.front(), widths.back()};
  }
  PadWidths value_;
};

namespace {

std::vector<int> all_axes(const array& a) {
  std::vector<int> axes(static_cast<std::size_t>(a.ndim()));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

void bind_reshaping(nb::module_& m) {
  bind_function(m, "reshape(a, /, shape)", "The elements in row-major order in another shape; one extent may be -1.",
                [](const array& a, const Shape& shape, StreamOrDevice s) { return reshape(a, shape, s); });
  bind_function(
      m, "reshape(a, /, *shape)", "x.reshape(2, 3) or x.reshape((2, 3)); one extent may be -1.",
      [](const array& a, const Shape& shape, StreamOrDevice s) { return reshape(a, shape, s); }, Binding::method_only);
  bind_function(
      m, "flatten(a, /, start_axis=0, end_axis=-1)", "Merges a range of axes into one; a 0-d array gets one axis.",
      [](const array& a, int start, int end, StreamOrDevice s) { return flatten(a, start, end, s); },
      Binding::also_method);
  bind_function(
      m, "unflatten(a, /, axis, shape)", "Splits an axis into several; one extent may be -1.",
      [](const array& a, int axis, const Shape& shape, StreamOrDevice s) { return unflatten(a, axis, shape, s); },
      Binding::also_method);
  bind_function(
      m, "squeeze(a, /, axis=None)", "Drops axes of extent 1: all of them, or those given.",
      [](const array& a, const Axes& axis, StreamOrDevice s) { return axis ? squeeze(a, *axis, s) : squeeze(a, s); },
      Binding::also_method);
  bind_function(m, "expand_dims(a, /, axis)", "Inserts axes of extent 1; the numbers are those in the result.",
                [](const array& a, const std::vector<int>& axis, StreamOrDevice s) { return expand_dims(a, axis, s); });
  const auto atleast = [&m](const char* signature, const char* doc, array (*function)(const array&, StreamOrDevice)) {
    bind_function(m, signature, doc, [function](std::vector<array> arrays, StreamOrDevice s) -> nb::object {
      for (array& x : arrays) x = function(x, s);
      if (arrays.size() == 1) return wrap(arrays[0]);
      return Result<std::vector<array>>::to_python(std::move(arrays));
    });
  };
  atleast("atleast_1d(*arys)", "Arrays of at least one axis; several come back as a list.", atleast_1d);
  atleast("atleast_2d(*arys)", "Arrays of at least two axes: a vector becomes a row.", atleast_2d);
  atleast("atleast_3d(*arys)", "Arrays of at least three axes: (n) becomes (1, n, 1), (m, n) becomes (m, n, 1).",
          atleast_3d);
}

void bind_axis_orders(nb::module_& m) {
  bind_function(
      m, "transpose(a, /, axes=None)", "Permutes the axes; None reverses them.",
      [](const array& a, const Axes& axes, StreamOrDevice s) {
        return axes ? transpose(a, *axes, s) : transpose(a, s);
      },
      Binding::function_only, "permute_dims");
  bind_function(
      m, "transpose(a, /, *axes)", "x.transpose(1, 0), x.transpose((1, 0)), or x.transpose() to reverse the axes.",
      [](const array& a, const std::vector<int>& axes, StreamOrDevice s) {
        return axes.empty() ? transpose(a, s) : transpose(a, axes, s);
      },
      Binding::method_only);
  bind_function(m, "matrix_transpose(a, /)", "Exchanges the last two axes.",
                [](const array& a, StreamOrDevice s) { return matrix_transpose(a, s); });
  bind_function(
      m, "swapaxes(a, /, axis1, axis2)", "Exchanges two axes.",
      [](const array& a, int axis1, int axis2, StreamOrDevice s) { return swapaxes(a, axis1, axis2, s); },
      Binding::also_method);
  bind_function(
      m, "moveaxis(a, /, source, destination)", "Moves an axis to another place; the others keep their order.",
      [](const array& a, int source, int destination, StreamOrDevice s) { return moveaxis(a, source, destination, s); },
      Binding::also_method);
  bind_function(
      m, "flip(a, /, axis=None)", "Reverses the order along the axes; None: along all.",
      [](const array& a, const Axes& axis, StreamOrDevice s) { return flip(a, axis.value_or(all_axes(a)), s); });
  bind_function(
      m, "roll(a, /, shift, axis=None)",
      "Moves elements `shift` places along the axes; those that leave at the end come back at the start. None rolls "
      "the flattened array.",
      [](const array& a, const Shape& shift, const Axes& axis, StreamOrDevice s) {
        if (axis) return roll(a, shift, *axis, s);
        Dim total = 0;
        for (Dim by : shift) total = dim_add(total, by);
        return reshape(roll(flatten(a, s), Shape(1, total), {0}, s), a.shape(), s);
      });
}

void bind_broadcasting(nb::module_& m) {
  bind_function(m, "broadcast_to(a, /, shape)", "Repeats axes of extent 1, without a copy.",
                [](const array& a, const Shape& shape, StreamOrDevice s) { return broadcast_to(a, shape, s); });
  bind_function(m, "broadcast_arrays(*arrays)", "All arrays in the shape that they broadcast to.",
                [](const std::vector<array>& arrays, StreamOrDevice s) { return broadcast_arrays(arrays, s); });
  bind_function(m, "broadcast_shapes(*shapes)", "The shape that arrays of these shapes broadcast to.",
                [](const std::vector<Shape>& shapes) { return broadcast_shapes(shapes); });
  bind_function(
      m, "meshgrid(*arrays, sparse=False, indexing='xy')",
      "Coordinates of a grid from one vector an axis: 'xy' lets the first vector run along axis 1, 'ij' along axis 0. "
      "Sparse grids keep extent 1 where they do not change.",
      [](const std::vector<array>& arrays, std::optional<bool> sparse, const std::optional<std::string>& indexing,
         StreamOrDevice s) {
        return ArrayTuple{meshgrid(arrays, sparse.value_or(false), indexing.value_or("xy"), s)};
      });
}

void bind_joining(nb::module_& m) {
  bind_function(
      m, "concatenate(arrays, axis=0)", "Joins along an axis; None joins the flattened arrays.",
      [](std::vector<array> arrays, std::optional<int> axis, StreamOrDevice s) {
        if (axis) return concatenate(arrays, *axis, s);
        for (array& x : arrays) x = flatten(x, s);
        return concatenate(arrays, 0, s);
      },
      Binding::function_only, "concat");
  bind_function(m, "stack(arrays, axis=0)", "Joins along a new axis.",
                [](const std::vector<array>& arrays, std::optional<int> axis, StreamOrDevice s) {
                  return stack(arrays, axis.value_or(0), s);
                });
  bind_function(
      m, "split(a, /, indices_or_sections, axis=0)", "Equal parts, or the parts between the given indices.",
      [](const array& a, const std::variant<int, Shape>& parts, int axis, StreamOrDevice s) {
        if (const int* const count = std::get_if<int>(&parts)) return split(a, *count, axis, s);
        return split(a, std::get<Shape>(parts), axis, s);
      },
      Binding::also_method);
  bind_function(m, "unstack(x, /, *, axis=0)", "x[0], x[1], ... along an axis.",
                [](const array& x, int axis, StreamOrDevice s) { return ArrayTuple{unstack(x, axis, s)}; });
}

void bind_repetition(nb::module_& m) {
  bind_function(m, "repeat(array, repeats, axis=None)",
                "Every element `repeats` times in a row along an axis; None repeats the flattened array.",
                [](const array& a, int repeats, std::optional<int> axis, StreamOrDevice s) {
                  return axis ? repeat(a, repeats, *axis, s) : repeat(a, repeats, s);
                });
  bind_function(m, "tile(a, /, reps)",
                "The whole array again and again: reps[k] times along axis k, counted from the last.",
                [](const array& a, const std::vector<int>& reps, StreamOrDevice s) { return tile(a, reps, s); });
  bind_function(
      m, "pad(a, pad_width, mode='constant', constant_values=0)",
      "Adds elements around the array. pad_width: n, (before, after), or a pair for every axis. mode: 'constant' "
      "(constant_values), 'edge' (the nearest element), 'reflect' (mirrored, the edge once) or 'symmetric' (mirrored, "
      "the edge twice).",
      [](const array& a, const PadWidths& widths, const std::string& mode, const array& value, StreamOrDevice s) {
        return pad(a, widths.pairs, value, mode, s);
      });
  bind_function(
      m, "as_strided(a, /, shape=None, strides=None, offset=0)",
      "out[i, j, ...] = a.flatten()[offset + i * strides[0] + j * strides[1] + ...]: windows and other strided views, "
      "checked against the bounds. strides=None: those of a row-major array of a's shape.",
      [](const array& a, const std::optional<Shape>& shape, const std::optional<std::vector<std::int64_t>>& strides,
         std::int64_t offset, StreamOrDevice s) {
        std::vector<std::int64_t> row_major(a.shape().size(), 1);
        for (std::size_t k = row_major.size(); k-- > 1;) row_major[k - 1] = row_major[k] * a.shape()[k].value();
        return as_strided(a, shape.value_or(a.shape()), strides.value_or(row_major), offset, s);
      });
}

void bind_diagonals(nb::module_& m) {
  bind_function(
      m, "diagonal(a, offset=0, axis1=0, axis2=1)",
      "The elements with index2 == index1 + offset over two axes, as last axis.",
      [](const array& a, int offset, int axis1, int axis2, StreamOrDevice s) {
        return diagonal(a, offset, axis1, axis2, s);
      },
      Binding::also_method);
  bind_function(
      m, "diag(a, /, k=0)", "A matrix with a vector on its k-th diagonal, or the k-th diagonal of a matrix.",
      [](const array& a, int k, StreamOrDevice s) { return diag(a, k, s); }, Binding::also_method);
  bind_function(m, "tril(x, k=0)", "The elements on and below the k-th diagonal, zeros above.",
                [](const array& x, int k, StreamOrDevice s) { return tril(x, k, s); });
  bind_function(m, "triu(x, k=0)", "The elements on and above the k-th diagonal, zeros below.",
                [](const array& x, int k, StreamOrDevice s) { return triu(x, k, s); });
}

}  // namespace

void bind_shapes(nb::module_& m) {
  bind_reshaping(m);
  bind_axis_orders(m);
  bind_broadcasting(m);
  bind_joining(m);
  bind_repetition(m);
  bind_diagonals(m);
}

}  // namespace cermet::python
