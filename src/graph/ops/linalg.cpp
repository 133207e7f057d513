// Type rules of the linear algebra calls.
#include "graph/ops/linalg.h"

#include "base/error.h"

namespace cermet::graph {
namespace {

std::string public_name(const Primitive& call) {
  std::string name = call.text;
  name[name.find('_')] = '.';
  return name;
}

void expect_matrices(const std::string& op, const ArrayType& x, IntExprTable& table) {
  if (x.shape.size() < 2) {
    fail<ValueError>("[{}] Takes matrices: arrays of 2 dimensions or more, got shape {}.", op,
                     to_string(x.shape, table));
  }
  if (x.dtype != float32 && x.dtype != float64 && x.dtype != complex64) {
    fail<ValueError>("[{}] Takes arrays of float32, float64 or complex64, got {}; convert with astype.", op,
                     name(x.dtype));
  }
}

void expect_square(const std::string& op, const Shape& shape, IntExprTable& table) {
  if (shape[shape.size() - 2] != shape.back()) {
    fail<ValueError>("[{}] Takes square matrices, got shape {}.", op, to_string(shape, table));
  }
}

// The second operand of solve: as many rows as the first, the same batch and dtype.
void expect_sides(const std::string& op, const ArrayType& a, const ArrayType& b, IntExprTable& table) {
  expect_matrices(op, b, table);
  bool fits = a.dtype == b.dtype && a.shape.size() == b.shape.size();
  for (std::size_t k = 0; fits && k + 1 < a.shape.size(); ++k) fits = a.shape[k] == b.shape[k];
  if (!fits) {
    fail<ValueError>("[{}] The right sides, shape {} of {}, do not go with matrices of shape {} of {}.", op,
                     to_string(b.shape, table), name(b.dtype), to_string(a.shape, table), name(a.dtype));
  }
}

}  // namespace

ArrayType infer_linalg(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  const std::string op = public_name(call);
  const std::string_view what = std::string_view(op).substr(op.find('.') + 1);
  const bool solves = what.starts_with("solve");
  if (inputs.size() != (solves ? 2 : 1)) fail<ValueError>("[{}] Got {} arrays.", op, inputs.size());
  expect_matrices(op, inputs[0], table);
  const Shape& shape = inputs[0].shape;
  const Dim m = shape[shape.size() - 2], n = shape.back();
  const bool any_shape = what == "qr" || what.starts_with("svd") || what.starts_with("lu");
  if (!any_shape) expect_square(op, shape, table);
  if (solves) {
    expect_sides(op, inputs[0], inputs[1], table);
    return inputs[1];
  }
  const auto times = [&](Dim a, Dim b) { return table.multiply(a, b); };
  const auto plus = [&](Dim a, Dim b) { return table.add(a, b); };
  ArrayType result{{shape.begin(), shape.end() - 2}, inputs[0].dtype};
  const auto packed = [&](Dim length) {
    result.shape.push_back(length);
    return result;
  };
  const Dim k = any_shape ? table.minimum(m, n) : n;
  if (what == "det") return result;
  if (what == "slogdet") return packed(2);
  if (what == "qr") return packed(times(k, plus(m, n)));
  if (what == "lu") return packed(plus(m, times(k, plus(m, n))));
  if (what == "lu_factor") return packed(plus(times(m, n), k));
  if (what == "svd") {
    return packed(plus(k, call.axes[0] == 2 ? plus(times(m, m), times(n, n)) : times(k, plus(m, n))));
  }
  if (what == "eigh") return packed(plus(n, times(n, n)));
  if (what.starts_with("eig") || what == "svdvals") {
    const bool real = what == "eigvalsh" || what == "svdvals";
    result.dtype = real ? (result.dtype == float64 ? float64 : float32) : complex64;
    return packed(what == "eig" ? plus(n, times(n, n)) : k);
  }
  return inputs[0];
}

}  // namespace cermet::graph
