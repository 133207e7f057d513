// Dynamic programming over subsets of the operands, and a greedy search where there are too many.
#include "array/einsum_path.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace cermet {

namespace {

using Path = std::vector<std::pair<int, int>>;

constexpr std::size_t exact_limit = 8;

double elements(LabelSet labels, std::span<const double> extents) {
  double n = 1;
  for (; labels != 0; labels &= labels - 1) n *= extents[static_cast<std::size_t>(std::countr_zero(labels))];
  return n;
}

/// Multiplications first, then the elements of intermediate results.
struct Cost {
  double multiplications = 0, intermediate = 0;
  bool operator<(const Cost& other) const {
    return multiplications != other.multiplications ? multiplications < other.multiplications
                                                    : intermediate < other.intermediate;
  }
};

/// For every set of operands the cheapest way to multiply them together: the best split in two.
class ExactSearch {
 public:
  ExactSearch(std::span<const LabelSet> operands, LabelSet output, std::span<const double> extents)
      : operands_(operands), extents_(extents), best_(std::size_t{1} << operands.size()) {
    const std::size_t all = best_.size() - 1;
    for (std::size_t set = 1; set <= all; ++set) {
      best_[set].labels = labels_of(set) & (output | labels_of(all ^ set));
      if (!std::has_single_bit(set)) split(set);
    }
    emit(all);
  }
  Path path() && { return std::move(path_); }

 private:
  struct Best {
    LabelSet labels = 0;
    Cost cost;
    std::size_t left = 0;
  };

  LabelSet labels_of(std::size_t set) const {
    LabelSet labels = 0;
    for (; set != 0; set &= set - 1) labels |= operands_[static_cast<std::size_t>(std::countr_zero(set))];
    return labels;
  }

  void split(std::size_t set) {
    Best& best = best_[set];
    best.cost.multiplications = std::numeric_limits<double>::infinity();
    const double result = elements(best.labels, extents_);
    const std::size_t lowest = set & (~set + 1);
    for (std::size_t left = (set - 1) & set; left != 0; left = (left - 1) & set) {
      if ((left & lowest) == 0) continue;  // each split once
      const Best &a = best_[left], &b = best_[set ^ left];
      const Cost cost = {a.cost.multiplications + b.cost.multiplications + elements(a.labels | b.labels, extents_),
                         a.cost.intermediate + b.cost.intermediate + result};
      if (best.left == 0 || cost < best.cost) {
        best.cost = cost;
        best.left = left;
      }
    }
  }

  /// Emits the steps below a set and returns the identity of its result: operands count from 0, results go on.
  int emit(std::size_t set) {
    if (list_.empty()) {
      for (std::size_t i = 0; i < operands_.size(); ++i) list_.push_back(static_cast<int>(i));
      next_ = static_cast<int>(operands_.size());
    }
    if (std::has_single_bit(set)) return std::countr_zero(set);
    const int a = emit(best_[set].left), b = emit(set ^ best_[set].left);
    const auto place = [&](int id) {
      return static_cast<int>(std::find(list_.begin(), list_.end(), id) - list_.begin());
    };
    const std::pair<int, int> places = std::minmax({place(a), place(b)});
    const auto [i, j] = places;
    path_.emplace_back(i, j);
    list_.erase(list_.begin() + j);
    list_.erase(list_.begin() + i);
    list_.push_back(next_);
    return next_++;
  }

  std::span<const LabelSet> operands_;
  std::span<const double> extents_;
  std::vector<Best> best_;
  std::vector<int> list_;
  int next_ = 0;
  Path path_;
};

/// Takes the pair whose product leaves the fewest elements beyond those of its factors; among equals the cheapest.
Path greedy_path(std::vector<LabelSet> operands, LabelSet output, std::span<const double> extents) {
  Path path;
  while (operands.size() > 1) {
    std::pair<int, int> best;
    Cost best_cost{std::numeric_limits<double>::infinity(), 0};
    LabelSet best_labels = 0;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      for (std::size_t j = i + 1; j < operands.size(); ++j) {
        LabelSet needed = output;
        for (std::size_t k = 0; k < operands.size(); ++k) {
          if (k != i && k != j) needed |= operands[k];
        }
        const LabelSet both = operands[i] | operands[j], result = both & needed;
        const Cost cost = {elements(result, extents) - elements(operands[i], extents) - elements(operands[j], extents),
                           elements(both, extents)};
        if (!(cost < best_cost)) continue;
        best = {static_cast<int>(i), static_cast<int>(j)};
        best_cost = cost;
        best_labels = result;
      }
    }
    path.push_back(best);
    operands.erase(operands.begin() + best.second);
    operands.erase(operands.begin() + best.first);
    operands.push_back(best_labels);
  }
  return path;
}

EinsumCosts costs_of(const Path& path, std::span<const LabelSet> given, LabelSet output,
                     std::span<const double> extents) {
  std::vector<LabelSet> operands(given.begin(), given.end());
  LabelSet all = output;
  for (LabelSet labels : operands) all |= labels;
  EinsumCosts costs;
  costs.naive = elements(all, extents) * static_cast<double>(std::max<std::size_t>(1, given.size() - 1));
  for (const auto& [i, j] : path) {
    const LabelSet both = operands[static_cast<std::size_t>(i)] | operands[static_cast<std::size_t>(j)];
    operands.erase(operands.begin() + std::max(i, j));
    if (i != j) operands.erase(operands.begin() + std::min(i, j));
    LabelSet needed = output;
    for (LabelSet labels : operands) needed |= labels;
    operands.push_back(both & needed);
    costs.optimized += elements(both, extents);
    costs.largest = std::max(costs.largest, elements(both & needed, extents));
  }
  return costs;
}

}  // namespace

std::vector<std::pair<int, int>> contraction_path(std::span<const LabelSet> operands, LabelSet output,
                                                  std::span<const double> extents, EinsumCosts* costs) {
  Path path;
  if (operands.size() == 1) {
    path.emplace_back(0, 0);
  } else if (operands.size() == 2) {
    path.emplace_back(0, 1);
  } else if (operands.size() <= exact_limit) {
    path = ExactSearch(operands, output, extents).path();
  } else {
    path = greedy_path({operands.begin(), operands.end()}, output, extents);
  }
  if (costs != nullptr) *costs = costs_of(path, operands, output, extents);
  return path;
}

}  // namespace cermet
