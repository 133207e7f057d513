// See convolution.h.
#include "graph/ops/convolution.h"

#include "base/error.h"

namespace cermet::graph {
namespace {

// axes: groups, flip, and of each spatial axis stride, kernel dilation and input dilation.
// dims: of each spatial axis low and high padding, and for the gradient the kernel's extent behind them all.
constexpr std::size_t fixed_axes = 2, axes_each = 3, dims_each = 2;

Primitive call_of(std::string_view name, const ConvolutionArguments& a) {
  Primitive call;
  call.kind = PrimitiveKind::library;
  call.text = name;
  call.axes.push_back(a.groups);
  call.axes.push_back(a.flip ? 1 : 0);
  for (std::size_t k = 0; k < a.spatial(); ++k) {
    call.axes.push_back(a.stride[k]);
    call.axes.push_back(a.kernel_dilation[k]);
    call.axes.push_back(a.input_dilation[k]);
    call.dims.push_back(a.low[k]);
    call.dims.push_back(a.high[k]);
  }
  return call;
}

void expect(bool holds, std::string_view what, std::span<const ArrayType> inputs, IntExprTable& table) {
  if (holds) return;
  fail<ValueError>("[conv] {}: got shapes {} and {}.", what, to_string(inputs[0].shape, table),
                   to_string(inputs[1].shape, table));
}

void expect_operands(const ConvolutionArguments& a, std::span<const ArrayType> inputs, IntExprTable& table) {
  if (inputs.size() != 2) fail<ValueError>("[conv] Takes two arrays, got {}.", inputs.size());
  const std::size_t spatial = a.spatial();
  expect(spatial >= 1 && spatial <= 3, "Takes one to three spatial axes", inputs, table);
  expect(inputs[0].shape.size() == spatial + 2 && inputs[1].shape.size() == spatial + 2,
         "Both operands must have all spatial axes and two more", inputs, table);
  if (!is_floating(inputs[0].dtype) || inputs[0].dtype != inputs[1].dtype) {
    fail<TypeError>("[conv] Takes arrays of one floating dtype, got {} and {}.", name(inputs[0].dtype),
                    name(inputs[1].dtype));
  }
  bool positive = a.groups > 0;
  for (std::size_t k = 0; k < spatial; ++k) {
    positive = positive && a.stride[k] > 0 && a.kernel_dilation[k] > 0 && a.input_dilation[k] > 0;
  }
  expect(positive, "groups, strides and dilations must be positive", inputs, table);
}

bool differ(Dim a, Dim b) { return a.is_constant() && b.is_constant() && !(a == b); }

Dim padded_extent(const ConvolutionArguments& a, std::size_t axis, Dim input, IntExprTable& table) {
  const bool empty = input.is_constant() && input.value() == 0;
  const Dim dilated = empty ? Dim(0) : table.add(table.multiply(table.subtract(input, 1), a.input_dilation[axis]), 1);
  return table.add(dilated, table.add(a.low[axis], a.high[axis]));
}

// Walks all terms of the sum, the same for both calls: positions in row-major order of input, kernel and result.
struct Geometry {
  explicit Geometry(const ConvolutionArguments& arguments, std::span<const std::int64_t> input,
                    std::span<const std::int64_t> kernel, std::span<const std::int64_t> output)
      : a(arguments),
        in(input.begin(), input.end()),
        ker(kernel.begin(), kernel.end()),
        out(output.begin(), output.end()) {}

  // The place in the input that element `t` of the result meets with element `k` of the kernel, or -1 for a zero.
  std::int64_t place(std::int64_t t, std::int64_t k) const {
    std::int64_t place = 0, scale = 1;
    for (std::size_t axis = in.size(); axis-- > 0;) {
      const std::int64_t along = k % ker[axis], tap = a.flip ? ker[axis] - 1 - along : along;
      // A flipped kernel is read backwards: its last element meets what the first one of a plain kernel meets.
      const std::int64_t at = t % out[axis] * a.stride[axis] + tap * a.kernel_dilation[axis] - a.low[axis].value();
      if (at < 0 || at % a.input_dilation[axis] != 0 || at / a.input_dilation[axis] >= in[axis]) return -1;
      place += at / a.input_dilation[axis] * scale;
      scale *= in[axis];
      k /= ker[axis];
      t /= out[axis];
    }
    return place;
  }

  const ConvolutionArguments& a;
  std::vector<std::int64_t> in, ker, out;
};

std::int64_t product(std::span<const std::int64_t> extents) {
  std::int64_t n = 1;
  for (std::int64_t extent : extents) n *= extent;
  return n;
}

std::span<const std::int64_t> inner(const std::vector<std::int64_t>& shape) {
  return std::span(shape).subspan(1, shape.size() - 2);
}

// Calls visit(input element, weight element, result element) for each product of the sums.
template <class Visit>
void for_each_product(const Geometry& g, std::int64_t batch, std::int64_t channels, std::int64_t outputs,
                      Visit&& visit) {
  const std::int64_t places = product(g.in), taps = product(g.ker), results = product(g.out);
  const std::int64_t in_group = channels / g.a.groups, out_group = outputs / g.a.groups;
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t t = 0; t < results; ++t) {
      for (std::int64_t k = 0; k < taps; ++k) {
        const std::int64_t place = g.place(t, k);
        if (place < 0) continue;
        for (std::int64_t o = 0; o < outputs; ++o) {
          const std::int64_t first = (n * places + place) * channels + o / out_group * in_group;
          for (std::int64_t c = 0; c < in_group; ++c) {
            visit(first + c, (o * taps + k) * in_group + c, (n * results + t) * outputs + o);
          }
        }
      }
    }
  }
}

std::vector<Literal> rounded(const std::vector<double>& values, Dtype dtype) {
  std::vector<Literal> out;
  out.reserve(values.size());
  for (double value : values) out.push_back(Literal::of(dtype, value));
  return out;
}

}  // namespace

Primitive convolution_call(const ConvolutionArguments& arguments) { return call_of("convolution", arguments); }

Primitive convolution_weight_gradient_call(const ConvolutionArguments& arguments) {
  Primitive call = call_of("convolution_weight_gradient", arguments);
  for (Dim extent : arguments.kernel) call.dims.push_back(extent);
  return call;
}

ConvolutionArguments convolution_arguments(const Primitive& call) {
  ConvolutionArguments a;
  a.groups = call.axes[0];
  a.flip = call.axes[1] != 0;
  const std::size_t spatial = (call.axes.size() - fixed_axes) / axes_each;
  for (std::size_t k = 0; k < spatial; ++k) {
    a.stride.push_back(call.axes[fixed_axes + axes_each * k]);
    a.kernel_dilation.push_back(call.axes[fixed_axes + axes_each * k + 1]);
    a.input_dilation.push_back(call.axes[fixed_axes + axes_each * k + 2]);
    a.low.push_back(call.dims[dims_each * k]);
    a.high.push_back(call.dims[dims_each * k + 1]);
  }
  for (std::size_t k = dims_each * spatial; k < call.dims.size(); ++k) a.kernel.push_back(call.dims[k]);
  return a;
}

Dim convolved_extent(const ConvolutionArguments& a, std::size_t axis, Dim input, Dim kernel, IntExprTable& table) {
  const Dim reach = table.multiply(table.subtract(kernel, 1), a.kernel_dilation[axis]);
  const Dim room = table.subtract(table.subtract(padded_extent(a, axis, input, table), 1), reach);
  return table.add(table.floordiv(room, a.stride[axis]), 1);
}

ArrayType infer_convolution(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table) {
  const ConvolutionArguments a = convolution_arguments(call);
  expect_operands(a, inputs, table);
  const Shape &input = inputs[0].shape, &weight = inputs[1].shape;
  expect(!differ(input.back(), table.multiply(weight.back(), a.groups)),
         "The input must have `groups` times the channels of the weight", inputs, table);
  expect(!differ(table.mod(weight[0], a.groups), 0), "`groups` must divide the weight's outputs", inputs, table);
  ArrayType result{{}, inputs[0].dtype};
  result.shape.push_back(input[0]);
  for (std::size_t k = 0; k < a.spatial(); ++k) {
    const Dim extent = convolved_extent(a, k, input[k + 1], weight[k + 1], table);
    const bool fits = !extent.is_constant() || extent.value() > 0;
    expect(fits, "The padded input is shorter than the kernel along a spatial axis", inputs, table);
    result.shape.push_back(extent);
  }
  result.shape.push_back(weight[0]);
  return result;
}

ArrayType infer_convolution_weight_gradient(const Primitive& call, std::span<const ArrayType> inputs,
                                            IntExprTable& table) {
  const ConvolutionArguments a = convolution_arguments(call);
  expect_operands(a, inputs, table);
  const Shape &input = inputs[0].shape, &cotangent = inputs[1].shape;
  expect(a.kernel.size() == a.spatial(), "The kernel's extents are missing", inputs, table);
  expect(!differ(input[0], cotangent[0]), "Both operands must have the same batch", inputs, table);
  for (std::size_t k = 0; k < a.spatial(); ++k) {
    expect(!differ(convolved_extent(a, k, input[k + 1], a.kernel[k], table), cotangent[k + 1]),
           "The cotangent must have the shape of the result", inputs, table);
  }
  ArrayType result{{}, inputs[0].dtype};
  result.shape.push_back(cotangent.back());
  for (Dim extent : a.kernel) result.shape.push_back(extent);
  result.shape.push_back(table.floordiv(input.back(), a.groups));
  return result;
}

std::vector<Literal> interpret_convolution(const Primitive& call, std::span<const ReferenceArray> inputs) {
  const ConvolutionArguments a = convolution_arguments(call);
  const ReferenceArray &x = inputs[0], &w = inputs[1];
  IntExprTable table;
  std::vector<std::int64_t> out;
  for (std::size_t k = 0; k < a.spatial(); ++k) {
    out.push_back(convolved_extent(a, k, x.shape[k + 1], w.shape[k + 1], table).value());
  }
  std::vector<double> sums(static_cast<std::size_t>(x.shape[0] * product(out) * w.shape[0]));
  for_each_product(Geometry(a, inner(x.shape), inner(w.shape), out), x.shape[0], x.shape.back(), w.shape[0],
                   [&](std::int64_t i, std::int64_t j, std::int64_t at) {
                     sums[static_cast<std::size_t>(at)] += x.elements[static_cast<std::size_t>(i)].as_double() *
                                                           w.elements[static_cast<std::size_t>(j)].as_double();
                   });
  return rounded(sums, x.dtype);
}

std::vector<Literal> interpret_convolution_weight_gradient(const Primitive& call,
                                                           std::span<const ReferenceArray> inputs) {
  const ConvolutionArguments a = convolution_arguments(call);
  const ReferenceArray &x = inputs[0], &y = inputs[1];
  std::vector<std::int64_t> kernel;
  for (Dim extent : a.kernel) kernel.push_back(extent.value());
  const std::int64_t outputs = y.shape.back();
  std::vector<double> sums(static_cast<std::size_t>(outputs * product(kernel) * (x.shape.back() / a.groups)));
  for_each_product(Geometry(a, inner(x.shape), kernel, inner(y.shape)), x.shape[0], x.shape.back(), outputs,
                   [&](std::int64_t i, std::int64_t j, std::int64_t at) {
                     sums[static_cast<std::size_t>(j)] += x.elements[static_cast<std::size_t>(i)].as_double() *
                                                          y.elements[static_cast<std::size_t>(at)].as_double();
                   });
  return rounded(sums, x.dtype);
}

}  // namespace cermet::graph
