// Where the elements of views lie: index maps and strided layouts of reshape, transpose, broadcast, slice and strided.
#include <tuple>
#include <vector>

#include "base/error.h"
#include "graph/primitive.h"

namespace cermet {
namespace {

/// Axes [input_begin, input_end) of the input hold the same elements, in the same order, as axes
/// [output_begin, output_end) of the output.
struct AxisGroup {
  std::size_t input_begin = 0, input_end = 0, output_begin = 0, output_end = 0;
};

/// The finest split of a reshape into independent groups, innermost first: wherever products of trailing extents meet.
/// Extents 1 go with the group at their right, those at the front with the last group.
std::vector<AxisGroup> reshape_groups(const Shape& input, const Shape& output, IntExprTable& table) {
  std::vector<Dim> input_tail{Dim(1)};  // input_tail[k]: product of the last k extents
  std::vector<Dim> output_tail{Dim(1)};
  for (std::size_t k = input.size(); k-- > 0;) input_tail.push_back(table.multiply(input_tail.back(), input[k]));
  for (std::size_t k = output.size(); k-- > 0;) output_tail.push_back(table.multiply(output_tail.back(), output[k]));
  std::vector<AxisGroup> groups;
  std::size_t i = 0;  // trailing axes already in groups
  std::size_t o = 0;
  const auto next_meeting = [&]() -> std::optional<std::pair<std::size_t, std::size_t>> {
    for (std::size_t a = i + 1; a <= input.size(); ++a) {
      for (std::size_t b = o + 1; b <= output.size(); ++b) {
        if (input_tail[a] == output_tail[b]) return std::pair{a, b};
      }
    }
    return std::nullopt;
  };
  while (const auto meeting = next_meeting()) {
    groups.push_back(
        {input.size() - meeting->first, input.size() - i, output.size() - meeting->second, output.size() - o});
    std::tie(i, o) = *meeting;
  }
  check(input_tail[i] == input_tail.back() && output_tail[o] == output_tail.back(),
        "a reshape from {} to {} changes the number of elements", to_string(input, table), to_string(output, table));
  if (groups.empty()) groups.push_back({0, input.size(), 0, output.size()});
  groups.back().input_begin = 0;
  groups.back().output_begin = 0;
  return groups;
}

void map_group(const AxisGroup& g, const Shape& input, const Shape& output, std::span<const IntExpr> index,
               SmallVector<IntExpr, 6>& result, IntExprTable& table) {
  IntExpr linear = 0;
  for (std::size_t k = g.output_begin; k < g.output_end; ++k) {
    linear = table.add(table.multiply(linear, output[k]), output[k] == Dim(1) ? IntExpr(0) : index[k]);
  }
  std::size_t first = g.input_end;
  for (std::size_t k = g.input_end; k-- > g.input_begin;) {
    if (input[k] != Dim(1)) first = k;
  }
  for (std::size_t k = g.input_end; k-- > g.input_begin;) {
    if (input[k] == Dim(1)) {
      result[k] = 0;
    } else if (k == first) {
      result[k] = linear;
    } else {
      result[k] = table.mod(linear, input[k]);
      linear = table.floordiv(linear, input[k]);
    }
  }
}

std::optional<StridedLayout> reshape_layout(const Shape& input, const StridedLayout& layout, const Shape& output,
                                            IntExprTable& table) {
  StridedLayout result{SmallVector<Dim, 6>(output.size(), Dim(0)), layout.offset};
  for (const Shape* shape : {&input, &output}) {
    for (Dim d : *shape) {
      if (d == Dim(0)) {
        result.strides = contiguous_layout(output, table).strides;
        return result;
      }
    }
  }
  for (const AxisGroup& g : reshape_groups(input, output, table)) {
    bool any = false;
    Dim innermost = 1;
    Dim expected = 0;
    for (std::size_t k = g.input_end; k-- > g.input_begin;) {
      if (input[k] == Dim(1)) continue;
      if (any && layout.strides[k] != expected) return std::nullopt;
      if (!any) innermost = layout.strides[k];
      any = true;
      expected = table.multiply(layout.strides[k], input[k]);
    }
    Dim stride = innermost;
    for (std::size_t k = g.output_end; k-- > g.output_begin;) {
      result.strides[k] = stride;
      stride = table.multiply(stride, output[k]);
    }
  }
  return result;
}

}  // namespace

SmallVector<IntExpr, 6> map_index(const Primitive& view, const Shape& input, const Shape& output,
                                  std::span<const IntExpr> index, IntExprTable& table) {
  check(index.size() == output.size(), "an index of {} axes into a view of {}", index.size(), output.size());
  SmallVector<IntExpr, 6> result(input.size(), IntExpr(0));
  switch (view.kind) {
    case PrimitiveKind::reshape:
      for (Dim d : input) {
        if (d == Dim(0)) return result;
      }
      for (const AxisGroup& g : reshape_groups(input, output, table)) {
        map_group(g, input, output, index, result, table);
      }
      return result;
    case PrimitiveKind::depends:
      std::copy(index.begin(), index.end(), result.begin());
      return result;
    case PrimitiveKind::transpose:
      for (std::size_t k = 0; k < index.size(); ++k) result[static_cast<std::size_t>(view.axes[k])] = index[k];
      return result;
    case PrimitiveKind::broadcast: {
      const std::size_t lead = output.size() - input.size();
      for (std::size_t k = 0; k < input.size(); ++k) {
        if (input[k] != Dim(1)) result[k] = index[lead + k];
      }
      return result;
    }
    case PrimitiveKind::strided:
      result[0] = view.dims[0];
      for (std::size_t k = 0; k < index.size(); ++k) {
        result[0] = table.add(result[0], table.multiply(index[k], view.axes[k]));
      }
      return result;
    case PrimitiveKind::slice:
      for (std::size_t k = 0; k < index.size(); ++k) {
        result[k] = table.add(view.dims[k], table.multiply(index[k], view.axes[k]));
      }
      return result;
    default:
      fail<InternalError>("internal error: {} is not a view", name(view.kind));
  }
}

StridedLayout contiguous_layout(const Shape& shape, IntExprTable& table) {
  StridedLayout result{SmallVector<Dim, 6>(shape.size(), Dim(1)), 0};
  Dim stride = 1;
  for (std::size_t k = shape.size(); k-- > 0;) {
    result.strides[k] = stride;
    stride = table.multiply(stride, shape[k]);
  }
  return result;
}

std::optional<StridedLayout> view_layout(const Primitive& view, const Shape& input, const StridedLayout& layout,
                                         const Shape& output, IntExprTable& table) {
  StridedLayout result{SmallVector<Dim, 6>(output.size(), Dim(0)), layout.offset};
  switch (view.kind) {
    case PrimitiveKind::reshape:
      return reshape_layout(input, layout, output, table);
    case PrimitiveKind::depends:
      return layout;
    case PrimitiveKind::transpose:
      for (std::size_t k = 0; k < output.size(); ++k) {
        result.strides[k] = layout.strides[static_cast<std::size_t>(view.axes[k])];
      }
      return result;
    case PrimitiveKind::broadcast: {
      const std::size_t lead = output.size() - input.size();
      for (std::size_t k = 0; k < input.size(); ++k) {
        if (input[k] != Dim(1) || output[lead + k] == Dim(1)) result.strides[lead + k] = layout.strides[k];
      }
      return result;
    }
    case PrimitiveKind::strided:
      for (std::size_t k = 0; k < output.size(); ++k) {
        result.strides[k] = table.multiply(layout.strides[0], view.axes[k]);
      }
      result.offset = table.add(layout.offset, table.multiply(layout.strides[0], view.dims[0]));
      return result;
    case PrimitiveKind::slice:
      for (std::size_t k = 0; k < output.size(); ++k) {
        result.strides[k] = table.multiply(layout.strides[k], view.axes[k]);
        result.offset = table.add(result.offset, table.multiply(layout.strides[k], view.dims[k]));
      }
      return result;
    default:
      fail<InternalError>("internal error: {} is not a view", name(view.kind));
  }
}

}  // namespace cermet
