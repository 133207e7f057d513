// Collapsing of axes; see collapse.h.
#include "exec/collapse.h"

namespace cermet::exec {

CollapsedAxes collapse(std::span<const std::int64_t> shape, std::span<const Strides> strides,
                       std::span<const std::int64_t> groups) {
  CollapsedAxes out;
  out.strides.resize(strides.size());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 1) continue;
    const std::int64_t group = groups.empty() ? 0 : groups[axis];
    bool merges = !out.extents.empty() && out.groups.back() == group;
    for (std::size_t k = 0; k < strides.size() && merges; ++k) {
      merges = out.strides[k].back() == strides[k][axis] * shape[axis];
    }
    if (merges) {
      out.extents.back() *= shape[axis];
      for (std::size_t k = 0; k < strides.size(); ++k) out.strides[k].back() = strides[k][axis];
      continue;
    }
    out.extents.push_back(shape[axis]);
    out.groups.push_back(group);
    for (std::size_t k = 0; k < strides.size(); ++k) out.strides[k].push_back(strides[k][axis]);
  }
  return out;
}

bool is_row_major(std::span<const std::int64_t> extents, std::span<const std::int64_t> strides) {
  std::int64_t step = 1;
  for (std::size_t k = extents.size(); k-- > 0;) {
    if (extents[k] == 1) continue;
    if (strides[k] != step) return false;
    step *= extents[k];
  }
  return true;
}

}  // namespace cermet::exec
