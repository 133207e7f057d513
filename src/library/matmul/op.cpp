// Checks the operands of a product and brings them into normal form: no empty and no trivial batch dimensions, and rows
// of neighbouring matrices that share b taken together as one taller matrix.
#include <algorithm>

#include "base/error.h"
#include "library/matmul/cpu.h"
#include "library/matmul/matmul.h"

namespace cermet::library {
namespace {

std::string show(const Operand& operand) {
  return fmt::format("{}({})", name(operand.dtype), fmt::join(operand.shape.begin(), operand.shape.end(), ", "));
}

struct Epilogue {
  bool bias = false, relu = false;
};

Epilogue parse_epilogue(std::string_view text) {
  if (text.empty()) return {};
  if (text == "bias") return {true, false};
  if (text == "relu") return {false, true};
  if (text == "bias+relu") return {true, true};
  fail<ValueError>("[matmul] There is no epilogue \"{}\"; there are \"bias\", \"relu\" and \"bias+relu\".", text);
}

void check_dtypes(std::span<const Operand> operands) {
  const Dtype dtype = operands[0].dtype;
  for (const Operand& operand : operands) {
    if (operand.dtype == dtype && is_inexact(dtype)) continue;
    fail<TypeError>("[matmul] Operands have dtypes {} and {}; one floating or complex dtype is required.", name(dtype),
                    name(operand.dtype));
  }
}

void check_shapes(const Operand& a, const Operand& b, const Operand& c) {
  const std::size_t rank = a.shape.size();
  bool fits = rank >= 2 && b.shape.size() == rank && c.shape.size() == rank;
  fits = fits && a.shape[rank - 1] == b.shape[rank - 2] && c.shape[rank - 2] == a.shape[rank - 2] &&
         c.shape[rank - 1] == b.shape[rank - 1];
  for (std::size_t i = 0; fits && i + 2 < rank; ++i) fits = a.shape[i] == b.shape[i] && a.shape[i] == c.shape[i];
  for (std::size_t i = 0; fits && i < rank; ++i) fits = a.shape[i] >= 0 && b.shape[i] >= 0;
  if (!fits) fail<ValueError>("[matmul] {} times {} does not give {}.", show(a), show(b), show(c));
}

MatrixBatch matrices(const Operand& operand) {
  const std::size_t rank = operand.shape.size();
  check(operand.strides.size() == rank, "[matmul] {} strides for {}", operand.strides.size(), show(operand));
  MatrixBatch out;
  out.data = static_cast<char*>(operand.data);
  out.row = operand.strides[rank - 2];
  out.column = operand.strides[rank - 1];
  for (std::size_t i = 0; i + 2 < rank; ++i) out.batch.push_back(operand.strides[i]);
  return out;
}

void drop_batch_dimension(Product& p, std::size_t at) {
  const auto offset = static_cast<std::ptrdiff_t>(at);
  for (Extents* list : {&p.batch, &p.a.batch, &p.b.batch, &p.c.batch}) {
    std::copy(list->begin() + offset + 1, list->end(), list->begin() + offset);
    list->pop_back();
  }
}

void normalise(Product& p) {
  for (std::size_t i = p.batch.size(); i-- > 0;) {
    if (p.batch[i] == 1) drop_batch_dimension(p, i);
  }
  while (!p.batch.empty()) {
    if (p.m == 1) p.a.row = p.a.batch.back(), p.c.row = p.c.batch.back();
    const bool continues = p.a.batch.back() == p.a.row * p.m && p.c.batch.back() == p.c.row * p.m;
    if (p.b.batch.back() != 0 || !continues) break;
    p.m *= p.batch.back();
    drop_batch_dimension(p, p.batch.size() - 1);
  }
}

}  // namespace

void matmul(std::span<const Operand> operands, std::string_view epilogue) {
  const Epilogue after = parse_epilogue(epilogue);
  const std::size_t wanted = after.bias ? 4 : 3;
  if (operands.size() != wanted) {
    fail<ValueError>("[matmul] {} operands with the epilogue \"{}\"; there must be {}.", operands.size(), epilogue,
                     wanted);
  }
  check_dtypes(operands);
  const Operand &a = operands[0], &b = operands[1], &c = operands.back();
  check_shapes(a, b, c);
  const std::size_t rank = a.shape.size();
  Product p;
  p.dtype = a.dtype;
  p.m = a.shape[rank - 2];
  p.k = a.shape[rank - 1];
  p.n = b.shape[rank - 1];
  p.relu = after.relu;
  if (after.relu && is_complex(p.dtype)) fail<TypeError>("[matmul] There is no relu of complex numbers.");
  if (after.bias) {
    const Operand& bias = operands[2];
    if (bias.shape.size() != 1 || bias.shape[0] != p.n) {
      fail<ValueError>("[matmul] The bias {} must have shape ({},).", show(bias), p.n);
    }
    p.bias = static_cast<const char*>(bias.data);
    p.bias_stride = bias.strides[0];
  }
  for (std::size_t i = 0; i + 2 < rank; ++i) p.batch.push_back(a.shape[i]);
  if (p.m == 0 || p.n == 0 || std::find(p.batch.begin(), p.batch.end(), 0) != p.batch.end()) return;
  p.a = matrices(a);
  p.b = matrices(b);
  p.c = matrices(c);
  check(p.c.column == 1 || p.n == 1, "[matmul] the result's last axis has stride {}", p.c.column);
  normalise(p);
  check(p.c.row >= p.n || p.m == 1, "[matmul] the result's rows overlap");
  multiply_on_cpu(std::move(p));
}

}  // namespace cermet::library
