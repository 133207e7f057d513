// Writing by an index: a window is a slice_update, index arrays are a scatter, masks choose with `where`. The value is
// brought into shape first, so that nothing has been made when it does not fit.
#include <cermet/index.h>
#include <cermet/scans.h>

#include <limits>

#include "array/dims.h"
#include "array/index_select.h"
#include "base/error.h"
#include "graph/ops/updates.h"

namespace cermet {

namespace {

constexpr std::int64_t any_extent = -1;

/// The scalar or array in x's dtype; integer scalars that the dtype cannot hold are a ValueError.
array value_in(Dtype dtype, const Operand& value, const StreamOrDevice& s) {
  if (!value.is_weak()) return astype(value.strong(), dtype, s);
  if (value.is_symbolic()) return dim_scalar(value.dim(), dtype, s);
  if (value.kind() == WeakKind::integer && is_integer(dtype))
    return weak_scalar(value.literal(), value.kind(), dtype, s);
  return make_constant(value.literal().converted(dtype), s);
}

/// As to_string, with a word for what a mask picks.
std::string shape_text(const Shape& shape) {
  std::string text;
  for (Dim extent : shape) {
    text += extent == Dim(any_extent) ? std::string("trues") : std::to_string(dim_hint(extent));
    text += ", ";
  }
  if (shape.size() > 1) text.resize(text.size() - 2);
  if (shape.size() == 1) text.pop_back();
  return "(" + text + ")";
}

/// The value's shape as it broadcasts to `target` (any_extent fits all): as many axes, those it lacks with extent 1.
/// Leading axes of extent 1 that the target does not have are dropped, as in NumPy.
Shape aligned(const Shape& value, const Shape& target) {
  Shape out;
  const std::size_t rank = target.size();
  bool fits = true;
  for (std::size_t k = 0; k + rank < value.size(); ++k) fits = fits && dim_equal(value[k], 1);
  for (std::size_t k = 0; k < rank; ++k) {
    const bool has = k + value.size() >= rank;
    const Dim extent = has ? value[k + value.size() - rank] : Dim(1);
    fits = fits && (target[k] == Dim(any_extent) || dim_equal(extent, target[k]) || dim_equal(extent, 1));
    out.push_back(resolved(extent));
  }
  if (!fits) {
    fail<ValueError>("[index] A value of shape {} does not broadcast to the indexed shape {}.", to_string(value),
                     shape_text(target));
  }
  return out;
}

array combined(Update update, const array& old, const array& value, const StreamOrDevice& s) {
  const bool truth = is_bool(old.dtype());
  switch (update) {
    case Update::assign:
      return value;
    case Update::add:
      return truth ? logical_or(old, value, s) : add(old, value, s);
    case Update::subtract:
      return subtract(old, value, s);
    case Update::multiply:
      return truth ? logical_and(old, value, s) : multiply(old, value, s);
    case Update::divide:
      return astype(divide(old, value, s), old.dtype(), s);
    case Update::maximum:
      return maximum(old, value, s);
    case Update::minimum:
      return minimum(old, value, s);
  }
  return value;
}

void require_defined(Update update, Dtype dtype) {
  if (is_bool(dtype) && (update == Update::subtract || update == Update::divide)) {
    fail<TypeError>("[index] {} is not defined for bool arrays; convert with astype first.", name(update));
  }
}

graph::Combiner combiner_of(Update update) {
  switch (update) {
    case Update::assign:
      return graph::Combiner::set;
    case Update::multiply:
    case Update::divide:
      return graph::Combiner::prod;
    case Update::maximum:
      return graph::Combiner::max;
    case Update::minimum:
      return graph::Combiner::min;
    default:
      return graph::Combiner::add;
  }
}

class Updater {
 public:
  Updater(const array& x, std::span<const Index> items, Update update, const StreamOrDevice& s)
      : x_(x), plan_(x.shape(), items), update_(update), s_(s) {}

  array run(const Operand& value) const {
    require_defined(update_, x_.dtype());
    const array v = value_in(x_.dtype(), value, s_);
    if (plan_.pickers.empty()) return windowed(v);
    if (plan_.pickers.size() == 1 && plan_.masks == 1) return masked(v);
    return scattered(v);
  }

 private:
  Shape extents() const {
    Shape shape;
    for (const auto& axis : plan_.window) shape.push_back(axis.extent);
    return shape;
  }

  /// A value whose shape is `kept`, an extent for each of the plan's result axes, with the window's axes.
  array over_window(const array& value, const Shape& kept) const {
    Shape shape(plan_.window.size(), 1);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (plan_.result[i] != IndexPlan::new_axis) shape[static_cast<std::size_t>(plan_.result[i])] = kept[i];
    }
    return with_shape(value, shape, s_);
  }

  /// x with its window replaced by (or combined with) `region`, of the window's shape.
  array put(const array& region, Update update) const {
    if (plan_.whole) return combined(update, x_, region, s_);
    if (update == Update::divide) return put(combined(update, window_of(x_, plan_, s_), region, s_), Update::assign);
    Primitive call;
    call.kind = PrimitiveKind::library;
    call.text = graph::update_name("slice_update", combiner_of(update));
    for (const auto& axis : plan_.window) {
      call.dims.push_back(axis.start);
      call.axes.push_back(axis.step);
    }
    const exec::NodeRef inputs[] = {x_.node(), (update == Update::subtract ? negative(region, s_) : region).node()};
    return make_array(std::move(call), inputs, s_);
  }

  array windowed(const array& v) const {
    const Shape target = plan_.kept_shape();
    const array value = over_window(v, aligned(v.shape(), target));
    const Shape shape = extents();
    if (is_empty(shape)) return x_;
    return put(broadcast_node(value, shape, s_), update_);
  }

  /// The result's axes with one of any extent for what a mask picks.
  Shape masked_target() const {
    Shape target = plan_.kept_shape();
    target.insert(target.begin() + static_cast<std::ptrdiff_t>(plan_.picked_at), Dim(any_extent));
    return target;
  }

  array masked(const array& v) const {
    const IndexPlan::Picker& picker = plan_.pickers[0];
    const array& mask = picker.indices();
    const Shape target = masked_target();
    Shape kept = aligned(v.shape(), target);
    const Dim picked = kept[plan_.picked_at];
    const bool is_single = dim_equal(picked, 1);
    if (!is_single && concrete_node(mask)) return scattered(v);
    if (dim_equal(picked, 0)) return x_;
    kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(plan_.picked_at));

    Shape over_mask(plan_.window.size(), 1);
    for (std::size_t k = 0; k < picker.rank; ++k) over_mask[picker.axis + k] = mask.shape()[k];
    const array condition = with_shape(mask, over_mask, s_);
    const array value = is_single ? over_window(v, kept) : spread(v, kept, picked, condition);
    const array old = window_of(x_, plan_, s_);
    return put(where(condition, combined(update_, old, value, s_), old, s_), Update::assign);
  }

  /// One element of the value for each true of a mask whose values are not known: the n-th true takes the n-th.
  array spread(const array& v, const Shape& kept, Dim picked, const array& condition) const {
    Primitive gather;
    gather.kind = PrimitiveKind::gather;
    gather.dims = extents();
    Shape given, full;  // the value's axes without new ones, and as long as the window's
    for (std::size_t i = 0; i <= kept.size(); ++i) {
      if (i == plan_.picked_at) {
        given.push_back(picked);
        full.push_back(picked);
        gather.axes.push_back(-1);
      }
      if (i == kept.size() || plan_.result[i] == IndexPlan::new_axis) continue;
      given.push_back(kept[i]);
      full.push_back(plan_.window[static_cast<std::size_t>(plan_.result[i])].extent);
      gather.axes.push_back(plan_.result[i]);
    }
    const Dim elements = dim_product(condition.shape());
    const bool is_short = elements.is_constant() && elements.value() <= std::numeric_limits<std::int32_t>::max();
    const Dtype counter = is_short ? int32 : int64;
    const array flat = with_shape(condition, Shape(1, elements), s_);
    const array trues = cumsum(astype(flat, counter, s_), 0, false, true, s_);
    const array ordinals = with_shape(subtract(trues, 1, s_), condition.shape(), s_);
    const exec::NodeRef inputs[] = {broadcast_node(with_shape(v, given, s_), full, s_).node(),
                                    broadcast_node(ordinals, extents(), s_).node()};
    return make_array(std::move(gather), inputs, s_);
  }

  array scatter(const array& x, const Selection& selection, const array& updates, graph::Combiner combiner) const {
    Primitive call;
    call.kind = PrimitiveKind::library;
    call.text = graph::update_name("scatter", combiner);
    call.axes = selection.axes;
    SmallVector<exec::NodeRef, 3> inputs;
    inputs.push_back(with_shape(x, selection.shape, s_).node());
    for (const array& positions : selection.positions) inputs.push_back(positions.node());
    inputs.push_back(updates.node());
    return with_shape(make_array(std::move(call), {inputs.data(), inputs.size()}, s_), x.shape(), s_);
  }

  array scattered(const array& v) const {
    const Selection selection = select(x_, plan_, SelectFrom::whole, s_);
    const Shape shape = aligned(v.shape(), selection.result);
    if (is_empty(selection.result)) return x_;
    const array updates = broadcast_node(with_shape(v, shape, s_), selection.result, s_);
    switch (update_) {
      case Update::subtract:
        return scatter(x_, selection, negative(updates, s_), graph::Combiner::add);
      case Update::divide:
        // Divisors that meet are multiplied first: one division an element, rounded once.
        return combined(update_, x_, scatter(ones_like(x_, s_), selection, updates, graph::Combiner::prod), s_);
      default:
        return scatter(x_, selection, updates, combiner_of(update_));
    }
  }

  const array& x_;
  const IndexPlan plan_;
  const Update update_;
  const StreamOrDevice& s_;
};

}  // namespace

std::string_view name(Update update) {
  constexpr std::string_view names[] = {"assign", "add", "subtract", "multiply", "divide", "maximum", "minimum"};
  return names[static_cast<int>(update)];
}

array index_update(const array& x, std::span<const Index> items, const Operand& value, Update update,
                   StreamOrDevice s) {
  return Updater(x, items, update, s).run(value);
}

array index_update(const array& x, std::initializer_list<Index> items, const Operand& value, Update update,
                   StreamOrDevice s) {
  return index_update(x, std::span<const Index>(items.begin(), items.size()), value, update, s);
}

}  // namespace cermet
