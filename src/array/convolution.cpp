// Convolutions: arguments checked and completed, then one library call.
#include "graph/ops/convolution.h"

#include <cermet/convolution.h>
#include <cermet/indexing.h>
#include <cermet/manipulation.h>
#include <cermet/ops.h>

#include <algorithm>
#include <array>
#include <string>

#include "array/dims.h"
#include "array/node_building.h"

namespace cermet {
namespace {

using graph::ConvolutionArguments;

void expect_ranks(const array& input, const array& weight, std::size_t spatial) {
  if (spatial < 1 || spatial > 3 || input.shape().size() != spatial + 2) {
    fail<ValueError>(
        "[conv] The input must have shape (n, spatial..., channels) with one to three spatial axes{}, got {}.",
        spatial >= 1 && spatial <= 3 ? fmt::format(" (here {})", spatial) : "", to_string(input.shape()));
  }
  if (weight.shape().size() != spatial + 2) {
    fail<ValueError>(
        "[conv] The weight must have shape (outputs, kernel..., channels / groups) with {} dimensions for an input of "
        "shape {}, got {}.",
        spatial + 2, to_string(input.shape()), to_string(weight.shape()));
  }
}

Dtype common_dtype(const array& input, const array& weight) {
  if (!is_floating(input.dtype())) {
    fail<TypeError>("[conv] The input must be of a floating dtype, got {}; convert with astype.", name(input.dtype()));
  }
  const Dtype dtype = promote_types(input.dtype(), weight.dtype());
  if (!is_floating(dtype)) {
    fail<TypeError>("[conv] The weight must be real, got {}; convolve real and imaginary parts.", name(weight.dtype()));
  }
  return dtype;
}

void expect_channels(const array& input, const array& weight, int groups) {
  if (groups < 1) fail<ValueError>("[conv] `groups` must be positive, got {}.", groups);
  const Shape &x = input.shape(), &w = weight.shape();
  if (!exact_quotient(x.back(), groups)) {
    fail<ValueError>("[conv] `groups` must divide the channels of the input: {} channels (shape {}) and {} groups.",
                     dim_hint(x.back()), to_string(x), groups);
  }
  if (!dim_equal(x.back(), dim_multiply(w.back(), groups))) {
    fail<ValueError>(
        "[conv] The last axis of the weight must be the channels of the input divided by `groups`: input {}, weight "
        "{}, "
        "{} groups.",
        to_string(x), to_string(w), groups);
  }
  if (!exact_quotient(w[0], groups)) {
    fail<ValueError>("[conv] `groups` must divide the outputs of the weight: {} outputs (shape {}) and {} groups.",
                     dim_hint(w[0]), to_string(w), groups);
  }
}

void expect_positive(std::span<const std::int64_t> values, std::string_view what) {
  for (std::int64_t value : values) {
    if (value < 1) fail<ValueError>("[conv] Each `{}` must be positive, got {}.", what, value);
  }
}

void expect_room(const ConvolutionArguments& a, const Shape& input, const Shape& weight) {
  for (std::size_t k = 0; k < a.spatial(); ++k) {
    const Dim extent = input[k + 1], kernel = weight[k + 1];
    if (dim_less(kernel, 1)) {
      fail<ValueError>("[conv] The weight of shape {} has an empty kernel.", to_string(weight));
    }
    const Dim dilated =
        dim_equal(extent, 0) ? Dim(0) : dim_add(dim_multiply(dim_subtract(extent, 1), a.input_dilation[k]), 1);
    const Dim padded = dim_add(dilated, dim_add(a.low[k], a.high[k]));
    const Dim needed = dim_add(dim_multiply(dim_subtract(kernel, 1), a.kernel_dilation[k]), 1);
    if (dim_less(padded, needed)) {
      fail<ValueError>(
          "[conv] The kernel does not fit into the padded input along spatial axis {}: the kernel spans {} elements, "
          "the padded input has {} (input {}, weight {}).",
          k, dim_hint(needed), dim_hint(padded), to_string(input), to_string(weight));
    }
  }
}

array convolution(const array& input, const array& weight, const ConvolutionArguments& a, const StreamOrDevice& s) {
  expect_room(a, resolved(input.shape()), resolved(weight.shape()));
  const Dtype dtype = common_dtype(input, weight);
  const array x = astype(input, dtype, s), w = astype(weight, dtype, s);
  const exec::NodeRef inputs[] = {x.node(), w.node()};
  return make_array(graph::convolution_call(a), inputs, s);
}

// One entry an axis, from that many, one for all, or none.
std::vector<int> each_axis(const std::vector<int>& values, std::size_t spatial, int missing, std::string_view what) {
  if (values.size() == spatial) return values;
  if (values.size() <= 1) return std::vector<int>(spatial, values.empty() ? missing : values[0]);
  fail<ValueError>("[conv] `{}` has {} entries for {} spatial axes: one an axis, or one for all.", what, values.size(),
                   spatial);
}

void fill(SmallVector<std::int64_t, 3>& out, const std::vector<int>& values) {
  out.clear();
  for (int value : values) out.push_back(value);
}

struct TransposedArguments {
  std::vector<int> stride, padding, dilation, output_padding;
};

array transposed(const array& input, const array& weight, const TransposedArguments& t, int groups,
                 const StreamOrDevice& s) {
  const std::size_t spatial = t.stride.size();
  common_dtype(input, weight);
  expect_ranks(input, weight, spatial);
  expect_channels(input, weight, groups);
  ConvolutionArguments a;
  a.groups = groups;
  a.flip = true;
  for (std::size_t k = 0; k < spatial; ++k) {
    a.stride.push_back(1);
    a.kernel_dilation.push_back(t.dilation[k]);
    a.input_dilation.push_back(t.stride[k]);
    const Dim reach = dim_multiply(dim_subtract(resolved(weight.shape()[k + 1]), 1), t.dilation[k]);
    a.low.push_back(dim_subtract(reach, t.padding[k]));
    a.high.push_back(dim_add(a.low[k], t.output_padding[k]));
  }
  expect_positive({a.input_dilation.data(), spatial}, "stride");
  expect_positive({a.kernel_dilation.data(), spatial}, "dilation");
  return convolution(input, weight, a, s);
}

using Pair = std::pair<int, int>;
using Triple = std::tuple<int, int, int>;
std::vector<int> list(int x) { return {x}; }
std::vector<int> list(Pair x) { return {x.first, x.second}; }
std::vector<int> list(Triple x) { return {std::get<0>(x), std::get<1>(x), std::get<2>(x)}; }

template <class T>
array direct(const array& input, const array& weight, T stride, T padding, T dilation, int groups,
             const StreamOrDevice& s) {
  common_dtype(input, weight);
  expect_ranks(input, weight, list(stride).size());
  return conv_general(input, weight, list(stride), list(padding), list(padding), list(dilation), {}, groups, false, s);
}

}  // namespace

array conv_general(const array& input, const array& weight, std::vector<int> stride, std::vector<int> padding_lo,
                   std::vector<int> padding_hi, std::vector<int> kernel_dilation, std::vector<int> input_dilation,
                   int groups, bool flip, StreamOrDevice s) {
  common_dtype(input, weight);
  const std::size_t spatial = input.shape().size() < 2 ? 0 : input.shape().size() - 2;
  expect_ranks(input, weight, spatial);
  expect_channels(input, weight, groups);
  if (padding_hi.empty()) padding_hi = padding_lo;
  ConvolutionArguments a;
  a.groups = groups;
  a.flip = flip;
  fill(a.stride, each_axis(stride, spatial, 1, "stride"));
  fill(a.kernel_dilation, each_axis(kernel_dilation, spatial, 1, "kernel_dilation"));
  fill(a.input_dilation, each_axis(input_dilation, spatial, 1, "input_dilation"));
  expect_positive({a.stride.data(), spatial}, "stride");
  expect_positive({a.kernel_dilation.data(), spatial}, "kernel_dilation");
  expect_positive({a.input_dilation.data(), spatial}, "input_dilation");
  for (int width : each_axis(padding_lo, spatial, 0, "padding")) a.low.push_back(width);
  for (int width : each_axis(padding_hi, spatial, 0, "padding")) a.high.push_back(width);
  return convolution(input, weight, a, s);
}

array conv1d(const array& input, const array& weight, int stride, int padding, int dilation, int groups,
             StreamOrDevice s) {
  return direct(input, weight, stride, padding, dilation, groups, s);
}
array conv2d(const array& input, const array& weight, Pair stride, Pair padding, Pair dilation, int groups,
             StreamOrDevice s) {
  return direct(input, weight, stride, padding, dilation, groups, s);
}
array conv3d(const array& input, const array& weight, Triple stride, Triple padding, Triple dilation, int groups,
             StreamOrDevice s) {
  return direct(input, weight, stride, padding, dilation, groups, s);
}

array conv_transpose1d(const array& input, const array& weight, int stride, int padding, int dilation,
                       int output_padding, int groups, StreamOrDevice s) {
  return transposed(input, weight, {list(stride), list(padding), list(dilation), list(output_padding)}, groups, s);
}
array conv_transpose2d(const array& input, const array& weight, Pair stride, Pair padding, Pair dilation,
                       Pair output_padding, int groups, StreamOrDevice s) {
  return transposed(input, weight, {list(stride), list(padding), list(dilation), list(output_padding)}, groups, s);
}
array conv_transpose3d(const array& input, const array& weight, Triple stride, Triple padding, Triple dilation,
                       Triple output_padding, int groups, StreamOrDevice s) {
  return transposed(input, weight, {list(stride), list(padding), list(dilation), list(output_padding)}, groups, s);
}

namespace {

// Of vectors of one floating dtype, `kernel` no longer than `x`, padded by `low` and `high`.
array convolve_real(const array& x, const array& kernel, Dim low, Dim high, const StreamOrDevice& s) {
  ConvolutionArguments a;
  a.flip = true;
  a.stride.push_back(1);
  a.kernel_dilation.push_back(1);
  a.input_dilation.push_back(1);
  a.low.push_back(low);
  a.high.push_back(high);
  return reshape(convolution(reshape(x, {1, -1, 1}, s), reshape(kernel, {1, -1, 1}, s), a, s), {-1}, s);
}

// The same of known extents, many times faster: blocks of `block` results are one row of a product, whose other operand
// is the kernel in `block` places (a Toeplitz matrix). Both are views until the product packs them.
array convolve_by_blocks(const array& x, const array& kernel, std::int64_t low, std::int64_t high,
                         const StreamOrDevice& s) {
  const std::int64_t n = x.shape(0), taps = kernel.shape(0), block = std::clamp<std::int64_t>(taps / 4, 64, 512);
  const std::int64_t results = n + low + high - taps + 1, rows = (results + block - 1) / block;
  const std::int64_t width = block + taps - 1, missing = (rows - 1) * block + width - n - low;
  const array zero = zeros({}, x.dtype(), s);
  const array padded = pad(x, {{low, missing}}, zero, "constant", s);
  const array windows = as_strided(padded, {rows, width}, {block, 1}, 0, s);
  const array backwards = slice(kernel, Shape{taps - 1}, Shape{-taps - 1}, Shape{-1}, s);
  const array spread = pad(backwards, {{block - 1, block - 1}}, zero, "constant", s);
  const array places = as_strided(spread, {width, block}, {1, -1}, block - 1, s);
  return slice(reshape(matmul(windows, places, s), {-1}, s), Shape{0}, Shape{results}, s);
}

}  // namespace

array convolve(const array& a, const array& v, std::string_view mode, StreamOrDevice s) {
  for (const array* x : {&a, &v}) {
    if (x->ndim() != 1) fail<ValueError>("[convolve] Takes vectors, got shape {}.", to_string(x->shape()));
    if (dim_equal(x->shape()[0], 0)) fail<ValueError>("[convolve] Takes vectors that are not empty.");
  }
  const bool swap = dim_less(a.shape()[0], v.shape()[0]);
  const array& x = swap ? v : a;
  const array& kernel = swap ? a : v;
  const Dim reach = dim_subtract(resolved(kernel.shape()[0]), 1);
  Dim low = 0, high = 0;
  if (mode == "full") {
    low = high = reach;
  } else if (mode == "same") {
    high = dim_floordiv(reach, 2);
    low = dim_subtract(reach, high);
  } else if (mode != "valid") {
    fail<ValueError>("[convolve] `mode` must be 'full', 'same' or 'valid', got '{}'.", mode);
  }
  const Dtype dtype = promote_types(x.dtype(), kernel.dtype());
  if (!is_inexact(dtype)) {
    fail<TypeError>("[convolve] Takes floating or complex vectors, got {} and {}; convert with astype.",
                    name(a.dtype()), name(v.dtype()));
  }
  const array left = astype(x, dtype, s), right = astype(kernel, dtype, s);
  const bool by_blocks = x.shape().is_constant() && kernel.shape().is_constant();
  const auto product = [&](const array& p, const array& q) {
    return by_blocks ? convolve_by_blocks(p, q, low.value(), high.value(), s) : convolve_real(p, q, low, high, s);
  };
  if (!is_complex(dtype)) return product(left, right);
  const array re = real(left, s), im = imag(left, s), kernel_re = real(right, s), kernel_im = imag(right, s);
  const array real_part = subtract(product(re, kernel_re), product(im, kernel_im), s);
  const array imaginary = add(product(re, kernel_im), product(im, kernel_re), s);
  return add(astype(real_part, complex64, s),
             multiply(astype(imaginary, complex64, s), array(std::complex<float>(0, 1)), s), s);
}

}  // namespace cermet
