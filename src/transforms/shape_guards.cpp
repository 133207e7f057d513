// See shape_guards.h.
#include "transforms/shape_guards.h"

#include <algorithm>
#include <cctype>
#include <unordered_map>

#include "base/error.h"

namespace cermet {

namespace {

using Relation = TraceSymbols::Relation;

std::string_view sign(Relation relation) {
  switch (relation) {
    case Relation::equal:
      return "==";
    case Relation::not_equal:
      return "!=";
    case Relation::less:
      return "<";
    case Relation::not_less:
      break;
  }
  return ">=";
}

/// The text of an expression with the symbols' names replaced: "s0 + 1" to "x.shape[0] + 1".
std::string renamed(const std::string& text, const std::unordered_map<std::string, std::string>& names) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
    if (end == at) {
      out += text[at++];
      continue;
    }
    const std::string word = text.substr(at, end - at);
    const auto known = names.find(word);
    out += known == names.end() ? word : known->second;
    at = end;
  }
  return out;
}

}  // namespace

ShapeGuards::ShapeGuards(const TraceSymbols& symbols, const IntExprTable& dims, std::span<const std::string> names)
    : sources_(symbols.sources()) {
  if (symbols.guards().empty()) return;
  std::unordered_map<std::string, std::string> texts;
  for (const TraceSymbols::Source& source : sources_) {
    const auto array = static_cast<std::size_t>(source.array);
    const std::string path = array < names.size() ? names[array] : fmt::format("array {}", array);
    texts[dims.symbol(source.symbol).name] = fmt::format("{}.shape[{}]", path, source.axis);
  }
  exec::IntegerCode& code = code_.emplace_back(dims);
  for (const TraceSymbols::Guard& guard : symbols.guards()) {
    Guard made;
    made.relation = guard.relation;
    made.left = code.add(guard.left);
    made.right = code.add(guard.right);
    made.text = fmt::format("{} {} {}", renamed(dims.print(guard.left), texts), sign(guard.relation),
                            renamed(dims.print(guard.right), texts));
    made.where = guard.where.empty() ? "" : fmt::format(" ({})", guard.where);
    guards_.push_back(std::move(made));
  }
}

bool ShapeGuards::Guard::holds(const std::int64_t* slots) const {
  const std::int64_t a = left.value(slots), b = right.value(slots);
  switch (relation) {
    case Relation::equal:
      return a == b;
    case Relation::not_equal:
      return a != b;
    case Relation::less:
      return a < b;
    case Relation::not_less:
      break;
  }
  return a >= b;
}

ShapeGuards::Slots ShapeGuards::computed(std::span<const Shape* const> shapes) const {
  Slots slots(std::max<std::size_t>(code_[0].slots(), 1));
  for (const TraceSymbols::Source& source : sources_) {
    slots[source.symbol] =
        (*shapes[static_cast<std::size_t>(source.array)])[static_cast<std::size_t>(source.axis)].value();
  }
  code_[0].run(slots.data());
  return slots;
}

bool ShapeGuards::hold(std::span<const Shape* const> shapes) const {
  if (guards_.empty()) return true;
  const Slots slots = computed(shapes);
  return std::all_of(guards_.begin(), guards_.end(), [&](const Guard& guard) { return guard.holds(slots.data()); });
}

std::string ShapeGuards::first_broken(std::span<const Shape* const> shapes) const {
  if (guards_.empty()) return "";
  const Slots slots = computed(shapes);
  for (const Guard& guard : guards_) {
    if (guard.holds(slots.data())) continue;
    return fmt::format("{}{} no longer holds: {} and {}", guard.text, guard.where, guard.left.value(slots.data()),
                       guard.right.value(slots.data()));
  }
  return "";
}

std::vector<std::string> ShapeGuards::texts() const {
  std::vector<std::string> lines;
  for (const Guard& guard : guards_) lines.push_back(guard.text + guard.where);
  return lines;
}

}  // namespace cermet
