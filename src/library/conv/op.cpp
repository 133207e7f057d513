// From a library call to a problem in row-major arrays, and the choice of who computes it.
#include <cstring>

#include "base/error.h"
#include "graph/ops/convolution.h"
#include "library/conv/conv.h"
#include "library/conv/problem.h"
#include "library/matmul/convert.h"
#include "runtime/thread_pool.h"

namespace cermet::library {
namespace conv {

bool Problem::pointwise() const {
  for (const Axis& a : axes) {
    if (a.kernel != 1 || a.stride != 1 || a.input_dilation != 1 || a.low != 0 || a.in != a.out) return false;
  }
  return true;
}

Packed::Packed(const Operand& operand, bool widen) : data_(static_cast<const char*>(operand.data)) {
  widen = widen && is_half(operand.dtype);
  if (operand.row_major() && !widen) return;
  const std::int64_t element = operand.dtype.size(), packed = widen ? 4 : element;
  const std::size_t rank = operand.shape.size();
  const std::int64_t row = operand.shape[rank - 1], rows = row == 0 ? 0 : operand.elements() / row;
  buffer_ = runtime::allocate(static_cast<std::size_t>(operand.elements() * packed));
  char* const out = static_cast<char*>(buffer_->data());
  const std::int64_t grain = std::max<std::int64_t>(1, (1 << 16) / std::max<std::int64_t>(row, 1));
  runtime::parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::int64_t offset = 0, index = i;
      for (std::size_t k = rank - 1; k-- > 0; index /= operand.shape[k]) {
        offset += index % operand.shape[k] * operand.strides[k];
      }
      copy_row(static_cast<const char*>(operand.data) + offset * element, operand.strides[rank - 1], operand.dtype,
               widen, out + i * row * packed, row);
    }
  });
  data_ = out;
}

Operand reversed(Operand weight) {
  std::int64_t offset = 0;
  for (std::size_t k = 1; k + 1 < weight.shape.size(); ++k) {
    offset += (weight.shape[k] - 1) * weight.strides[k];
    weight.strides[k] = -weight.strides[k];
  }
  weight.data = static_cast<char*>(weight.data) + offset * static_cast<std::int64_t>(weight.dtype.size());
  return weight;
}

namespace {

// `x`: the input of the convolution; `inner`: a row-major array whose inner axes are those of the result.
Problem problem_of(const Primitive& call, const Operand& x, const Operand& result,
                   std::span<const std::int64_t> kernel) {
  const graph::ConvolutionArguments a = graph::convolution_arguments(call);
  Problem p;
  p.dtype = x.dtype;
  p.batch = x.shape[0];
  p.groups = a.groups;
  p.channels = x.shape.back() / a.groups;
  p.outputs = result.shape.back() / a.groups;
  p.flip = a.flip;
  for (std::size_t k = 0; k < a.spatial(); ++k) {
    p.axes.push_back({x.shape[k + 1], kernel[k], result.shape[k + 1], a.stride[k], a.low[k].value(),
                      a.kernel_dilation[k], a.input_dilation[k]});
  }
  return p;
}

// Nothing is added up: the result is zero.
bool is_empty_sum(const Problem& p, bool over_batch) {
  if (p.channels == 0 || p.outputs == 0 || p.in_places() == 0 || p.taps() == 0) return true;
  return over_batch && (p.batch == 0 || p.out_places() == 0);
}

}  // namespace
}  // namespace conv

void run_convolution(const Primitive& call, std::span<const Operand> operands) {
  using namespace conv;  // NOLINT(google-build-using-namespace): this function is its entry
  const Operand &x = operands[0], &weight = operands[1], &out = operands[2];
  const Problem p = problem_of(call, x, out, std::span(weight.shape.data(), weight.shape.size()).subspan(1));
  if (is_empty_sum(p, false)) {
    std::memset(out.data, 0, out.bytes());
    return;
  }
  const Packed input(x);
  if (!p.pointwise() && convolve_tiles(p, input.data(), weight, static_cast<char*>(out.data))) return;
  convolve_columns(p, input.data(), weight, static_cast<char*>(out.data));
}

void run_convolution_weight_gradient(const Primitive& call, std::span<const Operand> operands) {
  using namespace conv;  // NOLINT(google-build-using-namespace): this function is its entry
  const Operand &x = operands[0], &cotangent = operands[1], &out = operands[2];
  const Problem p = problem_of(call, x, cotangent, std::span(out.shape.data(), out.shape.size()).subspan(1));
  if (is_empty_sum(p, true)) {
    std::memset(out.data, 0, out.bytes());
    return;
  }
  const Packed input(x), output(cotangent);
  char* const result = static_cast<char*>(out.data);
  if (!p.pointwise() && weight_gradient_tiles(p, input.data(), output.data(), result)) return;
  weight_gradient_columns(p, input.data(), output.data(), result);
}

}  // namespace cermet::library
