// Derivatives of convolutions. Three calls make a closed set, being one form in three arrays, linear in each:
// sum of out * result. Its gradient in the input is a convolution again, with strides and input dilations exchanged and
// the kernel turned around; that in the weight is the call convolution_weight_gradient.
#include <cermet/cermet.h>

#include "array/dims.h"
#include "graph/ops/convolution.h"
#include "transforms/derivative_rules.h"

namespace cermet {

namespace {

using graph::ConvolutionArguments;

/// (o, k..., c / groups) -> (c, k..., o / groups): the weight of the transposed convolution.
array transposed_weight(const array& w, std::int64_t groups) {
  if (groups == 1) return swapaxes(w, 0, -1);
  const Shape& shape = w.shape();
  Shape split{groups}, joined;
  split.push_back(dim_floordiv(shape[0], groups));
  split.insert(split.end(), shape.begin() + 1, shape.end());
  joined.push_back(dim_multiply(shape.back(), groups));
  joined.insert(joined.end(), shape.begin() + 1, shape.end() - 1);
  joined.push_back(split[1]);
  return reshape(swapaxes(reshape(w, split), 1, -1), joined);
}

/// The cotangent of an input of shape `input`, given the weight and the cotangent of the result.
array input_gradient(const ConvolutionArguments& a, const Shape& input, const array& weight, const array& cotangent) {
  if (is_empty(input)) return zeros(input, cotangent.dtype());
  ConvolutionArguments back = a;
  back.kernel.clear();
  back.flip = !a.flip;
  for (std::size_t k = 0; k < a.spatial(); ++k) {
    back.stride[k] = a.input_dilation[k];
    back.input_dilation[k] = a.stride[k];
    const Dim reach = dim_multiply(dim_subtract(weight.shape()[k + 1], 1), a.kernel_dilation[k]);
    back.low[k] = dim_subtract(reach, a.low[k]);
    // So many zeros behind that the result has the input's extent.
    const Dim wanted = dim_multiply(dim_subtract(input[k + 1], 1), a.input_dilation[k]);
    const Dim dilated = dim_multiply(dim_subtract(cotangent.shape()[k + 1], 1), a.stride[k]);
    back.high[k] = dim_add(dim_subtract(wanted, dilated), a.low[k]);
  }
  const array operands[] = {cotangent, transposed_weight(weight, a.groups)};
  return apply_primitive(graph::convolution_call(back), operands);
}

array weight_gradient(const ConvolutionArguments& a, const array& input, const Shape& weight, const array& cotangent) {
  ConvolutionArguments with_kernel = a;
  with_kernel.kernel.clear();
  for (std::size_t k = 0; k < a.spatial(); ++k) with_kernel.kernel.push_back(weight[k + 1]);
  const array operands[] = {input, cotangent};
  return apply_primitive(graph::convolution_weight_gradient_call(with_kernel), operands);
}

array convolved(const ConvolutionArguments& a, const array& input, const array& weight) {
  const array operands[] = {input, weight};
  return apply_primitive(graph::convolution_call(a), operands);
}

/// Batches are folded into the arrays' own axes: that of both operands into groups, one operand's into its channels.
class Folding {
 public:
  Folding(const Primitive& call, std::span<const BatchedArray> operands, Dim size)
      : call_(call), arguments_(graph::convolution_arguments(call)), operands_(operands), size_(size) {}

  array convolution() {
    const array &x = operands_[0].value, &w = operands_[1].value;
    if (!operands_[1].batched) {  // into the images
      const Shape& shape = x.shape();
      Shape folded(shape.begin() + 1, shape.end());
      folded[0] = dim_multiply(size_, shape[1]);
      const array y = run(reshape(x, folded), w);
      Shape split = y.shape();
      split[0] = shape[1];
      split.insert(split.begin(), size_);
      return reshape(y, split);
    }
    if (operands_[0].batched) {
      arguments_.groups *= size_.value();
      return unfold_last(run(fold_last(x, false), fold_first(w, false)), false);
    }
    return unfold_last(run(x, fold_first(w, true)), true);
  }

  array weight_gradient() {
    const array &x = operands_[0].value, &y = operands_[1].value;
    if (operands_[0].batched && operands_[1].batched) {
      arguments_.groups *= size_.value();
      return unfold_first(run(fold_last(x, false), fold_last(y, false)), false);
    }
    // Of x alone: into the channels of each group, which are the last axis of the result.
    if (operands_[0].batched) {
      const array folded = run(fold_last(x, true), y);
      Shape split(folded.shape().begin(), folded.shape().end() - 1);
      split.push_back(size_);
      split.push_back(dim_floordiv(x.shape().back(), groups()));
      return moveaxis(reshape(folded, split), -2, 0);
    }
    return unfold_first(run(x, fold_last(y, true)), true);
  }

 private:
  std::int64_t groups() const { return graph::convolution_arguments(call_).groups; }

  array run(const array& a, const array& b) const {
    const array operands[] = {a, b};
    return apply_primitive(call_.text == "convolution" ? graph::convolution_call(arguments_)
                                                       : graph::convolution_weight_gradient_call(arguments_),
                           operands);
  }

  /// (b, n, s..., g c) -> (n, s..., b g c), or (n, s..., g b c) if the groups stay outside.
  array fold_last(const array& x, bool in_groups) const {
    const array moved = moveaxis(x, 0, -2);  // (n, s..., b, g c)
    Shape joined(moved.shape().begin(), moved.shape().end() - 2);
    array out = moved;
    if (in_groups && groups() > 1) {
      Shape split(moved.shape().begin(), moved.shape().end() - 1);
      split.push_back(groups());
      split.push_back(dim_floordiv(moved.shape().back(), groups()));
      out = swapaxes(reshape(moved, split), -2, -3);
    }
    joined.push_back(dim_multiply(size_, moved.shape().back()));
    return reshape(out, joined);
  }
  array unfold_last(const array& y, bool in_groups) const {
    Shape split(y.shape().begin(), y.shape().end() - 1);
    const Dim channels = dim_floordiv(y.shape().back(), size_);
    if (!in_groups || groups() == 1) {
      split.push_back(size_);
      split.push_back(channels);
      return moveaxis(reshape(y, split), -2, 0);
    }
    Shape joined = split;
    split.push_back(groups());
    split.push_back(size_);
    split.push_back(dim_floordiv(channels, groups()));
    joined.insert(joined.begin(), size_);
    joined.push_back(channels);
    return reshape(moveaxis(reshape(y, split), -2, 0), joined);
  }

  /// (b, g o, k..., c) -> (b g o, k..., c), or (g b o, k..., c).
  array fold_first(const array& w, bool in_groups) const {
    array out = w;
    if (in_groups && groups() > 1) {
      Shape split{size_, groups()};
      split.push_back(dim_floordiv(w.shape()[1], groups()));
      split.insert(split.end(), w.shape().begin() + 2, w.shape().end());
      out = swapaxes(reshape(w, split), 0, 1);
    }
    Shape joined(w.shape().begin() + 1, w.shape().end());
    joined[0] = dim_multiply(size_, w.shape()[1]);
    return reshape(out, joined);
  }
  array unfold_first(const array& w, bool in_groups) const {
    const Dim outputs = dim_floordiv(w.shape()[0], size_);
    Shape joined{size_};
    joined.push_back(outputs);
    joined.insert(joined.end(), w.shape().begin() + 1, w.shape().end());
    if (!in_groups || groups() == 1) return reshape(w, joined);
    Shape split{groups(), size_};
    split.push_back(dim_floordiv(outputs, groups()));
    split.insert(split.end(), w.shape().begin() + 1, w.shape().end());
    return reshape(swapaxes(reshape(w, split), 0, 1), joined);
  }

  const Primitive& call_;
  ConvolutionArguments arguments_;
  std::span<const BatchedArray> operands_;
  Dim size_;
};

}  // namespace

array batched_convolution(const Primitive& call, std::span<const BatchedArray> operands, Dim size) {
  Folding folding(call, operands, size);
  return call.text == "convolution" ? folding.convolution() : folding.weight_gradient();
}

Cotangents pull_back_convolution(const Application& of, const array& cotangent, std::span<const bool> wanted) {
  const ConvolutionArguments a = graph::convolution_arguments(of.primitive);
  const array &x = of.inputs[0], &other = of.inputs[1];
  Cotangents results(2);
  if (of.primitive.text == "convolution") {
    if (wanted[0]) results[0] = input_gradient(a, x.shape(), other, cotangent);
    if (wanted[1]) results[1] = weight_gradient(a, x, other.shape(), cotangent);
  } else {  // `other` is a cotangent of the result, `cotangent` lies in the space of the weight
    if (wanted[0]) results[0] = input_gradient(a, x.shape(), cotangent, other);
    if (wanted[1]) results[1] = convolved(a, x, cotangent);
  }
  return results;
}

}  // namespace cermet
