// Sums of products over axes: inner, outer, tensordot, einsum and friends. Floating and complex contractions run as
// matrix products; where nothing is summed, or for integers, they are multiplications and sums, which fuse.
//
// All functions throw ValueError (shapes, subscripts) or IndexError (axes) with the op's name and what came in.
// Operands promote to a common dtype, which is the result's.
#pragma once

#include <cermet/array.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cermet {

/// Sums over the last axis of both: (..., k) and (---, k) give (..., ---). A 0-d operand multiplies.
array inner(const array& a, const array& b, StreamOrDevice s = {});
/// All products of the flattened operands: (a.size(), b.size()).
array outer(const array& a, const array& b, StreamOrDevice s = {});
/// Sum of conj(a) * b over an axis, after broadcasting.
array vecdot(const array& a, const array& b, int axis = -1, StreamOrDevice s = {});
/// Sums over the last `axes` axes of `a` and the first of `b`.
array tensordot(const array& a, const array& b, int axes = 2, StreamOrDevice s = {});
/// Sums over axes_a[k] of `a` together with axes_b[k] of `b`; the result has the other axes of `a`, then those of `b`.
array tensordot(const array& a, const array& b, const std::vector<int>& axes_a, const std::vector<int>& axes_b,
                StreamOrDevice s = {});
/// Kronecker product: every element of `a` times the whole of `b`.
array kron(const array& a, const array& b, StreamOrDevice s = {});
/// Sum of a diagonal (diagonal() in manipulation.h) in `dtype`; nullopt: the dtype of `a`, int32 for bool and narrower
/// integers.
array trace(const array& a, int offset, int axis1, int axis2, std::optional<Dtype> dtype = std::nullopt,
            StreamOrDevice s = {});
array trace(const array& a, StreamOrDevice s = {});

/// Einstein's summation convention. Letters name axes; the result has the axes after "->", in their order, and all
/// others are summed. A letter twice in one operand takes its diagonal; axes of extent 1 broadcast; "..." stands for
/// axes without a name (they broadcast; summed if the output leaves them out). Without "->" the output has the letters
/// that appear once, in alphabetical order, after "...".
///
///     array attention = einsum("bhqd,bhkd->bhqk", {q, k});
array einsum(const std::string& subscripts, const std::vector<array>& operands, StreamOrDevice s = {});

/// The order in which einsum contracts: pairs of positions in the list of operands; both are removed, their product is
/// appended. Optimal in multiplications for up to 8 operands, greedy beyond. The text compares the costs.
std::pair<std::vector<std::vector<int>>, std::string> einsum_path(const std::string& subscripts,
                                                                  const std::vector<array>& operands);

/// Products of matrices chosen by number: indices count along all axes of `a` (or `b`) but the last two, taken as one;
/// nullopt takes all of them in order. The index arrays broadcast; the result has their shape and then that of a
/// product.
///
///     array y = gather_mm(x, experts, std::nullopt, expert_of_row);  // (n, 1, k), (e, k, m), (n) -> (n, 1, m)
array gather_mm(const array& a, const array& b, const std::optional<array>& lhs_indices = std::nullopt,
                const std::optional<array>& rhs_indices = std::nullopt, bool sorted_indices = false,
                StreamOrDevice s = {});
/// For each row {begin, end} of `segments` (..., 2), the product of a's columns and b's rows [begin, end):
/// (m, k), (k, n) -> (..., m, n).
array segmented_mm(const array& a, const array& b, const array& segments, StreamOrDevice s = {});
/// A product of matrices whose blocks of block_size x block_size elements are multiplied by the elements of a mask each
/// (kept where a boolean mask is true): those of the operands before, those of the result after.
array block_masked_mm(const array& a, const array& b, int block_size = 64,
                      const std::optional<array>& mask_out = std::nullopt,
                      const std::optional<array>& mask_lhs = std::nullopt,
                      const std::optional<array>& mask_rhs = std::nullopt, StreamOrDevice s = {});
/// The last axis, whose extent is a power of two, times Sylvester's Hadamard matrix and `scale`, by default
/// 1 / sqrt(extent).
array hadamard_transform(const array& a, std::optional<float> scale = std::nullopt, StreamOrDevice s = {});

}  // namespace cermet
