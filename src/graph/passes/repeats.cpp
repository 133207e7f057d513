// Finds repeating stretches by the distance to the last equal window of nodes.
#include "graph/passes/repeats.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "graph/passes/rewrite.h"

namespace cermet::graph {
namespace {

/// Equal windows of so many homes are taken for a repetition.
constexpr std::size_t window = 8;

std::size_t at(Value v) { return static_cast<std::size_t>(v); }

/// The homes in order, with what is needed to compare and to cut them.
struct Sequence {
  std::vector<Value> homes;
  std::vector<std::uint64_t> hash;  ///< Of a home with what is inlined into it; operands by distance. 0: no chain.
  std::vector<int> crossing;        ///< Homes before position i with readers at i or later.
  std::vector<SmallVector<std::size_t, 3>> reads;  ///< Positions of the homes that a home reads.

  /// Is every place in the second period of a stretch crossed by what a home reads from at most a period back? Work
  /// side by side (the updates of many parameters) has places that nothing crosses.
  bool is_chain(std::size_t begin, std::size_t end, std::size_t period) const {
    const std::size_t first = begin + period, last = std::min(end, first + period);
    std::vector<int> crossed(period + 1, 0);
    for (std::size_t i = first; i < std::min(end, last + period); ++i) {
      for (std::size_t from : reads[i]) {
        const std::size_t low = std::max(from + 1, first), high = std::min(i + 1, last);
        if (i - from > period || low >= high) continue;
        ++crossed[low - first];
        --crossed[high - first];
      }
    }
    int depth = 0;
    for (std::size_t i = first; i < last; ++i) {
      depth += crossed[i - first];
      if (depth == 0) return false;
    }
    return true;
  }
};

Sequence sequence_of(const Graph& graph, const Inlining& inlining) {
  Sequence s;
  std::vector<std::uint64_t> hash(graph.nodes.size());
  std::vector<std::int64_t> position(graph.nodes.size(), -1);
  std::vector<std::int64_t> last_reader;
  for (std::size_t v = 0; v < graph.nodes.size(); ++v) {
    ++nodes_visited();
    const Node& node = graph.nodes[v];
    // Constants that differ become parameters (lift_constants.h).
    const bool is_constant = node.primitive.kind == PrimitiveKind::constant;
    std::uint64_t h = is_constant ? static_cast<std::uint64_t>(node.type.dtype.val) : node.primitive.hash();
    const auto here = static_cast<std::int64_t>(s.homes.size());
    SmallVector<std::size_t, 3> reads;
    for (Value input : node.inputs) {
      const std::int64_t of = position[at(input)];
      // A home counts by what it is when it is far away (the input of every step), else by its distance.
      h = hash_combine(h, of < 0 ? hash[at(input)] : 0x5eed);
      const Value root = inlining.path[at(input)].root;
      if (root >= 0 && position[at(root)] >= 0 && inlining.home[v]) {
        last_reader[static_cast<std::size_t>(position[at(root)])] = here;
        reads.push_back(static_cast<std::size_t>(position[at(root)]));
      }
    }
    hash[v] = h;
    if (!inlining.home[v]) continue;
    const bool chain =
        node.primitive.kind == PrimitiveKind::elementwise || node.primitive.kind == PrimitiveKind::convert;
    h = hash_combine(h, inlining.home_cost[v] + static_cast<std::uint64_t>(node.inputs.size()));
    for (Dim d : node.type.shape) h = hash_combine(h, static_cast<std::uint64_t>(d.raw()));
    position[v] = here;
    s.homes.push_back(static_cast<Value>(v));
    s.reads.push_back(std::move(reads));
    s.hash.push_back(chain ? h | 1 : 0);
    last_reader.push_back(here);
  }
  s.crossing.assign(s.homes.size() + 1, 0);
  for (std::size_t i = 0; i < s.homes.size(); ++i) {
    ++s.crossing[i + 1];
    const std::size_t end = static_cast<std::size_t>(last_reader[i]) + 1;
    if (end <= s.homes.size()) --s.crossing[end];
  }
  for (std::size_t i = 1; i < s.crossing.size(); ++i) s.crossing[i] += s.crossing[i - 1];
  return s;
}

/// For every position, how far back the last window of equal hashes ends (0: nowhere).
std::vector<std::size_t> periods(const std::vector<std::uint64_t>& hash) {
  std::vector<std::size_t> result(hash.size(), 0);
  std::unordered_map<std::uint64_t, std::size_t> seen;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    if (i + 1 < window) continue;
    std::uint64_t h = 0;
    bool chain = true;
    for (std::size_t k = i + 1 - window; k <= i; ++k) {
      h = hash_combine(h, hash[k]);
      chain = chain && hash[k] != 0;
    }
    if (!chain) continue;
    const auto [found, first] = seen.try_emplace(h, i);
    if (!first) result[i] = i - found->second;
    found->second = i;
  }
  return result;
}

/// Cuts homes [begin, end), which repeat every `period`.
void cut_stretch(const Sequence& s, const Inlining& inlining, std::size_t begin, std::size_t end, std::size_t period,
                 int max_cost, std::vector<bool>& cuts) {
  int period_cost = 0;
  for (std::size_t i = begin; i < begin + period; ++i) period_cost += inlining.home_cost[at(s.homes[i])];
  if (period_cost == 0 || period_cost > max_cost) return;
  const auto repeats = static_cast<std::size_t>(max_cost / period_cost);
  if (end - begin <= repeats * period || !s.is_chain(begin, end, period)) return;
  const auto first = s.crossing.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto phase =
      static_cast<std::size_t>(std::min_element(first, first + static_cast<std::ptrdiff_t>(period)) - first);
  for (std::size_t i = begin + phase; i < end; i += repeats * period) cuts[at(s.homes[i])] = true;
}

}  // namespace

std::vector<bool> find_cuts(const Graph& graph, const Inlining& inlining, int max_cost) {
  std::vector<bool> cuts(graph.nodes.size(), false);
  std::int64_t total = 0;
  for (int cost : inlining.home_cost) total += cost;
  if (total <= max_cost) return cuts;
  const Sequence s = sequence_of(graph, inlining);
  const std::vector<std::size_t> period = periods(s.hash);
  for (std::size_t i = 0; i < period.size();) {
    std::size_t end = i + 1;
    while (end < period.size() && period[end] == period[i]) ++end;
    if (period[i] != 0) {
      // The first equal window ended `period` homes before this one.
      const std::size_t begin = i + 1 - window - std::min(period[i], i + 1 - window);
      cut_stretch(s, inlining, begin, end, period[i], max_cost, cuts);
    }
    i = end;
  }
  return cuts;
}

}  // namespace cermet::graph
