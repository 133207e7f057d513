// Index arrays and masks as positions over the axes of the result.
#include "array/index_select.h"

#include <cstring>

#include "array/dims.h"
#include "array/recorder.h"
#include "base/error.h"

namespace cermet {

namespace {

/// The positions of non-zero bytes; eight zeros at a time are skipped.
std::vector<std::int64_t> true_positions(const unsigned char* mask, std::int64_t count) {
  std::vector<std::int64_t> found;
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, mask + i, sizeof word);
    if (word == 0) continue;
    for (int k = 0; k < 8; ++k) {
      if (mask[i + k] != 0) found.push_back(i + k);
    }
  }
  for (; i < count; ++i) {
    if (mask[i] != 0) found.push_back(i);
  }
  return found;
}

[[noreturn]] void fail_traced_mask(const array& mask) {
  fail<TraceError>(
      "[index] A boolean mask of shape {} picks as many elements as it has true values, which are not known{}. Use "
      "mx.where(mask, x, other), x[mask] = value or x.at[mask].add(value), or index outside of the compiled function.",
      to_string(mask.shape()), Recorder::current() == nullptr ? "" : Recorder::current()->where());
}

/// Index arrays in the order of the plan's pickers, masks as positions.
std::vector<array> integer_pickers(const IndexPlan& plan) {
  std::vector<array> pickers;
  pickers.reserve(plan.pickers.size() + 1);
  for (const IndexPlan::Picker& picker : plan.pickers) {
    if (!picker.item->is_mask()) {
      pickers.push_back(picker.indices());
      continue;
    }
    std::optional<array> positions = positions_of(picker.indices());
    if (!positions) fail_traced_mask(picker.indices());
    pickers.push_back(*std::move(positions));
  }
  return pickers;
}

Shape picked_shape(const std::vector<array>& pickers) {
  Shape shape = pickers[0].shape();
  for (const array& indices : pickers) {
    if (same(indices.shape(), shape)) continue;
    try {
      shape = broadcast_dims(shape, indices.shape(), "index");
    } catch (const ValueError&) {
      fail<IndexError>("[index] Index arrays of shapes {} and {} do not broadcast to one shape.", to_string(shape),
                       to_string(indices.shape()));
    }
  }
  return shape;
}

/// The plan's axes with the pickers' in their place.
class Layout {
 public:
  Layout(const IndexPlan& plan, const Shape& picked) : plan_(plan), picked_(picked) {
    const Shape kept = plan.kept_shape();
    const auto at = static_cast<std::ptrdiff_t>(plan.picked_at);
    result_ = Shape(kept.begin(), kept.begin() + at);
    result_.insert(result_.end(), picked.begin(), picked.end());
    result_.insert(result_.end(), kept.begin() + at, kept.end());
    for (std::size_t i = 0; i < plan.result.size(); ++i) {
      if (plan.result[i] == IndexPlan::new_axis) continue;
      places_.resize(plan.window.size(), 0);
      places_[static_cast<std::size_t>(plan.result[i])] =
          static_cast<std::int64_t>(i < plan.picked_at ? i : i + picked.size());
    }
  }

  const Shape& result() const { return result_; }
  /// The result's axis that a kept axis of the window is.
  std::int64_t place(std::size_t axis) const { return places_[axis]; }

  /// `indices` as they vary along the pickers' axes, constant along the others.
  array over_picked(const array& indices, const StreamOrDevice& s) const {
    return laid_out(indices, plan_.picked_at + picked_.size(), s);
  }
  /// A vector that varies along one axis of the result.
  array over_axis(const array& vector, std::int64_t axis, const StreamOrDevice& s) const {
    return laid_out(vector, static_cast<std::size_t>(axis) + 1, s);
  }

 private:
  /// The array's axes end before axis `end` of the result.
  array laid_out(const array& indices, std::size_t end, const StreamOrDevice& s) const {
    Shape shape = indices.shape();
    if (!shape.empty()) shape.resize(shape.size() + result_.size() - end, 1);
    return broadcast_node(with_shape(indices, shape, s), result_, s);
  }

  const IndexPlan& plan_;
  const Shape& picked_;
  Shape result_;
  SmallVector<std::int64_t, 6> places_;
};

/// Walks the axes of x together with the pickers on them.
class Selector {
 public:
  Selector(const array& x, const IndexPlan& plan, SelectFrom from, const StreamOrDevice& s)
      : x_(x),
        plan_(plan),
        from_(from),
        s_(s),
        pickers_(integer_pickers(plan)),
        picked_(picked_shape(pickers_)),
        layout_(plan, picked_) {}

  Selection run() && {
    std::size_t next = 0;
    for (std::size_t axis = 0; axis <= plan_.window.size();) {
      if (next < plan_.pickers.size() && plan_.pickers[next].axis == axis) {
        axis += plan_.pickers[next].rank;
        add_picker(next++);
      } else if (axis == plan_.window.size()) {
        break;
      } else {
        add_axis(axis++);
      }
    }
    out_.result = layout_.result();
    return std::move(out_);
  }

 private:
  void add_picker(std::size_t j) {
    const IndexPlan::Picker& picker = plan_.pickers[j];
    Dim extent = 1;
    for (std::size_t k = 0; k < picker.rank; ++k) extent = dim_multiply(extent, plan_.window[picker.axis + k].extent);
    pick(extent, layout_.over_picked(pickers_[j], s_));
  }

  void add_axis(std::size_t axis) {
    const auto& [start, extent, step, role] = plan_.window[axis];
    const Dim all = x_.shape()[axis];
    if (role == IndexPlan::Role::dropped) {
      if (from_ == SelectFrom::whole) pick(all, layout_.over_picked(dim_scalar(start, int64, s_), s_));
    } else if (from_ == SelectFrom::window) {
      keep(extent, layout_.place(axis));
    } else if (same(start, 0) && step == 1) {
      keep(all, layout_.place(axis));
    } else {
      pick(all, layout_.over_axis(counted(start, extent, step), layout_.place(axis), s_));
    }
  }

  array counted(Dim start, Dim extent, std::int64_t step) const {
    array count = dim_range(extent, int64, s_);
    if (step != 1) count = multiply(count, step, s_);
    return same(start, 0) ? count : add(count, Operand::weak(start), s_);
  }

  void keep(Dim extent, std::int64_t place) {
    out_.shape.push_back(extent);
    out_.axes.push_back(place);
  }
  void pick(Dim extent, array positions) {
    out_.shape.push_back(extent);
    out_.axes.push_back(-1 - static_cast<std::int64_t>(out_.positions.size()));
    out_.positions.push_back(std::move(positions));
  }

  const array& x_;
  const IndexPlan& plan_;
  const SelectFrom from_;
  const StreamOrDevice& s_;
  const std::vector<array> pickers_;
  const Shape picked_;
  const Layout layout_;
  Selection out_;
};

}  // namespace

Selection select(const array& x, const IndexPlan& plan, SelectFrom from, const StreamOrDevice& s) {
  return Selector(x, plan, from, s).run();
}

array window_of(const array& x, const IndexPlan& plan, const StreamOrDevice& s) {
  if (plan.whole) return x;
  Primitive slice;
  slice.kind = PrimitiveKind::slice;
  for (const auto& axis : plan.window) slice.dims.push_back(axis.start);
  for (const auto& axis : plan.window) slice.dims.push_back(axis.extent);
  for (const auto& axis : plan.window) slice.axes.push_back(axis.step);
  return make_array(std::move(slice), x, s);
}

array with_shape(const array& x, const Shape& shape, const StreamOrDevice& s) {
  if (same(x.shape(), shape)) return x;
  Primitive reshape;
  reshape.kind = PrimitiveKind::reshape;
  reshape.dims = shape;
  return make_array(std::move(reshape), x, s);
}

std::optional<array> positions_of(const array& mask) {
  if (!concrete_node(mask)) return std::nullopt;
  std::vector<unsigned char> values(static_cast<std::size_t>(mask.size()));
  mask.copy_to(values.data());
  const std::vector<std::int64_t> found = true_positions(values.data(), mask.size());
  return array::from_memory(found.data(), int64, Shape{static_cast<std::int64_t>(found.size())}, int64);
}

}  // namespace cermet
