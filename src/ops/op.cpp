// Names of element-wise operations and reductions: both directions, with the rows' aliases.
#include "ops/op.h"

#include <unordered_map>

#include "ops/row.h"

namespace cermet {

namespace {

/// Every name and alias, in the order of the table; a name given twice is a defect that tests/ops finds.
std::unordered_map<std::string_view, Op> ops_by_name() {
  std::unordered_map<std::string_view, Op> result;
  for (int i = 0; i < op_count; ++i) {
    const Op op = static_cast<Op>(i);
    result.emplace(row(op).name, op);
    for (std::string_view rest = row(op).aliases; !rest.empty();) {
      const std::size_t end = rest.find(' ');
      result.emplace(rest.substr(0, end), op);
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
  }
  return result;
}

}  // namespace

std::string_view name(Op op) { return row(op).name; }

std::optional<Op> find_op(std::string_view text) {
  static const std::unordered_map<std::string_view, Op> table = ops_by_name();
  const auto found = table.find(text);
  return found == table.end() ? std::nullopt : std::optional<Op>(found->second);
}

}  // namespace cermet
