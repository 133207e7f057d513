// Derivatives of attention: library calls that compute the scores again. Derivatives of these calls go through
// attention as ordinary operations, with the matrix of scores in memory.
#include <cermet/cermet.h>

#include "array/attention.h"
#include "array/dims.h"
#include "transforms/derivative_rules.h"
#include "transforms/tape.h"

namespace cermet {

namespace {

using Arguments = graph::AttentionArguments;

/// Takes arrays out of a packed vector, in order.
class Parts {
 public:
  explicit Parts(const array& packed) : packed_(packed) {}
  array next(const Shape& shape) {
    const Dim from = at_;
    at_ = dim_add(at_, dim_product(shape));
    return reshape(slice(packed_, Shape{from}, Shape{at_}), shape);
  }

 private:
  const array& packed_;
  Dim at_ = 0;
};

Cotangents pull_back_forward(const Application& of, const array& cotangent, std::span<const bool> wanted) {
  const Arguments given = Arguments::decode(of.primitive);
  std::vector<array> operands(of.inputs.begin(), of.inputs.end());
  operands.push_back(cotangent);
  Cotangents results(of.inputs.size());
  const bool additive = given.mask == graph::MaskKind::additive;
  if (additive && wanted[3]) results[3] = apply_primitive(given.call("attention_mask_grad"), operands);
  const std::size_t sinks = given.sinks_at();
  const bool others = wanted[0] || wanted[1] || wanted[2] || (given.sinks && wanted[sinks]);
  if (!others) return results;
  const array packed = apply_primitive(given.call("attention_grad"), operands);
  Parts parts(packed);
  for (std::size_t i = 0; i < 3; ++i) results[i] = parts.next(of.inputs[i].shape());
  if (given.sinks) results[sinks] = parts.next(of.inputs[sinks].shape());
  return results;
}

/// What attention_grad and attention_mask_grad compute, by a tape over ordinary operations.
array plain_gradient(const Primitive& call, std::span<const array> inputs) {
  const Arguments given = Arguments::decode(call);
  std::vector<array> variables;
  for (const array& x : inputs.first(given.inputs())) variables.push_back(fresh_variable(x));
  Tape tape;
  const array y = plain_attention(given, variables);
  tape.stop();
  const MaybeArray seed = inputs.back();
  const std::vector<MaybeArray> found = tape.pull_back(std::span(&y, 1), std::span(&seed, 1), variables);
  const auto gradient = [&](std::size_t i) { return found[i] ? *found[i] : zeros_like(inputs[i]); };
  if (call.text == "attention_mask_grad") return gradient(3);
  std::vector<array> parts;
  for (std::size_t i = 0; i < 3; ++i) parts.push_back(reshape(gradient(i), Shape{Dim(-1)}));
  if (given.sinks) parts.push_back(reshape(gradient(given.sinks_at()), Shape{Dim(-1)}));
  return concatenate(parts, 0);
}

}  // namespace

Cotangents pull_back_attention(const Application& of, const array& cotangent, std::span<const bool> wanted) {
  if (of.primitive.text == "attention") return pull_back_forward(of, cotangent, wanted);
  std::vector<array> variables;
  for (const array& x : of.inputs) variables.push_back(fresh_variable(x));
  Tape tape;
  const array y = plain_gradient(of.primitive, variables);
  tape.stop();
  const MaybeArray seed = cotangent;
  Cotangents results = tape.pull_back(std::span(&y, 1), std::span(&seed, 1), variables);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!is_inexact(of.inputs[i].dtype())) results[i] = std::nullopt;
  }
  return results;
}

// ---- vmap -----------------------------------------------------------------------------------------------------------

namespace {

/// The first two axes as one.
array folded(const array& x) {
  Shape shape(x.shape().begin() + 1, x.shape().end());
  shape[0] = dim_multiply(x.shape()[0], shape[0]);
  return reshape(x, shape);
}

/// The first axis as two, `size` outermost.
array unfolded(const array& x, Dim size) {
  Shape shape = x.shape();
  shape[0] = dim_floordiv(shape[0], size);
  shape.insert(shape.begin(), Dim(size));
  return reshape(x, shape);
}

/// Masks and sinks may be the same for all of a batch: with an extent of its own only if the vmap has them so.
array batch_of(const BatchedArray& x, Dim batch, Dim size, bool separate) {
  if (!x.batched && !separate && same(x.value.shape()[0], 1)) return x.value;
  const array all = spread_batch(x, size);
  Shape shape = all.shape();
  shape[1] = batch;
  return folded(broadcast_to(all, shape));
}

}  // namespace

array batched_attention(const Primitive& call, std::span<const BatchedArray> operands, Dim size) {
  const Arguments given = Arguments::decode(call);
  const bool forward = call.text == "attention";
  const auto shape_of = [&](std::size_t i) {
    Shape shape = operands[i].value.shape();
    if (operands[i].batched) shape.erase(shape.begin());
    return shape;
  };
  const Dim batch = shape_of(0)[0];
  std::vector<array> values;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const bool whole = i < 3 || i == given.inputs();  // q, k, v and the cotangent
    values.push_back(whole ? folded(spread_batch(operands[i], size)) : batch_of(operands[i], batch, size, !forward));
  }
  const array y = apply_primitive(call, values);
  if (forward) return unfolded(y, size);
  // The gradient of what was the same for a batch is the sum over it.
  const auto element = [&](const array& x, std::size_t i) {
    const array all = unfolded(x, size);
    const bool shared = same(shape_of(i)[0], 1) && !same(batch, 1);
    return shared ? sum(all, 1, true) : all;
  };
  if (call.text == "attention_mask_grad") return element(y, 3);
  Parts parts(y);
  std::vector<array> rows;
  const auto add_part = [&](std::size_t i) {
    rows.push_back(reshape(element(parts.next(values[i].shape()), i), Shape{Dim(size), Dim(-1)}));
  };
  for (const std::size_t i : {0, 1, 2}) add_part(i);
  if (given.sinks) add_part(given.sinks_at());
  return concatenate(rows, 1);
}

}  // namespace cermet
