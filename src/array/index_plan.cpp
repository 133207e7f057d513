// Items of an index, one after the other, against the axes of a shape.
#include "array/index_plan.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "array/dims.h"
#include "array/node_building.h"
#include "array/slice_starts.h"
#include "base/error.h"

namespace cermet {

namespace {

// Beyond every extent; what a slice has for an end that is not given.
constexpr std::int64_t highest = std::int64_t{1} << 60, lowest = -highest;

Dim limited(Dim end) { return end.is_constant() ? Dim(std::clamp(end.value(), lowest, highest)) : end; }

/// The smallest and largest of values that are in memory.
template <class T>
std::pair<std::int64_t, std::int64_t> extremes(const void* data, std::int64_t count) {
  const T* values = static_cast<const T*>(data);
  const auto [low, high] = std::minmax_element(values, values + count);
  if constexpr (std::is_same_v<T, std::uint64_t>) {
    const auto narrowed = [](std::uint64_t v) {
      return static_cast<std::int64_t>(std::min<std::uint64_t>(v, static_cast<std::uint64_t>(highest)));
    };
    return {narrowed(*low), narrowed(*high)};
  } else {
    return {*low, *high};
  }
}

std::pair<std::int64_t, std::int64_t> extremes(const exec::Data& data, std::int64_t count) {
  const void* values = data.pointer();
  switch (data.dtype.val) {
    case Dtype::Val::uint8:
      return extremes<std::uint8_t>(values, count);
    case Dtype::Val::uint16:
      return extremes<std::uint16_t>(values, count);
    case Dtype::Val::uint32:
      return extremes<std::uint32_t>(values, count);
    case Dtype::Val::uint64:
      return extremes<std::uint64_t>(values, count);
    case Dtype::Val::int8:
      return extremes<std::int8_t>(values, count);
    case Dtype::Val::int16:
      return extremes<std::int16_t>(values, count);
    case Dtype::Val::int32:
      return extremes<std::int32_t>(values, count);
    default:
      return extremes<std::int64_t>(values, count);
  }
}

[[noreturn]] void fail_out_of_range(std::int64_t given, std::size_t axis, const Shape& shape) {
  fail<IndexError>("[index] Index {} is out of range for axis {} of an array of shape {}: {} to {} are allowed.", given,
                   axis, to_string(shape), -dim_hint(shape[axis]), dim_hint(shape[axis]) - 1);
}

}  // namespace

Index::Index(const Slice& slice) : kind_(Kind::slice), step_(slice.step) {
  if (step_ == 0) fail<ValueError>("[index] The step of a slice must not be zero.");
  step_ = std::max(step_, -highest);
  start_ = limited(slice.start.value_or(step_ < 0 ? highest : lowest));
  stop_ = limited(slice.stop.value_or(step_ < 0 ? lowest : highest));
}

Index::Index(const array& indices) : kind_(Kind::array), indices_(indices) {
  if (!is_integer(indices.dtype()) && !is_bool(indices.dtype())) {
    fail<TypeError>("[index] An index array has an integer dtype or is a boolean mask; this one of shape {} is {}.",
                    to_string(indices.shape()), name(indices.dtype()));
  }
}

Index Index::checked(const array& indices) {
  Index item(indices);
  item.checked_ = !item.is_mask();
  return item;
}

/// Fills a plan; `axis_` is the next axis of x.
class IndexResolver {
 public:
  IndexResolver(IndexPlan& plan, const Shape& shape, std::span<const Index> items)
      : plan_(plan), shape_(shape), items_(items) {
    count();
    for (const Index& item : items) add(item);
    while (axis_ < shape_.size()) keep_axis();
    if (adjacency_ == Adjacency::separated) plan_.picked_at = 0;
  }

 private:
  enum class Adjacency : std::uint8_t { none, open, closed, separated };

  void count() {
    std::size_t used = 0, ellipses = 0;
    for (const Index& item : items_) {
      switch (item.kind()) {
        case Index::Kind::ellipsis:
          ++ellipses;
          break;
        case Index::Kind::new_axis:
          break;
        case Index::Kind::array:
          has_arrays_ = true;
          used += item.is_mask() ? item.indices().shape().size() : 1;
          break;
        default:
          ++used;
      }
    }
    if (ellipses > 1) fail<IndexError>("[index] An index can have one Ellipsis (...), found {}.", ellipses);
    if (used > shape_.size()) {
      fail<IndexError>("[index] Too many indices: {} for an array of shape {}.", used, to_string(shape_));
    }
    ellipsis_axes_ = shape_.size() - used;
  }

  void add(const Index& item) {
    switch (item.kind()) {
      case Index::Kind::integer:
        return add_integer(item.integer());
      case Index::Kind::slice:
        return add_slice(item);
      case Index::Kind::new_axis:
        pass_picked();
        plan_.reshapes = true;
        plan_.result.push_back(IndexPlan::new_axis);
        return;
      case Index::Kind::ellipsis:
        pass_picked();
        for (std::size_t i = 0; i < ellipsis_axes_; ++i) keep_axis();
        return;
      case Index::Kind::array:
        return add_array(item);
    }
  }

  Dim extent() const { return shape_[axis_]; }

  void push(Dim start, Dim extent_left, std::int64_t step, IndexPlan::Role role) {
    plan_.whole = plan_.whole && start == Dim(0) && step == 1 && same(extent_left, extent());
    if (role == IndexPlan::Role::kept) plan_.result.push_back(static_cast<int>(axis_));
    plan_.window.push_back({start, extent_left, step, role});
    ++axis_;
  }

  void keep_axis() { push(0, extent(), 1, IndexPlan::Role::kept); }

  /// Beside index arrays an integer counts as one of them, as in NumPy.
  void join_picked() {
    if (adjacency_ == Adjacency::none) {
      plan_.picked_at = plan_.result.size();
      adjacency_ = Adjacency::open;
    } else if (adjacency_ == Adjacency::closed) {
      adjacency_ = Adjacency::separated;
    }
  }
  void pass_picked() {
    if (adjacency_ == Adjacency::open) adjacency_ = Adjacency::closed;
  }

  void add_integer(Dim given) {
    const Dim at = dim_less(given, 0) ? dim_add(given, extent()) : given;
    if (dim_less(at, 0) || !dim_less(at, extent())) fail_out_of_range(dim_hint(given), axis_, shape_);
    if (has_arrays_) join_picked();
    plan_.reshapes = true;
    push(at, 1, 1, IndexPlan::Role::dropped);
  }

  void add_slice(const Index& item) {
    pass_picked();
    const auto [start, count] = slice_bounds(item.start(), item.stop(), item.step(), extent());
    const bool is_short = count == Dim(0) || count == Dim(1);
    push(start, count, is_short ? 1 : item.step(), IndexPlan::Role::kept);
  }

  void add_array(const Index& item) {
    join_picked();
    const array& indices = item.indices();
    if (!item.is_mask()) {
      if (item.is_checked()) check_values(indices);
      plan_.pickers.push_back({&item, axis_, 1});
      push(0, extent(), 1, IndexPlan::Role::picked);
      return;
    }
    const std::size_t rank = indices.shape().size();
    plan_.pickers.push_back({&item, axis_, rank});
    ++plan_.masks;
    for (std::size_t k = 0; k < rank; ++k) {
      if (!dim_equal(indices.shape()[k], shape_[axis_])) {
        fail<IndexError>(
            "[index] A mask of shape {} does not fit an array of shape {}: its axis {} has extent {}, axis {} "
            "of the array has {}.",
            to_string(indices.shape()), to_string(shape_), k, dim_hint(indices.shape()[k]), axis_, dim_hint(extent()));
      }
      push(0, extent(), 1, IndexPlan::Role::picked);
    }
  }

  void check_values(const array& indices) const {
    const exec::NodeRef known = concrete_node(indices);
    if (!known || !known->is_done() || !known->data.contiguous || indices.size() == 0) return;
    const auto [low, high] = extremes(known->data, indices.size());
    if (dim_less(dim_add(extent(), limited(low)), 0)) fail_out_of_range(low, axis_, shape_);
    if (!dim_less(limited(high), extent())) fail_out_of_range(high, axis_, shape_);
  }

  IndexPlan& plan_;
  const Shape& shape_;
  std::span<const Index> items_;
  std::size_t axis_ = 0, ellipsis_axes_ = 0;
  bool has_arrays_ = false;
  Adjacency adjacency_ = Adjacency::none;
};

IndexPlan::IndexPlan(const Shape& shape, std::span<const Index> items) { IndexResolver(*this, shape, items); }

Shape IndexPlan::kept_shape() const {
  Shape shape;
  for (int axis : result) shape.push_back(axis == new_axis ? 1 : window[static_cast<std::size_t>(axis)].extent);
  return shape;
}

}  // namespace cermet
