// Shapes, second part: repetition, padding, rolling, grids, diagonals and triangles (ops.h has reshape, transpose,
// slices and joins). Everything here is views, joins and index arithmetic over them: nothing reads a value.
//
// All functions throw ValueError (shapes, sizes) or IndexError (axes) with the op's name and what came in.
#pragma once

#include <cermet/array.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cermet {

// ---- Axes ---------------------------------------------------------------------------------------------------------

/// The shape that arrays of these shapes broadcast to.
Shape broadcast_shapes(const std::vector<Shape>& shapes);
/// At least one, two or three axes: a 0-d array becomes (1), (1, 1), (1, 1, 1); a vector becomes (1, n), (1, n, 1); a
/// matrix becomes (m, n, 1).
array atleast_1d(const array& a, StreamOrDevice s = {});
array atleast_2d(const array& a, StreamOrDevice s = {});
array atleast_3d(const array& a, StreamOrDevice s = {});
/// Exchanges the last two axes.
array matrix_transpose(const array& a, StreamOrDevice s = {});
/// a[0], a[1], ... along an axis.
std::vector<array> unstack(const array& a, int axis = 0, StreamOrDevice s = {});

// ---- Repetition -----------------------------------------------------------------------------------------------------

/// Every element `repeats` times in a row along an axis: {1, 2} becomes {1, 1, 2, 2}.
array repeat(const array& a, int repeats, int axis, StreamOrDevice s = {});
/// The same of the flattened array.
array repeat(const array& a, int repeats, StreamOrDevice s = {});
/// The whole array `reps[k]` times along axis k, counted from the last: {1, 2} twice becomes {1, 2, 1, 2}.
array tile(const array& a, const std::vector<int>& reps, StreamOrDevice s = {});
/// Moves elements `shift[k]` places along axes[k]; those that leave at the end come back at the start. One shift or
/// one axis stands for all of the other list.
array roll(const array& a, const Shape& shift, const std::vector<int>& axes, StreamOrDevice s = {});
array roll(const array& a, std::int64_t shift, int axis, StreamOrDevice s = {});
/// Rolls the flattened array and restores the shape.
array roll(const array& a, std::int64_t shift, StreamOrDevice s = {});

/// Adds `widths[k] = {before, after}` elements along axis k; one pair stands for all axes. Modes: "constant" (`value`,
/// which broadcasts to the result), "edge" (the nearest element), "reflect" (mirrored, the edge once) and "symmetric"
/// (mirrored, the edge twice); the last three need an element on every padded axis.
///
///     pad(array({1, 2, 3}), {{2, 0}}, array(0), "reflect")  // {3, 2, 1, 2, 3}
array pad(const array& a, const std::vector<std::pair<std::int64_t, std::int64_t>>& widths, const array& value,
          const std::string& mode = "constant", StreamOrDevice s = {});
array pad(const array& a, int width, const array& value, const std::string& mode = "constant", StreamOrDevice s = {});

// ---- Layout -------------------------------------------------------------------------------------------------------

/// out[i, j, ...] = flat[offset + i * strides[0] + j * strides[1] + ...] with `flat` the row-major elements of `a`, as
/// if it were contiguous. Throws ValueError where an element would lie outside of `a`.
array as_strided(const array& a, const Shape& shape, const std::vector<std::int64_t>& strides, std::int64_t offset = 0,
                 StreamOrDevice s = {});
/// Coordinates of a grid: array k holds the coordinate along one axis. "xy" (the default) lets the first array run
/// along axis 1 and the second along axis 0, "ij" lets array k run along axis k. Sparse grids keep extent 1 on the
/// axes along which they do not change.
std::vector<array> meshgrid(const std::vector<array>& arrays, bool sparse = false, const std::string& indexing = "xy",
                            StreamOrDevice s = {});

// ---- Diagonals and triangles --------------------------------------------------------------------------------------

/// The elements with a[..., i, i + offset] over two axes; the diagonal becomes the last axis.
array diagonal(const array& a, int offset = 0, int axis1 = 0, int axis2 = 1, StreamOrDevice s = {});
/// A vector on the k-th diagonal of a square matrix of zeros; the k-th diagonal of a matrix.
array diag(const array& a, int k = 0, StreamOrDevice s = {});
/// Ones where column - row <= k.
array tri(Dim n, Dim m, int k, Dtype dtype, StreamOrDevice s = {});
/// The elements with column - row <= k, zeros elsewhere; over the last two axes.
array tril(const array& a, int k = 0, StreamOrDevice s = {});
/// The elements with column - row >= k, zeros elsewhere; over the last two axes.
array triu(const array& a, int k = 0, StreamOrDevice s = {});

}  // namespace cermet
