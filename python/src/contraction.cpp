// Products and sums of products: matmul, einsum and what stands between them.
#include "base/error.h"
#include "bindings.h"
#include "function.h"

namespace cermet::python {
namespace {

void bind_products(nb::module_& m) {
  bind_function(m, "matmul(a, b, /)", "Matrix product over the last two axes; vectors and batches as in NumPy.",
                [](const array& a, const array& b, StreamOrDevice s) { return matmul(a, b, s); });
  bind_function(m, "addmm(c, a, b, /, alpha=1.0, beta=1.0)", "alpha * (a @ b) + beta * c",
                [](const array& c, const array& a, const array& b, float alpha, float beta, StreamOrDevice s) {
                  return addmm(c, a, b, alpha, beta, s);
                });
  bind_function(m, "inner(a, b, /)", "Sums of products over the last axis of both; a scalar multiplies.",
                [](const array& a, const array& b, StreamOrDevice s) { return inner(a, b, s); });
  bind_function(m, "outer(a, b, /)", "All products of the flattened operands, as a matrix.",
                [](const array& a, const array& b, StreamOrDevice s) { return outer(a, b, s); });
  bind_function(m, "vecdot(a, b, /, *, axis=-1)", "The sum of conj(a) * b over an axis, after broadcasting.",
                [](const array& a, const array& b, int axis, StreamOrDevice s) { return vecdot(a, b, axis, s); });
  bind_function(m, "kron(a, b)", "The Kronecker product: every element of a times the whole of b.",
                [](const array& a, const array& b, StreamOrDevice s) { return kron(a, b, s); });
  bind_function(m, "trace(a, /, offset=0, axis1=0, axis2=1, dtype=None)",
                "The sum of a diagonal; booleans and small integers sum in 32 bits unless a dtype is given.",
                [](const array& a, int offset, int axis1, int axis2, std::optional<Dtype> dtype, StreamOrDevice s) {
                  return trace(a, offset, axis1, axis2, dtype, s);
                });
}

void bind_sums(nb::module_& m) {
  bind_function(m, "tensordot(a, b, /, axes=2)",
                "Sums of products over axes: an int takes the last of a with the first of b, a pair of lists names "
                "them for both.",
                [](const array& a, const array& b, const std::variant<int, std::vector<std::vector<int>>>& axes,
                   StreamOrDevice s) {
                  if (const int* const count = std::get_if<int>(&axes)) return tensordot(a, b, *count, s);
                  const auto& lists = std::get<std::vector<std::vector<int>>>(axes);
                  if (lists.size() != 2) {
                    fail<ValueError>("[tensordot] `axes` must be an integer or two lists of axes, got {} lists.",
                                     lists.size());
                  }
                  return tensordot(a, b, lists[0], lists[1], s);
                });
  bind_function(
      m, "einsum(subscripts, *operands)",
      "Einstein's summation: letters name axes, those that the output (after '->') leaves out are summed, '...' stands "
      "for axes without a name. Operands are contracted in pairs, in the order of einsum_path.",
      [](const std::string& subscripts, const std::vector<array>& operands, StreamOrDevice s) {
        return einsum(subscripts, operands, s);
      });
  bind_function(
      m, "einsum_path(subscripts, *operands)",
      "The order in which einsum contracts, as pairs of positions in the list of operands (each product is appended), "
      "and a text that compares the costs.",
      [](const std::string& subscripts, const std::vector<array>& operands) {
        const auto [path, text] = einsum_path(subscripts, operands);
        nb::list steps;
        for (const std::vector<int>& step : path) {
          steps.append(step.size() == 1 ? nb::make_tuple(step[0]) : nb::make_tuple(step[0], step[1]));
        }
        return nb::tuple(nb::make_tuple(steps, text));
      });
}

void bind_chosen_products(nb::module_& m) {
  using Choice = std::optional<array>;
  bind_function(
      m, "gather_mm(a, b, /, lhs_indices=None, rhs_indices=None, *, sorted_indices=False)",
      "Products of matrices chosen by number: indices count along all axes of `a` (or `b`) but the last two, taken as "
      "one; None takes all of them in order. The index arrays broadcast; the result has their shape and then that of a "
      "product.",
      [](const array& a, const array& b, const Choice& lhs_indices, const Choice& rhs_indices, bool sorted_indices,
         StreamOrDevice s) { return gather_mm(a, b, lhs_indices, rhs_indices, sorted_indices, s); });
  bind_function(m, "segmented_mm(a, b, /, segments)",
                "For each row (begin, end) of `segments` the product of a's columns and b's rows [begin, end): "
                "(m, k), (k, n), (..., 2) -> (..., m, n).",
                [](const array& a, const array& b, const array& segments, StreamOrDevice s) {
                  return segmented_mm(a, b, segments, s);
                });
  bind_function(
      m, "block_masked_mm(a, b, /, block_size=64, mask_out=None, mask_lhs=None, mask_rhs=None)",
      "A product of matrices whose blocks of `block_size` x `block_size` elements are multiplied by the elements of a "
      "mask each (kept where a boolean mask is True): those of the operands before, those of the result after.",
      [](const array& a, const array& b, int block_size, const Choice& mask_out, const Choice& mask_lhs,
         const Choice& mask_rhs,
         StreamOrDevice s) { return block_masked_mm(a, b, block_size, mask_out, mask_lhs, mask_rhs, s); });
  bind_function(
      m, "hadamard_transform(a, scale=None)",
      "The last axis, whose extent is a power of two, times Sylvester's Hadamard matrix "
      "(scipy.linalg.hadamard) and `scale`, by default 1 / sqrt(extent).",
      [](const array& a, std::optional<float> scale, StreamOrDevice s) { return hadamard_transform(a, scale, s); });
}

}  // namespace

void bind_contraction(nb::module_& m) {
  bind_products(m);
  bind_sums(m);
  bind_chosen_products(m);
}

}  // namespace cermet::python
