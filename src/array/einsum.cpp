// einsum: subscripts to labels, labels to a path of pairwise products.
#include <cermet/contraction.h>
#include <cermet/manipulation.h>
#include <cermet/ops.h>

#include <algorithm>
#include <bit>
#include <map>

#include "array/dims.h"
#include "array/einsum_path.h"
#include "array/node_building.h"
#include "array/pair_product.h"

namespace cermet {

namespace {

using Labels = std::vector<int>;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// One operand's part of the subscripts: letters before and after "...".
struct Term {
  std::string before, after;
  bool has_ellipsis = false;
  std::size_t letters() const { return before.size() + after.size(); }
};

Term term_of(const std::string& text, const std::string& subscripts) {
  Term term;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_letter(text[i])) {
      (term.has_ellipsis ? term.after : term.before) += text[i];
    } else if (text.compare(i, 3, "...") == 0 && !term.has_ellipsis) {
      term.has_ellipsis = true;
      i += 2;
    } else {
      std::size_t end = i + 1;  // a character of several bytes is named as a whole
      while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
      fail<ValueError>(
          "[einsum] '{}' is not allowed in '{}': subscripts are letters, one '...' an operand, ',' and '->'.",
          text.substr(i, end - i), subscripts);
    }
  }
  return term;
}

/// The subscripts of operands of known shapes: every axis has a label, a bit number; labels count from 0 in order of
/// appearance.
class Equation {
 public:
  Equation(const std::string& subscripts, const std::vector<array>& operands) : text_(subscripts) {
    std::string compact;
    std::copy_if(subscripts.begin(), subscripts.end(), std::back_inserter(compact), [](char c) { return c != ' '; });
    const auto arrow = compact.find("->");
    const std::vector<Term> terms = split_terms(compact.substr(0, arrow));
    if (terms.size() != operands.size() || operands.empty()) {
      fail<ValueError>("[einsum] '{}' has subscripts for {} operands, {} were given.", text_, terms.size(),
                       operands.size());
    }
    for (std::size_t i = 0; i < terms.size(); ++i) add_operand(i, terms[i], operands[i].shape());
    if (arrow == compact.npos) {
      infer_output(terms);
    } else {
      set_output(term_of(compact.substr(arrow + 2), text_));
    }
    if (extents_.size() > 64) {
      fail<ValueError>("[einsum] '{}' has {} different axes, at most 64 are allowed.", text_, extents_.size());
    }
  }

  const std::vector<Labels>& inputs() const { return inputs_; }
  const Labels& output() const { return output_; }
  const std::vector<double>& extents() const { return extents_; }

 private:
  std::vector<Term> split_terms(const std::string& text) const {
    std::vector<Term> terms;
    std::size_t begin = 0;
    for (std::size_t end = 0; end <= text.size(); ++end) {
      if (end < text.size() && text[end] != ',') continue;
      terms.push_back(term_of(text.substr(begin, end - begin), text_));
      begin = end + 1;
    }
    return terms;
  }

  /// Names: letters by their code, the axes of "..." by 256 + their place from the right.
  int label_of(int name) {
    const auto [at, is_new] = labels_.try_emplace(name, static_cast<int>(extents_.size()));
    if (is_new) {
      extents_.push_back(1);
      dims_.push_back(1);
    }
    return at->second;
  }

  void add_operand(std::size_t index, const Term& term, const Shape& shape) {
    const std::size_t rank = shape.size();
    if (term.letters() > rank || (!term.has_ellipsis && term.letters() < rank)) {
      fail<ValueError>("[einsum] Operand {} of shape {} has {} axes, its subscripts in '{}' name {}.", index,
                       to_string(shape), rank, text_, term.letters());
    }
    const std::size_t unnamed = rank - term.letters();
    ellipsis_ = std::max(ellipsis_, unnamed);
    Labels labels;
    for (char c : term.before) labels.push_back(label_of(c));
    for (std::size_t k = 0; k < unnamed; ++k) labels.push_back(label_of(256 + static_cast<int>(unnamed - 1 - k)));
    for (char c : term.after) labels.push_back(label_of(c));
    for (std::size_t k = 0; k < rank; ++k) join_extent(index, labels, k, shape);
    inputs_.push_back(std::move(labels));
  }

  void join_extent(std::size_t index, const Labels& labels, std::size_t axis, const Shape& shape) {
    const Dim given = shape[axis];
    const auto first = static_cast<std::size_t>(std::find(labels.begin(), labels.end(), labels[axis]) - labels.begin());
    Dim& extent = dims_[static_cast<std::size_t>(labels[axis])];
    if (first != axis && !dim_equal(shape[first], given)) {
      fail<ValueError>("[einsum] Operand {} of shape {}: axes {} and {} have one letter in '{}' and different extents.",
                       index, to_string(shape), first, axis, text_);
    }
    if (dim_equal(extent, given) || dim_equal(given, 1)) return;
    if (!dim_equal(extent, 1)) {
      fail<ValueError>(
          "[einsum] Operand {} of shape {}: axis {} does not fit the extent {} that its letter has before "
          "in '{}'.",
          index, to_string(shape), axis, dim_hint(extent), text_);
    }
    extent = given;
    extents_[static_cast<std::size_t>(labels[axis])] = static_cast<double>(dim_hint(given));
  }

  void add_ellipsis_to_output() {
    for (std::size_t k = ellipsis_; k-- > 0;) output_.push_back(label_of(256 + static_cast<int>(k)));
  }

  void infer_output(const std::vector<Term>& terms) {
    std::map<char, int> counts;
    for (const Term& term : terms) {
      for (char c : term.before + term.after) ++counts[c];
    }
    add_ellipsis_to_output();
    for (const auto& [letter, count] : counts) {
      if (count == 1) output_.push_back(label_of(letter));
    }
  }

  void add_letters_to_output(const std::string& letters) {
    for (char c : letters) {
      if (!labels_.contains(c)) fail<ValueError>("[einsum] The output letter '{}' of '{}' is in no operand.", c, text_);
      const int label = label_of(c);
      if (std::find(output_.begin(), output_.end(), label) != output_.end()) {
        fail<ValueError>("[einsum] The output of '{}' has the letter '{}' twice.", text_, c);
      }
      output_.push_back(label);
    }
  }

  void set_output(const Term& term) {
    add_letters_to_output(term.before);
    if (term.has_ellipsis) add_ellipsis_to_output();
    add_letters_to_output(term.after);
  }

  const std::string& text_;
  std::map<int, int> labels_;
  std::vector<double> extents_;  // of this call: the path is good for all, if not the best
  std::vector<Dim> dims_;
  std::vector<Labels> inputs_;
  Labels output_;
  std::size_t ellipsis_ = 0;
};

LabelSet set_of(const Labels& labels) {
  LabelSet set = 0;
  for (int label : labels) set |= LabelSet{1} << label;
  return set;
}

std::vector<std::pair<int, int>> path_of(const Equation& equation, EinsumCosts* costs = nullptr) {
  std::vector<LabelSet> sets;
  for (const Labels& labels : equation.inputs()) sets.push_back(set_of(labels));
  return contraction_path(sets, set_of(equation.output()), equation.extents(), costs);
}

/// Takes the diagonal over each label that an operand has twice.
Labelled without_repeats(Labelled x, const StreamOrDevice& s) {
  for (std::size_t i = 0; i < x.labels.size(); ++i) {
    const auto next = std::find(x.labels.begin() + static_cast<std::ptrdiff_t>(i) + 1, x.labels.end(), x.labels[i]);
    if (next == x.labels.end()) continue;
    const auto j = static_cast<int>(next - x.labels.begin());
    const int label = x.labels[i];
    x.value = diagonal(x.value, 0, static_cast<int>(i), j, s);
    x.labels.erase(next);
    x.labels.erase(x.labels.begin() + static_cast<std::ptrdiff_t>(i));
    x.labels.push_back(label);
    --i;  // another axis stands at i now
  }
  return x;
}

/// The labels of an intermediate product in the order that a matrix product leaves them in.
Labels natural_order(const Labels& a, const Labels& b, LabelSet needed) {
  Labels shared, own;
  for (int label : a) {
    if ((needed >> label & 1) != 0) (std::find(b.begin(), b.end(), label) != b.end() ? shared : own).push_back(label);
  }
  for (int label : b) {
    if ((needed >> label & 1) != 0 && std::find(a.begin(), a.end(), label) == a.end()) own.push_back(label);
  }
  shared.insert(shared.end(), own.begin(), own.end());
  return shared;
}

}  // namespace

array einsum(const std::string& subscripts, const std::vector<array>& operands, StreamOrDevice s) {
  const Equation equation(subscripts, operands);
  Dtype dtype = operands[0].dtype();
  for (const array& x : operands) dtype = promote_types(dtype, x.dtype());
  std::vector<Labelled> list;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    list.push_back(without_repeats({astype(operands[i], dtype, s), equation.inputs()[i]}, s));
  }
  if (list.size() == 1) return in_order(sum_labels(list[0], equation.output(), s), equation.output(), s);
  for (const auto& [i, j] : path_of(equation)) {
    const Labelled a = list[static_cast<std::size_t>(i)], b = list[static_cast<std::size_t>(j)];
    list.erase(list.begin() + j);
    list.erase(list.begin() + i);
    LabelSet needed = set_of(equation.output());
    for (const Labelled& x : list) needed |= set_of(x.labels);
    const Labels kept = list.empty() ? equation.output() : natural_order(a.labels, b.labels, needed);
    list.push_back({pair_product(a, b, kept, s), kept});
  }
  return list[0].value;
}

std::pair<std::vector<std::vector<int>>, std::string> einsum_path(const std::string& subscripts,
                                                                  const std::vector<array>& operands) {
  const Equation equation(subscripts, operands);
  EinsumCosts costs;
  std::vector<std::vector<int>> path;
  for (const auto& [i, j] : path_of(equation, &costs)) {
    path.push_back(i == j ? std::vector<int>{i} : std::vector<int>{i, j});
  }
  return {path, fmt::format("  Complete contraction:  {}\n"
                            "         Naive multiplications:  {:.6g}\n"
                            "     Optimized multiplications:  {:.6g}\n"
                            "  Largest intermediate (elements):  {:.6g}\n",
                            subscripts, costs.naive, costs.optimized, costs.largest)};
}

}  // namespace cermet
