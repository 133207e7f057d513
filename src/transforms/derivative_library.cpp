// Derivatives of library calls: writes at windows and indices, and sorting.
#include <cermet/cermet.h>

#include <algorithm>

#include "array/dims.h"
#include "graph/ops/updates.h"
#include "transforms/derivative_rules.h"

namespace cermet {

namespace {

using graph::Combiner;

/// A write of updates into an array: reading and writing other arrays at the same places.
class Places {
 public:
  explicit Places(const Application& of) : of_(of), window_(of.primitive.text.starts_with("slice_update")) {}

  const array& target() const { return of_.inputs[0]; }
  std::size_t position_of_updates() const { return window_ ? 1 : of_.inputs.size() - 1; }
  const array& updates() const { return of_.inputs[position_of_updates()]; }

  /// x at the places, in the shape of the updates.
  array read(const array& x) const { return window_ ? read_window(x) : read_indices(x); }

  /// `updates` written into x.
  array write(Combiner combiner, const array& x, const array& updates) const {
    Primitive p = of_.primitive;
    p.text = graph::update_name(window_ ? "slice_update" : "scatter", combiner);
    std::vector<array> operands(of_.inputs.begin(), of_.inputs.end());
    operands[0] = x;
    operands[position_of_updates()] = updates;
    return apply_primitive(p, operands);
  }

  /// False where several updates may meet one element.
  bool distinct() const { return window_; }

 private:
  array read_window(const array& x) const {
    const Shape& part = updates().shape();
    Primitive p;
    if (of_.inputs.size() == 2) {
      p.kind = PrimitiveKind::slice;
      p.dims = of_.primitive.dims;
      for (Dim extent : part) p.dims.push_back(extent);
      p.axes = of_.primitive.axes;
      return apply_primitive(p, std::span(&x, 1));
    }
    return slice(x, of_.inputs[2], int_axes(of_.primitive), part);
  }

  array read_indices(const array& x) const {
    const Shape& part = updates().shape();
    Primitive p;
    p.kind = PrimitiveKind::gather;
    p.axes = of_.primitive.axes;
    p.dims = part;
    Shape start(x.shape().size(), 0), stop = x.shape();
    for (std::size_t k = 0; k < stop.size(); ++k) {
      if (p.axes[k] >= 0) stop[k] = part[static_cast<std::size_t>(p.axes[k])];
    }
    std::vector<array> operands{stop == x.shape() ? x : slice(x, start, stop)};
    for (std::size_t i = 1; i + 1 < of_.inputs.size(); ++i) operands.push_back(of_.inputs[i]);
    return apply_primitive(p, operands);
  }

  const Application& of_;
  bool window_;
};

/// 1 where an update is the last one at its place: the one that stays.
array last_writes(const Places& places) {
  const array& updates = places.updates();
  const array number = reshape(arange(0, static_cast<int>(updates.size()), 1), updates.shape());
  const array written = places.write(Combiner::set, zeros_like(places.target(), int32), number);
  return equal(places.read(written), number);
}

struct UpdateCotangents {
  MaybeArray target, updates;
};

UpdateCotangents pull_back_set(const Places& places, const array& cotangent) {
  const array read = places.read(cotangent);
  const array none = zeros_like(places.updates());
  return {places.write(Combiner::set, cotangent, none),
          places.distinct() ? read : where(last_writes(places), read, none)};
}

UpdateCotangents pull_back_product(const Places& places, const array& output, const array& cotangent) {
  const array factors = places.write(Combiner::prod, ones_like(places.target()), places.updates());
  if (places.distinct()) {
    return {multiply(cotangent, factors), multiply(places.read(cotangent), places.read(places.target()))};
  }
  // Several updates of one element: the product of the others, without dividing by a zero.
  const array zero = equal(places.updates(), 0);
  const array others_of_ones = where(zero, ones_like(places.updates()), places.updates());
  const array product = places.write(Combiner::prod, ones_like(places.target()), others_of_ones);
  const array zeros = places.write(Combiner::add, zeros_like(places.target()), astype(zero, output.dtype()));
  const array other_zeros = subtract(places.read(zeros), astype(zero, output.dtype()));
  const array all = places.read(product);
  const array others = where(greater(real(other_zeros), 0.5F), zeros_like(all), divide(all, others_of_ones));
  return {multiply(cotangent, factors), multiply(places.read(multiply(cotangent, places.target())), others)};
}

/// All that equal the extremum share its cotangent equally.
UpdateCotangents pull_back_extremum(const Places& places, const array& output, const array& cotangent) {
  const array kept = astype(equal(places.target(), output), output.dtype());
  const array won = astype(equal(places.updates(), places.read(output)), output.dtype());
  const array share = divide(cotangent, places.write(Combiner::add, kept, won));
  return {multiply(kept, share), multiply(won, places.read(share))};
}

Cotangents pull_back_update(const Application& of, const array& cotangent) {
  const Places places(of);
  UpdateCotangents found;
  switch (graph::combiner_of(of.primitive.text)) {
    case Combiner::set:
      found = pull_back_set(places, cotangent);
      break;
    case Combiner::add:
      found = {cotangent, places.read(cotangent)};
      break;
    case Combiner::prod:
      found = pull_back_product(places, of.output, cotangent);
      break;
    case Combiner::max:
    case Combiner::min:
      found = pull_back_extremum(places, of.output, cotangent);
      break;
  }
  Cotangents results(of.inputs.size());
  results[0] = found.target;
  results[places.position_of_updates()] = found.updates;
  return results;
}

/// Zeros of the shape of x, with `values` where `from` says along the axis.
array put_back(const array& x, const array& from, const array& values, int axis) {
  Primitive scatter;
  scatter.kind = PrimitiveKind::library;
  scatter.text = "scatter_add";
  for (int k = 0; k < x.ndim(); ++k) scatter.axes.push_back(k == axis ? -1 : k);
  const array operands[] = {zeros_like(x), from, values};
  return apply_primitive(scatter, operands);
}

/// Sorting moves elements: the cotangent goes back to where each came from.
array pull_back_order(const Application& of, const array& cotangent) {
  const array& x = of.inputs[0];
  Primitive order = of.primitive;
  order.text = "arg" + order.text;
  return put_back(x, apply_primitive(order, of.inputs), cotangent, static_cast<int>(of.primitive.axes[0]));
}

/// The k largest in whatever order: by rank among themselves they are the last k of the sorted ones.
array pull_back_topk(const Application& of, const array& cotangent) {
  const array& x = of.inputs[0];
  const int axis = static_cast<int>(of.primitive.axes[0]);
  Shape start(x.shape().size(), Dim(0)), stop = x.shape();
  const auto along = static_cast<std::size_t>(axis);
  start[along] = dim_subtract(stop[along], of.output.shape()[along]);
  const array from = slice(argsort(x, axis), start, stop);
  const array ranked = take_along_axis(cotangent, argsort(of.output, axis), axis);
  return put_back(x, from, ranked, axis);
}

}  // namespace

Cotangents pull_back_library(const Application& of, const array& cotangent, std::span<const bool> wanted) {
  const std::string_view name = of.primitive.text;
  if (name.starts_with("slice_update") || name.starts_with("scatter")) return pull_back_update(of, cotangent);
  if (name == "topk") return {pull_back_topk(of, cotangent)};
  if (name == "sort" || name == "partition") return {pull_back_order(of, cotangent)};
  if (name.starts_with("linalg_")) return pull_back_linalg(of, cotangent);
  if (name.starts_with("convolution")) return pull_back_convolution(of, cotangent, wanted);
  if (name == "fft" || name == "rfft" || name == "irfft") return {pull_back_fft(of, cotangent)};
  if (name.starts_with("attention")) return pull_back_attention(of, cotangent, wanted);
  if (name == "view") return {std::nullopt};  // of storage, not of numbers
  fail<ValueError>("[grad] {} has no derivative.", name);
}

}  // namespace cermet
