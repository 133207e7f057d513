// Two aims. Work that ends in the program's results (an optimizer's update of a parameter) runs as soon as it can, so
// that what it reads (the gradient) dies early, but after the other readers of the arrays whose memory it may take.
// Regions of one family wait for each other to become one launch, until something needs one of them or until they hold
// too many bytes that could be given back.
#include "exec/schedule.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/error.h"

namespace cermet::exec {
namespace {

using graph::FusedRegion;
using graph::RegionKind;
using graph::Value;

/// Longer arrays keep kernels of their own, whose stores may bypass the caches.
constexpr std::int64_t longest_in_family = 1 << 21;
/// Bytes that waiting regions may keep alive: a part of a core's own cache.
constexpr std::int64_t most_bytes_held = 1 << 20;

std::size_t at(Value v) { return static_cast<std::size_t>(v); }

std::int64_t likely(const graph::Graph& graph, Dim d) {
  return graph.dims.evaluate(d, [&](SymbolId id) { return graph.dims.symbol(id).hint; });
}

// ---- Families -------------------------------------------------------------------------------------------------------

struct Found {
  std::vector<std::size_t> regions;
  Dim elements = 1;
  bool equal = true;  ///< All regions have one extent.
  std::int64_t longest = 0;
};

std::vector<int> find_families(graph::Graph& graph, const std::vector<FusedRegion>& regions,
                               std::vector<Family>& families) {
  std::vector<int> family(regions.size(), -1);
  std::unordered_map<std::string, std::size_t> known_forms;
  std::vector<Found> found;
  for (std::size_t r = 0; r < regions.size(); ++r) {
    const std::optional<FlatRegion> flat = flatten(graph, regions[r], {false, 1});
    if (!flat || likely(graph, flat->elements) > longest_in_family) continue;
    const auto [form, is_new] = known_forms.try_emplace(graph::print(flat->graph), found.size());
    if (is_new) found.emplace_back();
    Found& same = found[form->second];
    same.equal = same.regions.empty() || (same.equal && same.elements == flat->elements);
    same.elements = flat->elements;
    same.longest = std::max(same.longest, likely(graph, flat->elements));
    same.regions.push_back(r);
  }
  for (const Found& same : found) {
    if (same.regions.size() < 2) continue;
    const bool known = same.equal && same.elements.is_constant();
    // Two likely extents, so that programs share kernels: reductions of long arrays are cut.
    const std::int64_t extent = known ? same.elements.value() : same.longest > 8192 ? 1 << 20 : 8192;
    families.push_back({{known, extent}});
    for (std::size_t r : same.regions) family[r] = static_cast<int>(families.size()) - 1;
  }
  return family;
}

// ---- Order ----------------------------------------------------------------------------------------------------------

class Scheduler {
 public:
  Scheduler(graph::Graph& graph, std::vector<FusedRegion> regions, Schedule& out)
      : graph_(graph),
        regions_(std::move(regions)),
        out_(out),
        family_(find_families(graph, regions_, out.families)),
        maker_(graph.nodes.size(), -1),
        readers_(graph.nodes.size()),
        is_result_(graph.nodes.size(), false),
        waiting_(out.families.size()),
        blockers_(regions_.size(), 0),
        state_(regions_.size(), State::ahead) {}

  void run() {
    find_readers();
    for (std::size_t r = 0; r < regions_.size(); ++r) find_blockers(static_cast<int>(r));
    for (std::size_t r = 0; r < regions_.size(); ++r) {
      if (regions_[r].kind == RegionKind::view) flush_all();
      if (state_[r] == State::ahead) come(static_cast<int>(r));
      while (!ready_.empty()) {
        const int next = ready_.back();
        ready_.pop_back();
        if (state_[static_cast<std::size_t>(next)] == State::ahead) come(next);
      }
    }
    flush_all();
  }

 private:
  enum class State : std::uint8_t { ahead, waiting, done };

  const FusedRegion& region(int r) const { return regions_[static_cast<std::size_t>(r)]; }

  void find_readers() {
    for (std::size_t r = 0; r < regions_.size(); ++r) {
      for (Value v : regions_[r].inputs) {
        if (regions_[r].kind == RegionKind::view) {
          is_result_[at(v)] = true;
        } else {
          readers_[at(v)].push_back(static_cast<int>(r));
        }
      }
      if (regions_[r].kind == RegionKind::view) continue;
      for (Value v : regions_[r].outputs) maker_[at(v)] = static_cast<int>(r);
    }
    for (Value v : graph_.outputs) is_result_[at(v)] = true;
  }

  std::int64_t bytes(Value v) {
    const ArrayType& type = graph_.nodes[at(v)].type;
    return likely(graph_, graph_.dims.product({type.shape.data(), type.shape.size()})) * type.dtype.size();
  }

  /// Regions that only make results of the program come as soon as all that they must follow is done: what they read,
  /// and the other readers of inputs whose memory their results may take.
  void find_blockers(int r) {
    if (!graph::is_generated(region(r).kind)) return;
    const auto ends_here = [&](Value v) { return is_result_[at(v)] && readers_[at(v)].empty(); };
    if (!std::all_of(region(r).outputs.begin(), region(r).outputs.end(), ends_here)) return;
    std::vector<int> before;
    for (Value v : region(r).inputs) {
      if (maker_[at(v)] >= 0) {
        before.push_back(maker_[at(v)]);
        continue;
      }
      const bool may_be_taken = std::any_of(region(r).outputs.begin(), region(r).outputs.end(),
                                            [&](Value out) { return bytes(out) == bytes(v); });
      for (int other : readers_[at(v)]) {
        if (may_be_taken && other != r) before.push_back(other);
      }
    }
    std::sort(before.begin(), before.end());
    before.erase(std::unique(before.begin(), before.end()), before.end());
    blockers_[static_cast<std::size_t>(r)] = static_cast<int>(before.size());
    for (int b : before) blocked_[b].push_back(r);
  }

  /// The turn of a region: it waits for its family, or runs now.
  void come(int r) {
    for (Value v : region(r).inputs) {
      const int maker = maker_[at(v)];
      if (maker >= 0 && state_[static_cast<std::size_t>(maker)] == State::waiting) flush(maker);
    }
    const int family = family_[static_cast<std::size_t>(r)];
    if (family < 0) return launch({r});
    state_[static_cast<std::size_t>(r)] = State::waiting;
    waiting_[static_cast<std::size_t>(family)].push_back(r);
    // What nobody else will read stays alive because this one waits.
    for (Value v : region(r).inputs) {
      if (maker_[at(v)] >= 0) held_ += bytes(v);
    }
    if (held_ > most_bytes_held) flush_all();
  }

  void flush(int member) { flush_family(family_[static_cast<std::size_t>(member)]); }

  void flush_family(int family) {
    std::vector<int> members;
    members.swap(waiting_[static_cast<std::size_t>(family)]);
    for (int r : members) {
      for (Value v : region(r).inputs) {
        if (maker_[at(v)] >= 0) held_ -= bytes(v);
      }
    }
    if (!members.empty()) launch(members);
  }

  void flush_all() {
    for (std::size_t f = 0; f < waiting_.size(); ++f) flush_family(static_cast<int>(f));
  }

  void launch(const std::vector<int>& members) {
    for (int r : members) {
      state_[static_cast<std::size_t>(r)] = State::done;
      out_.regions.push_back(
          {std::move(regions_[static_cast<std::size_t>(r)]), family_[static_cast<std::size_t>(r)], launches_});
    }
    ++launches_;
    for (int r : members) {
      const auto found = blocked_.find(r);
      if (found == blocked_.end()) continue;
      for (int next : found->second) {
        if (--blockers_[static_cast<std::size_t>(next)] == 0) ready_.push_back(next);
      }
    }
  }

  graph::Graph& graph_;
  std::vector<FusedRegion> regions_;
  Schedule& out_;
  std::vector<int> family_;
  std::vector<int> maker_;                 // of a value: the region that stores it
  std::vector<std::vector<int>> readers_;  // of a value in memory
  std::vector<bool> is_result_;            // of a value in memory: an output of the program, or below one
  std::vector<std::vector<int>> waiting_;  // of a family
  std::vector<int> blockers_;
  std::unordered_map<int, std::vector<int>> blocked_;
  std::vector<State> state_;
  std::vector<int> ready_;
  std::int64_t held_ = 0;
  int launches_ = 0;
};

}  // namespace

Schedule schedule(graph::Graph& graph, std::vector<FusedRegion> regions) {
  Schedule out;
  Scheduler(graph, std::move(regions), out).run();
  return out;
}

std::string print(const graph::Graph& graph, const Schedule& schedule) {
  std::vector<FusedRegion> regions;
  for (const ScheduledRegion& r : schedule.regions) regions.push_back(r.region);
  std::string out = graph::print(graph, regions);
  for (std::size_t begin = 0; begin < regions.size();) {
    std::size_t end = begin + 1;
    while (end < regions.size() && schedule.regions[end].launch == schedule.regions[begin].launch) ++end;
    if (end - begin > 1) out += fmt::format("regions {} to {} are one launch\n", begin, end - 1);
    begin = end;
  }
  return out;
}

}  // namespace cermet::exec
